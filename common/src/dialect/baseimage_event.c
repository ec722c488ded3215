#include "dialect/baseimage_event.h"

#include <stdlib.h>

#include "platform/fault_point.h"
#include "platform/signal_event.h"
#include "support/error.h"

/* A producer's events, which lie beside the object. */
typedef struct events {
    ferryi_signal_event *event;
    /* Companions of the event, each of which took its name when that had been removed. Appended
     * under the producer's lock, since commits in other threads set them. */
    ferryi_signal_event *companion[FERRYI_BASEIMAGE_COMPANIONS];
    _Atomic(uint32_t) companions;
} events;

/* A process that clears away after us goes by the block. */
static void note_made(ferryi_objects *o, uint32_t made) {
    volatile ferryi_block *block = ferryi_geometry_block(&o->frames, &o->geometry);
    block->made = o->made = made;
}

ferry_status ferryi_baseimage_event_open(ferryi_objects *o, ferry_error *error) {
    events *e = calloc(1, sizeof *e);
    if (e == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    o->beside = e;
    ferry_status status =
        ferryi_signal_event_open(&e->event, o->names.event, &o->sharing, o->lost, error);
    if (status == FERRY_OK && ferryi_signal_event_is_ours(e->event))
        note_made(o, o->made | FERRYI_MADE_EVENT); /* one that a dead producer has left behind */
    /* A dead producer's may have been shared with others. */
    if (status == FERRY_OK && (o->made & FERRYI_MADE_EVENT) != 0)
        status = ferryi_signal_event_share(e->event, &o->sharing, error);
    if (status != FERRY_NO_PRODUCER)
        return status;
    /* The intention first: one that is killed in here must not leave an event that nobody has
     * made. */
    uint32_t before = o->made;
    bool created = false;
    note_made(o, before | FERRYI_MADE_EVENT);
    FERRYI_FAULT("create.event_noted");
    status = ferryi_signal_event_create(&e->event, o->names.event, &o->sharing, &created, o->lost,
                                        error);
    FERRYI_FAULT("create.event_made");
    if (!created)
        note_made(o, before); /* another program was quicker, or it cannot be made */
    return status;
}

/* The event that was the last to get the name. */
static ferryi_signal_event *newest_of(const events *e) {
    /* Relaxed: only this thread changes it. */
    uint32_t count = atomic_load_explicit(&e->companions, memory_order_relaxed);
    return count == 0 ? e->event : e->companion[count - 1];
}

/* Makes one more under the name, which nothing has. False: something has it by now, or it cannot be
 * made. Called under the producer's lock. */
static bool add_event(ferryi_objects *o) {
    events *e = o->beside;
    uint32_t count = atomic_load_explicit(&e->companions, memory_order_relaxed);
    if (count == FERRYI_BASEIMAGE_COMPANIONS)
        return false;
    ferryi_signal_event **place = &e->companion[count];
    uint32_t before = o->made;
    bool created = false;
    note_made(o, before | FERRYI_MADE_EVENT); /* first, as above */
    ferryi_signal_event_create(place, o->names.event, &o->sharing, &created, o->lost, NULL);
    if (created && *place != NULL) {
        atomic_store_explicit(&e->companions, count + 1, memory_order_relaxed);
        return true;
    }
    if (created) /* it has the name, and cannot be used */
        ferryi_signal_event_remove(o->names.event);
    note_made(o, before); /* another program was quicker, or it cannot be made */
    ferryi_signal_event_close(place);
    return false;
}

void ferryi_baseimage_event_announce(ferry_producer *p) {
    events *e = p->objects.beside;
    ferryi_signal_event_set(e->event);
    /* Relaxed: one that was added just now hears of the next frame. */
    if (atomic_load_explicit(&e->companions, memory_order_relaxed) == 0)
        return;
    ferryi_lock_take(p->lock);
    for (uint32_t i = 0; i < atomic_load_explicit(&e->companions, memory_order_relaxed); i++)
        ferryi_signal_event_set(e->companion[i]);
    ferryi_lock_give(p->lock);
}

/* Whether the name stands, at the latest after this. An event that has lost its last name gets a
 * companion that has it: programs that wait for the old one and programs that find the new one are
 * told alike. */
static bool keep(ferry_producer *p, uint64_t *relinked) {
    ferryi_objects *o = &p->objects;
    const ferryi_signal_event *newest = newest_of(o->beside);
    ferryi_standing standing = ferryi_signal_event_standing(newest, o->names.event);
    if (standing != FERRYI_NAME_GONE)
        return standing == FERRYI_NAME_STANDS;
    if (!ferryi_signal_event_is_ours(newest) ||
        !ferryi_signal_event_name_again(newest, o->names.event)) {
        ferryi_lock_take(p->lock); /* commits set them all */
        bool made = add_event(o);
        ferryi_lock_give(p->lock);
        if (!made)
            return false;
    }
    FERRYI_FAULT("tend.event_named");
    (*relinked)++;
    return true;
}

uint32_t ferryi_baseimage_event_keep(ferry_producer *p, uint64_t *relinked) {
    return keep(p, relinked) ? 0 : FERRY_NAME_OF_EVENT;
}

void ferryi_baseimage_event_remove_own(ferryi_objects *o) {
    events *e = o->beside;
    if (e != NULL && e->event != NULL)
        ferryi_signal_event_remove_this(newest_of(e), o->names.event);
}

void ferryi_baseimage_event_close(ferryi_objects *o) {
    events *e = o->beside;
    o->beside = NULL;
    if (e == NULL)
        return;
    ferryi_signal_event_close(&e->event);
    for (uint32_t i = 0; i < FERRYI_BASEIMAGE_COMPANIONS; i++)
        ferryi_signal_event_close(&e->companion[i]);
    free(e);
}
