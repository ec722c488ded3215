/* The events that are told of two looks at a channel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "news.c"

static char told[256];

/* A letter for each kind. */
static void note(void *argument, const news_item *item) {
    static const char letters[] = "fcliedogrCLDE";
    (void)argument;
    size_t used = strlen(told);
    assert_int_equal(item->time_us, 42);
    told[used] = letters[item->kind];
    told[used + 1] = '\0';
}

static void assert_told_with(app_survey_entry *before, app_survey_entry *now, bool is_first,
                             uint32_t fate, const char *wanted) {
    const news_reader reader = {.tell = note, .time_us = 42, .is_first = is_first};
    told[0] = '\0';
    news_compare(&reader, before, now, fate);
    assert_string_equal(told, wanted);
}

static void assert_told(app_survey_entry *before, app_survey_entry *now, bool is_first,
                        const char *wanted) {
    assert_told_with(before, now, is_first, FERRY_PEEK_STARTING, wanted);
}

static void make(app_survey_entry *e, uint32_t state, uint64_t generation) {
    memset(e, 0, sizeof *e);
    e->peek.state = state;
    e->peek.has_block = generation != 0;
    e->peek.generation = generation;
}

static void test_coming_and_going(void **state) {
    static app_survey_entry a, b;
    (void)state;
    assert_told(NULL, NULL, true, "");
    make(&a, FERRY_PEEK_LIVE, 7);
    assert_told(NULL, &a, true, "f");
    assert_told(NULL, &a, false, "cl");
    assert_told(&a, &a, false, "");
    assert_told(&a, NULL, false, "g"); /* how it ended is not known */
    make(&b, FERRY_PEEK_LIVE, 8);      /* another producer */
    assert_told(&a, &b, false, "cl");
    make(&b, FERRY_PEEK_EMPTY, 8);
    assert_told(&a, &b, false, "c");
    make(&b, FERRY_PEEK_DEAD, 7);
    assert_told(&b, NULL, false, "g");
    make(&b, FERRY_PEEK_ENDED, 7);
    assert_told(&b, NULL, false, "g");
}

/* It is known how a producer ended whose names are gone. */
static void test_fates(void **state) {
    static const struct {
        uint32_t from, to; /* states */
        uint64_t next;     /* the generation of what is there now; 0: it has no block */
        uint32_t fate;
        const char *told;
    } rows[] = {
        {FERRY_PEEK_LIVE, FERRY_PEEK_LIVE, 8, FERRY_PEEK_DEAD, "dcl"},
        {FERRY_PEEK_IDLE, FERRY_PEEK_EMPTY, 8, FERRY_PEEK_ENDED, "ec"},
        {FERRY_PEEK_LIVE, FERRY_PEEK_LIVE, 8, FERRY_PEEK_LIVE, "cl"},
        {FERRY_PEEK_DEAD, FERRY_PEEK_LIVE, 8, FERRY_PEEK_DEAD, "cl"},
        {FERRY_PEEK_LIVE, FERRY_PEEK_STARTING, 0, FERRY_PEEK_DEAD, "d"},
        {FERRY_PEEK_LIVE, FERRY_PEEK_DEAD, 0, FERRY_PEEK_ENDED, "e"},
        {FERRY_PEEK_DEAD, FERRY_PEEK_DEAD, 0, FERRY_PEEK_DEAD, ""},
        {FERRY_PEEK_LIVE, FERRY_PEEK_FOREIGN, 0, FERRY_PEEK_DEAD, "do"},
    };
    static app_survey_entry a, b;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        make(&a, rows[i].from, 7);
        make(&b, rows[i].to, rows[i].next);
        assert_told_with(&a, &b, false, rows[i].fate, rows[i].told);
    }
    make(&a, FERRY_PEEK_LIVE, 7);
    assert_told_with(&a, NULL, false, FERRY_PEEK_DEAD, "dg");
    assert_told_with(&a, NULL, false, FERRY_PEEK_DEAD, "g");
    make(&a, FERRY_PEEK_EMPTY, 7);
    assert_told_with(&a, NULL, false, FERRY_PEEK_ENDED, "eg");
    make(&a, FERRY_PEEK_LIVE, 7);
    make(&b, FERRY_PEEK_STARTING, 0);
    assert_told_with(&a, &b, false, FERRY_PEEK_DEAD, "d");
    assert_true(b.peek.generation == 7); /* known from the look before */
}

static void test_states(void **state) {
    static const struct {
        uint32_t from, to;
        const char *told;
    } rows[] = {
        {FERRY_PEEK_STARTING, FERRY_PEEK_EMPTY, ""},   {FERRY_PEEK_EMPTY, FERRY_PEEK_LIVE, "l"},
        {FERRY_PEEK_LIVE, FERRY_PEEK_IDLE, "i"},       {FERRY_PEEK_IDLE, FERRY_PEEK_LIVE, "l"},
        {FERRY_PEEK_LIVE, FERRY_PEEK_ENDED, "e"},      {FERRY_PEEK_LIVE, FERRY_PEEK_DEAD, "d"},
        {FERRY_PEEK_LIVE, FERRY_PEEK_STARTING, ""},    {FERRY_PEEK_DEAD, FERRY_PEEK_MALFORMED, "o"},
        {FERRY_PEEK_LIVE, FERRY_PEEK_UNREADABLE, "o"},
    };
    static app_survey_entry a, b;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        make(&a, rows[i].from, 7);
        make(&b, rows[i].to, 7);
        assert_told(&a, &b, false, rows[i].told);
    }
}

static void test_pictures(void **state) {
    static app_survey_entry a, b;
    (void)state;
    make(&a, FERRY_PEEK_LIVE, 7);
    make(&b, FERRY_PEEK_LIVE, 7);
    a.peek.newest.width = 5;
    b.peek.newest.width = 6;
    assert_told(&a, &b, false, "");
    b.peek.has_newest = 1; /* the first frame */
    assert_told(&a, &b, false, "");
    a.peek.has_newest = 1;
    assert_told(&a, &b, false, "r");
    b.peek.newest.width = 5;
    b.peek.newest.number = 9;
    assert_told(&a, &b, false, "");
}

static void add(app_survey_entry *e, uint32_t index, bool is_alive, bool has_left, bool evicted) {
    ferry_peek_consumer *c = &e->peek.consumer[e->peek.consumer_count++];
    e->peek.knows_consumers = 1;
    c->index = index;
    c->info.joined_ns = index + 1;
    c->is_alive = is_alive;
    c->has_left = has_left;
    c->info.evicted = evicted;
}

static void test_consumers(void **state) {
    static app_survey_entry none, live, left, dead, evicted, other;
    (void)state;
    app_survey_entry *all[] = {&none, &live, &left, &dead, &evicted, &other};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        make(all[i], FERRY_PEEK_LIVE, 7);
    none.peek.knows_consumers = 1;
    add(&live, 3, true, false, false);
    add(&left, 3, true, true, false);
    add(&dead, 3, false, false, false);
    add(&evicted, 3, true, false, true);
    add(&other, 4, true, false, false);
    assert_told(NULL, &live, true, "fC");
    assert_told(&none, &live, false, "C");
    assert_told(&live, &live, false, "");
    assert_told(&live, &none, false, "L");
    assert_told(&live, &left, false, "L");
    assert_told(&left, &none, false, "");
    assert_told(&live, &dead, false, "D");
    assert_told(&dead, &none, false, "");
    assert_told(&dead, &dead, false, "");
    assert_told(&left, &left, false, "");
    assert_told(&evicted, &evicted, false, "");
    assert_told(&live, &evicted, false, "E");
    assert_told(&evicted, &none, false, "L");
    assert_told(&live, &other, false, "CL");
    assert_told(&none, &dead, false, "CD");
    none.peek.knows_consumers = 0;
    assert_told(&live, &none, false, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coming_and_going), cmocka_unit_test(test_fates),
        cmocka_unit_test(test_states),           cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_consumers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
