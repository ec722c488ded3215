/* Named manual-reset events, with both ends ours. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "platform/manual_event.h"
#include "process_support.h"

enum { SHORT_NS = 1000000, WAITERS = 3, ROUNDS = 200 };

static atomic_bool lost;

static ferryi_manual_event *make(const char *name, bool is_set) {
    ferryi_manual_event *made = NULL;
    ferry_error error = {0};
    if (ferryi_manual_event_make(&made, name, is_set, FERRYI_NOT_SHARED, &lost, &error) != FERRY_OK)
        fprintf(stderr, "%s\n", error.message);
    return made;
}

static ferryi_manual_event *open_found(const char *name) {
    ferryi_manual_event *found = NULL;
    ferryi_manual_event_open(&found, name, FERRYI_NOT_SHARED, &lost, NULL);
    return found;
}

/* Waits as callers do, slice by slice. */
static bool wait_within(ferryi_manual_event *event, int64_t timeout_ns) {
    uint64_t end_ns = ferry_clock_ns() + (uint64_t)timeout_ns;
    while (!ferryi_manual_event_wait(event, FERRY_SECOND_NS / 10))
        if (ferry_clock_ns() > end_ns)
            return false;
    return true;
}

static void test_it_stays_set_until_it_is_reset(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_manual_event *one = make(own_name(name, "stays"), false), *other = open_found(name);
    assert_non_null(one);
    assert_non_null(other);
    assert_false(ferryi_manual_event_wait(other, 0));
    assert_false(ferryi_manual_event_wait(other, SHORT_NS));
    ferryi_manual_event_set(one);
    ferryi_manual_event_set(one);
    for (int i = 0; i < 3; i++) {
        assert_true(ferryi_manual_event_wait(other, 0));
        assert_true(ferryi_manual_event_wait(one, FERRY_FOREVER));
    }
    ferryi_manual_event_reset(other);
    assert_false(ferryi_manual_event_wait(one, 0));
    ferryi_manual_event_reset(other);
    assert_false(ferryi_manual_event_wait(one, SHORT_NS));
    assert_int_equal(ferryi_manual_event_standing(one), FERRYI_NAME_STANDS);
    ferryi_manual_event_close(&other, true);
    ferryi_manual_event_close(&one, true);
    assert_null(one);
    ferryi_manual_event_close(&one, true);
    assert_nothing_left();
}

static void test_it_is_made_set_or_opened_as_it_is(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_manual_event *first = make(own_name(name, "made"), true), *second = make(name, false);
    assert_true(ferryi_manual_event_wait(first, 0));
    assert_true(ferryi_manual_event_wait(second, 0));
    ferryi_manual_event_reset(first);
    ferryi_manual_event_close(&second, true);
    second = make(name, true);
    assert_false(ferryi_manual_event_wait(second, 0));
    ferryi_manual_event_close(&second, true);
    ferryi_manual_event_close(&first, true);
    assert_nothing_left();
}

static void test_there_is_none(void **state) {
    (void)state;
    char name[NAME_BYTES], longer[400];
    ferryi_manual_event *found = NULL;
    ferry_error error = {0};
    assert_int_equal(
        ferryi_manual_event_open(&found, own_name(name, "none"), FERRYI_NOT_SHARED, &lost, &error),
        FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(
        ferryi_manual_event_make(&found, longer, true, FERRYI_NOT_SHARED, &lost, &error),
        FERRY_BAD_NAME);
    assert_null(found);
    assert_nothing_left();
}

static void wait_for_it(const void *argument) {
    ferryi_manual_event *event = open_found(argument);
    CHILD_CHECK(event != NULL);
    child_say('r');
    CHILD_CHECK(wait_within(event, STUCK_NS));
    child_say('s');
    child_rest();
}

static void test_all_waiters_see_it(void **state) {
    (void)state;
    char name[NAME_BYTES];
    child *waiters[WAITERS];
    ferryi_manual_event *event = make(own_name(name, "all"), false);
    for (int i = 0; i < WAITERS; i++) {
        waiters[i] = start_child(wait_for_it, name);
        assert_int_equal(hear(waiters[i]), 'r');
    }
    ferryi_manual_event_set(event);
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(hear(waiters[i]), 's');
    ferryi_manual_event_close(&event, true); /* others have it: the name stays */
    event = open_found(name);
    assert_non_null(event);
    assert_true(ferryi_manual_event_wait(event, 0));
    for (int i = 0; i < WAITERS; i++)
        kill_child(waiters[i]);
    ferryi_manual_event_close(&event, true);
    assert_nothing_left(); /* the last one has seen to it */
}

/* As programs of this kind take turns: each resets its own before it sets the other's. */
static void take_turns(ferryi_manual_event *mine, ferryi_manual_event *others) {
    for (int i = 0; i < ROUNDS; i++) {
        CHILD_CHECK(wait_within(mine, STUCK_NS));
        ferryi_manual_event_reset(mine);
        ferryi_manual_event_set(others);
    }
}

static void take_the_second_turn(const void *argument) {
    char back[NAME_BYTES];
    ferryi_manual_event *ping = open_found(argument), *pong = open_found(own_name(back, "pong"));
    CHILD_CHECK(ping != NULL && pong != NULL);
    take_turns(pong, ping);
}

static void test_two_processes_take_turns(void **state) {
    (void)state;
    char name[NAME_BYTES], back[NAME_BYTES];
    ferryi_manual_event *ping = make(own_name(name, "ping"), true);
    ferryi_manual_event *pong = make(own_name(back, "pong"), false);
    child *other = start_child(take_the_second_turn, name);
    take_turns(ping, pong);
    assert_child_succeeds(other);
    assert_true(ferryi_manual_event_wait(ping, 0));
    ferryi_manual_event_close(&ping, true);
    ferryi_manual_event_close(&pong, true);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_it_stays_set_until_it_is_reset, clean_up),
        cmocka_unit_test_teardown(test_it_is_made_set_or_opened_as_it_is, clean_up),
        cmocka_unit_test_teardown(test_there_is_none, clean_up),
        cmocka_unit_test_teardown(test_all_waiters_see_it, clean_up),
        cmocka_unit_test_teardown(test_two_processes_take_turns, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
