/* Which way a copier takes. Clock and copies are this test's own (the linker puts them in): a copy
 * takes as long as the case says, so that each case goes the same way every time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel/copier.h"
#include "support/copy.h"

enum { FRAMES = 2000 };
#define US UINT64_C(1000)

typedef enum way { THROUGH, PAST } way;

/* The time of a frame in either way: of the copy itself, and with what the other side makes of it.
 */
typedef struct prices {
    uint64_t own_ns[2], period_ns[2];
} prices;

static struct {
    const prices *costs;
    uint64_t now_ns;
    uint64_t late_ns; /* one copy takes so much longer */
    way last;
    unsigned looks;
} course;

uint64_t __wrap_ferry_clock_ns(void);
void __wrap_ferryi_copy_through_cache(void *to, const void *from, size_t bytes);
void __wrap_ferryi_copy_past_cache(void *to, const void *from, size_t bytes);

uint64_t __wrap_ferry_clock_ns(void) {
    course.looks++;
    return course.now_ns;
}

static void go(way taken) {
    course.last = taken;
    course.now_ns += course.costs->own_ns[taken] + course.late_ns;
    course.late_ns = 0;
}

void __wrap_ferryi_copy_through_cache(void *to, const void *from, size_t bytes) {
    (void)to, (void)from, (void)bytes;
    go(THROUGH);
}

void __wrap_ferryi_copy_past_cache(void *to, const void *from, size_t bytes) {
    (void)to, (void)from, (void)bytes;
    go(PAST);
}

static way copy_frame(ferryi_copier *copier, const prices *costs, size_t bytes) {
    course.costs = costs;
    uint64_t begun_ns = course.now_ns;
    ferryi_copier_copy(copier, NULL, NULL, bytes);
    uint64_t end_ns = begun_ns + costs->period_ns[course.last];
    course.now_ns = end_ns > course.now_ns ? end_ns : course.now_ns;
    return course.last;
}

/* How many of these frames went past the cache. */
static unsigned count_past(ferryi_copier *copier, const prices *costs, unsigned frames) {
    unsigned past = 0;
    for (unsigned i = 0; i < frames; i++)
        past += copy_frame(copier, costs, FERRYI_LARGE_COPY_BYTES) == PAST;
    return past;
}

static const prices through_is_quicker = {{200 * US, 300 * US}, {0, 0}};
static const prices past_is_quicker = {{300 * US, 200 * US}, {0, 0}};

/* ---- tests ---- */

/* No more than a part of the frames goes the slower way. */
static void assert_mostly(unsigned count, unsigned frames) {
    assert_true(count >= frames - frames / 20);
}

static void test_the_quicker_way_is_found(void **state) {
    (void)state;
    ferryi_copier copier = {0};
    count_past(&copier, &through_is_quicker, 2 * FERRYI_COPIER_FRAMES);
    assert_mostly(FRAMES - count_past(&copier, &through_is_quicker, FRAMES), FRAMES);
    copier = (ferryi_copier){0};
    count_past(&copier, &past_is_quicker, 2 * FERRYI_COPIER_FRAMES);
    assert_mostly(count_past(&copier, &past_is_quicker, FRAMES), FRAMES);
}

static void test_it_notices_a_change(void **state) {
    (void)state;
    ferryi_copier copier = {0};
    for (int i = 0; i < 4; i++) {
        const prices *now = i % 2 == 0 ? &past_is_quicker : &through_is_quicker;
        count_past(&copier, now, FRAMES);
        unsigned past = count_past(&copier, now, FRAMES);
        assert_mostly(i % 2 == 0 ? past : FRAMES - past, FRAMES);
        count_past(&copier, now, 50 * FRAMES); /* so that rests are as long as they get */
    }
}

static void test_what_the_other_side_pays_counts_first(void **state) {
    (void)state;
    ferryi_copier copier = {0};
    static const prices other_pays = {{300 * US, 200 * US}, {320 * US, 400 * US}};
    count_past(&copier, &other_pays, 2 * FERRYI_COPIER_FRAMES);
    assert_mostly(FRAMES - count_past(&copier, &other_pays, FRAMES), FRAMES);
    /* With a pace from outside both periods are the same, but for some noise. */
    copier = (ferryi_copier){0};
    static const prices paced = {{200 * US, 300 * US}, {16667 * US, 16600 * US}};
    count_past(&copier, &paced, 2 * FERRYI_COPIER_FRAMES);
    assert_mostly(FRAMES - count_past(&copier, &paced, FRAMES), FRAMES);
}

static void test_small_differences_and_interruptions_do_not_count(void **state) {
    (void)state;
    ferryi_copier copier = {0};
    static const prices alike = {{290 * US, 300 * US}, {0, 0}};
    assert_mostly(count_past(&copier, &alike, FRAMES), FRAMES);
    /* Two frames of a half may be interrupted: in the usual way it would look worse. */
    for (int late = 1; late <= 2; late++) {
        copier = (ferryi_copier){0};
        unsigned past = 0;
        for (unsigned i = 0; i < FRAMES; i++) {
            bool is_usual = copier.rest == 0 && copier.compared < FERRYI_COPIER_FRAMES / 2;
            unsigned from_end = FERRYI_COPIER_FRAMES / 2 - copier.compared;
            if (is_usual && from_end > 1 && (int)from_end <= late + 1)
                course.late_ns = 5000 * US;
            past += copy_frame(&copier, &past_is_quicker, FERRYI_LARGE_COPY_BYTES) == PAST;
        }
        assert_mostly(past, FRAMES);
    }
}

static void test_sizes(void **state) {
    (void)state;
    ferryi_copier copier = {0};
    course.looks = 0;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(copy_frame(&copier, &past_is_quicker, FERRYI_LARGE_COPY_BYTES - 1),
                         THROUGH);
    assert_int_equal(course.looks, 0);
    /* A size that is new begins anew. */
    count_past(&copier, &through_is_quicker, FRAMES);
    assert_int_equal(copy_frame(&copier, &through_is_quicker, FERRYI_LARGE_COPY_BYTES + 1), PAST);
}

/* Of the two sides of a channel never both try. */
static void test_both_sides_by_turns(void **state) {
    (void)state;
    ferryi_copier producer = {0}, consumer = {.delay = FERRYI_COPIER_FRAMES};
    unsigned tries = 0;
    for (unsigned i = 0; i < 10 * FRAMES; i++) {
        /* One side changes its mind now and then. */
        const prices *costs = i / 777 % 2 == 0 ? &past_is_quicker : &through_is_quicker;
        copy_frame(&producer, costs, FERRYI_LARGE_COPY_BYTES);
        copy_frame(&consumer, &past_is_quicker, FERRYI_LARGE_COPY_BYTES);
        assert_false(producer.rest == 0 && producer.compared > 0 && consumer.rest == 0 &&
                     consumer.compared > 0);
        tries += producer.compared > 0;
    }
    assert_true(tries > 10 * FERRYI_COPIER_FRAMES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_quicker_way_is_found),
        cmocka_unit_test(test_it_notices_a_change),
        cmocka_unit_test(test_what_the_other_side_pays_counts_first),
        cmocka_unit_test(test_small_differences_and_interruptions_do_not_count),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_both_sides_by_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
