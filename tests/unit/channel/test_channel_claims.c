/* Slots in hand: claims of a producer, frames of a consumer. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel_support.h"

static char name[NAME_BYTES];

/* ---- claims ---- */

static void claim_painted(ferry_producer *producer, ferry_claim *claim, uint64_t number) {
    ferry_frame_info info = small_info();
    assert_int_equal(ferry_producer_claim(producer, &info, claim, NULL), FERRY_OK);
    assert_int_equal(claim->info.length_bytes, PIXELS);
    assert_int_equal(claim->info.stride_bytes, WIDTH);
    assert_int_equal(claim->info.bit_count, 8);
    paint(claim->pixels, number);
}

static void test_numbers_are_given_at_commit(void **state) {
    (void)state;
    static const unsigned orders[][4] = {
        {0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 0, 2}, {3, 0, 2, 1}};
    ferry_producer *producer = open_channel(name, "orders", 5, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_every(name);
    uint64_t last = 0;
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        ferry_claim claims[4];
        for (unsigned k = 0; k < 4; k++) {
            claim_painted(producer, &claims[k], 0);
            for (unsigned other = 0; other < k; other++)
                assert_int_not_equal(claims[k].slot, claims[other].slot);
            assert_none_yet(consumer);
        }
        for (unsigned k = 0; k < 4; k++) {
            uint64_t number = 0;
            ferry_claim *claim = &claims[orders[i][k]];
            paint(claim->pixels, last + k + 1);
            assert_int_equal(ferry_producer_commit(producer, claim, &number, NULL), FERRY_OK);
            assert_int_equal(number, last + k + 1);
            assert_int_equal(claim->info.number, number);
            assert_null(claim->pixels);
        }
        for (unsigned k = 0; k < 4; k++)
            take_and_release(consumer, ++last);
    }
    close_both(&producer, &consumer);
}

/* Its slot has been claimed anew. */
static void test_a_copy_of_a_claim_that_is_over(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "stale", 2, FERRY_WHEN_FULL_DROP);
    uint64_t number = 0;
    for (int committed = 0; committed < 2; committed++) {
        ferry_claim over, claim;
        ferry_error error = {0};
        claim_painted(producer, &over, ++number);
        ferry_claim copies[] = {over, over, over, over};
        if (committed) { /* then its slot comes back after another one */
            assert_int_equal(ferry_producer_commit(producer, &over, NULL, NULL), FERRY_OK);
            send_up_to(producer, ++number);
            number++;
        } else {
            ferry_producer_abort(producer, &over);
        }
        claim_painted(producer, &claim, number);
        assert_int_equal(claim.slot, copies[0].slot);
        assert_int_equal(ferry_producer_commit(producer, &copies[0], NULL, &error),
                         FERRY_INVALID_ARGUMENT);
        assert_int_equal(error.status, FERRY_INVALID_ARGUMENT);
        ferry_producer_abort(producer, &copies[1]);
        assert_int_equal(ferry_producer_show_early(producer, &copies[2], NULL),
                         FERRY_INVALID_ARGUMENT);
        assert_int_equal(ferry_producer_advance(producer, &copies[3], 1, NULL),
                         FERRY_INVALID_ARGUMENT);
        uint64_t got = 0;
        assert_int_equal(ferry_producer_commit(producer, &claim, &got, NULL), FERRY_OK);
        assert_int_equal(got, number);
    }
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_abort_gives_the_slot_back(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "abort", 2, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_every(name);
    ferry_claim claim, twin;
    for (int i = 0; i < 5; i++) {
        claim_painted(producer, &claim, 99);
        twin = claim;
        ferry_producer_abort(producer, &claim);
        assert_null(claim.pixels);
        ferry_producer_abort(producer, &claim);
        ferry_producer_abort(producer, &twin);
        assert_none_yet(consumer);
    }
    send_up_to(producer, 2);
    take_and_release(consumer, 1);
    claim_painted(producer, &claim, 99);
    ferry_producer_abort(producer, &claim);
    send_up_to(producer, 3);
    take_and_release(consumer, 2);
    take_and_release(consumer, 3);
    assert_int_equal(dropped_by(producer), 0);
    close_both(&producer, &consumer);
}

static void test_a_claim_is_committed_once(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "once", 3, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_every(name);
    ferry_claim claim, twin;
    ferry_error error = {0};
    claim_painted(producer, &claim, 1);
    twin = claim;
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, &error), FERRY_INVALID_ARGUMENT);
    assert_int_equal(error.status, FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_producer_commit(producer, &twin, NULL, NULL), FERRY_INVALID_ARGUMENT);
    claim_painted(producer, &claim, 2);
    ferry_producer_abort(producer, &claim);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_INVALID_ARGUMENT);
    take_and_release(consumer, 1);
    assert_none_yet(consumer);
    /* A slot that cannot be is refused as well. */
    claim_painted(producer, &claim, 2);
    twin = claim;
    twin.slot = 3;
    assert_int_equal(ferry_producer_commit(producer, &twin, NULL, NULL), FERRY_INVALID_ARGUMENT);
    twin.slot = UINT32_MAX;
    twin.pixels = claim.pixels;
    assert_int_equal(ferry_producer_commit(producer, &twin, NULL, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    take_and_release(consumer, 2);
    close_both(&producer, &consumer);
}

static void test_a_description_may_shrink_but_not_grow(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "shrink", 3, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = small_info();
    ferry_claim claim;
    ferry_frame frame;
    ferry_error error = {0};
    /* A compressed frame is claimed at its largest, and turns out to be shorter. */
    info.format = FERRY_FOURCC('V', 'P', '8', '0');
    info.length_bytes = 5000;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    fill_bytes(claim.pixels, 1234, 1);
    claim.info.length_bytes = 1234;
    claim.info.metadata_bytes = 2;
    claim.info.metadata[1] = 'm';
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
    assert_int_equal(frame.info.length_bytes, 1234);
    assert_true(frame.info.metadata_bytes == 2 && frame.info.metadata[1] == 'm');
    assert_true(is_filled(frame.pixels, 1234, 1));
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    /* Another format of the same room. */
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    claim.info = (ferry_frame_info){.width = 50, .height = 25, .format = FERRY_FORMAT_BGRA};
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
    assert_true(frame.info.length_bytes == 5000 && frame.info.stride_bytes == 200);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);

    const ferry_frame_info wrong[] = {
        {.width = 50, .height = 26, .format = FERRY_FORMAT_BGRA},
        {.width = 5001, .height = 1, .format = FERRY_FORMAT_GRAY},
        {.width = 1, .height = 1, .format = info.format, .length_bytes = 5001},
        {.width = 1, .height = 1, .format = info.format, .length_bytes = UINT32_MAX},
        {.width = 1, .height = 1, .format = info.format},
        {.width = 0, .height = 1, .format = FERRY_FORMAT_GRAY},
        {.width = 1,
         .height = 1,
         .format = FERRY_FORMAT_GRAY,
         .metadata_bytes = FERRY_METADATA_MAX + 1},
        {.width = info.width,
         .height = info.height,
         .format = info.format,
         .bit_count = info.bit_count,
         .stride_bytes = info.stride_bytes,
         .length_bytes = 5000,
         .metadata_bytes = FERRY_METADATA_MAX + 1}, /* the rest as claimed */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint64_t number = 77;
        assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
        claim.info = wrong[i];
        assert_int_equal(ferry_producer_commit(producer, &claim, &number, &error),
                         FERRY_INVALID_ARGUMENT);
        assert_true(error.status == FERRY_INVALID_ARGUMENT && strlen(error.message) > 10);
        assert_int_equal(number, 77);
        assert_null(claim.pixels); /* the claim has ended: the slot is free again */
        assert_none_yet(consumer);
    }
    assert_int_equal(dropped_by(producer), 0);
    close_both(&producer, &consumer);
}

static void test_as_many_claims_as_slots_but_one(void **state) {
    (void)state;
    static const uint32_t counts[] = {2, 3, 8, 64};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        ferry_producer *producer = open_channel(name, "claims", counts[i], FERRY_WHEN_FULL_DROP);
        ferry_claim claims[FERRY_MAX_SLOTS], more;
        ferry_frame_info info = small_info();
        ferry_error error = {0};
        send_up_to(producer, 3);
        for (uint32_t k = 0; k < counts[i] - 1; k++)
            claim_painted(producer, &claims[k], 3);
        assert_int_equal(ferry_producer_claim(producer, &info, &more, &error), FERRY_TOO_MANY_HELD);
        assert_true(error.status == FERRY_TOO_MANY_HELD && strlen(error.message) > 20);
        /* The newest frame is never taken away: who comes late gets it at once. */
        ferry_consumer *late = open_latest(name);
        take_and_release(late, 3);
        ferry_producer_abort(producer, &claims[0]);
        claim_painted(producer, &claims[0], 4);
        assert_int_equal(ferry_producer_commit(producer, &claims[0], NULL, NULL), FERRY_OK);
        take_and_release(late, 4);
        assert_int_equal(dropped_by(producer), 0);
        ferry_consumer_close(&late);
        ferry_producer_close(&producer); /* with claims open */
        assert_nothing_left();
    }
}

/* ---- frames in hand ---- */

static void test_holding_up_to_the_limit(void **state) {
    (void)state;
    static const struct {
        uint32_t slots, limit;
    } cases[] = {{2, 1}, {3, 1}, {4, 2}, {8, 6}, {10, 8}, {11, 8}, {64, 8}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_producer *producer =
            open_channel(name, "limit", cases[i].slots, FERRY_WHEN_FULL_DROP);
        ferry_consumer *every = open_every(name), *latest = open_latest(name);
        ferry_frame frames[8], latest_frames[8], more;
        ferry_channel_info channel;
        ferry_consumer_counters counters;
        ferry_image image = FERRY_IMAGE_INIT;
        ferry_error error = {0};
        ferry_consumer_get_channel(every, &channel);
        assert_int_equal(channel.hold_limit, cases[i].limit);
        for (uint32_t k = 0; k < cases[i].limit; k++) {
            send_up_to(producer, k + 1);
            take_number(every, k + 1, &frames[k]);
            take_number(latest, k + 1, &latest_frames[k]);
        }
        send_up_to(producer, cases[i].limit + 1);
        assert_int_equal(ferry_consumer_acquire(every, FERRY_FOREVER, &more, &error),
                         FERRY_TOO_MANY_HELD);
        assert_true(error.status == FERRY_TOO_MANY_HELD && strlen(error.message) > 20);
        assert_int_equal(ferry_consumer_acquire(latest, 0, &more, NULL), FERRY_TOO_MANY_HELD);
        assert_int_equal(ferry_consumer_copy(every, 0, &image, NULL), FERRY_TOO_MANY_HELD);
        ferry_consumer_get_counters(every, &counters);
        assert_int_equal(counters.held, cases[i].limit);
        assert_int_equal(ferry_consumer_release(every, &frames[0]), FERRY_OK);
        assert_int_equal(ferry_consumer_copy(every, 0, &image, NULL), FERRY_OK);
        assert_true(is_painted(image.pixels, cases[i].limit + 1));
        ferry_image_free(&image);
        ferry_consumer_close(&latest); /* with frames in hand */
        close_both(&producer, &every);
    }
}

static void test_release_in_any_order_and_once(void **state) {
    (void)state;
    static const unsigned order[] = {3, 0, 5, 1, 4, 2};
    ferry_producer *producer = open_channel(name, "release", 8, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_every(name), *other = open_every(name);
    ferry_frame frames[6], twin;
    ferry_consumer_counters counters;
    for (unsigned i = 0; i < 6; i++) {
        send_up_to(producer, i + 1);
        take_number(consumer, i + 1, &frames[i]);
    }
    for (unsigned i = 0; i < 6; i++) {
        ferry_frame *frame = &frames[order[i]];
        twin = *frame;
        assert_true(is_painted(frame->pixels, order[i] + 1));
        assert_int_equal(ferry_consumer_release(other, &twin), FERRY_INVALID_ARGUMENT);
        assert_int_equal(ferry_consumer_release(consumer, frame), FERRY_OK);
        assert_null(frame->pixels);
        assert_int_equal(ferry_consumer_release(consumer, frame), FERRY_INVALID_ARGUMENT);
        assert_int_equal(ferry_consumer_release(consumer, &twin), FERRY_INVALID_ARGUMENT);
        ferry_consumer_get_counters(consumer, &counters);
        assert_int_equal(counters.held, 5 - i);
        take_and_release(other, i + 1);
    }
    /* Nor can a frame be given back that nobody took, or a stale one whose slot is in hand again.
     */
    ferry_frame none = {.pixels = NULL};
    assert_int_equal(ferry_consumer_release(consumer, &none), FERRY_INVALID_ARGUMENT);
    for (uint64_t number = 7; number <= 20; number++) {
        ferry_frame frame;
        send_up_to(producer, number);
        take_number(consumer, number, &frame);
        ferry_frame stale = twin, distant = frame;
        stale.slot = frame.slot;
        assert_int_equal(ferry_consumer_release(consumer, &stale), FERRY_INVALID_ARGUMENT);
        distant.slot = 8;
        assert_int_equal(ferry_consumer_release(consumer, &distant), FERRY_INVALID_ARGUMENT);
        distant.slot = UINT32_MAX;
        assert_int_equal(ferry_consumer_release(consumer, &distant), FERRY_INVALID_ARGUMENT);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
        take_and_release(other, number);
    }
    assert_counts(consumer, 1, 20, 0, 0);
    ferry_consumer_close(&other);
    close_both(&producer, &consumer);
}

/* The slot of the next frame, which is published, and taken at once by whoever is quick. */
static uint32_t publish_bytes(ferry_producer *producer, uint32_t bytes, ferry_consumer *quick) {
    ferry_frame_info info = {.width = (int32_t)bytes, .height = 1, .format = FERRY_FORMAT_GRAY};
    ferry_claim claim;
    ferry_frame frame;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    uint32_t slot = claim.slot;
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_acquire(quick, 0, &frame, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_release(quick, &frame), FERRY_OK);
    return slot;
}

static void test_a_quick_consumer_keeps_to_few_slots(void **state) {
    (void)state;
    enum { SMALL = 1310720, LARGE = SMALL + 1 };
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "few");
    options.slots = 6;
    options.slot_bytes = LARGE + FERRY_HEADER_BYTES;
    ferry_producer *producer = create_with(&options);
    ferry_consumer *quick = open_every(name), *slow = open_latest(name);
    ferry_frame in_hand;
    /* Small ones by turns, large ones as low as can be. */
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(publish_bytes(producer, SMALL, quick), i % 3);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(publish_bytes(producer, LARGE, quick), 1 - i % 2);
    /* Beyond the third only while one of the three is in use. */
    assert_int_equal(ferry_consumer_acquire(slow, 0, &in_hand, NULL), FERRY_OK);
    assert_int_equal(in_hand.slot, 0);
    static const uint32_t around[] = {1, 2, 1, 2};
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(publish_bytes(producer, SMALL, quick), around[i]);
    assert_int_equal(ferry_consumer_release(slow, &in_hand), FERRY_OK);
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(publish_bytes(producer, SMALL, quick), i % 3);
    ferry_consumer_close(&slow);
    close_both(&producer, &quick);
}

static void test_sixty_four_slots(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "slots", FERRY_MAX_SLOTS, FERRY_WHEN_FULL_DROP);
    ferry_consumer *behind = open_every(name), *latest = open_latest(name);
    uint64_t number = 0;
    for (int round = 0; round < 5; round++) {
        send_up_to(producer, number + FERRY_MAX_SLOTS);
        assert_int_equal(send_next(producer), FERRY_FULL);
        take_and_release(latest, number + FERRY_MAX_SLOTS);
        for (int i = 0; i < FERRY_MAX_SLOTS; i++)
            take_and_release(behind, ++number);
    }
    assert_counts(behind, 1, 5 * FERRY_MAX_SLOTS, 0, 0);
    assert_counts(latest, 1, 5, 5 * (FERRY_MAX_SLOTS - 1), 0);
    assert_int_equal(dropped_by(producer), 5);
    ferry_consumer_close(&latest);
    close_both(&producer, &behind);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_numbers_are_given_at_commit, clean_up),
        cmocka_unit_test_teardown(test_a_copy_of_a_claim_that_is_over, clean_up),
        cmocka_unit_test_teardown(test_abort_gives_the_slot_back, clean_up),
        cmocka_unit_test_teardown(test_a_claim_is_committed_once, clean_up),
        cmocka_unit_test_teardown(test_a_description_may_shrink_but_not_grow, clean_up),
        cmocka_unit_test_teardown(test_as_many_claims_as_slots_but_one, clean_up),
        cmocka_unit_test_teardown(test_holding_up_to_the_limit, clean_up),
        cmocka_unit_test_teardown(test_release_in_any_order_and_once, clean_up),
        cmocka_unit_test_teardown(test_a_quick_consumer_keeps_to_few_slots, clean_up),
        cmocka_unit_test_teardown(test_sixty_four_slots, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
