/* Date and time of the wall clock, in UTC. */
#ifndef APP_WALL_H
#define APP_WALL_H

#include <stdint.h>

typedef struct app_wall {
    unsigned year, month, day; /* month and day from 1 on */
    unsigned hour, minute, second, microsecond;
} app_wall;

/* Splits a time of host_wall_clock_us. */
app_wall app_wall_split(uint64_t time_us);

/* Microseconds since 1970 at a time on ferry_clock_ns that has passed, by the wall clock as it is
 * set now. */
uint64_t app_wall_at(uint64_t clock_ns);

#endif
