/* When a waiter watches an event before it sleeps. Clock and sleep are this test's own (the linker
 * puts them in): an event comes when the case says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "platform/event_watch.h"

#define US UINT64_C(1000)
#define LOOK_NS UINT64_C(100) /* at the clock, and what lies between two of them */
#define TIMEOUT_NS INT64_C(50000000)

static _Atomic(uint32_t) word;
static const ferryi_event event = {.word = &word};

static struct {
    uint64_t now_ns, set_ns; /* when the event is set */
    unsigned sleeps, looks;
} course = {.set_ns = UINT64_MAX};

uint64_t __wrap_ferry_clock_ns(void);
bool __wrap_ferryi_event_wait(ferryi_event waited, int64_t timeout_ns);

static void pass_time(uint64_t until_ns) {
    course.now_ns = until_ns;
    if (course.now_ns < course.set_ns)
        return;
    course.set_ns = UINT64_MAX;
    atomic_store(&word, FERRYI_EVENT_SET);
}

uint64_t __wrap_ferry_clock_ns(void) {
    course.looks++;
    pass_time(course.now_ns + LOOK_NS);
    return course.now_ns;
}

bool __wrap_ferryi_event_wait(ferryi_event waited, int64_t timeout_ns) {
    assert_ptr_equal(waited.word, &word);
    if (atomic_load(&word) != FERRYI_EVENT_SET) {
        uint64_t end_ns = course.now_ns + (uint64_t)timeout_ns;
        course.sleeps++;
        pass_time(course.set_ns < end_ns ? course.set_ns : end_ns);
    }
    return atomic_exchange(&word, FERRYI_EVENT_IDLE) == FERRYI_EVENT_SET;
}

/* Waits for events that come so long after the begin of the wait; how many of them it slept for. */
static unsigned sleeps_of(ferryi_watch *watch, uint64_t after_ns, unsigned waits) {
    course.sleeps = 0;
    for (unsigned i = 0; i < waits; i++) {
        course.set_ns = course.now_ns + after_ns;
        pass_time(course.now_ns);
        assert_true(ferryi_watch_wait(watch, event, TIMEOUT_NS));
    }
    return course.sleeps;
}

/* How often the waits looked at the clock: watching does that all the time. */
static unsigned looks_of(ferryi_watch *watch, uint64_t after_ns, unsigned waits) {
    course.looks = 0;
    sleeps_of(watch, after_ns, waits);
    return course.looks;
}

static void test_quick_events_are_watched(void **state) {
    (void)state;
    ferryi_watch watch = {0};
    assert_int_equal(sleeps_of(&watch, 2 * US, 1000), 1); /* the first one tells */
}

static void test_slow_events_are_slept_for(void **state) {
    (void)state;
    ferryi_watch watch = {0};
    /* No look but those at the begin and the end of a sleep. */
    assert_int_equal(looks_of(&watch, 4000 * US, 1000), 2 * 1000);
    assert_int_equal(sleeps_of(&watch, 4000 * US, 1000), 1000);
    /* And for one that does not come. */
    assert_false(ferryi_watch_wait(&watch, event, TIMEOUT_NS));
}

static void test_watching_in_vain_stops(void **state) {
    (void)state;
    ferryi_watch watch = {0};
    /* Sleeps are short, but not as short as that. */
    sleeps_of(&watch, 2 * US, 100);
    assert_true(looks_of(&watch, 30 * US, 10000) <= 3 * 10000);
    assert_int_equal(sleeps_of(&watch, 30 * US, 1000), 1000);
    /* It is taken up again when the events are quick again. */
    sleeps_of(&watch, 2 * US, 1000);
    assert_int_equal(sleeps_of(&watch, 2 * US, 1000), 0);
}

/* On one processor events are often set before the wait, and never during it. */
static void test_what_was_set_before_proves_nothing(void **state) {
    (void)state;
    ferryi_watch watch = {0};
    unsigned looks = 0;
    for (int i = 0; i < 10000; i++) {
        sleeps_of(&watch, 0, 1);
        looks += looks_of(&watch, 30 * US, 1);
    }
    assert_true(looks <= 3 * 10000);
}

static void test_a_short_timeout_is_kept(void **state) {
    (void)state;
    ferryi_watch watch = {0};
    sleeps_of(&watch, 2 * US, 100);
    static const int64_t timeouts_ns[] = {1000, 20000, 20100, 30000, 100000};
    for (size_t i = 0; i < sizeof timeouts_ns / sizeof timeouts_ns[0]; i++) {
        sleeps_of(&watch, 2 * US, 1000);
        uint64_t begun_ns = course.now_ns;
        assert_false(ferryi_watch_wait(&watch, event, timeouts_ns[i]));
        assert_true(course.now_ns - begun_ns <= (uint64_t)timeouts_ns[i] + 4 * LOOK_NS);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quick_events_are_watched),
        cmocka_unit_test(test_slow_events_are_slept_for),
        cmocka_unit_test(test_watching_in_vain_stops),
        cmocka_unit_test(test_what_was_set_before_proves_nothing),
        cmocka_unit_test(test_a_short_timeout_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
