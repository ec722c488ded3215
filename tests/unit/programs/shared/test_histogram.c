/* Percentiles out of a histogram, beside those of the sorted values themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/histogram.h"

enum { VALUES_MAX = 5000 };

static const unsigned thousandths[] = {1, 10, 250, 500, 501, 900, 990, 999, 1000};
enum { PERCENTILES = sizeof thousandths / sizeof thousandths[0] };

static app_histogram histogram;
static uint64_t values[VALUES_MAX];
static size_t count;

static void clear(void) {
    memset(&histogram, 0, sizeof histogram);
    count = 0;
}

static void add(uint64_t value) {
    values[count++] = value;
    app_histogram_add(&histogram, value);
}

static int compare(const void *one, const void *other) {
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

/* The nearest rank: the least value that so many thousandths do not exceed. */
static uint64_t exact(unsigned part) {
    return values[(count * part + 999) / 1000 - 1];
}

static void assert_close(void) {
    qsort(values, count, sizeof *values, compare);
    for (int i = 0; i < PERCENTILES; i++) {
        uint64_t truth = exact(thousandths[i]);
        uint64_t found = app_histogram_at(&histogram, thousandths[i]);
        uint64_t apart = found > truth ? found - truth : truth - found;
        if (apart > truth / (2 * APP_HISTOGRAM_STEPS) || (truth < 64 && apart != 0))
            fail_msg("%u of 1000: %llu, which should be near %llu", thousandths[i],
                     (unsigned long long)found, (unsigned long long)truth);
    }
}

static void test_none(void **state) {
    (void)state;
    clear();
    for (int i = 0; i < PERCENTILES; i++)
        assert_int_equal(app_histogram_at(&histogram, thousandths[i]), 0);
}

static void test_one_value_is_exact(void **state) {
    (void)state;
    static const uint64_t some[] = {0,  1,    31,        32,        63,        64,
                                    65, 1000, 123456789, INT64_MAX, UINT64_MAX};
    for (size_t k = 0; k < sizeof some / sizeof some[0]; k++) {
        clear();
        add(some[k]);
        for (int i = 0; i < PERCENTILES; i++)
            assert_true(app_histogram_at(&histogram, thousandths[i]) == some[k]);
    }
}

static void test_small_values_are_exact(void **state) {
    (void)state;
    clear();
    for (uint64_t i = 0; i < 640; i++)
        add(i * 37 % 64);
    assert_close();
}

/* Around each power of two, where one bucket ends and another begins. */
static void test_every_size(void **state) {
    (void)state;
    clear();
    for (unsigned bit = 0; bit < 64; bit++)
        for (int off = -3; off <= 3; off++)
            add((UINT64_C(1) << bit) + (uint64_t)(int64_t)off);
    assert_close();
    for (unsigned bit = 6; bit < 64; bit++) {
        clear();
        add(0);
        add((UINT64_C(1) << bit) - 1);
        add(UINT64_C(1) << bit);
        add(UINT64_MAX);
        assert_close();
    }
}

/* As latencies are: most near one another, a few far off. */
static void test_a_long_tail(void **state) {
    (void)state;
    uint64_t seed = 1;
    clear();
    for (size_t i = 0; i < VALUES_MAX; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t near_value = 80000 + (seed >> 33) % 40000;
        add(i % 97 == 0 ? near_value * (1 + i) : near_value);
    }
    assert_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_one_value_is_exact),
        cmocka_unit_test(test_small_values_are_exact),
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_a_long_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
