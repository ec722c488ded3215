/* Time. clock.c also has the public ferry_clock_ns (clock.h).
 *
 * Contract: monotonic, in nanoseconds, the same for all processes of a machine. Any thread. */
#ifndef FERRYI_PLATFORM_CLOCK_H
#define FERRYI_PLATFORM_CLOCK_H

#include <stdint.h>

/* Gives up the processor for about this long. Only for retrying a step that another process is
 * taking, and for which there is no event. */
void ferryi_clock_pause(int64_t pause_ns);

#endif
