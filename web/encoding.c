#include "encoding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

/* The most encodings of one frame that are kept while nobody wants them. Of more, the oldest goes
 * first. */
#define SPARE_MAX 8
#define THREADS_MAX 16
/* For so long a thread keeps memory that it does not use. */
#define KEEP_NS (2 * (uint64_t)FERRY_SECOND_NS)

struct encoders {
    store *store;
    ferryi_condition *work;
    encoding *first, *last; /* in line */
    bool ends;
    uint64_t made, made_bytes;
    ferryi_thread *threads[THREADS_MAX];
    unsigned thread_count;
};

/* ---- with the lock ---- */

static bool is_same(const making_plan *a, const making_plan *b) {
    return a->kind == b->kind && a->quality == b->quality && a->width == b->width &&
           a->bins == b->bins && a->has_low == b->has_low && a->has_high == b->has_high &&
           (!a->has_low || !(a->low < b->low || a->low > b->low)) &&
           (!a->has_high || !(a->high < b->high || a->high > b->high));
}

static void unlist(encoding *e, frame *f) {
    encoding **at = &f->encodings;
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    e->is_listed = false;
}

static void drop_locked(encoding *e) {
    if (--e->references > 0)
        return;
    store_give_room(e->store, e->room_bytes);
    free(e->bytes);
    free(e);
}

static void forget(encoding *e, frame *f) {
    unlist(e, f);
    drop_locked(e);
}

/* The newest come first in the list. */
static void thin(frame *f) {
    unsigned spare = 0;
    encoding *next = NULL;
    for (encoding *e = f->encodings; e != NULL; e = next) {
        next = e->next;
        if (e->references == 1 && e->state != ENCODING_WAITS && ++spare > SPARE_MAX)
            forget(e, f);
    }
}

/* For a frame that goes. */
static void forget_all(frame *f) {
    while (f->encodings != NULL)
        forget(f->encodings, f);
}

static encoding *find(frame *f, const making_plan *plan) {
    encoding *e = f->encodings;
    while (e != NULL && !is_same(&e->plan, plan))
        e = e->next;
    return e;
}

static void put_in_line(encoders *all, encoding *e) {
    *(all->last != NULL ? &all->last->next_in_line : &all->first) = e;
    all->last = e;
    ferryi_condition_signal(all->work);
}

static encoding *begin(encoders *all, frame *f, const making_plan *plan) {
    encoding *e = calloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    e->store = all->store;
    e->plan = *plan;
    e->frame = f;
    frame_keep_locked(f);
    e->references = 1;
    e->is_listed = true;
    e->next = f->encodings;
    f->forget_encodings = forget_all;
    f->encodings = e;
    put_in_line(all, e);
    return e;
}

/* ---- the threads ---- */

/* Starts again from the copy when the frame's slot was given back meanwhile. */
static read_result make(encoding *e, making *m) {
    frame *f = e->frame;
    reading r;
    read_result result = READ_AGAIN;
    while (result == READ_AGAIN) {
        if (!frame_begin_reading(f, &r))
            return READ_LOST;
        const making_subject subject = {
            .info = &f->info, .generation = f->generation, .pixels = r.pixels};
        making_run(m, &e->plan, &subject);
        result = frame_end_reading(f, &r);
    }
    return result;
}

static void fail(encoding *e, ferry_status status, const char *message) {
    e->state = ENCODING_FAILED;
    e->status = status;
    snprintf(e->message, sizeof e->message, "%s", message);
}

/* With the lock. */
static void finish(encoders *all, encoding *e, making *m, read_result result) {
    if (result == READ_LOST)
        fail(e, FERRY_OVERRUN,
             "the frame was given up before it could be sent: ask for a newer one");
    else if (m->status != FERRY_OK)
        fail(e, m->status, m->error.message);
    else if (!store_take_room(e->store, m->length_bytes, STORE_WANTED))
        fail(e, FERRY_NO_MEMORY, "the memory for pictures is used up by slow readers: ask again");
    else {
        e->bytes = m->bytes;
        e->length_bytes = e->room_bytes = m->length_bytes;
        e->has_window = m->has_window;
        e->low = m->low;
        e->high = m->high;
        e->state = ENCODING_DONE;
        m->bytes = NULL;
        all->made++;
        all->made_bytes += e->length_bytes;
    }
}

/* With the lock, which is given while pixels are read. */
static void work_on(encoders *all, encoding *e, making *m) {
    frame *f = e->frame;
    e->references++;
    if (e->references > 2) { /* than the frame's and this one */
        store_unlock(all->store);
        read_result result = make(e, m);
        store_lock(all->store);
        finish(all, e, m, result);
    } else
        fail(e, FERRY_INTERRUPTED, "nobody wants it any more");
    e->frame = NULL;
    if (e->state == ENCODING_FAILED && e->is_listed)
        forget(e, f);
    waiting_wake_all(&e->waiting);
    drop_locked(e);
    frame_drop_locked(f);
}

/* Waits for something to do, and gives memory back that has not been used for a while. With the
 * lock. */
static void wait_for_work(encoders *all, making *m) {
    uint64_t until_ns = ferry_clock_ns() + KEEP_NS;
    while (all->first == NULL && !all->ends &&
           ferryi_condition_wait_until(all->work, all->store->lock, until_ns))
        continue;
    if (all->first == NULL && !all->ends)
        making_free(m);
    while (all->first == NULL && !all->ends)
        ferryi_condition_wait(all->work, all->store->lock);
}

static void run(void *argument) {
    encoders *all = argument;
    making m = {.status = FERRY_OK};
    store_lock(all->store);
    for (;;) {
        wait_for_work(all, &m);
        encoding *e = all->first;
        if (e == NULL)
            break;
        all->first = e->next_in_line;
        if (all->first == NULL)
            all->last = NULL;
        work_on(all, e, &m);
    }
    store_unlock(all->store);
    making_free(&m);
}

encoders *encoders_open(store *s, unsigned threads) {
    encoders *all = calloc(1, sizeof *all);
    if (all == NULL)
        return NULL;
    all->store = s;
    all->work = ferryi_condition_new();
    while (all->work != NULL && all->thread_count < threads && all->thread_count < THREADS_MAX &&
           ferryi_thread_start(&all->threads[all->thread_count], run, all, NULL) == FERRY_OK)
        all->thread_count++;
    if (all->thread_count == 0) {
        encoders_close(all);
        return NULL;
    }
    return all;
}

void encoders_close(encoders *all) {
    if (all == NULL)
        return;
    store_lock(all->store);
    all->ends = true;
    if (all->work != NULL)
        ferryi_condition_broadcast(all->work);
    store_unlock(all->store);
    for (unsigned i = 0; i < all->thread_count; i++)
        ferryi_thread_join(&all->threads[i]);
    ferryi_condition_free(all->work);
    free(all);
}

void encoders_get_counts(encoders *all, uint64_t *made, uint64_t *bytes) {
    store_lock(all->store);
    *made = all->made;
    *bytes = all->made_bytes;
    store_unlock(all->store);
}

/* ---- asking ---- */

encoding *encoding_ask(encoders *all, frame *f, const making_plan *plan, waiting *w) {
    store_lock(all->store);
    encoding *e = find(f, plan);
    if (e == NULL) {
        e = begin(all, f, plan);
        thin(f);
    }
    if (e != NULL) {
        e->references++;
        if (e->state == ENCODING_WAITS)
            waiting_add(&e->waiting, w);
    }
    store_unlock(all->store);
    return e;
}

void encoding_drop(encoding *e, waiting *w) {
    store *s = e->store;
    store_lock(s);
    if (w->is_waiting)
        waiting_remove(&e->waiting, w);
    drop_locked(e);
    store_unlock(s);
}

bool encoding_is_over(encoding *e) {
    store_lock(e->store);
    bool is_over = e->state != ENCODING_WAITS;
    store_unlock(e->store);
    return is_over;
}
