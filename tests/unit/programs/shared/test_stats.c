/* Figures of a receiving program: what is in each interval, and when. The clock here is set by the
 * test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ferry_clock_ns scripted_clock_ns
#include "shared/stats.c"

#define MS (FERRY_SECOND_NS / 1000)

static uint64_t now_ns;

uint64_t scripted_clock_ns(void) {
    return now_ns;
}

static void test_none_are_wanted(void **state) {
    (void)state;
    app_stats stats = {.interval.length_ns = 0};
    app_stats_figures figures;
    now_ns = 5;
    app_stats_note(&stats, MS);
    for (int i = 0; i < 100; i++, now_ns += FERRY_SECOND_NS)
        assert_false(app_stats_take(&stats, &figures));
    assert_int_equal(stats.latency.count, 0);
    assert_true(app_stats_slice_ns(&stats, FERRY_FOREVER) == FERRY_FOREVER);
}

static void test_figures_are_those_of_the_interval(void **state) {
    (void)state;
    app_stats stats = {.interval.length_ns = FERRY_SECOND_NS};
    app_stats_figures figures;
    now_ns = 7 * (uint64_t)FERRY_SECOND_NS;
    assert_false(app_stats_take(&stats, &figures)); /* which begins the first */
    for (int i = 0; i < 98; i++)
        app_stats_note(&stats, 2 * MS);
    app_stats_note(&stats, 50 * MS);
    app_stats_note(&stats, -MS); /* the clocks of two machines, say */
    assert_int_equal(app_stats_slice_ns(&stats, FERRY_FOREVER), FERRY_SECOND_NS);
    now_ns += 2 * (uint64_t)FERRY_SECOND_NS; /* late */
    assert_true(app_stats_take(&stats, &figures));
    assert_true(figures.seconds > 1.999 && figures.seconds < 2.001);
    assert_true(figures.fps > 49.9 && figures.fps < 50.1);
    assert_true(figures.has_latency);
    assert_true(figures.p50_ms > 1.9 && figures.p50_ms < 2.1);
    assert_true(figures.p99_ms > 1.9 && figures.p99_ms < 2.1);
    assert_int_equal(figures.received, 0); /* the caller's */
    /* The next interval knows nothing of these frames. */
    assert_false(app_stats_take(&stats, &figures));
    now_ns += (uint64_t)FERRY_SECOND_NS;
    assert_true(app_stats_take(&stats, &figures));
    assert_false(figures.has_latency);
    assert_true(figures.fps == 0 && figures.p50_ms == 0 && figures.p99_ms == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_are_wanted),
        cmocka_unit_test(test_figures_are_those_of_the_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
