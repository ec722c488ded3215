/* Words that are nearly known ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shared/near.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static void test_distances(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned distance;
    } cases[] = {
        {"", "", 0},         {"", "abc", 3},      {"abc", "", 3},
        {"name", "name", 0}, {"nmae", "name", 1}, {"anme", "name", 1},
        {"naem", "name", 1}, {"nme", "name", 1},  {"naame", "name", 1},
        {"nane", "name", 1}, {"NAME", "name", 0}, {"no_wait", "no-wait", 0},
        {"eman", "name", 3}, {"ca", "abc", 3},    {"camara", "camera", 1},
        {"a", "b", 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(app_near_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(app_near_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
}

static void test_long_words_are_far(void **state) {
    (void)state;
    char longest[66];
    memset(longest, 'x', sizeof longest);
    longest[64] = '\0';
    assert_int_equal(app_near_distance(longest, longest), 0);
    longest[64] = 'x';
    longest[65] = '\0';
    assert_int_equal(app_near_distance(longest, longest), APP_NEAR_FAR);
    assert_int_equal(app_near_distance("x", longest), APP_NEAR_FAR);
    assert_false(app_near_is(longest, longest));
}

static void test_what_is_near(void **state) {
    (void)state;
    assert_true(app_near_is("nmae", "name"));
    assert_true(app_near_is("ffs", "fps"));
    assert_true(app_near_is("capcaity", "capacity"));
    assert_true(app_near_is("wait-cosnumr", "wait-consumer"));
    assert_false(app_near_is("nmea", "fps"));
    assert_false(app_near_is("rate", "range"));
    assert_false(app_near_is("out", "count"));
    assert_false(app_near_is("count", "out"));
    assert_false(app_near_is("nome1", "name"));
    assert_false(app_near_is("x", "y"));
    assert_false(app_near_is("", "a"));
    assert_false(app_near_is("ab", "abcd"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances),
        cmocka_unit_test(test_long_words_are_far),
        cmocka_unit_test(test_what_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
