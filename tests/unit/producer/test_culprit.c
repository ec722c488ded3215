/* Which consumer is warned of: lists of consumers and times go in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "culprit.c"

#define SLOTS 8
#define SLICE_NS ((uint64_t)FERRY_SECOND_NS / 10)
#define BEGIN_NS ((uint64_t)FERRY_SECOND_NS * 1000)

static culprit watched;
static uint64_t now_ns;

static void begin(bool has_pace) {
    culprit_init(&watched, SLOTS, has_pace);
    now_ns = BEGIN_NS;
}

static ferry_consumer_info consumer(const char *name, uint32_t delivery, uint64_t lag,
                                    uint32_t held) {
    ferry_consumer_info who = {
        .delivery = delivery, .lag = lag, .held = held, .process_id = (uint32_t)name[0]};
    snprintf(who.name, sizeof who.name, "%s", name);
    return who;
}

static ferry_consumer_info every(const char *name, uint64_t lag, uint32_t held) {
    return consumer(name, FERRY_DELIVERY_EVERY, lag, held);
}

static ferry_consumer_info latest(const char *name, uint64_t lag, uint32_t held) {
    return consumer(name, FERRY_DELIVERY_LATEST, lag, held);
}

static ferry_consumer_info bounded(const char *name, uint64_t lag, uint32_t held) {
    ferry_consumer_info who = every(name, lag, held);
    who.max_lag = SLOTS - 2;
    return who;
}

static ferry_consumer_info evicted(const char *name, uint64_t lag) {
    ferry_consumer_info who = every(name, lag, 0);
    who.evicted = 1;
    return who;
}

/* A call that lasts so long; who is named, "" for nobody. */
static const char *call(uint64_t lasts_ns, ferry_status status, const ferry_consumer_info *list,
                        size_t count) {
    culprit_call made = {now_ns, now_ns + lasts_ns, status};
    now_ns += lasts_ns;
    const ferry_consumer_info *who = culprit_find(&watched, &made, list, count);
    return who == NULL ? "" : who->name;
}

/* Calls that time out, for so many slices. The first who is named, "" for nobody. */
static const char *wait_slices(int slices, const ferry_consumer_info *list, size_t count) {
    const char *first = "";
    for (int i = 0; i < slices; i++) {
        const char *who = call(SLICE_NS, FERRY_TIMEOUT, list, count);
        if (first[0] == '\0')
            first = who;
    }
    return first;
}

static void test_one_that_stands_still_is_named_after_a_second(void **state) {
    (void)state;
    begin(true);
    const ferry_consumer_info list[] = {latest("viewer", 0, 1), every("going", 2, 1),
                                        every("standing", 8, 0)};
    assert_string_equal(wait_slices(9, list, 3), "");
    assert_string_equal(wait_slices(1, list, 3), "standing");
    assert_string_equal(wait_slices(200, list, 3), ""); /* once */
}

static void test_one_that_moves_slowly_is_named(void **state) {
    (void)state;
    begin(true);
    const ferry_consumer_info slow[] = {every("slow", 7, 1), bounded("bounded", 40, 1)};
    const char *named = "";
    int frames = 0;
    for (; frames < 30 && named[0] == '\0'; frames++) {
        named = call(SLICE_NS * 7 / 10, FERRY_OK, slow, 2); /* waited */
        now_ns += SLICE_NS * 3 / 10;                        /* the pace */
    }
    assert_string_equal(named, "slow");
    assert_in_range(frames, 10, 11);
}

/* Less than half of the time, or with room left: then it is the copying that takes so long. */
static void test_who_keeps_up_is_not_named(void **state) {
    (void)state;
    begin(true);
    const ferry_consumer_info full[] = {every("e", 8, 0)};
    const ferry_consumer_info room[] = {every("e", 3, 1), latest("l", 5, 2), bounded("b", 90, 1)};
    for (int i = 0; i < 100; i++) {
        assert_string_equal(call(SLICE_NS * 4 / 10, FERRY_OK, full, 1), "");
        now_ns += SLICE_NS * 6 / 10;
    }
    begin(true);
    for (int i = 0; i < 100; i++)
        assert_string_equal(call(SLICE_NS, FERRY_OK, room, 3), "");
}

/* Files wait for consumers, and that is as it should be. */
static void test_without_a_pace_only_standing_still_counts(void **state) {
    (void)state;
    begin(false);
    const ferry_consumer_info list[] = {every("slow", 8, 0)};
    for (int i = 0; i < 50; i++) {
        assert_string_equal(wait_slices(9, list, 1), "");
        assert_string_equal(call(SLICE_NS, FERRY_OK, list, 1), "");
    }
    assert_string_equal(wait_slices(99, list, 1), "");
    assert_string_equal(wait_slices(1, list, 1), "slow");
}

/* Where frames are dropped, those that go out cost a moment now and then, which is no 0.0 s. */
static void test_a_moment_is_not_told_in_the_end(void **state) {
    (void)state;
    begin(true);
    const ferry_consumer_info list[] = {every("slow", 8, 0)};
    assert_string_equal(call(SLICE_NS / 10, FERRY_FULL, list, 1), "slow");
    call(SLICE_NS / 10, FERRY_OK, list, 1);
    assert_false(has_been_held(&watched));
    call(SLICE_NS, FERRY_TIMEOUT, list, 1);
    assert_true(has_been_held(&watched));
    begin(true);
    call(SLICE_NS, FERRY_TIMEOUT, list, 1); /* nobody was warned of */
    assert_false(has_been_held(&watched));
}

/* A program that was stopped itself, or a machine that slept, has not waited. */
static void test_a_call_that_takes_very_long_counts_as_a_slice_or_two(void **state) {
    (void)state;
    begin(true);
    const ferry_consumer_info list[] = {every("e", 8, 0)};
    assert_string_equal(call(3600 * (uint64_t)FERRY_SECOND_NS, FERRY_TIMEOUT, list, 1), "");
    begin(false);
    assert_string_equal(call(3600 * (uint64_t)FERRY_SECOND_NS, FERRY_TIMEOUT, list, 1), "");
}

/* Half a second is not enough, whatever came long before. */
static void test_a_silent_source_begins_anew(void **state) {
    (void)state;
    begin(true);
    const ferry_consumer_info list[] = {every("e", 8, 0)};
    for (int i = 0; i < 20; i++) {
        assert_string_equal(wait_slices(5, list, 1), "");
        assert_string_equal(call(0, FERRY_OK, list, 1), "");
        now_ns += 60 * (uint64_t)FERRY_SECOND_NS;
    }
}

static void test_all_who_stand_still_are_named(void **state) {
    (void)state;
    begin(true);
    const ferry_consumer_info list[] = {every("a", 8, 0), every("b", 8, 1), every("c", 4, 0)};
    assert_string_equal(wait_slices(10, list, 3), "b");
    assert_string_equal(wait_slices(10, list, 3), "a");
    assert_string_equal(wait_slices(100, list, 3), "");
}

static void test_consumers_are_told_apart(void **state) {
    (void)state;
    begin(true);
    ferry_consumer_info list[] = {every("same", 8, 0), every("same", 8, 0), every("sane", 8, 0)};
    list[1].process_id = 7;
    assert_string_equal(wait_slices(10, list, 3), "same");
    assert_string_equal(wait_slices(10, list, 3), "same");
    assert_string_equal(wait_slices(10, list, 3), "sane");
    assert_string_equal(wait_slices(100, list, 3), "");
}

static void test_nobody_is_there_to_name(void **state) {
    (void)state;
    begin(true);
    const ferry_consumer_info list[] = {evicted("evicted", 90), latest("newest", 0, 1),
                                        latest("none", 90, 0), bounded("bounded", 90, 0)};
    assert_string_equal(wait_slices(30, list, 4), "");
    assert_string_equal(wait_slices(30, NULL, 0), "");
}

static void test_holding_makes_the_producer_wait_too(void **state) {
    (void)state;
    begin(true);
    const ferry_consumer_info list[] = {latest("some", 20, 2), latest("most", 20, 6)};
    assert_string_equal(wait_slices(30, list, 2), "most");
}

static void test_dropped_frames(void **state) {
    (void)state;
    begin(true);
    const ferry_consumer_info holders[] = {latest("newest", 0, 1), latest("short", 3, 1),
                                           latest("long", 30, 1), bounded("bounded", 90, 0)};
    assert_string_equal(call(0, FERRY_FULL, holders, 4), "long");
    assert_string_equal(call(0, FERRY_FULL, holders, 4), "");
    const ferry_consumer_info others[] = {every("every", 8, 0), bounded("bounded", 8, 2)};
    assert_string_equal(call(0, FERRY_FULL, others, 2), ""); /* not so soon */
    now_ns += (uint64_t)FERRY_SECOND_NS;
    assert_string_equal(call(0, FERRY_FULL, others, 2), "every");
    now_ns += (uint64_t)FERRY_SECOND_NS;
    assert_string_equal(call(0, FERRY_FULL, others, 2), "");
    assert_string_equal(call(0, FERRY_FULL, &others[1], 1), "bounded");
}

/* A peer that changes its name all the time cannot fill the terminal, or the table. */
static void test_names_that_change(void **state) {
    (void)state;
    begin(true);
    int named = 0;
    for (int i = 0; i < 5000; i++) {
        ferry_consumer_info who = every("x", 8, 0);
        who.process_id = (uint32_t)i;
        if (call(SLICE_NS, FERRY_FULL, &who, 1)[0] != '\0')
            named++;
    }
    assert_int_equal(named, 500);
}

static void test_other_failures_are_no_waiting(void **state) {
    (void)state;
    begin(true);
    const ferry_consumer_info list[] = {every("e", 8, 0)};
    for (int i = 0; i < 100; i++)
        assert_string_equal(call(SLICE_NS, FERRY_INTERRUPTED, list, 1), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_that_stands_still_is_named_after_a_second),
        cmocka_unit_test(test_one_that_moves_slowly_is_named),
        cmocka_unit_test(test_who_keeps_up_is_not_named),
        cmocka_unit_test(test_without_a_pace_only_standing_still_counts),
        cmocka_unit_test(test_a_moment_is_not_told_in_the_end),
        cmocka_unit_test(test_a_call_that_takes_very_long_counts_as_a_slice_or_two),
        cmocka_unit_test(test_a_silent_source_begins_anew),
        cmocka_unit_test(test_all_who_stand_still_are_named),
        cmocka_unit_test(test_consumers_are_told_apart),
        cmocka_unit_test(test_nobody_is_there_to_name),
        cmocka_unit_test(test_holding_makes_the_producer_wait_too),
        cmocka_unit_test(test_dropped_frames),
        cmocka_unit_test(test_names_that_change),
        cmocka_unit_test(test_other_failures_are_no_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
