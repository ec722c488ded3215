/* A frame that is read while it is written, on the consumer's side; early.c is the other one.
 *
 * The consumer holds the slot as it would hold that of a whole frame, and then looks whether the
 * frame still is announced: so the producer sees the hold before it could take the slot for another
 * frame. The pixels that are read count for nothing until the frame has its number and head has
 * reached it.
 *
 * The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/follow.h"

#include <string.h>

#include "channel/counting.h"
#include "channel/explain.h"
#include "channel/hold.h"
#include "channel/info.h"
#include "channel/next.h"
#include "channel/receive.h"
#include "channel/wait.h"
#include "platform/fault_point.h"
#include "platform/self.h"
#include "support/bits.h"
#include "support/error.h"
#include "support/need.h"

/* The step for which a copy that has caught up is woken: large steps while much is left to be
 * copied, since each wake-up takes time from both sides, and small ones near the end, where what it
 * is behind is what it ends later. */
static uint32_t step_bytes(uint32_t left) {
    enum { SMALLEST = 262144, SHARE = 8 };
    return left / SHARE > SMALLEST ? left / SHARE : SMALLEST;
}

/* In ferryi_record.awaits: the first bytes of any frame; all of this one. */
#define AWAITS_ANY UINT64_C(1)
#define AWAITS_ALL UINT64_MAX

/* ---- being woken ---- */

static void await(ferry_consumer *c, uint64_t bytes) {
    c->awaits = bytes;
    /* L3, then a look (A2, L4, T2): sequentially consistent with A1, L1, T1 and L2 in early.c.
     * Either the producer sees what we wait for, or we see that it is there. */
    atomic_store_explicit(&c->record->awaits, bytes, memory_order_seq_cst);
    FERRYI_FAULT("follow.awaits");
}

static void await_nothing(ferry_consumer *c) {
    if (c->awaits == 0)
        return;
    c->awaits = 0;
    /* Relaxed: until the producer sees it, it sets our event for nothing. */
    atomic_store_explicit(&c->record->awaits, 0, memory_order_relaxed);
}

/* ---- taking it ---- */

static ferry_status hold_early(ferry_consumer *c, uint64_t early, ferry_frame *frame) {
    uint32_t slot = ferryi_entry_slot(early);
    if (!ferryi_hold_can_begin(c, slot))
        return FERRY_MALFORMED;
    atomic_fetch_add_explicit(&c->held, 1, memory_order_relaxed);
    FERRYI_FAULT("follow.begin");
    /* B3, then B4: sequentially consistent with B1 in early.c and K2 in slots.c. Either the
     * producer, which takes no slot before it has retracted what it shows there, sees the hold, or
     * we see that the frame is no longer shown. B4 is also A2. */
    atomic_fetch_or_explicit(&c->record->held, ferryi_bits_one(slot), memory_order_seq_cst);
    FERRYI_FAULT("follow.held");
    /* T2, before B4: a frame is retracted (B1) before it is given up (T1), so that a frame
     * that is found given up here is not found shown, unless a peer makes values up. */
    bool abandoned = atomic_load_explicit(&c->block->descriptor[slot].abandoned,
                                          memory_order_seq_cst) == ferryi_entry_frame(early);
    bool shown = atomic_load_explicit(&c->block->early, memory_order_seq_cst) == early;
    /* H2, after A2: another frame may have been published between our look for whole ones and the
     * announcement, and comes first. */
    if (abandoned || !shown ||
        atomic_load_explicit(&c->block->head, memory_order_acquire) != c->last) {
        FERRYI_FAULT("follow.overtaken");
        ferryi_hold_end(c, slot);
        return FERRY_OVERTAKEN;
    }
    frame->info = (ferry_frame_info){0};
    ferry_status status = ferryi_info_read_shape(
        &frame->info, ferryi_geometry_header(&c->frames, &c->geometry, slot),
        &c->block->descriptor[slot], ferryi_geometry_slot_capacity(&c->geometry));
    if (status != FERRY_OK) {
        ferryi_hold_end(c, slot);
        return status;
    }
    frame->pixels = ferryi_geometry_pixels(&c->frames, &c->geometry, slot);
    frame->skipped = 0;
    frame->slot = slot;
    frame->generation = c->generation;
    frame->fills = ferryi_entry_frame(early);
    c->followed = (ferryi_followed){.is_open = true,
                                    .slot = slot,
                                    .fills = frame->fills,
                                    .length_bytes = frame->info.length_bytes};
    return FERRY_OK;
}

/* Whole frames first: one that is being written may never be whole. So it is taken only when
 * everything up to head has been, which is also the order that "every" promises. A frame
 * that a dead producer has left behind is not taken a second time. */
static ferry_status attempt_early(ferry_consumer *c, void *target) {
    ferry_status status = ferryi_next_attempt(c, target);
    if (status != FERRY_TIMEOUT || c->ended_in_frame)
        return status;
    /* A2 pairs with A1 in early.c. It comes after H2: a consumer that has seen a frame's number
     * does not find that frame announced (B1). */
    uint64_t early = atomic_load_explicit(&c->block->early, memory_order_seq_cst);
    if (early == 0 && c->awaits != AWAITS_ANY) {
        await(c, AWAITS_ANY);
        early = atomic_load_explicit(&c->block->early, memory_order_seq_cst); /* A2, after L3 */
    }
    return early == 0 ? FERRY_TIMEOUT : hold_early(c, early, target);
}

ferry_status ferry_consumer_acquire_early(ferry_consumer *consumer, int64_t timeout_ns,
                                          ferry_frame *frame, ferry_error *error) {
    ferry_status status = ferryi_receive_frame(consumer, timeout_ns, attempt_early, frame, error);
    if (status == FERRY_OK)
        await_nothing(consumer);
    return status;
}

/* ---- what has become of it ---- */

/* The state of a frame that a call waits for. */
typedef struct wish {
    ferry_frame *frame;
    uint32_t bytes;       /* what will do */
    uint32_t worth;       /* what is worth being woken for */
    ferry_status verdict; /* FERRY_OK: it is there */
} wish;

/* The frame has been published: from here on it is one like any other. */
static ferry_status become_whole(ferry_consumer *c, wish *w, uint64_t number) {
    ferryi_followed *f = &c->followed;
    bool every = c->delivery == FERRY_DELIVERY_EVERY;
    if (every && number != c->last + 1) {
        w->verdict = FERRY_OVERTAKEN; /* what comes before it is still to be taken, and waits */
        return FERRY_OK;
    }
    ferry_status status = ferryi_info_read_rest(&w->frame->info, &c->block->descriptor[f->slot]);
    if (status != FERRY_OK)
        return status;
    f->is_open = false;
    f->filled = f->length_bytes;
    w->frame->info.number = number;
    atomic_store_explicit(&c->held_number[f->slot], number, memory_order_relaxed);
    w->frame->skipped = ferryi_counting_received(c, number);
    FERRYI_FAULT("follow.whole");
    if (every)
        ferryi_next_advance(c, number);
    return FERRY_OK;
}

/* One look at the followed frame: FERRY_OK: the wish has its answer; FERRY_TIMEOUT: not yet. */
static ferry_status look_at_followed(ferry_consumer *c, wish *w) {
    ferryi_followed *f = &c->followed;
    const ferryi_descriptor *descriptor = &c->block->descriptor[f->slot];
    /* H2 pairs with H1 in publish.c. A number that head has not reached is not published: its
     * producer may have died before it was. */
    uint64_t number = atomic_load_explicit(&descriptor->frame, memory_order_acquire);
    if (number != 0) {
        uint64_t head = atomic_load_explicit(&c->block->head, memory_order_acquire);
        if (head > FERRYI_FRAME_MAX || number <= c->last)
            return FERRY_MALFORMED;
        if (number <= head)
            return become_whole(c, w, number);
    }
    /* T2 pairs with T1 in early.c. */
    if (atomic_load_explicit(&descriptor->abandoned, memory_order_seq_cst) == f->fills) {
        w->verdict = FERRY_ABANDONED;
        return FERRY_OK;
    }
    /* L4 pairs with L1 in early.c: a consumer that sees that bytes are there sees them. */
    uint64_t filled = atomic_load_explicit(&descriptor->filled, memory_order_seq_cst);
    if (filled < f->filled || filled > f->length_bytes)
        return FERRY_MALFORMED;
    f->filled = (uint32_t)filled;
    return filled >= w->bytes ? FERRY_OK : FERRY_TIMEOUT;
}

static ferry_status attempt_filled(ferry_consumer *c, void *target) {
    wish *w = target;
    uint64_t awaits = w->worth > c->followed.length_bytes ? AWAITS_ALL : w->worth;
    ferry_status status = look_at_followed(c, w);
    if (status != FERRY_TIMEOUT || c->awaits == awaits)
        return status;
    await(c, awaits);
    return look_at_followed(c, w);
}

static ferry_status explain_verdict(const ferry_consumer *c, ferry_status verdict,
                                    ferry_error *error) {
    const char *name = c->names.frames;
    if (verdict == FERRY_ABANDONED)
        return ferryi_fail(error, verdict, 0,
                           "the producer of channel %s gave the frame up before it was whole: "
                           "release it, and take the next one",
                           name);
    return ferryi_fail(error, verdict, 0,
                       "another frame of channel %s was published before the one that is followed: "
                       "release it, and take both in their order",
                       name);
}

/* Waits for a wish about the frame that is followed. */
static ferry_status fulfil(ferry_consumer *c, wish *w, int64_t timeout_ns, ferry_error *error) {
    ferry_status status = ferryi_wait_for(c, timeout_ns, attempt_filled, w);
    if (status == FERRY_PRODUCER_LOST || status == FERRY_END_OF_STREAM)
        c->ended_in_frame =
            true; /* no end yet: other frames may have been published and not taken */
    else
        ferryi_wait_conclude(c, status);
    if (status != FERRY_OK)
        return ferryi_explain(c, status, error);
    await_nothing(c);
    return w->verdict == FERRY_OK ? FERRY_OK : explain_verdict(c, w->verdict, error);
}

ferry_status ferry_consumer_wait_filled(ferry_consumer *consumer, ferry_frame *frame,
                                        uint32_t bytes, int64_t timeout_ns, uint32_t *filled,
                                        ferry_error *error) {
    ferry_consumer *c = consumer;
    uint32_t ignored;
    uint32_t *there = filled != NULL ? filled : &ignored;
    *there = 0;
    ferry_status status = ferryi_need(consumer, "consumer", error);
    if (status == FERRY_OK)
        status = ferryi_need(frame, "frame", error);
    if (status == FERRY_OK)
        status = ferryi_need_time(timeout_ns, "timeout_ns", error);
    if (status != FERRY_OK)
        return status;
    if (c->fork_count != ferryi_self_fork_count())
        return ferryi_explain(c, FERRY_FORKED, error);
    if (ferryi_hold_has(c, frame)) {
        *there = frame->info.length_bytes;
        return FERRY_OK;
    }
    if (!ferryi_hold_is_followed(c, frame))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "this frame is not in hand");
    wish w = {.frame = frame, .bytes = bytes, .worth = bytes, .verdict = FERRY_OK};
    status = fulfil(c, &w, timeout_ns, error);
    *there = c->followed.filled;
    return status;
}

/* ---- copying it ---- */

/* Copies what is there, as it comes, and confirms it in the end. */
static ferry_status copy_behind(ferry_consumer *c, ferry_frame *frame, uint64_t deadline_ns,
                                ferry_image *image) {
    uint32_t length = frame->info.length_bytes, copied = 0;
    ferry_status status = ferry_image_reserve(image, length);
    while (status == FERRY_OK && (copied < length || frame->info.number == 0)) {
        /* Whatever is there will do; a sleep lasts until there is more. */
        uint32_t left = length - copied, step = step_bytes(left);
        uint32_t worth = left > step ? copied + step : FERRY_WHOLE;
        wish w = {.frame = frame, .bytes = copied + 1, .worth = worth, .verdict = FERRY_OK};
        if (frame->info.number == 0)
            status = fulfil(c, &w, ferryi_deadline_left(deadline_ns, INT64_MAX), NULL);
        if (status != FERRY_OK)
            break;
        memcpy(image->pixels + copied, frame->pixels + copied, c->followed.filled - copied);
        copied = c->followed.filled;
    }
    if (status == FERRY_OK) {
        ferryi_info_copy(&image->info, &frame->info);
        image->skipped = frame->skipped;
        image->generation = frame->generation;
    }
    ferry_status releasing = ferry_consumer_release(c, frame);
    return status != FERRY_OK ? status : releasing;
}

ferry_status ferryi_follow_copy(ferry_consumer *c, int64_t timeout_ns, ferry_image *image,
                                ferry_error *error) {
    uint64_t deadline_ns = ferryi_deadline(timeout_ns);
    for (;;) {
        ferry_frame frame;
        ferry_status status = ferry_consumer_acquire_early(
            c, ferryi_deadline_left(deadline_ns, INT64_MAX), &frame, error);
        if (status != FERRY_OK)
            return status;
        status = frame.info.number != 0 ? ferryi_receive_copy(c, &c->copier, &frame, image)
                                        : copy_behind(c, &frame, deadline_ns, image);
        if (status == FERRY_OK)
            return status;
        /* Of one that has gone, too: acquire says when there are no more frames of it. */
        bool another = status == FERRY_ABANDONED || status == FERRY_OVERTAKEN ||
                       status == FERRY_PRODUCER_LOST || status == FERRY_END_OF_STREAM;
        /* A frame that is given up each time, as fast as we take it, must not hide that its
         * producer is gone. */
        if (another && ferryi_wait_look(c) != FERRY_OK)
            c->ended_in_frame = true;
        if (another && ferryi_deadline_left(deadline_ns, INT64_MAX) > 0)
            continue;
        return ferryi_explain(c, another ? FERRY_TIMEOUT : status, error);
    }
}
