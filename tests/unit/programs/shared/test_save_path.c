/* Where ferry-consumer saves frames: patterns, what their placeholders stand for, and that nothing
 * leaves the directory which the user wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/save_path.c"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* 2026-11-21 09:36:46.123456 UTC */
#define SOME_TIME_US UINT64_C(1795253806123456)

static const char *expanded(const char *text, const app_save_values *values) {
    static char path[512];
    app_save_pattern pattern;
    assert_int_equal(app_save_pattern_parse(&pattern, text), APP_SAVE_FINE);
    size_t length = app_save_pattern_expand(&pattern, values, path, sizeof path);
    assert_true(length < sizeof path);
    assert_int_equal(length, strlen(path));
    return path;
}

static void test_patterns_become_paths(void **state) {
    (void)state;
    static const struct {
        const char *pattern;
        const char *path;
    } cases[] = {
        {"out", "out/cam-000007.png"},
        {"out/", "out/cam-000007.png"},
        {"out//", "out//cam-000007.png"},
        {"/", "/cam-000007.png"},
        {".", "./cam-000007.png"},
        {"..", "../cam-000007.png"},
        {"a b/\xc3\xa4 'x' \"y\"", "a b/\xc3\xa4 'x' \"y\"/cam-000007.png"},
        {"x.gif/", "x.gif/cam-000007.png"},
        {"run.2026-11-29", "run.2026-11-29/cam-000007.png"},
        {"v1.2", "v1.2/cam-000007.png"},
        {"png", "png/cam-000007.png"},
        {"x.png/", "x.png/cam-000007.png"},
        {"}", "}/cam-000007.png"},
        {"a}}b", "a}}b/cam-000007.png"},
        {"still.png", "still.png"},
        {"still.JPeG", "still.JPeG"},
        {"../x.bmp", "../x.bmp"},
        {"{frame}.tga", "000007.tga"},
        {"{name}-{name}.raw", "cam-cam.raw"},
        {"/a/{frame}/{name}.png", "/a/000007/cam.png"},
        {"{time}.jpg", "20261121T093646.123456Z.jpg"},
        {"{name}{frame}{time}.jpg", "cam00000720261121T093646.123456Z.jpg"},
        {"{{.png", "{.png"},
        {"{{{{.png", "{{.png"},
        {"{{name}.png", "{name}.png"},
        {"{{{name}}}.png", "{cam}}.png"},
        {"~/*?.png", "~/*?.png"},
        {"a\\{frame}.png", "a\\000007.png"},
        {"%s%n{frame}%d.png", "%s%n000007%d.png"},
    };
    const app_save_values values = {.channel = "cam", .frame = 7, .time_us = SOME_TIME_US};
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(expanded(cases[i].pattern, &values), cases[i].path);
}

static void test_patterns_that_are_wrong(void **state) {
    (void)state;
    static const struct {
        const char *pattern;
        app_save_problem problem;
        const char *wrong;
    } cases[] = {
        {"", APP_SAVE_EMPTY, NULL},
        {"{", APP_SAVE_UNCLOSED_BRACE, ""},
        {"a/{name", APP_SAVE_UNCLOSED_BRACE, "name"},
        {"{name.png", APP_SAVE_UNCLOSED_BRACE, "name.png"},
        {"{na{me}.png", APP_SAVE_UNCLOSED_BRACE, "na"},
        {"{name}{{{", APP_SAVE_UNCLOSED_BRACE, ""},
        {"{}.png", APP_SAVE_UNKNOWN_PLACEHOLDER, ""},
        {"{Name}.png", APP_SAVE_UNKNOWN_PLACEHOLDER, "Name"},
        {"{names}.png", APP_SAVE_UNKNOWN_PLACEHOLDER, "names"},
        {"{nam}.png", APP_SAVE_UNKNOWN_PLACEHOLDER, "nam"},
        {"{ frame}.png", APP_SAVE_UNKNOWN_PLACEHOLDER, " frame"},
        {"{frame:08}.png", APP_SAVE_UNKNOWN_PLACEHOLDER, "frame:08"},
        {"{../x}.png", APP_SAVE_UNKNOWN_PLACEHOLDER, "../x"},
        {"{frame}", APP_SAVE_UNKNOWN_KIND, NULL},
        {"{frame}/", APP_SAVE_UNKNOWN_KIND, NULL},
        {"{frame}.gif", APP_SAVE_UNKNOWN_KIND, NULL},
        {"out.webp", APP_SAVE_OTHER_KIND, NULL},
        {"a.b/out.TIFF", APP_SAVE_OTHER_KIND, NULL},
        {"out.mp4", APP_SAVE_OTHER_KIND, NULL},
        {"out.jepg", APP_SAVE_OTHER_KIND, NULL},
        {"out.pn", APP_SAVE_FINE, NULL},
        {"out.pnng", APP_SAVE_OTHER_KIND, NULL},
        {"a.webp/out", APP_SAVE_FINE, NULL},
        {"out.webp//", APP_SAVE_FINE, NULL},
        {".webp", APP_SAVE_FINE, NULL},
        {"a/.webp", APP_SAVE_FINE, NULL},
        {"out.", APP_SAVE_FINE, NULL},
        {"webp", APP_SAVE_FINE, NULL},
        {"out.webp-2", APP_SAVE_FINE, NULL},
        {"{frame}.png/", APP_SAVE_UNKNOWN_KIND, NULL},
        {"{frame}.png ", APP_SAVE_UNKNOWN_KIND, NULL},
        {"x.png/{frame}", APP_SAVE_UNKNOWN_KIND, NULL},
        {"x.{name}", APP_SAVE_UNKNOWN_KIND, NULL},
        {"x.{{png", APP_SAVE_UNKNOWN_KIND, NULL},
        {"{name}png", APP_SAVE_UNKNOWN_KIND, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        app_save_pattern pattern;
        assert_int_equal(app_save_pattern_parse(&pattern, cases[i].pattern), cases[i].problem);
        if (cases[i].wrong != NULL) {
            assert_int_equal(pattern.wrong_bytes, strlen(cases[i].wrong));
            assert_memory_equal(pattern.wrong, cases[i].wrong, pattern.wrong_bytes);
        }
    }
}

static void test_what_a_pattern_is(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool is_directory, is_one_file, makes_folders;
        const char *directory;
    } cases[] = {
        {"out", true, false, false, "out"},
        {"out///", true, false, false, "out"},
        {"/", true, false, false, "/"},
        {"///", true, false, false, "/"},
        {"x.png", false, true, false, ""},
        {"a/b/x.png", false, true, false, "a/b"},
        {"/x.png", false, true, false, "/"},
        {"a//{name}//x.png", false, true, false, "a//cam"},
        {"{frame}.png", false, false, false, ""},
        {"a/{{/{frame}.png", false, false, false, "a/{"},
        {"a/b{frame}/c/d.png", false, false, true, "a"},
        {"a/{time}/d.png", false, false, true, "a"},
        {"{time}/d.png", false, false, true, ""},
        {"{name}/{frame}/{time}.png", false, false, true, "cam"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        app_save_pattern pattern;
        char out[64];
        assert_int_equal(app_save_pattern_parse(&pattern, cases[i].text), APP_SAVE_FINE);
        assert_int_equal(pattern.is_directory, cases[i].is_directory);
        assert_int_equal(pattern.is_one_file, cases[i].is_one_file);
        assert_int_equal(pattern.makes_folders, cases[i].makes_folders);
        assert_int_equal(app_save_pattern_directory(&pattern, "cam", out, sizeof out),
                         strlen(cases[i].directory));
        assert_string_equal(out, cases[i].directory);
    }
}

/* Which names of earlier files count, and as which number. */
static void test_names_that_a_pattern_could_have_made(void **state) {
    (void)state;
    static const uint64_t none = UINT64_MAX - 7;
    static const struct {
        const char *pattern, *name;
        uint64_t number;
    } cases[] = {
        {"out", "cam-000007.png", 7},
        {"out/", "cam-7.png", 7},
        {"out", "cam-000000.png", 0},
        {"out", "cam-.png", none},
        {"out", "cam-000007.jpg", none},
        {"out", "cam-000007.png.", none},
        {"out", "xcam-000007.png", none},
        {"out", "cam--000007.png", none},
        {"out", "cam-+7.png", none},
        {"out", "cam- 7.png", none},
        {"out", "cam-0x7.png", none},
        {"out", "", none},
        {"out", "cam-18446744073709551615.png", UINT64_MAX},
        {"out", "cam-18446744073709551616.png", none},
        {"out", "cam-00000000000000000000000000000000000000000000000012.png", 12},
        {"out", "cam-99999999999999999999999999999999999999999999999999.png", none},
        {"x.png", "x.png", none},
        {"{name}.png", "cam.png", none},
        {"{frame}.png", "000012.png", 12},
        {"{frame}.png", "000012.PNG", none},
        {"a{{{frame}}.png", "a{5}}.png", none},
        {"a{{{frame}}.png", "a{5}.png", 5},
        {"o/{frame}7.png", "0000127.png", 12},
        {"o/{frame}7.png", "000012.png", none},
        {"o/1{frame}.png", "1000012.png", 12},
        {"o/{frame}-{frame}.png", "000003-000003.png", 3},
        {"o/{frame}-{frame}.png", "000003-000004.png", none},
        {"o/{frame}{frame}.png", "000003000003.png", 3},
        {"o/{frame}{frame}.png", "00000300003.png", none},
        {"o/{name}{frame}.png", "cam000005.png", 5},
        {"o/{time}.png", "20261121T093646.123456Z.png", none},
        {"o/{time}-{frame}.png", "20261121T093646.123456Z-000009.png", 9},
        {"o/{time}-{frame}.png", "20261121T093646.12345Z-000009.png", none},
        {"o/{time}-{frame}.png", "2026112T093646.123456Z-000009.png", none},
        {"o/{frame}{time}.png", "00000920261121T093646.123456Z.png", 9},
        {"o/{frame}{time}.png", "1234567T093646.123456Z.png", none},
        {"o/{frame}/x.png", "000004", 4},
        {"o/{frame}/x.png", "000004.png", none},
        {"o/{frame}/{time}/{frame}.png", "000004", 4},
        {"o/{time}/{frame}.png", "000004.png", none},
        {"o/{time}/{frame}.png", "000004", none},
        {"o/{name}/{frame}.png", "000004.png", 4},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        app_save_pattern pattern;
        uint64_t number = none;
        assert_int_equal(app_save_pattern_parse(&pattern, cases[i].pattern), APP_SAVE_FINE);
        bool matches = app_save_pattern_match(&pattern, "Local\\cam", cases[i].name, &number);
        if (matches != (cases[i].number != none) || number != cases[i].number)
            fail_msg("%s and %s", cases[i].pattern, cases[i].name);
        assert_false(app_save_pattern_match(&pattern, "..", cases[i].name, &number));
    }
}

static void test_numbers_and_prefixes(void **state) {
    (void)state;
    static const struct {
        const char *channel;
        uint64_t frame;
        const char *path;
    } cases[] = {
        {"cam", 0, "o/cam-000000.png"},
        {"cam", 999999, "o/cam-999999.png"},
        {"cam", 1000000, "o/cam-1000000.png"},
        {"cam", UINT64_MAX, "o/cam-18446744073709551615.png"},
        {"Local\\cam", 1, "o/cam-000001.png"},
        {"Global\\a..b", 1, "o/a..b-000001.png"},
        {"-x", 1, "o/-x-000001.png"},
        {"a{frame}", 1, "o/a{frame}-000001.png"}, /* the value of a placeholder is not read again */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const app_save_values values = {.channel = cases[i].channel, .frame = cases[i].frame};
        assert_string_equal(expanded("o", &values), cases[i].path);
    }
}

static void test_times(void **state) {
    (void)state;
    static const struct {
        uint64_t seconds;
        const char *path;
    } cases[] = {
        {0, "19700101T000000.000001Z.png"},
        {951782399, "20000228T235959.000001Z.png"},
        {951782400, "20000229T000000.000001Z.png"},
        {951868800, "20000301T000000.000001Z.png"},
        {1709164800, "20240229T000000.000001Z.png"},
        {1735689599, "20241231T235959.000001Z.png"},
        {1740787200, "20250301T000000.000001Z.png"},
        {4107542400, "21000301T000000.000001Z.png"},
        {UINT64_C(253402300799), "99991231T235959.000001Z.png"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const app_save_values values = {.channel = "cam",
                                        .time_us = cases[i].seconds * 1000000 + 1};
        assert_string_equal(expanded("{time}.png", &values), cases[i].path);
    }
    const app_save_values last = {.channel = "cam", .time_us = UINT64_MAX};
    assert_non_null(strstr(expanded("{time}.png", &last), "Z.png"));
}

/* Names of channels have none of this; if they had, it would get nowhere. */
static void test_names_that_would_leave_the_directory(void **state) {
    (void)state;
    static const char *const names[] = {"",      ".",  "..",    "../x",  "a/b",     "/etc",
                                        ".x",    "a/", "a\nb",  "\x1b[", "a\x7f",   "Local\\",
                                        "x\\..", "\\", "x\\/y", "..\\/", "a\\b\\.."};
    static const char *const patterns[] = {"out", "{name}.png", "o/{name}/{frame}.png", "x.png"};
    for (size_t i = 0; i < COUNT(names); i++)
        for (size_t k = 0; k < COUNT(patterns); k++) {
            char out[64] = "#";
            app_save_pattern pattern;
            const app_save_values values = {.channel = names[i], .frame = 1};
            assert_int_equal(app_save_pattern_parse(&pattern, patterns[k]), APP_SAVE_FINE);
            assert_int_equal(app_save_pattern_expand(&pattern, &values, out, sizeof out), 0);
            assert_string_equal(out, "");
            assert_int_equal(app_save_pattern_directory(&pattern, names[i], out, sizeof out), 0);
        }
}

static void test_short_buffers(void **state) {
    (void)state;
    const app_save_values values = {.channel = "cam", .frame = 3, .time_us = SOME_TIME_US};
    app_save_pattern pattern;
    assert_int_equal(app_save_pattern_parse(&pattern, "a{{/{name}/{time}-{frame}.png"),
                     APP_SAVE_FINE);
    char whole[128];
    size_t length = app_save_pattern_expand(&pattern, &values, whole, sizeof whole);
    assert_int_equal(app_save_pattern_expand(&pattern, &values, NULL, 0), length);
    for (size_t capacity = 1; capacity <= length + 1; capacity++) {
        char out[129];
        memset(out, '#', sizeof out);
        assert_int_equal(app_save_pattern_expand(&pattern, &values, out, capacity), length);
        assert_int_equal(strlen(out), capacity - 1);
        assert_memory_equal(out, whole, capacity - 1);
        assert_int_equal(out[capacity], '#');
    }
}

static void test_directories_of_paths(void **state) {
    (void)state;
    static const struct {
        const char *path;
        size_t bytes;
    } cases[] = {{"x.png", 0}, {"/x.png", 1},   {"//x.png", 1},   {"a/x.png", 1},
                 {"", 0},      {"a//x.png", 1}, {"a/b/x.png", 3}, {"../x.png", 2}};
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(app_save_path_directory(cases[i].path), cases[i].bytes);
}

/* Components of a path that climb, or stay: "..", ".", and empty ones. */
static size_t count_dotted(const char *path, size_t *slashes) {
    size_t dotted = 0;
    *slashes = 0;
    for (;;) {
        size_t bytes = 0;
        while (path[bytes] != '\0' && !host_is_separator(path[bytes]))
            bytes++;
        if (strspn(path, ".") == bytes && bytes <= 2)
            dotted++;
        path += bytes;
        if (*path++ == '\0')
            return dotted;
        ++*slashes;
    }
}

/* Any text at all: what is taken for a pattern has as many directories as its text, and climbs as
 * often as its text does. */
static void test_any_text(void **state) {
    (void)state;
    static const char *const pieces[] = {"{name}", "{frame}", "{time}", "{{",   "{",  "}", "/",
                                         "..",     ".",       ".png",   ".raw", "a",  " ", "\\",
                                         "{..",    "\xff",    "%n",     "{x}",  "//", "~"};
    uint32_t random = 1;
    const app_save_values values = {.channel = "a..b-", .frame = 12, .time_us = SOME_TIME_US};
    unsigned fine = 0;
    for (int round = 0; round < 200000; round++) {
        char text[64] = "";
        for (unsigned i = 0; i < 1 + (random >> 16) % 7; i++) {
            random = random * 1664525 + 1013904223;
            strcat(text, pieces[(random >> 8) % COUNT(pieces)]);
        }
        app_save_pattern pattern;
        if (app_save_pattern_parse(&pattern, text) != APP_SAVE_FINE)
            continue;
        fine++;
        char path[512], directory[512];
        size_t slashes, expected;
        assert_in_range(app_save_pattern_expand(&pattern, &values, path, sizeof path), 1, 511);
        char written[96];
        bool adds = pattern.is_directory && !host_is_separator(text[strlen(text) - 1]);
        snprintf(written, sizeof written, "%s%s%s", text, adds ? "/" : "",
                 pattern.is_directory ? "x" : "");
        assert_int_equal(count_dotted(path, &slashes), count_dotted(written, &expected));
        assert_int_equal(slashes, expected);
        size_t bytes = app_save_pattern_directory(&pattern, "a..b-", directory, sizeof directory);
        assert_true(strncmp(path, directory, bytes) == 0);
        assert_true(ferry_image_can_save(path));
    }
    assert_in_range(fine, 1000, 200000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns_become_paths),
        cmocka_unit_test(test_patterns_that_are_wrong),
        cmocka_unit_test(test_what_a_pattern_is),
        cmocka_unit_test(test_names_that_a_pattern_could_have_made),
        cmocka_unit_test(test_numbers_and_prefixes),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_names_that_would_leave_the_directory),
        cmocka_unit_test(test_short_buffers),
        cmocka_unit_test(test_directories_of_paths),
        cmocka_unit_test(test_any_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
