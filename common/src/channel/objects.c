/* How names change hands.
 *
 * An object is complete, and its maker holds the producer's lease on it, before it gets a name;
 * consumers object first, frames object second, removed in the reverse order. A name is removed by
 * the producer that holds that lease, or by somebody who holds the undertaker's lease on the very
 * object and has seen that nobody holds the producer's: whoever is alive keeps its names, and of
 * two who want to clear away the same dead one only one can. A dead producer's memory is never used
 * again, since its consumers may still be reading; only in the dialect it is, because programs that
 * know nothing of us keep it open and would otherwise wait on it for ever. */
#include "channel/objects.h"

#include <stdio.h>
#include <string.h>

#include "channel/registry.h"
#include "channel/stranger.h"
#include "channel/undertaker.h"
#include "dialect/baseimage.h"
#include "dialect/found.h"
#include "platform/clock.h"
#include "platform/fault_point.h"
#include "platform/guard.h"
#include "platform/self.h"
#include "support/error.h"

/* Of the frames object: others only read it. All who are attached write the consumers object. */
enum { FRAMES_ARE_WRITTEN = 0, CONSUMERS_ARE_WRITTEN = 1 };

static ferry_status busy(const ferryi_names *names, ferry_error *error) {
    return ferryi_fail(error, FERRY_BUSY, 0,
                       "channel %s has a live producer already: end it, or choose another name",
                       names->frames);
}

ferry_status ferryi_objects_advise(const ferryi_geometry *geometry, ferry_status status,
                                   ferry_error *error) {
    if (status != FERRY_NO_SPACE || error == NULL || geometry->dialect != FERRY_DIALECT_NATIVE)
        return status;
    size_t used = strlen(error->message);
    snprintf(error->message + used, sizeof error->message - used,
             ", send smaller frames, or use fewer or smaller slots");
    return status;
}

/* ---- making ---- */

static ferry_status make_consumers(ferryi_objects *o, ferry_error *error) {
    uint64_t bytes = ferryi_consumers_bytes();
    ferry_status status = ferryi_shm_create(&o->consumers, o->names.consumers, bytes, error);
    o->consumers.key = o->generation;
    if (status == FERRY_OK)
        status = ferryi_shm_reserve(&o->consumers, 0, bytes, error);
    if (status == FERRY_OK)
        status = ferryi_leases_open(&o->consumers_lease, &o->consumers, error);
    if (status != FERRY_OK)
        return status;
    ferryi_guard_watch(&o->consumers, FERRYI_SHM_WRITE, o->lost);
    ferryi_consumers_write(&o->consumers, o->generation);
    FERRYI_FAULT("create.consumers_written");
    bool leased = ferryi_lease_take(&o->consumers_lease, FERRYI_LEASE_PRODUCER);
    FERRYI_FAULT("create.consumers_leased");
    return leased ? FERRY_OK : busy(&o->names, error);
}

/* Writes everything but the state, which announces the rest. */
static void write_block(ferryi_objects *o) {
    ferryi_block *block = ferryi_block_at(&o->frames, &o->geometry);
    /* Generation first: a consumer of the dead producer that is copying right now sees it change
     * before anything else does (D1 pairs with D2 in copy.c). */
    atomic_store_explicit(&block->state, FERRYI_STATE_STARTING, memory_order_relaxed);
    atomic_store_explicit(&block->generation, o->generation, memory_order_relaxed);
    FERRYI_FAULT("block.generation");
    atomic_thread_fence(memory_order_release);
    /* Relaxed: the state is released after them. */
    atomic_store_explicit(&block->head, 0, memory_order_relaxed);
    atomic_store_explicit(&block->dropped, 0, memory_order_relaxed);
    for (uint32_t i = 0; i < FERRYI_ENTRIES; i++)
        atomic_store_explicit(&block->entry[i], 0, memory_order_relaxed);
    for (uint32_t i = 0; i < FERRY_MAX_SLOTS; i++)
        atomic_store_explicit(&block->descriptor[i].frame, 0, memory_order_relaxed);
    FERRYI_FAULT("block.zeroed");
    block->made = o->made;
    block->when_full = o->when_full;
    ferryi_block_write(&o->frames, &o->geometry);
    FERRYI_FAULT("block.written");
}

static void announce(ferryi_objects *o) {
    /* S1 pairs with S2 in attach.c: who sees "running" sees the block. */
    atomic_store_explicit(&ferryi_block_at(&o->frames, &o->geometry)->state, FERRYI_STATE_RUNNING,
                          memory_order_release);
}

static ferry_status make_frames(ferryi_objects *o, ferry_error *error) {
    const ferryi_geometry *g = &o->geometry;
    ferry_status status = ferryi_shm_create(&o->frames, o->names.frames, g->object_bytes, error);
    o->frames.key = g->dialect == FERRY_DIALECT_NATIVE ? o->generation : 0;
    if (status == FERRY_OK)
        status = ferryi_shm_reserve(&o->frames, g->block_offset, g->object_bytes - g->block_offset,
                                    error);
    if (status == FERRY_OK)
        status = ferryi_leases_open(&o->frames_lease, &o->frames, error);
    if (status != FERRY_OK)
        return ferryi_objects_advise(g, status, error);
    ferryi_guard_watch(&o->frames, FERRYI_SHM_WRITE, o->lost);
    if (!ferryi_lease_take(&o->frames_lease, FERRYI_LEASE_PRODUCER))
        return busy(&o->names, error); /* without a key: somebody else is making one */
    FERRYI_FAULT("create.frames_leased");
    o->made = FERRYI_MADE_OBJECT;
    write_block(o);
    announce(o);
    return FERRY_OK;
}

/* Takes the consumers object back when the frames object cannot be had. The next attempt needs a
 * new one: the system does not name a file again that has had a name (linkat(2), ENOENT). */
static void withdraw_consumers(ferryi_objects *o) {
    if (ferryi_shm_has_name(&o->consumers))
        ferryi_shm_remove_name(&o->consumers);
    ferryi_object_close(&o->consumers, &o->consumers_lease);
}

static ferry_status publish(ferryi_objects *o, ferryi_shm *shm, unsigned others_write,
                            ferry_error *error) {
    ferryi_guard_unwatch(shm); /* the mapping may move */
    ferry_status status = ferryi_objects_advise(
        &o->geometry, ferryi_shm_publish(shm, &o->sharing, others_write, error), error);
    ferryi_guard_watch(shm, FERRYI_SHM_WRITE, o->lost);
    return status;
}

static ferry_status publish_consumers(ferryi_objects *o, ferry_error *error) {
    return publish(o, &o->consumers, CONSUMERS_ARE_WRITTEN, error);
}

/* Names both objects. FERRY_BUSY: somebody was quicker. */
static ferry_status publish_both(ferryi_objects *o, ferry_error *error) {
    FERRYI_FAULT("create.unnamed");
    ferry_status status = publish_consumers(o, error);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("create.consumers_named");
    status = publish(o, &o->frames, FRAMES_ARE_WRITTEN, error);
    if (status != FERRY_OK)
        withdraw_consumers(o);
    return status;
}

static ferry_status try_make_native(ferryi_objects *o, ferry_error *error) {
    ferry_status status = ferryi_objects_bury(&o->names, &o->sharing, error);
    return status == FERRY_OK ? publish_both(o, error) : status;
}

/* ---- the dialect ---- */

/* Finds or makes room for the block. */
static ferry_status make_room(ferryi_objects *o, ferry_error *error) {
    if (ferryi_geometry_read(&o->geometry, &o->frames, NULL) == FERRY_OK) {
        o->made = ferryi_made_bits(&o->frames, &o->geometry);
        /* The dead producer's may have been shared with others. What another program made stays as
         * that program wants it. */
        return (o->made & FERRYI_MADE_OBJECT) == 0
                   ? FERRY_OK /* which has its memory: it was looked at */
                   : ferryi_shm_share(&o->frames, &o->sharing, FRAMES_ARE_WRITTEN, error);
    }
    o->made = 0;
    /* Behind all that the other program has, also behind a last page that is not whole. */
    uint64_t vacant = ferryi_vacant_offset(&o->frames);
    ferryi_geometry_make_dialect(
        &o->geometry, vacant != o->frames.size_bytes ? vacant : ferryi_shm_end(&o->frames));
    if (o->geometry.object_bytes <= o->frames.size_bytes)
        return ferryi_shm_reserve(&o->frames, o->geometry.block_offset,
                                  o->geometry.object_bytes - o->geometry.block_offset, error);
    ferryi_guard_unwatch(&o->frames); /* the mapping may move */
    ferry_status status = ferryi_shm_extend(&o->frames, o->geometry.object_bytes, error);
    ferryi_guard_watch(&o->frames, FERRYI_SHM_WRITE, o->lost);
    if (status != FERRY_NOT_SUPPORTED)
        return status;
    ferryi_geometry_make_inside(&o->geometry, o->frames.size_bytes);
    return FERRY_OK;
}

/* Becomes the producer of an object that was there. A dead producer's block said "running": that is
 * taken back before the lease says that a producer lives (S3 pairs with S2 in attach.c). */
static ferry_status take_the_lease(ferryi_objects *o) {
    ferryi_geometry found;
    if (ferryi_geometry_read(&found, &o->frames, NULL) == FERRY_OK)
        atomic_store_explicit(&ferryi_block_at(&o->frames, &found)->state, FERRYI_STATE_STARTING,
                              memory_order_seq_cst);
    FERRYI_FAULT("adopt.starting");
    return ferryi_lease_take(&o->frames_lease, FERRYI_LEASE_PRODUCER) ? FERRY_OK : FERRY_BUSY;
}

/* Puts the block behind the memory of an object that came without one, or takes the place of the
 * dead producer whose block is there. The caller holds the undertaker's lease, which is given back.
 */
static ferry_status adopt(ferryi_objects *o, ferry_error *error) {
    FERRYI_FAULT("adopt.begin");
    /* Consumers object first, as always: if it cannot have its name, the frames stay untouched. */
    ferry_status status = ferryi_bury_consumers(&o->names, &o->sharing, error);
    if (status == FERRY_OK)
        status = publish_consumers(o, error);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("adopt.consumers_named");
    status = take_the_lease(o);
    FERRYI_FAULT("adopt.leased");
    if (status == FERRY_OK)
        status = ferryi_found_check(o, error); /* somebody may have begun to use it meanwhile */
    if (status == FERRY_OK)
        status = make_room(o, error);
    if (status != FERRY_OK) {
        withdraw_consumers(o);
        return status;
    }
    FERRYI_FAULT("adopt.roomy");
    write_block(o);
    announce(o);
    FERRYI_FAULT("adopt.announced");
    ferryi_lease_drop(&o->frames_lease, FERRYI_LEASE_UNDERTAKER);
    FERRYI_FAULT("adopt.done");
    return FERRY_OK;
}

/* Uses the object that has the name. FERRY_NO_PRODUCER: nothing has it (any more). */
static ferry_status take_over_dialect(ferryi_objects *o, ferry_error *error) {
    ferry_status status = ferryi_found_open(o, error);
    if (status != FERRY_OK)
        return status;
    ferryi_geometry found;
    ferry_status reading = ferryi_geometry_read(&found, &o->frames, NULL);
    bool bare = reading == FERRY_FOREIGN;
    if (bare || (reading == FERRY_OK && found.dialect == FERRY_DIALECT_BASEIMAGE)) {
        status = ferryi_seize(&o->frames, &o->frames_lease, error);
        if (status == FERRY_OK)
            status = adopt(o, error);
    } else { /* a dead native channel, or one that we cannot read */
        status = ferryi_objects_bury(&o->names, &o->sharing, error);
        if (status == FERRY_OK)
            status = FERRY_NO_PRODUCER;
    }
    if (status != FERRY_OK)
        ferryi_object_close(&o->frames, &o->frames_lease);
    return status;
}

static ferry_status try_make_dialect(ferryi_objects *o, ferry_error *error) {
    ferry_status status = take_over_dialect(o, error);
    if (status != FERRY_NO_PRODUCER)
        return status;
    status = ferryi_bury_consumers(&o->names, &o->sharing, error);
    if (status != FERRY_OK)
        return status;
    ferryi_geometry_make_dialect(&o->geometry, 0);
    status = make_frames(o, error);
    if (status == FERRY_OK)
        status = publish_both(o, error);
    if (status != FERRY_OK)
        ferryi_object_close(&o->frames, &o->frames_lease);
    return status;
}

/* ---- the whole ---- */

static ferry_status open_events(ferryi_objects *o, ferry_error *error) {
    ferryi_consumers *consumers = ferryi_consumers_at(&o->consumers);
    unsigned mode = ferryi_shared_mode(&o->sharing);
    ferry_status status =
        ferryi_event_open(&o->producer_event, &o->consumers, FERRYI_EVENT_PRODUCER,
                          &consumers->producer_event, mode, error);
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS && status == FERRY_OK; i++)
        status = ferryi_event_open(&o->record_event[i], &o->consumers, i,
                                   &consumers->record[i].event, mode, error);
    return status;
}

static void close_events(ferryi_objects *o) {
    ferryi_event_close(&o->producer_event);
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        ferryi_event_close(&o->record_event[i]);
}

static ferry_status attempt(ferryi_objects *o, bool native, ferry_error *error) {
    ferry_status status = o->consumers.base == NULL ? make_consumers(o, error) : FERRY_OK;
    if (status != FERRY_OK)
        return status;
    return native ? try_make_native(o, error) : try_make_dialect(o, error);
}

/* Gives the objects their names, or takes over those that have them. */
static ferry_status make_named(ferryi_objects *o, bool native, ferry_error *error) {
    int busy_looks = 0, foreign_looks = 0;
    for (;;) {
        ferry_status status = attempt(o, native, error);
        if (status == FERRY_NOT_ALLOWED)
            return ferryi_stranger_blocks(&o->names, error);
        if (status != FERRY_BUSY && !(native && status == FERRY_FOREIGN))
            return status;
        if (status == FERRY_BUSY && ++busy_looks == FERRYI_SEIZE_ATTEMPTS)
            return busy(&o->names, error);
        if (status == FERRY_FOREIGN && ++foreign_looks == FERRYI_LOOKS_IN_USE)
            return status;
        ferryi_clock_pause(FERRYI_SEIZE_PAUSE_NS);
    }
}

ferry_status ferryi_objects_make(ferryi_objects *o, ferry_error *error) {
    bool native = o->geometry.object_bytes != 0;
    o->frames = o->consumers = (ferryi_shm)FERRYI_SHM_INIT;
    o->frames_lease = o->consumers_lease = (ferryi_leases)FERRYI_LEASES_INIT;
    o->generation = ferryi_self_random_id();
    ferry_status status = native ? make_frames(o, error) : FERRY_OK;
    if (status == FERRY_OK)
        status = make_named(o, native, error);
    if (status != FERRY_OK) {
        ferryi_objects_abandon(o);
        return status;
    }
    status = open_events(o, error);
    if (status == FERRY_OK && !native)
        status = ferryi_baseimage_make_event(o, error);
    if (status != FERRY_OK)
        ferryi_objects_end(o);
    else
        ferryi_shm_no_dump(&o->frames);
    return status;
}

void ferryi_objects_announce_end(ferryi_objects *o) {
    /* S1: head was released before; whoever sees "ended" and looks at head again misses nothing.
     * Also sequentially consistent with W4, which comes after it in this process: a joiner that is
     * not woken then sees "ended" (S2 in attach.c). */
    atomic_store_explicit(&ferryi_block_at(&o->frames, &o->geometry)->state, FERRYI_STATE_ENDED,
                          memory_order_seq_cst);
}

/* Ends what a producer of the dialect has of the frames object. True: its event has become nobody's
 * but ours, and goes as well if nobody uses it. */
static bool end_dialect(ferryi_objects *o) {
    bool made_event = (o->made & FERRYI_MADE_EVENT) != 0;
    if ((o->made & FERRYI_MADE_OBJECT) == 0) {
        ferryi_trailer_vacate(&o->frames); /* the peer's object is again what the peer made */
        return made_event;
    }
    if (!ferryi_shm_has_name(&o->frames))
        return made_event;
    if (ferryi_remove_frames(&o->names, &o->frames, &o->frames_lease, true, o->made, NULL) ==
            FERRY_OK &&
        made_event && o->event != NULL)
        ferryi_signal_event_remove_this(ferryi_baseimage_newest_event(o), o->names.event);
    return false;
}

void ferryi_objects_end(ferryi_objects *o) {
    FERRYI_FAULT("end.begin");
    bool dialect = o->geometry.dialect == FERRY_DIALECT_BASEIMAGE, owns_event = false;
    if (dialect)
        owns_event = end_dialect(o);
    else if (ferryi_shm_has_name(&o->frames))
        ferryi_remove_frames(&o->names, &o->frames, &o->frames_lease, false, o->made, NULL);
    FERRYI_FAULT("end.frames");
    if (ferryi_shm_has_name(&o->consumers))
        ferryi_shm_remove_name(&o->consumers);
    FERRYI_FAULT("end.consumers");
    ferryi_objects_abandon(o);
    if (owns_event)
        ferryi_signal_event_remove_unused(o->names.event);
    /* A consumer that leaves at the same time may have met our lease at each of its looks, as we
     * have met its mapping. Now there is no lease any more: whichever looks last sees nobody. */
    if (dialect && (o->made & FERRYI_MADE_OBJECT) != 0)
        ferryi_objects_bury(&o->names, &o->sharing, NULL);
}

void ferryi_objects_abandon(ferryi_objects *o) {
    close_events(o);
    ferryi_signal_event_close(&o->event);
    for (uint32_t i = 0; i < FERRYI_COMPANIONS; i++)
        ferryi_signal_event_close(&o->companion[i]);
    ferryi_object_close(&o->frames, &o->frames_lease);
    ferryi_object_close(&o->consumers, &o->consumers_lease);
}
