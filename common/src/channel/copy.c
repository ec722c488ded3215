/* Copies of frames: of one in hand, and of the one slot of the dialect.
 *
 * The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "support/copy.h"
#include "channel/consumer_handle.h"
#include "dialect/baseimage.h"
#include "platform/fault_point.h"
#include "platform/self.h"
#include "support/error.h"
#include "support/need.h"
#include <frameferry/consumer.h>
#include <frameferry/frame.h>

ferry_status ferryi_copy_held(ferry_consumer *c, ferry_frame *frame, ferry_image *image) {
    ferry_status growing = ferry_image_reserve(image, frame->info.length_bytes);
    if (growing == FERRY_OK) {
        ferryi_copy(image->pixels, frame->pixels, frame->info.length_bytes);
        image->info = frame->info;
        image->skipped = frame->skipped;
    }
    ferry_status releasing = ferry_consumer_release(c, frame);
    return growing != FERRY_OK ? growing : releasing;
}

/* One slot: a copy counts only if frame, filling and producer were the same before and after. */
static ferry_status attempt_copy(ferry_consumer *c, void *target) {
    ferry_image *image = target;
    const ferryi_descriptor *descriptor = &c->block->descriptor[0];
    /* H2 pairs with H1 in publish.c. */
    uint64_t number = atomic_load_explicit(&descriptor->frame, memory_order_acquire);
    if (number == 0 || number == c->last)
        return FERRY_TIMEOUT; /* being written, or seen: its event will come */
    uint64_t fills = atomic_load_explicit(&descriptor->fills, memory_order_acquire);
    ferry_frame_info info = {.number = number};
    ferry_status status = ferryi_info_read(&info, ferryi_header_at(&c->frames, &c->geometry, 0),
                                           descriptor, ferryi_slot_capacity(&c->geometry));
    if (status == FERRY_OK) {
        status = ferry_image_reserve(image, info.length_bytes);
        if (status != FERRY_OK)
            return status;
        ferryi_copy(image->pixels, ferryi_pixels_at(&c->frames, &c->geometry, 0),
                    info.length_bytes);
    }
    FERRYI_FAULT("copy.copied");
    atomic_thread_fence(memory_order_acquire); /* F2 pairs with F1 in slots.c. */
    bool same = atomic_load_explicit(&descriptor->fills, memory_order_relaxed) == fills &&
                atomic_load_explicit(&descriptor->frame, memory_order_relaxed) == number;
    /* D2 pairs with D1 in objects.c: if one of the two is a new producer's, so is generation. */
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&c->block->generation, memory_order_relaxed) != c->generation)
        return FERRY_PRODUCER_LOST;
    if (!same)
        return FERRY_OVERTAKEN;
    if (number < c->last || number > FERRYI_FRAME_MAX || status != FERRY_OK ||
        atomic_load_explicit(&c->lost, memory_order_relaxed))
        return FERRY_MALFORMED;
    image->info = info;
    image->skipped = ferryi_count_received(c, number);
    atomic_store_explicit(&c->dropped, info.dropped, memory_order_relaxed); /* a figure */
    return FERRY_OK;
}

ferry_status ferry_consumer_copy_held(ferry_consumer *consumer, ferry_frame *frame,
                                      ferry_image *image, ferry_error *error) {
    ferry_status status = ferryi_need(consumer, "consumer", error);
    if (status == FERRY_OK)
        status = ferryi_need(frame, "frame", error);
    if (status == FERRY_OK)
        status = ferryi_need(image, "image", error);
    if (status != FERRY_OK)
        return status;
    if (consumer->fork_count != ferryi_self_fork_count())
        return ferryi_explain(consumer, FERRY_FORKED, error);
    if (!ferryi_is_in_hand(consumer, frame))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "this frame is not in hand, or not whole yet");
    status = ferryi_copy_held(consumer, frame, image);
    return status == FERRY_OK ? status : ferryi_explain(consumer, status, error);
}

ferry_status ferry_consumer_copy(ferry_consumer *consumer, int64_t timeout_ns, ferry_image *image,
                                 ferry_error *error) {
    ferry_status status = ferryi_need(consumer, "consumer", error);
    if (status == FERRY_OK)
        status = ferryi_need(image, "image", error);
    if (status == FERRY_OK)
        status = ferryi_need_time(timeout_ns, "timeout_ns", error);
    if (status != FERRY_OK)
        return status;
    if (consumer->hold_limit == 0) {
        ferryi_attempt *attempt = consumer->block == NULL ? ferryi_baseimage_attempt : attempt_copy;
        status = ferryi_conclude(consumer, ferryi_wait(consumer, timeout_ns, attempt, image));
    } else if (consumer->follow_early) {
        return ferryi_follow_copy(consumer, timeout_ns, image, error);
    } else {
        ferry_frame frame;
        status = ferry_consumer_acquire(consumer, timeout_ns, &frame, error);
        if (status != FERRY_OK)
            return status;
        status = ferryi_copy_held(consumer, &frame, image);
    }
    return status == FERRY_OK ? status : ferryi_explain(consumer, status, error);
}
