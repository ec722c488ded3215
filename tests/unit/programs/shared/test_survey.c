/* The changes between two looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/survey.c"

#define SECOND ((uint64_t)FERRY_SECOND_NS)

/* A channel with so many frames, 20 ms apart, the newest of which is just published. */
static void make(app_survey_entry *e, uint64_t looked_ns, uint64_t frames) {
    memset(e, 0, sizeof *e);
    e->looked_ns = looked_ns;
    e->peek.state = FERRY_PEEK_LIVE;
    e->peek.has_block = 1;
    e->peek.generation = 7;
    e->peek.head = frames;
    e->peek.has_newest = 1;
    e->peek.newest.number = frames;
    e->peek.newest.publish_ns = 100 * SECOND + frames * SECOND / 50;
    e->peek.newest.length_bytes = 1000;
}

static void assert_near(double a, double b) {
    assert_true(a > b - 1e-6 && a < b + 1e-6);
}

static void test_rates(void **state) {
    static app_survey_entry before, now;
    (void)state;
    make(&before, 200 * SECOND, 10);
    make(&now, 201 * SECOND, 27);
    before.peek.dropped = 2;
    now.peek.dropped = 6;
    rate(&now, &before);
    assert_true(now.rates.are_known);
    assert_near(now.rates.fps, 50); /* by the frames' times, whatever the time between looks */
    assert_near(now.rates.bytes_per_second, 50000);
    assert_near(now.rates.dropped_per_second, 4);
    assert_near(now.rates.fps_below, 0);
    /* Without the times, by that between the looks. */
    make(&now, 202 * SECOND, 30);
    now.peek.dropped = 2;
    now.peek.has_newest = 0;
    rate(&now, &before);
    assert_near(now.rates.fps, 10);
    assert_near(now.rates.bytes_per_second, 0);
}

static void test_no_frame(void **state) {
    static app_survey_entry before, now;
    (void)state;
    make(&before, 200 * SECOND, 10);
    make(&now, 201 * SECOND, 10);
    now.peek.newest_age_ns = SECOND / 2;
    rate(&now, &before);
    assert_true(now.rates.are_known);
    assert_near(now.rates.fps, 0);
    assert_near(now.rates.fps_below, 2);
    now.peek.state = FERRY_PEEK_IDLE;
    memset(&now.rates, 0, sizeof now.rates);
    rate(&now, &before);
    assert_true(now.rates.are_known);
    assert_near(now.rates.fps_below, 0);
}

static void test_what_cannot_be_compared(void **state) {
    static app_survey_entry before, now;
    (void)state;
    make(&now, 201 * SECOND, 20);
    rate(&now, NULL);
    assert_false(now.rates.are_known);
    make(&before, 200 * SECOND, 10);
    before.peek.generation = 8;
    rate(&now, &before);
    assert_false(now.rates.are_known);
    make(&before, 200 * SECOND, 21); /* fewer frames than before */
    rate(&now, &before);
    assert_false(now.rates.are_known);
    make(&before, 201 * SECOND, 10); /* at the same time */
    rate(&now, &before);
    assert_false(now.rates.are_known);
    make(&before, 200 * SECOND, 10);
    now.peek.state = FERRY_PEEK_DEAD;
    rate(&now, &before);
    assert_false(now.rates.are_known);
}

static void add_consumer(app_survey_entry *e, uint32_t index, uint64_t joined_ns, uint64_t received,
                         uint64_t lag) {
    ferry_peek_consumer *c = &e->peek.consumer[e->peek.consumer_count++];
    c->index = index;
    c->info.joined_ns = joined_ns;
    c->info.received = received;
    c->info.lag = lag;
}

static void test_consumers(void **state) {
    static app_survey_entry looks[3];
    (void)state;
    for (uint64_t i = 0; i < 3; i++)
        make(&looks[i], (200 + i) * SECOND, 10 * (i + 1));
    add_consumer(&looks[0], 4, 1, 5, 5);
    add_consumer(&looks[0], 5, 2, 5, 5);
    add_consumer(&looks[1], 5, 2, 5, 15);
    add_consumer(&looks[1], 4, 1, 15, 5);
    add_consumer(&looks[1], 6, 3, 0, 0);
    add_consumer(&looks[2], 5, 2, 5, 25);
    add_consumer(&looks[2], 6, 9, 7, 0); /* another one in the place */
    rate(&looks[0], NULL);
    assert_true(looks[0].consumer[0].fps < 0);
    rate(&looks[1], &looks[0]);
    assert_near(looks[1].consumer[0].fps, 0);
    assert_true(looks[1].consumer[0].stalled_ns == SECOND);
    assert_near(looks[1].consumer[1].fps, 10);
    assert_true(looks[1].consumer[1].stalled_ns == 0);
    assert_true(looks[1].consumer[2].fps < 0);
    rate(&looks[2], &looks[1]);
    assert_true(looks[2].consumer[0].stalled_ns == 2 * SECOND);
    assert_true(looks[2].consumer[1].fps < 0);
    /* One that has nothing to take does not stall. */
    looks[2].peek.consumer[0].info.lag = 0;
    rate(&looks[2], &looks[1]);
    assert_true(looks[2].consumer[0].stalled_ns == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_no_frame),
        cmocka_unit_test(test_what_cannot_be_compared),
        cmocka_unit_test(test_consumers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
