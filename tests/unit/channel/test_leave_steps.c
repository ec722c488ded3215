/* Leaving with frames in hand, step by step: the files that count them are compiled into this
 * program once more, with a place to come in between wherever another thread could. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"
#include "platform/fault_point.h"

static void come_in(const char *point);

#undef FERRYI_FAULT
#define FERRYI_FAULT(point) come_in(point)
#include "channel/hold.c"
#include "channel/membership.c"

static char name[NAME_BYTES];
static ferry_producer *producer;
static ferry_consumer *consumer;
static ferry_frame frames[2];
static const char *awaited; /* NULL: nothing comes in any more */
static void (*act)(void);

static void come_in(const char *point) {
    if (awaited == NULL || strcmp(point, awaited) != 0)
        return;
    awaited = NULL; /* once */
    act();
}

static void at(const char *point, void (*what)(void)) {
    awaited = point;
    act = what;
}

static void set_up(const char *tag) {
    producer = open_channel(name, tag, 4, FERRY_WHEN_FULL_WAIT);
    consumer = open_every(name);
    send_up_to(producer, 1);
    take_number(consumer, 1, &frames[0]);
}

static void leave_it(void) {
    assert_int_equal(ferry_consumer_leave(consumer, NULL), FERRY_OK);
}

static uint32_t state_of_record(void) {
    return atomic_load(&producer->consumers->record[0].state);
}

static void assert_at_rest(void) {
    assert_null(awaited);
    assert_int_equal(state_of_record(), FERRYI_RECORD_FREE);
    assert_false(ferryi_lease_is_held(&producer->objects.consumers, 0));
}

static void release_the_last(void) {
    assert_int_equal(ferry_consumer_release(consumer, &frames[0]), FERRY_OK);
    assert_at_rest();
}

/* The release gives the record up, and another consumer has it before leaving goes on. */
static ferry_consumer *other;

static void release_for_another(void) {
    release_the_last();
    other = open_every(name);
}

static void test_the_last_release_comes_in_between(void **state) {
    (void)state;
    set_up("between");
    at("withdraw.noted", release_for_another);
    leave_it();
    assert_int_equal(state_of_record(), FERRYI_RECORD_TAKEN);
    ferry_consumer_close(&consumer);
    assert_int_equal(state_of_record(), FERRYI_RECORD_TAKEN);
    send_up_to(producer, 2);
    take_and_release(other, 2);
    close_both(&producer, &other);
}

static void test_leaving_comes_after_the_count(void **state) {
    (void)state;
    set_up("after");
    at("release.counted", leave_it);
    release_the_last();
    close_both(&producer, &consumer);
}

/* A release that has counted is done, whatever the acquiring thread does meanwhile. */
static void live_once_more(void) {
    leave_it();
    assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_OK);
    send_up_to(producer, 2);
    take_number(consumer, 2, &frames[1]);
    leave_it();
}

static void test_a_late_release_leaves_the_next_attachment_alone(void **state) {
    (void)state;
    set_up("late");
    at("release.counted", live_once_more);
    assert_int_equal(ferry_consumer_release(consumer, &frames[0]), FERRY_OK);
    assert_int_equal(state_of_record(), FERRYI_RECORD_LEFT);
    assert_true(ferryi_lease_is_held(&producer->objects.consumers, 0));
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT);
    assert_true(is_painted(frames[1].pixels, 2));
    assert_int_equal(ferry_consumer_release(consumer, &frames[1]), FERRY_OK);
    assert_at_rest();
    close_both(&producer, &consumer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_last_release_comes_in_between, clean_up),
        cmocka_unit_test_teardown(test_leaving_comes_after_the_count, clean_up),
        cmocka_unit_test_teardown(test_a_late_release_leaves_the_next_attachment_alone, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
