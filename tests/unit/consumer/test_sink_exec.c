/* Frames handed to commands: what the commands get, and what becomes of those that fail, hang, or
 * do not read. */
#define _GNU_SOURCE /* setenv, mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Part of a program, and so in no library. */
#include <frameferry/clock.h>

#include "emulation.h"
#include "sinks/packed.c"
#include "sinks/sink.c"

static uint64_t now_ns(void);
#define ferry_clock_ns now_ns
#include "sinks/exec.c"
#undef ferry_clock_ns

#define SHORT_NS (FERRY_SECOND_NS / 20)

enum { WIDTH = 61, HEIGHT = 37 };

static char folder[] = "/tmp/ferry-exec-XXXXXX";
static uint8_t pixels[40000];

static int make_folder(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 31 + i / 256);
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    unlink("out");
    return rmdir(folder);
}

/* Until the command has made this file no time passes for the one who waits for it, and then its
 * limit is over; none passes any more until it has ended, however slow it is. NULL: as it does. */
static const char *awaited;

static uint64_t now_ns(void) {
    if (awaited == NULL)
        return ferry_clock_ns();
    return FERRY_SECOND_NS * (access(awaited, F_OK) == 0 ? 2 : 1);
}

static ferry_frame_info info_of(uint32_t format, uint32_t stride_bytes) {
    ferry_frame_info info = {
        .width = WIDTH, .height = HEIGHT, .format = format, .stride_bytes = stride_bytes};
    ferry_layout layout;
    assert_int_equal(ferry_layout_compute(&layout, format, WIDTH, HEIGHT, stride_bytes), FERRY_OK);
    info.number = 7;
    info.bit_count = ferry_format_bit_count(format);
    info.stride_bytes = layout.planes[0].stride_bytes;
    info.length_bytes = layout.length_bytes;
    return info;
}

/* Hands one frame to a command; whether the command did well. */
static bool hand(const char *command, const ferry_frame_info *info, const char *file,
                 int64_t timeout_ns) {
    sink *s = sink_open_exec(command, "camera", timeout_ns);
    receipt r = {.info = info, .pixels = pixels, .skipped = 5, .file = file};
    assert_non_null(s);
    assert_true(s->take(s, &r));
    bool well = sink_exec_went_well(s);
    s->close(s);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left, not even a zombie */
    return well;
}

/* What the command has written into the file "out"; the caller frees it. */
static char *read_out(size_t *bytes) {
    FILE *file = fopen("out", "rb");
    char *text = calloc(1, 2 * sizeof pixels);
    assert_non_null(file);
    assert_non_null(text);
    *bytes = fread(text, 1, 2 * sizeof pixels - 1, file);
    fclose(file);
    unlink("out");
    return text;
}

static void assert_out(const void *expected, size_t expected_bytes) {
    size_t bytes;
    char *text = read_out(&bytes);
    assert_int_equal(bytes, expected_bytes);
    assert_memory_equal(text, expected, bytes);
    free(text);
}

static void assert_variables(const ferry_frame_info *info, const char *file, const char *expected) {
    size_t bytes;
    assert_true(hand("sh -c 'env | grep ^FERRY_ | LC_ALL=C sort >out'", info, file, FERRY_FOREVER));
    char *text = read_out(&bytes);
    assert_string_equal(text, expected);
    free(text);
}

/* ---- pixels ---- */

static void test_pixels_are_the_input(void **state) {
    (void)state;
    ferry_frame_info info = info_of(FERRY_FORMAT_GRAY, 0);
    assert_true(hand("sh -c 'cat >out'", &info, NULL, FERRY_FOREVER));
    assert_out(pixels, WIDTH * HEIGHT);
    info.length_bytes += 100; /* a slot may have more than the picture */
    assert_true(hand("sh -c 'cat >out'", &info, NULL, FERRY_FOREVER));
    assert_out(pixels, WIDTH * HEIGHT);
}

static void assert_packed(uint32_t format, uint32_t stride_bytes, const char *stride) {
    static uint8_t expected[sizeof pixels];
    ferry_frame_info info = info_of(format, stride_bytes);
    ferry_layout layout;
    size_t used = 0;
    ferry_layout_compute(&layout, format, WIDTH, HEIGHT, stride_bytes);
    for (uint32_t i = 0; i < layout.plane_count; i++)
        for (uint32_t row = 0; row < layout.planes[i].rows; row++) {
            const ferry_plane *plane = &layout.planes[i];
            memcpy(expected + used, pixels + plane->offset_bytes + row * plane->stride_bytes,
                   plane->row_bytes);
            used += plane->row_bytes;
        }
    assert_true(hand("sh -c 'cat >out'", &info, NULL, FERRY_FOREVER));
    assert_out(expected, used);
    assert_true(hand("sh -c 'printf %s $FERRY_STRIDE >out'", &info, NULL, FERRY_FOREVER));
    assert_out(stride, strlen(stride));
    char bytes[16];
    snprintf(bytes, sizeof bytes, "%zu", used);
    assert_true(hand("sh -c 'printf %s $FERRY_BYTES >out'", &info, NULL, FERRY_FOREVER));
    assert_out(bytes, strlen(bytes));
}

static void test_padding_is_left_out(void **state) {
    (void)state;
    assert_packed(FERRY_FORMAT_BGR24, 256, "183");
    assert_packed(FERRY_FORMAT_YUV420P, 64, "61");
    assert_packed(FERRY_FORMAT_NV12, 100, "61");
    assert_packed(FERRY_FORMAT_YUYV422, 0, "124");
}

/* The buffer for pictures without padding grows with them. */
static void test_sizes_may_change(void **state) {
    (void)state;
    sink *s = sink_open_exec("sh -c 'cat >out'", "camera", FERRY_FOREVER);
    static const uint32_t heights[] = {1, 37, 5};
    for (size_t i = 0; i < 3; i++) {
        ferry_frame_info info = info_of(FERRY_FORMAT_GRAY, 64);
        info.height = (int32_t)heights[i];
        info.length_bytes = 64 * heights[i];
        receipt r = {.info = &info, .pixels = pixels};
        assert_true(s->take(s, &r));
        size_t bytes;
        char *text = read_out(&bytes);
        assert_int_equal(bytes, WIDTH * heights[i]);
        assert_memory_equal(text + WIDTH * (heights[i] - 1), pixels + 64 * (heights[i] - 1), WIDTH);
        free(text);
    }
    assert_true(sink_exec_went_well(s));
    s->close(s);
}

/* ---- variables ---- */

static void test_variables_describe_the_frame(void **state) {
    (void)state;
    ferry_frame_info info = info_of(FERRY_FORMAT_BGR24, 0);
    info.capture_ns = 18446744073709551615u;
    info.publish_ns = 12;
    setenv("FERRY_NAME", "other", 1);
    setenv("FERRY_FILE", "of an outer command", 1);
    setenv("FERRY_META_OLD", "of an outer command", 1);
    assert_variables(&info, NULL,
                     "FERRY_BIT_COUNT=24\nFERRY_BYTES=6771\nFERRY_CAPTURE_NS=18446744073709551615\n"
                     "FERRY_FORMAT=bgr24\nFERRY_FRAME=7\nFERRY_HEIGHT=37\nFERRY_NAME=camera\n"
                     "FERRY_PUBLISH_NS=12\nFERRY_SKIPPED=5\nFERRY_STRIDE=183\nFERRY_WIDTH=61\n");
    unsetenv("FERRY_NAME");
    unsetenv("FERRY_FILE");
    unsetenv("FERRY_META_OLD");
}

/* A peer may write any number, and may say it of frames for which it means nothing. */
static void test_colors_have_variables_where_they_are_known(void **state) {
    (void)state;
    static const struct {
        uint32_t format, matrix, range;
        const char *wanted;
    } cases[] = {{FERRY_FORMAT_YUYV422, FERRY_MATRIX_BT2020, FERRY_RANGE_FULL, "bt2020,full"},
                 {FERRY_FORMAT_YUYV422, FERRY_MATRIX_BT601, FERRY_RANGE_LIMITED, "bt601,limited"},
                 {FERRY_FORMAT_YUYV422, 0, 0, ","},
                 {FERRY_FORMAT_YUYV422, 4, 3, ","},
                 {FERRY_FORMAT_YUYV422, UINT32_MAX, UINT32_MAX, ","},
                 {FERRY_FORMAT_BGR24, FERRY_MATRIX_BT709, FERRY_RANGE_FULL, ","}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_frame_info info = info_of(cases[i].format, 0);
        info.color_matrix = cases[i].matrix;
        info.color_range = cases[i].range;
        size_t bytes;
        assert_true(hand("sh -c 'printf %s \"$FERRY_MATRIX,$FERRY_RANGE\" >out'", &info, NULL,
                         FERRY_FOREVER));
        char *text = read_out(&bytes);
        assert_int_equal(bytes, strlen(cases[i].wanted));
        assert_memory_equal(text, cases[i].wanted, bytes);
        free(text);
    }
}

static void test_the_file_and_metadata_have_variables(void **state) {
    (void)state;
    static const char metadata[] = "lens=50 mm\nexposure.ms=4\nA-1=\n_x=a=\"b\" $(c)\n";
    char path[5000] = "out/";
    char expected[6000];
    size_t bytes;
    ferry_frame_info info = info_of(FERRY_FORMAT_GRAY, 0);
    memset(path + 4, 'p', sizeof path - 5);
    memcpy(info.metadata, metadata, sizeof metadata - 1);
    info.metadata_bytes = sizeof metadata - 1;
    assert_true(hand("sh -c 'env | grep -E ^FERRY_\\(META\\|FILE\\) | LC_ALL=C sort >out'", &info,
                     path, FERRY_FOREVER));
    char *text = read_out(&bytes);
    snprintf(expected, sizeof expected,
             "FERRY_FILE=%s\nFERRY_META_A_1=\nFERRY_META_EXPOSURE_MS=4\nFERRY_META_LENS=50 mm\n"
             "FERRY_META__X=a=\"b\" $(c)\n",
             path);
    assert_string_equal(text, expected);
    free(text);
}

/* As many and as long as there can be. */
static void test_all_metadata_fits(void **state) {
    (void)state;
    ferry_frame_info info = info_of(FERRY_FORMAT_GRAY, 0);
    static const char keys[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    uint32_t used = 0;
    for (unsigned i = 0; i < 37; i++) {
        info.metadata[used++] = (uint8_t)keys[i];
        info.metadata[used++] = '=';
        info.metadata[used++] = '\n';
    }
    for (unsigned i = 0; used + 4 <= FERRY_METADATA_MAX; i++) {
        info.metadata[used++] = (uint8_t)keys[i / 37];
        info.metadata[used++] = (uint8_t)keys[i % 37];
        info.metadata[used++] = '=';
        info.metadata[used++] = '\n';
    }
    info.metadata_bytes = used;
    assert_true(
        hand("sh -c 'test $(env | grep -c ^FERRY_META_) = 265'", &info, NULL, FERRY_FOREVER));
}

static void test_other_metadata_has_none(void **state) {
    (void)state;
    static const char *const texts[] = {"lens", "lens=1\nPATH", "a b=1\n", "lens=1\x1b[0m\n"};
    for (size_t i = 0; i < 4; i++) {
        ferry_frame_info info = info_of(FERRY_FORMAT_GRAY, 0);
        info.metadata_bytes = (uint32_t)strlen(texts[i]);
        memcpy(info.metadata, texts[i], info.metadata_bytes);
        assert_true(
            hand("sh -c 'test $(env | grep -c ^FERRY_META_) = 0'", &info, NULL, FERRY_FOREVER));
    }
}

static void test_a_format_without_a_name_goes_through(void **state) {
    (void)state;
    ferry_frame_info info = {.width = 4, .height = 4, .format = FERRY_FOURCC('M', 'J', 1, 'G')};
    info.length_bytes = 1000;
    info.number = 1;
    assert_true(hand("sh -c 'cat >out'", &info, NULL, FERRY_FOREVER));
    assert_out(pixels, 1000);
    assert_true(hand("sh -c 'printf %s \"$FERRY_FORMAT,$FERRY_STRIDE,$FERRY_BYTES\" >out'", &info,
                     NULL, FERRY_FOREVER));
    assert_out("MJ\\x01G,0,1000", 14);
}

/* ---- commands that do not do well ---- */

static void test_failures_are_counted(void **state) {
    (void)state;
    ferry_frame_info info = info_of(FERRY_FORMAT_GRAY, 0);
    assert_false(hand("sh -c 'cat >/dev/null; exit 3'", &info, NULL, FERRY_FOREVER));
    assert_false(hand("sh -c 'kill -KILL $$'", &info, NULL, FERRY_FOREVER));
    sink *s = sink_open_exec("sh -c 'test $FERRY_FRAME != 8'", "camera", FERRY_FOREVER);
    receipt r = {.info = &info, .pixels = pixels};
    for (info.number = 7; info.number <= 9; info.number++)
        assert_true(s->take(s, &r));
    assert_int_equal(((exec *)s)->run, 3);
    assert_int_equal(((exec *)s)->failed, 1);
    assert_false(sink_exec_went_well(s));
    s->close(s);
}

static void test_what_cannot_be_started_ends_it(void **state) {
    (void)state;
    SKIP_EMULATED(
        "qemu-user forks where the kernel's clone shares memory: posix_spawn hears nothing");
    static const char *const commands[] = {"no-such-program", "sh -c '", "/"};
    ferry_frame_info info = info_of(FERRY_FORMAT_GRAY, 0);
    for (size_t i = 0; i < 3; i++) {
        sink *s = sink_open_exec(commands[i], "camera", FERRY_FOREVER);
        receipt r = {.info = &info, .pixels = pixels};
        assert_false(s->take(s, &r));
        assert_int_equal(((exec *)s)->run, 0);
        s->close(s);
    }
}

static void test_input_need_not_be_read(void **state) {
    (void)state;
    static uint8_t large[2048 * 4096 * 4];
    ferry_frame_info info = {.width = 2048, .height = 4096, .format = FERRY_FORMAT_BGRA};
    info.length_bytes = sizeof large;
    info.stride_bytes = 8192;
    static const struct {
        const char *command;
        bool well;
    } cases[] = {{"true", true},
                 {"false", false},
                 {"sh -c 'head -c 3000000 >/dev/null'", true},
                 {"sh -c 'exec <&-; exit 0'", true},
                 {"sh -c 'test $(wc -c) = 33554432'", true},
                 {"sh -c 'sleep 0.5; test $(wc -c) = 33554432'", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sink *s = sink_open_exec(cases[i].command, "camera", FERRY_FOREVER);
        receipt r = {.info = &info, .pixels = large};
        assert_true(s->take(s, &r));
        assert_int_equal(sink_exec_went_well(s), cases[i].well);
        s->close(s);
    }
}

static void test_commands_that_hang_are_ended(void **state) {
    (void)state;
    ferry_frame_info info = info_of(FERRY_FORMAT_GRAY, 0);
    assert_false(hand("sleep 1000", &info, NULL, SHORT_NS));
    assert_false(hand("sh -c 'trap \"\" TERM; sleep 1000'", &info, NULL, SHORT_NS));
    /* They are asked first; that one ends well then does not count. The shell answers when its
     * command has ended, and one that it has only just forked still has the trap: the signal is
     * lost on that. So the commands are short. */
    awaited = "begun";
    assert_false(hand("sh -c 'trap \"echo asked >out; exit 0\" TERM; echo >begun; "
                      "while :; do sleep 1; done'",
                      &info, NULL, SHORT_NS));
    awaited = NULL;
    assert_int_equal(unlink("begun"), 0);
    assert_out("asked\n", 6);
    /* A limit does no harm to one that is quicker. */
    assert_true(hand("sh -c 'cat >/dev/null'", &info, NULL, 1000 * FERRY_SECOND_NS));
}

/* A frame that fills the pipe, so that handing it over takes the time. */
static void test_the_limit_holds_while_nobody_reads(void **state) {
    (void)state;
    static uint8_t large[4 << 20];
    ferry_frame_info info = {.width = 2048, .height = 2048, .format = FERRY_FORMAT_GRAY};
    info.length_bytes = sizeof large;
    info.stride_bytes = 2048;
    sink *s = sink_open_exec("sleep 1000", "camera", SHORT_NS);
    receipt r = {.info = &info, .pixels = large};
    assert_true(s->take(s, &r));
    assert_false(sink_exec_went_well(s));
    s->close(s);
}

/* The last one: a stop is not taken back. */
static void test_a_stop_ends_the_command(void **state) {
    (void)state;
    assert_int_equal(host_catch_stop(NULL, NULL, NULL), FERRY_OK);
    ferry_frame_info info = info_of(FERRY_FORMAT_GRAY, 0);
    assert_true(hand("sh -c 'kill -TERM $PPID; sleep 1000'", &info, NULL, FERRY_FOREVER));
    assert_int_equal(host_stop_count(), 1);
    assert_true(hand("sh -c 'cat >out'", &info, NULL, FERRY_FOREVER));
    assert_int_equal(access("out", F_OK), -1); /* no command is started any more */
    /* One that the same signal has killed before we could. */
    const run killed = {.frame = 7};
    assert_true(judge(&killed, &(ferry_child_exit){.exited = false, .code = SIGTERM}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pixels_are_the_input),
        cmocka_unit_test(test_padding_is_left_out),
        cmocka_unit_test(test_sizes_may_change),
        cmocka_unit_test(test_variables_describe_the_frame),
        cmocka_unit_test(test_colors_have_variables_where_they_are_known),
        cmocka_unit_test(test_the_file_and_metadata_have_variables),
        cmocka_unit_test(test_all_metadata_fits),
        cmocka_unit_test(test_other_metadata_has_none),
        cmocka_unit_test(test_a_format_without_a_name_goes_through),
        cmocka_unit_test(test_failures_are_counted),
        cmocka_unit_test(test_what_cannot_be_started_ends_it),
        cmocka_unit_test(test_input_need_not_be_read),
        cmocka_unit_test(test_commands_that_hang_are_ended),
        cmocka_unit_test(test_the_limit_holds_while_nobody_reads),
        cmocka_unit_test(test_a_stop_ends_the_command),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
