/* What the programs make of numbers, names and text from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/frame.h>

#include "shared/parse.h"
#include "shared/text.h"

static void test_whole_numbers(void **state) {
    (void)state;
    uint64_t value = 77;
    assert_true(app_parse_whole("18446744073709551615", 0, UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    assert_true(app_parse_whole("2", 2, 64, &value) && value == 2);
    assert_true(app_parse_whole("0064", 2, 64, &value) && value == 64);
    static const char *const bad[] = {"",
                                      "1",
                                      "65",
                                      "-3",
                                      "+3",
                                      " 3",
                                      "3 ",
                                      "3.0",
                                      "0x10",
                                      "three",
                                      "1e1",
                                      "18446744073709551616",
                                      "18446744073709551619"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(app_parse_whole(bad[i], 2, 64, &value));
    assert_int_equal(value, 64);
}

static void test_sizes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"1", 1},
                {"4096", 4096},
                {"3k", 3072},
                {"64M", UINT64_C(64) << 20},
                {"2G", UINT64_C(2) << 30},
                {"8m", UINT64_C(8) << 20},
                {"8MB", UINT64_C(8) << 20},
                {"8MiB", UINT64_C(8) << 20},
                {"8mib", UINT64_C(8) << 20},
                {"8 MB", UINT64_C(8) << 20},
                {"1KB", 1024},
                {"1kIB", 1024},
                {"2 gb", UINT64_C(2) << 30},
                {"7B", 7},
                {"7 b", 7},
                {"17179869183G", UINT64_C(17179869183) << 30}};
    uint64_t bytes = 0;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(app_parse_size(good[i].text, &bytes) && bytes == good[i].bytes);
    static const char *const bad[] = {
        "",   "0",   "0K",   "K",    "-1", "1iB", "1Mi", "1MBB", "1MiBs",        "1Bi", "1BM",
        "1T", "1TB", "1.5M", "1  M", "1 ", " 1",  "nan", "1M ",  "17179869184G", "1KK", "1 MB "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(app_parse_size(bad[i], &bytes));
}

static void test_seconds(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {{"0", 0},
                {"2", INT64_C(2000000000)},
                {"0.25", INT64_C(250000000)},
                {".5", INT64_C(500000000)},
                {"1.", INT64_C(1000000000)},
                {"1.0000000019", INT64_C(1000000001)},
                {"1000000000", INT64_C(1000000000000000000)}};
    int64_t ns = -1;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(app_parse_seconds(good[i].text, &ns) && ns == good[i].ns);
    static const char *const bad[] = {
        "",     ".",    "-1",  "+1",  "nan", "inf",          "1e3",
        "1..2", "1.2.", "1,5", "1 s", "0x1", "1000000000.1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(app_parse_seconds(bad[i], &ns));
}

static void test_rates(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t frames;
        uint64_t seconds;
    } good[] = {{"30", 30, 1},  {"29.97", 2997, 100}, {"30000/1001", 30000, 1001}, {"0", 0, 1},
                {"0.5", 5, 10}, {"100", 100, 1},      {"0.000001", 1, 1000000}};
    app_rate rate;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(app_parse_rate(good[i].text, &rate));
        assert_int_equal(rate.frames, good[i].frames);
        assert_int_equal(rate.seconds, good[i].seconds);
    }
    static const char *const bad[] = {"",     "-1",    "nan",        "inf",         "1/0",
                                      "1/",   "/1",    "1/2/3",      "30000/1e3",   "30 fps",
                                      "1/-1", "1.5/2", "1000000001", "1/1000000001"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(app_parse_rate(bad[i], &rate));
}

static int compare(const void *a, const void *b) {
    return app_text_compare_natural(*(const char *const *)a, *(const char *const *)b);
}

static void test_names_sort_as_people_sort(void **state) {
    (void)state;
    /* Equal but for case or leading zeros: the order of strcmp. */
    static const char *const expected[] = {"",
                                           "01",
                                           "1",
                                           "2.png",
                                           "10.png",
                                           "A1",
                                           "a01",
                                           "a1",
                                           "a2b9",
                                           "a2b10",
                                           "a10b1",
                                           "b19",
                                           "b21",
                                           "img",
                                           "IMG1.png",
                                           "img2.png",
                                           "Img10.png",
                                           "img10.png",
                                           "img99999999999999999999998.png",
                                           "img99999999999999999999999.png",
                                           "img100000000000000000000000.png",
                                           "zeta",
                                           "\xc3\xa4"};
    const size_t count = sizeof expected / sizeof expected[0];
    const char *mixed[sizeof expected / sizeof expected[0]];
    for (size_t i = 0; i < count; i++)
        mixed[i] = expected[(i * 9 + 5) % count];
    qsort(mixed, count, sizeof *mixed, compare);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(mixed[i], expected[i]);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            int order = app_text_compare_natural(expected[i], expected[k]);
            assert_true(i < k ? order < 0 : i > k ? order > 0 : order == 0);
        }
}

static void test_text_is_made_safe_for_terminals(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *safe;
    } cases[] = {{"plain", "plain"},
                 {"\x1b[2J\n\x7f", "\\x1b[2J\\x0a\\x7f"},
                 {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
                 {"\xc2\x9b", "\\xc2\\x9b"},
                 {"\xc2\xa0", "\xc2\xa0"},
                 {"\xff\x80", "\\xff\\x80"},
                 {"\xc0\xaf", "\\xc0\\xaf"},
                 {"\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"},
                 {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
                 {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
                 {"\xe2\x82", "\\xe2\\x82"},
                 {"\xf0\x9f\x98", "\\xf0\\x9f\\x98"}};
    char out[64];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = app_text_escape(out, sizeof out, cases[i].text);
        assert_string_equal(out, cases[i].safe);
        assert_int_equal(length, strlen(cases[i].safe));
    }
}

static void test_long_text_is_cut_at_a_whole_character(void **state) {
    (void)state;
    char out[8];
    memset(out, '#', sizeof out);
    assert_int_equal(app_text_escape(out, 4, "ab\xc3\xa4"), 2);
    assert_string_equal(out, "ab");
    assert_int_equal(app_text_escape(out, 5, "ab\xc3\xa4"), 4);
    assert_int_equal(app_text_escape(out, 5, "a\n"), 1);
    assert_int_equal(app_text_escape(out, 1, "a"), 0);
    assert_string_equal(out, "");
    assert_int_equal(app_text_escape(out, 0, "a"), 0);
    assert_int_equal(out[5], '#');
}

static void test_text_becomes_json(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {{"", "\"\""},
                 {"a \"b\" \\c/", "\"a \\\"b\\\" \\\\c/\""},
                 {"\t\n\x1f\x7f", "\"\\u0009\\u000a\\u001f\\u007f\""},
                 {"\xc2\x9b\xc2\xa0", "\"\\u009b\xc2\xa0\""},
                 {"\xc3\xa4\xff\xc3", "\"\xc3\xa4\\ufffd\\ufffd\""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        app_line line = APP_LINE_INIT;
        app_text_put_json(&line, cases[i].text);
        assert_false(line.is_cut);
        assert_int_equal(line.used, strlen(cases[i].json));
        assert_memory_equal(line.text, cases[i].json, line.used);
        app_line_free(&line);
    }
}

static void test_fourcc_is_readable(void **state) {
    (void)state;
    char out[APP_FOURCC_TEXT_BYTES];
    app_text_fourcc(out, 0x47504a4du);
    assert_string_equal(out, "MJPG");
    app_text_fourcc(out, 0xff202059u);
    assert_string_equal(out, "Y  \\xff");
    app_text_fourcc(out, 0);
    assert_string_equal(out, "\\x00\\x00\\x00\\x00");
}

static void test_quoting(void **state) {
    (void)state;
    static const struct {
        const char *text, *quoted;
    } cases[] = {{"", "\"\""},
                 {"a b", "\"a b\""},
                 {"it's", "\"it's\""},
                 {"a\\b", "\"a\\b\""},
                 {"sh -c \"exit 3\"", "'sh -c \"exit 3\"'"},
                 {"sh -c \"echo it's \\n\"", "\"sh -c \\\"echo it's \\\\n\\\"\""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[64];
        app_text_quote(out, sizeof out, cases[i].text);
        assert_string_equal(out, cases[i].quoted);
    }
    char small[6];
    app_text_quote(small, sizeof small, "abcdef");
    assert_string_equal(small, "\"abc\"");
    app_text_quote(small, 5, "'a\"b");
    assert_string_equal(small, "\"'a\"");
    app_text_quote(small, 4, "\"'");
    assert_string_equal(small, "\"\"");
}

/* --help has each pixel format that is neither compressed nor Bayer once, in lines that fit a
 * terminal. */
static void test_formats_in_help(void **state) {
    (void)state;
    enum { INDENT = 27, COLUMNS = 80 };
    app_line line = APP_LINE_INIT;
    app_text_put_formats(&line, INDENT);
    app_line_put(&line, "", 1);
    size_t count = 0;
    for (char *row = strtok(line.text, "\n"); row != NULL; row = strtok(NULL, "\n")) {
        assert_in_range(strlen(row), INDENT + 1, COLUMNS);
        assert_int_equal(strspn(row, " "), INDENT);
        for (char *name = row + INDENT; *name != '\0';) {
            size_t bytes = strcspn(name, " ");
            const char *known = ferry_format_name(ferry_format_at(count));
            assert_non_null(known);
            if (strncmp(known, "bayer_", 6) == 0)
                known = "bayer_*"; /* the last word */
            else
                count++;
            assert_int_equal(bytes, strlen(known));
            assert_memory_equal(name, known, bytes);
            name += bytes + strspn(name + bytes, " ");
        }
    }
    assert_int_equal(ferry_format_at(count), FERRY_FORMAT_BAYER_BGGR8);
    assert_true(count > 5);
    app_line_free(&line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quoting),
        cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_names_sort_as_people_sort),
        cmocka_unit_test(test_text_is_made_safe_for_terminals),
        cmocka_unit_test(test_long_text_is_cut_at_a_whole_character),
        cmocka_unit_test(test_text_becomes_json),
        cmocka_unit_test(test_fourcc_is_readable),
        cmocka_unit_test(test_formats_in_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
