/* Being attached to a channel: waiting for a producer, leaving with frames in hand, detaching, and
 * attaching to the next producer.
 *
 * The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/membership.h"

#include <frameferry/clock.h>

#include "channel/attach.h"
#include "channel/consumer_pollable.h"
#include "channel/explain.h"
#include "channel/gate.h"
#include "channel/hold.h"
#include "channel/liveness.h"
#include "channel/stranger.h"
#include "channel/undertaker.h"
#include "channel/wait.h"
#include "platform/clock.h"
#include "platform/fault_point.h"
#include "platform/self.h"
#include "support/error.h"
#include "support/need.h"

/* How long something that is not a channel may stand under the name: an old sender makes its
 * mapping first and its event a moment later. */
#define FOREIGN_GRACE_NS (FERRY_SECOND_NS / 2)

/* ---- waiting for a producer ---- */

static ferry_status nobody_came(const ferry_consumer *c, int64_t wait_ns, ferry_error *error) {
    if (wait_ns == 0)
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0,
                           "channel %s has no live producer: start one first, or wait for it",
                           c->names.frames);
    return ferryi_fail(error, FERRY_NO_PRODUCER, 0,
                       "no producer came to channel %s within %.1f s: start one, or wait longer",
                       c->names.frames, (double)wait_ns / (double)FERRY_SECOND_NS);
}

/* Attaches as soon as there is a producer. A watch can take longer than all the rest, so that one
 * is made only when there is something to wait for. A name that came before the watch is found by
 * the look that follows. */
static ferry_status wait_and_attach(ferry_consumer *c, int64_t wait_ns, ferry_error *error) {
    uint64_t deadline_ns = ferryi_deadline(wait_ns);
    uint64_t foreign_until_ns = 0; /* it runs from the first sight */
    ferryi_shm_watch watch;
    bool watching = false;
    ferry_status status;
    for (;;) {
        /* Cleared first: a wish that comes now sets it again. */
        ferryi_consumer_pollable_clear(c);
        status = ferryi_wait_answer(c);
        if (status != FERRY_OK) {
            if (atomic_load_explicit(&c->wishes, memory_order_relaxed) != 0)
                ferryi_consumer_pollable_set(c); /* another wish waits for the next call */
            ferryi_explain(c, status, error);
            break;
        }
        status = ferryi_attach_try(c, error);
        bool foreign = status == FERRY_FOREIGN;
        /* A dead channel, whosever it is, is as good as none: its user may start it anew. */
        bool strange = status == FERRY_NOT_ALLOWED;
        if (strange)
            status = ferryi_stranger_refuses(&c->names, error);
        if (status != FERRY_NO_PRODUCER && !foreign)
            break;
        if (!foreign)
            foreign_until_ns = 0;
        else if (foreign_until_ns == 0)
            foreign_until_ns = ferryi_deadline(FOREIGN_GRACE_NS);
        int64_t slice_ns = ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS);
        if (foreign && ferryi_deadline_left(foreign_until_ns, FERRYI_SLICE_NS) < slice_ns)
            slice_ns = ferryi_deadline_left(foreign_until_ns, FERRYI_SLICE_NS);
        if (slice_ns == 0) {
            if (!foreign && !strange && !ferryi_stranger_lies_dead(&c->names, error))
                status = nobody_came(c, wait_ns, error);
            break;
        }
        if (watching)
            ferryi_shm_watch_wait(&watch, slice_ns);
        else
            ferryi_shm_watch_open(&watch);
        watching = true;
    }
    if (watching)
        ferryi_shm_watch_close(&watch);
    return status;
}

/* Counts and positions begin anew with each producer. */
static void begin_anew(ferry_consumer *c) {
    c->last = c->looked_ns = c->awaits = c->taken = 0;
    c->set.left = 0;
    c->refused = (ferryi_bare_refused){.is_there = false};
    c->followed = (ferryi_followed){.is_open = false};
    c->ended_in_frame = false;
    /* Relaxed, all: nobody else uses them while the gate is shut. */
    atomic_store_explicit(&c->lost, false, memory_order_relaxed);
    atomic_store_explicit(&c->wants_release, false, memory_order_relaxed);
    _Atomic(uint64_t) *const figures[] = {&c->first,   &c->received, &c->skipped,
                                          &c->overrun, &c->retries,  &c->dropped,
                                          &c->seen,    &c->added,    &c->refused_count};
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        atomic_store_explicit(figures[i], 0, memory_order_relaxed);
}

ferry_status ferryi_membership_begin(ferry_consumer *c, int64_t timeout_ns, ferry_error *error) {
    begin_anew(c);
    c->final = FERRY_NO_PRODUCER;
    /* An attempt that fails and is repeated must not show in the caller's error. */
    ferry_error last = {0};
    ferry_status status = wait_and_attach(c, timeout_ns, &last);
    if (status == FERRY_OK) {
        c->final = FERRY_OK;
        status = ferryi_consumer_pollable_resume(c, &last);
        if (status != FERRY_OK) {
            c->final = FERRY_NO_PRODUCER;
            ferryi_gate_shut(c);
            ferryi_attach_undo(c);
        }
    }
    if (status != FERRY_OK && error != NULL)
        *error = last;
    return status;
}

/* ---- detaching ---- */

/* Whether the stream is known to be over, so that its names are of no use to anybody. */
static bool has_ended(const ferry_consumer *c) {
    bool is_told = c->final != FERRY_OK && c->final != FERRY_NO_PRODUCER;
    return c->block != NULL && (is_told || ferryi_liveness_has_ended(c));
}

static bool has_left(const ferry_consumer *c) {
    /* Relaxed: this thread has set it. */
    return (atomic_load_explicit(&c->held, memory_order_relaxed) & FERRYI_HELD_LEFT) != 0;
}

/* After leaving, the thread that released the last frame may still be giving the record up. */
static void await_giving_up(const ferry_consumer *c) {
    enum { PAUSE_NS = 10000 };
    if (!has_left(c) || c->record == NULL)
        return;
    /* Y5 pairs with Y4 in hold.c. */
    while (!atomic_load_explicit(&c->has_given_up, memory_order_acquire))
        ferryi_clock_pause(PAUSE_NS);
}

void ferryi_membership_end(ferry_consumer *c) {
    if (!atomic_load_explicit(&c->is_open, memory_order_relaxed)) /* our own store */
        return;
    ferryi_gate_shut(c);
    bool dead = has_ended(c), dialect = c->dialect != NULL;
    ferryi_attach_undo(c);
    FERRYI_FAULT("close.detached");
    /* A dead producer's names are of no use: consumers that are attached have the memory. */
    if (dialect && (dead || c->borrowed))
        ferryi_undertaker_bury_shared(&c->names, &c->sharing, c->borrowed);
    else if (dead)
        ferryi_undertaker_bury(&c->names, &c->sharing, NULL, NULL);
}

void ferryi_membership_forget(ferry_consumer *c) {
    c->record = NULL; /* it is the parent's */
    ferryi_attach_undo(c);
}

/* ---- attaching again ---- */

static bool is_attached(const ferry_consumer *c) {
    return atomic_load_explicit(&c->is_open, memory_order_relaxed) && c->final == FERRY_OK &&
           !atomic_load_explicit(&c->lost, memory_order_relaxed);
}

ferry_status ferry_consumer_attach(ferry_consumer *consumer, int64_t timeout_ns,
                                   ferry_error *error) {
    ferry_status status = ferryi_need(consumer, "consumer", error);
    if (status == FERRY_OK)
        status = ferryi_need_time(timeout_ns, "timeout_ns", error);
    if (status != FERRY_OK)
        return status;
    if (consumer->fork_count != ferryi_self_fork_count())
        return ferryi_explain(consumer, FERRY_FORKED, error);
    if (is_attached(consumer))
        return FERRY_OK;
    /* Y3 pairs with Y1, and Q2 with Q3, in hold.c: whoever released them is done with the mappings,
     * but for the last after leaving. */
    uint64_t held =
        ferryi_consumer_held_count(atomic_load_explicit(&consumer->held, memory_order_seq_cst));
    if (held != 0)
        return ferryi_fail(
            error, FERRY_TOO_MANY_HELD, 0,
            "%u frames of the producer before are in hand: release them, then attach",
            (unsigned)held);
    ferryi_consumer_pollable_rest(consumer);
    await_giving_up(consumer);
    ferryi_membership_end(consumer);
    return ferryi_membership_begin(consumer, timeout_ns, error);
}

/* ---- leaving ---- */

static void leave(ferry_consumer *c) {
    /* The thread sleeps on the event of a record that may soon be another's. */
    ferryi_consumer_pollable_rest(c);
    c->final = FERRY_NO_PRODUCER;
    ferryi_consumer_pollable_set(c); /* calls have an answer now */
    if (c->record == NULL)
        return;
    ferryi_registry_withdraw(&c->consumers, c->index, c->producer_event);
    /* Y2 pairs with Y1 in hold.c. After the record says that we have left: whoever releases the
     * last frame from here on gives it up. */
    bool none = atomic_fetch_or_explicit(&c->held, FERRYI_HELD_LEFT, memory_order_seq_cst) == 0;
    FERRYI_FAULT("withdraw.noted");
    if (none)
        ferryi_hold_give_record_up(c);
}

ferry_status ferry_consumer_leave(ferry_consumer *consumer, ferry_error *error) {
    ferry_status status = ferryi_need(consumer, "consumer", error);
    if (status != FERRY_OK)
        return status;
    if (consumer->fork_count != ferryi_self_fork_count())
        return ferryi_explain(consumer, FERRY_FORKED, error);
    if (atomic_load_explicit(&consumer->is_open, memory_order_relaxed) && !has_left(consumer))
        leave(consumer);
    return FERRY_OK;
}
