/* How many frames one consumer may have in hand: its producer's choice. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"

static char name[NAME_BYTES];

static ferry_producer_options options_for(uint32_t slots, uint32_t max_held) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "held");
    options.slots = slots;
    options.slot_bytes = 8192;
    options.when_full = FERRY_WHEN_FULL_DROP;
    options.max_held = max_held;
    return options;
}

static void assert_told(ferry_consumer *consumer, uint32_t limit) {
    ferry_channel_info channel;
    ferry_consumer_get_channel(consumer, &channel);
    assert_int_equal(channel.hold_limit, limit);
    assert_int_equal(channel.producer.max_held, limit);
}

/* A consumer is told the limit, gets so many frames and no more, and again after a release. */
static void assert_limit(uint32_t slots, uint32_t chosen, uint32_t limit) {
    ferry_producer_options options = options_for(slots, chosen);
    ferry_producer *producer = create_with(&options);
    ferry_consumer *consumer = open_every(name);
    ferry_frame frames[FERRY_MAX_SLOTS], more;
    ferry_error error = {0};
    assert_told(consumer, limit);
    for (uint32_t i = 0; i < limit; i++) {
        send_up_to(producer, i + 1);
        take_number(consumer, i + 1, &frames[i]);
    }
    if (slots > 2)
        send_up_to(producer, limit + 1);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &more, &error), FERRY_TOO_MANY_HELD);
    assert_int_equal(ferry_consumer_release(consumer, &frames[0]), FERRY_OK);
    send_up_to(producer, limit + 1);
    take_number(consumer, limit + 1, &more);
    close_both(&producer, &consumer);
}

static void test_nobody_has_chosen(void **state) {
    (void)state;
    static const struct {
        uint32_t slots, limit;
    } cases[] = {{2, 1}, {3, 1}, {4, 2}, {9, 7}, {10, 8}, {11, 8}, {64, 8}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_limit(cases[i].slots, 0, cases[i].limit);
}

static void test_what_is_chosen(void **state) {
    (void)state;
    static const struct {
        uint32_t slots, chosen;
    } cases[] = {{2, 1}, {3, 1}, {4, 1}, {4, 2}, {8, 1}, {8, 6}, {20, 18}, {64, 1}, {64, 62}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_limit(cases[i].slots, cases[i].chosen, cases[i].chosen);
}

static void test_what_is_refused(void **state) {
    (void)state;
    static const struct {
        uint32_t slots, chosen;
    } cases[] = {{2, 2}, {3, 2}, {4, 3}, {8, 7}, {64, 63}, {64, 64}, {64, UINT32_MAX}, {0, 63}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_producer_options options = options_for(cases[i].slots, cases[i].chosen);
        ferry_producer *producer = (ferry_producer *)&options;
        ferry_error error = {0};
        assert_int_equal(ferry_producer_create(&producer, &options, &error),
                         FERRY_INVALID_ARGUMENT);
        assert_null(producer);
        assert_sentence(&error, FERRY_INVALID_ARGUMENT, "max_held");
    }
    assert_nothing_left();
}

/* Of the one slot no frame is in hand. */
static void test_the_dialect(void **state) {
    (void)state;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    ferry_producer *producer = NULL;
    options.name = own_name(name, "dialect");
    options.dialect = FERRY_DIALECT_BASEIMAGE;
    options.max_held = 1;
    assert_int_equal(ferry_producer_create(&producer, &options, NULL), FERRY_INVALID_ARGUMENT);
    options.max_held = 0;
    producer = create_with(&options);
    ferry_consumer *consumer = open_latest(name);
    assert_told(consumer, 0);
    close_both(&producer, &consumer);
}

/* Values that no producer of ours writes are those of a damaged or hostile one. */
static void test_what_a_block_cannot_say(void **state) {
    (void)state;
    static const struct {
        uint32_t slots, max_held;
    } cases[] = {{2, 0}, {2, 2}, {3, 2}, {8, 0}, {8, 7}, {8, 8}, {64, 63}, {64, UINT32_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_producer_options options = options_for(cases[i].slots, 0);
        ferry_producer *producer = create_with(&options);
        ferry_consumer *consumer = open_latest(name);
        uint32_t before = producer->block->max_held;
        ferry_error error = {0};
        producer->block->max_held = cases[i].max_held;
        assert_int_equal(try_consumer(name, &error), FERRY_MALFORMED);
        assert_non_null(strstr(error.message, "frames in hand"));
        /* One that is attached goes by what it has checked. */
        send_up_to(producer, 1);
        take_and_release(consumer, 1);
        ferry_channel_info channel;
        ferry_consumer_get_channel(consumer, &channel);
        assert_int_equal(channel.hold_limit, before);
        producer->block->max_held = before;
        assert_int_equal(try_consumer(name, &error), FERRY_OK);
        close_both(&producer, &consumer);
    }
    ferry_producer *producer = make_dialect(own_name(name, "slot"));
    assert_non_null(producer);
    producer->block->max_held = 1;
    assert_int_equal(try_consumer(name, NULL), FERRY_MALFORMED);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_nobody_has_chosen, clean_up),
        cmocka_unit_test_teardown(test_what_is_chosen, clean_up),
        cmocka_unit_test_teardown(test_what_is_refused, clean_up),
        cmocka_unit_test_teardown(test_the_dialect, clean_up),
        cmocka_unit_test_teardown(test_what_a_block_cannot_say, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
