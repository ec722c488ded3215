/* The facts that a source tells of a frame beside its pixels: when it was taken, which it is, and
 * how it is to be trusted. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"

enum {
    ALL_FLAGS = FERRY_FRAME_CORRUPT | FERRY_FRAME_STAMP_START | FERRY_FRAME_STAMP_END |
                FERRY_FRAME_HAS_SEQUENCE | FERRY_FRAME_KEY
};

static char name[NAME_BYTES];

typedef ferry_status publisher(ferry_producer *producer, ferry_claim *claim);

static ferry_status commit(ferry_producer *producer, ferry_claim *claim) {
    return ferry_producer_commit(producer, claim, NULL, NULL);
}

static ferry_status commit_keep(ferry_producer *producer, ferry_claim *claim) {
    ferry_status status = ferry_producer_commit_keep(producer, claim, NULL, NULL);
    ferry_producer_let_go(producer, claim);
    return status;
}

static ferry_status show_and_commit(ferry_producer *producer, ferry_claim *claim) {
    assert_int_equal(ferry_producer_show_early(producer, claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_advance(producer, claim, 10, NULL), FERRY_OK);
    return ferry_producer_commit(producer, claim, NULL, NULL);
}

static publisher *const publishers[] = {commit, commit_keep, show_and_commit};
enum { PUBLISHERS = sizeof publishers / sizeof publishers[0] };

static ferry_claim claim_one(ferry_producer *producer, const ferry_frame_info *info) {
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, info, &claim, NULL), FERRY_OK);
    paint(claim.pixels, 1);
    return claim;
}

static ferry_frame_info receive(ferry_consumer *consumer) {
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    return frame.info;
}

/* ---- when it was taken ---- */

/* Cameras stamp frames with times that are still to come: no frame was taken after it was
 * published. Whether the stamp was there at the claim, or came with the last pixel. */
static void test_no_frame_is_taken_after_it_is_published(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "later", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    for (int i = 0; i < 2 * PUBLISHERS; i++) {
        const uint64_t stamps[] = {ferry_clock_ns() + 3600 * (uint64_t)FERRY_SECOND_NS, UINT64_MAX,
                                   0};
        for (size_t j = 0; j < sizeof stamps / sizeof stamps[0]; j++) {
            ferry_frame_info info = small_info();
            if (i % 2 == 0)
                info.capture_ns = stamps[j];
            ferry_claim claim = claim_one(producer, &info);
            claim.info.capture_ns = stamps[j];
            uint64_t before_ns = ferry_clock_ns();
            assert_int_equal(publishers[i / 2](producer, &claim), FERRY_OK);
            ferry_frame_info got = receive(consumer);
            assert_true(got.publish_ns >= before_ns && got.publish_ns <= ferry_clock_ns());
            assert_int_equal(got.capture_ns, got.publish_ns);
            assert_int_equal(claim.info.capture_ns, got.capture_ns); /* the producer is told */
        }
    }
    close_both(&producer, &consumer);
}

static void test_times_before_that_stay(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "before", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    for (int i = 0; i < PUBLISHERS; i++) {
        const uint64_t stamps[] = {1, ferry_clock_ns() - 1000000, ferry_clock_ns()};
        for (size_t j = 0; j < sizeof stamps / sizeof stamps[0]; j++) {
            ferry_frame_info info = small_info();
            info.capture_ns = stamps[j];
            ferry_claim claim = claim_one(producer, &info);
            assert_int_equal(publishers[i](producer, &claim), FERRY_OK);
            assert_int_equal(receive(consumer).capture_ns, stamps[j]);
        }
    }
    close_both(&producer, &consumer);
}

/* A consumer that follows the frame gets the same times as others. */
static void test_a_follower_gets_the_time_too(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "follow", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = small_info();
    ferry_claim claim = claim_one(producer, &info);
    ferry_frame frame;
    assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_advance(producer, &claim, 10, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_acquire_early(consumer, 0, &frame, NULL), FERRY_OK);
    claim.info.capture_ns = UINT64_MAX;
    claim.info.sequence = 5;
    claim.info.flags = FERRY_FRAME_HAS_SEQUENCE;
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_wait_filled(consumer, &frame, PIXELS, 0, NULL, NULL), FERRY_OK);
    assert_int_equal(frame.info.capture_ns, frame.info.publish_ns);
    assert_true(frame.info.capture_ns != 0 && frame.info.sequence == 5);
    assert_int_equal(frame.info.flags, FERRY_FRAME_HAS_SEQUENCE);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    close_both(&producer, &consumer);
}

/* ---- which it is ---- */

static void test_flags_sequence_and_exposure(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "flags", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    for (int i = 0; i < PUBLISHERS; i++) {
        for (uint32_t flags = 0; flags <= ALL_FLAGS; flags++) {
            if ((flags & ~(uint32_t)ALL_FLAGS) != 0)
                continue;
            ferry_frame_info info = small_info();
            ferry_claim claim = claim_one(producer, &info);
            claim.info.flags = flags;
            claim.info.sequence = UINT64_MAX - flags;
            claim.info.exposure_ns = UINT64_MAX / 2 + flags;
            assert_int_equal(publishers[i](producer, &claim), FERRY_OK);
            ferry_frame_info got = receive(consumer);
            assert_int_equal(got.flags, flags);
            assert_int_equal(got.sequence, UINT64_MAX - flags);
            assert_int_equal(got.exposure_ns, UINT64_MAX / 2 + flags);
        }
    }
    close_both(&producer, &consumer);
}

/* ---- what nobody knows ---- */

static void spoil(ferry_frame_info *info, int how) {
    switch (how) {
    case 0: info->flags = ALL_FLAGS + 1; break;
    case 1: info->flags = UINT32_C(1) << 31; break;
    case 2: info->flags = UINT32_MAX; break;
    case 3: info->reserved_word = 1; break;
    case 4: info->reserved[0] = 1; break;
    default: info->reserved[sizeof info->reserved / sizeof info->reserved[0] - 1] = 1; break;
    }
}

enum { SPOILS = 6 };

/* A newer program has set it, or nobody has: by a claim, by a commit that changed nothing else, and
 * by one that changed the shape as well. */
static void test_unknown_values_are_refused(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "unknown", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    for (int how = 0; how < SPOILS; how++) {
        ferry_frame_info good = small_info(), bad = good;
        ferry_claim claim;
        ferry_error error = {0};
        spoil(&bad, how);
        const char *mentions = how < 3 ? "flags" : "reserved";
        assert_int_equal(ferry_producer_claim(producer, &bad, &claim, &error),
                         FERRY_INVALID_ARGUMENT);
        assert_sentence(&error, FERRY_INVALID_ARGUMENT, mentions);
        assert_int_equal(ferry_producer_claim_timed(producer, &bad, 0, &claim, NULL),
                         FERRY_INVALID_ARGUMENT);
        for (int i = 0; i < 4; i++) {
            claim = claim_one(producer, &good);
            spoil(&claim.info, how);
            if (i % 2 != 0)
                claim.info.height--;
            error = (ferry_error){0};
            assert_int_equal(i < 2 ? ferry_producer_commit(producer, &claim, NULL, &error)
                                   : ferry_producer_commit_keep(producer, &claim, NULL, &error),
                             FERRY_INVALID_ARGUMENT);
            assert_sentence(&error, FERRY_INVALID_ARGUMENT, mentions);
        }
        claim = claim_one(producer, &good);
        spoil(&claim.info, how);
        assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_INVALID_ARGUMENT);
        ferry_producer_abort(producer, &claim);
    }
    assert_none_yet(consumer);
    send_up_to(producer, 1);
    take_and_release(consumer, 1);
    close_both(&producer, &consumer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_no_frame_is_taken_after_it_is_published, clean_up),
        cmocka_unit_test_teardown(test_times_before_that_stay, clean_up),
        cmocka_unit_test_teardown(test_a_follower_gets_the_time_too, clean_up),
        cmocka_unit_test_teardown(test_flags_sequence_and_exposure, clean_up),
        cmocka_unit_test_teardown(test_unknown_values_are_refused, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
