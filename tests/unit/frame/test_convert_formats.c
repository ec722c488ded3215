/* Conversion from and to each kind of format, against values that were worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Converts pixels of exactly these many bytes, so that a sanitizer sees a step beyond. */
static void convert(const ferry_frame_info *info, const void *pixels, size_t bytes, uint32_t format,
                    ferry_image *out) {
    uint8_t *exact = malloc(bytes);
    ferry_error error = {0};
    assert_non_null(exact);
    memcpy(exact, pixels, bytes);
    if (ferry_image_convert(info, exact, format, out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
    assert_int_equal(out->info.format, format);
    assert_int_equal(out->info.plane_count, 0);
    free(exact);
}

static void assert_converts(uint32_t from, int32_t width, int32_t height, const void *pixels,
                            size_t bytes, uint32_t to, const void *wanted, size_t wanted_bytes) {
    ferry_image out = FERRY_IMAGE_INIT;
    const ferry_frame_info info = {.width = width, .height = height, .format = from};
    convert(&info, pixels, bytes, to, &out);
    assert_int_equal(out.info.length_bytes, wanted_bytes);
    assert_memory_equal(out.pixels, wanted, wanted_bytes);
    ferry_image_free(&out);
}

#define ASSERT_CONVERTS(from, width, height, pixels, to, wanted)                                   \
    assert_converts(from, width, height, pixels, sizeof(pixels), to, wanted, sizeof(wanted))

static void four_bytes_a_pixel(void **state) {
    (void)state;
    static const uint8_t rgba[] = {1, 2, 3, 4, 250, 251, 252, 253};
    static const uint8_t rgb[] = {1, 2, 3, 250, 251, 252};
    static const uint8_t argb[] = {4, 1, 2, 3, 253, 250, 251, 252};
    static const uint8_t opaque[] = {255, 1, 2, 3, 255, 250, 251, 252};
    static const uint8_t bgrx[] = {3, 2, 1, 255, 252, 251, 250, 255};
    static const uint8_t rgbx[] = {1, 2, 3, 255, 250, 251, 252, 255};
    static const uint8_t opaque_rgba[] = {1, 2, 3, 255, 250, 251, 252, 255};
    ASSERT_CONVERTS(FERRY_FORMAT_RGBA, 2, 1, rgba, FERRY_FORMAT_ARGB, argb);
    ASSERT_CONVERTS(FERRY_FORMAT_ARGB, 2, 1, argb, FERRY_FORMAT_RGBA, rgba);
    ASSERT_CONVERTS(FERRY_FORMAT_RGB24, 2, 1, rgb, FERRY_FORMAT_ARGB, opaque);
    ASSERT_CONVERTS(FERRY_FORMAT_RGBA, 2, 1, rgba, FERRY_FORMAT_BGRX, bgrx);
    ASSERT_CONVERTS(FERRY_FORMAT_RGBA, 2, 1, rgba, FERRY_FORMAT_RGBX, rgbx);
    ASSERT_CONVERTS(FERRY_FORMAT_RGBA, 2, 1, rgba, FERRY_FORMAT_XRGB, opaque);
    /* A byte without a meaning, here 4 and 253, is not taken for alpha. */
    ASSERT_CONVERTS(FERRY_FORMAT_RGBX, 2, 1, rgba, FERRY_FORMAT_RGBA, opaque_rgba);
    ASSERT_CONVERTS(FERRY_FORMAT_XRGB, 2, 1, argb, FERRY_FORMAT_RGBA, opaque_rgba);
    ASSERT_CONVERTS(FERRY_FORMAT_BGRX, 2, 1, bgrx, FERRY_FORMAT_RGB24, rgb);
}

static void chroma_lies_where_the_format_has_it(void **state) {
    (void)state;
    /* 3 x 2, the chroma of the columns 0 and 1, and of column 2; rows have their own where they
     * can. */
    static const uint8_t nv16[] = {1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60, 70, 80};
    static const uint8_t uyvy[] = {10, 1, 20, 2, 30, 3, 40, 3, 50, 4, 60, 5, 70, 6, 80, 6};
    static const uint8_t yuv422p[] = {1, 2, 3, 4, 5, 6, 10, 30, 50, 70, 20, 40, 60, 80};
    static const uint8_t yuv444p[] = {1,  2,  3,  4,  5,  6,  10, 10, 30,
                                      50, 50, 70, 20, 20, 40, 60, 60, 80};
    static const uint8_t nv21[] = {1, 2, 3, 4, 5, 6, 40, 30, 60, 50};
    static const uint8_t nv12[] = {1, 2, 3, 4, 5, 6, 30, 40, 50, 60};
    static const struct {
        uint32_t format;
        const uint8_t *pixels;
        size_t bytes;
    } same[] = {{FERRY_FORMAT_NV16, nv16, sizeof nv16},
                {FERRY_FORMAT_UYVY422, uyvy, sizeof uyvy},
                {FERRY_FORMAT_YUV422P, yuv422p, sizeof yuv422p},
                {FERRY_FORMAT_YUV444P, yuv444p, sizeof yuv444p}};
    enum { SAME = sizeof same / sizeof same[0] };
    for (size_t i = 0; i < (size_t)SAME * SAME; i++)
        assert_converts(same[i / SAME].format, 3, 2, same[i / SAME].pixels, same[i / SAME].bytes,
                        same[i % SAME].format, same[i % SAME].pixels, same[i % SAME].bytes);
    for (size_t i = 0; i < SAME; i++) { /* two rows share the mean of what they had */
        assert_converts(same[i].format, 3, 2, same[i].pixels, same[i].bytes, FERRY_FORMAT_NV21,
                        nv21, sizeof nv21);
        assert_converts(same[i].format, 3, 2, same[i].pixels, same[i].bytes, FERRY_FORMAT_NV12,
                        nv12, sizeof nv12);
    }
    ASSERT_CONVERTS(FERRY_FORMAT_NV21, 3, 2, nv21, FERRY_FORMAT_NV12, nv12);
}

/* Pure red, green and blue of BT.601 in limited range. */
static void chroma_of_every_format_is_seen(void **state) {
    (void)state;
    static const uint8_t red[] = {255, 0, 0};
    static const uint32_t formats[] = {FERRY_FORMAT_UYVY422, FERRY_FORMAT_NV21,
                                       FERRY_FORMAT_NV16,    FERRY_FORMAT_YUV422P,
                                       FERRY_FORMAT_YUV444P, FERRY_FORMAT_P010LE};
    const ferry_frame_info info = {.width = 1, .height = 1, .format = FERRY_FORMAT_RGB24};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        ferry_image yuv = FERRY_IMAGE_INIT, back = FERRY_IMAGE_INIT;
        convert(&info, red, sizeof red, formats[i], &yuv);
        convert(&yuv.info, yuv.pixels, yuv.info.length_bytes, FERRY_FORMAT_RGB24, &back);
        assert_in_range(back.pixels[0], 253, 255);
        assert_in_range(back.pixels[1], 0, 2);
        assert_in_range(back.pixels[2], 0, 2);
        ferry_image_free(&yuv);
        ferry_image_free(&back);
    }
}

static void put(uint8_t *at, unsigned word) {
    at[0] = (uint8_t)word;
    at[1] = (uint8_t)(word >> 8);
}

/* To the nearest, up at the middle; the six lower bits of a word mean nothing. */
static void ten_bits_are_rounded_to_eight(void **state) {
    (void)state;
    static const unsigned levels[][2] = {{0, 0},     {1, 0},      {2, 1},      {5, 1},
                                         {6, 2},     {64, 16},    {509, 127},  {510, 128},
                                         {940, 235}, {1020, 255}, {1022, 255}, {1023, 255}};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        uint8_t p010[2 + 4], wanted[3];
        for (size_t k = 0; k < 3; k++) {
            put(p010 + 2 * k, levels[i][0] << 6 | 0x3f);
            wanted[k] = (uint8_t)levels[i][1];
        }
        ASSERT_CONVERTS(FERRY_FORMAT_P010LE, 1, 1, p010, FERRY_FORMAT_YUV444P, wanted);
    }
    static const uint8_t yuv[] = {16, 235, 128, 129}; /* 2 x 1: Y Y U V */
    static const uint8_t nv12[] = {0, 16, 0, 235, 0, 128, 0, 129};
    ASSERT_CONVERTS(FERRY_FORMAT_NV12, 2, 1, yuv, FERRY_FORMAT_P010LE, nv12);
    /* The mean of two has a bit more than they have. */
    static const uint8_t two[] = {16, 16, 100, 101, 20, 20},
                         mean[] = {0, 16, 0, 16, 0x80, 100, 0, 20};
    ASSERT_CONVERTS(FERRY_FORMAT_YUV444P, 2, 1, two, FERRY_FORMAT_P010LE, mean);
}

static void deep_gray_keeps_its_levels(void **state) {
    (void)state;
    static const uint32_t formats[] = {FERRY_FORMAT_GRAY10LE, FERRY_FORMAT_GRAY12LE};
    for (size_t f = 0; f < 2; f++) {
        const int32_t most = f == 0 ? 1023 : 4095;
        uint8_t *levels = malloc(2 * (size_t)(most + 1));
        ferry_image gray16 = FERRY_IMAGE_INIT, back = FERRY_IMAGE_INIT;
        ferry_frame_info info = {.width = most + 1, .height = 1, .format = formats[f]};
        assert_non_null(levels);
        for (int32_t i = 0; i <= most; i++)
            put(levels + 2 * i, (unsigned)i);
        convert(&info, levels, 2 * (size_t)(most + 1), FERRY_FORMAT_GRAY16LE, &gray16);
        assert_memory_equal(gray16.pixels, "\0\0", 2);
        assert_memory_equal(gray16.pixels + 2 * most, "\xff\xff", 2);
        for (int32_t i = 0; i <= most; i++) {
            double wanted = i * 65535.0 / most,
                   got = gray16.pixels[2 * i] | gray16.pixels[2 * i + 1] << 8;
            assert_true(fabs(wanted - got) <= 64);
        }
        convert(&gray16.info, gray16.pixels, gray16.info.length_bytes, formats[f], &back);
        assert_memory_equal(back.pixels, levels, 2 * (size_t)(most + 1));
        free(levels);
        ferry_image_free(&gray16);
        ferry_image_free(&back);
    }
}

/* A sensor with more bits than it says would give bright pixels, not dark ones. */
static void levels_above_the_most_are_the_most(void **state) {
    (void)state;
    static const uint8_t words[] = {0xff, 0xff, 0, 4, 0xff, 3, 0, 2},
                         wanted[] = {255, 255, 255, 128};
    ASSERT_CONVERTS(FERRY_FORMAT_GRAY10LE, 4, 1, words, FERRY_FORMAT_GRAY, wanted);
}

static void numbers_are_clamped(void **state) {
    (void)state;
    static const float numbers[] = {0, 1, 0.5f, -0.0f, -1, 2, 1e30f, -1e30f};
    static const uint16_t wanted[] = {0, 65535, 32768, 0, 0, 65535, 65535, 0};
    uint8_t pixels[sizeof numbers + 12], gray16[sizeof wanted + 6];
    const float odd[] = {NAN, INFINITY, -INFINITY};
    static const uint16_t odd_wanted[] = {0, 65535, 0};
    memcpy(pixels, numbers, sizeof numbers);
    memcpy(pixels + sizeof numbers, odd, sizeof odd);
    for (size_t i = 0; i < 8; i++)
        put(gray16 + 2 * i, wanted[i]);
    for (size_t i = 0; i < 3; i++)
        put(gray16 + 16 + 2 * i, odd_wanted[i]);
    ASSERT_CONVERTS(FERRY_FORMAT_GRAYF32LE, 11, 1, pixels, FERRY_FORMAT_GRAY16LE, gray16);
    static const uint8_t gray[] = {0, 255, 51};
    static const float back[] = {0, 1, 0.2f};
    ferry_image out = FERRY_IMAGE_INIT;
    const ferry_frame_info info = {.width = 3, .height = 1, .format = FERRY_FORMAT_GRAY};
    convert(&info, gray, sizeof gray, FERRY_FORMAT_GRAYF32LE, &out);
    for (size_t i = 0; i < 3; i++) {
        float got;
        memcpy(&got, out.pixels + 4 * i, sizeof got);
        assert_true(fabsf(got - back[i]) < 1e-6f);
    }
    ferry_image_free(&out);
}

/* ---- Bayer ---- */

static const uint32_t bayer[4][4] = {
    {FERRY_FORMAT_BAYER_RGGB8, FERRY_FORMAT_BAYER_RGGB10LE, FERRY_FORMAT_BAYER_RGGB12LE,
     FERRY_FORMAT_BAYER_RGGB16LE},
    {FERRY_FORMAT_BAYER_GRBG8, FERRY_FORMAT_BAYER_GRBG10LE, FERRY_FORMAT_BAYER_GRBG12LE,
     FERRY_FORMAT_BAYER_GRBG16LE},
    {FERRY_FORMAT_BAYER_GBRG8, FERRY_FORMAT_BAYER_GBRG10LE, FERRY_FORMAT_BAYER_GBRG12LE,
     FERRY_FORMAT_BAYER_GBRG16LE},
    {FERRY_FORMAT_BAYER_BGGR8, FERRY_FORMAT_BAYER_BGGR10LE, FERRY_FORMAT_BAYER_BGGR12LE,
     FERRY_FORMAT_BAYER_BGGR16LE},
};

/*  10  20  30     R G R
 *  40  50  60     G B G
 *  70  80  90     R G R */
static const uint8_t grid[9] = {10, 20, 30, 40, 50, 60, 70, 80, 90};
static const uint8_t grid_rgb[9][3] = {
    {10, 30, 50}, {20, 20, 50}, {30, 40, 50}, /* green beside red: (20 + 20 + 40 + 40) / 4 */
    {40, 40, 50}, {50, 50, 50}, {60, 60, 50}, /* red beside green: (10 + 70) / 2 */
    {70, 60, 50}, {80, 80, 50}, {90, 70, 50},
};

static void a_grid_by_hand(void **state) {
    (void)state;
    ASSERT_CONVERTS(FERRY_FORMAT_BAYER_RGGB8, 3, 3, grid, FERRY_FORMAT_RGB24, grid_rgb);
    uint8_t swapped[9][3]; /* the same, with red and blue in each other's place */
    for (size_t i = 0; i < 9; i++)
        for (size_t c = 0; c < 3; c++)
            swapped[i][c] = grid_rgb[i][2 - c];
    ASSERT_CONVERTS(FERRY_FORMAT_BAYER_BGGR8, 3, 3, grid, FERRY_FORMAT_RGB24, swapped);
    /*  10  20     G R
     *  40  50     B G */
    static const uint8_t square[4] = {10, 20, 40, 50};
    static const uint8_t square_rgb[4][3] = {
        {20, 10, 40}, {20, 30, 40}, {20, 30, 40}, {20, 50, 40}};
    ASSERT_CONVERTS(FERRY_FORMAT_BAYER_GRBG8, 2, 2, square, FERRY_FORMAT_RGB24, square_rgb);
}

/* A picture of one color has that color everywhere, edges and corners too, in every order and
 * depth, and comes back as it was. */
static void one_color_stays_it(void **state) {
    (void)state;
    static const int32_t sizes[][2] = {{2, 2}, {3, 2}, {2, 3}, {5, 4}, {4, 5}, {7, 7}};
    static const uint8_t color[3] = {200, 100, 50};
    for (size_t i = 0; i < 16 * sizeof sizes / sizeof sizes[0]; i++) {
        const int32_t *size = sizes[i / 16];
        uint32_t format = bayer[i % 16 / 4][i % 4];
        ferry_image mosaic = FERRY_IMAGE_INIT, back = FERRY_IMAGE_INIT;
        ferry_frame_info info = {.width = size[0], .height = size[1], .format = FERRY_FORMAT_RGB24};
        uint8_t rgb[7 * 7 * 3];
        size_t count = (size_t)size[0] * (size_t)size[1];
        for (size_t k = 0; k < 3 * count; k++)
            rgb[k] = color[k % 3];
        convert(&info, rgb, 3 * count, format, &mosaic);
        convert(&mosaic.info, mosaic.pixels, mosaic.info.length_bytes, FERRY_FORMAT_RGB24, &back);
        assert_memory_equal(back.pixels, rgb, 3 * count);
        ferry_image_free(&mosaic);
        ferry_image_free(&back);
    }
}

/* The colors of such a picture cannot be known, and nothing outside it is read. */
static void a_single_row_or_column(void **state) {
    (void)state;
    static const uint8_t row[3] = {10, 20, 30}, one[1] = {77};
    static const uint8_t gray[1] = {77};
    ASSERT_CONVERTS(FERRY_FORMAT_BAYER_GBRG8, 1, 1, one, FERRY_FORMAT_GRAY, gray);
    ferry_image out = FERRY_IMAGE_INIT;
    ferry_frame_info info = {.width = 3, .height = 1, .format = FERRY_FORMAT_BAYER_RGGB8};
    convert(&info, row, sizeof row, FERRY_FORMAT_RGB24, &out);
    assert_int_equal(out.pixels[0], 10);
    assert_int_equal(out.pixels[3 + 1], 20);
    assert_int_equal(out.pixels[6], 30);
    info.width = 1;
    info.height = 3;
    convert(&info, row, sizeof row, FERRY_FORMAT_RGB24, &out);
    assert_int_equal(out.pixels[0], 10);
    assert_int_equal(out.pixels[3 + 1], 20);
    ferry_image_free(&out);
}

/* ---- planes anywhere ---- */

static void planes_are_read_where_they_lie(void **state) {
    (void)state;
    /* 3 x 2 in yuv420p, V first, then Y with a gap between rows, U last. */
    static const uint8_t planes[] = {9, 30, 40, 9, 9, 1, 2, 3, 9, 4, 5, 6, 9, 10, 20};
    static const uint8_t plain[] = {1, 2, 3, 4, 5, 6, 10, 20, 30, 40};
    static const uint8_t nv12[] = {1, 2, 3, 4, 5, 6, 10, 30, 20, 40};
    ferry_frame_info info = {.width = 3,
                             .height = 2,
                             .format = FERRY_FORMAT_YUV420P,
                             .plane_count = 3,
                             .plane_offset_bytes = {5, 13, 1},
                             .plane_stride_bytes = {4, 2, 2}};
    ferry_image out = FERRY_IMAGE_INIT;
    convert(&info, planes, sizeof planes, FERRY_FORMAT_YUV420P, &out);
    assert_memory_equal(out.pixels, plain, sizeof plain);
    convert(&info, planes, sizeof planes, FERRY_FORMAT_NV12, &out);
    assert_memory_equal(out.pixels, nv12, sizeof nv12);
    assert_int_equal(out.info.plane_offset_bytes[0], 0);
    ferry_error error = {0};
    info.length_bytes = sizeof planes - 1;
    assert_int_equal(ferry_image_convert(&info, planes, FERRY_FORMAT_NV12, &out, &error),
                     FERRY_INVALID_ARGUMENT);
    info.length_bytes = 0;
    info.plane_offset_bytes[2] = 11; /* in Y */
    assert_int_equal(ferry_image_convert(&info, planes, FERRY_FORMAT_NV12, &out, &error),
                     FERRY_INVALID_ARGUMENT);
    ferry_image_free(&out);
}

static void compressed_formats_are_not_converted(void **state) {
    (void)state;
    static const uint8_t bytes[64];
    ferry_image out = FERRY_IMAGE_INIT;
    for (size_t i = 0; ferry_format_at(i) != 0; i++) {
        uint32_t format = ferry_format_at(i);
        if (!ferry_format_is_compressed(format))
            continue;
        ferry_error error = {0};
        ferry_frame_info info = {.width = 4, .height = 4, .format = format, .length_bytes = 64};
        assert_int_equal(ferry_image_convert(&info, bytes, FERRY_FORMAT_RGB24, &out, &error),
                         FERRY_NOT_SUPPORTED);
        assert_non_null(strstr(error.message, ferry_format_name(format)));
        assert_int_equal(ferry_image_convert(&info, bytes, format, &out, &error),
                         FERRY_NOT_SUPPORTED);
        info.format = FERRY_FORMAT_GRAY;
        assert_int_equal(ferry_image_convert(&info, bytes, format, &out, &error),
                         FERRY_NOT_SUPPORTED);
        assert_non_null(strstr(error.message, ferry_format_name(format)));
    }
    assert_null(out.pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_bytes_a_pixel),
        cmocka_unit_test(chroma_lies_where_the_format_has_it),
        cmocka_unit_test(chroma_of_every_format_is_seen),
        cmocka_unit_test(ten_bits_are_rounded_to_eight),
        cmocka_unit_test(deep_gray_keeps_its_levels),
        cmocka_unit_test(levels_above_the_most_are_the_most),
        cmocka_unit_test(numbers_are_clamped),
        cmocka_unit_test(a_grid_by_hand),
        cmocka_unit_test(one_color_stays_it),
        cmocka_unit_test(a_single_row_or_column),
        cmocka_unit_test(planes_are_read_where_they_lie),
        cmocka_unit_test(compressed_formats_are_not_converted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
