/* A time that the user has set: --wait, --timeout. */
#ifndef CONSUMER_LIMIT_H
#define CONSUMER_LIMIT_H

#include <stdint.h>

#include <frameferry/clock.h>

/* What is left of a limit that began to run at begin_ns, on ferry_clock_ns. */
static inline int64_t limit_left_ns(uint64_t begin_ns, int64_t limit_ns) {
    if (limit_ns == FERRY_FOREVER)
        return FERRY_FOREVER;
    uint64_t spent_ns = ferry_clock_ns() - begin_ns;
    return spent_ns >= (uint64_t)limit_ns ? 0 : limit_ns - (int64_t)spent_ns;
}

#endif
