/* The command line of ferry-producer: what each option sets, what is usual, what goes together.
 * What is refused, and how that is said, is in tests/process/test_options.py. */
#define _GNU_SOURCE /* surroundings.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "shared/message.h"
#include "surroundings.h"

/* Parts of a program, and so in no library. The checks come first: their names are fewer. */
#include "options_check.c"
#include "options_http.c"
#include "options_port.c"

#include "options.c"

#include "sources/http_url.c"
#include "sources/picture_name.c"
#include "sources/raw.c"

#define ARGUMENTS_MAX 24

/* In sources/pattern.c, which has a test of its own. */
bool pattern_parse(const char *text, pattern_request *out) {
    *out = (pattern_request){.width = 8, .height = 8};
    if (strcmp(text, "pattern:8x8:nv12") == 0)
        out->format = FERRY_FORMAT_NV12;
    return strcmp(text, "pattern:bad") != 0;
}

/* In y4m.c, which has a test of its own. */
bool y4m_begins_header(const char *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return false;
}

/* In elsewhere.c; see tests/process/test_sources.py. */
int elsewhere_check(const char *text, const char *channel, bool is_raw) {
    (void)text;
    (void)channel;
    (void)is_raw;
    return APP_EXIT_NONE;
}

bool elsewhere_has_film_name(const char *text) {
    return strcmp(text, "http://h/film.mp4") == 0;
}

/* Parses words with blanks between them. */
static int parse(producer_options *out, const char *line) {
    static char copy[1024];
    static char *arguments[ARGUMENTS_MAX + 1];
    int count = 0;
    snprintf(copy, sizeof copy, "ferry-producer %s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        assert_true(count < ARGUMENTS_MAX);
        arguments[count++] = word;
    }
    arguments[count] = NULL;
    return options_parse(out, count, arguments);
}

static producer_options accept(const char *line) {
    producer_options o;
    assert_int_equal(parse(&o, line), APP_EXIT_NONE);
    return o;
}

static void refuse(const char *line) {
    producer_options o;
    assert_int_equal(parse(&o, line), APP_EXIT_USAGE);
}

static void test_what_is_usual(void **state) {
    (void)state;
    producer_options o = accept("a.png b.png");
    assert_string_equal(o.common.name, "BaseImage");
    assert_false(o.has_rate || o.loop || o.common.share.with || o.has_stall_limit ||
                 o.common.quiet);
    assert_false(o.shows_early);
    assert_true(o.common.count == 0 && o.slots == 0 && o.max_held == 0 && o.capacity_bytes == 0 &&
                o.notes.metadata_bytes == 0);
    assert_true(o.form.format == 0 && o.form.row_align_bytes == 0 && !o.form.is_bottom_up);
    assert_int_equal(o.form.dialect, FERRY_DIALECT_NATIVE);
    assert_int_equal(o.when_full, FULL_AS_SOURCE);
    assert_int_equal(o.wait, WAIT_AS_SOURCE);
    assert_null(o.launch);
    assert_false(o.is_pattern);
    assert_int_equal(o.source_count, 2);
    assert_string_equal(o.sources[1], "b.png");
}

static void test_how_frames_are_stored(void **state) {
    (void)state;
    producer_options o = accept("--format nv12 --row-align 64 --meta a=1 --meta b= x.png");
    assert_int_equal(o.form.format, FERRY_FORMAT_NV12);
    assert_int_equal(o.form.row_align_bytes, 64);
    assert_int_equal(o.notes.metadata_bytes, 7);
    assert_memory_equal(o.notes.metadata, "a=1\nb=\n", 7);
    assert_true(accept("--bottom-up --format bgra x.png").form.is_bottom_up);
    assert_true(accept("--bottom-up x.png").form.is_bottom_up);
    refuse("--bottom-up --format yuv420p x.png");
    refuse("--bottom-up pattern:8x8:nv12");
    for (unsigned bytes = 1; bytes <= 4096; bytes++) {
        char line[64];
        producer_options tried;
        snprintf(line, sizeof line, "--row-align %u x.png", bytes);
        if ((bytes & (bytes - 1)) == 0)
            assert_int_equal(accept(line).form.row_align_bytes, bytes);
        else if (bytes < 20)
            assert_int_equal(parse(&tried, line), APP_EXIT_USAGE);
    }
}

static void test_when_consumers_are_slow(void **state) {
    (void)state;
    assert_int_equal(accept("--when-full wait pattern:8x8").when_full, FULL_WAIT);
    assert_int_equal(accept("--when-full drop x.png").when_full, FULL_DROP);
    assert_true(accept("--early x.png").shows_early);
    producer_options o = accept("--stall-limit 0.5 x.png");
    assert_true(o.has_stall_limit && o.stall_limit_ns == FERRY_SECOND_NS / 2);
    o = accept("--stall-limit never x.png");
    assert_true(o.has_stall_limit && o.stall_limit_ns == FERRY_FOREVER);
    refuse("--stall-limit 0 x.png");
}

static void test_with_whom(void **state) {
    (void)state;
    app_share share = accept("--group x.png").common.share;
    assert_int_equal(share.with, FERRY_SHARING_GROUP);
    assert_null(share.group);
    share = accept("--group=cams x.png").common.share;
    assert_int_equal(share.with, FERRY_SHARING_GROUP);
    assert_string_equal(share.group, "cams");
    share = accept("--everyone x.png").common.share;
    assert_int_equal(share.with, FERRY_SHARING_EVERYONE);
    assert_null(share.group);
    refuse("--group --everyone x.png");
    refuse("--everyone --group=cams x.png");
    refuse("--group= x.png");
    refuse("--everyone=cams x.png");
}

static void test_rates(void **state) {
    (void)state;
    producer_options o = accept("--fps 30000/1001 x.png");
    assert_true(o.has_rate && o.rate.frames == 30000 && o.rate.seconds == 1001);
    o = accept("--fps 0 x.png");
    assert_true(o.has_rate && o.rate.frames == 0);
}

static void test_the_dialect(void **state) {
    (void)state;
    producer_options o = accept("--dialect baseimage --row-align 4 --bottom-up --group x.png");
    assert_int_equal(o.form.dialect, FERRY_DIALECT_BASEIMAGE);
    static const char *const shown[] = {"gray", "gray16le", "bgr24",   "rgb24",
                                        "bgra", "rgba",     "yuyv422", "rgb565le"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "--dialect baseimage --format %s x.png", shown[i]);
        assert_int_equal(accept(line).form.format, ferry_format_from_name(shown[i]));
    }
    assert_false(o.adopts);
    assert_true(accept("--dialect baseimage --adopt x.png").adopts);
    refuse("--adopt x.png");
    refuse("--dialect baseimage --format nv12 x.png");
    refuse("--dialect baseimage --format yuv420p x.png");
    refuse("--dialect baseimage pattern:8x8:nv12");
    refuse("--dialect baseimage --when-full drop x.png");
    refuse("--dialect baseimage --stall-limit 2 x.png");
    refuse("--dialect baseimage --early x.png");
    refuse("--dialect baseimage --slots 3 x.png");
    refuse("--dialect baseimage --max-held 1 x.png");
    refuse("--dialect baseimage --capacity 3M x.png");
}

static void test_how_many_frames_a_consumer_may_hold(void **state) {
    (void)state;
    assert_int_equal(accept("--max-held 6 x.png").max_held, 6);
    assert_int_equal(accept("--max-held 1 --slots 2 x.png").max_held, 1);
    assert_int_equal(accept("--slots 3 --max-held 1 x.png").max_held, 1);
    assert_int_equal(accept("--slots 64 --max-held 62 x.png").max_held, 62);
    refuse("--max-held 7 x.png");
    refuse("--slots 2 --max-held 2 x.png");
    refuse("--max-held 2 --slots 3 x.png");
    refuse("--slots 63 --max-held 62 x.png");
    refuse("--max-held 0 x.png");
    refuse("--max-held 63 x.png");
}

static void test_patterns(void **state) {
    (void)state;
    producer_options o = accept("pattern:8x8:nv12");
    assert_true(o.is_pattern && o.form.format == FERRY_FORMAT_NV12);
    o = accept("--format gray pattern:8x8:nv12");
    assert_true(o.form.format == FERRY_FORMAT_GRAY && o.pattern.format == FERRY_FORMAT_NV12);
    assert_true(accept("pattern:8x8").form.format == 0);
    refuse("pattern:bad");
    refuse("pattern:8x8 x.png");
    refuse("");
}

static void test_standard_input(void **state) {
    (void)state;
    producer_options o = accept("-");
    assert_true(o.is_stream && !o.is_pattern && !o.stream.is_raw);
    o = accept("--raw 1280x720:bgr24 -");
    assert_true(o.is_stream && o.stream.is_raw);
    assert_int_equal(o.stream.width, 1280);
    assert_int_equal(o.stream.height, 720);
    assert_int_equal(o.stream.format, FERRY_FORMAT_BGR24);
    assert_int_equal(o.form.format, 0); /* it is what comes, and not what is asked for */
    assert_int_equal(o.stream.stride_bytes, 0);
    assert_false(o.stream.is_gstreamer);
    assert_int_equal(accept("--raw 3x5:rgb24,stride=12 -").stream.stride_bytes, 12);
    assert_true(accept("--raw 3x5:nv12,gstreamer -").stream.is_gstreamer);
    assert_true(accept("--raw 3x5:rgb24 frames.rgb").stream.is_raw);
    refuse("--raw 3x5:rgb24 a.rgb b.rgb");
    refuse("--raw 3x5:rgb24 pattern:8x8");
    refuse("--raw 3x5:rgb24 /");
    o = accept("--raw 2147483647x1:gray --format bgra --count 3 -");
    assert_int_equal(o.stream.width, INT32_MAX);
    assert_int_equal(o.form.format, FERRY_FORMAT_BGRA);
    assert_false(accept("./-").is_stream);
    refuse("--raw 8x8:gray");
    refuse("--raw 8x8:gray x.png");
    refuse("--raw 8x8:gray pattern:8x8");
    refuse("--loop -");
    refuse("- -");
    refuse("x.png -");
    refuse("- pattern:8x8");
}

static void test_addresses(void **state) {
    (void)state;
    set_variable("FERRY_TOKEN", NULL);
    producer_options o = accept("http://h:8090/quay");
    assert_true(o.is_http);
    assert_string_equal(o.http.channel, "quay");
    assert_int_equal(o.http.requests, 1);
    assert_null(o.http.token);
    assert_null(o.http.token_file);
    assert_string_equal(accept("--name mine http://h/quay").common.name, "mine");
    set_variable("FERRY_NAME", "other");
    assert_string_equal(accept("http://h/quay").common.name, "other");
    set_variable("FERRY_NAME", NULL);
    set_variable("FERRY_TOKEN", "secret");
    assert_string_equal(accept("http://h/quay").http.token, "secret");
    o = accept("--token-file f --cacert c --requests 3 https://h/quay");
    assert_null(o.http.token);
    assert_string_equal(o.http.token_file, "f");
    assert_string_equal(o.http.authority, "c");
    assert_int_equal(o.http.requests, 3);
    set_variable("FERRY_TOKEN", NULL);
    producer_options film;
    assert_int_equal(parse(&film, "http://h/film.mp4"), APP_EXIT_USAGE); /* it is ffmpeg's */
    assert_false(film.is_http);
    refuse("http://h/");
    refuse("http://h/quay a.png");
    refuse("a.png http://h/quay");
    refuse("--loop http://h/quay");
    refuse("--raw 8x8:gray http://h/quay");
    refuse("--requests 8 http://h/quay");
    refuse("--requests 9 --slots 20 http://h/quay");
    assert_int_equal(accept("--requests 8 --slots 9 http://h/quay").http.requests, 8);
    refuse("--requests 2 a.png");
    refuse("--cacert c a.png");
    refuse("--token-file= http://h/quay");
}

static void test_raw_frames_that_cannot_be(void **state) {
    (void)state;
    static const char *const bad[] = {
        "8x8",
        "8x8:",
        "8x:gray",
        "x8:gray",
        "8:gray",
        "8x8gray",
        "8X8:gray",
        "8x8:GRAY",
        "3x5:rgb24,",
        "3x5:rgb24,12",
        "3x5:rgb24,stride",
        "3x5:rgb24,stride=",
        "3x5:rgb24,stride=0",
        "3x5:rgb24,stride=8",
        "3x5:rgb24,stride=-12",
        "3x5:rgb24,stride=12x",
        "3x5:rgb24,stride=12,stride=12",
        "3x5:rgb24,stride=12,gstreamer",
        "3x5:rgb24,stride=4294967308",
        "3x5:rgb24,stride=99999999999999999999",
        "3x5:rgb24,stride=500000000",
        "3x5:rgb24,Gstreamer",
        "3x5:rgb24,STRIDE=12",
        "8x8:gray8",
        "0x8:gray",
        "8x0:gray",
        "-8x8:gray",
        "8x-8:gray",
        "8x8x8:gray",
        "8.0x8:gray",
        "+8x8:gray",
        "8x8:gray:",
        "12345678901x1:gray",
        "1x12345678901:gray",
        "2147483648x1:gray",
        "1x2147483648:gray",
        "18446744073709551617x1:gray",
        "65536x32768:gray",
        "2147483647x2147483647:bgra",
        "00000000008x8:gray",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char line[80];
        snprintf(line, sizeof line, "--raw %s -", bad[i]);
        refuse(line);
    }
}

int main(void) {
    /* The sentences are not what is looked at. */
    app_message_start("test");
    set_variable("FERRY_NAME", NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_usual),
        cmocka_unit_test(test_how_frames_are_stored),
        cmocka_unit_test(test_when_consumers_are_slow),
        cmocka_unit_test(test_with_whom),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_the_dialect),
        cmocka_unit_test(test_how_many_frames_a_consumer_may_hold),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_raw_frames_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
