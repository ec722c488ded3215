/* The command line of ferry-consumer: what each option sets. What is refused, and how that is said,
 * the process tests see. */
#define _GNU_SOURCE /* surroundings.h */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Part of a program, and so in no library. */
#include <frameferry/clock.h>

#include "options.c"

#include "options_port.c"

#include "options_write.c"

#include "surroundings.h"

#define WORDS_MAX 16

/* Splits a line at its blanks. */
static int parse(consumer_options *out, const char *line) {
    static char copy[512];
    char *words[WORDS_MAX + 2] = {(char *)"ferry-consumer"};
    int count = 1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *part = strtok(copy, " "); part != NULL; part = strtok(NULL, " ")) {
        assert_in_range(count, 1, WORDS_MAX);
        words[count++] = part;
    }
    return options_parse(out, count, words);
}

static void test_defaults(void **state) {
    (void)state;
    consumer_options o;
    set_variable("FERRY_NAME", NULL);
    assert_int_equal(parse(&o, ""), APP_EXIT_NONE);
    assert_string_equal(o.common.name, FERRY_DEFAULT_NAME);
    assert_int_equal(o.delivery, DELIVERY_AS_FITS);
    assert_true(o.wait_ns == FERRY_FOREVER && o.timeout_ns == FERRY_FOREVER &&
                o.exec_timeout_ns == FERRY_FOREVER);
    assert_true(o.common.count == 0 && o.exec == NULL);
    assert_false(o.saves || o.common.json || o.print || o.common.quiet || o.common.share.with ||
                 o.reconnect);
    assert_in_range(o.jobs, 1, APP_SAVER_JOBS_MAX);
    assert_true(o.bare_16bit_format == 0 && !o.bare_bottom_up);
    assert_true(o.bare_format == 0 && !o.bare_images);
}

static void test_each_option(void **state) {
    (void)state;
    consumer_options o;
    assert_int_equal(parse(&o, "--name cam --every --group --reconnect --wait 1 --timeout 2.5"),
                     APP_EXIT_NONE);
    assert_string_equal(o.common.name, "cam");
    assert_int_equal(o.delivery, DELIVERY_EVERY);
    assert_true(o.common.share.with == FERRY_SHARING_GROUP && o.common.share.group == NULL &&
                o.reconnect);
    assert_int_equal(o.wait_ns, FERRY_SECOND_NS);
    assert_int_equal(o.timeout_ns, 5 * FERRY_SECOND_NS / 2);
    assert_int_equal(parse(&o, "--latest --count 9 --save o/{frame}.jpg --jobs 64 --print"),
                     APP_EXIT_NONE);
    assert_true(o.delivery == DELIVERY_LATEST && o.common.count == 9 && o.jobs == 64 && o.print);
    assert_true(o.saves && !o.save.is_directory && !o.save.is_one_file);
    assert_int_equal(parse(&o, "--save out --jobs=1 --json"), APP_EXIT_NONE);
    assert_true(o.save.is_directory && o.jobs == 1 && o.common.json);
    assert_int_equal(parse(&o, "--exec wc --exec-timeout 3"), APP_EXIT_NONE);
    assert_string_equal(o.exec, "wc");
    assert_int_equal(o.exec_timeout_ns, 3 * FERRY_SECOND_NS);
    assert_false(o.saves);
    assert_int_equal(parse(&o, "--bare-16bit rgb565le --bare-bottom-up"), APP_EXIT_NONE);
    assert_true(o.bare_16bit_format == FERRY_FORMAT_RGB565LE && o.bare_bottom_up);
    assert_int_equal(parse(&o, "--bare-16bit=gray16le"), APP_EXIT_NONE);
    assert_true(o.bare_16bit_format == FERRY_FORMAT_GRAY16LE && !o.bare_bottom_up);
    assert_int_equal(parse(&o, "--bare-format nv12 --bare-images --bare-16bit rgb565le"),
                     APP_EXIT_NONE);
    assert_true(o.bare_format == FERRY_FORMAT_NV12 && o.bare_images);
    assert_int_equal(parse(&o, "--bare-format=mjpeg"), APP_EXIT_USAGE);
    assert_int_equal(parse(&o, "--bare-format=nothing"), APP_EXIT_USAGE);
    assert_int_equal(parse(&o, "--bare-format yuyv422 --bare-16bit rgb565le"), APP_EXIT_USAGE);
    assert_int_equal(parse(&o, "--bare-format rgb565le --bare-16bit rgb565le"), APP_EXIT_NONE);
}

static void test_a_stream(void **state) {
    (void)state;
    consumer_options o;
    assert_int_equal(parse(&o, "--write - --fps 30000/1001 --format yuv420p --scale first"),
                     APP_EXIT_NONE);
    assert_string_equal(o.write.place, "-");
    assert_true(o.write.as == WRITE_Y4M && o.write.scales &&
                o.write.format == FERRY_FORMAT_YUV420P);
    assert_true(o.write.rate.frames == 30000 && o.write.rate.seconds == 1001);
    assert_int_equal(o.delivery, DELIVERY_AS_FITS);
    static const struct {
        const char *line;
        write_as as;
    } kinds[] = {{"--write x", WRITE_Y4M},
                 {"--write x.Y4M", WRITE_Y4M},
                 {"--write x.raw", WRITE_RAW},
                 {"--write a.b/x.yuv", WRITE_RAW},
                 {"--write x.MJPG", WRITE_MJPEG},
                 {"--write x.raw --as mjpeg", WRITE_MJPEG},
                 {"--write x.mp4 --as raw", WRITE_RAW},
                 {"--as=y4m --write=x.mjpeg", WRITE_Y4M}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_int_equal(parse(&o, kinds[i].line), APP_EXIT_NONE);
        assert_int_equal(o.write.as, kinds[i].as);
    }
    assert_int_equal(parse(&o, "--write x --overwrite --json --exec wc --save y"), APP_EXIT_NONE);
    assert_int_equal(parse(&o, "--write - --as raw --format rgb24"), APP_EXIT_NONE);
    assert_int_equal(parse(&o, ""), APP_EXIT_NONE);
    assert_null(o.write.place);
}

static void test_with_whom(void **state) {
    (void)state;
    consumer_options o;
    assert_int_equal(parse(&o, "--group=cams"), APP_EXIT_NONE);
    assert_int_equal(o.common.share.with, FERRY_SHARING_GROUP);
    assert_string_equal(o.common.share.group, "cams");
    assert_int_equal(parse(&o, "--everyone"), APP_EXIT_NONE);
    assert_int_equal(o.common.share.with, FERRY_SHARING_EVERYONE);
    assert_null(o.common.share.group);
}

static void test_what_is_refused(void **state) {
    (void)state;
    static const char *const lines[] = {
        "--jobs 0 --save x",
        "--jobs 65 --save x",
        "--jobs 2.0 --save x",
        "--jobs -1 --save x",
        "--jobs 4",
        "--json --print",
        "--print --json",
        "--every --latest",
        "--exec-timeout 3",
        "--exec-timeout x --exec y",
        "--save {frames}.png",
        "--save {frame}.gif",
        "--save {frame",
        "--save a{",
        "--save= --json",
        "--exec= --json",
        "--jobs= --save x",
        "--save",
        "--exec",
        "--reconnect=3",
        "--group=",
        "--group --everyone",
        "--everyone --group=x",
        "--everyone=x",
        "--bare-16bit yuyv422",
        "--bare-16bit 565",
        "--bare-16bit",
        "--bare-bottom-up=1",
        "--write=",
        "--write x.mkv",
        "--write x.png",
        "--write - --json",
        "--write - --as mp4",
        "--write - --format rgb24",
        "--write - --format mjpeg --as raw",
        "--write - --scale 640x480",
        "--write - --fps 0",
        "--write - --fps x",
        "--write x.raw --fps 3",
        "--write x --payload text",
        "--as raw",
        "--format gray",
        "--scale first",
        "--fps 30",
        "--overwrite",
        "word",
    };
    consumer_options o;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_int_equal(parse(&o, lines[i]), APP_EXIT_USAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),        cmocka_unit_test(test_each_option),
        cmocka_unit_test(test_a_stream),        cmocka_unit_test(test_with_whom),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
