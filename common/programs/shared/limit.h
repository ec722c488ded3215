/* The rest of a time limit that the user has set: --wait, --timeout. */
#ifndef APP_LIMIT_H
#define APP_LIMIT_H

#include <stdint.h>

#include <frameferry/clock.h>

/* Nanoseconds left of a limit that began at begin_ns on ferry_clock_ns; 0: it is over. */
static inline int64_t app_limit_left_ns(uint64_t begin_ns, int64_t limit_ns) {
    if (limit_ns == FERRY_FOREVER)
        return FERRY_FOREVER;
    uint64_t spent_ns = ferry_clock_ns() - begin_ns;
    return spent_ns >= (uint64_t)limit_ns ? 0 : limit_ns - (int64_t)spent_ns;
}

#endif
