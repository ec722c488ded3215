/* The clock of another machine beside ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Part of a program, and so in no library. */
#include "sources/http_clock.c"

#define MS UINT64_C(1000000)
#define NOW (1000 * SECOND_NS)
#define AHEAD (777 * SECOND_NS) /* their clock */

/* One answer: so long on the way there and back, and waited for. */
static void note(http_clock *clock, uint64_t at_ns, uint64_t there_ns, uint64_t wait_ns,
                 uint64_t back_ns) {
    uint64_t asked_ns = at_ns - there_ns - wait_ns - back_ns;
    uint64_t received_ns = asked_ns + there_ns + AHEAD;
    http_clock_note(clock, asked_ns, received_ns, received_ns + wait_ns, at_ns);
}

static void test_knows_nothing_at_first(void **state) {
    (void)state;
    http_clock clock = {.samples = {{.at_ns = 0}}};
    assert_true(http_clock_error_ns(&clock, NOW) == INT64_MAX);
    assert_int_equal(http_clock_map(&clock, NOW, NOW), 0);
}

static void test_maps_within_its_error(void **state) {
    (void)state;
    static const uint64_t ways[][2] = {{0, 0}, {MS, MS}, {0, 4 * MS}, {6 * MS, 1}, {3, 8 * MS}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        http_clock clock = {.samples = {{.at_ns = 0}}};
        note(&clock, NOW, ways[i][0], 2 * SECOND_NS, ways[i][1]);
        int64_t error_ns = http_clock_error_ns(&clock, NOW);
        assert_true(error_ns >= 0 && (uint64_t)error_ns <= (ways[i][0] + ways[i][1]) / 2 + 2);
        uint64_t taken_ns = NOW - SECOND_NS; /* on our clock */
        int64_t wrong_ns = (int64_t)(http_clock_map(&clock, taken_ns + AHEAD, NOW) - taken_ns);
        assert_true(llabs(wrong_ns) <= error_ns);
    }
}

static void test_leaves_it_where_the_error_is_large(void **state) {
    (void)state;
    http_clock clock = {.samples = {{.at_ns = 0}}};
    note(&clock, NOW, 11 * MS, 0, 11 * MS);
    assert_int_equal(http_clock_map(&clock, NOW, NOW), 0);
    note(&clock, NOW + 1, 5 * MS, 0, 5 * MS);
    assert_int_not_equal(http_clock_map(&clock, NOW, NOW), 0);
}

static void test_keeps_the_best_for_ten_seconds(void **state) {
    (void)state;
    http_clock clock = {.samples = {{.at_ns = 0}}};
    note(&clock, NOW, 1000, 0, 1000);
    for (uint64_t i = 1; i < 90; i++)
        note(&clock, NOW + i * SECOND_NS / 10, 20 * MS, 0, 20 * MS);
    assert_true(http_clock_error_ns(&clock, NOW + 9 * SECOND_NS) < (int64_t)(10 * MS));
    for (uint64_t i = 90; i < 120; i++)
        note(&clock, NOW + i * SECOND_NS / 10, 20 * MS, 0, 20 * MS);
    assert_true(http_clock_error_ns(&clock, NOW + 12 * SECOND_NS) >= (int64_t)(20 * MS));
}

static void test_an_error_grows(void **state) {
    (void)state;
    http_clock clock = {.samples = {{.at_ns = 0}}};
    note(&clock, NOW, 0, 0, 0);
    int64_t before_ns = http_clock_error_ns(&clock, NOW);
    int64_t after_ns = http_clock_error_ns(&clock, NOW + 5 * SECOND_NS);
    assert_true(after_ns - before_ns == (int64_t)(5 * MS));
}

static void test_begins_anew_with_their_machine(void **state) {
    (void)state;
    http_clock clock = {.samples = {{.at_ns = 0}}};
    for (uint64_t i = 0; i < 5; i++)
        note(&clock, NOW + i * SECOND_NS, 1000, 0, 1000);
    uint64_t now_ns = NOW + 5 * SECOND_NS;
    http_clock_note(&clock, now_ns - 2 * MS, SECOND_NS, SECOND_NS, now_ns); /* just started */
    uint64_t ours_ns = http_clock_map(&clock, SECOND_NS, now_ns);
    assert_true(ours_ns >= now_ns - 2 * MS && ours_ns <= now_ns);
}

static void test_leaves_out_what_cannot_be(void **state) {
    (void)state;
    static const uint64_t times[][4] = {
        {2, 1, 1, 1},                           /* answered before it was asked */
        {NOW, 5, 4, NOW + 9},                   /* sent before it came */
        {NOW, 5, 25, NOW + 9},                  /* there for longer than the whole took */
        {NOW, 5, UINT64_MAX, NOW + 9},          /* */
        {NOW, UINT64_MAX - 1, UINT64_MAX, NOW}, /* */
    };
    http_clock clock = {.samples = {{.at_ns = 0}}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        http_clock_note(&clock, times[i][0], times[i][1], times[i][2], times[i][3]);
    assert_true(http_clock_error_ns(&clock, NOW) == INT64_MAX);
}

static void test_stays_between_the_start_and_now(void **state) {
    (void)state;
    http_clock clock = {.samples = {{.at_ns = 0}}};
    note(&clock, NOW, 0, 0, 0);
    assert_true(http_clock_map(&clock, NOW + AHEAD + SECOND_NS, NOW) == NOW);
    assert_int_equal(http_clock_map(&clock, 5, NOW), 1);
    assert_int_equal(http_clock_map(&clock, 0, NOW), 0);
    assert_int_equal(http_clock_map(&clock, UINT64_MAX, NOW), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knows_nothing_at_first),
        cmocka_unit_test(test_maps_within_its_error),
        cmocka_unit_test(test_leaves_it_where_the_error_is_large),
        cmocka_unit_test(test_keeps_the_best_for_ten_seconds),
        cmocka_unit_test(test_an_error_grows),
        cmocka_unit_test(test_begins_anew_with_their_machine),
        cmocka_unit_test(test_leaves_out_what_cannot_be),
        cmocka_unit_test(test_stays_between_the_start_and_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
