/* The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/receive.h"

#include "channel/counting.h"
#include "channel/explain.h"
#include "channel/hold.h"
#include "channel/info.h"
#include "channel/next.h"
#include "channel/wait.h"
#include "platform/self.h"
#include "support/copy.h"
#include "support/error.h"
#include "support/need.h"

/* Whether a frame can be taken in place now; if not, why. */
static ferry_status check_hand(ferry_consumer *consumer, ferry_error *error) {
    ferry_status status = ferryi_wait_check(consumer);
    if (status != FERRY_OK)
        return ferryi_explain(consumer, status, error);
    if (consumer->hold_limit == 0)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "channel %s has one slot, whose frame cannot be held: copy it instead",
                           consumer->names.frames);
    if (consumer->followed.is_open)
        return ferryi_fail(error, FERRY_TOO_MANY_HELD, 0,
                           "a frame that is not whole yet is in hand: wait for it, or release it");
    if (ferryi_hold_is_full(consumer))
        return ferryi_fail(error, FERRY_TOO_MANY_HELD, 0,
                           "%u frames are in hand, which is the limit for %u slots: release one",
                           (unsigned)consumer->hold_limit, (unsigned)consumer->geometry.slots);
    return FERRY_OK;
}

ferry_status ferryi_receive_frame(ferry_consumer *consumer, int64_t timeout_ns,
                                  ferryi_attempt *attempt, ferry_frame *frame, ferry_error *error) {
    ferry_status status = ferryi_need(consumer, "consumer", error);
    if (status == FERRY_OK)
        status = ferryi_need(frame, "frame", error);
    if (status == FERRY_OK)
        status = ferryi_need_time(timeout_ns, "timeout_ns", error);
    if (status == FERRY_OK)
        status = check_hand(consumer, error);
    if (status != FERRY_OK)
        return status;
    status = ferryi_wait_for(consumer, timeout_ns, attempt, frame);
    if (status == FERRY_OK)
        return status;
    return ferryi_explain(consumer, ferryi_wait_conclude(consumer, status), error);
}

ferry_status ferry_consumer_acquire(ferry_consumer *consumer, int64_t timeout_ns,
                                    ferry_frame *frame, ferry_error *error) {
    return ferryi_receive_frame(consumer, timeout_ns, ferryi_next_attempt, frame, error);
}

ferry_status ferry_consumer_release(ferry_consumer *consumer, ferry_frame *frame) {
    if (consumer == NULL || frame == NULL)
        return FERRY_INVALID_ARGUMENT;
    if (consumer->fork_count != ferryi_self_fork_count())
        return FERRY_FORKED;
    uint32_t slot = frame->slot;
    if (frame->pixels == NULL || slot >= FERRY_MAX_SLOTS)
        return FERRY_INVALID_ARGUMENT;
    /* Of two threads that release the same frame one gets the number. */
    uint64_t number = frame->info.number;
    if (number == 0)
        return ferryi_hold_end_followed(consumer, frame);
    if (!atomic_compare_exchange_strong_explicit(&consumer->held_number[slot], &number, 0,
                                                 memory_order_relaxed, memory_order_relaxed))
        return FERRY_INVALID_ARGUMENT;
    frame->pixels = NULL;
    /* F2 pairs with F1 in slots.c: if any pixel that was read came from a later filling, fills
     * shows it now. */
    atomic_thread_fence(memory_order_acquire);
    bool whole = atomic_load_explicit(&consumer->block->descriptor[slot].fills,
                                      memory_order_relaxed) == frame->fills;
    /* Before the hold ends, as all that has to do with this attachment: the next one may follow it.
     * Relaxed: zero pages may have come where fills was. */
    if (!whole && !atomic_load_explicit(&consumer->lost, memory_order_relaxed))
        ferryi_counting_overrun(consumer);
    if (!ferryi_hold_end(consumer, slot))
        return FERRY_MALFORMED;
    return whole ? FERRY_OK : FERRY_OVERRUN;
}

ferry_status ferryi_receive_copy(ferry_consumer *c, ferryi_copier *copier, ferry_frame *frame,
                                 ferry_image *image) {
    ferry_status growing = ferry_image_reserve(image, frame->info.length_bytes);
    if (growing == FERRY_OK) {
        if (copier != NULL)
            ferryi_copier_copy(copier, image->pixels, frame->pixels, frame->info.length_bytes);
        else
            ferryi_copy(image->pixels, frame->pixels, frame->info.length_bytes);
        ferryi_info_copy(&image->info, &frame->info);
        image->skipped = frame->skipped;
        image->generation = frame->generation;
    }
    ferry_status releasing = ferry_consumer_release(c, frame);
    return growing != FERRY_OK ? growing : releasing;
}
