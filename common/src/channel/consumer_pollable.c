#include "channel/consumer_pollable.h"

#include "platform/self.h"
#include "support/error.h"
#include "support/need.h"

/* ---- the thread ---- */

/* At the end of a stream the pollable is set once a slice, until the caller has been told: one that
 * is just being taken over by another producer may not seem to have ended when the caller looks. */
static void keep_watch(ferryi_bell *bell) {
    ferry_consumer *c = bell->owner;
    while (!ferryi_bell_is_ending(bell) &&
           !atomic_load_explicit(&c->knows_end, memory_order_relaxed)) {
        bool news = c->upstream->wait(c, NULL, FERRYI_SLICE_NS);
        if (!news && c->upstream->may_have_ended(c)) {
            atomic_store_explicit(&c->saw_end, true, memory_order_relaxed);
            news = true;
        }
        /* Relaxed: set by the signal handler of this thread, or of one that meets it anyway. */
        bool lost = atomic_load_explicit(&c->lost, memory_order_relaxed);
        if (news || lost)
            ferryi_pollable_set(&bell->pollable);
        if (lost)
            break; /* every call says so from now on */
    }
}

/* ---- the consumer's calls ---- */

bool ferryi_consumer_pollable_set(ferry_consumer *c) {
    return ferryi_bell_set(&c->pollable);
}

bool ferryi_consumer_pollable_clear(ferry_consumer *c) {
    return ferryi_bell_clear(&c->pollable);
}

bool ferryi_consumer_pollable_wait(ferry_consumer *c, int64_t timeout_ns) {
    return ferryi_bell_wait(&c->pollable, timeout_ns);
}

bool ferryi_consumer_pollable_saw_end(ferry_consumer *c) {
    return atomic_load_explicit(&c->saw_end, memory_order_relaxed);
}

void ferryi_consumer_pollable_finish(ferry_consumer *c) {
    atomic_store_explicit(&c->knows_end, true, memory_order_relaxed);
    ferryi_bell_set(&c->pollable);
}

/* The event that the thread sleeps on. Without a record there is no event of our own: the thread
 * sees it when its slice is over. */
static const ferryi_event *own_event(const ferry_consumer *c) {
    return c->record != NULL ? &c->record_event : NULL;
}

void ferryi_consumer_pollable_rest(ferry_consumer *c) {
    ferryi_bell_rest(&c->pollable, own_event(c));
}

ferry_status ferryi_consumer_pollable_resume(ferry_consumer *c, ferry_error *error) {
    /* Relaxed: starting the thread hands them over. */
    atomic_store_explicit(&c->saw_end, false, memory_order_relaxed);
    atomic_store_explicit(&c->knows_end, false, memory_order_relaxed);
    return ferryi_bell_resume(&c->pollable, error); /* set: there may be a frame */
}

void ferryi_consumer_pollable_close(ferry_consumer *c, bool ours) {
    ferryi_bell_close(&c->pollable, own_event(c), ours);
}

/* ---- asking for one ---- */

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
    bool is_attached =
        consumer->final == FERRY_OK; /* to a stream that goes on, as far as is known */
    return ferryi_bell_get(&consumer->pollable, keep_watch, consumer, is_attached, out, error);
}
