/* The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/consumer_pollable.h"

#include <stdlib.h>

#include "platform/pollable.h"
#include "platform/self.h"
#include "platform/thread.h"
#include "support/error.h"
#include "support/need.h"

struct ferryi_consumer_pollable {
    ferry_consumer *consumer;
    ferryi_pollable pollable;
    ferryi_thread *helper; /* NULL: none, while there is nothing to watch; the acquiring thread's */
    /* Relaxed, all three: each says "look", and what is looked at has its own order. */
    atomic_bool stop;     /* the handle is being closed */
    atomic_bool saw_end;  /* the stream may be at its end */
    atomic_bool finished; /* the caller knows that it is */
};

static ferryi_consumer_pollable *pollable_of(ferry_consumer *c) {
    /* P2 pairs with P1: a thread that finds the struct finds its pollable. */
    return atomic_load_explicit(&c->pollable, memory_order_acquire);
}

/* ---- the thread ---- */

/* At the end of a stream the pollable is set once a slice, until the caller has been told: one that
 * is just being taken over by another producer may not seem to have ended when the caller looks. */
static void keep_watch(void *argument) {
    ferryi_consumer_pollable *p = argument;
    ferry_consumer *c = p->consumer;
    while (!atomic_load_explicit(&p->stop, memory_order_relaxed) &&
           !atomic_load_explicit(&p->finished, memory_order_relaxed)) {
        bool news = c->upstream->wait(c, FERRYI_SLICE_NS);
        if (!news && c->upstream->may_have_ended(c)) {
            atomic_store_explicit(&p->saw_end, true, memory_order_relaxed);
            news = true;
        }
        /* Relaxed: set by the signal handler of this thread, or of one that meets it anyway. */
        bool lost = atomic_load_explicit(&c->lost, memory_order_relaxed);
        if (news || lost)
            ferryi_pollable_set(&p->pollable);
        if (lost)
            break; /* every call says so from now on */
    }
}

/* ---- the consumer's calls ---- */

bool ferryi_consumer_pollable_set(ferry_consumer *c) {
    ferryi_consumer_pollable *p = pollable_of(c);
    if (p != NULL)
        ferryi_pollable_set(&p->pollable);
    return p != NULL;
}

bool ferryi_consumer_pollable_clear(ferry_consumer *c) {
    ferryi_consumer_pollable *p = pollable_of(c);
    return p != NULL && ferryi_pollable_clear(&p->pollable);
}

bool ferryi_consumer_pollable_wait(ferry_consumer *c, int64_t timeout_ns) {
    ferryi_consumer_pollable *p = pollable_of(c);
    if (p != NULL)
        ferryi_pollable_wait(&p->pollable, timeout_ns);
    return p != NULL;
}

bool ferryi_consumer_pollable_saw_end(ferry_consumer *c) {
    ferryi_consumer_pollable *p = pollable_of(c);
    return p != NULL && atomic_load_explicit(&p->saw_end, memory_order_relaxed);
}

void ferryi_consumer_pollable_finish(ferry_consumer *c) {
    ferryi_consumer_pollable *p = pollable_of(c);
    if (p == NULL)
        return;
    atomic_store_explicit(&p->finished, true, memory_order_relaxed);
    ferryi_pollable_set(&p->pollable);
}

void ferryi_consumer_pollable_rest(ferry_consumer *c) {
    ferryi_consumer_pollable *p = pollable_of(c);
    if (p == NULL || p->helper == NULL)
        return;
    atomic_store_explicit(&p->stop, true, memory_order_relaxed);
    /* Without a record there is no event of our own: the thread sees it when its slice is over. */
    if (c->record != NULL)
        ferryi_event_set(c->record_event);
    ferryi_thread_join(&p->helper);
}

static ferry_status start_helper(ferryi_consumer_pollable *p, ferry_error *error) {
    /* Relaxed: starting the thread hands them over. */
    atomic_store_explicit(&p->stop, false, memory_order_relaxed);
    atomic_store_explicit(&p->saw_end, false, memory_order_relaxed);
    atomic_store_explicit(&p->finished, false, memory_order_relaxed);
    return ferryi_thread_start(&p->helper, keep_watch, p, error);
}

ferry_status ferryi_consumer_pollable_resume(ferry_consumer *c, ferry_error *error) {
    ferryi_consumer_pollable *p = pollable_of(c);
    if (p == NULL)
        return FERRY_OK;
    ferry_status status = start_helper(p, error);
    ferryi_pollable_set(&p->pollable); /* there may be a frame */
    return status;
}

void ferryi_consumer_pollable_close(ferry_consumer *c, bool ours) {
    ferryi_consumer_pollable *p = pollable_of(c);
    if (p == NULL)
        return;
    if (ours)
        ferryi_consumer_pollable_rest(c);
    else if (p->helper != NULL)
        ferryi_thread_forget(&p->helper);
    ferryi_pollable_close(&p->pollable);
    free(p);
    atomic_store_explicit(&c->pollable, NULL, memory_order_relaxed); /* nobody else is here now */
}

/* ---- asking for one ---- */

static ferry_status make_pollable(ferry_consumer *c, ferryi_consumer_pollable **out,
                                  ferry_error *error) {
    ferryi_consumer_pollable *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    p->consumer = c;
    ferry_status status = ferryi_pollable_open(&p->pollable, error);
    if (status != FERRY_OK) {
        free(p);
        return status;
    }
    if (c->final == FERRY_OK) /* else there is nothing to watch */
        status = start_helper(p, error);
    if (status != FERRY_OK) {
        ferryi_pollable_close(&p->pollable);
        free(p);
        return status;
    }
    /* P1 pairs with P2. An interruption that finds none yet sets the event, and the thread sets
     * the pollable; besides, a new one is set. */
    atomic_store_explicit(&c->pollable, p, memory_order_release);
    *out = p;
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
    ferryi_consumer_pollable *p = pollable_of(consumer);
    status = p != NULL ? FERRY_OK : make_pollable(consumer, &p, error);
    if (status == FERRY_OK)
        *out = p->pollable.handle;
    return status;
}
