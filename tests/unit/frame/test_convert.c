/* Conversion between pixel formats. The wanted values of YUV come from the definitions of BT.601
 *, BT.709 and BT.2020 in floating point, not from the library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <stdlib.h>
#include <string.h>

enum { FORMATS = 40 }; /* all that are not compressed */

static uint32_t random_state = 12345;

static uint8_t random_byte(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint8_t)(random_state >> 24);
}

static ferry_frame_info info_of(uint32_t format, int32_t width, int32_t height, uint32_t stride) {
    return (ferry_frame_info){
        .width = width, .height = height, .format = format, .stride_bytes = stride};
}

/* Pixels of exactly the size that the layout says, so that a sanitizer sees a step beyond. */
static uint8_t *random_pixels(const ferry_frame_info *info) {
    ferry_layout layout;
    assert_int_equal(
        ferry_layout_compute(&layout, info->format, info->width, info->height, info->stride_bytes),
        FERRY_OK);
    uint8_t *pixels = malloc(layout.length_bytes);
    assert_non_null(pixels);
    for (uint32_t i = 0; i < layout.length_bytes; i++)
        pixels[i] = random_byte();
    return pixels;
}

static void convert(const ferry_frame_info *info, const uint8_t *pixels, uint32_t format,
                    ferry_image *out) {
    ferry_error error;
    assert_int_equal(ferry_image_convert(info, pixels, format, out, &error), FERRY_OK);
    assert_int_equal(out->info.format, format);
    assert_int_equal(out->info.width, info->width);
    assert_int_equal(out->info.height, info->height);
    assert_int_equal(out->info.bit_count, ferry_format_bit_count(format));
    ferry_layout layout;
    assert_int_equal(ferry_layout_compute(&layout, format, info->width, info->height, 0), FERRY_OK);
    assert_int_equal(out->info.stride_bytes, layout.planes[0].stride_bytes);
    assert_int_equal(out->info.length_bytes, layout.length_bytes);
    assert_true(out->capacity_bytes >= layout.length_bytes);
}

static double clamped(double value) {
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

static void assert_near(double wanted, uint8_t got, double most) {
    double difference = clamped(wanted) - got;
    if (difference > most || difference < -most)
        fail_msg("wanted %.2f, got %u", wanted, got);
}

/* The weights of red and blue in luma. */
static const double red_of[] = {0, 0.299, 0.2126, 0.2627};
static const double blue_of[] = {0, 0.114, 0.0722, 0.0593};

/* The definition: luma is a weighted mean, chroma how far blue and red are from it. */
static void yuv_of(const uint8_t rgb[3], ferry_color_matrix matrix, bool full, double yuv[3]) {
    double kr = red_of[matrix], kb = blue_of[matrix];
    double r = rgb[0] / 255.0, g = rgb[1] / 255.0, b = rgb[2] / 255.0;
    double y = kr * r + (1 - kr - kb) * g + kb * b;
    double u = (b - y) / (2 - 2 * kb), v = (r - y) / (2 - 2 * kr);
    yuv[0] = full ? 255 * y : 16 + 219 * y;
    yuv[1] = 128 + (full ? 255 : 224) * u;
    yuv[2] = 128 + (full ? 255 : 224) * v;
}

static void rgb_of(const uint8_t yuv[3], ferry_color_matrix matrix, bool full, double rgb[3]) {
    double kr = red_of[matrix], kb = blue_of[matrix];
    double y = full ? yuv[0] / 255.0 : (yuv[0] - 16) / 219.0;
    double u = (yuv[1] - 128) / (full ? 255.0 : 224.0), v = (yuv[2] - 128) / (full ? 255.0 : 224.0);
    double r = y + (2 - 2 * kr) * v, b = y + (2 - 2 * kb) * u;
    rgb[0] = 255 * r;
    rgb[1] = 255 * (y - kr * r - kb * b) / (1 - kr - kb);
    rgb[2] = 255 * b;
}

/* Y, U and V of the upper left pixel. */
static void first_yuv(const ferry_image *image, uint8_t yuv[3]) {
    ferry_layout l;
    ferry_layout_compute(&l, image->info.format, image->info.width, image->info.height, 0);
    const uint8_t *p = image->pixels;
    yuv[0] = p[0];
    if (image->info.format == FERRY_FORMAT_YUYV422) {
        yuv[1] = p[1];
        yuv[2] = p[3];
    } else if (image->info.format == FERRY_FORMAT_NV12) {
        yuv[1] = p[l.planes[1].offset_bytes];
        yuv[2] = p[l.planes[1].offset_bytes + 1];
    } else {
        yuv[1] = p[l.planes[1].offset_bytes];
        yuv[2] = p[l.planes[2].offset_bytes];
    }
}

static const uint32_t yuv_formats[3] = {FERRY_FORMAT_YUYV422, FERRY_FORMAT_NV12,
                                        FERRY_FORMAT_YUV420P};

static void the_known_colors(void **state) {
    (void)state;
    static const struct {
        uint32_t matrix, range;
        uint8_t rgb[3], yuv[3];
    } known[] = {
        {1, 1, {255, 255, 255}, {235, 128, 128}}, {1, 1, {0, 0, 0}, {16, 128, 128}},
        {1, 1, {255, 0, 0}, {81, 90, 240}},       {1, 1, {0, 255, 0}, {145, 54, 34}},
        {1, 1, {0, 0, 255}, {41, 240, 110}},      {2, 1, {255, 255, 255}, {235, 128, 128}},
        {2, 1, {255, 0, 0}, {63, 102, 240}},      {2, 1, {0, 255, 0}, {173, 42, 26}},
        {2, 1, {0, 0, 255}, {32, 240, 118}},      {1, 2, {255, 255, 255}, {255, 128, 128}},
        {1, 2, {255, 0, 0}, {76, 85, 255}},       {1, 2, {0, 255, 0}, {150, 44, 21}},
        {1, 2, {0, 0, 255}, {29, 255, 107}},      {2, 2, {0, 0, 0}, {0, 128, 128}},
        {2, 2, {255, 0, 0}, {54, 99, 255}},       {2, 2, {0, 0, 255}, {18, 255, 116}},
    };
    ferry_image yuv = FERRY_IMAGE_INIT, rgb = FERRY_IMAGE_INIT;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ferry_frame_info info = info_of(FERRY_FORMAT_RGB24, 1, 1, 0);
        info.color_matrix = known[i].matrix;
        info.color_range = known[i].range;
        for (size_t f = 0; f < 3; f++) {
            uint8_t got[3];
            convert(&info, known[i].rgb, yuv_formats[f], &yuv);
            first_yuv(&yuv, got);
            assert_memory_equal(got, known[i].yuv, 3);
            assert_int_equal(yuv.info.color_matrix, known[i].matrix);
            assert_int_equal(yuv.info.color_range, known[i].range);
            convert(&yuv.info, yuv.pixels, FERRY_FORMAT_RGB24, &rgb);
            for (size_t c = 0; c < 3; c++)
                assert_near(known[i].rgb[c], rgb.pixels[c], 2);
        }
    }
    ferry_image_free(&yuv);
    ferry_image_free(&rgb);
}

static void any_color_is_within_one_level_of_its_definition(void **state) {
    (void)state;
    ferry_image out = FERRY_IMAGE_INIT;
    for (int i = 0; i < 4000; i++) {
        ferry_color_matrix matrix = (ferry_color_matrix)(1 + i % 3);
        bool full = i / 9 % 2 != 0;
        uint8_t pixel[4] = {random_byte(), random_byte(), random_byte(), 0}, got[3];
        double wanted[3];
        ferry_frame_info info = info_of(FERRY_FORMAT_RGB24, 1, 1, 0);
        info.color_matrix = matrix;
        info.color_range = full ? FERRY_RANGE_FULL : FERRY_RANGE_LIMITED;
        yuv_of(pixel, matrix, full, wanted);
        convert(&info, pixel, yuv_formats[i / 3 % 3], &out);
        first_yuv(&out, got);
        for (size_t c = 0; c < 3; c++)
            assert_near(wanted[c], got[c], 1);
        double kr = red_of[matrix], kb = blue_of[matrix];
        convert(&info, pixel, FERRY_FORMAT_GRAY, &out);
        assert_near(kr * pixel[0] + (1 - kr - kb) * pixel[1] + kb * pixel[2], out.pixels[0], 1);
        info.format = FERRY_FORMAT_YUV420P;
        rgb_of(pixel, matrix, full, wanted);
        convert(&info, pixel, FERRY_FORMAT_RGB24, &out);
        for (size_t c = 0; c < 3; c++)
            assert_near(wanted[c], out.pixels[c], 1);
        convert(&info, pixel, FERRY_FORMAT_GRAY, &out);
        assert_near(full ? pixel[0] : (pixel[0] - 16) * 255.0 / 219, out.pixels[0], 1);
        info.format = FERRY_FORMAT_GRAY;
        convert(&info, pixel, FERRY_FORMAT_NV12, &out);
        first_yuv(&out, got);
        assert_near(full ? pixel[0] : 16 + pixel[0] * 219.0 / 255, got[0], 1);
        assert_int_equal(got[1], 128);
        assert_int_equal(got[2], 128);
    }
    ferry_image_free(&out);
}

/* As FFmpeg has it. */
static void unspecified_colors_are_bt601_at_any_height(void **state) {
    (void)state;
    static const int32_t heights[] = {1, 719, 720, 1080, 2160};
    ferry_image yuv = FERRY_IMAGE_INIT, rgb = FERRY_IMAGE_INIT;
    uint8_t *pixels = calloc(2160, 3), got[3];
    assert_non_null(pixels);
    for (size_t i = 0; i < 2160; i++)
        pixels[3 * i] = 255;
    for (size_t i = 0; i < sizeof heights / sizeof heights[0]; i++) {
        ferry_frame_info info = info_of(FERRY_FORMAT_RGB24, 1, heights[i], 0);
        convert(&info, pixels, FERRY_FORMAT_NV12, &yuv);
        first_yuv(&yuv, got);
        assert_memory_equal(got, "\x51\x5a\xf0", 3);
        assert_int_equal(yuv.info.color_matrix, FERRY_MATRIX_BT601);
        assert_int_equal(yuv.info.color_range, FERRY_RANGE_LIMITED);
        yuv.info.color_matrix = FERRY_MATRIX_UNSPECIFIED;
        yuv.info.color_range = FERRY_RANGE_UNSPECIFIED;
        convert(&yuv.info, yuv.pixels, FERRY_FORMAT_RGB24, &rgb);
        assert_near(255, rgb.pixels[0], 1);
        assert_near(0, rgb.pixels[1], 1);
        assert_int_equal(rgb.info.color_matrix, FERRY_MATRIX_UNSPECIFIED);
        convert(&info, pixels, FERRY_FORMAT_GRAY, &rgb);
        assert_int_equal(rgb.pixels[0], 76);
    }
    free(pixels);
    ferry_image_free(&yuv);
    ferry_image_free(&rgb);
}

/* Every pair, sizes of all parities, rows with and without padding. What is converted must not
 * depend on the padding, and what a format can hold must survive a way there and back. */
static void every_pair_at_odd_sizes_and_strides(void **state) {
    (void)state;
    ferry_image packed = FERRY_IMAGE_INIT, padded = FERRY_IMAGE_INIT, tight = FERRY_IMAGE_INIT;
    for (size_t from = 0; from < FORMATS; from++)
        for (int32_t size = 0; size < 36; size++) {
            uint32_t format = ferry_format_at(from);
            ferry_frame_info info = info_of(format, 1 + size % 6, 1 + size / 6, 0);
            ferry_layout layout;
            ferry_layout_compute(&layout, format, info.width, info.height, 0);
            info.stride_bytes = layout.planes[0].row_bytes + (uint32_t)size % 4 * 3 + 1;
            uint8_t *pixels = random_pixels(&info);
            convert(&info, pixels, format, &tight);
            for (size_t to = 0; to < FORMATS; to++) {
                convert(&info, pixels, ferry_format_at(to), &padded);
                convert(&tight.info, tight.pixels, ferry_format_at(to), &packed);
                assert_int_equal(packed.info.length_bytes, padded.info.length_bytes);
                assert_memory_equal(packed.pixels, padded.pixels, padded.info.length_bytes);
            }
            free(pixels);
        }
    ferry_image_free(&packed);
    ferry_image_free(&padded);
    ferry_image_free(&tight);
}

static void assert_round_trip(uint32_t format, uint32_t over, int32_t width, int32_t height) {
    ferry_frame_info info = info_of(format, width, height, 0);
    uint8_t *pixels = random_pixels(&info);
    ferry_image there = FERRY_IMAGE_INIT, back = FERRY_IMAGE_INIT;
    convert(&info, pixels, over, &there);
    convert(&there.info, there.pixels, format, &back);
    assert_memory_equal(pixels, back.pixels, back.info.length_bytes);
    free(pixels);
    ferry_image_free(&there);
    ferry_image_free(&back);
}

static void round_trips_that_lose_nothing(void **state) {
    (void)state;
    static const uint32_t pairs[][2] = {
        {FERRY_FORMAT_GRAY, FERRY_FORMAT_GRAY16LE}, {FERRY_FORMAT_GRAY, FERRY_FORMAT_BGR24},
        {FERRY_FORMAT_GRAY, FERRY_FORMAT_RGBA},     {FERRY_FORMAT_GRAY16LE, FERRY_FORMAT_GRAY16LE},
        {FERRY_FORMAT_RGB24, FERRY_FORMAT_BGR24},   {FERRY_FORMAT_RGB24, FERRY_FORMAT_RGBA},
        {FERRY_FORMAT_BGR24, FERRY_FORMAT_BGRA},    {FERRY_FORMAT_RGBA, FERRY_FORMAT_BGRA},
        {FERRY_FORMAT_BGRA, FERRY_FORMAT_BGRA},     {FERRY_FORMAT_NV12, FERRY_FORMAT_YUV420P},
        {FERRY_FORMAT_YUV420P, FERRY_FORMAT_NV12},  {FERRY_FORMAT_YUV420P, FERRY_FORMAT_YUYV422},
        {FERRY_FORMAT_NV12, FERRY_FORMAT_YUYV422},  {FERRY_FORMAT_YUYV422, FERRY_FORMAT_YUYV422},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        for (int32_t size = 0; size < 30; size++)
            assert_round_trip(pairs[i][0], pairs[i][1], 1 + size % 6, 1 + size / 6);
}

static void bytes_go_where_the_format_has_them(void **state) {
    (void)state;
    static const uint8_t rgba[8] = {1, 2, 3, 4, 250, 251, 252, 253};
    ferry_frame_info info = info_of(FERRY_FORMAT_RGBA, 2, 1, 0);
    ferry_image out = FERRY_IMAGE_INIT;
    convert(&info, rgba, FERRY_FORMAT_BGRA, &out);
    assert_memory_equal(out.pixels, "\x03\x02\x01\x04\xfc\xfb\xfa\xfd", 8);
    convert(&info, rgba, FERRY_FORMAT_BGR24, &out);
    assert_memory_equal(out.pixels, "\x03\x02\x01\xfc\xfb\xfa", 6);
    convert(&info, rgba, FERRY_FORMAT_RGB24, &out);
    assert_memory_equal(out.pixels, "\x01\x02\x03\xfa\xfb\xfc", 6);
    info.format = FERRY_FORMAT_BGR24;
    convert(&info, rgba, FERRY_FORMAT_RGBA, &out); /* opaque where there was no alpha */
    assert_memory_equal(out.pixels, "\x03\x02\x01\xff\xfb\xfa\x04\xff", 8);
    info.format = FERRY_FORMAT_GRAY16LE;
    convert(&info, rgba, FERRY_FORMAT_GRAY, &out); /* the upper 8 bits */
    assert_memory_equal(out.pixels, "\x02\x04", 2);
    convert(&info, rgba, FERRY_FORMAT_RGBA, &out);
    assert_memory_equal(out.pixels, "\x02\x02\x02\xff\x04\x04\x04\xff", 8);
    info.format = FERRY_FORMAT_GRAY;
    convert(&info, rgba, FERRY_FORMAT_GRAY16LE, &out);
    assert_memory_equal(out.pixels, "\x01\x01\x02\x02", 4);
    ferry_image_free(&out);
}

static void chroma_is_shared_and_averaged(void **state) {
    (void)state;
    ferry_image out = FERRY_IMAGE_INIT;
    /* 3 x 3: chroma planes of 2 x 2; each value covers up to 2 x 2 pixels. */
    static const uint8_t planar[17] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80};
    ferry_frame_info info = info_of(FERRY_FORMAT_YUV420P, 3, 3, 0);
    convert(&info, planar, FERRY_FORMAT_NV12, &out);
    assert_memory_equal(out.pixels + 9, "\x0a\x32\x14\x3c\x1e\x46\x28\x50", 8);
    convert(&info, planar, FERRY_FORMAT_YUYV422, &out);
    assert_memory_equal(out.pixels, "\x01\x0a\x02\x32\x03\x14\x03\x3c", 8);
    assert_memory_equal(out.pixels + 8, "\x04\x0a\x05\x32\x06\x14\x06\x3c", 8);
    assert_memory_equal(out.pixels + 16, "\x07\x1e\x08\x46\x09\x28\x09\x50", 8);
    /* Two rows of yuyv422 share what nv12 keeps: the mean, rounded. */
    static const uint8_t packed[8] = {1, 10, 2, 20, 3, 13, 4, 21};
    info = info_of(FERRY_FORMAT_YUYV422, 2, 2, 0);
    convert(&info, packed, FERRY_FORMAT_NV12, &out);
    assert_memory_equal(out.pixels, "\x01\x02\x03\x04\x0c\x15", 6);
    /* A white and a black pixel side by side keep their own luma. */
    static const uint8_t rgb[6] = {255, 255, 255, 0, 0, 0};
    info = info_of(FERRY_FORMAT_RGB24, 2, 1, 0);
    convert(&info, rgb, FERRY_FORMAT_YUYV422, &out);
    assert_memory_equal(out.pixels, "\xeb\x80\x10\x80", 4);
    ferry_image_free(&out);
}

static void the_rest_of_the_description_is_kept(void **state) {
    (void)state;
    ferry_frame_info info = info_of(FERRY_FORMAT_RGB24, 2, 2, 0);
    info.number = 77;
    info.capture_ns = 5;
    info.publish_ns = 6;
    info.dropped = 7;
    info.metadata_bytes = 3;
    memcpy(info.metadata, "abc", 3);
    uint8_t *pixels = random_pixels(&info);
    ferry_image out = FERRY_IMAGE_INIT;
    convert(&info, pixels, FERRY_FORMAT_GRAY, &out);
    size_t kept = offsetof(ferry_frame_info, capture_ns);
    assert_memory_equal((char *)&out.info + kept, (char *)&info + kept, sizeof info - kept);
    uint8_t *before = out.pixels;
    convert(&info, pixels, FERRY_FORMAT_GRAY, &out);
    assert_ptr_equal(before, out.pixels);
    free(pixels);
    ferry_image_free(&out);
}

static void assert_refused(ferry_frame_info info, ferry_status status) {
    uint8_t pixels[64] = {0};
    ferry_image out = FERRY_IMAGE_INIT;
    ferry_error error = {FERRY_OK, 0, ""};
    assert_int_equal(ferry_image_convert(&info, pixels, FERRY_FORMAT_RGBA, &out, &error), status);
    assert_int_equal(error.status, status);
    assert_true(strlen(error.message) > 10);
    assert_null(out.pixels);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    const ferry_frame_info bad[] = {
        {.width = 0, .height = 4, .format = FERRY_FORMAT_RGB24},
        {.width = 4, .height = -4, .format = FERRY_FORMAT_RGB24},
        {.width = 4, .height = 4, .format = FERRY_FORMAT_RGB24, .stride_bytes = 11},
        {.width = 4, .height = 4, .format = FERRY_FORMAT_RGB24, .length_bytes = 47},
        {.width = 4, .height = 4, .format = FERRY_FORMAT_RGB24, .color_matrix = 4},
        {.width = 4, .height = 4, .format = FERRY_FORMAT_RGB24, .color_range = 3},
        {.width = 1 << 30, .height = 1, .format = FERRY_FORMAT_GRAY}, /* 4 GiB as rgba */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(bad[i], FERRY_INVALID_ARGUMENT);
    assert_refused(info_of(FERRY_FOURCC('V', 'P', '8', '0'), 4, 4, 0), FERRY_NOT_SUPPORTED);
}

static void arguments_that_are_missing_or_enough(void **state) {
    (void)state;
    uint8_t pixels[64] = {0};
    ferry_image out = FERRY_IMAGE_INIT;
    ferry_frame_info info = info_of(FERRY_FORMAT_RGB24, 4, 4, 0);
    assert_int_equal(ferry_image_convert(&info, pixels, 0, &out, NULL), FERRY_NOT_SUPPORTED);
    assert_int_equal(ferry_image_convert(NULL, pixels, FERRY_FORMAT_RGBA, &out, NULL),
                     FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_image_convert(&info, NULL, FERRY_FORMAT_RGBA, &out, NULL),
                     FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_image_convert(&info, pixels, FERRY_FORMAT_RGBA, NULL, NULL),
                     FERRY_INVALID_ARGUMENT);
    info.length_bytes = 48; /* exactly, and more than needed */
    convert(&info, pixels, FERRY_FORMAT_RGBA, &out);
    info.length_bytes = 64;
    convert(&info, pixels, FERRY_FORMAT_RGBA, &out);
    ferry_image_free(&out);
}

/* A buffer that had a frame of a channel before. */
static void the_result_comes_from_no_channel(void **state) {
    (void)state;
    const uint8_t pixel[3] = {1, 2, 3};
    ferry_frame_info info = {.width = 1, .height = 1, .format = FERRY_FORMAT_RGB24};
    ferry_image out = {.skipped = 5, .generation = 7};
    assert_int_equal(ferry_image_convert(&info, pixel, FERRY_FORMAT_BGR24, &out, NULL), FERRY_OK);
    assert_true(out.skipped == 0 && out.generation == 0);
    ferry_image_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_known_colors),
        cmocka_unit_test(the_result_comes_from_no_channel),
        cmocka_unit_test(any_color_is_within_one_level_of_its_definition),
        cmocka_unit_test(unspecified_colors_are_bt601_at_any_height),
        cmocka_unit_test(every_pair_at_odd_sizes_and_strides),
        cmocka_unit_test(round_trips_that_lose_nothing),
        cmocka_unit_test(bytes_go_where_the_format_has_them),
        cmocka_unit_test(chroma_is_shared_and_averaged),
        cmocka_unit_test(the_rest_of_the_description_is_kept),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(arguments_that_are_missing_or_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
