/* Named semaphores of 0 or 1, with both ends ours. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "platform/semaphore.h"
#include "process_support.h"

enum { SHORT_NS = 1000000, ROUNDS = 300 };

static atomic_bool lost;

static ferryi_semaphore *make(const char *name, uint32_t value) {
    ferryi_semaphore *made = NULL;
    ferry_error error = {0};
    if (ferryi_semaphore_make(&made, name, value, FERRYI_NOT_SHARED, &lost, &error) != FERRY_OK)
        fprintf(stderr, "%s\n", error.message);
    return made;
}

static ferryi_semaphore *open_found(const char *name) {
    ferryi_semaphore *found = NULL;
    ferryi_semaphore_open(&found, name, FERRYI_NOT_SHARED, &lost, NULL);
    return found;
}

/* Waits as callers do, slice by slice. */
static bool wait_within(ferryi_semaphore *semaphore, int64_t timeout_ns) {
    uint64_t end_ns = ferry_clock_ns() + (uint64_t)timeout_ns;
    while (!ferryi_semaphore_wait(semaphore, FERRY_SECOND_NS / 10))
        if (ferry_clock_ns() > end_ns)
            return false;
    return true;
}

static void test_its_value_is_0_or_1(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_semaphore *one = make(own_name(name, "value"), 1), *other = open_found(name);
    assert_non_null(one);
    assert_non_null(other);
    assert_int_equal(ferryi_semaphore_value(other), 1);
    assert_true(ferryi_semaphore_wait(other, 0));
    assert_int_equal(ferryi_semaphore_value(one), 0);
    assert_false(ferryi_semaphore_wait(one, 0));
    assert_false(ferryi_semaphore_wait(one, SHORT_NS));
    for (int i = 0; i < 3; i++)
        ferryi_semaphore_release(one);
    assert_int_equal(ferryi_semaphore_value(one), 1);
    assert_true(ferryi_semaphore_wait(other, FERRY_FOREVER));
    assert_false(ferryi_semaphore_wait(other, 0));
    assert_int_equal(ferryi_semaphore_standing(one), FERRYI_NAME_STANDS);
    ferryi_semaphore_close(&other, true);
    assert_null(other);
    ferryi_semaphore_close(&one, true);
    ferryi_semaphore_close(&one, true);
    assert_nothing_left();
}

static void test_one_that_exists_is_opened_as_it_is(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_semaphore *first = make(own_name(name, "exists"), 0), *second = make(name, 1);
    assert_non_null(second);
    assert_int_equal(ferryi_semaphore_value(second), 0);
    ferryi_semaphore_close(&second, true);
    second = open_found(name); /* who found it takes no name away */
    assert_non_null(second);
    ferryi_semaphore_close(&second, false);
    ferryi_semaphore_close(&first, true);
    assert_nothing_left();
}

static void test_there_is_none(void **state) {
    (void)state;
    char name[NAME_BYTES], longer[400];
    ferryi_semaphore *found = NULL;
    ferry_error error = {0};
    assert_int_equal(
        ferryi_semaphore_open(&found, own_name(name, "none"), FERRYI_NOT_SHARED, &lost, &error),
        FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(ferryi_semaphore_make(&found, longer, 1, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_BAD_NAME);
    assert_int_equal(ferryi_semaphore_open(&found, longer, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_BAD_NAME);
    assert_int_equal(ferryi_semaphore_make(&found, "", 1, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_BAD_NAME);
    assert_null(found);
    assert_nothing_left();
}

static void answer(const void *argument) {
    char back[NAME_BYTES];
    own_name(back, "pong");
    ferryi_semaphore *ping = open_found(argument), *pong = open_found(back);
    CHILD_CHECK(ping != NULL && pong != NULL);
    for (int i = 0; i < ROUNDS; i++) {
        CHILD_CHECK(wait_within(ping, STUCK_NS));
        ferryi_semaphore_release(pong);
    }
}

static void test_two_processes_take_turns(void **state) {
    (void)state;
    char name[NAME_BYTES], back[NAME_BYTES];
    ferryi_semaphore *ping = make(own_name(name, "ping"), 0),
                     *pong = make(own_name(back, "pong"), 0);
    child *other = start_child(answer, name);
    for (int i = 0; i < ROUNDS; i++) {
        ferryi_semaphore_release(ping);
        assert_true(wait_within(pong, STUCK_NS));
    }
    assert_child_succeeds(other);
    ferryi_semaphore_close(&ping, true);
    ferryi_semaphore_close(&pong, true);
    assert_nothing_left();
}

static void hold(const void *argument) {
    ferryi_semaphore *semaphore = open_found(argument);
    CHILD_CHECK(semaphore != NULL && wait_within(semaphore, STUCK_NS));
    child_say('h');
    child_rest();
}

/* Nobody gives back what a dead holder has taken, until somebody breaks the lock. */
static void test_a_holder_is_killed(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_semaphore *ours = make(own_name(name, "holder"), 1);
    child *holder = start_child(hold, name);
    assert_int_equal(hear(holder), 'h');
    assert_false(ferryi_semaphore_wait(ours, 0));
    kill_child(holder);
    assert_false(ferryi_semaphore_wait(ours, SHORT_NS));
    ferryi_semaphore_release(ours);
    assert_true(ferryi_semaphore_wait(ours, 0));
    ferryi_semaphore_close(&ours, true);
    assert_nothing_left();
}

static void test_the_name_stays_while_another_process_has_it(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_semaphore *ours = make(own_name(name, "used"), 1);
    child *holder = start_child(hold, name);
    assert_int_equal(hear(holder), 'h');
    ferryi_semaphore_close(&ours, true);
    ours = open_found(name);
    assert_non_null(ours);
    assert_int_equal(ferryi_semaphore_value(ours), 0);
    kill_child(holder);
    ferryi_semaphore_close(&ours, true);
    assert_nothing_left(); /* the last one has seen to it */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_its_value_is_0_or_1, clean_up),
        cmocka_unit_test_teardown(test_one_that_exists_is_opened_as_it_is, clean_up),
        cmocka_unit_test_teardown(test_there_is_none, clean_up),
        cmocka_unit_test_teardown(test_two_processes_take_turns, clean_up),
        cmocka_unit_test_teardown(test_a_holder_is_killed, clean_up),
        cmocka_unit_test_teardown(test_the_name_stays_while_another_process_has_it, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
