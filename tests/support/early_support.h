/* What tests of frames that are shown early share: a claim that is filled part by part, and a look
 * at it from the other side. Include after cmocka.h; define _GNU_SOURCE first. */
#ifndef FERRY_TEST_EARLY_SUPPORT_H
#define FERRY_TEST_EARLY_SUPPORT_H

#include "channel_support.h"

/* Claims a slot and shows it, with no pixel written yet. */
static inline void show_next(ferry_producer *producer, ferry_claim *claim) {
    ferry_frame_info info = small_info();
    assert_int_equal(ferry_producer_claim(producer, &info, claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_show_early(producer, claim, NULL), FERRY_OK);
}

/* Paints a shown frame up to so many bytes, as the frame of this number, and says so. */
static inline void write_to(ferry_producer *producer, ferry_claim *claim, uint64_t number,
                            uint32_t bytes) {
    for (uint32_t i = 0; i < bytes; i++)
        claim->pixels[i] = pixel_of(number, i);
    assert_int_equal(ferry_producer_advance(producer, claim, bytes, NULL), FERRY_OK);
}

/* Paints the rest and commits. */
static inline void finish(ferry_producer *producer, ferry_claim *claim, uint64_t number) {
    paint(claim->pixels, number);
    uint64_t given = 0;
    assert_int_equal(ferry_producer_commit(producer, claim, &given, NULL), FERRY_OK);
    assert_int_equal(given, number);
}

static inline bool is_painted_to(const uint8_t *pixels, uint64_t number, uint32_t bytes) {
    for (uint32_t i = 0; i < bytes; i++)
        if (pixels[i] != pixel_of(number, i))
            return false;
    return true;
}

/* Takes the frame that is shown. */
static inline void follow(ferry_consumer *consumer, ferry_frame *frame) {
    assert_int_equal(ferry_consumer_acquire_early(consumer, 0, frame, NULL), FERRY_OK);
    assert_int_equal(frame->info.number, 0);
    assert_int_equal(frame->info.length_bytes, PIXELS);
}

static inline ferry_status wait_for(ferry_consumer *consumer, ferry_frame *frame, uint32_t bytes) {
    return ferry_consumer_wait_filled(consumer, frame, bytes, 0, NULL, NULL);
}

/* It has become whole, with this number, and is given back. */
static inline void end_whole(ferry_consumer *consumer, ferry_frame *frame, uint64_t number) {
    assert_int_equal(wait_for(consumer, frame, FERRY_WHOLE), FERRY_OK);
    assert_int_equal(frame->info.number, number);
    assert_true(is_painted(frame->pixels, number));
    assert_int_equal(ferry_consumer_release(consumer, frame), FERRY_OK);
}

#endif
