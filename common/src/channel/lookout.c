/* The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/lookout.h"

#include <stdlib.h>

#include "dialect/baseimage.h"
#include "platform/pollable.h"
#include "platform/self.h"
#include "platform/thread.h"
#include "support/error.h"
#include "support/need.h"

struct ferryi_lookout {
    ferry_consumer *consumer;
    ferryi_pollable bell;
    ferryi_thread *helper;
    /* Relaxed, all three: each says "look", and what is looked at has its own order. */
    atomic_bool stop;     /* the handle is being closed */
    atomic_bool saw_end;  /* the stream may be at its end */
    atomic_bool finished; /* the caller knows that it is */
};

static ferryi_lookout *lookout_of(ferry_consumer *c) {
    /* P2 pairs with P1: who finds a lookout finds its bell. */
    return atomic_load_explicit(&c->lookout, memory_order_acquire);
}

/* ---- the thread ---- */

/* Sleeps until something is announced, but no longer than a slice; whether something was. */
static bool wait_for_news(ferry_consumer *c) {
    return c->block == NULL ? ferryi_baseimage_wait(c, FERRYI_SLICE_NS)
                            : ferryi_event_wait(c->record_event, FERRYI_SLICE_NS);
}

static bool may_have_ended(ferry_consumer *c) {
    return c->block == NULL ? ferryi_baseimage_look(c) != FERRY_OK : ferryi_has_ended(c);
}

/* At the end of a stream the bell is rung once a slice, until the caller has been told: one that is
 * just being taken over by another producer may not seem to have ended when the caller looks. */
static void keep_watch(void *argument) {
    ferryi_lookout *l = argument;
    ferry_consumer *c = l->consumer;
    while (!atomic_load_explicit(&l->stop, memory_order_relaxed) &&
           !atomic_load_explicit(&l->finished, memory_order_relaxed)) {
        bool news = wait_for_news(c);
        if (!news && may_have_ended(c)) {
            atomic_store_explicit(&l->saw_end, true, memory_order_relaxed);
            news = true;
        }
        /* Relaxed: set by the signal handler of this thread, or of one that meets it anyway. */
        bool lost = atomic_load_explicit(&c->lost, memory_order_relaxed);
        if (news || lost)
            ferryi_pollable_set(&l->bell);
        if (lost)
            break; /* every call says so from now on */
    }
}

/* ---- the consumer's calls ---- */

bool ferryi_lookout_ring(ferry_consumer *c) {
    ferryi_lookout *l = lookout_of(c);
    if (l != NULL)
        ferryi_pollable_set(&l->bell);
    return l != NULL;
}

bool ferryi_lookout_still(ferry_consumer *c) {
    ferryi_lookout *l = lookout_of(c);
    return l != NULL && ferryi_pollable_clear(&l->bell);
}

bool ferryi_lookout_wait(ferry_consumer *c, int64_t timeout_ns) {
    ferryi_lookout *l = lookout_of(c);
    if (l != NULL)
        ferryi_pollable_wait(&l->bell, timeout_ns);
    return l != NULL;
}

bool ferryi_lookout_saw_end(ferry_consumer *c) {
    ferryi_lookout *l = lookout_of(c);
    return l != NULL && atomic_load_explicit(&l->saw_end, memory_order_relaxed);
}

void ferryi_lookout_finish(ferry_consumer *c) {
    ferryi_lookout *l = lookout_of(c);
    if (l == NULL)
        return;
    atomic_store_explicit(&l->finished, true, memory_order_relaxed);
    ferryi_pollable_set(&l->bell);
}

void ferryi_lookout_close(ferry_consumer *c, bool ours) {
    ferryi_lookout *l = lookout_of(c);
    if (l == NULL)
        return;
    atomic_store_explicit(&l->stop, true, memory_order_relaxed);
    /* Without a record there is no event of our own: the thread sees it when its slice is over. */
    if (ours && c->record != NULL)
        ferryi_event_set(c->record_event);
    if (ours)
        ferryi_thread_join(&l->helper);
    else
        ferryi_thread_forget(&l->helper);
    ferryi_pollable_close(&l->bell);
    free(l);
    atomic_store_explicit(&c->lookout, NULL, memory_order_relaxed); /* nobody else is here now */
}

/* ---- a full hand ---- */

static uint32_t count_held(const ferry_consumer *c) {
    uint32_t count = 0;
    /* Q2 pairs with Q1, and with Q3 in receive.c. */
    uint64_t held = atomic_load_explicit(&c->held, memory_order_seq_cst);
    for (; held != 0; held &= held - 1)
        count++;
    return count;
}

bool ferryi_hand_is_full(ferry_consumer *c) {
    if (count_held(c) < c->hold_limit)
        return false;
    ferryi_lookout_still(c);
    /* Q1, then Q2: sequentially consistent with Q3 and Q4 in receive.c. Either we see the frame
     * released, or who releases it sees the wish and rings. */
    atomic_store_explicit(&c->wants_release, true, memory_order_seq_cst);
    if (count_held(c) >= c->hold_limit)
        return true;
    ferryi_lookout_ring(c);
    return false;
}

/* ---- asking for one ---- */

static ferry_status post_lookout(ferry_consumer *c, ferryi_lookout **out, ferry_error *error) {
    ferryi_lookout *l = calloc(1, sizeof *l);
    if (l == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    l->consumer = c;
    ferry_status status = ferryi_pollable_open(&l->bell, error);
    if (status != FERRY_OK) {
        free(l);
        return status;
    }
    status = ferryi_thread_start(&l->helper, keep_watch, l, error);
    if (status != FERRY_OK) {
        ferryi_pollable_close(&l->bell);
        free(l);
        return status;
    }
    /* P1 pairs with P2. An interruption that finds none yet sets the event, and the thread rings;
     * besides, a new bell is rung. */
    atomic_store_explicit(&c->lookout, l, memory_order_release);
    *out = l;
    return FERRY_OK;
}

ferry_status ferry_consumer_get_pollable(ferry_consumer *consumer, ferry_pollable *out,
                                         ferry_error *error) {
    ferry_status status = ferryi_need(out, "out", error);
    if (status != FERRY_OK)
        return status;
    *out = FERRY_POLLABLE_NONE;
    status = ferryi_need(consumer, "consumer", error);
    if (status != FERRY_OK)
        return status;
    if (consumer->fork_count != ferryi_self_fork_count())
        return ferryi_fail(error, FERRY_FORKED, 0,
                           "this consumer was opened before a fork and belongs to the parent "
                           "process");
    ferryi_lookout *l = lookout_of(consumer);
    status = l != NULL ? FERRY_OK : post_lookout(consumer, &l, error);
    if (status == FERRY_OK)
        *out = l->bell.handle;
    return status;
}
