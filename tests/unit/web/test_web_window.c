/* Windows of values: what becomes black and white, which one a frame gets, and what has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "picture/window.h"
#include "web_pictures.h"

#include <float.h>
#include <math.h>

static ferry_error error;

static void apply(const ferry_frame_info *info, const void *pixels, double low, double high,
                  ferry_image *out) {
    const window w = {low, high};
    if (window_apply(info, pixels, &w, out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

static void ends_and_middle(void **state) {
    (void)state;
    const uint16_t words[8] = {0, 999, 1000, 1010, 1100, 1200, 1201, 65535};
    const float numbers[8] = {-INFINITY, 0.99f, 1, 1.01f, 1.1f, 1.2f, NAN, INFINITY};
    const uint8_t wanted[2][8] = {{0, 0, 0, 13, 128, 255, 255, 255},
                                  {0, 0, 0, 13, 128, 255, 0, 255}};
    ferry_image out = FERRY_IMAGE_INIT;
    ferry_frame_info info = {.width = 4, .height = 2, .format = FERRY_FORMAT_GRAY16LE};
    info.number = 12;
    apply(&info, words, 1000, 1200, &out);
    assert_memory_equal(out.pixels, wanted[0], 8);
    assert_int_equal(out.info.format, FERRY_FORMAT_GRAY);
    assert_int_equal(out.info.bit_count, 8);
    assert_int_equal(out.info.stride_bytes, 4);
    assert_int_equal(out.info.length_bytes, 8);
    assert_int_equal(out.info.number, 12);
    info.format = FERRY_FORMAT_GRAYF32LE;
    apply(&info, numbers, 1, 1.2, &out);
    for (size_t i = 0; i < 8; i++)
        assert_in_range(out.pixels[i], wanted[1][i] > 0 ? wanted[1][i] - 1 : 0, wanted[1][i]);
    apply(&info, numbers, -FLT_MAX, FLT_MAX, &out); /* as wide as a float is */
    assert_in_range(out.pixels[1], 127, 128);
    ferry_image_free(&out);
}

/* All that there is becomes all that there is: as a conversion, where there is one. */
static void the_whole_range_is_a_conversion(void **state) {
    (void)state;
    uint32_t format;
    int count = 0;
    for (size_t k = 0; (format = format_with_pixels(k)) != 0; k++) {
        if (!window_serves(format))
            continue;
        count++;
        const samples *s = samples_find(format);
        ferry_image out = FERRY_IMAGE_INIT, wanted = FERRY_IMAGE_INIT, deep = FERRY_IMAGE_INIT;
        frame_in_memory f = noise_frame(FERRY_FORMAT_RGB24, 13, 7, 3);
        assert_int_equal(ferry_image_convert(&f.info, f.pixels, format, &deep, NULL), FERRY_OK);
        apply(&deep.info, deep.pixels, 0, samples_most(s, &s->component[0]), &out);
        assert_int_equal(ferry_format_bit_count(out.info.format), out.info.bit_count);
        assert_true(out.info.bit_count == 8 || out.info.bit_count == 24);
        assert_int_equal(
            ferry_image_convert(&deep.info, deep.pixels, out.info.format, &wanted, NULL), FERRY_OK);
        assert_int_equal(out.info.length_bytes, wanted.info.length_bytes);
        /* Bayer is interpolated before it is rounded there: compare the one color of each. */
        for (size_t i = 0; i < out.info.length_bytes; i++)
            assert_in_range(out.pixels[i], wanted.pixels[i] > 0 ? wanted.pixels[i] - 1 : 0,
                            wanted.pixels[i] + 1);
        free(f.pixels);
        ferry_image_free(&out);
        ferry_image_free(&wanted);
        ferry_image_free(&deep);
    }
    assert_int_equal(count, 17);
}

static void rows_with_padding(void **state) {
    (void)state;
    ferry_image out = FERRY_IMAGE_INIT, plain = FERRY_IMAGE_INIT, copy = FERRY_IMAGE_INIT;
    frame_in_memory f = noise_frame(FERRY_FORMAT_RGB48LE, 5, 4, 7);
    assert_int_equal(ferry_image_convert(&f.info, f.pixels, FERRY_FORMAT_RGB48LE, &copy, NULL),
                     FERRY_OK);
    apply(&f.info, f.pixels, 5000, 50000, &out);
    apply(&copy.info, copy.pixels, 5000, 50000, &plain);
    assert_int_equal(out.info.length_bytes, 5 * 4 * 3);
    assert_memory_equal(out.pixels, plain.pixels, 5 * 4 * 3);
    free(f.pixels);
    ferry_image_free(&out);
    ferry_image_free(&plain);
    ferry_image_free(&copy);
}

/* ---- the window of a frame ---- */

static window found(uint32_t format, const void *pixels, int32_t width) {
    static const histogram_plan usual = {1, 1, 999};
    const ferry_frame_info info = {.width = width, .height = 1, .format = format};
    histogram h;
    assert_int_equal(histogram_make(&info, pixels, &usual, &h, &error), FERRY_OK);
    window w = window_of(&h);
    histogram_free(&h);
    assert_true(w.low < w.high);
    return w;
}

static void a_frame_finds_its_window(void **state) {
    (void)state;
    const uint16_t words[4] = {300, 200, 500, 400}, flat[2] = {70, 70};
    window w = found(FERRY_FORMAT_GRAY12LE, words, 4);
    assert_true(w.low == 200 && w.high == 400); /* 99.9 % of four are three */
    w = found(FERRY_FORMAT_GRAY12LE, flat, 2);
    assert_true(w.low == 0 && w.high == 4095);
    const float gray[2] = {0.5f, 0.5f}, far[2] = {-40, -40}, none[2] = {NAN, NAN};
    w = found(FERRY_FORMAT_GRAYF32LE, gray, 2);
    assert_true(w.low == 0 && w.high == 1);
    w = found(FERRY_FORMAT_GRAYF32LE, far, 2);
    assert_true(w.low == -80 && w.high == 0);
    w = found(FERRY_FORMAT_GRAYF32LE, none, 2);
    assert_true(w.low == 0 && w.high == 1);
}

static void assert_refused(const ferry_frame_info *info, double low, double high,
                           ferry_status wanted) {
    static const uint8_t pixels[64];
    ferry_image out = FERRY_IMAGE_INIT;
    const window w = {low, high};
    error = (ferry_error)FERRY_ERROR_INIT;
    assert_int_equal(window_apply(info, pixels, &w, &out, &error), wanted);
    assert_int_equal(error.status, wanted);
    assert_true(error.message[0] != '\0');
    assert_null(out.pixels);
}

static void what_has_no_window(void **state) {
    (void)state;
    ferry_frame_info info = {.width = 2, .height = 2, .format = FERRY_FORMAT_GRAY16LE};
    assert_refused(&info, 5, 5, FERRY_INVALID_ARGUMENT);
    assert_refused(&info, 6, 5, FERRY_INVALID_ARGUMENT);
    assert_refused(&info, NAN, 5, FERRY_INVALID_ARGUMENT);
    assert_refused(&info, 5, NAN, FERRY_INVALID_ARGUMENT);
    assert_refused(&info, -INFINITY, 5, FERRY_INVALID_ARGUMENT);
    assert_refused(&info, 5, INFINITY, FERRY_INVALID_ARGUMENT);
    assert_refused(&info, -DBL_MAX, DBL_MAX, FERRY_INVALID_ARGUMENT);
    info.stride_bytes = 3;
    assert_refused(&info, 0, 5, FERRY_INVALID_ARGUMENT);
    info.stride_bytes = 0;
    static const uint32_t formats[] = {FERRY_FORMAT_GRAY, FERRY_FORMAT_RGB24, FERRY_FORMAT_P010LE,
                                       FERRY_FORMAT_YUV420P, FERRY_FORMAT_MJPEG};
    for (size_t i = 0; i < 5; i++) {
        info.format = formats[i];
        assert_false(window_serves(formats[i]));
        assert_refused(&info, 0, 5, FERRY_NOT_SUPPORTED);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_and_middle),    cmocka_unit_test(the_whole_range_is_a_conversion),
        cmocka_unit_test(rows_with_padding),  cmocka_unit_test(a_frame_finds_its_window),
        cmocka_unit_test(what_has_no_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
