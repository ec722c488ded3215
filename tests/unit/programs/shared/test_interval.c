/* When figures are due: at a steady distance, and once when many were missed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/interval.h"

static void test_none_is_wanted(void **state) {
    (void)state;
    app_interval none = {.length_ns = 0};
    uint64_t elapsed_ns = 7;
    for (uint64_t now_ns = 1; now_ns < 100; now_ns++)
        assert_false(app_interval_is_over(&none, now_ns, &elapsed_ns));
    assert_int_equal(elapsed_ns, 7);
    assert_true(app_interval_left_ns(&none, 50, INT64_MAX) == INT64_MAX);
}

/* A call that comes late does not put off those that follow. */
static void test_a_steady_distance(void **state) {
    (void)state;
    static const struct {
        uint64_t now_ns, elapsed_ns; /* 0: not over */
    } calls[] = {{1000, 0},   {1099, 0}, {1100, 100}, {1101, 0},  {1199, 0},
                 {1230, 130}, {1299, 0}, {1300, 70},  {1400, 100}};
    app_interval interval = {.length_ns = 100};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        uint64_t elapsed_ns = 0;
        bool is_over = app_interval_is_over(&interval, calls[i].now_ns, &elapsed_ns);
        assert_int_equal(is_over, calls[i].elapsed_ns != 0);
        assert_int_equal(elapsed_ns, calls[i].elapsed_ns);
    }
}

static void test_what_was_missed_is_not_made_up_for(void **state) {
    (void)state;
    app_interval interval = {.length_ns = 100};
    uint64_t elapsed_ns = 0;
    app_interval_is_over(&interval, 1000, &elapsed_ns);
    assert_true(app_interval_is_over(&interval, 1950, &elapsed_ns));
    assert_int_equal(elapsed_ns, 950);
    assert_false(app_interval_is_over(&interval, 1999, &elapsed_ns));
    assert_true(app_interval_is_over(&interval, 2000, &elapsed_ns));
    assert_int_equal(elapsed_ns, 50);
}

static void test_what_is_left(void **state) {
    (void)state;
    app_interval interval = {.length_ns = 100};
    uint64_t elapsed_ns = 0;
    assert_int_equal(app_interval_left_ns(&interval, 1000, 500), 0);
    app_interval_is_over(&interval, 1000, &elapsed_ns);
    assert_int_equal(app_interval_left_ns(&interval, 1000, 500), 100);
    assert_int_equal(app_interval_left_ns(&interval, 1060, 500), 40);
    assert_int_equal(app_interval_left_ns(&interval, 1060, 30), 30);
    assert_int_equal(app_interval_left_ns(&interval, 1100, 500), 0);
    assert_int_equal(app_interval_left_ns(&interval, 5000, INT64_MAX), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_is_wanted),
        cmocka_unit_test(test_a_steady_distance),
        cmocka_unit_test(test_what_was_missed_is_not_made_up_for),
        cmocka_unit_test(test_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
