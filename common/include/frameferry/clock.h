/* The clock of all times in frames, and the times that calls take. */
#ifndef FRAMEFERRY_CLOCK_H
#define FRAMEFERRY_CLOCK_H

#include <stdint.h>

#include "version.h"

FERRY_BEGIN_DECLS

/* Nanoseconds on the clock of all times in a frame: CLOCK_MONOTONIC on Linux,
 * QueryPerformanceCounter on Windows. The same for every process of a machine. */
FERRY_API uint64_t ferry_clock_ns(void);

/* Waits without a bound, where a call takes a time in nanoseconds. 0 looks once, and a negative
 * time is FERRY_INVALID_ARGUMENT (status.h). */
#define FERRY_FOREVER INT64_MAX
#define FERRY_SECOND_NS INT64_C(1000000000)

FERRY_END_DECLS

#endif
