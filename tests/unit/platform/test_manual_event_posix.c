/* Manual-reset events beside programs that have a semaphore of the C library in their place: they
 * wait by sem_wait(3) and sem_post(3), and reset by sem_trywait(3). */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>

#include <frameferry/clock.h>

#include "platform/manual_event.h"
#include "process_support.h"

enum { MODE = 0600, OURS = 3, THEIRS = 3 };

typedef struct names {
    char own[NAME_BYTES], posix[NAME_BYTES + 1], path[PATH_BYTES];
} names;

static atomic_bool lost;

static names name_it(const char *tag) {
    names n;
    char file[NAME_BYTES + 4];
    own_name(n.own, tag);
    snprintf(n.posix, sizeof n.posix, "/%s", n.own);
    snprintf(file, sizeof file, "sem.%s", n.own);
    shm_path(n.path, file);
    return n;
}

static ferryi_manual_event *make(const char *name, bool is_set) {
    ferryi_manual_event *made = NULL;
    ferry_error error = {0};
    if (ferryi_manual_event_make(&made, name, is_set, FERRYI_NOT_SHARED, &lost, &error) != FERRY_OK)
        fprintf(stderr, "%s\n", error.message);
    return made;
}

static int value_of(sem_t *semaphore) {
    int value = -1;
    assert_int_equal(sem_getvalue(semaphore, &value), 0);
    return value;
}

static void test_it_is_one_semaphore(void **state) {
    (void)state;
    names n = name_it("one");
    ferryi_manual_event *event = make(n.own, true);
    sem_t *theirs = sem_open(n.posix, O_CREAT, MODE, 0);
    assert_true(theirs != SEM_FAILED);
    assert_int_equal(value_of(theirs), 1);
    ferryi_manual_event_set(event);
    assert_true(ferryi_manual_event_wait(event, 0));
    assert_int_equal(value_of(theirs), 1);
    assert_int_equal(sem_trywait(theirs), 0);
    assert_false(ferryi_manual_event_wait(event, 0));
    /* Two of theirs have set it at once: one reset ends both. */
    assert_int_equal(sem_post(theirs) | sem_post(theirs), 0);
    assert_true(ferryi_manual_event_wait(event, 0));
    assert_int_equal(value_of(theirs), 2);
    ferryi_manual_event_reset(event);
    assert_int_equal(value_of(theirs), 0);
    sem_close(theirs);
    ferryi_manual_event_close(&event, true);
    assert_nothing_left();
}

static void wait_by_ours(const void *argument) {
    ferryi_manual_event *event = make(argument, false);
    uint64_t end_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    CHILD_CHECK(event != NULL);
    while (!ferryi_manual_event_wait(event, FERRY_SECOND_NS / 10))
        CHILD_CHECK(ferry_clock_ns() < end_ns);
}

static void wait_by_theirs(const void *argument) {
    char posix[NAME_BYTES + 1];
    snprintf(posix, sizeof posix, "/%s", (const char *)argument);
    sem_t *theirs = sem_open(posix, 0);
    CHILD_CHECK(theirs != SEM_FAILED && sem_wait(theirs) == 0 && sem_post(theirs) == 0);
}

/* How many sleep, as the C library counts them. */
static uint32_t sleepers_of(const names *n) {
    uint32_t words[2] = {0};
    int descriptor = open(n->path, O_RDONLY);
    CHILD_CHECK(descriptor >= 0 && read(descriptor, words, sizeof words) == sizeof words);
    close(descriptor);
    return words[1];
}

/* Starts waiters of both kinds, ours first, so that a post wakes one of ours first; until all
 * sleep at once. */
static void start_waiters(const names *n, child *waiters[OURS + THEIRS]) {
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    for (int i = 0; i < OURS + THEIRS; i++)
        waiters[i] = start_child(i < OURS ? wait_by_ours : wait_by_theirs, n->own);
    while (sleepers_of(n) < OURS + THEIRS && ferry_clock_ns() < stuck_ns)
        sched_yield();
}

/* Those in sem_wait have no slice that would make up for a wake-up that is lost. */
static void test_our_set_reaches_all(void **state) {
    (void)state;
    names n = name_it("set");
    child *waiters[OURS + THEIRS];
    ferryi_manual_event *event = make(n.own, false);
    start_waiters(&n, waiters);
    ferryi_manual_event_set(event);
    for (int i = 0; i < OURS + THEIRS; i++)
        assert_child_succeeds(waiters[i]);
    assert_true(ferryi_manual_event_wait(event, 0));
    assert_int_equal(sleepers_of(&n), 0);
    ferryi_manual_event_close(&event, true);
    assert_nothing_left();
}

/* A post wakes one, which may be one of ours and takes nothing: the others have to hear of it. */
static void test_their_post_reaches_all(void **state) {
    (void)state;
    enum { TIMES = 20 };
    names n = name_it("post");
    ferryi_manual_event *event = make(n.own, false);
    sem_t *theirs = sem_open(n.posix, 0);
    for (int times = 0; times < TIMES; times++) {
        child *waiters[OURS + THEIRS];
        start_waiters(&n, waiters);
        assert_int_equal(sem_post(theirs), 0);
        for (int i = 0; i < OURS + THEIRS; i++)
            assert_child_succeeds(waiters[i]);
        assert_int_equal(value_of(theirs), 1);
        ferryi_manual_event_reset(event);
    }
    sem_close(theirs);
    ferryi_manual_event_close(&event, true);
    assert_nothing_left();
}

static void test_what_is_no_event(void **state) {
    (void)state;
    names n = name_it("nonsense");
    ferry_error error = {0};
    ferryi_manual_event *found = NULL;
    assert_int_equal(mkdir(n.path, 0700), 0);
    assert_int_equal(
        ferryi_manual_event_make(&found, n.own, true, FERRYI_NOT_SHARED, &lost, &error),
        FERRY_FOREIGN);
    assert_sentence(&error, FERRY_FOREIGN, n.own);
    assert_int_equal(ferryi_manual_event_open(&found, n.own, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_FOREIGN);
    assert_null(found);
    assert_int_equal(rmdir(n.path), 0);
    assert_nothing_left();
}

/* Any value in the two words: a wait ends, and what is set is seen. */
static void test_numbers_that_cannot_be(void **state) {
    (void)state;
    static const uint32_t numbers[] = {0, 1, 2, INT32_MAX, UINT32_C(1) << 31, UINT32_MAX};
    enum { COUNT = sizeof numbers / sizeof numbers[0] };
    names n = name_it("numbers");
    ferryi_manual_event *event = make(n.own, false);
    int descriptor = open(n.path, O_RDWR);
    for (int i = 0; i < COUNT * COUNT; i++) {
        uint32_t words[2] = {numbers[i % COUNT], numbers[i / COUNT]};
        assert_int_equal(pwrite(descriptor, words, sizeof words, 0), sizeof words);
        assert_int_equal(ferryi_manual_event_wait(event, 1000), words[0] != 0);
        ferryi_manual_event_set(event);
        assert_true(ferryi_manual_event_wait(event, 1000));
        ferryi_manual_event_reset(event);
        assert_false(ferryi_manual_event_wait(event, 1000));
    }
    close(descriptor);
    ferryi_manual_event_close(&event, true);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_it_is_one_semaphore, clean_up),
        cmocka_unit_test_teardown(test_our_set_reaches_all, clean_up),
        cmocka_unit_test_teardown(test_their_post_reaches_all, clean_up),
        cmocka_unit_test_teardown(test_what_is_no_event, clean_up),
        cmocka_unit_test_teardown(test_numbers_that_cannot_be, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
