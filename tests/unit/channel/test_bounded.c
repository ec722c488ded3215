/* Consumers of every frame that may be so far behind and no farther: they skip alone, and the
 * producer neither waits nor drops because of them. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"

static char name[NAME_BYTES];

static ferry_status open_bounded_on(const char *channel, uint32_t max_lag, ferry_consumer **out) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = channel;
    options.delivery = FERRY_DELIVERY_EVERY;
    options.max_lag = max_lag;
    options.wait_ns = 0;
    return ferry_consumer_open(out, &options, NULL);
}

static ferry_consumer *open_bounded(uint32_t max_lag) {
    ferry_consumer *consumer = NULL;
    assert_int_equal(open_bounded_on(name, max_lag, &consumer), FERRY_OK);
    return consumer;
}

/* A producer that would say FERRY_TIMEOUT at once instead of waiting for anybody. */
static ferry_producer *open_impatient(const char *tag, uint32_t slots) {
    ferry_producer *producer = open_channel(name, tag, slots, FERRY_WHEN_FULL_WAIT);
    producer->full_timeout_ns = 0;
    return producer;
}

/* The next frame, released again; 0: none. *skipped: frames passed over before it. */
static uint64_t take_any(ferry_consumer *consumer, uint64_t *skipped) {
    ferry_frame frame;
    ferry_status status;
    uint64_t number = take_next(consumer, 0, &frame, &status);
    if (number == 0) {
        assert_int_equal(status, FERRY_TIMEOUT);
        return 0;
    }
    assert_int_equal(status, FERRY_OK);
    *skipped = frame.skipped;
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    return number;
}

static void test_within_the_bound_nothing_is_skipped(void **state) {
    (void)state;
    enum { SLOTS = 8, LAG = SLOTS - 2 };
    ferry_producer *producer = open_impatient("within", SLOTS);
    ferry_consumer *consumer = open_bounded(LAG);
    ferry_frame in_hand = {.pixels = NULL};
    /* Always one in hand, and the bound behind. */
    for (uint64_t next = 1; next <= 200; next++) {
        send_up_to(producer, next + LAG - 1);
        ferry_frame frame;
        take_number(consumer, next, &frame);
        assert_int_equal(frame.skipped, 0);
        if (in_hand.pixels != NULL)
            assert_int_equal(ferry_consumer_release(consumer, &in_hand), FERRY_OK);
        in_hand = frame;
    }
    assert_int_equal(ferry_consumer_release(consumer, &in_hand), FERRY_OK);
    assert_counts(consumer, 1, 200, 0, LAG - 1);
    close_both(&producer, &consumer);
}

/* For each bound: the newest frames of that number come in order, what was before them is counted
 * as skipped, and the producer never had to wait. */
static void test_beyond_the_bound_it_skips_alone(void **state) {
    (void)state;
    enum { SLOTS = 8, SENT = 50 };
    for (uint32_t lag = 1; lag <= SLOTS - 1; lag++) {
        ferry_producer *producer = open_impatient("beyond", SLOTS);
        ferry_consumer *consumer = open_bounded(lag);
        send_up_to(producer, SENT);
        uint64_t skipped = 0;
        assert_int_equal(take_any(consumer, &skipped), SENT - lag + 1);
        assert_int_equal(skipped, SENT - lag);
        for (uint64_t number = SENT - lag + 2; number <= SENT; number++) {
            assert_int_equal(take_any(consumer, &skipped), number);
            assert_int_equal(skipped, 0);
        }
        assert_int_equal(take_any(consumer, &skipped), 0);
        assert_counts(consumer, 1, lag, SENT - lag, 0);
        assert_int_equal(dropped_by(producer), 0);
        /* What is kept for it takes no more slots than it needs; small frames take three. */
        ferry_producer_counters counters;
        ferry_producer_get_counters(producer, &counters);
        uint64_t most = lag + 1 > 3 ? lag + 1 : 3;
        assert_true(counters.reserved_bytes <= most * (PIXELS + FERRY_HEADER_BYTES));
        close_both(&producer, &consumer);
    }
}

/* More than the slots can keep: what is still there comes in order. */
static void test_what_the_slots_cannot_keep_is_skipped(void **state) {
    (void)state;
    enum { SENT = 100 };
    static const uint32_t lags[] = {4, 5, 64, 65, 1000, UINT32_MAX - 1};
    for (size_t i = 0; i < sizeof lags / sizeof lags[0]; i++) {
        ferry_producer *producer = open_impatient("more", 4);
        ferry_consumer *consumer = open_bounded(lags[i]);
        send_up_to(producer, SENT);
        uint64_t skipped, received = 0, next = SENT - 3;
        for (uint64_t number; (number = take_any(consumer, &skipped)) != 0; received++)
            assert_int_equal(number, next++);
        assert_int_equal(received, 4);
        assert_counts(consumer, 1, 4, SENT - 4, 0);
        close_both(&producer, &consumer);
    }
}

static void test_others_do_not_notice(void **state) {
    (void)state;
    enum { SLOTS = 6, SENT = 300 };
    ferry_producer *producer = open_impatient("others", SLOTS);
    ferry_consumer *slow = open_bounded(SLOTS - 2), *every = open_every(name),
                   *latest = open_latest(name);
    ferry_frame kept;
    send_up_to(producer, 1);
    take_number(slow, 1, &kept); /* and works on it for the whole time */
    take_and_release(every, 1);
    for (uint64_t number = 2; number <= SENT; number++) {
        send_up_to(producer, number);
        take_and_release(every, number);
        take_and_release(latest, number);
    }
    assert_true(is_painted(kept.pixels, 1));
    assert_int_equal(ferry_consumer_release(slow, &kept), FERRY_OK);
    uint64_t skipped = 0, number = take_any(slow, &skipped);
    assert_true(number > SENT - SLOTS + 1 && skipped == number - 2);
    ferry_consumer_close(&every);
    ferry_consumer_close(&latest);
    close_both(&producer, &slow);
}

/* A consumer without a bound is waited for as ever, also beside a bounded one. */
static void test_without_a_bound_the_producer_waits(void **state) {
    (void)state;
    enum { SLOTS = 4 };
    ferry_producer *producer = open_impatient("firm", SLOTS);
    ferry_consumer *bounded = open_bounded(2), *every = open_every(name);
    send_up_to(producer, SLOTS);
    assert_int_equal(send_next(producer), FERRY_TIMEOUT);
    for (uint64_t number = 1; number <= 50; number++) {
        take_and_release(every, number);
        send_up_to(producer, number + SLOTS);
        assert_int_equal(send_next(producer), FERRY_TIMEOUT);
    }
    uint64_t skipped = 0;
    assert_int_equal(take_any(bounded, &skipped), 50 + SLOTS - 1);
    ferry_consumer_close(&every);
    close_both(&producer, &bounded);
}

/* As long as two slots are left beside those in hand, as with consumers of the latest frame. */
static void test_only_holding_costs_frames(void **state) {
    (void)state;
    enum { SLOTS = 6 };
    ferry_producer *producer = open_channel(name, "hold", SLOTS, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_bounded(SLOTS);
    ferry_frame frames[SLOTS - 2];
    send_up_to(producer, SLOTS - 2);
    for (uint32_t i = 0; i < SLOTS - 2; i++)
        take_number(consumer, i + 1, &frames[i]);
    send_up_to(producer, 100);
    assert_int_equal(dropped_by(producer), 0);
    for (uint32_t i = 0; i < SLOTS - 2; i++)
        assert_int_equal(ferry_consumer_release(consumer, &frames[i]), FERRY_OK);
    assert_sums_hold(consumer);
    close_both(&producer, &consumer);
}

static void test_it_is_never_evicted(void **state) {
    (void)state;
    ferry_producer *producer = open_impatient("evict", 3);
    producer->stall_limit_ns = 1;
    ferry_consumer *bounded = open_bounded(2), *every = open_every(name);
    send_up_to(producer, 3);
    ferry_producer_counters counters;
    /* The one without a bound stands in the way, and goes after two looks. */
    producer->full_timeout_ns = STUCK_NS;
    send_up_to(producer, 100);
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.evicted, 1);
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(every, 0, &frame, NULL), FERRY_EVICTED);
    uint64_t skipped = 0;
    assert_int_equal(take_any(bounded, &skipped), 99);
    ferry_consumer_close(&every);
    close_both(&producer, &bounded);
}

static void test_the_end_comes_after_the_last_frame(void **state) {
    (void)state;
    ferry_producer *producer = open_impatient("end", 8);
    ferry_consumer *consumer = open_bounded(3);
    send_up_to(producer, 20);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT);
    ferry_producer_close(&producer);
    for (uint64_t number = 18; number <= 20; number++)
        take_and_release(consumer, number);
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_END_OF_STREAM);
    assert_counts(consumer, 1, 3, 17, 0);
    close_both(&producer, &consumer);
}

/* ---- how far behind, by what the producer says ---- */

static void assert_bound(uint32_t slots, uint32_t when_full, uint32_t asked, uint32_t got) {
    ferry_producer *producer = open_channel(name, "bound", slots, when_full);
    ferry_consumer *consumer = open_bounded(asked);
    ferry_channel_info channel;
    ferry_consumer_get_channel(consumer, &channel);
    assert_int_equal(channel.max_lag, got);
    assert_int_equal(channel.when_full, when_full);
    ferry_consumer_info info;
    assert_int_equal(ferry_producer_list_consumers(producer, &info, 1), 1);
    assert_int_equal(info.max_lag, got);
    assert_int_equal(info.delivery, FERRY_DELIVERY_EVERY);
    close_both(&producer, &consumer);
}

static void test_the_bound_goes_by_the_channel(void **state) {
    (void)state;
    assert_bound(8, FERRY_WHEN_FULL_DROP, FERRY_MAX_LAG_AS_CHANNEL, 6);
    assert_bound(2, FERRY_WHEN_FULL_DROP, FERRY_MAX_LAG_AS_CHANNEL, 1);
    assert_bound(64, FERRY_WHEN_FULL_DROP, FERRY_MAX_LAG_AS_CHANNEL, 62);
    assert_bound(8, FERRY_WHEN_FULL_WAIT, FERRY_MAX_LAG_AS_CHANNEL, 0);
    assert_bound(8, FERRY_WHEN_FULL_DROP, 0, 0);
    assert_bound(8, FERRY_WHEN_FULL_WAIT, 3, 3);
}

/* 0, and what no producer of this version says. */
static void test_a_producer_that_says_nothing_waits(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "old", 8, FERRY_WHEN_FULL_DROP);
    static const uint32_t words[] = {0, 3, UINT32_MAX};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        producer->block->when_full = words[i];
        ferry_consumer *consumer = open_bounded(FERRY_MAX_LAG_AS_CHANNEL);
        ferry_channel_info channel;
        ferry_consumer_get_channel(consumer, &channel);
        assert_int_equal(channel.when_full, FERRY_WHEN_FULL_UNKNOWN);
        assert_int_equal(channel.max_lag, 0);
        ferry_consumer_close(&consumer);
    }
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_only_every_has_a_bound(void **state) {
    (void)state;
    ferry_producer *producer = open_impatient("latest", 3);
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.max_lag = 1;
    ferry_consumer *consumer = NULL;
    assert_int_equal(ferry_consumer_open(&consumer, &options, NULL), FERRY_INVALID_ARGUMENT);
    close_both(&producer, &consumer);
}

/* ---- a record that says what it likes ---- */

static void test_any_bound_in_a_record_will_do(void **state) {
    (void)state;
    static const uint32_t lags[] = {1, 2, 63, 64, 65, INT32_MAX, UINT32_MAX};
    static const uint64_t nexts[] = {0, 1, 2, 50, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX};
    ferry_producer *producer = open_impatient("lies", 4);
    ferry_consumer *consumer = open_bounded(2);
    for (size_t l = 0; l < sizeof lags / sizeof lags[0]; l++)
        for (size_t n = 0; n < sizeof nexts / sizeof nexts[0]; n++) {
            atomic_store(&consumer->record->max_lag, lags[l]);
            atomic_store(&consumer->record->next, nexts[n]);
            for (int i = 0; i < 10; i++)
                assert_int_equal(send_next(producer), FERRY_OK);
        }
    atomic_store(&consumer->record->next, 1);
    uint64_t skipped = 0;
    assert_true(take_any(consumer, &skipped) != 0);
    assert_sums_hold(consumer);
    close_both(&producer, &consumer);
}

/* ---- slots that are scarce ---- */

static void test_slots_are_scarce_when_fewer_than_two_are_left(void **state) {
    (void)state;
    for (uint32_t slots = 2; slots <= 6; slots++) {
        ferry_producer *producer = open_channel(name, "scarce", slots, FERRY_WHEN_FULL_DROP);
        ferry_consumer *consumers[6];
        ferry_frame frames[6];
        uint32_t count = 0;
        for (; count + 1 < slots; count++) {
            consumers[count] = open_latest(name);
            send_up_to(producer, count + 1);
            take_number(consumers[count], count + 1, &frames[count]);
            bool scarce = count + 1 + 2 > slots;
            assert_int_equal(ferry_consumer_slots_are_scarce(consumers[count]), scarce);
        }
        /* A copy gives the slot back, and has what the frame had. */
        ferry_image image = FERRY_IMAGE_INIT;
        ferry_frame again = frames[count - 1];
        assert_int_equal(
            ferry_consumer_copy_held(consumers[count - 1], &frames[count - 1], &image, NULL),
            FERRY_OK);
        assert_int_equal(image.info.number, count);
        assert_true(is_painted(image.pixels, count));
        assert_null(frames[count - 1].pixels);
        assert_false(ferry_consumer_slots_are_scarce(consumers[count - 1]));
        assert_int_equal(ferry_consumer_copy_held(consumers[count - 1], &again, &image, NULL),
                         FERRY_INVALID_ARGUMENT);
        ferry_image_free(&image);
        for (uint32_t i = 0; i < count; i++)
            ferry_consumer_close(&consumers[i]);
        ferry_producer_close(&producer);
        assert_nothing_left();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_within_the_bound_nothing_is_skipped, clean_up),
        cmocka_unit_test_teardown(test_beyond_the_bound_it_skips_alone, clean_up),
        cmocka_unit_test_teardown(test_what_the_slots_cannot_keep_is_skipped, clean_up),
        cmocka_unit_test_teardown(test_others_do_not_notice, clean_up),
        cmocka_unit_test_teardown(test_without_a_bound_the_producer_waits, clean_up),
        cmocka_unit_test_teardown(test_only_holding_costs_frames, clean_up),
        cmocka_unit_test_teardown(test_it_is_never_evicted, clean_up),
        cmocka_unit_test_teardown(test_the_end_comes_after_the_last_frame, clean_up),
        cmocka_unit_test_teardown(test_the_bound_goes_by_the_channel, clean_up),
        cmocka_unit_test_teardown(test_a_producer_that_says_nothing_waits, clean_up),
        cmocka_unit_test_teardown(test_only_every_has_a_bound, clean_up),
        cmocka_unit_test_teardown(test_any_bound_in_a_record_will_do, clean_up),
        cmocka_unit_test_teardown(test_slots_are_scarce_when_fewer_than_two_are_left, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
