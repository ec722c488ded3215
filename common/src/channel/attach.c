/* Finding a channel and taking a place in it. Attaching is one attempt that can be repeated:
 * whatever it meets half-way (a producer that starts, ends, or takes over) it undoes, and says so.
 */
#include "channel/attach.h"

#include "channel/advice.h"
#include "channel/dialects.h"
#include "channel/explain.h"
#include "channel/gate.h"
#include "channel/hold.h"
#include "channel/liveness.h"
#include "platform/fault_point.h"
#include "support/error.h"

void ferryi_attach_undo(ferry_consumer *c) {
    ferryi_hold_give_record_up(c); /* unless it has gone with the last frame after leaving */
    FERRYI_FAULT("detach.left");
    c->record = NULL;
    c->block = NULL;
    c->registry = NULL;
    ferryi_event_close(&c->record_event);
    ferryi_event_close(&c->producer_event);
    ferryi_signal_event_close(&c->event);
    ferryi_guard_unwatch(&c->frames);
    ferryi_guard_unwatch(&c->consumers);
    ferryi_leases_close(&c->leases);
    ferryi_shm_close(&c->consumers);
    ferryi_shm_close(&c->frames);
    FERRYI_FAULT("detach.closed");
}

static ferry_status no_producer(const ferry_consumer *c, ferry_error *error) {
    return ferryi_fail(error, FERRY_NO_PRODUCER, 0, "channel %s has no live producer",
                       c->names.frames);
}

/* Maps the consumers object that belongs to the frames object. */
static ferry_status open_registry(ferry_consumer *c, ferry_error *error) {
    ferry_status status =
        ferryi_shm_open(&c->consumers, c->names.consumers, FERRYI_SHM_WRITE, &c->sharing, error);
    if (status != FERRY_OK)
        return status;
    ferryi_guard_watch(&c->consumers, FERRYI_SHM_WRITE, &c->lost);
    status = ferryi_consumers_check(&c->consumers, c->generation, error);
    if (status != FERRY_OK)
        return status;
    c->consumers.key = c->generation;
    c->registry = ferryi_consumers_at(&c->consumers);
    status = ferryi_leases_open(&c->leases, &c->consumers, error);
    if (status == FERRY_OK)
        status = ferryi_event_open(&c->producer_event, &c->consumers, FERRYI_EVENT_PRODUCER,
                                   &c->registry->producer_event, ferryi_registry_mode(&c->sharing),
                                   error);
    ferryi_shm_let_name_go(&c->consumers); /* it is the producer's */
    return status;
}

/* Takes a record. */
static ferry_status join(ferry_consumer *c, ferry_error *error) {
    const ferryi_joiner joiner = {
        .name = c->consumer_name, .delivery = c->delivery, .max_lag = c->lag_limit};
    ferry_status status =
        ferryi_registry_join(&c->consumers, &c->leases, &joiner, &c->index, &c->join_id, error);
    if (status != FERRY_OK)
        return status;
    c->record = &c->registry->record[c->index];
    return ferryi_event_open(&c->record_event, &c->consumers, c->index, &c->record->event,
                             ferryi_registry_mode(&c->sharing), error);
}

/* Decides which frames count for this consumer. */
static void take_position(ferry_consumer *c) {
    uint64_t first;
    if (c->delivery == FERRY_DELIVERY_EVERY) {
        /* J1, then J2: sequentially consistent with J3 in publish.c and J4 in slots.c. Whatever the
         * producer publishes after the head that is read here, it keeps for us. */
        atomic_store_explicit(&c->record->next, 0, memory_order_seq_cst);
        FERRYI_FAULT("position.reserved");
        first = atomic_load_explicit(&c->block->head, memory_order_seq_cst) + 1;
        FERRYI_FAULT("position.read");
        atomic_store_explicit(&c->record->next, first, memory_order_release);
        FERRYI_FAULT("position.stored");
    } else {
        /* W2: comes after W1 in registry.c. */
        uint64_t head = atomic_load_explicit(&c->block->head, memory_order_seq_cst);
        first = head > 0 ? head : 1;
    }
    c->last = first - 1;
    atomic_store_explicit(&c->first, first, memory_order_relaxed);
    /* J5 pairs with J6 in producer.c: head was read before, so that a producer which has
     * seen this publishes nothing before our position. */
    atomic_store_explicit(&c->record->first, first, memory_order_release);
}

/* How far behind this consumer of every frame may be before it skips some; 0: no bound. */
static uint32_t lag_limit(const ferry_consumer *c) {
    enum { KEPT_FREE = 2 }; /* one to write into, and one in hand */
    if (c->max_lag != FERRY_MAX_LAG_AS_CHANNEL)
        return c->max_lag;
    if (ferryi_geometry_when_full(c->block) != FERRY_WHEN_FULL_DROP)
        return 0;
    return c->geometry.slots > KEPT_FREE ? c->geometry.slots - KEPT_FREE : 1;
}

/* Whether a producer that is gone has left frames for this consumer: it may have waited for one,
 * sent all that it had, and ended since our first look. */
static bool was_left_frames(const ferry_consumer *c) {
    /* H2 pairs with H1 in publish.c. Whatever came before the end is there: the end was seen before
     * (S2), or the lease was found dropped. */
    uint64_t head = atomic_load_explicit(&c->block->head, memory_order_acquire);
    /* D2 pairs with D1 in objects.c, after the head: a head of the next producer comes with its
     * generation, and then these frames are not of the producer whose registry we are in. */
    return head != c->last &&
           atomic_load_explicit(&c->block->generation, memory_order_acquire) == c->generation;
}

static ferry_status attach_to_block(ferry_consumer *c, ferry_error *error) {
    /* Relaxed, and before the look at the producer: if it is the generation of one that is taking a
     * dead one's place just now, that look meets its lease, and hence not the dead one's state. */
    c->generation = atomic_load_explicit(&c->block->generation, memory_order_relaxed);
    if (!ferryi_liveness_is_running(c))
        return no_producer(c, error);
    if (c->delivery == FERRY_DELIVERY_EVERY && ferryi_geometry_has_one_slot(&c->geometry))
        return ferryi_explain_one_slot(c, c->dialect, error);
    FERRYI_FAULT("attach.running");
    c->lag_limit = c->delivery == FERRY_DELIVERY_EVERY ? lag_limit(c) : 0;
    ferry_status status = open_registry(c, error);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("attach.registry");
    status = join(c, error);
    if (status != FERRY_OK)
        return status;
    take_position(c);
    FERRYI_FAULT("attach.placed");
    /* Once more: a producer that ended meanwhile may not have seen us. */
    if (!ferryi_liveness_is_running(c) && !was_left_frames(c))
        return no_producer(c, error);
    FERRYI_FAULT("attach.checked");
    c->hold_limit = (uint32_t)c->geometry.max_held;
    ferryi_shm_no_dump(&c->frames);
    ferryi_event_set(c->producer_event);
    FERRYI_FAULT("attach.told");
    return FERRY_OK;
}

/* Takes what the block says of the channel, whose geometry has been read. */
static void take_block(ferry_consumer *c) {
    c->block = ferryi_geometry_block(&c->frames, &c->geometry);
    c->upstream = &ferryi_upstream_block;
    c->dialect = ferryi_dialects_find(c->geometry.dialect);
    c->borrowed = c->dialect != NULL &&
                  (ferryi_geometry_made(&c->frames, &c->geometry) & FERRYI_MADE_OBJECT) == 0;
    c->frames.key = ferryi_geometry_key(&c->frames, &c->geometry);
    /* In a dialect the next producer uses the object again, and it has to be the one that we look
     * at. */
    if (c->dialect == NULL)
        ferryi_shm_let_name_go(&c->frames);
}

/* The findings of an attempt, or of a membership before this one. */
static void forget(ferry_consumer *c) {
    c->upstream = NULL;
    c->dialect = NULL;
    c->geometry = (ferryi_geometry){0};
    c->generation = 0;
    c->hold_limit = c->lag_limit = 0;
    c->borrowed = false;
    c->join_id = 0;
    /* Relaxed, all: nobody else uses them while the gate is shut. */
    atomic_store_explicit(&c->held, 0, memory_order_relaxed); /* no frame is in hand */
    atomic_store_explicit(&c->has_given_up, false, memory_order_relaxed);
}

ferry_status ferryi_attach_try(ferry_consumer *c, ferry_error *error) {
    forget(c);
    ferry_status status =
        ferryi_shm_open(&c->frames, c->names.frames, FERRYI_SHM_READ, &c->sharing, error);
    if (status == FERRY_FOREIGN)
        return ferryi_advice_refuse(c->names.frames, error);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("attach.opened");
    ferryi_guard_watch(&c->frames, FERRYI_SHM_READ, &c->lost);
    status = ferryi_leases_check(&c->frames, error);
    if (status == FERRY_OK)
        status = ferryi_geometry_read(&c->geometry, &c->frames, error);
    if (status == FERRY_OK)
        take_block(c);
    if (status == FERRY_OK && (!c->borrowed || ferryi_liveness_has_producer(c)))
        status = attach_to_block(c, error);
    else if (status == FERRY_OK || status == FERRY_FOREIGN)
        status = ferryi_dialects_attach(c, error);
    if (status == FERRY_OK)
        ferryi_gate_open(c);
    else
        ferryi_attach_undo(c);
    return status;
}
