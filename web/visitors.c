#include "visitors.h"

#include <stdlib.h>

#include <microhttpd.h>

#include <frameferry/clock.h>

#include "host/inside.h"
#include "socket.h"
#include "watch.h"

#define TICK_NS ((uint64_t)FERRY_SECOND_NS)
#define EVENTS_MAX 64

struct visitor {
    visitors *all;
    struct MHD_Connection *connection;
    int socket;
    uint64_t key; /* its place, and how often it has been taken */
    uint64_t deadline_ns;
    bool is_beyond;
    bool is_suspended;
    bool is_gone;
};

struct visitors {
    ferryi_lock *lock;
    watch *watch;
    ferryi_thread *thread;
    bool (*tick)(void *argument);
    void *argument;
    visitor **places;
    unsigned place_count, limit;
    uint64_t turn;
    visitors_counts counts;
    bool is_idle; /* the thread sleeps without a limit */
    bool is_stopping;
    bool ends;
};

/* ---- with the lock ---- */

static void resume(visitor *v) {
    if (!v->is_suspended)
        return;
    v->is_suspended = false;
    v->all->counts.waiting--;
    watch_remove(v->all->watch, v->socket);
    MHD_resume_connection(v->connection);
}

static visitor *find(const visitors *all, uint64_t key) {
    visitor *v = all->places[key % all->place_count];
    return v != NULL && v->key == key ? v : NULL;
}

static void end_late(visitors *all, uint64_t now_ns) {
    for (unsigned i = 0; i < all->place_count; i++) {
        visitor *v = all->places[i];
        if (v == NULL || now_ns < v->deadline_ns)
            continue;
        v->deadline_ns = UINT64_MAX;
        v->is_gone = true;
        all->counts.timed_out++;
        if (v->is_suspended)
            resume(v);
        else
            socket_shut(v->socket);
    }
}

/* ---- the thread ---- */

static void take_events(visitors *all, const watch_event *events, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        visitor *v = find(all, events[i].key);
        if (v == NULL || !v->is_suspended)
            continue;
        v->is_gone = v->is_gone || events[i].is_gone;
        all->counts.hung_up += events[i].is_gone ? 1 : 0;
        resume(v);
    }
}

static void run(void *argument) {
    visitors *all = argument;
    watch_event events[EVENTS_MAX];
    uint64_t next_ns = 0;
    bool has_more = false;
    ferryi_lock_take(all->lock);
    while (!all->ends) {
        bool is_busy = has_more || all->counts.connected > 0;
        all->is_idle = !is_busy;
        ferryi_lock_give(all->lock);
        unsigned count = watch_wait(all->watch, is_busy ? next_ns : UINT64_MAX, events, EVENTS_MAX);
        uint64_t now_ns = ferry_clock_ns();
        bool is_due = now_ns >= next_ns;
        if (is_due) {
            has_more = all->tick(all->argument);
            next_ns = now_ns + TICK_NS;
        }
        ferryi_lock_take(all->lock);
        take_events(all, events, count);
        if (is_due)
            end_late(all, now_ns);
    }
    ferryi_lock_give(all->lock);
}

visitors *visitors_open(unsigned limit, bool (*tick)(void *argument), void *argument,
                        ferry_error *error) {
    visitors *all = calloc(1, sizeof *all);
    if (all == NULL) {
        ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
        return NULL;
    }
    all->tick = tick;
    all->argument = argument;
    all->limit = limit;
    all->place_count = limit + VISITORS_BEYOND_MAX;
    all->lock = ferryi_lock_new();
    all->places = calloc(all->place_count, sizeof(visitor *));
    if (all->lock == NULL || all->places == NULL)
        ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    else if ((all->watch = watch_open(error)) != NULL &&
             ferryi_thread_start(&all->thread, run, all, error) == FERRY_OK)
        return all;
    visitors_close(all);
    return NULL;
}

void visitors_stop(visitors *all) {
    ferryi_lock_take(all->lock);
    all->is_stopping = true;
    for (unsigned i = 0; i < all->place_count; i++) {
        visitor *v = all->places[i];
        if (v == NULL)
            continue;
        v->is_gone = true;
        resume(v);
    }
    ferryi_lock_give(all->lock);
}

void visitors_close(visitors *all) {
    if (all == NULL)
        return;
    if (all->thread != NULL) {
        ferryi_lock_take(all->lock);
        all->ends = true;
        ferryi_lock_give(all->lock);
        watch_wake(all->watch);
        ferryi_thread_join(&all->thread);
    }
    watch_close(all->watch);
    ferryi_lock_free(all->lock);
    free(all->places);
    free(all);
}

void visitors_get_counts(visitors *all, visitors_counts *out) {
    ferryi_lock_take(all->lock);
    *out = all->counts;
    ferryi_lock_give(all->lock);
}

/* ---- one connection ---- */

/* With the lock. */
static visitor *take_place(visitors *all) {
    unsigned place = 0;
    while (place < all->place_count && all->places[place] != NULL)
        place++;
    visitor *v = place < all->place_count ? calloc(1, sizeof *v) : NULL;
    if (v == NULL)
        return NULL;
    v->all = all;
    v->key = all->turn++ * all->place_count + place;
    v->is_beyond = all->counts.connected >= all->limit;
    all->places[place] = v;
    all->counts.connected++;
    all->counts.came++;
    all->counts.refused += v->is_beyond ? 1 : 0;
    return v;
}

visitor *visitors_come(visitors *all, struct MHD_Connection *connection, int socket) {
    ferryi_lock_take(all->lock);
    visitor *v = take_place(all);
    if (v != NULL) {
        v->connection = connection;
        v->socket = socket;
        v->deadline_ns = ferry_clock_ns() + VISITORS_HEADER_NS;
        if (all->is_idle)
            watch_wake(all->watch);
    }
    ferryi_lock_give(all->lock);
    return v;
}

void visitors_go(visitor *v) {
    visitors *all = v->all;
    ferryi_lock_take(all->lock);
    all->places[v->key % all->place_count] = NULL;
    all->counts.connected--;
    ferryi_lock_give(all->lock);
    free(v);
}

int visitor_socket(const visitor *v) {
    return v->socket;
}

bool visitor_is_beyond(const visitor *v) {
    return v->is_beyond;
}

void visitor_set_deadline(visitor *v, uint64_t deadline_ns) {
    ferryi_lock_take(v->all->lock);
    v->deadline_ns = deadline_ns;
    ferryi_lock_give(v->all->lock);
}

bool visitor_suspend(visitor *v, bool for_room) {
    visitors *all = v->all;
    ferryi_lock_take(all->lock);
    bool may_wait = !all->is_stopping && !v->is_gone;
    if (may_wait) {
        v->is_suspended = true;
        all->counts.waiting++;
        MHD_suspend_connection(v->connection);
        watch_add(all->watch, v->socket, v->key, for_room);
    }
    ferryi_lock_give(all->lock);
    return may_wait;
}

void visitor_resume(visitor *v) {
    ferryi_lock_take(v->all->lock);
    resume(v);
    ferryi_lock_give(v->all->lock);
}

bool visitor_is_gone(visitor *v) {
    ferryi_lock_take(v->all->lock);
    bool is_gone = v->is_gone;
    ferryi_lock_give(v->all->lock);
    return is_gone;
}
