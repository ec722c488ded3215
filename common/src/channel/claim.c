/* A producer's claim, and what happens when no slot is free. slots.c finds the slot, publish.c has
 * what comes after the claim.
 *
 * The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include <frameferry/clock.h>

#include "channel/info.h"
#include "channel/producer_handle.h"
#include "channel/producer_pollable.h"
#include "channel/slots.h"
#include "channel/upkeep.h"
#include "platform/fault_point.h"
#include "support/bits.h"
#include "support/error.h"
#include "support/need.h"

/* ---- when no slot is free ---- */

static void evict(ferry_producer *p, uint32_t index) {
    ferryi_record *record = &p->consumers->record[index];
    FERRYI_FAULT("evict.begin");
    p->stall[index].evicted = p->stall[index].join_id;
    p->counters.evicted++;
    /* V1 pairs with V2 in next.c: stored before any slot is taken away on the strength of it
     * (K1), so that the consumer that misses its frame knows why. */
    atomic_store_explicit(&record->evicted, p->stall[index].join_id, memory_order_seq_cst);
    FERRYI_FAULT("evict.stored");
    ferryi_event_set(p->objects.record_event[index]);
}

/* Whether the time that a consumer may stand still begins anew. A new consumer in the record of
 * another has the whole time, even if it is found just while it joins (next == 0). After some new
 * ones in a row without a step forward, a process is doing that on purpose: the time goes on. */
static bool is_moving(ferryi_stall *stall, uint64_t next, uint64_t join_id) {
    enum { LIVES = 8 };
    if (stall->since_ns == 0 || next > stall->reached) {
        stall->lives = 0;
        return true;
    }
    return join_id != stall->join_id && stall->lives++ < LIVES;
}

/* Evicts an "every" consumer that has not moved for the stall limit. */
static bool evict_if_stalled(ferry_producer *p, uint32_t index, uint64_t head, uint64_t now_ns) {
    const ferryi_record *record = &p->consumers->record[index];
    ferryi_stall *stall = &p->stall[index];
    /* Relaxed: it has been so for the whole limit, or it has not. */
    uint64_t next = atomic_load_explicit(&record->next, memory_order_relaxed);
    uint64_t join_id = atomic_load_explicit(&record->join_id, memory_order_relaxed);
    /* A consumer that wants no more than the newest frame is in nobody's way: that one is never
     * taken away. Nor is a bounded consumer, which gives way, or one that has left. */
    if (p->stall_limit_ns == FERRY_FOREVER || next >= head ||
        atomic_load_explicit(&record->state, memory_order_relaxed) == FERRYI_RECORD_LEFT ||
        atomic_load_explicit(&record->max_lag, memory_order_relaxed) != 0 ||
        ferryi_producer_has_evicted(p, index))
        return false;
    bool moving = is_moving(stall, next, join_id);
    stall->join_id = join_id;
    if (moving) {
        stall->reached = next > stall->reached ? next : stall->reached;
        stall->since_ns = now_ns;
        return false;
    }
    if (now_ns - stall->since_ns < (uint64_t)p->stall_limit_ns)
        return false;
    evict(p, index);
    return true;
}

static uint64_t next_look_ns(const ferry_producer *p) {
    return p->looked_ns + (uint64_t)FERRYI_SLICE_NS;
}

/* Looks at the consumers that stand in the way, at most once a slice: true when one was cleared
 * away. */
static bool clear_the_way(ferry_producer *p) {
    uint64_t now_ns = ferry_clock_ns();
    if (now_ns < next_look_ns(p))
        return false;
    p->looked_ns = now_ns;
    FERRYI_FAULT("full.looking");
    uint64_t head = ferryi_producer_head(p);
    bool cleared = false;
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        if (ferryi_producer_reclaim(p, i) || evict_if_stalled(p, i, head, now_ns))
            cleared = true;
    return cleared;
}

/* ---- claim ---- */

/* How long a claim waits for a slot, and whether the frame counts as dropped when none comes. */
typedef struct patience {
    int64_t timeout_ns;
    bool drops;
} patience;

static ferry_status check_claim(ferry_producer *p, ferry_frame_info *info, ferry_error *error) {
    ferry_status status = ferryi_producer_check(p, error);
    if (status == FERRY_OK)
        status = ferryi_producer_check_open(p, error);
    if (status != FERRY_OK)
        return status;
    return ferryi_producer_complete(p, info, ferryi_geometry_slot_capacity(&p->objects.geometry),
                                    error);
}

static ferry_status give_up(ferry_producer *p, bool drops, ferry_error *error) {
    if (!drops) {
        FERRYI_FAULT("full.timed_out");
        return ferryi_fail(error, FERRY_TIMEOUT, 0,
                           "no slot of channel %s became free in time: its consumers are behind",
                           p->objects.names.frames);
    }
    FERRYI_FAULT("full.given_up");
    ferry_producer_drop(p);
    return ferryi_fail(error, FERRY_FULL, 0,
                       "no slot of channel %s is free: its consumers are behind",
                       p->objects.names.frames);
}

/* Called under the lock. */
static ferry_status choose(ferry_producer *p, const ferryi_request *request, ferryi_choice *choice,
                           ferry_error *error) {
    const ferryi_geometry *g = &p->objects.geometry;
    uint32_t limit = ferryi_geometry_has_one_slot(g) ? 1 : g->slots - 1;
    uint32_t open = ferryi_bits_count(p->open_claims), kept = ferryi_bits_count(p->kept);
    if (open + kept < limit)
        return ferryi_slots_choose(p, request, choice, error);
    return ferryi_fail(error, FERRY_TOO_MANY_HELD, 0,
                       "%u claims are open and %u frames are kept: commit or abort a claim, or let "
                       "a frame go first",
                       (unsigned)open, (unsigned)kept);
}

/* One look at the slots: FERRY_OK with FERRYI_NO_SLOT when the claim has to wait. */
static ferry_status look_once(ferry_producer *p, const ferryi_request *request,
                              ferryi_choice *choice, ferry_error *error) {
    *choice = (ferryi_choice){.slot = FERRYI_NO_SLOT, .cold_ns = FERRYI_NEVER};
    ferryi_lock_take(p->lock);
    ferry_status status = choose(p, request, choice, error);
    p->wants_slot =
        choice->slot == FERRYI_NO_SLOT && (status == FERRY_OK || status == FERRY_TOO_MANY_HELD);
    ferryi_lock_give(p->lock);
    return status;
}

/* When a claim that found no slot looks again at the latest, if nobody wakes it. */
static uint64_t next_try_ns(const ferry_producer *p, const ferryi_choice *choice) {
    return choice->cold_ns != FERRYI_NEVER ? choice->cold_ns : next_look_ns(p);
}

/* *touched: the pollable was set, and has been cleared. */
static ferry_status find_slot(ferry_producer *p, uint64_t pixel_bytes, patience limit,
                              uint32_t *slot, bool *touched, ferry_error *error) {
    ferryi_request request = {.pixel_bytes = pixel_bytes, .can_wait = limit.timeout_ns != 0};
    ferryi_choice choice;
    uint64_t deadline_ns = 0; /* not needed yet: most claims find a slot at once */
    bool cleared = false;     /* before the last look */
    for (;;) {
        if (ferryi_producer_take_interrupt(p))
            return ferryi_fail(error, FERRY_INTERRUPTED, 0, "interrupted");
        request.now_ns = ferryi_upkeep_tend(p);
        if (request.begun_ns == 0)
            request.begun_ns = request.now_ns;
        if (deadline_ns != 0)
            request.can_wait = request.now_ns < deadline_ns;
        ferry_status status = look_once(p, &request, &choice, error);
        *slot = choice.slot;
        if (*slot != FERRYI_NO_SLOT || (status != FERRY_OK && status != FERRY_TOO_MANY_HELD))
            return status;
        /* Once for each sleep: a peer that sets events all the time shall not keep us here. */
        if (!cleared && (cleared = ferryi_producer_pollable_clear(p))) {
            *touched = true;
            continue;
        }
        if (status != FERRY_OK)
            return status;
        bool all_in_use = choice.cold_ns == FERRYI_NEVER;
        if (all_in_use && clear_the_way(p))
            continue;
        if (deadline_ns == 0)
            deadline_ns = ferryi_deadline(limit.timeout_ns);
        if (all_in_use && ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS) == 0)
            return give_up(p, limit.drops, error);
        FERRYI_FAULT("full.asleep");
        /* Until the next look at the latest: others may have woken us just before it is due. */
        ferryi_producer_pollable_sleep(
            p, ferryi_deadline_earlier(deadline_ns, next_try_ns(p, &choice)));
        cleared = false;
        status = ferryi_producer_check(p, error);
        if (status != FERRY_OK)
            return status;
    }
}

/* Whether a claim has found that no slot is free: only then the pollable is left clear. */
static bool found_none(ferry_status status) {
    return status == FERRY_TIMEOUT || status == FERRY_FULL || status == FERRY_TOO_MANY_HELD;
}

static ferry_status claim_within(ferry_producer *p, const ferry_frame_info *info, patience limit,
                                 ferry_claim *claim, ferry_error *error) {
    ferryi_info_copy(&claim->info, info);
    ferry_status status = check_claim(p, &claim->info, error);
    if (status != FERRY_OK)
        return status;
    ferry_error last; /* what an attempt that is repeated met must not show in the caller's */
    bool touched = false;
    status = find_slot(p, claim->info.length_bytes, limit, &claim->slot, &touched, &last);
    if (touched && !found_none(status))
        ferryi_producer_pollable_set(p);
    if (status != FERRY_OK) {
        if (error != NULL)
            *error = last;
        return status;
    }
    FERRYI_FAULT("claim.done");
    claim->claimed_bytes = claim->info.length_bytes;
    claim->id = p->slot[claim->slot].fills;
    /* Not under the lock: nobody looks at it before the caller hands the claim on. */
    p->slot[claim->slot].shape = ferryi_shape_of(&claim->info);
    claim->pixels = ferryi_geometry_pixels(&p->objects.frames, &p->objects.geometry, claim->slot);
    return FERRY_OK;
}

static ferry_status check_arguments(ferry_producer *producer, const ferry_frame_info *info,
                                    ferry_claim *claim, ferry_error *error) {
    ferry_status status = ferryi_need(claim, "claim", error);
    if (status != FERRY_OK)
        return status;
    claim->pixels = NULL;
    status = ferryi_need(producer, "producer", error);
    return status == FERRY_OK ? ferryi_need(info, "info", error) : status;
}

ferry_status ferry_producer_claim(ferry_producer *producer, const ferry_frame_info *info,
                                  ferry_claim *claim, ferry_error *error) {
    ferry_status status = check_arguments(producer, info, claim, error);
    if (status != FERRY_OK)
        return status;
    bool drops = producer->when_full == FERRY_WHEN_FULL_DROP;
    patience limit = {.timeout_ns = drops ? 0 : producer->full_timeout_ns, .drops = drops};
    return claim_within(producer, info, limit, claim, error);
}

ferry_status ferry_producer_claim_timed(ferry_producer *producer, const ferry_frame_info *info,
                                        int64_t timeout_ns, ferry_claim *claim,
                                        ferry_error *error) {
    ferry_status status = check_arguments(producer, info, claim, error);
    if (status == FERRY_OK)
        status = ferryi_need_time(timeout_ns, "timeout_ns", error);
    if (status != FERRY_OK)
        return status;
    return claim_within(producer, info, (patience){.timeout_ns = timeout_ns}, claim, error);
}

/* ---- drop ---- */

void ferry_producer_drop(ferry_producer *producer) {
    if (producer == NULL || ferryi_producer_check(producer, NULL) != FERRY_OK ||
        ferryi_producer_check_open(producer, NULL) != FERRY_OK)
        return;
    ferryi_lock_take(producer->lock);
    uint64_t dropped = ++producer->counters.dropped;
    ferryi_lock_give(producer->lock);
    FERRYI_FAULT("drop.counted");
    /* Relaxed: a figure; each frame also carries it (H1). */
    atomic_store_explicit(&producer->block->dropped, dropped, memory_order_relaxed);
}
