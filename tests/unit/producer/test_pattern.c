/* The test picture of ferry-producer, which other tests compute again to compare with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>

/* Part of a program, and so in no library. */
#include "sources/pattern.c"

static const int32_t sizes[][2] = {{1, 1},   {2, 2},    {3, 5},    {7, 1},     {1, 9},   {16, 16},
                                   {65, 33}, {160, 90}, {201, 77}, {400, 300}, {64, 721}};
#define SIZE_COUNT (sizeof sizes / sizeof sizes[0])
#define GUARD_BYTES 64

static source *open_pattern(int32_t width, int32_t height, uint32_t format) {
    pattern_request request = {.width = width, .height = height, .format = format};
    source *opened = NULL;
    assert_int_equal(source_open_pattern(&opened, &request, NULL), FERRY_OK);
    return opened;
}

/* The next frame, checked for writing nowhere but in its pixels, all of them. The caller frees. */
static uint8_t *draw_next(source *from, ferry_frame_info *info) {
    ferry_image frame = FERRY_IMAGE_INIT;
    assert_true(from->next(from, &frame));
    assert_null(frame.pixels);
    *info = frame.info;
    ferry_layout layout;
    assert_int_equal(ferry_layout_compute(&layout, info->format, info->width, info->height, 0),
                     FERRY_OK);
    assert_int_equal(info->length_bytes, layout.length_bytes);
    uint8_t *pixels = malloc(layout.length_bytes + GUARD_BYTES);
    assert_non_null(pixels);
    memset(pixels, 0xa5, layout.length_bytes + GUARD_BYTES);
    from->draw(from, pixels);
    for (size_t i = 0; i < GUARD_BYTES; i++)
        assert_int_equal(pixels[layout.length_bytes + i], 0xa5);
    return pixels;
}

/* Frame by frame, the picture in a format is what converting the rgb24 one gives. */
static void compare_with_conversion(int32_t width, int32_t height, uint32_t format) {
    source *direct = open_pattern(width, height, format);
    source *rgb = open_pattern(width, height, FERRY_FORMAT_RGB24);
    ferry_image converted = FERRY_IMAGE_INIT;
    for (int i = 0; i < 12; i++) {
        ferry_frame_info direct_info;
        ferry_frame_info rgb_info;
        uint8_t *direct_pixels = draw_next(direct, &direct_info);
        uint8_t *rgb_pixels = draw_next(rgb, &rgb_info);
        rgb_info.color_matrix = direct_info.color_matrix;
        rgb_info.color_range = direct_info.color_range;
        assert_int_equal(ferry_image_convert(&rgb_info, rgb_pixels, format, &converted, NULL),
                         FERRY_OK);
        assert_int_equal(converted.info.length_bytes, direct_info.length_bytes);
        assert_memory_equal(converted.pixels, direct_pixels, direct_info.length_bytes);
        free(direct_pixels);
        free(rgb_pixels);
    }
    ferry_image_free(&converted);
    direct->close(direct);
    rgb->close(rgb);
}

static void test_every_format_shows_the_same_picture(void **state) {
    (void)state;
    size_t formats = 0;
    for (; ferry_format_bit_count(ferry_format_at(formats)) != 0; formats++)
        for (size_t i = 0; i < SIZE_COUNT; i++)
            compare_with_conversion(sizes[i][0], sizes[i][1], ferry_format_at(formats));
    assert_int_equal(formats, 40); /* all that are not compressed */
}

static void test_the_picture_depends_on_the_number_alone(void **state) {
    (void)state;
    source *one = open_pattern(160, 90, FERRY_FORMAT_BGRA);
    source *other = open_pattern(160, 90, FERRY_FORMAT_BGRA);
    uint8_t *before = NULL;
    for (int i = 0; i < 300; i++) {
        ferry_frame_info info;
        uint8_t *pixels = draw_next(one, &info);
        uint8_t *same = draw_next(other, &info);
        assert_memory_equal(pixels, same, info.length_bytes);
        assert_true(before == NULL || memcmp(before, pixels, info.length_bytes) != 0);
        free(before);
        free(same);
        before = pixels;
    }
    free(before);
    one->close(one);
    other->close(other);
}

static void test_the_box_moves(void **state) {
    (void)state;
    source *from = open_pattern(400, 300, FERRY_FORMAT_GRAY);
    for (int32_t number = 40; number < 60; number++) { /* below the number, above the ramp */
        ferry_frame_info info;
        ((pattern *)from)->number = (uint64_t)number - 1;
        uint8_t *pixels = draw_next(from, &info);
        int32_t corner = 2 * (number - 1); /* two pixels a frame, both ways */
        for (int32_t y = corner - 1; y <= corner + 60; y++)
            for (int32_t x = corner - 1; x <= corner + 60; x++) {
                bool inside = x >= corner && x < corner + 60 && y >= corner && y < corner + 60;
                assert_true((pixels[y * 400 + x] == 255) == inside);
            }
        free(pixels);
    }
    from->close(from);
}

static void test_yuv_says_its_matrix(void **state) {
    (void)state;
    static const struct {
        uint32_t format;
        int32_t height;
        uint32_t matrix;
        uint32_t range;
    } cases[] = {
        {FERRY_FORMAT_NV12, 719, FERRY_MATRIX_BT601, FERRY_RANGE_LIMITED},
        {FERRY_FORMAT_YUYV422, 720, FERRY_MATRIX_BT601, FERRY_RANGE_LIMITED},
        {FERRY_FORMAT_RGB24, 720, FERRY_MATRIX_UNSPECIFIED, FERRY_RANGE_UNSPECIFIED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        source *from = open_pattern(8, cases[i].height, cases[i].format);
        ferry_image frame = FERRY_IMAGE_INIT;
        assert_true(from->next(from, &frame));
        assert_int_equal(frame.info.format, cases[i].format);
        assert_int_equal(frame.info.color_matrix, cases[i].matrix);
        assert_int_equal(frame.info.color_range, cases[i].range);
        from->close(from);
    }
}

/* Reads the digits back from where they stand in a gray picture of 400 x 300: units of 6 pixels. */
static unsigned long read_number(const uint8_t *pixels) {
    static const char *const shapes[10] = {"111101101101111", "010110010010111", "111001111100111",
                                           "111001111001111", "101101111001001", "111100111001111",
                                           "111100111101111", "111001001001001", "111101111101111",
                                           "111101111001111"};
    unsigned long number = 0;
    for (int digit = 0; digit < 6; digit++) {
        char shape[16] = "";
        for (int bit = 0; bit < 15; bit++) {
            int x = 12 + digit * 24 + bit % 3 * 6;
            int y = 12 + bit / 3 * 6;
            bool light = pixels[y * 400 + x] == 255 && pixels[(y + 5) * 400 + x + 5] == 255;
            bool dark = pixels[y * 400 + x] == 0 && pixels[(y + 5) * 400 + x + 5] == 0;
            assert_true(light || dark);
            shape[bit] = light ? '1' : '0';
        }
        unsigned value = 0;
        while (value < 10 && strcmp(shape, shapes[value]) != 0)
            value++;
        assert_in_range(value, 0, 9);
        number = number * 10 + value;
    }
    return number;
}

static void test_the_number_can_be_read(void **state) {
    (void)state;
    source *from = open_pattern(400, 300, FERRY_FORMAT_GRAY);
    pattern *p = (pattern *)from;
    static const unsigned long numbers[] = {1, 2, 10, 345678, 909090, 999999};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        ferry_frame_info info;
        p->number = numbers[i] - 1;
        uint8_t *pixels = draw_next(from, &info);
        assert_int_equal(read_number(pixels), numbers[i]);
        free(pixels);
    }
    p->number = UINT64_MAX - 1; /* 20 digits: more than the picture is wide */
    ferry_frame_info info;
    free(draw_next(from, &info));
    from->close(from);
}

static void test_requests_are_read_whole_or_not_at_all(void **state) {
    (void)state;
    pattern_request r;
    assert_true(pattern_parse("pattern:640x480", &r));
    assert_true(r.width == 640 && r.height == 480 && r.format == 0);
    assert_true(pattern_parse("pattern:1x16384:nv12", &r));
    assert_true(r.width == 1 && r.height == 16384 && r.format == FERRY_FORMAT_NV12);
    static const char *const bad[] = {
        "pattern:",          "pattern:640",           "pattern:x",
        "pattern:0x480",     "pattern:640x0",         "pattern:640x",
        "pattern:-1x480",    "pattern:640x480:",      "pattern:640x480:rgb25",
        "pattern:640x480x3", "pattern:16385x1",       "pattern:1x16385",
        "pattern:640 x480",  "pattern:rgb24:640x480", "pattern:99999999999999999999x1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(pattern_parse(bad[i], &r));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_shows_the_same_picture),
        cmocka_unit_test(test_the_picture_depends_on_the_number_alone),
        cmocka_unit_test(test_the_box_moves),
        cmocka_unit_test(test_yuv_says_its_matrix),
        cmocka_unit_test(test_the_number_can_be_read),
        cmocka_unit_test(test_requests_are_read_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
