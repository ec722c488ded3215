/* The pace of ferry-producer: steady over any time, and nothing in a bunch after a pause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

/* Part of a program, and so in no library. */
#include "pace.c"

#define SECOND ((uint64_t)FERRY_SECOND_NS)
#define BEGIN (UINT64_C(300) * 365 * 86400 * SECOND) /* an uptime of 300 years */

static void test_without_a_rate_all_is_due(void **state) {
    (void)state;
    pace p = {.rate = {.frames = 0, .seconds = 1}};
    for (uint64_t i = 1; i < 10; i++) {
        assert_true(pace_due_ns(&p) == 0);
        pace_take(&p, i);
    }
}

/* Frame n is due at n/rate after the first one, to the nanosecond, however many came before. */
static void test_a_rate_does_not_drift(void **state) {
    (void)state;
    static const app_rate rates[] = {{30, 1}, {30000, 1001}, {2997, 100}, {1, 3600}, {7, 3}};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        pace p = {.rate = rates[i]};
        assert_true(pace_due_ns(&p) == 0);
        pace_take(&p, BEGIN);
        for (uint64_t n = 1; n < 100000; n++) {
            uint64_t whole = n / rates[i].frames, rest = n % rates[i].frames;
            uint64_t expected_ns = BEGIN + whole * rates[i].seconds * SECOND +
                                   rest * rates[i].seconds * SECOND / rates[i].frames;
            assert_in_range(pace_due_ns(&p) - expected_ns + 1, 0, 2);
            /* Somewhat late each time, which must not add up. */
            pace_take(&p, pace_due_ns(&p) + n % 1000);
        }
    }
}

static void test_the_largest_rates_do_not_overflow(void **state) {
    (void)state;
    pace p = {.rate = {.frames = APP_RATE_MAX, .seconds = APP_RATE_MAX}};
    pace_take(&p, 5);
    for (uint64_t n = 1; n < 1000; n++) {
        assert_true(pace_due_ns(&p) == 5 + n * SECOND);
        pace_take(&p, pace_due_ns(&p));
    }
    p.frame = APP_RATE_MAX - 1;
    assert_true(pace_due_ns(&p) == 5 + (APP_RATE_MAX - 1) * SECOND);
    pace_take(&p, pace_due_ns(&p));
    assert_true(pace_due_ns(&p) == 5 + APP_RATE_MAX * SECOND);
}

static void test_a_frame_that_is_a_little_late_moves_no_other(void **state) {
    (void)state;
    pace p = {.rate = {.frames = 10, .seconds = 1}};
    pace_take(&p, BEGIN);
    pace_take(&p, BEGIN + 2 * SECOND / 10); /* due at 1/10, late by a whole period */
    assert_true(pace_due_ns(&p) == BEGIN + 2 * SECOND / 10);
    pace_take(&p, BEGIN + 2 * SECOND / 10);
    assert_true(pace_due_ns(&p) == BEGIN + 3 * SECOND / 10);
}

static void test_lost_time_is_not_made_up_for(void **state) {
    (void)state;
    pace p = {.rate = {.frames = 10, .seconds = 1}};
    pace_take(&p, BEGIN);
    uint64_t late_ns = BEGIN + 2 * SECOND / 10 + 1;
    pace_take(&p, late_ns);
    assert_true(pace_due_ns(&p) == late_ns + SECOND / 10);
    pace_take(&p, BEGIN + 50 * SECOND);
    for (uint64_t n = 1; n < 25; n++) {
        assert_true(pace_due_ns(&p) == BEGIN + 50 * SECOND + n * SECOND / 10);
        pace_take(&p, pace_due_ns(&p));
    }
}

/* Frames that take one and a half periods each: at no time do more come than the pace allows, but
 * for the one that is a period early at most; afterwards they come at the pace. */
static void test_a_slow_decoder_leaves_no_bunch_behind(void **state) {
    (void)state;
    const uint64_t period_ns = SECOND / 100;
    pace p = {.rate = {.frames = 100, .seconds = 1}};
    uint64_t now_ns = BEGIN;
    for (int n = 0; n < 1000; n++) {
        now_ns += period_ns * 3 / 2;
        if (now_ns < pace_due_ns(&p))
            now_ns = pace_due_ns(&p);
        pace_take(&p, now_ns);
    }
    uint64_t quick_from_ns = now_ns;
    for (uint64_t n = 1; n <= 100; n++) {
        if (now_ns < pace_due_ns(&p))
            now_ns = pace_due_ns(&p);
        assert_true(now_ns + period_ns >= quick_from_ns + n * period_ns);
        pace_take(&p, now_ns);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_rate_all_is_due),
        cmocka_unit_test(test_a_rate_does_not_drift),
        cmocka_unit_test(test_the_largest_rates_do_not_overflow),
        cmocka_unit_test(test_a_frame_that_is_a_little_late_moves_no_other),
        cmocka_unit_test(test_lost_time_is_not_made_up_for),
        cmocka_unit_test(test_a_slow_decoder_leaves_no_bunch_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
