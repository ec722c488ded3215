/* Raw frames with padding: where their planes lie, and what is guessed of a stream that does not
 * fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Parts of a program, and so in no library. */
#include "sources/raw.c"
#include "sources/raw_guess.c"

static ferry_layout layout_of(const char *text) {
    stream_request request;
    ferry_layout layout;
    assert_true(raw_parse(text, &request));
    assert_int_equal(raw_layout(&layout, &request), FERRY_OK);
    return layout;
}

/* As gst_video_info_set_format of GStreamer 1.22 has them: stride, offset, size. */
static void test_gstreamer(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint32_t strides[3], offsets[3], length;
    } known[] = {
        {"3x5:rgb24,gstreamer", {12}, {0}, 60},
        {"3x5:bgra,gstreamer", {12}, {0}, 60},
        {"5x3:gray,gstreamer", {8}, {0}, 24},
        {"5x3:gray16le,gstreamer", {12}, {0}, 36},
        {"5x3:rgb565le,gstreamer", {12}, {0}, 36},
        {"5x3:yuyv422,gstreamer", {12}, {0}, 36},
        {"5x3:nv12,gstreamer", {8, 8}, {0, 32}, 48},
        {"3x4:nv12,gstreamer", {4, 4}, {0, 16}, 24},
        {"5x3:yuv420p,gstreamer", {8, 4, 4}, {0, 32, 40}, 48},
        {"10x6:yuv420p,gstreamer", {12, 8, 8}, {0, 72, 96}, 120},
        {"642x361:yuv420p,gstreamer", {644, 324, 324}, {0, 233128, 291772}, 350416},
        {"16x8:yuv420p,gstreamer", {16, 8, 8}, {0, 128, 160}, 192},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ferry_layout layout = layout_of(known[i].text);
        print_message("%s\n", known[i].text);
        assert_int_equal(layout.length_bytes, known[i].length);
        for (uint32_t k = 0; k < layout.plane_count; k++) {
            assert_int_equal(layout.planes[k].stride_bytes, known[i].strides[k]);
            assert_int_equal(layout.planes[k].offset_bytes, known[i].offsets[k]);
        }
    }
}

static void test_a_stride_is_that_of_the_first_plane(void **state) {
    (void)state;
    ferry_layout layout = layout_of("5x3:yuv420p,stride=12");
    assert_int_equal(layout.planes[0].stride_bytes, 12);
    assert_int_equal(layout.planes[1].stride_bytes, 6);
    assert_int_equal(layout.length_bytes, 12 * 3 + 2 * 6 * 2);
    layout = layout_of("5x3:nv12,stride=16");
    assert_int_equal(layout.planes[1].stride_bytes, 16);
    assert_int_equal(layout.length_bytes, 16 * 3 + 16 * 2);
    assert_int_equal(layout_of("3x5:rgb24,stride=9").length_bytes, 45);
    assert_int_equal(layout_of("3x5:rgb24,stride=12").length_bytes, 60);
}

static void test_what_would_take_2_gib(void **state) {
    (void)state;
    ferry_layout layout;
    stream_request request = {.is_gstreamer = true, .height = 1, .format = FERRY_FORMAT_GRAY};
    request.width = INT32_MAX;
    assert_int_equal(raw_layout(&layout, &request), FERRY_TOO_LARGE);
    request.width = INT32_MAX - 3;
    assert_int_equal(raw_layout(&layout, &request), FERRY_OK);
}

static void test_guesses(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t total_bytes;
        const char *part; /* of the guess; empty: there is none */
    } cases[] = {
        {"3x5:rgb24", 2 * 60, "are the rows padded? stride=12"},
        {"639x480:bgr24", UINT64_C(7) * 1920 * 480, "are the rows padded? stride=1920"},
        {"639x480:gray", UINT64_C(7) * 768 * 480, "are the rows padded? stride=768"},
        {"10x6:yuv420p", 7 * 120, "are the rows padded? gstreamer"},
        {"5x3:yuv420p", 7 * 48, "are the rows padded? gstreamer"},
        {"20x10:bgr24", 4000, "with 32 bits a pixel"},
        {"21x10:bgr24", 4000, ""},
        {"3x5:rgb24,stride=12", 3 * 45, "without padding"},
        {"5x3:nv12,gstreamer", 29 * 27, "without padding"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char guess[RAW_GUESS_BYTES];
        stream_request request;
        assert_true(raw_parse(cases[i].text, &request));
        raw_guess(guess, &request, cases[i].total_bytes);
        print_message("%s:%s\n", cases[i].text, guess);
        assert_true(*cases[i].part == '\0' ? *guess == '\0' : strstr(guess, cases[i].part) != NULL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gstreamer),
        cmocka_unit_test(test_a_stride_is_that_of_the_first_plane),
        cmocka_unit_test(test_what_would_take_2_gib),
        cmocka_unit_test(test_guesses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
