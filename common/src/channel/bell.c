/* The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/bell.h"

#include <stdlib.h>

#include "support/error.h"

static ferryi_bell *bell_at(ferryi_bell_place *place) {
    /* P2 pairs with P1: a thread that finds the struct finds its pollable. */
    return atomic_load_explicit(place, memory_order_acquire);
}

/* ---- using one ---- */

bool ferryi_bell_set(ferryi_bell_place *place) {
    ferryi_bell *bell = bell_at(place);
    if (bell != NULL)
        ferryi_pollable_set(&bell->pollable);
    return bell != NULL;
}

bool ferryi_bell_clear(ferryi_bell_place *place) {
    ferryi_bell *bell = bell_at(place);
    return bell != NULL && ferryi_pollable_clear(&bell->pollable);
}

bool ferryi_bell_wait(ferryi_bell_place *place, int64_t timeout_ns) {
    ferryi_bell *bell = bell_at(place);
    if (bell != NULL)
        ferryi_pollable_wait(&bell->pollable, timeout_ns);
    return bell != NULL;
}

bool ferryi_bell_is_ending(const ferryi_bell *bell) {
    /* Relaxed: it says "stop", and nothing is handed over with it. */
    return atomic_load_explicit(&bell->ending, memory_order_relaxed);
}

/* ---- its life ---- */

static void run(void *argument) {
    ferryi_bell *bell = argument;
    bell->watch(bell);
}

static ferry_status start_helper(ferryi_bell *bell, ferry_error *error) {
    /* Relaxed: starting the thread hands it over. */
    atomic_store_explicit(&bell->ending, false, memory_order_relaxed);
    return ferryi_thread_start(&bell->helper, run, bell, error);
}

static ferry_status make(ferryi_bell_place *place, void (*watch)(ferryi_bell *bell), void *owner,
                         bool has_news, ferry_error *error) {
    ferryi_bell *bell = calloc(1, sizeof *bell);
    if (bell == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    bell->watch = watch;
    bell->owner = owner;
    ferry_status status = ferryi_pollable_open(&bell->pollable, error);
    if (status != FERRY_OK) {
        free(bell);
        return status;
    }
    if (has_news)
        status = start_helper(bell, error);
    if (status != FERRY_OK) {
        ferryi_pollable_close(&bell->pollable);
        free(bell);
        return status;
    }
    /* P1 pairs with P2. An interruption that finds none yet sets the event, and the thread sets
     * the pollable; besides, a new one is set. */
    atomic_store_explicit(place, bell, memory_order_release);
    return FERRY_OK;
}

ferry_status ferryi_bell_get(ferryi_bell_place *place, void (*watch)(ferryi_bell *bell),
                             void *owner, bool has_news, ferry_pollable *out, ferry_error *error) {
    *out = FERRY_POLLABLE_NONE;
    ferry_status status =
        bell_at(place) != NULL ? FERRY_OK : make(place, watch, owner, has_news, error);
    if (status == FERRY_OK)
        *out = bell_at(place)->pollable.handle;
    return status;
}

void ferryi_bell_rest(ferryi_bell_place *place, const ferryi_event *event) {
    ferryi_bell *bell = bell_at(place);
    if (bell == NULL || bell->helper == NULL)
        return;
    atomic_store_explicit(&bell->ending, true, memory_order_relaxed);
    if (event != NULL)
        ferryi_event_set(*event);
    ferryi_thread_join(&bell->helper);
}

ferry_status ferryi_bell_resume(ferryi_bell_place *place, ferry_error *error) {
    ferryi_bell *bell = bell_at(place);
    if (bell == NULL)
        return FERRY_OK;
    ferry_status status = bell->helper == NULL ? start_helper(bell, error) : FERRY_OK;
    ferryi_pollable_set(&bell->pollable);
    return status;
}

void ferryi_bell_close(ferryi_bell_place *place, const ferryi_event *event, bool ours) {
    ferryi_bell *bell = bell_at(place);
    if (bell == NULL)
        return;
    if (ours)
        ferryi_bell_rest(place, event);
    else if (bell->helper != NULL)
        ferryi_thread_forget(&bell->helper);
    ferryi_pollable_close(&bell->pollable);
    free(bell);
    atomic_store_explicit(place, NULL, memory_order_relaxed); /* nobody else is here now */
}
