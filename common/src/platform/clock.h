/* Time. clock.c also has the public ferry_clock_ns (clock.h).
 *
 * Contract: monotonic, in nanoseconds, the same for all processes of a machine. Any thread. */
#ifndef FERRYI_PLATFORM_CLOCK_H
#define FERRYI_PLATFORM_CLOCK_H

#include <stdint.h>

/* Gives up the processor for about this long. Only for retrying a step that another process is
 * taking, and for which there is no event. */
void ferryi_clock_pause(int64_t pause_ns);

/* The number to add to a time of ferry_clock_ns to have nanoseconds since 1970 in UTC, by the
 * system's clock as it is set now. */
int64_t ferryi_clock_wall_offset_ns(void);

#endif
