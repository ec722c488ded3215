/* The time of day, and how much the machine can do at once. Any thread. */
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H

#include <stdint.h>

/* Microseconds since 1970, UTC, by the clock on the wall, which can be set: for file names. */
uint64_t host_wall_clock_us(void);

/* How many threads can run at once, at least 1: the processors that this process may use. */
unsigned host_core_count(void);

#endif
