/* Metadata of the programs: what is made can be read, and what is not of its form is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "program/meta.h"

static void test_pairs_come_back_in_order(void **state) {
    (void)state;
    ferryi_meta meta = {.bytes = 0};
    assert_int_equal(ferryi_meta_add(&meta, "camera=front left"), FERRYI_META_FINE);
    assert_int_equal(ferryi_meta_add(&meta, "A-b_9.x="), FERRYI_META_FINE);
    assert_int_equal(ferryi_meta_add(&meta, "sum=1+1=2 \xc3\xa4\"\\"), FERRYI_META_FINE);
    assert_int_equal(meta.bytes, strlen("camera=front left\nA-b_9.x=\nsum=1+1=2 \xc3\xa4\"\\\n"));
    assert_memory_equal(meta.text, "camera=front left\nA-b_9.x=\nsum=1+1=2 \xc3\xa4\"\\\n",
                        meta.bytes);
    assert_true(ferryi_meta_is_valid(meta.text, meta.bytes));
    static const char *const expected[][2] = {
        {"camera", "front left"}, {"A-b_9.x", ""}, {"sum", "1+1=2 \xc3\xa4\"\\"}};
    size_t at = 0;
    ferryi_meta_pair pair;
    for (size_t i = 0; i < 3; i++) {
        assert_true(ferryi_meta_next(meta.text, meta.bytes, &at, &pair));
        assert_string_equal(pair.key, expected[i][0]);
        assert_string_equal(pair.value, expected[i][1]);
    }
    assert_false(ferryi_meta_next(meta.text, meta.bytes, &at, &pair));
    assert_int_equal(at, meta.bytes);
}

static void test_what_is_wrong_leaves_it_as_it_was(void **state) {
    (void)state;
    static const struct {
        const char *pair;
        ferryi_meta_verdict verdict;
    } cases[] = {{"", FERRYI_META_NO_PAIR},           {"camera", FERRYI_META_NO_PAIR},
                 {"=front", FERRYI_META_BAD_KEY},     {"my camera=front", FERRYI_META_BAD_KEY},
                 {"\xc3\xa4=a", FERRYI_META_BAD_KEY}, {"a\n=b", FERRYI_META_BAD_KEY},
                 {"a=b\nc=d", FERRYI_META_BAD_TEXT},  {"a=\t", FERRYI_META_BAD_TEXT},
                 {"a=\x7f", FERRYI_META_BAD_TEXT},    {"a=\xc2\x9b", FERRYI_META_BAD_TEXT},
                 {"a=\xff", FERRYI_META_BAD_TEXT},    {"taken=2", FERRYI_META_REPEATED}};
    ferryi_meta meta = {.bytes = 0};
    assert_int_equal(ferryi_meta_add(&meta, "taken=1"), FERRYI_META_FINE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(ferryi_meta_add(&meta, cases[i].pair), cases[i].verdict);
    assert_int_equal(meta.bytes, strlen("taken=1\n"));
    assert_int_equal(ferryi_meta_add(&meta, "take=2"), FERRYI_META_FINE);
    assert_int_equal(ferryi_meta_add(&meta, "Taken=2"), FERRYI_META_FINE);
}

/* "k=vvv..." with a line of so many bytes, its end included. */
static const char *make_pair(char out[FERRY_METADATA_MAX + 8], char key, size_t line_bytes) {
    memset(out, 'v', line_bytes - 1);
    out[0] = key;
    out[1] = '=';
    out[line_bytes - 1] = '\0';
    return out;
}

static void test_the_last_byte_can_be_used(void **state) {
    (void)state;
    char text[FERRY_METADATA_MAX + 8];
    ferryi_meta meta = {.bytes = 0};
    assert_int_equal(ferryi_meta_add(&meta, make_pair(text, 'a', FERRY_METADATA_MAX + 2)),
                     FERRYI_META_TOO_LONG);
    assert_int_equal(ferryi_meta_add(&meta, make_pair(text, 'a', FERRY_METADATA_MAX + 1)),
                     FERRYI_META_TOO_LONG);
    assert_int_equal(ferryi_meta_add(&meta, make_pair(text, 'a', 200)), FERRYI_META_FINE);
    assert_int_equal(ferryi_meta_add(&meta, make_pair(text, 'b', FERRY_METADATA_MAX - 199)),
                     FERRYI_META_TOO_LONG);
    assert_int_equal(meta.bytes, 200);
    assert_int_equal(ferryi_meta_add(&meta, make_pair(text, 'b', FERRY_METADATA_MAX - 200)),
                     FERRYI_META_FINE);
    assert_int_equal(meta.bytes, FERRY_METADATA_MAX);
    assert_true(ferryi_meta_is_valid(meta.text, meta.bytes));
    ferryi_meta whole = {.bytes = 0};
    assert_int_equal(ferryi_meta_add(&whole, make_pair(text, 'a', FERRY_METADATA_MAX)),
                     FERRYI_META_FINE);
    assert_true(ferryi_meta_is_valid(whole.text, whole.bytes));
}

static void test_other_metadata_is_not_taken_for_ours(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t bytes;
    } cases[] = {{"", 0},
                 {"\n", 1},
                 {"a=b", 3},
                 {"a=b\nc", 5},
                 {"a=b\n\n", 5},
                 {"a=b\nc=d", 7},
                 {"=b\n", 3},
                 {"a=b\0\n", 5},
                 {"a\0=b\n", 5},
                 {"a=1\nb=2\na=3\n", 12},
                 {"a b=c\n", 6},
                 {"a=\x1b[2J\n", 7},
                 {"a=\xe2\x82\n", 5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        /* Of the exact size, so that a look beyond the end is found. */
        uint8_t *copy = malloc(cases[i].bytes != 0 ? cases[i].bytes : 1);
        assert_non_null(copy);
        memcpy(copy, cases[i].text, cases[i].bytes);
        assert_false(ferryi_meta_is_valid(copy, cases[i].bytes));
        free(copy);
    }
    uint8_t full[FERRY_METADATA_MAX];
    memset(full, 'a', sizeof full);
    assert_false(ferryi_meta_is_valid(full, sizeof full));
    full[1] = '=';
    assert_false(ferryi_meta_is_valid(full, sizeof full));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_come_back_in_order),
        cmocka_unit_test(test_what_is_wrong_leaves_it_as_it_was),
        cmocka_unit_test(test_the_last_byte_can_be_used),
        cmocka_unit_test(test_other_metadata_is_not_taken_for_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
