#include "shared/workers.h"

#include <stdint.h>
#include <stdlib.h>

#include "host/inside.h"

/* Places for each thread: finished jobs wait there for an older one. */
#define PLACES_EACH 2

struct app_workers {
    app_workers_plan plan;
    ferryi_thread **threads;
    unsigned thread_count;

    ferryi_lock *mutex;
    ferryi_condition *submitted; /* for workers; also signalled when they have to end */
    ferryi_condition *finished;  /* for the owner */

    /* A ring: jobs oldest to oldest + count - 1, of which those before next are with a worker or
     * finished. The numbers grow for ever. Under the mutex, but what the owner alone writes
     * (oldest, count) the owner reads without. */
    size_t places;
    bool *finished_ones; /* by place */
    unsigned char *jobs;
    uint64_t oldest;
    uint64_t next;
    size_t count;
    unsigned busy; /* submitted and not finished */
    bool ends;
};

static size_t place_of(const app_workers *w, uint64_t number) {
    return (size_t)(number % w->places);
}

static void *job_at(const app_workers *w, uint64_t number) {
    return w->jobs + place_of(w, number) * w->plan.job_bytes;
}

/* ---- the threads ---- */

static void run(void *argument) {
    app_workers *w = argument;
    ferryi_lock_take(w->mutex);
    for (;;) {
        while (w->next == w->oldest + w->count && !w->ends)
            ferryi_condition_wait(w->submitted, w->mutex);
        if (w->next == w->oldest + w->count)
            break;
        uint64_t mine = w->next++;
        ferryi_lock_give(w->mutex);
        w->plan.work(job_at(w, mine));
        ferryi_lock_take(w->mutex);
        w->finished_ones[place_of(w, mine)] = true;
        w->busy--;
        ferryi_condition_signal(w->finished);
        /* With the lock held, so that the owner, who needs it for taking the job back, does not
         * meanwhile close what is notified. */
        if (mine == w->oldest)
            w->plan.notify(w->plan.argument);
    }
    ferryi_lock_give(w->mutex);
}

static bool start_threads(app_workers *w) {
    for (; w->thread_count < w->plan.threads; w->thread_count++)
        if (ferryi_thread_start(&w->threads[w->thread_count], run, w, NULL) != FERRY_OK)
            break;
    return w->thread_count > 0;
}

app_workers *app_workers_open(const app_workers_plan *plan) {
    app_workers *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->plan = *plan;
    w->places = (size_t)plan->threads * PLACES_EACH;
    w->mutex = ferryi_lock_new();
    w->submitted = ferryi_condition_new();
    w->finished = ferryi_condition_new();
    w->threads = calloc(plan->threads, sizeof *w->threads);
    w->finished_ones = calloc(w->places, sizeof *w->finished_ones);
    w->jobs = calloc(w->places, plan->job_bytes);
    if (w->mutex != NULL && w->submitted != NULL && w->finished != NULL && w->threads != NULL &&
        w->finished_ones != NULL && w->jobs != NULL && start_threads(w))
        return w;
    app_workers_close(w);
    return NULL;
}

void app_workers_close(app_workers *w) {
    if (w == NULL)
        return;
    if (w->thread_count > 0) {
        ferryi_lock_take(w->mutex);
        w->ends = true;
        ferryi_condition_broadcast(w->submitted);
        ferryi_lock_give(w->mutex);
    }
    for (unsigned i = 0; i < w->thread_count; i++)
        ferryi_thread_join(&w->threads[i]);
    for (size_t i = 0; i < w->places && w->jobs != NULL; i++)
        w->plan.discard(w->jobs + i * w->plan.job_bytes);
    ferryi_condition_free(w->submitted);
    ferryi_condition_free(w->finished);
    ferryi_lock_free(w->mutex);
    free(w->threads);
    free(w->finished_ones);
    free(w->jobs);
    free(w);
}

/* ---- the owner ---- */

static bool has_room(const app_workers *w, unsigned limit) {
    unsigned most = limit < w->thread_count ? limit : w->thread_count;
    return w->busy < most && w->count < w->places;
}

static bool is_oldest_finished(const app_workers *w) {
    return w->count > 0 && w->finished_ones[place_of(w, w->oldest)];
}

void *app_workers_place(app_workers *w, unsigned limit) {
    ferryi_lock_take(w->mutex);
    bool room = has_room(w, limit);
    ferryi_lock_give(w->mutex);
    return room ? job_at(w, w->oldest + w->count) : NULL;
}

void app_workers_submit(app_workers *w) {
    ferryi_lock_take(w->mutex);
    w->finished_ones[place_of(w, w->oldest + w->count)] = false;
    w->count++;
    w->busy++;
    ferryi_condition_signal(w->submitted);
    ferryi_lock_give(w->mutex);
}

void *app_workers_finished(app_workers *w) {
    ferryi_lock_take(w->mutex);
    bool finished = is_oldest_finished(w);
    ferryi_lock_give(w->mutex);
    return finished ? job_at(w, w->oldest) : NULL;
}

void app_workers_retire(app_workers *w) {
    ferryi_lock_take(w->mutex);
    w->oldest++;
    w->count--;
    ferryi_lock_give(w->mutex);
}

void app_workers_wait(app_workers *w, unsigned limit) {
    ferryi_lock_take(w->mutex);
    while (w->count > 0 && !is_oldest_finished(w) && !has_room(w, limit))
        ferryi_condition_wait(w->finished, w->mutex);
    ferryi_lock_give(w->mutex);
}

size_t app_workers_count(const app_workers *w) {
    return w->count;
}
