/* Waiting for what an attempt finds, until time is over or the stream ends. The acquiring thread's.
 */
#ifndef FERRYI_CHANNEL_WAIT_H
#define FERRYI_CHANNEL_WAIT_H

#include "channel/consumer_handle.h"
#include "platform/self.h"

/* Whether the handle can be used: FERRY_OK, FERRY_FORKED, or what every call answers from now on.
 * Inline, since each frame passes it more than once. */
static inline ferry_status ferryi_wait_check(const ferry_consumer *c) {
    if (c->fork_count != ferryi_self_fork_count())
        return FERRY_FORKED;
    /* Relaxed: set by the signal handler of this thread, or of one that meets it anyway. */
    if (atomic_load_explicit(&c->lost, memory_order_relaxed))
        return FERRY_MALFORMED;
    return c->final;
}

/* Takes the wishes of other threads: FERRY_INTERRUPTED, FERRY_WOKEN, or FERRY_OK when there are
 * none. An interruption comes first, and leaves a wake-up for the next call. */
ferry_status ferryi_wait_answer(ferry_consumer *consumer);

/* Repeats an attempt until it has what it wants, the stream ends, or time is over. */
ferry_status ferryi_wait_for(ferry_consumer *consumer, int64_t timeout_ns, ferryi_attempt *attempt,
                             void *target);

/* For loops that repeat such a call: how the stream has ended, if it has, looked at once a slice;
 * FERRY_OK until then. */
ferry_status ferryi_wait_look(ferry_consumer *consumer);

/* Makes a status that stays so, if this is one, what every further call answers; returns it. */
ferry_status ferryi_wait_conclude(ferry_consumer *consumer, ferry_status status);

#endif
