/* The clock for all times in frames, and the units of times to wait. Any thread; does not block. */
#ifndef FRAMEFERRY_CLOCK_H
#define FRAMEFERRY_CLOCK_H

#include <stdint.h>

#include "version.h"

FERRY_BEGIN_DECLS

/* Returns the time now, in nanoseconds since a moment that is the same for every process of a
 * machine, on a clock that never goes back: CLOCK_MONOTONIC on Linux, QueryPerformanceCounter on
 * Windows. It is no time of day. Source: clock_gettime(2). */
FERRY_API uint64_t ferry_clock_ns(void);

/* As a time to wait, FERRY_FOREVER has no bound. 0 looks once, and a negative time is
 * FERRY_INVALID_ARGUMENT (status.h). */
#define FERRY_FOREVER INT64_MAX
#define FERRY_SECOND_NS INT64_C(1000000000) /* one second, in nanoseconds */

FERRY_END_DECLS

#endif
