/* The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/hold.h"

#include "channel/consumer_pollable.h"
#include "channel/info.h"
#include "platform/fault_point.h"
#include "support/bits.h"

void ferryi_hold_give_record_up(ferry_consumer *c) {
    /* Once: detaching asks for it again. Relaxed: one thread at a time comes here, and the one that
     * detaches has waited for the other (Y5), or is alone with the handle. */
    if (c->record == NULL || atomic_load_explicit(&c->has_given_up, memory_order_relaxed))
        return;
    ferryi_registry_leave(&c->consumers, &c->leases, c->index, c->producer_event);
    /* Y4 pairs with Y5 in membership.c: from here on the mapping may go. */
    atomic_store_explicit(&c->has_given_up, true, memory_order_release);
}

bool ferryi_hold_end(ferry_consumer *c, uint32_t slot) {
    /* R1 pairs with R2 in slots.c: what was read under the hold was read before it is cleared. */
    atomic_fetch_and_explicit(&c->record->held, ~ferryi_bits_one(slot), memory_order_release);
    FERRYI_FAULT("release.cleared");
    ferryi_event_set(c->producer_event);
    /* After the last look at memory that a peer can take away. Before the hold ends, since another
     * attachment may follow it. Relaxed: set by the signal handler of this thread, or of one that
     * meets it anyway. */
    bool lost = atomic_load_explicit(&c->lost, memory_order_relaxed);
    /* Q3, then Q4: sequentially consistent with Q1 and Q2. Last of what touches the record and the
     * mappings, which are another's, or gone, when no frame is in hand: only the last of those that
     * are released after leaving goes on there. Y1, which is Q3, with Y2 in membership.c: of the
     * last release and leaving the second gives the record up. */
    uint64_t before = atomic_fetch_sub_explicit(&c->held, 1, memory_order_seq_cst);
    FERRYI_FAULT("release.counted");
    if (before == (FERRYI_HELD_LEFT | 1))
        ferryi_hold_give_record_up(c);
    bool wanted = atomic_load_explicit(&c->wants_release, memory_order_seq_cst);
    /* Relaxed: of several releases one answers the wish. */
    if (wanted && atomic_exchange_explicit(&c->wants_release, false, memory_order_relaxed))
        ferryi_consumer_pollable_set(c);
    return !lost;
}

/* Whether we have a slot in hand. */
static bool has_slot(const ferry_consumer *c, uint32_t slot) {
    return (c->followed.is_open && c->followed.slot == slot) ||
           atomic_load_explicit(&c->held_number[slot], memory_order_relaxed) != 0;
}

bool ferryi_hold_can_begin(const ferry_consumer *c, uint32_t slot) {
    return slot < c->geometry.slots && !has_slot(c, slot);
}

/* Holds a slot and fills in the frame, if the slot still has that number. */
ferry_status ferryi_hold_take(ferry_consumer *c, uint64_t number, uint32_t slot,
                              ferry_frame *frame) {
    if (!ferryi_hold_can_begin(c, slot))
        return FERRY_MALFORMED;
    const ferryi_descriptor *descriptor = &c->block->descriptor[slot];
    atomic_fetch_add_explicit(&c->held, 1, memory_order_relaxed);
    FERRYI_FAULT("hold.begin");
    /* K3, then K4: sequentially consistent with K1 and K2 in slots.c. Either the producer sees
     * the hold and steps back, or we see that the frame is gone. K4 is also H2. */
    atomic_fetch_or_explicit(&c->record->held, ferryi_bits_one(slot), memory_order_seq_cst);
    /* F4 pairs with F3 in slots.c: before K4, so that it is not the count of the next filling. */
    frame->fills = atomic_load_explicit(&descriptor->fills, memory_order_acquire);
    FERRYI_FAULT("hold.set");
    if (atomic_load_explicit(&descriptor->frame, memory_order_seq_cst) != number) {
        FERRYI_FAULT("hold.overtaken");
        ferryi_hold_end(c, slot);
        return FERRY_OVERTAKEN;
    }
    ferry_status status =
        ferryi_info_read(&frame->info, ferryi_geometry_header(&c->frames, &c->geometry, slot),
                         descriptor, ferryi_geometry_slot_capacity(&c->geometry));
    if (status != FERRY_OK) {
        ferryi_hold_end(c, slot);
        return status;
    }
    frame->info.number = number;
    frame->pixels = ferryi_geometry_pixels(&c->frames, &c->geometry, slot);
    frame->slot = slot;
    frame->generation = c->generation;
    atomic_store_explicit(&c->held_number[slot], number, memory_order_relaxed);
    return FERRY_OK;
}

bool ferryi_hold_has(const ferry_consumer *c, const ferry_frame *frame) {
    return frame->pixels != NULL && frame->info.number != 0 && frame->slot < FERRY_MAX_SLOTS &&
           atomic_load_explicit(&c->held_number[frame->slot], memory_order_relaxed) ==
               frame->info.number;
}

/* ---- a full hand ---- */

static uint64_t count_held(const ferry_consumer *c) {
    /* Q2 pairs with Q1 and Q3. */
    return ferryi_consumer_held_count(atomic_load_explicit(&c->held, memory_order_seq_cst));
}

bool ferryi_hold_is_full(ferry_consumer *c) {
    if (count_held(c) < c->hold_limit)
        return false;
    ferryi_consumer_pollable_clear(c);
    /* Q1, then Q2: sequentially consistent with Q3 and Q4. Either we see the frame
     * released, or the thread that releases it sees the wish and sets the pollable. */
    atomic_store_explicit(&c->wants_release, true, memory_order_seq_cst);
    if (count_held(c) >= c->hold_limit)
        return true;
    ferryi_consumer_pollable_set(c);
    return false;
}

/* ---- a frame that is not whole yet ---- */

bool ferryi_hold_is_followed(const ferry_consumer *c, const ferry_frame *frame) {
    const ferryi_followed *f = &c->followed;
    return f->is_open && frame->pixels != NULL && frame->info.number == 0 &&
           frame->slot == f->slot && frame->fills == f->fills;
}

ferry_status ferryi_hold_end_followed(ferry_consumer *c, ferry_frame *frame) {
    if (!ferryi_hold_is_followed(c, frame))
        return FERRY_INVALID_ARGUMENT;
    frame->pixels = NULL;
    c->followed.is_open = false;
    ferryi_hold_end(c, frame->slot);
    /* Relaxed: set by the signal handler of this thread, or of one that meets it anyway. */
    return atomic_load_explicit(&c->lost, memory_order_relaxed) ? FERRY_MALFORMED : FERRY_ABANDONED;
}
