/* How a producer ended whose names are gone: what is kept of its channel tells. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"

static char name[NAME_BYTES];
static ferry_error error;
static ferry_peek_keep *keep;

/* The generation of the channel that has the name. */
static uint64_t generation_now(void) {
    static ferry_peek seen;
    if (ferry_peek_look(name, &seen, &error) != FERRY_OK)
        fail_msg("look: %s", error.message);
    return seen.generation;
}

static void keep_it(void) {
    if (ferry_peek_keep_open(&keep, name, generation_now(), &error) != FERRY_OK)
        fail_msg("keep: %s", error.message);
}

static void assert_gone(void) {
    static ferry_peek seen;
    assert_int_equal(ferry_peek_look(name, &seen, &error), FERRY_NO_PRODUCER);
    assert_nothing_left();
}

#define assert_kept(expected)                                                                      \
    assert_string_equal(ferry_peek_state_text(ferry_peek_keep_state(keep)),                        \
                        ferry_peek_state_text(expected))

static void let_go(void) {
    ferry_peek_keep_close(&keep);
    assert_null(keep);
    ferry_peek_keep_close(&keep);
}

static void test_an_end(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "end", 4, FERRY_WHEN_FULL_DROP);
    keep_it();
    assert_kept(FERRY_PEEK_LIVE);
    send_up_to(producer, 2);
    assert_kept(FERRY_PEEK_LIVE);
    assert_int_equal(ferry_producer_end(producer, NULL), FERRY_OK);
    assert_gone();
    assert_kept(FERRY_PEEK_ENDED);
    ferry_producer_close(&producer);
    assert_kept(FERRY_PEEK_ENDED);
    let_go();
}

/* A handle that is closed ends the stream as well. */
static void test_a_close_alone(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "close", 4, FERRY_WHEN_FULL_DROP);
    keep_it();
    ferry_producer_close(&producer);
    assert_gone();
    assert_kept(FERRY_PEEK_ENDED);
    let_go();
}

static void produce(const void *argument) {
    ferry_producer *producer = make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL && send_next(producer) == FERRY_OK);
    child_say('r');
    child_rest();
}

static void end_and_rest(const void *argument) {
    ferry_producer *producer = make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL);
    child_say('r');
    child_hear();
    CHILD_CHECK(ferry_producer_end(producer, NULL) == FERRY_OK);
    child_say('e');
    child_rest();
}

static void test_a_death(void **state) {
    (void)state;
    child *producer = start_child(produce, own_name(name, "death"));
    assert_int_equal(hear(producer), 'r');
    keep_it();
    assert_kept(FERRY_PEEK_LIVE);
    kill_child(producer);
    assert_kept(FERRY_PEEK_DEAD);
    assert_int_equal(ferry_channel_bury(name, 0, NULL, NULL), FERRY_OK);
    assert_gone();
    assert_kept(FERRY_PEEK_DEAD);
    let_go();
}

/* The stream has ended: the frames that were published are all. */
static void test_a_death_after_the_end(void **state) {
    (void)state;
    child *producer = start_child(end_and_rest, own_name(name, "later"));
    assert_int_equal(hear(producer), 'r');
    keep_it();
    tell_child(producer, 'e');
    assert_int_equal(hear(producer), 'e');
    kill_child(producer);
    assert_kept(FERRY_PEEK_ENDED);
    let_go();
}

static void test_another_producer(void **state) {
    (void)state;
    child *dead = start_child(produce, own_name(name, "next"));
    assert_int_equal(hear(dead), 'r');
    uint64_t generation = generation_now();
    keep_it();
    kill_child(dead);
    ferry_producer *producer = make_producer(name, 4, FERRY_WHEN_FULL_DROP, NULL);
    assert_non_null(producer);
    assert_kept(FERRY_PEEK_DEAD); /* the new one is not its concern */
    let_go();
    keep = (ferry_peek_keep *)&error;
    assert_int_equal(ferry_peek_keep_open(&keep, name, generation, &error), FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    assert_null(keep);
    ferry_producer_close(&producer);
    assert_int_equal(ferry_peek_keep_open(&keep, name, generation, &error), FERRY_NO_PRODUCER);
    assert_null(keep);
    assert_nothing_left();
}

/* There an open object counts as used, and a producer would leave it behind. */
static void test_a_dialect(void **state) {
    (void)state;
    ferry_producer *producer = make_dialect(own_name(name, "dialect"));
    assert_non_null(producer);
    assert_int_equal(ferry_peek_keep_open(&keep, name, generation_now(), &error),
                     FERRY_NOT_SUPPORTED);
    assert_sentence(&error, FERRY_NOT_SUPPORTED, name);
    assert_null(keep);
    ferry_producer_close(&producer);
    assert_gone();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_an_end, clean_up),
        cmocka_unit_test_teardown(test_a_close_alone, clean_up),
        cmocka_unit_test_teardown(test_a_death, clean_up),
        cmocka_unit_test_teardown(test_a_death_after_the_end, clean_up),
        cmocka_unit_test_teardown(test_another_producer, clean_up),
        cmocka_unit_test_teardown(test_a_dialect, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
