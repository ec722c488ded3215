/* The end of a claim: commit, with or without keeping the slot, abort, letting go. claim.c has the
 * claim itself, and what is dropped before it.
 *
 * The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include <frameferry/clock.h>

#include "channel/early.h"
#include "channel/info.h"
#include "channel/producer_handle.h"
#include "platform/fault_point.h"
#include "support/bits.h"
#include "support/error.h"
#include "support/need.h"

/* Makes a filled slot visible. Called under the lock: numbers are given in publishing order. keeps:
 * the slot is not to be filled anew before it is let go. */
static void publish(ferry_producer *p, uint32_t slot, ferry_frame_info *info, bool keeps) {
    ferryi_descriptor *descriptor = &p->block->descriptor[slot];
    uint64_t number = p->head + 1;
    FERRYI_FAULT("commit.begin");
    info->number = number;
    info->publish_ns = ferry_clock_ns();
    /* Later than now: drivers that stamp a frame with the time at which it should have come. */
    if (info->capture_ns == 0 || info->capture_ns > info->publish_ns)
        info->capture_ns = info->publish_ns;
    info->dropped = p->counters.dropped;
    if (p->shown.slot == slot)
        ferryi_early_complete(p, info);
    else
        ferryi_info_write(info,
                          ferryi_geometry_header(&p->objects.frames, &p->objects.geometry, slot),
                          descriptor);
    FERRYI_FAULT("commit.described");
    /* H1 pairs with H2 in next.c: pixels, header and descriptor before frame, frame before
     * entry, entry before head. */
    atomic_store_explicit(&descriptor->filled, info->length_bytes, memory_order_release);
    FERRYI_FAULT("commit.filled");
    atomic_store_explicit(&descriptor->frame, number, memory_order_release);
    FERRYI_FAULT("commit.frame");
    atomic_store_explicit(&p->block->entry[number % FERRYI_ENTRIES],
                          ferryi_entry_pack(number, slot), memory_order_release);
    FERRYI_FAULT("commit.entry");
    /* J3 and W3: sequentially consistent with J4 and W4, which come after it in this process. */
    atomic_store_explicit(&p->block->head, number, memory_order_seq_cst);
    FERRYI_FAULT("commit.head");
    p->head = number;
    p->slot[slot].frame = number;
    p->newest = slot;
    p->open_claims &= ~ferryi_bits_one(slot);
    if (keeps)
        p->kept |= ferryi_bits_one(slot);
    p->counters.bytes += info->length_bytes;
}

/* Whether a claim can be published now. Called under the lock. */
static ferry_status check_commit(const ferry_producer *p, ferry_claim *claim, ferry_error *error) {
    ferry_status status = ferryi_producer_check_open(p, error);
    if (status != FERRY_OK)
        return status;
    if (!ferryi_claim_is_open(p, claim))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "this claim is not open");
    if (p->head >= FERRYI_FRAME_MAX)
        return ferryi_fail(error, FERRY_EXHAUSTED, 0,
                           "channel %s has used its last frame number: close it and create it anew",
                           p->objects.names.frames);
    /* Nearly all are what they were claimed for, which has been completed and checked. */
    if (ferryi_claim_keeps_shape(p, claim))
        return ferryi_info_check_rest(&claim->info, error);
    status = ferryi_producer_complete(p, &claim->info, claim->claimed_bytes, error);
    if (status == FERRY_TOO_LARGE)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "the frame has become larger than what was claimed");
    if (status == FERRY_OK && p->shown.slot == claim->slot && !ferryi_claim_keeps_shape(p, claim))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "the frame is no longer what was shown of it: only flags, times, "
                           "sequence and metadata may still change");
    return status;
}

static ferry_status commit(ferry_producer *producer, ferry_claim *claim, bool keeps,
                           uint64_t *number, ferry_error *error) {
    ferry_status status = ferryi_need(producer, "producer", error);
    if (status == FERRY_OK)
        status = ferryi_need(claim, "claim", error);
    if (status == FERRY_OK)
        status = ferryi_producer_check(producer, error);
    bool is_waited_for = false;
    if (status == FERRY_OK) {
        ferryi_lock_take(producer->lock);
        status = check_commit(producer, claim, error);
        if (status == FERRY_OK)
            publish(producer, claim->slot, &claim->info, keeps);
        is_waited_for = producer->wants_slot;
        ferryi_lock_give(producer->lock);
    }
    if (status != FERRY_OK) {
        ferry_producer_abort(producer, claim);
        return status;
    }
    if (!keeps)
        claim->pixels = NULL;
    FERRYI_FAULT("commit.unlocked");
    ferryi_producer_wake_all(producer);
    FERRYI_FAULT("commit.woken");
    /* By a claim in another thread, which can have what was the newest frame's slot until now. */
    if (is_waited_for)
        ferryi_event_set(producer->objects.producer_event);
    if (producer->objects.dialect != NULL)
        producer->objects.dialect->announce(producer);
    FERRYI_FAULT("commit.signalled");
    if (number != NULL)
        *number = claim->info.number;
    /* Once more: what was just written may have gone into zero pages that nobody else sees. */
    status = ferryi_producer_check(producer, error);
    if (status != FERRY_OK)
        ferry_producer_abort(producer, claim); /* also one that was to be kept */
    return status;
}

ferry_status ferry_producer_commit(ferry_producer *producer, ferry_claim *claim, uint64_t *number,
                                   ferry_error *error) {
    return commit(producer, claim, false, number, error);
}

ferry_status ferry_producer_commit_keep(ferry_producer *producer, ferry_claim *claim,
                                        uint64_t *number, ferry_error *error) {
    if (producer != NULL && ferryi_geometry_has_one_slot(&producer->objects.geometry))
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "channel %s has one slot, which cannot be kept: commit without keeping",
                           producer->objects.names.frames);
    return commit(producer, claim, true, number, error);
}

/* ---- giving a slot back ---- */

void ferry_producer_let_go(ferry_producer *producer, ferry_claim *claim) {
    if (producer == NULL || claim == NULL || ferryi_producer_check(producer, NULL) == FERRY_FORKED)
        return;
    ferryi_lock_take(producer->lock);
    bool kept = ferryi_claim_is_kept(producer, claim);
    if (kept)
        producer->kept &= ~ferryi_bits_one(claim->slot);
    ferryi_lock_give(producer->lock);
    if (!kept)
        return;
    claim->pixels = NULL;
    FERRYI_FAULT("keep.let_go");
    /* A claim that waits in another thread can have the slot now, and so can an event loop. */
    ferryi_event_set(producer->objects.producer_event);
}

void ferry_producer_abort(ferry_producer *producer, ferry_claim *claim) {
    if (producer == NULL || claim == NULL || ferryi_producer_check(producer, NULL) == FERRY_FORKED)
        return;
    FERRYI_FAULT("abort.begin");
    ferryi_lock_take(producer->lock);
    bool open = ferryi_claim_is_open(producer, claim);
    bool shown = open && producer->shown.slot == claim->slot;
    if (shown)
        ferryi_early_abandon(producer);
    if (open)
        producer->open_claims &= ~ferryi_bits_one(claim->slot);
    else if (ferryi_claim_is_kept(producer, claim))
        producer->kept &= ~ferryi_bits_one(claim->slot);
    ferryi_lock_give(producer->lock);
    claim->pixels = NULL;
    FERRYI_FAULT("abort.given");
    if (shown)
        ferryi_early_wake(producer, FERRYI_EARLY_ALL);
    /* A claim that waits in another thread can have the slot now. */
    ferryi_event_set(producer->objects.producer_event);
}
