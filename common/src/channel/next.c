/* The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/next.h"

#include "channel/counting.h"
#include "channel/hold.h"
#include "platform/fault_point.h"

/* Why the newest frame could not be taken. Its slot, and later its entry, are used again only after
 * a newer one has been published (K1 and H1 come after J3). If head is what it was, it tells of a
 * frame that has never been published: for us nothing has come. */
static ferry_status explain_passed(const ferry_consumer *c, uint64_t head) {
    /* Relaxed: a reader that has found something newer in slot or entry (K4, H2) sees the head that
     * came before it. */
    return atomic_load_explicit(&c->block->head, memory_order_relaxed) != head ? FERRY_OVERTAKEN
                                                                               : FERRY_TIMEOUT;
}

/* Whether there is a frame that has not been received: FERRY_OK and the newest one's number, or
 * what the attempt returns. */
static ferry_status look_at_head(const ferry_consumer *c, uint64_t *head) {
    /* H2 pairs with H1 in publish.c. */
    *head = atomic_load_explicit(&c->block->head, memory_order_acquire);
    if (*head == c->last)
        return FERRY_TIMEOUT;
    return *head < c->last || *head > FERRYI_FRAME_MAX ? FERRY_MALFORMED : FERRY_OK;
}

/* Holds a frame by its number; FERRY_OVERTAKEN: it is not there any more. */
static ferry_status hold_number(ferry_consumer *c, uint64_t number, ferry_frame *frame) {
    /* H2, as above. */
    uint64_t entry =
        atomic_load_explicit(&c->block->entry[number % FERRYI_ENTRIES], memory_order_acquire);
    if (ferryi_entry_frame(entry) != number)
        return FERRY_OVERTAKEN;
    return ferryi_hold_take(c, number, ferryi_entry_slot(entry), frame);
}

static ferry_status attempt_latest(ferry_consumer *c, void *target) {
    ferry_frame *frame = target;
    uint64_t head;
    ferry_status status = look_at_head(c, &head);
    if (status != FERRY_OK)
        return status;
    status = hold_number(c, head, frame);
    if (status == FERRY_OK)
        frame->skipped = ferryi_counting_received(c, head);
    return status == FERRY_OVERTAKEN ? explain_passed(c, head) : status;
}

static bool is_evicted(const ferry_consumer *c) {
    /* V2 pairs with V1 in claim.c. */
    return atomic_load_explicit(&c->record->evicted, memory_order_seq_cst) == c->join_id;
}

/* Why a frame that has been published, and that an "every" consumer still wants, is not there. The
 * producer does not even try for the slots of such frames. Nor can it use their entries again: for
 * frame wanted + FERRYI_ENTRIES it would need one slot more than there can be. It does either only
 * after an eviction (V1), and what is missed here was stored after that (H1, K1). So a
 * consumer that has not been evicted by now has met values that cannot be. */
static ferry_status explain_missing(const ferry_consumer *c) {
    return is_evicted(c) ? FERRY_EVICTED : FERRY_MALFORMED;
}

void ferryi_next_advance(ferry_consumer *c, uint64_t number) {
    /* N1 pairs with N2 in slots.c: the hold is visible before the reservation ends. The other way
     * round the producer could take the slot away in between. */
    atomic_store_explicit(&c->record->next, number + 1, memory_order_release);
    FERRYI_FAULT("every.advanced");
    /* No event for the producer: what the reservation kept, and no longer does, is the slot that is
     * now held. It becomes free when it is released, which is announced. */
}

static ferry_status attempt_every(ferry_consumer *c, void *target) {
    ferry_frame *frame = target;
    if (is_evicted(c))
        return FERRY_EVICTED;
    uint64_t wanted = c->last + 1, head;
    ferry_status status = look_at_head(c, &head);
    if (status != FERRY_OK)
        return status;
    status = hold_number(c, wanted, frame);
    if (status != FERRY_OK)
        return status == FERRY_OVERTAKEN ? explain_missing(c) : status;
    frame->skipped = ferryi_counting_received(c, wanted);
    ferryi_next_advance(c, wanted);
    return FERRY_OK;
}

/* Whether a frame is there no more, as far as can be told without holding it. A slot that is held
 * only to find that out is missing to the producer, and letting go wakes it. */
static bool is_gone(const ferry_consumer *c, uint64_t number) {
    /* Relaxed, both: a reader that has seen a head of this number or a later one (H2) sees the
     * frame's entry and number, or what came after them. */
    uint64_t entry =
        atomic_load_explicit(&c->block->entry[number % FERRYI_ENTRIES], memory_order_relaxed);
    uint32_t slot = ferryi_entry_slot(entry);
    if (ferryi_entry_frame(entry) != number)
        return true;
    return slot < c->geometry.slots &&
           atomic_load_explicit(&c->block->descriptor[slot].frame, memory_order_relaxed) != number;
}

/* Each frame in order, as far as the bound and the producer let it. Whatever lies before the bound
 * the producer may take away, and the rest too when it has no other slot: so a frame is held as one
 * would hold the newest (K3, K4), and the first that is still there is the next one. */
static ferry_status attempt_bounded(ferry_consumer *c, void *target) {
    ferry_frame *frame = target;
    uint64_t head, limit = c->lag_limit < FERRYI_ENTRIES ? c->lag_limit : FERRYI_ENTRIES;
    if (is_evicted(c))
        return FERRY_EVICTED; /* by a producer that knows no bounds */
    ferry_status status = look_at_head(c, &head);
    if (status != FERRY_OK)
        return status;
    uint64_t number = head - c->last > limit ? head - limit + 1 : c->last + 1;
    /* The newest one is tried for in any case: what is found in its place tells why it is gone. */
    for (status = FERRY_OVERTAKEN; number <= head && status == FERRY_OVERTAKEN; number++)
        if (number == head || !is_gone(c, number))
            status = hold_number(c, number, frame);
    if (status == FERRY_OVERTAKEN)
        return explain_passed(c, head);
    if (status != FERRY_OK)
        return status;
    frame->skipped = ferryi_counting_received(c, frame->info.number);
    ferryi_next_advance(c, frame->info.number);
    return FERRY_OK;
}

ferry_status ferryi_next_attempt(ferry_consumer *c, void *target) {
    if (c->delivery != FERRY_DELIVERY_EVERY)
        return attempt_latest(c, target);
    return c->lag_limit != 0 ? attempt_bounded(c, target) : attempt_every(c, target);
}
