/* The date and the time of day of the clock on the wall, in UTC. */
#ifndef FERRYI_WALL_H
#define FERRYI_WALL_H

#include <stdint.h>

typedef struct ferryi_wall {
    unsigned year, month, day; /* month and day from 1 on */
    unsigned hour, minute, second, microsecond;
} ferryi_wall;

/* Of a time as ferryi_host_wall_clock_us gives it. */
ferryi_wall ferryi_wall_split(uint64_t time_us);

/* Microseconds since 1970 at a time on ferry_clock_ns that has passed, by the wall clock as it is
 * set now. */
uint64_t ferryi_wall_at(uint64_t clock_ns);

#endif
