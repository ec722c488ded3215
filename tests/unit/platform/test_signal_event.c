/* The dialect's event beside programs that use the C library's semaphores on it. */
#define _GNU_SOURCE /* pipe2, syscall */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel_support.h"
#include "signal_event_scene.h"

static void test_it_is_one_semaphore(void **state) {
    (void)state;
    scene s;
    int value = -1;
    set_scene(&s, "one");
    sem_t *theirs = sem_open(s.posix, 0);
    assert_true(theirs != SEM_FAILED);
    assert_int_equal(sem_getvalue(theirs, &value), 0);
    assert_int_equal(value, 0);
    assert_false(ferryi_signal_event_is_set(s.event));
    ferryi_signal_event_set(s.event);
    ferryi_signal_event_set(s.event);
    assert_int_equal(sem_getvalue(theirs, &value), 0);
    assert_int_equal(value, 1); /* set is set */
    assert_true(ferryi_signal_event_is_set(s.event));
    assert_int_equal(sem_trywait(theirs), 0);
    assert_false(ferryi_signal_event_wait(s.event, 0));
    for (int i = 0; i < 3; i++)
        assert_int_equal(sem_post(theirs), 0);
    assert_true(ferryi_signal_event_wait(s.event, 0));
    ferryi_signal_event_set(s.event);
    assert_int_equal(ferryi_signal_event_take_all(s.event), 2);
    assert_int_equal(ferryi_signal_event_take_all(s.event), 0);
    assert_false(ferryi_signal_event_is_set(s.event));
    assert_int_equal(atomic_load(&s.words->sleepers), 0);
    sem_close(theirs);
    strike_scene(&s);
}

static void sleep_in_sem_wait(const void *argument) {
    sem_t *theirs = sem_open(argument, 0);
    CHILD_CHECK(theirs != SEM_FAILED && sem_wait(theirs) == 0);
}

static void test_a_set_wakes_one_who_sleeps_in_sem_wait(void **state) {
    (void)state;
    scene s;
    set_scene(&s, "sem-wait");
    child *sleeper = start_child(sleep_in_sem_wait, s.posix);
    await_sleepers(&s, 1);
    ferryi_signal_event_set(s.event);
    assert_child_succeeds(sleeper);
    strike_scene(&s);
}

/* The one who was woken is killed before it takes the set; another one sleeps. */
static void test_a_set_that_nobody_took_wakes_the_next(void **state) {
    (void)state;
    scene s;
    set_scene(&s, "killed");
    child *sleeper = start_child(sleep_in_sem_wait, s.posix);
    await_sleepers(&s, 1);
    atomic_store(&s.words->value, 1);
    ferryi_signal_event_set(s.event);
    assert_child_succeeds(sleeper);
    strike_scene(&s);
}

enum { ROUNDS = 3000 };

static void answer_with_semaphores(const void *argument) {
    const scene *s = argument; /* the names of ping and pong follow one another */
    sem_t *ping = sem_open(s[0].posix, 0), *pong = sem_open(s[1].posix, 0);
    CHILD_CHECK(ping != SEM_FAILED && pong != SEM_FAILED);
    for (int i = 0; i < ROUNDS; i++)
        CHILD_CHECK(sem_wait(ping) == 0 && sem_post(pong) == 0);
}

/* One that sleeps in sem_wait has no slice that would make up for a wake-up that is lost. */
static void test_wake_ups_of_sem_wait_are_not_lost(void **state) {
    (void)state;
    scene s[2];
    set_scene(&s[0], "ping");
    set_scene(&s[1], "pong");
    child *other = start_child_with(answer_with_semaphores, s, sizeof s);
    for (int i = 0; i < ROUNDS; i++) {
        ferryi_signal_event_set(s[0].event);
        assert_true(wait_within(s[1].event, STUCK_NS));
    }
    assert_child_succeeds(other);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(atomic_load(&s[i].words->sleepers), 0);
        ferryi_signal_event_close(&s[i].event);
        munmap(s[i].words, FERRYI_SHM_PAGE);
        ferryi_signal_event_remove(s[i].name);
    }
    assert_nothing_left();
}

static void sleep_on(const void *argument) {
    scene s = *(const scene *)argument;
    open_event(&s);
    CHILD_CHECK(wait_within(s.event, STUCK_NS));
}

/* What sem_post does, but for the value: the kernel says whether it woke somebody. */
static bool wakes_somebody(const scene *s) {
    enum { WAKE = 1 }; /* FUTEX_WAKE, for waiters in any process */
    return atomic_load(&s->words->sleepers) > 0 &&
           syscall(SYS_futex, &s->words->value, WAKE, 1, NULL, NULL, 0) == 1;
}

static void test_one_of_ours_sleeps_where_sem_post_wakes(void **state) {
    (void)state;
    scene s;
    set_scene(&s, "ours");
    child *sleeper = start_child_with(sleep_on, &s, sizeof s);
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    bool woken = false;
    while (!woken && ferry_clock_ns() < stuck_ns)
        woken = wakes_somebody(&s);
    assert_true(woken);
    sem_t *theirs = sem_open(s.posix, 0);
    assert_true(theirs != SEM_FAILED && sem_post(theirs) == 0);
    assert_child_succeeds(sleeper);
    assert_int_equal(atomic_load(&s.words->sleepers), 0);
    sem_close(theirs);
    strike_scene(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_it_is_one_semaphore, clean_up),
        cmocka_unit_test_teardown(test_a_set_wakes_one_who_sleeps_in_sem_wait, clean_up),
        cmocka_unit_test_teardown(test_a_set_that_nobody_took_wakes_the_next, clean_up),
        cmocka_unit_test_teardown(test_wake_ups_of_sem_wait_are_not_lost, clean_up),
        cmocka_unit_test_teardown(test_one_of_ours_sleeps_where_sem_post_wakes, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
