#include "feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>
#include <frameferry/consumer.h>

#include "tap.h"

/* Nobody has asked for so long: nobody looks. */
#define PATIENCE_NS (2 * (uint64_t)FERRY_SECOND_NS)

typedef struct feed {
    struct feed *next;
    feeds *all;
    char name[FERRY_NAME_MAX + 16];
    ferryi_thread *thread;
    ferryi_condition *asked;
    tap tap;                  /* the thread's, but for its frames */
    ferry_consumer *wakeable; /* the tap's, while the thread takes tickets */
    ticket *tickets;
    frame *current; /* the newest that was taken; NULL: none, or the stream has ended */
    uint64_t asked_ns;
    bool is_looking; /* the thread may be in a call that only the consumer's wake ends */
    bool ends;       /* the server does */
    bool has_ended;  /* the thread takes no more tickets */
} feed;

struct feeds {
    store *store;
    app_share share;
    feed *first;
    uint64_t taken;
};

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* ---- tickets, with the lock ---- */

static void end_ticket(ticket *t, ferry_status status, const char *message) {
    t->status = status;
    snprintf(t->message, sizeof t->message, "%s", message);
    t->is_over = true;
    t->feed = NULL;
    t->wake(t->argument);
}

static bool is_wanted(const ticket *t, const frame *f) {
    if (f == NULL || f->is_lost)
        return false;
    bool is_other = t->has_generation && t->generation != f->generation;
    return !t->has_after || is_other || f->info.number > t->after;
}

/* Returns whether the ticket is over. */
static bool settle(feed *f, ticket *t, ferry_status failed, const ferry_error *error) {
    if (failed != FERRY_OK)
        end_ticket(t, failed, error->message);
    else if (is_wanted(t, f->current)) {
        t->frame = f->current;
        frame_hand_out_locked(t->frame);
        end_ticket(t, FERRY_OK, "");
    } else if (ferry_clock_ns() >= t->deadline_ns)
        end_ticket(t, FERRY_TIMEOUT, "");
    else
        return false;
    return true;
}

static void settle_looked(feed *f, ferry_status failed, const ferry_error *error) {
    for (ticket **at = &f->tickets; *at != NULL;) {
        ticket *t = *at;
        ticket *next = t->next;
        t->was_looked = t->was_looked || t->is_in_look;
        if (t->is_in_look && settle(f, t, failed, error))
            *at = next;
        else
            at = &t->next;
    }
    f->asked_ns = ferry_clock_ns();
}

/* Notes which tickets the look that begins is for, and returns until when it may wait for a frame:
 * one that has just come gets what there is, at once. */
static uint64_t begin_look(feed *f) {
    uint64_t until_ns = source_next_ns(&f->tap.source);
    for (ticket *t = f->tickets; t != NULL; t = t->next) {
        t->is_in_look = true;
        until_ns = t->was_looked ? least(until_ns, t->deadline_ns) : 0;
        if (until_ns == 0)
            break;
    }
    for (ticket *t = f->tickets; t != NULL; t = t->next)
        t->is_in_look = true;
    return until_ns;
}

/* ---- the channel, without the lock ---- */

static void set_current(feed *f, frame *taken) {
    store *s = f->all->store;
    store_lock(s);
    if (f->current != NULL)
        frame_drop_spare_locked(f->current);
    f->current = taken;
    if (taken != NULL) {
        frame_keep_spare_locked(taken);
        frame_drop_locked(taken); /* the reference of the one that has taken it */
        f->all->taken++;
    }
    store_unlock(s);
}

/* The last frame of a stream is not shown as if the stream went on. */
static void detach(feed *f) {
    set_current(f, NULL);
    tap_leave(&f->tap);
}

/* Returns FERRY_OK; FERRY_WOKEN: it has not looked; or what those who wait are told. */
static ferry_status look(feed *f, uint64_t until_ns, ferry_error *error) {
    frame *taken = NULL;
    ferry_status status = tap_take(&f->tap, until_ns, &taken, error);
    switch (status) {
    case FERRY_OK:
        set_current(f, taken);
        tap_ease(&f->tap);
        return FERRY_OK;
    case FERRY_TIMEOUT:
    case FERRY_INTERRUPTED:
    case FERRY_OVERTAKEN:
    case FERRY_OVERRUN: return FERRY_OK;
    case FERRY_WOKEN: return status;
    case FERRY_NO_MEMORY:
        snprintf(error->message, sizeof error->message, "there is no memory for a frame now");
        return status;
    case FERRY_NO_PRODUCER:
    case FERRY_END_OF_STREAM:
    case FERRY_PRODUCER_LOST:
    case FERRY_EVICTED: detach(f); return FERRY_OK;
    default: detach(f); return status;
    }
}

/* The pixels of the newest frame are lost: one that attaches anew gets them again. */
static void renew_lost(feed *f) {
    store_lock(f->all->store);
    bool is_lost = f->current != NULL && f->current->is_lost;
    store_unlock(f->all->store);
    if (is_lost && ferry_consumer_leave(f->tap.source.consumer, NULL) == FERRY_OK)
        detach(f);
}

/* ---- the thread ---- */

/* With the lock, which is given meanwhile. */
static void serve(feed *f) {
    store *s = f->all->store;
    ferry_error error = {.status = FERRY_OK};
    uint64_t until_ns = begin_look(f);
    f->is_looking = true;
    store_unlock(s);
    source_relieve(&f->tap.source, ferry_clock_ns());
    renew_lost(f);
    ferry_status failed = look(f, until_ns, &error);
    source_relieve(&f->tap.source, ferry_clock_ns());
    store_lock(s);
    f->is_looking = false;
    if (failed != FERRY_WOKEN)
        settle_looked(f, failed, &error);
}

/* Sleeps until somebody asks; returns whether anybody looks. With the lock, which is given
 * meanwhile. */
static bool rest(feed *f) {
    store *s = f->all->store;
    uint64_t leave_ns = f->asked_ns + PATIENCE_NS;
    uint64_t next_ns = least(leave_ns, source_next_ns(&f->tap.source));
    ferryi_condition_wait_until(f->asked, s->lock, next_ns);
    store_unlock(s);
    source_relieve(&f->tap.source, ferry_clock_ns());
    store_lock(s);
    return f->tickets != NULL || ferry_clock_ns() < f->asked_ns + PATIENCE_NS;
}

static void run(void *argument) {
    feed *f = argument;
    store *s = f->all->store;
    ferry_error error = {.status = FERRY_OK};
    ferry_status status = tap_open(&f->tap, f->name, &f->all->share, &error);
    store_lock(s);
    f->wakeable = f->tap.source.consumer;
    bool goes_on = status == FERRY_OK;
    while (goes_on && !f->ends) {
        if (f->tickets != NULL)
            serve(f);
        else
            goes_on = rest(f);
    }
    f->has_ended = true;
    f->wakeable = NULL;
    begin_look(f);
    settle_looked(f, status != FERRY_OK ? status : FERRY_INTERRUPTED, &error);
    store_unlock(s);
    if (status != FERRY_OK)
        return;
    detach(f);
    ferry_consumer_close(&f->tap.source.consumer);
}

/* ---- feeds ---- */

feeds *feeds_open(store *s, const app_share *share) {
    feeds *all = calloc(1, sizeof *all);
    if (all == NULL)
        return NULL;
    all->store = s;
    all->share = *share;
    return all;
}

static void free_feed(feed *f) {
    ferryi_thread_join(&f->thread);
    ferryi_condition_free(f->asked);
    ferryi_condition_free(f->tap.source.left);
    free(f);
}

void feeds_close(feeds *all) {
    if (all == NULL)
        return;
    store_lock(all->store);
    for (feed *f = all->first; f != NULL; f = f->next) {
        f->ends = true;
        ferryi_condition_signal(f->asked);
        ferry_consumer_wake(f->wakeable); /* which accepts NULL */
    }
    store_unlock(all->store);
    while (all->first != NULL) {
        feed *f = all->first;
        all->first = f->next;
        free_feed(f);
    }
    free(all);
}

/* With the lock. */
static feed *find(const feeds *all, const char *name) {
    feed *f = all->first;
    while (f != NULL && (f->has_ended || strcmp(f->name, name) != 0))
        f = f->next;
    return f;
}

/* With the lock, for which the thread waits. */
static feed *start(feeds *all, const char *name) {
    feed *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->all = all;
    snprintf(f->name, sizeof f->name, "%s", name);
    f->asked = ferryi_condition_new();
    f->tap.source = (source){.store = all->store, .left = ferryi_condition_new()};
    f->asked_ns = ferry_clock_ns();
    if (f->asked == NULL || f->tap.source.left == NULL ||
        ferryi_thread_start(&f->thread, run, f, NULL) != FERRY_OK) {
        free_feed(f);
        return NULL;
    }
    f->next = all->first;
    all->first = f;
    return f;
}

bool feeds_is_looked_at(feeds *all, const char *name) {
    store_lock(all->store);
    bool is_there = find(all, name) != NULL;
    store_unlock(all->store);
    return is_there;
}

bool feeds_ask(feeds *all, const char *name, ticket *t) {
    store_lock(all->store);
    feed *f = find(all, name);
    if (f == NULL)
        f = start(all, name);
    if (f != NULL) {
        t->is_over = t->is_in_look = t->was_looked = false;
        t->frame = NULL;
        t->feed = f;
        t->next = f->tickets;
        f->tickets = t;
        f->asked_ns = ferry_clock_ns();
        ferryi_condition_signal(f->asked);
        if (f->is_looking)
            ferry_consumer_wake(f->wakeable);
    }
    store_unlock(all->store);
    return f != NULL;
}

void feeds_cancel(feeds *all, ticket *t) {
    store_lock(all->store);
    if (t->feed != NULL) {
        ticket **at = &t->feed->tickets;
        while (*at != t)
            at = &(*at)->next;
        *at = t->next;
        t->feed->asked_ns = ferry_clock_ns();
        t->feed = NULL;
        t->status = FERRY_INTERRUPTED;
        t->is_over = true;
    }
    store_unlock(all->store);
}

frame *feeds_find(feeds *all, const char *name, uint64_t number, const uint64_t *generation) {
    frame *found = NULL;
    store_lock(all->store);
    feed *f = find(all, name);
    if (f != NULL && f->current != NULL && !f->current->is_lost &&
        f->current->info.number == number &&
        (generation == NULL || f->current->generation == *generation)) {
        found = f->current;
        frame_hand_out_locked(found);
    }
    store_unlock(all->store);
    return found;
}

bool feeds_sweep(feeds *all) {
    feed *ended = NULL;
    store_lock(all->store);
    for (feed **at = &all->first; *at != NULL;) {
        feed *f = *at;
        if (f->has_ended) {
            *at = f->next;
            f->next = ended;
            ended = f;
        } else
            at = &f->next;
    }
    bool has_others = all->first != NULL;
    store_unlock(all->store);
    while (ended != NULL) {
        feed *f = ended;
        ended = f->next;
        free_feed(f);
    }
    return has_others;
}

void feeds_get_counts(feeds *all, unsigned *active, uint64_t *taken) {
    store_lock(all->store);
    *active = 0;
    for (const feed *f = all->first; f != NULL; f = f->next)
        *active += f->has_ended ? 0 : 1;
    *taken = all->taken;
    store_unlock(all->store);
}
