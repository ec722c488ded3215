#include "pace.h"

#include <frameferry/clock.h>

uint64_t pace_due_ns(const pace *p) {
    if (p->rate.frames == 0 || p->begin_ns == 0)
        return 0;
    /* Both factors are below 2^30, see app_rate. */
    uint64_t share = p->frame * p->rate.seconds;
    return p->begin_ns + share / p->rate.frames * FERRY_SECOND_NS +
           share % p->rate.frames * FERRY_SECOND_NS / p->rate.frames;
}

void pace_take(pace *p, uint64_t now_ns) {
    if (p->rate.frames == 0)
        return;
    uint64_t period_ns = p->rate.seconds * FERRY_SECOND_NS / p->rate.frames;
    if (p->begin_ns == 0 || now_ns > pace_due_ns(p) + period_ns) {
        p->begin_ns = now_ns;
        p->frame = 0;
    }
    if (++p->frame == p->rate.frames) {
        p->begin_ns += p->rate.seconds * FERRY_SECOND_NS;
        p->frame = 0;
    }
}
