/* Memory and semaphores of Qt's kind between processes of ours, on every system. The parts that
 * System V alone has are in test_qt_system_v.c. */
#define _GNU_SOURCE /* pipe2, syscall */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "platform/qt_memory.h"
#include "platform/qt_semaphore.h"
#include "process_support.h"

enum { BYTES = 5000 };

/* Memory and semaphores of killed processes stay, but for those of a system that counts handles. */
static const bool stays = !NAMES_GO_WITH_USERS;

static ferryi_qt_memory make_memory(const char *key) {
    ferryi_qt_memory made = FERRYI_QT_MEMORY_INIT;
    ferry_error error = {.message = ""};
    ferry_status status = ferryi_qt_memory_create(&made, key, BYTES, &error);
    assert_string_equal(error.message, "");
    assert_int_equal(status, FERRY_OK);
    return made;
}

static ferry_status try_memory(const char *key, ferry_error *error) {
    ferryi_qt_memory made = FERRYI_QT_MEMORY_INIT;
    ferry_status status = ferryi_qt_memory_create(&made, key, BYTES, error);
    ferryi_qt_memory_detach(&made);
    return status;
}

static ferryi_qt_memory attach_memory(const char *key, bool writes) {
    ferryi_qt_memory found = FERRYI_QT_MEMORY_INIT;
    assert_int_equal(ferryi_qt_memory_attach(&found, key, writes, NULL), FERRY_OK);
    return found;
}

static void assert_no_memory(const char *key) {
    ferryi_qt_memory found = FERRYI_QT_MEMORY_INIT;
    assert_int_equal(ferryi_qt_memory_attach(&found, key, true, NULL), FERRY_NO_PRODUCER);
    assert_null(found.base);
}

static bool lock_within(ferryi_qt_memory *memory, int64_t timeout_ns) {
    uint64_t deadline_ns = ferry_clock_ns() + (uint64_t)timeout_ns;
    while (!ferryi_qt_memory_lock(memory, FERRY_SECOND_NS / 100))
        if (ferry_clock_ns() >= deadline_ns)
            return false;
    return true;
}

static bool acquire_within(ferryi_qt_semaphore *semaphore, int64_t timeout_ns) {
    uint64_t deadline_ns = ferry_clock_ns() + (uint64_t)timeout_ns;
    while (!ferryi_qt_semaphore_acquire(semaphore, FERRY_SECOND_NS))
        if (ferry_clock_ns() >= deadline_ns)
            return false;
    return true;
}

/* ---- memory ---- */

static void test_both_ends_see_the_same_bytes(void **state) {
    (void)state;
    char key[NAME_BYTES];
    ferryi_qt_memory made = make_memory(own_name(key, "same bytes/\xc3\xa4"));
    ferryi_qt_memory found = attach_memory(key, true), read = attach_memory(key, false);
    uint64_t size_bytes = NAMES_GO_WITH_USERS ? 8192 : BYTES;
    assert_int_equal(made.size_bytes, size_bytes);
    assert_int_equal(found.size_bytes, size_bytes);
    assert_int_equal(read.size_bytes, size_bytes);
    for (uint64_t i = 0; i < size_bytes; i++)
        assert_int_equal(made.base[i], 0);
    made.base[0] = 1;
    found.base[BYTES - 1] = 2;
    assert_int_equal(read.base[0], 1);
    assert_int_equal(read.base[BYTES - 1], 2);
    ferryi_qt_memory_detach(&read);
    ferryi_qt_memory_detach(&found);
    ferryi_qt_memory_detach(&made);
    assert_null(made.base);
    ferryi_qt_memory_detach(&made);
    assert_no_memory(key);
}

static void test_one_that_is_there_is_not_made(void **state) {
    (void)state;
    char key[NAME_BYTES];
    ferry_error error;
    ferryi_qt_memory made = make_memory(own_name(key, "there"));
    ferryi_qt_memory found = attach_memory(key, true);
    found.base[7] = 7;
    assert_int_equal(try_memory(key, &error), FERRY_BUSY);
    assert_sentence(&error, FERRY_BUSY, "qipc_sharedmemory_");
    /* Its maker has gone, and somebody has it. */
    ferryi_qt_memory_detach(&made);
    assert_int_equal(try_memory(key, &error), FERRY_BUSY);
    assert_int_equal(found.base[7], 7);
    assert_true(lock_within(&found, STUCK_NS));
    ferryi_qt_memory_unlock(&found);
    ferryi_qt_memory_detach(&found);
    assert_int_equal(try_memory(key, &error), FERRY_OK);
    assert_no_memory(key);
}

static void test_what_cannot_be_made(void **state) {
    (void)state;
    char key[NAME_BYTES];
    ferryi_qt_memory memory = FERRYI_QT_MEMORY_INIT;
    ferryi_qt_semaphore *semaphore = NULL;
    own_name(key, "impossible");
    assert_int_equal(ferryi_qt_memory_create(&memory, "", 1, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferryi_qt_memory_attach(&memory, "\xff", true, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferryi_qt_memory_create(&memory, key, 0, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferryi_qt_memory_create(&memory, key, (uint64_t)INT32_MAX + 1, NULL),
                     FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferryi_qt_semaphore_open(&semaphore, "", 1, true, NULL),
                     FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferryi_qt_semaphore_open(&semaphore, key, 32768, true, NULL),
                     FERRY_INVALID_ARGUMENT);
    assert_no_memory(key);
    assert_null(memory.base);
    assert_null(semaphore);
}

/* ---- the lock ---- */

static void attach_and_lock(const void *key) {
    ferryi_qt_memory found = FERRYI_QT_MEMORY_INIT;
    CHILD_CHECK(ferryi_qt_memory_attach(&found, key, true, NULL) == FERRY_OK);
    CHILD_CHECK(lock_within(&found, STUCK_NS));
    child_say('l');
    child_hear();
    ferryi_qt_memory_unlock(&found);
    child_say('u');
    child_hear();
    ferryi_qt_memory_detach(&found);
}

static void test_one_at_a_time_has_the_lock(void **state) {
    (void)state;
    char key[NAME_BYTES];
    ferryi_qt_memory made = make_memory(own_name(key, "lock"));
    child *other = start_child(attach_and_lock, key);
    assert_int_equal(hear(other), 'l');
    assert_false(ferryi_qt_memory_lock(&made, 0));
    assert_false(lock_within(&made, FERRY_SECOND_NS / 5));
    /* A process with the lock keeps nobody from attaching. */
    ferryi_qt_memory found = attach_memory(key, false);
    ferryi_qt_memory_detach(&found);
    assert_false(ferryi_qt_memory_lock(&made, 0));
    tell_child(other, 'u');
    assert_int_equal(hear(other), 'u');
    assert_true(lock_within(&made, STUCK_NS));
    ferryi_qt_memory_unlock(&made);
    tell_child(other, 'e');
    assert_child_succeeds(other);
    assert_true(ferryi_qt_memory_lock(&made, 0));
    ferryi_qt_memory_detach(&made);
    assert_no_memory(key);
}

enum { ROUNDS = 2000 };

/* Adds 1 to a number in steps that another one could come between. */
static void count_up(ferryi_qt_memory *memory) {
    for (int i = 0; i < ROUNDS; i++) {
        volatile uint8_t *bytes = memory->base;
        CHILD_CHECK(lock_within(memory, STUCK_NS));
        unsigned number = bytes[0] + 256u * bytes[1] + 1;
        bytes[0] = (uint8_t)number;
        bytes[1] = (uint8_t)(number / 256);
        ferryi_qt_memory_unlock(memory);
    }
}

static void attach_and_count(const void *key) {
    ferryi_qt_memory found = FERRYI_QT_MEMORY_INIT;
    CHILD_CHECK(ferryi_qt_memory_attach(&found, key, true, NULL) == FERRY_OK);
    count_up(&found);
    ferryi_qt_memory_detach(&found);
}

static void test_no_count_is_lost(void **state) {
    (void)state;
    char key[NAME_BYTES];
    ferryi_qt_memory made = make_memory(own_name(key, "count"));
    child *others[2];
    for (int i = 0; i < 2; i++)
        others[i] = start_child(attach_and_count, key);
    count_up(&made);
    for (int i = 0; i < 2; i++)
        assert_child_succeeds(others[i]);
    assert_int_equal(made.base[0] + 256 * made.base[1], 3 * ROUNDS);
    ferryi_qt_memory_detach(&made);
}

static void test_the_lock_of_one_that_is_killed(void **state) {
    (void)state;
    char key[NAME_BYTES];
    ferryi_qt_memory made = make_memory(own_name(key, "killed with the lock"));
    child *other = start_child(attach_and_lock, key);
    assert_int_equal(hear(other), 'l');
    assert_false(ferryi_qt_memory_lock(&made, 0));
    kill_child(other);
    if (stays)
        assert_true(lock_within(&made, STUCK_NS));
    else
        assert_false(ferryi_qt_memory_lock(&made, 0));
    ferryi_qt_memory_detach(&made);
    assert_no_memory(key);
    made = make_memory(key);
    assert_true(ferryi_qt_memory_lock(&made, 0));
    ferryi_qt_memory_detach(&made);
}

/* ---- what is left behind ---- */

static void make_and_rest(const void *key) {
    ferryi_qt_memory made = FERRYI_QT_MEMORY_INIT;
    CHILD_CHECK(ferryi_qt_memory_create(&made, key, BYTES, NULL) == FERRY_OK);
    made.base[0] = 1;
    child_say('m');
    child_rest();
}

static void test_memory_of_one_that_is_killed(void **state) {
    (void)state;
    char key[NAME_BYTES];
    ferry_error error;
    child *maker = start_child(make_and_rest, own_name(key, "killed"));
    assert_int_equal(hear(maker), 'm');
    kill_child(maker);
    if (stays) {
        assert_int_equal(try_memory(key, &error), FERRY_BUSY);
        assert_non_null(strstr(error.message, "left behind"));
        ferryi_qt_memory found = attach_memory(key, false);
        assert_int_equal(found.base[0], 1);
        ferryi_qt_memory_detach(&found);
    }
    assert_no_memory(key);
    assert_int_equal(try_memory(key, &error), FERRY_OK);
}

/* ---- semaphores ---- */

static ferryi_qt_semaphore *open_semaphore(const char *key, uint32_t value, bool creates) {
    ferryi_qt_semaphore *opened = NULL;
    assert_int_equal(ferryi_qt_semaphore_open(&opened, key, value, creates, NULL), FERRY_OK);
    return opened;
}

static void test_a_semaphore_counts(void **state) {
    (void)state;
    char key[NAME_BYTES];
    ferryi_qt_semaphore *one = open_semaphore(own_name(key, "counts"), 2, false);
    ferryi_qt_semaphore *two = open_semaphore(key, 9, false);
    assert_int_equal(ferryi_qt_semaphore_value(two), 2);
    assert_true(ferryi_qt_semaphore_acquire(two, 0));
    assert_true(ferryi_qt_semaphore_acquire(two, 0));
    assert_false(ferryi_qt_semaphore_acquire(two, 0));
    for (int i = 1; i <= 3; i++) {
        ferryi_qt_semaphore_release(one);
        assert_int_equal(ferryi_qt_semaphore_value(two), i);
    }
    /* One who creates sets it, where it may be what a killed process has left. */
    ferryi_qt_semaphore *creator = open_semaphore(key, 1, true);
    assert_int_equal(ferryi_qt_semaphore_value(one), stays ? 1 : 3);
    ferryi_qt_semaphore_close(&two);
    ferryi_qt_semaphore_close(&creator);
    ferryi_qt_semaphore_close(&one);
    ferryi_qt_semaphore_close(&one);
    one = open_semaphore(key, 4, false);
    assert_int_equal(ferryi_qt_semaphore_value(one), 4);
    ferryi_qt_semaphore_close(&one);
}

typedef struct pair {
    char ping[NAME_BYTES], pong[NAME_BYTES];
} pair;

static void answer(const void *argument) {
    const pair *names = argument;
    ferryi_qt_semaphore *ping = NULL, *pong = NULL;
    CHILD_CHECK(ferryi_qt_semaphore_open(&ping, names->ping, 0, false, NULL) == FERRY_OK);
    CHILD_CHECK(ferryi_qt_semaphore_open(&pong, names->pong, 0, false, NULL) == FERRY_OK);
    for (int i = 0; i < ROUNDS; i++) {
        CHILD_CHECK(acquire_within(ping, STUCK_NS));
        ferryi_qt_semaphore_release(pong);
    }
    ferryi_qt_semaphore_close(&ping);
    ferryi_qt_semaphore_close(&pong);
}

static void test_a_release_wakes_another_process(void **state) {
    (void)state;
    pair names;
    own_name(names.ping, "ping");
    own_name(names.pong, "pong");
    ferryi_qt_semaphore *ping = open_semaphore(names.ping, 0, true);
    ferryi_qt_semaphore *pong = open_semaphore(names.pong, 0, true);
    child *other = start_child_with(answer, &names, sizeof names);
    for (int i = 0; i < ROUNDS; i++) {
        ferryi_qt_semaphore_release(ping);
        assert_true(acquire_within(pong, STUCK_NS));
    }
    assert_child_succeeds(other);
    assert_int_equal(ferryi_qt_semaphore_value(ping), 0);
    assert_int_equal(ferryi_qt_semaphore_value(pong), 0);
    ferryi_qt_semaphore_close(&ping);
    ferryi_qt_semaphore_close(&pong);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_both_ends_see_the_same_bytes, clean_up),
        cmocka_unit_test_teardown(test_one_that_is_there_is_not_made, clean_up),
        cmocka_unit_test_teardown(test_what_cannot_be_made, clean_up),
        cmocka_unit_test_teardown(test_one_at_a_time_has_the_lock, clean_up),
        cmocka_unit_test_teardown(test_no_count_is_lost, clean_up),
        cmocka_unit_test_teardown(test_the_lock_of_one_that_is_killed, clean_up),
        cmocka_unit_test_teardown(test_memory_of_one_that_is_killed, clean_up),
        cmocka_unit_test_teardown(test_a_semaphore_counts, clean_up),
        cmocka_unit_test_teardown(test_a_release_wakes_another_process, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
