/* The header of a YUV4MPEG2 stream, whatever it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Part of a program, and so in no library. */
#include "sources/y4m.c"

#define YUV FERRY_FORMAT_YUV420P
#define YUV422 FERRY_FORMAT_YUV422P

/* In memory of exactly its length, so that a sanitizer sees a byte too many. */
static ferry_status parse(y4m_header *out, const char *line, size_t length, ferry_error *error) {
    char *exact = malloc(length + (length == 0));
    assert_non_null(exact);
    memcpy(exact, line, length);
    ferry_status status = y4m_parse_header(out, exact, length, error);
    free(exact);
    return status;
}

/* The fields that say how frames lie in the stream. */
typedef struct expected_header {
    int32_t width, height;
    uint32_t format, frame_bytes, color_range;
    app_rate rate;
    bool is_interlaced;
    uint32_t color_matrix;
} expected_header;

/* The first twelve are what FFmpeg 5.1 writes for testsrc2 in several formats. */
static const struct {
    const char *line;
    expected_header expected;
} good[] = {
    {"YUV4MPEG2 W34 H20 F30000:1001 Ip A1:1 C420jpeg XYSCSS=420JPEG",
     {34, 20, YUV, 1020, FERRY_RANGE_UNSPECIFIED, {30000, 1001}, false, 0}},
    {"YUV4MPEG2 W34 H20 F30000:1001 Ip A1:1 C420jpeg XYSCSS=420JPEG XCOLORRANGE=FULL",
     {34, 20, YUV, 1020, FERRY_RANGE_FULL, {30000, 1001}, false, 0}},
    {"YUV4MPEG2 W34 H20 F30000:1001 Ip A1:1 C422 XYSCSS=422 XCOLORRANGE=LIMITED",
     {34, 20, YUV422, 1360, FERRY_RANGE_LIMITED, {30000, 1001}, false, 0}},
    {"YUV4MPEG2 W34 H20 F25:1 Ip A1:1 Cmono XCOLORRANGE=FULL",
     {34, 20, FERRY_FORMAT_GRAY, 680, FERRY_RANGE_UNSPECIFIED, {25, 1}, false, 0}},
    {"YUV4MPEG2 W34 H20 F25:1 Ip A1:1 Cmono16 XCOLORRANGE=FULL",
     {34, 20, FERRY_FORMAT_GRAY16LE, 1360, FERRY_RANGE_UNSPECIFIED, {25, 1}, false, 0}},
    {"YUV4MPEG2 W34 H20 F30:1 Ip A1:1 Cmono10 XCOLORRANGE=FULL",
     {34, 20, FERRY_FORMAT_GRAY10LE, 1360, FERRY_RANGE_UNSPECIFIED, {30, 1}, false, 0}},
    {"YUV4MPEG2 W34 H20 F30:1 Ip A1:1 Cmono12 XCOLORRANGE=FULL",
     {34, 20, FERRY_FORMAT_GRAY12LE, 1360, FERRY_RANGE_UNSPECIFIED, {30, 1}, false, 0}},
    {"YUV4MPEG2 W34 H20 F30:1 Ip A1:1 C444 XYSCSS=444 XCOLORRANGE=LIMITED",
     {34, 20, FERRY_FORMAT_YUV444P, 2040, FERRY_RANGE_LIMITED, {30, 1}, false, 0}},
    {"YUV4MPEG2 W34 H20 F30:1 Ip A1:1 C420p10 XYSCSS=420P10 XCOLORRANGE=LIMITED",
     {34, 20, FERRY_FORMAT_P010LE, 2040, FERRY_RANGE_LIMITED, {30, 1}, false, 0}},
    {"YUV4MPEG2 W36 H20 F25:2 It A1:1 C420jpeg XYSCSS=420JPEG",
     {36, 20, YUV, 1080, FERRY_RANGE_UNSPECIFIED, {25, 2}, true, 0}},
    {"YUV4MPEG2 W36 H20 F25:1 Ib A0:0 C420mpeg2 XYSCSS=420MPEG2",
     {36, 20, YUV, 1080, FERRY_RANGE_UNSPECIFIED, {25, 1}, true, 0}},
    {"YUV4MPEG2 W36 H20 F25:1 I? A0:0 C420paldv XYSCSS=420PALDV",
     {36, 20, YUV, 1080, FERRY_RANGE_UNSPECIFIED, {25, 1}, false, 0}},
    /* Only what is needed; any order; unknown parameters; more blanks than needed. */
    {"YUV4MPEG2 W2 H2", {2, 2, YUV, 6, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 XCOLORRANGE=LIMITED C420 A32:27 Im F50:1 H480 W720",
     {720, 480, YUV, 518400, FERRY_RANGE_LIMITED, {50, 1}, true, 0}},
    {"YUV4MPEG2 Qx W16 Xanything=Wat XW9 H16 Z L", {16, 16, YUV, 384, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2   W16  H8 ", {16, 8, YUV, 192, 0, {0, 1}, false, 0}},
    /* Chroma of odd sizes is rounded up. */
    {"YUV4MPEG2 W3 H5 C420", {3, 5, YUV, 15 + 2 * 6, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W3 H5 C422", {3, 5, YUV422, 15 + 2 * 10, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W1 H1 C422", {1, 1, YUV422, 3, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W1 H1", {1, 1, YUV, 3, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W1 H1 Cmono16", {1, 1, FERRY_FORMAT_GRAY16LE, 2, 0, {0, 1}, false, 0}},
    /* The last one counts; C counts for more than the older XYSCSS. */
    {"YUV4MPEG2 W3 W4 H5 H6 C422 Cmono", {4, 6, FERRY_FORMAT_GRAY, 24, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W4 H4 XYSCSS=422", {4, 4, YUV422, 32, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W4 H4 Cmono XYSCSS=422", {4, 4, FERRY_FORMAT_GRAY, 16, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W4 H4 XCOLORRANGE=FULL XCOLORRANGE=LIMITED",
     {4, 4, YUV, 24, FERRY_RANGE_LIMITED, {0, 1}, false, 0}},
    {"YUV4MPEG2 W4 H4 XCOLORSPACE=BT709", {4, 4, YUV, 24, 0, {0, 1}, false, FERRY_MATRIX_BT709}},
    {"YUV4MPEG2 W4 H4 C422 XCOLORSPACE=BT2020NC",
     {4, 4, YUV422, 32, 0, {0, 1}, false, FERRY_MATRIX_BT2020}},
    {"YUV4MPEG2 W4 H4 XCOLORSPACE=SMPTE170M",
     {4, 4, YUV, 24, 0, {0, 1}, false, FERRY_MATRIX_BT601}},
    {"YUV4MPEG2 W4 H4 XCOLORSPACE=BT2100", {4, 4, YUV, 24, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W4 H4 Cmono XCOLORSPACE=BT709", {4, 4, FERRY_FORMAT_GRAY, 16, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W4 H4 XCOLORRANGE=full", {4, 4, YUV, 24, 0, {0, 1}, false, 0}},
    /* Rates. */
    {"YUV4MPEG2 W2 H2 F0:0", {2, 2, YUV, 6, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W2 H2 F0:1", {2, 2, YUV, 6, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W2 H2 F25:0", {2, 2, YUV, 6, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W2 H2 F50:2", {2, 2, YUV, 6, 0, {25, 1}, false, 0}},
    {"YUV4MPEG2 W2 H2 F1:1000000000", {2, 2, YUV, 6, 0, {1, 1000000000}, false, 0}},
    {"YUV4MPEG2 W2 H2 F2000000000:1000000001",
     {2, 2, YUV, 6, 0, {1000000000, 500000000}, false, 0}},
    {"YUV4MPEG2 W2 H2 F3000000000000000:100000000000000", {2, 2, YUV, 6, 0, {30, 1}, false, 0}},
    {"YUV4MPEG2 W2 H2 F1:9223372036854775807", {2, 2, YUV, 6, 0, {0, 1}, false, 0}},
    /* Just below 2 GiB. */
    {"YUV4MPEG2 W2147483647 H1 Cmono",
     {INT32_MAX, 1, FERRY_FORMAT_GRAY, INT32_MAX, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W1 H715827882 C422", {1, 715827882, YUV422, 3u * 715827882u, 0, {0, 1}, false, 0}},
    {"YUV4MPEG2 W0000000000000000000004 H4", {4, 4, YUV, 24, 0, {0, 1}, false, 0}},
};
#define GOOD_COUNT (sizeof good / sizeof good[0])

static void test_good_headers(void **state) {
    (void)state;
    for (size_t i = 0; i < GOOD_COUNT; i++) {
        const expected_header *expected = &good[i].expected;
        y4m_header found;
        ferry_error error = {.message = ""};
        if (parse(&found, good[i].line, strlen(good[i].line), &error) != FERRY_OK)
            fail_msg("%s: %s", good[i].line, error.message);
        print_message("%s\n", good[i].line);
        assert_int_equal(found.width, expected->width);
        assert_int_equal(found.height, expected->height);
        assert_int_equal(found.format, expected->format);
        assert_int_equal(found.frame_bytes, expected->frame_bytes);
        assert_int_equal(found.color_range, expected->color_range);
        assert_int_equal(found.color_matrix, expected->color_matrix);
        assert_true(found.rate.frames == expected->rate.frames);
        assert_true(found.rate.seconds == expected->rate.seconds);
        assert_int_equal(found.is_interlaced, expected->is_interlaced);
    }
}

static void test_what_the_header_says_beside(void **state) {
    (void)state;
    static const struct {
        const char *rest;
        uint32_t chroma_site, field_order;
        uint32_t pixel_aspect_num, pixel_aspect_den;
    } cases[] = {
        {"", FERRY_CHROMA_CENTER, 0, 0, 0},
        {" C420jpeg Ip A1:1", FERRY_CHROMA_CENTER, FERRY_FIELDS_PROGRESSIVE, 1, 1},
        {" C420mpeg2 It A118:81", FERRY_CHROMA_LEFT, FERRY_FIELDS_TOP_FIRST, 118, 81},
        {" C420paldv Ib A0:0", FERRY_CHROMA_TOP_LEFT, FERRY_FIELDS_BOTTOM_FIRST, 0, 0},
        {" XYSCSS=420MPEG2 Im A4:2", FERRY_CHROMA_LEFT, 0, 2, 1},
        {" C422 I? Ax", 0, 0, 0, 0}, /* an aspect that is none refuses no film */
        {" Cmono A1:0", 0, 0, 0, 0},
        {" Cmono A1:99999999999999999999", 0, 0, 0, 0},
        {" Cmono A3000000000:1000000001", 0, 0, 750000000, 250000000},
        {" Cmono A1:9000000000000000000", 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[100];
        y4m_header found;
        int length = snprintf(line, sizeof line, "YUV4MPEG2 W4 H4%s", cases[i].rest);
        assert_int_equal(parse(&found, line, (size_t)length, NULL), FERRY_OK);
        assert_int_equal(found.chroma_site, cases[i].chroma_site);
        assert_int_equal(found.field_order, cases[i].field_order);
        assert_int_equal(found.pixel_aspect_num, cases[i].pixel_aspect_num);
        assert_int_equal(found.pixel_aspect_den, cases[i].pixel_aspect_den);
    }
}

static const struct {
    const char *line;
    ferry_status status;
    const char *part; /* of the sentence */
} bad[] = {
    {"", FERRY_UNREADABLE, "YUV4MPEG2"},
    {"YUV4MPEG2", FERRY_UNREADABLE, "no width (W)"},
    {"YUV4MPEG", FERRY_UNREADABLE, "does not begin"},
    {"YUV4MPEG W2 H2", FERRY_UNREADABLE, "does not begin"},
    {"YUV4MPEG2W2 H2", FERRY_UNREADABLE, "does not begin"},
    {"yuv4mpeg2 W2 H2", FERRY_UNREADABLE, "does not begin"},
    {" YUV4MPEG2 W2 H2", FERRY_UNREADABLE, "does not begin"},
    {"YUV4MPEG2 H2", FERRY_UNREADABLE, "no width (W)"},
    {"YUV4MPEG2 W2", FERRY_UNREADABLE, "no height (H)"},
    {"YUV4MPEG2 w2 h2", FERRY_UNREADABLE, "no width (W)"},
    {"YUV4MPEG2 W H2", FERRY_UNREADABLE, "invalid width: W"},
    {"YUV4MPEG2 W0 H2", FERRY_UNREADABLE, "invalid width: W0"},
    {"YUV4MPEG2 W2 H0", FERRY_UNREADABLE, "invalid height: H0"},
    {"YUV4MPEG2 W-2 H2", FERRY_UNREADABLE, "W-2"},
    {"YUV4MPEG2 W+2 H2", FERRY_UNREADABLE, "W+2"},
    {"YUV4MPEG2 W2x H2", FERRY_UNREADABLE, "W2x"},
    {"YUV4MPEG2 W0x10 H2", FERRY_UNREADABLE, "W0x10"},
    {"YUV4MPEG2 W2.0 H2", FERRY_UNREADABLE, "W2.0"},
    {"YUV4MPEG2 W2 H2\r", FERRY_UNREADABLE, "H2?"},
    {"YUV4MPEG2 W2\tH2", FERRY_UNREADABLE, "W2?H2"},
    {"YUV4MPEG2 W2147483648 H2", FERRY_UNREADABLE, "W2147483648"},
    {"YUV4MPEG2 W4294967298 H2", FERRY_UNREADABLE, "W4294967298"},
    {"YUV4MPEG2 W18446744073709551618 H2", FERRY_UNREADABLE, "W18446744073709551618"},
    {"YUV4MPEG2 W99999999999999999999999999999999999999999999999999 H2", FERRY_UNREADABLE,
     "W9999999999999999999999999999999"},
    {"YUV4MPEG2 W2147483647 H2147483647", FERRY_TOO_LARGE, "2 GiB"},
    {"YUV4MPEG2 W2147483647 H1 C422", FERRY_TOO_LARGE, "2147483647 x 1"},
    {"YUV4MPEG2 W65536 H65536 Cmono", FERRY_TOO_LARGE, "65536 x 65536"},
    {"YUV4MPEG2 W65536 H32768 Cmono", FERRY_TOO_LARGE, "65536 x 32768"},
    {"YUV4MPEG2 W1 H715827883 C422", FERRY_TOO_LARGE, "2 GiB"},
    {"YUV4MPEG2 W1 H1073741824", FERRY_TOO_LARGE, "2 GiB"},
    {"YUV4MPEG2 W2 H2 F", FERRY_UNREADABLE, "invalid frame rate: F"},
    {"YUV4MPEG2 W2 H2 F25", FERRY_UNREADABLE, "F25"},
    {"YUV4MPEG2 W2 H2 F25:", FERRY_UNREADABLE, "F25:"},
    {"YUV4MPEG2 W2 H2 F:1", FERRY_UNREADABLE, "F:1"},
    {"YUV4MPEG2 W2 H2 F25:1:1", FERRY_UNREADABLE, "F25:1:1"},
    {"YUV4MPEG2 W2 H2 F-25:1", FERRY_UNREADABLE, "F-25:1"},
    {"YUV4MPEG2 W2 H2 F25/1", FERRY_UNREADABLE, "F25/1"},
    {"YUV4MPEG2 W2 H2 F9223372036854775808:1", FERRY_UNREADABLE, "F9223372036854775808:1"},
    {"YUV4MPEG2 W2 H2 F99999999999999999999999:1", FERRY_UNREADABLE, "F999999"},
    {"YUV4MPEG2 W2 H2 C", FERRY_NOT_SUPPORTED, "-pix_fmt yuv420p"},
    {"YUV4MPEG2 W2 H2 C440", FERRY_NOT_SUPPORTED, "C440 cannot be sent: give ffmpeg -pix_fmt yuv"},
    {"YUV4MPEG2 W2 H2 C444alpha", FERRY_NOT_SUPPORTED, "C444alpha"},
    {"YUV4MPEG2 W2 H2 C411", FERRY_NOT_SUPPORTED, "-pix_fmt yuv420p"},
    {"YUV4MPEG2 W2 H2 C420p12 XYSCSS=420P12", FERRY_NOT_SUPPORTED, "C420p12"},
    {"YUV4MPEG2 W2 H2 C422p12", FERRY_NOT_SUPPORTED, "-pix_fmt yuv420p"},
    {"YUV4MPEG2 W2 H2 XYSCSS=420P16", FERRY_NOT_SUPPORTED, "420P16"},
    {"YUV4MPEG2 W2 H2 Cmono9", FERRY_NOT_SUPPORTED,
     "Cmono9 cannot be sent: give ffmpeg -pix_fmt g"},
    {"YUV4MPEG2 W2 H2 C420jpegx", FERRY_NOT_SUPPORTED, "C420jpegx"},
    {"YUV4MPEG2 W2 H2 C\x1b[31m\xff", FERRY_NOT_SUPPORTED, "C?[31m?"},
};

static void check_sentence(const ferry_error *error) {
    assert_non_null(memchr(error->message, '\0', sizeof error->message));
    size_t length = strlen(error->message);
    assert_true(length > 0);
    for (size_t i = 0; i < length; i++)
        assert_in_range(error->message[i], 0x20, 0x7e);
}

static void test_bad_headers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        y4m_header found;
        ferry_error error = {.message = ""};
        assert_int_equal(parse(&found, bad[i].line, strlen(bad[i].line), &error), bad[i].status);
        assert_int_equal(error.status, bad[i].status);
        check_sentence(&error);
        if (strstr(error.message, bad[i].part) == NULL)
            fail_msg("%s: \"%s\" says nothing of \"%s\"", bad[i].line, error.message, bad[i].part);
    }
}

/* A zero byte ends nothing: it is a byte like others that do not belong there. */
static void test_zero_bytes(void **state) {
    (void)state;
    static const char in_number[] = "YUV4MPEG2 W2\0 H2";
    static const char in_sampling[] = "YUV4MPEG2 W2 H2 C420\0";
    static const char elsewhere[] = "YUV4MPEG2 W2 \0H7 H2";
    y4m_header found;
    ferry_error error;
    assert_int_equal(parse(&found, in_number, sizeof in_number - 1, &error), FERRY_UNREADABLE);
    assert_int_equal(parse(&found, in_sampling, sizeof in_sampling - 1, &error),
                     FERRY_NOT_SUPPORTED);
    assert_int_equal(parse(&found, elsewhere, sizeof elsewhere - 1, &error), FERRY_OK);
    assert_int_equal(found.height, 2);
}

/* Whatever the answer, it is a whole one. */
static bool check_answer(const char *line, size_t length) {
    y4m_header found;
    ferry_error error = {.message = ""};
    ferry_status status = parse(&found, line, length, &error);
    if (status != FERRY_OK) {
        assert_int_equal(error.status, status);
        check_sentence(&error);
        return false;
    }
    ferry_layout layout;
    assert_int_equal(ferry_layout_compute(&layout, found.format, found.width, found.height, 0),
                     FERRY_OK);
    assert_in_range(found.frame_bytes, 1, layout.length_bytes);
    assert_in_range(found.color_range, 0, FERRY_RANGE_FULL);
    assert_true(found.rate.seconds >= 1 && found.rate.seconds <= APP_RATE_MAX);
    assert_true(found.rate.frames <= APP_RATE_MAX);
    return true;
}

static void test_truncations(void **state) {
    (void)state;
    for (size_t i = 0; i < GOOD_COUNT; i++)
        for (size_t length = 0; length <= strlen(good[i].line); length++)
            check_answer(good[i].line, length);
    static const char line[] = "YUV4MPEG2 W34 H20";
    for (size_t length = 0; length < sizeof line; length++)
        assert_int_equal(check_answer(line, length), length >= 16 && length <= 17);
}

static uint64_t random_state = 88172645463325252u;

static unsigned random_below(unsigned limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % limit;
}

/* Good headers with a few bytes changed, inserted or left out, and nonsense of the right letters.
 */
static void test_random_bytes(void **state) {
    (void)state;
    static const char letters[] = "YUV4MPEG2 WHFIACX=:0123456789-+\n\r\t monojpeg";
    unsigned accepted = 0;
    for (int round = 0; round < 200000; round++) {
        char line[256];
        const char *base = good[random_below(GOOD_COUNT)].line;
        size_t length = strlen(base);
        memcpy(line, base, length);
        for (unsigned changes = random_below(5); changes > 0; changes--) {
            size_t at = 10 + random_below((unsigned)length - 10);
            unsigned what = random_below(4);
            if (what == 0)
                line[at] = (char)random_below(256);
            else if (what == 1)
                line[at] = letters[random_below(sizeof letters)];
            else if (what == 2 && length > 12)
                memmove(line + at, line + at + 1, --length - at);
            else if (length < sizeof line - 1) {
                memmove(line + at + 1, line + at, length++ - at);
                line[at] = letters[random_below(sizeof letters)];
            }
        }
        accepted += check_answer(line, length);
    }
    for (int round = 0; round < 50000; round++) {
        char line[64] = APP_Y4M_SIGNATURE " ";
        size_t length = 10 + random_below(50);
        for (size_t i = 10; i < length; i++)
            line[i] = letters[random_below(sizeof letters)];
        check_answer(line, length);
    }
    assert_true(accepted > 10000);
}

static void test_beginnings(void **state) {
    (void)state;
    static const char header[] = "YUV4MPEG2 W";
    static const char frame[] = "FRAME\n";
    for (size_t count = 0; count < sizeof header; count++)
        assert_true(y4m_begins_header(header, count));
    for (size_t count = 0; count < sizeof frame; count++)
        assert_true(y4m_begins_frame(frame, count));
    assert_true(y4m_begins_frame("FRAME Ip", 8));
    assert_false(y4m_begins_frame("FRAMES", 6));
    assert_false(y4m_begins_frame("frame", 5));
    assert_false(y4m_begins_frame("FRAMX", 5));
    assert_false(y4m_begins_frame("\nFRAME", 6));
    assert_false(y4m_begins_header("YUV4MPEG3", 9));
    assert_false(y4m_begins_header("YUV4MPEG20", 10));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_headers), cmocka_unit_test(test_what_the_header_says_beside),
        cmocka_unit_test(test_bad_headers),  cmocka_unit_test(test_zero_bytes),
        cmocka_unit_test(test_truncations),  cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_beginnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
