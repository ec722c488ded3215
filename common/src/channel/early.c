/* A frame that is shown while it is written, on the producer's side; follow.c is the other one.
 *
 * It has no number before it is committed: other claims may be committed first. So it is announced
 * by its slot and by how often that has been filled, in a word of its own, and what makes a frame
 * whole (frame, entry, head) stays as it is for consumers that do not follow.
 *
 * The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/early.h"

#include "channel/info.h"
#include "platform/fault_point.h"
#include "support/error.h"
#include "support/need.h"

/* ---- called under the lock ---- */

static void retract(ferry_producer *p) {
    /* B1: sequentially consistent with B3 and B4 in follow.c, and with K2 in slots.c, which comes
     * after it. A consumer that holds the slot and still finds the frame announced is seen by K2.
     * Before the frame gets its number (H1): a consumer that knows the number does not find the
     * frame announced. */
    atomic_store_explicit(&p->block->early, 0, memory_order_seq_cst);
    p->shown.slot = FERRYI_NO_SLOT;
    FERRYI_FAULT("early.retracted");
}

void ferryi_early_abandon(ferry_producer *p) {
    uint32_t slot = p->shown.slot;
    retract(p);
    /* T1 pairs with T2 in follow.c: sequentially consistent with L2 and L3, as L1 is. */
    atomic_store_explicit(&p->block->descriptor[slot].abandoned, p->slot[slot].fills,
                          memory_order_seq_cst);
    FERRYI_FAULT("early.abandoned");
}

void ferryi_early_complete(ferry_producer *p, const ferry_frame_info *info) {
    ferryi_descriptor *descriptor = &p->block->descriptor[p->shown.slot];
    retract(p);
    ferryi_info_write_rest(info, descriptor); /* what followers have not read yet */
}

static ferry_status show(ferry_producer *p, const ferry_claim *claim) {
    if (ferryi_producer_check_open(p, NULL) != FERRY_OK)
        return FERRY_END_OF_STREAM;
    if (!ferryi_claim_is_open(p, claim))
        return FERRY_INVALID_ARGUMENT;
    if (p->shown.slot != FERRYI_NO_SLOT)
        return p->shown.slot == claim->slot ? FERRY_INVALID_ARGUMENT : FERRY_TOO_MANY_HELD;
    uint32_t slot = claim->slot;
    p->shown = (ferryi_shown){.slot = slot, .length_bytes = claim->info.length_bytes};
    p->slot[slot].shape = ferryi_shape_of(&claim->info);
    ferryi_info_write_shape(&claim->info,
                            ferryi_geometry_header(&p->objects.frames, &p->objects.geometry, slot),
                            &p->block->descriptor[slot]);
    FERRYI_FAULT("early.described");
    /* A1 pairs with A2 in follow.c: the shape, and filled = 0, before the announcement.
     * Sequentially consistent for a consumer that waits for it: L1 and L2 come after it. */
    atomic_store_explicit(&p->block->early, ferryi_entry_pack(p->slot[slot].fills, slot),
                          memory_order_seq_cst);
    FERRYI_FAULT("early.shown");
    return FERRY_OK;
}

static bool advance(ferry_producer *p, const ferry_claim *claim, uint32_t filled) {
    if (!ferryi_claim_is_open(p, claim) || p->shown.slot != claim->slot ||
        filled < p->shown.filled || filled > p->shown.length_bytes)
        return false;
    p->shown.filled = filled;
    /* L1 pairs with L4 in follow.c: the pixels before the word that they are there. L1, then L2:
     * sequentially consistent with L3 and L4. Either we see that a consumer waits for these bytes,
     * or it sees them. */
    atomic_store_explicit(&p->block->descriptor[claim->slot].filled, filled, memory_order_seq_cst);
    return true;
}

/* ---- for all ---- */

void ferryi_early_wake(ferry_producer *p, uint64_t filled) {
    uint64_t wakeups = 0;
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++) {
        /* L2, as above. Nothing is believed: a wish that is none costs a wake-up. */
        uint64_t awaits =
            atomic_load_explicit(&p->consumers->record[i].awaits, memory_order_seq_cst);
        if (awaits != 0 && awaits <= filled)
            wakeups += ferryi_event_set(p->objects.record_event[i]);
    }
    if (wakeups != 0)
        atomic_fetch_add_explicit(&p->wakeups, wakeups, memory_order_relaxed);
}

ferry_status ferry_producer_show_early(ferry_producer *producer, ferry_claim *claim,
                                       ferry_error *error) {
    ferry_status status = ferryi_need(producer, "producer", error);
    if (status == FERRY_OK)
        status = ferryi_need(claim, "claim", error);
    if (status == FERRY_OK)
        status = ferryi_producer_check(producer, error);
    if (status != FERRY_OK)
        return status;
    if (ferryi_geometry_has_one_slot(&producer->objects.geometry))
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "channel %s has one slot, whose frame cannot be shown early: commit it "
                           "when it is whole",
                           producer->objects.names.frames);
    status = ferryi_info_complete(&claim->info, claim->claimed_bytes, error);
    if (status != FERRY_OK)
        return status == FERRY_TOO_LARGE
                   ? ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                                 "the frame has become larger than what was claimed")
                   : status;
    ferryi_lock_take(producer->lock);
    status = show(producer, claim);
    ferryi_lock_give(producer->lock);
    if (status == FERRY_END_OF_STREAM)
        return ferryi_producer_check_open(producer, error);
    if (status == FERRY_TOO_MANY_HELD)
        return ferryi_fail(error, status, 0,
                           "another frame is shown already: commit or abort it first");
    if (status != FERRY_OK)
        return ferryi_fail(error, status, 0, "this claim is not open, or is shown already");
    return FERRY_OK;
}

ferry_status ferry_producer_advance(ferry_producer *producer, const ferry_claim *claim,
                                    uint32_t filled_bytes, ferry_error *error) {
    ferry_status status = ferryi_need(producer, "producer", error);
    if (status == FERRY_OK)
        status = ferryi_need(claim, "claim", error);
    if (status == FERRY_OK)
        status = ferryi_producer_check(producer, error);
    if (status != FERRY_OK)
        return status;
    ferryi_lock_take(producer->lock);
    status = ferryi_producer_check_open(producer, error);
    bool advanced = status == FERRY_OK && advance(producer, claim, filled_bytes);
    ferryi_lock_give(producer->lock);
    if (status != FERRY_OK)
        return status;
    if (!advanced)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "%u bytes: this claim is not shown, or is smaller, or had more already",
                           (unsigned)filled_bytes);
    FERRYI_FAULT("early.filled");
    ferryi_early_wake(producer, filled_bytes);
    FERRYI_FAULT("early.woken");
    return FERRY_OK;
}
