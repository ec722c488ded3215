/* How names change hands.
 *
 * An object is complete, and its maker holds the producer's lease on it, before it gets a name;
 * consumers object first, frames object second, removed in the reverse order. A name is removed by
 * the producer that holds that lease, or by a process that holds the undertaker's lease on the very
 * object and has seen that nobody holds the producer's: a live producer keeps its names, and of two
 * processes that want to clear away the same dead one only one can. A dead producer's memory is
 * never used again, since its consumers may still be reading. The exception is a dialect, whose
 * programs know nothing of us, keep the object open, and would otherwise wait on it for ever. */
#include "channel/objects.h"

#include <stdio.h>
#include <string.h>

#include <frameferry/clock.h>

#include "channel/consumers.h"
#include "channel/registry.h"
#include "channel/stranger.h"
#include "channel/undertaker.h"
#include "platform/clock.h"
#include "platform/fault_point.h"
#include "platform/guard.h"
#include "platform/self.h"
#include "support/error.h"

/* Others only read the frames object. All processes that are attached write the consumers object.
 */
enum { FRAMES_ARE_WRITTEN = 0, CONSUMERS_ARE_WRITTEN = 1 };

static ferry_status busy(const ferryi_names *names, ferry_error *error) {
    return ferryi_fail(error, FERRY_BUSY, 0,
                       "channel %s has a live producer already: end it, or choose another name",
                       names->frames);
}

ferry_status ferryi_objects_advise(const ferryi_geometry *geometry, ferry_status status,
                                   ferry_error *error) {
    if (status != FERRY_NO_SPACE || error == NULL || ferryi_geometry_has_one_slot(geometry))
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

static void write_producer(ferryi_block *block, const ferryi_objects *o) {
    block->start_ns = ferry_clock_ns();
    block->process_id = ferryi_self_process_id();
    memcpy(block->producer_name, o->producer_name, sizeof block->producer_name);
    memset(block->producer_user, 0, sizeof block->producer_user);
    ferryi_self_user(block->producer_user, sizeof block->producer_user);
    /* Relaxed: a figure, which upkeep renews. */
    atomic_store_explicit(&block->wall_offset_ns, ferryi_clock_wall_offset_ns(),
                          memory_order_relaxed);
}

/* Writes everything but the state, which announces the rest. */
static void write_block(ferryi_objects *o) {
    ferryi_block *block = ferryi_geometry_block(&o->frames, &o->geometry);
    /* Generation first: a consumer of the dead producer that is copying right now sees it change
     * before anything else does (D1 pairs with D2 in one_slot.c). */
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
    write_producer(block, o);
    ferryi_geometry_write_block(&o->frames, &o->geometry);
    FERRYI_FAULT("block.written");
}

static void announce(ferryi_objects *o) {
    /* S1 pairs with S2 in liveness.c: a consumer that sees "running" sees the block. */
    atomic_store_explicit(&ferryi_geometry_block(&o->frames, &o->geometry)->state,
                          FERRYI_STATE_RUNNING, memory_order_release);
}

static ferry_status make_frames(ferryi_objects *o, ferry_error *error) {
    const ferryi_geometry *g = &o->geometry;
    ferry_status status = ferryi_shm_create(&o->frames, o->names.frames, g->object_bytes, error);
    o->frames.key = o->dialect == NULL ? o->generation : 0;
    if (status == FERRY_OK)
        status = ferryi_shm_reserve(&o->frames, g->block_offset, g->object_bytes - g->block_offset,
                                    error);
    if (status == FERRY_OK)
        status = ferryi_leases_open(&o->frames_lease, &o->frames, error);
    if (status != FERRY_OK)
        return ferryi_objects_advise(g, status, error);
    ferryi_guard_watch(&o->frames, FERRYI_SHM_WRITE, o->lost);
    if (!ferryi_lease_take(&o->frames_lease, FERRYI_LEASE_PRODUCER))
        return busy(&o->names, error); /* without a key: another process is making one */
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
    ferryi_undertaker_close(&o->consumers, &o->consumers_lease);
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

/* Names both objects. FERRY_BUSY: another process was quicker. */
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
    ferry_status status = ferryi_undertaker_bury(&o->names, &o->sharing, NULL, error);
    return status == FERRY_OK ? publish_both(o, error) : status;
}

/* ---- a dialect ---- */

/* Finds or makes room for the block. */
static ferry_status make_room(ferryi_objects *o, ferry_error *error) {
    if (ferryi_geometry_read(&o->geometry, &o->frames, NULL) == FERRY_OK) {
        o->made = ferryi_geometry_made(&o->frames, &o->geometry);
        /* The dead producer's may have been shared with others. An object of another program stays
         * as that program wants it. */
        return (o->made & FERRYI_MADE_OBJECT) == 0
                   ? FERRY_OK /* which has its memory: it was looked at */
                   : ferryi_shm_share(&o->frames, &o->sharing, FRAMES_ARE_WRITTEN, error);
    }
    o->made = 0;
    /* Behind all that the other program has, also behind a last page that is not whole. */
    uint64_t vacant = ferryi_geometry_vacant_offset(&o->frames);
    ferryi_geometry_plan_one_slot(&o->geometry, o->dialect->id, o->slot_bytes);
    ferryi_geometry_place_behind(
        &o->geometry, vacant != o->frames.size_bytes ? vacant : ferryi_shm_end(&o->frames));
    if (o->geometry.object_bytes <= o->frames.size_bytes)
        return ferryi_shm_reserve(&o->frames, o->geometry.block_offset,
                                  o->geometry.object_bytes - o->geometry.block_offset, error);
    ferryi_guard_unwatch(&o->frames); /* the mapping may move */
    ferry_status status = ferryi_shm_extend(&o->frames, o->geometry.object_bytes, error);
    ferryi_guard_watch(&o->frames, FERRYI_SHM_WRITE, o->lost);
    if (status != FERRY_NOT_SUPPORTED)
        return status;
    ferryi_geometry_place_inside(&o->geometry, o->frames.size_bytes);
    return FERRY_OK;
}

/* Becomes the producer of an object that was there. A dead producer's block said "running": that is
 * taken back before the lease says that a producer lives (S3 pairs with S2 in liveness.c). */
static ferry_status take_the_lease(ferryi_objects *o) {
    ferryi_geometry found;
    if (ferryi_geometry_read(&found, &o->frames, NULL) == FERRY_OK)
        atomic_store_explicit(&ferryi_geometry_block(&o->frames, &found)->state,
                              FERRYI_STATE_STARTING, memory_order_seq_cst);
    FERRYI_FAULT("adopt.starting");
    return ferryi_lease_take(&o->frames_lease, FERRYI_LEASE_PRODUCER) ? FERRY_OK : FERRY_BUSY;
}

/* Puts the block behind the memory of an object that came without one, or takes the place of the
 * dead producer whose block is there. The caller holds the undertaker's lease, which is given back.
 */
static ferry_status adopt(ferryi_objects *o, ferry_error *error) {
    FERRYI_FAULT("adopt.begin");
    /* Consumers object first, as always: if it cannot have its name, the frames stay untouched. */
    ferry_status status = ferryi_undertaker_bury_consumers(&o->names, &o->sharing, NULL, error);
    if (status == FERRY_OK)
        status = publish_consumers(o, error);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("adopt.consumers_named");
    status = take_the_lease(o);
    FERRYI_FAULT("adopt.leased");
    if (status == FERRY_OK)
        status = o->dialect->check_found(o, error); /* another program may have begun to use it */
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
static ferry_status take_over(ferryi_objects *o, ferry_error *error) {
    ferry_status status = o->dialect->open_found(o, error);
    if (status != FERRY_OK)
        return status;
    ferryi_geometry found;
    ferry_status reading = ferryi_geometry_read(&found, &o->frames, NULL);
    bool bare = reading == FERRY_FOREIGN;
    if (bare || (reading == FERRY_OK && found.dialect == o->dialect->id)) {
        status = ferryi_undertaker_seize(&o->frames, &o->frames_lease, error);
        if (status == FERRY_OK)
            status = adopt(o, error);
    } else { /* a dead channel of another kind, or one that we cannot read */
        status = ferryi_undertaker_bury(&o->names, &o->sharing, NULL, error);
        if (status == FERRY_OK)
            status = FERRY_NO_PRODUCER;
    }
    if (status != FERRY_OK)
        ferryi_undertaker_close(&o->frames, &o->frames_lease);
    return status;
}

static ferry_status try_make_dialect(ferryi_objects *o, ferry_error *error) {
    ferry_status status = take_over(o, error);
    if (status != FERRY_NO_PRODUCER)
        return status;
    status = ferryi_undertaker_bury_consumers(&o->names, &o->sharing, NULL, error);
    if (status != FERRY_OK)
        return status;
    ferryi_geometry_plan_one_slot(&o->geometry, o->dialect->id, o->slot_bytes);
    ferryi_geometry_place_behind(&o->geometry, 0);
    status = make_frames(o, error);
    if (status == FERRY_OK)
        status = publish_both(o, error);
    if (status != FERRY_OK)
        ferryi_undertaker_close(&o->frames, &o->frames_lease);
    return status;
}

/* ---- the whole ---- */

static ferry_status open_events(ferryi_objects *o, ferry_error *error) {
    ferryi_consumers *consumers = ferryi_consumers_at(&o->consumers);
    unsigned mode = ferryi_registry_mode(&o->sharing);
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

static ferry_status attempt(ferryi_objects *o, ferry_error *error) {
    ferry_status status = o->consumers.base == NULL ? make_consumers(o, error) : FERRY_OK;
    if (status != FERRY_OK)
        return status;
    return o->dialect == NULL ? try_make_native(o, error) : try_make_dialect(o, error);
}

/* Gives the objects their names, or takes over those that have them. */
static ferry_status make_named(ferryi_objects *o, ferry_error *error) {
    int busy_looks = 0, foreign_looks = 0;
    for (;;) {
        ferry_status status = attempt(o, error);
        if (status == FERRY_NOT_ALLOWED)
            return ferryi_stranger_blocks(&o->names, error);
        if (status != FERRY_BUSY && !(o->dialect == NULL && status == FERRY_FOREIGN))
            return status;
        if (status == FERRY_BUSY && ++busy_looks == FERRYI_SEIZE_ATTEMPTS)
            return busy(&o->names, error);
        if (status == FERRY_FOREIGN && ++foreign_looks == FERRYI_LOOKS_IN_USE)
            return status;
        ferryi_clock_pause(FERRYI_SEIZE_PAUSE_NS);
    }
}

ferry_status ferryi_objects_make(ferryi_objects *o, ferry_error *error) {
    o->frames = o->consumers = (ferryi_shm)FERRYI_SHM_INIT;
    o->frames_lease = o->consumers_lease = (ferryi_leases)FERRYI_LEASES_INIT;
    o->generation = ferryi_self_random_id();
    ferry_status status = o->dialect == NULL ? make_frames(o, error) : FERRY_OK;
    if (status == FERRY_OK)
        status = make_named(o, error);
    if (status != FERRY_OK) {
        ferryi_objects_abandon(o);
        return status;
    }
    status = open_events(o, error);
    if (status == FERRY_OK && o->dialect != NULL)
        status = o->dialect->open_beside(o, error);
    if (status != FERRY_OK)
        ferryi_objects_end(o);
    else
        ferryi_shm_no_dump(&o->frames);
    return status;
}

void ferryi_objects_announce_end(ferryi_objects *o) {
    /* S1: head was released before: a consumer that sees "ended" and looks at head again misses
     * nothing.
     * Also sequentially consistent with W4, which comes after it in this process: a joiner that is
     * not woken then sees "ended" (S2 in liveness.c). */
    atomic_store_explicit(&ferryi_geometry_block(&o->frames, &o->geometry)->state,
                          FERRYI_STATE_ENDED, memory_order_seq_cst);
}

/* Ends what a producer of a dialect has of the frames object. True: what it made beside that has
 * become nobody's but ours, and goes as well if nobody uses it. */
static bool end_dialect(ferryi_objects *o) {
    bool made_beside = (o->made & FERRYI_MADE_EVENT) != 0;
    if ((o->made & FERRYI_MADE_OBJECT) == 0) {
        ferryi_geometry_vacate(&o->frames); /* the peer's object is again what the peer made */
        return made_beside;
    }
    if (!ferryi_shm_has_name(&o->frames))
        return made_beside;
    ferry_status status = ferryi_undertaker_remove_frames(&o->names, &o->frames, &o->frames_lease,
                                                          o->dialect, o->made, NULL, NULL);
    if (status == FERRY_OK && made_beside)
        o->dialect->remove_own_beside(o);
    return false;
}

/* Removes the names, and in a dialect what goes with them: as end_dialect. The mappings of a native
 * channel stay: claims may be open. */
static bool remove_names(ferryi_objects *o) {
    FERRYI_FAULT("end.begin");
    bool owns_beside = false;
    if (o->dialect != NULL)
        owns_beside = end_dialect(o);
    else if (ferryi_shm_has_name(&o->frames))
        ferryi_shm_remove_name(&o->frames);
    FERRYI_FAULT("end.frames");
    if (ferryi_shm_has_name(&o->consumers))
        ferryi_shm_remove_name(&o->consumers);
    FERRYI_FAULT("end.consumers");
    return owns_beside;
}

void ferryi_objects_let_names_go(ferryi_objects *o) {
    if (o->dialect == NULL)
        remove_names(o);
}

void ferryi_objects_end(ferryi_objects *o) {
    bool owns_beside = remove_names(o); /* of which some may have gone before */
    ferryi_objects_abandon(o);
    if (owns_beside)
        o->dialect->remove_unused_beside(&o->names);
    /* A consumer that leaves at the same time may have met our lease at each of its looks, as we
     * have met its mapping. Now there is no lease any more: whichever looks last sees nobody. */
    if (o->dialect != NULL && (o->made & FERRYI_MADE_OBJECT) != 0)
        ferryi_undertaker_bury(&o->names, &o->sharing, NULL, NULL);
}

void ferryi_objects_abandon(ferryi_objects *o) {
    close_events(o);
    if (o->dialect != NULL)
        o->dialect->close_beside(o);
    ferryi_undertaker_close(&o->frames, &o->frames_lease);
    ferryi_undertaker_close(&o->consumers, &o->consumers_lease);
}
