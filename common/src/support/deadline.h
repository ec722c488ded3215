/* Deadlines on ferry_clock_ns, from the timeouts that callers give. */
#ifndef FERRYI_SUPPORT_DEADLINE_H
#define FERRYI_SUPPORT_DEADLINE_H

#include <frameferry/clock.h>

#define FERRYI_NEVER UINT64_MAX

/* The longest sleep before a look whether the other side is alive. */
#define FERRYI_SLICE_NS INT64_C(100000000)

/* Now plus a timeout, without overflow. A negative timeout counts as 0. */
static inline uint64_t ferryi_deadline(int64_t timeout_ns) {
    if (timeout_ns == FERRY_FOREVER)
        return FERRYI_NEVER;
    uint64_t now_ns = ferry_clock_ns();
    return timeout_ns <= 0 ? now_ns : now_ns + (uint64_t)timeout_ns;
}

static inline uint64_t ferryi_deadline_earlier(uint64_t one_ns, uint64_t other_ns) {
    return one_ns < other_ns ? one_ns : other_ns;
}

/* The time left until a deadline, but no more than limit_ns; 0 when it is over. */
static inline int64_t ferryi_deadline_left(uint64_t deadline_ns, int64_t limit_ns) {
    uint64_t now_ns = ferry_clock_ns();
    if (now_ns >= deadline_ns)
        return 0;
    uint64_t left_ns = deadline_ns - now_ns;
    return left_ns > (uint64_t)limit_ns ? limit_ns : (int64_t)left_ns;
}

#endif
