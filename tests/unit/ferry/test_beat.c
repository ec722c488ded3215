/* Rates and jitter, by the numbers and times of frames alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "beat.c"

#define MS UINT64_C(1000000)

static void see(beat *b, uint64_t number, uint64_t publish_ns) {
    ferry_frame_info info = {.number = number, .publish_ns = publish_ns};
    assert_true(beat_note(b, &info));
}

static void assert_near(double a, double b) {
    assert_true(a > b - 1e-6 && a < b + 1e-6);
}

static void test_an_even_stream(void **state) {
    beat b = {0};
    beat_figures f;
    (void)state;
    beat_begin(&b, 0);
    for (uint64_t i = 0; i <= 50; i++) {
        see(&b, 100 + i, 1000 * MS + 20 * MS * i);
        see(&b, 100 + i, 1000 * MS + 20 * MS * i); /* the same one again */
    }
    beat_take(&b, 1000 * MS, &f);
    assert_near(f.seconds, 1);
    assert_int_equal(f.frames, 50);
    assert_int_equal(f.seen, 50);
    assert_true(f.has_rate && f.has_jitter);
    assert_near(f.fps, 50);
    assert_int_equal(f.period_ns, 20 * MS);
    assert_int_equal(f.most_ns, 0);
    assert_int_equal(f.gaps, 0);
    /* Nothing new. */
    beat_take(&b, 2000 * MS, &f);
    assert_int_equal(f.frames, 0);
    assert_false(f.has_rate || f.has_jitter);
    /* The first one afterwards ends the time since the last one before. */
    see(&b, 151, 2100 * MS);
    beat_take(&b, 3000 * MS, &f);
    assert_int_equal(f.frames, 1);
    assert_near(f.fps, 10);
    beat_sum_up(&b, 3000 * MS, &f);
    assert_near(f.seconds, 3);
    assert_int_equal(f.frames, 51);
    assert_near(f.fps, 51 / 1.1);
    beat_free(&b);
}

static void test_jitter_and_gaps(void **state) {
    static const uint64_t times_ms[] = {0, 10, 20, 31, 40, 50, 90, 100, 110, 120, 130};
    beat b = {0};
    beat_figures f;
    (void)state;
    beat_begin(&b, 0);
    for (uint64_t i = 0; i < sizeof times_ms / sizeof times_ms[0]; i++)
        see(&b, i + 1, times_ms[i] * MS + MS);
    beat_take(&b, 200 * MS, &f);
    assert_int_equal(f.period_ns, 10 * MS);
    assert_int_equal(f.gaps, 1);
    assert_int_equal(f.p50_ns, 0);
    assert_int_equal(f.p99_ns, 30 * MS);
    assert_int_equal(f.most_ns, 30 * MS);
    beat_sum_up(&b, 200 * MS, &f);
    assert_int_equal(f.gaps, 1);
    assert_int_equal(f.most_ns, 30 * MS);
    beat_free(&b);
}

/* Their times are not known, so that they say nothing of the jitter. */
static void test_frames_that_were_not_seen(void **state) {
    beat b = {0};
    beat_figures f;
    (void)state;
    beat_begin(&b, 0);
    see(&b, 1, 10 * MS);
    see(&b, 5, 50 * MS);
    see(&b, 6, 60 * MS);
    see(&b, 11, 110 * MS);
    beat_take(&b, 200 * MS, &f);
    assert_int_equal(f.frames, 10);
    assert_int_equal(f.seen, 3);
    assert_near(f.fps, 100);
    assert_int_equal(f.period_ns, 10 * MS);
    assert_int_equal(f.gaps, 0);
    beat_free(&b);
}

/* One of the three frames came 70 ms late, whichever it was. */
static void test_a_gap_among_frames_that_were_not_seen(void **state) {
    beat b = {0};
    beat_figures f;
    (void)state;
    beat_begin(&b, 0);
    see(&b, 1, 10 * MS);
    see(&b, 2, 20 * MS);
    see(&b, 5, 120 * MS);
    see(&b, 7, 144 * MS); /* late by less than half a period */
    beat_take(&b, 200 * MS, &f);
    assert_int_equal(f.period_ns, 10 * MS);
    assert_int_equal(f.gaps, 1);
    assert_int_equal(f.p99_ns, 0);
    assert_int_equal(f.most_ns, 70 * MS);
    see(&b, 9, 300 * MS); /* no two in a row: by the period of before */
    beat_take(&b, 400 * MS, &f);
    assert_false(f.has_jitter);
    assert_int_equal(f.gaps, 1);
    beat_sum_up(&b, 400 * MS, &f);
    assert_int_equal(f.gaps, 2);
    assert_int_equal(f.most_ns, 136 * MS);
    beat_free(&b);
}

static void test_drops_and_losses(void **state) {
    beat b = {0};
    beat_figures f;
    ferry_frame_info info = {.number = 1,
                             .publish_ns = MS,
                             .flags = FERRY_FRAME_HAS_SEQUENCE,
                             .sequence = 10,
                             .dropped = 3};
    (void)state;
    beat_begin(&b, 0);
    assert_true(beat_note(&b, &info));
    /* The source made five more; the producer dropped two, and one has come. */
    info.number = 2;
    info.publish_ns = 2 * MS;
    info.sequence = 15;
    info.dropped = 5;
    assert_true(beat_note(&b, &info));
    beat_take(&b, 10 * MS, &f);
    assert_int_equal(f.dropped, 2);
    assert_int_equal(f.lost, 2);
    beat_sum_up(&b, 10 * MS, &f);
    assert_int_equal(f.dropped, 2);
    assert_int_equal(f.lost, 2);
    beat_free(&b);
}

/* A producer may write anything there. */
static void test_times_that_cannot_be(void **state) {
    beat b = {0};
    beat_figures f;
    (void)state;
    beat_begin(&b, 0);
    see(&b, 1, UINT64_MAX);
    see(&b, 2, 0);
    see(&b, UINT64_MAX, UINT64_MAX);
    see(&b, 3, 5);
    beat_take(&b, 1, &f);
    assert_false(f.has_rate);
    beat_sum_up(&b, 1, &f);
    beat_free(&b);
}

static void test_nothing_at_all(void **state) {
    beat b = {0};
    beat_figures f;
    (void)state;
    beat_begin(&b, 0);
    beat_sum_up(&b, 1, &f);
    assert_int_equal(f.frames, 0);
    assert_false(f.has_rate || f.has_jitter);
    beat_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_even_stream),
        cmocka_unit_test(test_jitter_and_gaps),
        cmocka_unit_test(test_frames_that_were_not_seen),
        cmocka_unit_test(test_a_gap_among_frames_that_were_not_seen),
        cmocka_unit_test(test_drops_and_losses),
        cmocka_unit_test(test_times_that_cannot_be),
        cmocka_unit_test(test_nothing_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
