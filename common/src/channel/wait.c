#include "channel/wait.h"

#include <frameferry/clock.h>

#include "channel/consumer_pollable.h"
#include "platform/fault_point.h"

/* Looks in a row that the producer may overtake. On a native channel each of them means that it
 * published a frame within some ten instructions of ours. After this many, the values are more
 * likely to be made up. The call sleeps once before it says so, so that its caller does not spin.
 */
enum { ATTEMPTS = 100 };

/* How long to sleep: until the deadline, or the next look at the producer. With a whole slice
 * each time, a consumer that is woken for nothing, or whose calls have short timeouts, would be
 * without a look for almost two. */
static int64_t sleep_ns(const ferry_consumer *c, uint64_t deadline_ns) {
    if (c->upstream->looks_always)
        return ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS);
    return ferryi_deadline_left(
        ferryi_deadline_earlier(deadline_ns, ferryi_consumer_next_look_ns(c)), FERRYI_SLICE_NS);
}

static void sleep_until_news(ferry_consumer *c, int64_t slice_ns) {
    if (!ferryi_consumer_pollable_wait(c, slice_ns))
        c->upstream->wait(c, &c->watch, slice_ns);
}

ferry_status ferryi_wait_look(ferry_consumer *c) {
    bool is_time = c->upstream->looks_always || ferry_clock_ns() >= ferryi_consumer_next_look_ns(c);
    return is_time ? c->upstream->look(c) : FERRY_OK;
}

/* An attempt was overtaken, *overtaken times by now: FERRY_OK: try again. FERRY_TIMEOUT: time is
 * over. Else what the call returns. *ending: the producer is gone, and only what it has left can be
 * taken: one more attempt tells. */
static ferry_status after_overtaken(ferry_consumer *c, uint64_t deadline_ns, int64_t timeout_ns,
                                    int *overtaken, ferry_status *ending) {
    if (*ending != FERRY_OK)
        return *ending; /* nobody overtakes any more: what is there cannot be had */
    *ending = ferryi_wait_look(c);
    bool in_time = ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS) > 0;
    if (++*overtaken < ATTEMPTS || *ending != FERRY_OK) {
        /* Relaxed: a figure. */
        atomic_fetch_add_explicit(&c->retries, 1, memory_order_relaxed);
        if (in_time || timeout_ns == 0)
            return FERRY_OK;
        ferryi_consumer_pollable_set(c); /* there is a frame */
        return FERRY_TIMEOUT;
    }
    if (in_time)
        sleep_until_news(c, sleep_ns(c, deadline_ns)); /* a commit that overtook us has set it */
    return FERRY_OVERTAKEN;
}

ferry_status ferryi_wait_answer(ferry_consumer *c) {
    /* Relaxed: nothing is handed over but the wishes themselves. */
    uint32_t asked = atomic_exchange_explicit(&c->wishes, 0, memory_order_relaxed);
    if (asked == 0)
        return FERRY_OK;
    if ((asked & FERRYI_WISH_INTERRUPT) == 0)
        return FERRY_WOKEN;
    /* Relaxed: as above. */
    (void)atomic_fetch_or_explicit(&c->wishes, asked & FERRYI_WISH_WAKE, memory_order_relaxed);
    return FERRY_INTERRUPTED;
}

/* Repeats an attempt until it has a frame, the stream ends, or time is over. *cleared: the
 * pollable was set, and was cleared before the last attempt. */
static ferry_status repeat(ferry_consumer *c, int64_t timeout_ns, ferryi_attempt *attempt,
                           void *target, bool *cleared) {
    uint64_t deadline_ns = ferryi_deadline(timeout_ns);
    ferry_status ending = FERRY_OK;
    for (int overtaken = 0;;) {
        ferry_status status = ferryi_wait_check(c);
        if (status == FERRY_OK)
            status = ferryi_wait_answer(c);
        if (status != FERRY_OK)
            return status;
        status = attempt(c, target);
        if (status == FERRY_OVERTAKEN) {
            status = after_overtaken(c, deadline_ns, timeout_ns, &overtaken, &ending);
            if (status == FERRY_OK)
                continue;
            return status;
        }
        if (status == FERRY_TIMEOUT && ending != FERRY_OK)
            status = ending; /* nothing came before the end either */
        if (status != FERRY_TIMEOUT)
            return status;
        /* Once for each sleep: a peer that sets events all the time shall not keep us here. */
        if (!*cleared && (*cleared = ferryi_consumer_pollable_clear(c)))
            continue;
        FERRYI_FAULT("receive.looking");
        ending = c->upstream->look(c);
        if (ending != FERRY_OK)
            continue;
        if (ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS) == 0)
            return FERRY_TIMEOUT;
        sleep_until_news(c, sleep_ns(c, deadline_ns));
        *cleared = false;
    }
}

ferry_status ferryi_wait_for(ferry_consumer *c, int64_t timeout_ns, ferryi_attempt *attempt,
                             void *target) {
    bool cleared = false;
    ferry_status status = repeat(c, timeout_ns, attempt, target, &cleared);
    if (cleared && status != FERRY_TIMEOUT)
        ferryi_consumer_pollable_set(c); /* there may be more: only "none yet" leaves it clear */
    return status;
}

static bool is_final(ferry_status status) {
    return status == FERRY_END_OF_STREAM || status == FERRY_PRODUCER_LOST ||
           status == FERRY_EVICTED || status == FERRY_MALFORMED;
}

ferry_status ferryi_wait_conclude(ferry_consumer *c, ferry_status status) {
    if (is_final(status)) {
        c->final = status;
        ferryi_consumer_pollable_finish(c);
    }
    return status;
}
