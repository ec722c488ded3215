/* How a producer gets a slot for its next frame: one that nobody wants, and if there is none, what
 * it does about that. publish.c has what comes after the claim.
 *
 * The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "../support/error.h"
#include "../support/fault.h"
#include "producer_handle.h"

/* How often all leases are looked at while there is room, so that the dead do not stay in the
 * table. */
#define SWEEP_NS UINT64_C(1000000000)

static uint64_t bit_of(uint32_t slot) {
    return UINT64_C(1) << slot;
}

static ferryi_descriptor *descriptor_of(ferry_producer *p, uint32_t slot) {
    return &p->block->descriptor[slot];
}

static bool is_native(const ferry_producer *p) {
    return p->objects.geometry.dialect == FERRY_DIALECT_NATIVE;
}

/* ---- what consumers want ---- */

/* The lowest frame number that an "every" consumer still wants; UINT64_MAX: none does. */
static uint64_t lowest_wanted(const ferry_producer *p) {
    uint64_t lowest = FERRYI_NEXT_NONE;
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++) {
        /* J4 pairs with J1 in attach.c: head was stored (J3) before this look, so that a joiner
         * whose reservation is not seen here has seen that head and wants only later frames. N2
         * pairs with N1 in receive.c: who sees next advanced sees the slot held (K2). */
        uint64_t next = atomic_load_explicit(&p->consumers->record[i].next, memory_order_seq_cst);
        if (next < lowest && !ferryi_producer_has_evicted(p, i))
            lowest = next;
    }
    return lowest;
}

static uint64_t all_held(const ferry_producer *p) {
    uint64_t held = 0;
    /* K2 pairs with K3 in receive.c: frame = 0 was stored (K1) before this look, so that a consumer
     * whose hold is not seen here finds the frame gone (K4).
     * R2 pairs with R1: who sees a hold cleared may overwrite what was read under it. */
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        held |= atomic_load_explicit(&p->consumers->record[i].held, memory_order_seq_cst);
    return held;
}

/* ---- choosing a slot ---- */

/* Makes sure that a slot has memory for so many bytes of pixels. */
static ferry_status reserve(ferry_producer *p, uint32_t slot, uint64_t pixel_bytes,
                            ferry_error *error) {
    uint64_t bytes = pixel_bytes + FERRY_HEADER_BYTES;
    if (bytes <= p->slot[slot].reserved)
        return FERRY_OK;
    uint64_t offset = ferryi_slot_offset(&p->objects.geometry, slot);
    ferry_status status = ferryi_shm_reserve(&p->objects.frames, offset, bytes, error);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("claim.reserved");
    p->counters.reserved_bytes += bytes - p->slot[slot].reserved;
    p->slot[slot].reserved = bytes;
    return FERRY_OK;
}

/* Takes a slot away from those who might want to hold it; false: somebody holds it already. */
static bool take(ferry_producer *p, uint32_t slot) {
    ferryi_descriptor *descriptor = descriptor_of(p, slot);
    FERRYI_FAULT("take.begin");
    /* K1: sequentially consistent with K2, K3 and K4. */
    atomic_store_explicit(&descriptor->frame, 0, memory_order_seq_cst);
    FERRYI_FAULT("take.number_cleared");
    if (is_native(p) && (all_held(p) & bit_of(slot)) != 0) {
        FERRYI_FAULT("take.step_back");
        /* Release: the pixels are what they were when this number was stored first (H1). */
        atomic_store_explicit(&descriptor->frame, p->slot[slot].frame, memory_order_release);
        return false;
    }
    p->slot[slot].frame = 0;
    p->slot[slot].fills++;
    atomic_store_explicit(&descriptor->filled, 0, memory_order_relaxed);
    /* F3 pairs with F4 in receive.c: who sees fills raised sees that the number is gone (K1). */
    atomic_store_explicit(&descriptor->fills, p->slot[slot].fills, memory_order_release);
    FERRYI_FAULT("take.fills_raised");
    /* F1 pairs with F2 in receive.c: who reads a pixel written from here on sees fills raised. */
    atomic_thread_fence(memory_order_release);
    return true;
}

/* The slot that is tried first, second and so on (turn 0, 1, ...). The lowest first: so one quick
 * consumer keeps to two slots or three, and these stay in the caches. Of small frames a core's own
 * cache keeps a whole one, and writing where another core has just read costs more than writing
 * where it has read a while ago: they go through the lowest three by turns. docs/performance.md has
 * figures. */
static uint32_t slot_at_turn(const ferry_producer *p, uint64_t pixel_bytes, uint32_t turn) {
    enum { SMALL_BYTES = 1310720, BY_TURNS = 3 };
    uint32_t slots = p->objects.geometry.slots, by_turns = slots < BY_TURNS ? slots : BY_TURNS;
    if (pixel_bytes > SMALL_BYTES || turn >= by_turns)
        return turn;
    return (p->newest + 1 + turn) % by_turns; /* no newest one yet: FERRYI_NO_SLOT + 1 is 0 */
}

/* Whether nobody wants what a slot holds, as far as can be told without trying for it. */
static bool seems_free(const ferry_producer *p, uint32_t slot, uint64_t wanted, uint64_t held) {
    uint64_t frame = p->slot[slot].frame;
    return (held & bit_of(slot)) == 0 && !(is_native(p) && frame != 0 && frame >= wanted);
}

/* Takes a free slot that has, or can get, the memory: *slot, or FERRYI_NO_SLOT when all are in use.
 * FERRY_NO_SPACE: some are free, but there is no memory for them. Called under the lock. */
static ferry_status choose(ferry_producer *p, uint64_t pixel_bytes, uint32_t *slot,
                           ferry_error *error) {
    ferry_status shortage = FERRY_OK;
    bool worth_waiting = false;
    *slot = FERRYI_NO_SLOT;
    uint64_t wanted = lowest_wanted(p);
    uint64_t held = is_native(p) ? all_held(p) : 0; /* a hint that spares useless attempts */
    for (uint32_t turn = 0; turn < p->objects.geometry.slots; turn++) {
        uint32_t i = slot_at_turn(p, pixel_bytes, turn);
        if ((i == p->newest && is_native(p)) || (p->open_claims & bit_of(i)) != 0)
            continue;
        if (!seems_free(p, i, wanted, held)) {
            worth_waiting |= pixel_bytes + FERRY_HEADER_BYTES <= p->slot[i].reserved;
            continue;
        }
        ferry_status status = reserve(p, i, pixel_bytes, error);
        if (status != FERRY_OK) {
            shortage = status;
            continue;
        }
        if (!take(p, i)) {
            worth_waiting = true;
            continue;
        }
        p->open_claims |= bit_of(i);
        *slot = i;
        FERRYI_FAULT("claim.chosen");
        return FERRY_OK;
    }
    return worth_waiting ? FERRY_OK : shortage;
}

/* ---- when no slot is free ---- */

static void evict(ferry_producer *p, uint32_t index) {
    ferryi_record *record = &p->consumers->record[index];
    FERRYI_FAULT("evict.begin");
    p->stall[index].evicted = p->stall[index].join_id;
    p->counters.evicted++;
    /* V1 pairs with V2 in receive.c: stored before any slot is taken away on the strength of it
     * (K1), so that the consumer that misses its frame knows why. */
    atomic_store_explicit(&record->evicted, p->stall[index].join_id, memory_order_seq_cst);
    FERRYI_FAULT("evict.stored");
    ferryi_event_set(p->objects.record_event[index]);
}

/* Whether the time that a consumer may stand still begins anew. A new one in the record of another
 * has the whole time, even if it is found just while it joins (next == 0). For that to happen again
 * and again, with no step forward in between, somebody has to bring it about. */
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
    /* Who wants no more than the newest frame is in nobody's way: that one is never taken away. */
    if (p->stall_limit_ns == FERRY_FOREVER || next >= head || ferryi_producer_has_evicted(p, index))
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

/* Looks at those who stand in the way, at most once in a slice: true when one was cleared away. */
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

/* Clears away the dead who stand in nobody's way. */
static void sweep(ferry_producer *p) {
    uint64_t now_ns = ferry_clock_ns();
    if (now_ns - p->swept_ns < SWEEP_NS)
        return;
    p->swept_ns = now_ns;
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        ferryi_producer_reclaim(p, i);
}

/* ---- claim ---- */

static ferry_status check_claim(ferry_producer *p, ferry_frame_info *info, ferry_error *error) {
    ferry_status status = ferryi_producer_check(p, error);
    if (status == FERRY_OK)
        status = ferryi_info_complete(info, ferryi_slot_capacity(&p->objects.geometry), error);
    if (status != FERRY_OK)
        return status;
    uint32_t open = 0;
    ferryi_lock_take(p->lock);
    for (uint64_t mask = p->open_claims; mask != 0; mask &= mask - 1)
        open++;
    ferryi_lock_give(p->lock);
    uint32_t limit = is_native(p) ? p->objects.geometry.slots - 1 : 1;
    if (open >= limit)
        return ferryi_fail(error, FERRY_TOO_MANY_HELD, 0,
                           "%u claims are open: commit or abort one first", (unsigned)open);
    return FERRY_OK;
}

static ferry_status give_up(ferry_producer *p, bool drop, ferry_error *error) {
    if (!drop)
        return ferryi_fail(error, FERRY_TIMEOUT, 0,
                           "no slot of channel %s became free in time: its consumers are behind",
                           p->objects.names.frames);
    FERRYI_FAULT("full.given_up");
    ferry_producer_drop(p);
    return ferryi_fail(error, FERRY_FULL, 0,
                       "no slot of channel %s is free: its consumers are behind",
                       p->objects.names.frames);
}

static ferry_status find_slot(ferry_producer *p, uint64_t pixel_bytes, uint32_t *slot,
                              ferry_error *error) {
    bool drop = p->when_full == FERRY_WHEN_FULL_DROP;
    uint64_t deadline_ns = 0; /* not needed yet: most claims find a slot and never ask the time */
    for (;;) {
        if (ferryi_producer_take_interrupt(p))
            return ferryi_fail(error, FERRY_INTERRUPTED, 0, "interrupted");
        ferryi_lock_take(p->lock);
        ferry_status status = choose(p, pixel_bytes, slot, error);
        p->wants_slot = status == FERRY_OK && *slot == FERRYI_NO_SLOT;
        ferryi_lock_give(p->lock);
        if (status != FERRY_OK || *slot != FERRYI_NO_SLOT)
            return status;
        if (clear_the_way(p))
            continue;
        if (deadline_ns == 0)
            deadline_ns = ferryi_deadline(drop ? 0 : p->full_timeout_ns);
        if (ferryi_left(deadline_ns, FERRYI_SLICE_NS) == 0)
            return give_up(p, drop, error);
        FERRYI_FAULT("full.asleep");
        /* Until the next look at the latest: others may have woken us just before it is due. */
        ferryi_producer_sleep(p, ferryi_earlier(deadline_ns, next_look_ns(p)));
        status = ferryi_producer_check(p, error);
        if (status != FERRY_OK)
            return status;
    }
}

ferry_status ferry_producer_claim(ferry_producer *producer, const ferry_frame_info *info,
                                  ferry_claim *claim, ferry_error *error) {
    claim->pixels = NULL;
    claim->info = *info;
    ferry_status status = check_claim(producer, &claim->info, error);
    if (status != FERRY_OK)
        return status;
    sweep(producer);
    ferry_error last = {0};
    status = find_slot(producer, claim->info.length_bytes, &claim->slot, &last);
    if (status != FERRY_OK) {
        if (error != NULL)
            *error = last;
        return status;
    }
    FERRYI_FAULT("claim.done");
    claim->claimed_bytes = claim->info.length_bytes;
    /* Not under the lock: nobody looks at it before the caller hands the claim on. */
    producer->slot[claim->slot].shape = ferryi_shape_of(&claim->info);
    claim->pixels =
        ferryi_pixels_at(&producer->objects.frames, &producer->objects.geometry, claim->slot);
    return FERRY_OK;
}

/* ---- drop ---- */

void ferry_producer_drop(ferry_producer *producer) {
    if (ferryi_producer_check(producer, NULL) != FERRY_OK)
        return;
    ferryi_lock_take(producer->lock);
    uint64_t dropped = ++producer->counters.dropped;
    ferryi_lock_give(producer->lock);
    FERRYI_FAULT("drop.counted");
    /* Relaxed: a figure; each frame also carries it (H1). */
    atomic_store_explicit(&producer->block->dropped, dropped, memory_order_relaxed);
}
