/* Which slot a frame can go into: one that no consumer holds or waits for, and that has memory.
 *
 * The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/slots.h"

#include <frameferry/clock.h>

#include "channel/objects.h"
#include "platform/fault_point.h"
#include "support/bits.h"
#include "support/deadline.h"

static ferryi_descriptor *descriptor_of(ferry_producer *p, uint32_t slot) {
    return &p->block->descriptor[slot];
}

/* Whether consumers hold frames where they lie: they do in all channels but those of one slot. */
static bool are_held(const ferry_producer *p) {
    return !ferryi_geometry_has_one_slot(&p->objects.geometry);
}

/* ---- what consumers want ---- */

/* From which frame number on consumers still want what lies in the slots; FERRYI_NEXT_NONE: they
 * want nothing. And the slots that they hold, which is a hint that spares useless attempts. */
typedef struct wishes {
    uint64_t firm; /* consumers of every frame: the producer waits for them */
    uint64_t all;  /* bounded ones too, which give way when there is no other slot */
    uint64_t held;
} wishes;

/* The first frame that a bounded consumer keeps: it is as far behind as it may be, or less. */
static uint64_t first_kept(uint64_t next, uint32_t max_lag, uint64_t head) {
    uint64_t oldest = head >= max_lag ? head - max_lag + 1 : 0;
    return next > oldest ? next : oldest;
}

static wishes look_at_wishes(const ferry_producer *p) {
    wishes w = {.firm = FERRYI_NEXT_NONE, .all = FERRYI_NEXT_NONE};
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++) {
        const ferryi_record *record = &p->consumers->record[i];
        /* J4 pairs with J1 in attach.c: head was stored (J3) before this look, so that a joiner
         * whose reservation is not seen here has seen that head and wants only later frames. N2
         * pairs with N1 in next.c: a look that finds next advanced finds the slot held (K2). */
        uint64_t next = atomic_load_explicit(&record->next, memory_order_seq_cst);
        /* Relaxed: take looks once more (K2). */
        w.held |= atomic_load_explicit(&record->held, memory_order_relaxed);
        if (next == FERRYI_NEXT_NONE || ferryi_producer_has_evicted(p, i))
            continue;
        /* N2 pairs with N1 in registry.c: one that has left wants nothing, whatever its next still
         * says, and its holds are seen (K2). After next: in the record's next life that is stored
         * after the new state (J1). */
        if (atomic_load_explicit(&record->state, memory_order_acquire) == FERRYI_RECORD_LEFT)
            continue;
        /* Relaxed: written before next was (J1). Of a record that changes hands just now it may be
         * the next one's, whose reservation is still to come. */
        uint32_t max_lag = atomic_load_explicit(&record->max_lag, memory_order_relaxed);
        if (max_lag != 0)
            next = first_kept(next, max_lag, p->head);
        else if (next < w.firm)
            w.firm = next;
        if (next < w.all)
            w.all = next;
    }
    return w;
}

static uint64_t all_held(const ferry_producer *p) {
    uint64_t held = 0;
    /* K2 pairs with K3 in hold.c: frame = 0 was stored (K1) before this look, so that a consumer
     * whose hold is not seen here finds the frame gone (K4).
     * R2 pairs with R1: a producer that sees a hold cleared may overwrite what was read under it.
     */
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        held |= atomic_load_explicit(&p->consumers->record[i].held, memory_order_seq_cst);
    return held;
}

/* ---- choosing a slot ---- */

/* Makes sure that a slot has memory for pixel_bytes. */
static ferry_status reserve(ferry_producer *p, uint32_t slot, uint64_t pixel_bytes,
                            ferry_error *error) {
    uint64_t bytes = pixel_bytes + FERRY_HEADER_BYTES;
    if (bytes <= p->slot[slot].reserved)
        return FERRY_OK;
    uint64_t offset = ferryi_geometry_slot_offset(&p->objects.geometry, slot);
    uint64_t begun_ns = ferry_clock_ns();
    ferry_status status = ferryi_shm_reserve(&p->objects.frames, offset, bytes, error);
    if (status != FERRY_OK)
        return ferryi_objects_advise(&p->objects.geometry, status, error);
    FERRYI_FAULT("claim.reserved");
    uint64_t more = bytes - p->slot[slot].reserved;
    p->counters.reserved_bytes += more;
    p->slot[slot].reserved = bytes;
    ferryi_rotation_note_memory(p, slot, more, ferry_clock_ns() - begun_ns);
    return FERRY_OK;
}

/* Takes a slot away from consumers that might want to hold it; false: one holds it already. */
static bool take(ferry_producer *p, uint32_t slot) {
    ferryi_descriptor *descriptor = descriptor_of(p, slot);
    FERRYI_FAULT("take.begin");
    /* K1: sequentially consistent with K2, K3 and K4. */
    atomic_store_explicit(&descriptor->frame, 0, memory_order_seq_cst);
    FERRYI_FAULT("take.number_cleared");
    if (are_held(p) && ferryi_bits_has(all_held(p), slot)) {
        FERRYI_FAULT("take.step_back");
        /* Release: the pixels are what they were when this number was stored first (H1). */
        atomic_store_explicit(&descriptor->frame, p->slot[slot].frame, memory_order_release);
        return false;
    }
    p->slot[slot].frame = 0;
    p->slot[slot].fills++;
    atomic_store_explicit(&descriptor->filled, 0, memory_order_relaxed);
    /* F3 pairs with F4 in hold.c: a consumer that sees fills raised sees that the number is gone
     * (K1). */
    atomic_store_explicit(&descriptor->fills, p->slot[slot].fills, memory_order_release);
    FERRYI_FAULT("take.fills_raised");
    /* F1 pairs with F2 in receive.c: a consumer that reads a pixel written from here on sees fills
     * raised. */
    atomic_thread_fence(memory_order_release);
    return true;
}

/* The slot that is tried first, second and so on (turn 0, 1, ...). The lowest first: so one quick
 * consumer keeps to two slots or three, and these stay in the caches. Of small frames a core's own
 * cache keeps a whole one, and writing where another core has just read costs more than writing
 * where it has read a while ago: they go through the lowest three by turns. docs/performance.md has
 * figures. */
static uint32_t slot_at_turn(const ferry_producer *p, uint64_t pixel_bytes, uint32_t turn) {
    uint32_t slots = p->objects.geometry.slots;
    uint32_t by_turns = slots < FERRYI_RING_SLOTS ? slots : FERRYI_RING_SLOTS;
    if (pixel_bytes > FERRYI_SMALL_FRAME_BYTES || turn >= by_turns)
        return turn;
    return (p->newest + 1 + turn) % by_turns; /* no newest one yet: FERRYI_NO_SLOT + 1 is 0 */
}

/* Whether nobody wants what a slot holds, as far as can be told without trying for it. */
static bool seems_free(const ferry_producer *p, uint32_t slot, uint64_t wanted, uint64_t held) {
    uint64_t frame = p->slot[slot].frame;
    return !are_held(p) || (!ferryi_bits_has(held, slot) && (frame == 0 || frame < wanted));
}

/* One search for a slot. */
typedef struct search {
    const ferryi_request *request;
    wishes wanted;
    uint64_t failed;       /* slots that were tried in vain, in this look */
    bool met;              /* a consumer held one of these only when it was tried */
    bool worth_waiting;    /* a slot that has the memory will be free some time */
    ferry_status shortage; /* FERRY_OK: no free slot lacked memory */
    ferry_error *error;
} search;

/* Whether a slot is nobody's choice: the newest frame's, which a consumer that comes now wants, or
 * that of an open claim, or one that is kept. */
static bool is_out_of_question(const ferry_producer *p, uint32_t slot) {
    return (slot == p->newest && are_held(p)) || ferryi_bits_has(p->open_claims | p->kept, slot);
}

/* Whether a slot can be tried for, if no frame from this number on may be lost. */
static bool is_candidate(const ferry_producer *p, const search *s, uint32_t slot, uint64_t wanted) {
    return !ferryi_bits_has(s->failed, slot) && !is_out_of_question(p, slot) &&
           seems_free(p, slot, wanted, s->wanted.held);
}

static bool has_memory(const ferry_producer *p, const search *s, uint32_t slot) {
    return s->request->pixel_bytes + FERRY_HEADER_BYTES <= p->slot[slot].reserved;
}

static bool try_for(ferry_producer *p, search *s, uint32_t slot) {
    ferry_status status = reserve(p, slot, s->request->pixel_bytes, s->error);
    if (status != FERRY_OK || !take(p, slot)) {
        s->failed |= ferryi_bits_one(slot);
        if (status != FERRY_OK)
            s->shortage = status;
        else
            s->worth_waiting = s->met = true;
        return false;
    }
    ferryi_rotation_advance(p, slot, s->request->now_ns);
    p->open_claims |= ferryi_bits_one(slot);
    FERRYI_FAULT("claim.chosen");
    return true;
}

/* A warm slot that nobody wants, or FERRYI_NO_SLOT. */
static uint32_t take_warm(ferry_producer *p, search *s) {
    for (uint32_t turn = 0; turn < p->objects.geometry.slots; turn++) {
        uint32_t slot = slot_at_turn(p, s->request->pixel_bytes, turn);
        if (is_out_of_question(p, slot))
            continue;
        if (!seems_free(p, slot, s->wanted.all, s->wanted.held))
            s->worth_waiting |= has_memory(p, s, slot);
        else if (ferryi_rotation_is_warm(p, slot) && try_for(p, s, slot))
            return slot;
    }
    return FERRYI_NO_SLOT;
}

/* The slot that nobody wants and that will be filled soonest: the one that was filled last, before
 * those that lack memory. */
static uint32_t best_cold(const ferry_producer *p, const search *s) {
    uint32_t best = FERRYI_NO_SLOT;
    for (uint32_t slot = 0; slot < p->objects.geometry.slots; slot++)
        if (is_candidate(p, s, slot, s->wanted.all) &&
            (best == FERRYI_NO_SLOT ||
             (has_memory(p, s, slot) &&
              (!has_memory(p, s, best) || p->slot[slot].turn > p->slot[best].turn))))
            best = slot;
    return best;
}

/* The first slot that can be had of those that pick offers, each of them once; or
 * FERRYI_NO_SLOT. */
static uint32_t take_best(ferry_producer *p, search *s,
                          uint32_t pick(const ferry_producer *, const search *)) {
    for (;;) {
        uint32_t slot = pick(p, s);
        if (slot == FERRYI_NO_SLOT || try_for(p, s, slot))
            return slot;
    }
}

/* Whether the slowest consumer of every frame has two before it, so that it goes on working while
 * the producer waits. */
static bool consumers_have_work(const ferry_producer *p, const search *s) {
    return s->wanted.firm != FERRYI_NEXT_NONE && p->head > s->wanted.firm;
}

/* A slot that nobody wants, or FERRYI_NO_SLOT: then *cold_ns is when the claim looks again, since a
 * cold one was passed over. */
static uint32_t take_unwanted(ferry_producer *p, search *s, uint64_t *cold_ns) {
    *cold_ns = FERRYI_NEVER;
    uint32_t slot = take_warm(p, s);
    if (slot != FERRYI_NO_SLOT || best_cold(p, s) == FERRYI_NO_SLOT)
        return slot;
    uint64_t until_ns = 0;
    if (consumers_have_work(p, s))
        until_ns = ferryi_rotation_wait_until(p, s->request, s->wanted.firm);
    if (until_ns == 0)
        return take_best(p, s, best_cold);
    *cold_ns = until_ns;
    return FERRYI_NO_SLOT;
}

/* The slot with the oldest frame that only bounded consumers want: it is the next to be skipped
 * anyway. */
static uint32_t oldest_yielding(const ferry_producer *p, const search *s) {
    uint32_t oldest = FERRYI_NO_SLOT;
    for (uint32_t slot = 0; slot < p->objects.geometry.slots; slot++)
        if (p->slot[slot].frame >= s->wanted.all && is_candidate(p, s, slot, s->wanted.firm) &&
            (oldest == FERRYI_NO_SLOT || p->slot[slot].frame < p->slot[oldest].frame))
            oldest = slot;
    return oldest;
}

/* One look at all slots. The producer does not wait for bounded consumers: their frames go when
 * nothing else is free. */
static void look_for_slot(ferry_producer *p, search *s, ferryi_choice *choice) {
    s->met = false;
    s->failed = 0;
    choice->slot = take_unwanted(p, s, &choice->cold_ns);
    if (choice->slot == FERRYI_NO_SLOT && choice->cold_ns == FERRYI_NEVER && !s->met &&
        s->wanted.all < s->wanted.firm && are_held(p))
        choice->slot = take_best(p, s, oldest_yielding);
}

ferry_status ferryi_slots_choose(ferry_producer *p, const ferryi_request *request,
                                 ferryi_choice *choice, ferry_error *error) {
    /* A bounded consumer that finds a frame gone tries for the next one, and so does the producer
     * that finds a slot held: one hold in passing could keep it from one slot after the other. So
     * it looks again after it has met a consumer. Each consumer tries once for each frame, so that
     * this ends; after this many looks a peer is more likely to make values up. */
    enum { LOOKS = 100 };
    search s = {.request = request, .wanted = look_at_wishes(p), .error = error};
    int looks = 0;
    for (;;) {
        look_for_slot(p, &s, choice);
        if (choice->slot != FERRYI_NO_SLOT || choice->cold_ns != FERRYI_NEVER || !s.met ||
            ++looks == LOOKS)
            break;
        s.wanted.held = all_held(p);
    }
    if (choice->slot != FERRYI_NO_SLOT || choice->cold_ns != FERRYI_NEVER || s.worth_waiting)
        return FERRY_OK;
    return s.shortage;
}

/* ---- giving memory back ---- */

/* Gives back the pages of a slot that is ours. Its last page stays, which has the header of the
 * next slot. */
static void give_back(ferry_producer *p, uint32_t slot) {
    const ferryi_geometry *g = &p->objects.geometry;
    uint64_t pixel_bytes = p->slot[slot].reserved - FERRY_HEADER_BYTES;
    uint64_t bytes = (pixel_bytes + FERRYI_SHM_PAGE - 1) & ~(uint64_t)(FERRYI_SHM_PAGE - 1);
    if (bytes > g->slot_stride - FERRYI_SHM_PAGE)
        bytes = g->slot_stride - FERRYI_SHM_PAGE;
    p->keeps_memory = !ferryi_shm_give_back(
        &p->objects.frames, ferryi_geometry_slot_offset(g, slot) + FERRY_HEADER_BYTES, bytes);
    if (p->keeps_memory)
        return;
    FERRYI_FAULT("slot.given_back");
    p->counters.reserved_bytes -= pixel_bytes;
    p->slot[slot].reserved = FERRY_HEADER_BYTES;
}

void ferryi_slots_give_back(ferry_producer *p, uint64_t now_ns) {
    enum { IDLE_SECONDS = 5 };
    if (!are_held(p) || p->keeps_memory)
        return;
    wishes wanted = look_at_wishes(p);
    for (uint32_t i = 0; i < p->objects.geometry.slots && !p->keeps_memory; i++) {
        ferryi_slot *s = &p->slot[i];
        if (s->fills != s->seen_fills) {
            s->seen_fills = s->fills;
            s->seen_ns = now_ns;
        }
        if (now_ns - s->seen_ns < IDLE_SECONDS * (uint64_t)FERRY_SECOND_NS ||
            s->reserved < FERRY_HEADER_BYTES + FERRYI_SHM_PAGE || is_out_of_question(p, i) ||
            !seems_free(p, i, wanted.all, wanted.held))
            continue;
        /* Taken as for a frame, so that nobody reads pages that go away. */
        if (take(p, i))
            give_back(p, i);
        s->seen_fills = s->fills;
    }
}
