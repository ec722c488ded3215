/* The table of pixel formats, and layouts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/frame.h>
#include <string.h>

typedef struct known {
    uint32_t format;
    const char *name, *fourcc;
    uint32_t bit_count;
} known;

static const known all[] = {
    {FERRY_FORMAT_GRAY, "gray", "GREY", 8},        {FERRY_FORMAT_GRAY16LE, "gray16le", "Y16 ", 16},
    {FERRY_FORMAT_BGR24, "bgr24", "BGR3", 24},     {FERRY_FORMAT_RGB24, "rgb24", "RGB3", 24},
    {FERRY_FORMAT_BGRA, "bgra", "AR24", 32},       {FERRY_FORMAT_RGBA, "rgba", "AB24", 32},
    {FERRY_FORMAT_YUYV422, "yuyv422", "YUYV", 16}, {FERRY_FORMAT_NV12, "nv12", "NV12", 12},
    {FERRY_FORMAT_YUV420P, "yuv420p", "YU12", 12}, {FERRY_FORMAT_RGB565LE, "rgb565le", "RGBP", 16},
    {FERRY_FORMAT_RGB48LE, "rgb48le", "RGB6", 48},
};
enum { COUNT = sizeof all / sizeof all[0] };

static void each_format_has_its_name_code_and_bits(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        uint32_t code = all[i].format;
        char bytes[5] = {(char)code, (char)(code >> 8), (char)(code >> 16), (char)(code >> 24), 0};
        assert_string_equal(bytes, all[i].fourcc);
        assert_string_equal(ferry_format_name(code), all[i].name);
        assert_int_equal(ferry_format_from_name(all[i].name), code);
        assert_int_equal(ferry_format_bit_count(code), all[i].bit_count);
        assert_int_equal(ferry_format_at(i), code);
    }
    assert_int_equal(ferry_format_at(COUNT), 0);
    assert_int_equal(ferry_format_at(SIZE_MAX), 0);
}

static void what_has_no_name_is_unknown(void **state) {
    (void)state;
    uint32_t mjpg = FERRY_FOURCC('M', 'J', 'P', 'G');
    ferry_layout layout;
    assert_null(ferry_format_name(mjpg));
    assert_null(ferry_format_name(0));
    assert_int_equal(ferry_format_bit_count(mjpg), 0);
    assert_int_equal(ferry_format_from_name("mjpeg"), 0);
    assert_int_equal(ferry_format_from_name("BGR24"), 0);
    assert_int_equal(ferry_format_from_name("bgr24 "), 0);
    assert_int_equal(ferry_format_from_name(""), 0);
    assert_int_equal(ferry_format_from_name(NULL), 0);
    assert_int_equal(ferry_layout_compute(&layout, mjpg, 4, 4, 0), FERRY_NOT_SUPPORTED);
    assert_int_equal(ferry_layout_compute(&layout, 0, 4, 4, 0), FERRY_NOT_SUPPORTED);
}

typedef struct wanted {
    uint32_t format;
    int32_t width, height;
    uint32_t stride, length, planes;
    ferry_plane plane[FERRY_PLANES_MAX];
} wanted;

static const wanted layouts[] = {
    {FERRY_FORMAT_GRAY, 1, 1, 0, 1, 1, {{0, 1, 1, 1}}},
    {FERRY_FORMAT_GRAY, 5, 3, 0, 15, 1, {{0, 5, 5, 3}}},
    {FERRY_FORMAT_GRAY, 5, 3, 8, 24, 1, {{0, 8, 5, 3}}},
    {FERRY_FORMAT_GRAY16LE, 1, 1, 0, 2, 1, {{0, 2, 2, 1}}},
    {FERRY_FORMAT_GRAY16LE, 5, 3, 11, 33, 1, {{0, 11, 10, 3}}},
    {FERRY_FORMAT_BGR24, 1, 1, 0, 3, 1, {{0, 3, 3, 1}}},
    {FERRY_FORMAT_BGR24, 5, 3, 16, 48, 1, {{0, 16, 15, 3}}},
    {FERRY_FORMAT_RGB24, 5, 3, 0, 45, 1, {{0, 15, 15, 3}}},
    {FERRY_FORMAT_BGRA, 1, 1, 0, 4, 1, {{0, 4, 4, 1}}},
    {FERRY_FORMAT_BGRA, 4096, 2048, 0, 33554432, 1, {{0, 16384, 16384, 2048}}},
    {FERRY_FORMAT_RGBA, 5, 3, 0, 60, 1, {{0, 20, 20, 3}}},
    {FERRY_FORMAT_RGB565LE, 5, 3, 0, 30, 1, {{0, 10, 10, 3}}},
    {FERRY_FORMAT_RGB565LE, 5, 3, 12, 36, 1, {{0, 12, 10, 3}}},
    {FERRY_FORMAT_YUYV422, 1, 1, 0, 4, 1, {{0, 4, 4, 1}}},
    {FERRY_FORMAT_YUYV422, 4, 3, 0, 24, 1, {{0, 8, 8, 3}}},
    {FERRY_FORMAT_YUYV422, 5, 3, 0, 36, 1, {{0, 12, 12, 3}}},
    {FERRY_FORMAT_NV12, 1, 1, 0, 3, 2, {{0, 1, 1, 1}, {1, 2, 2, 1}}},
    {FERRY_FORMAT_NV12, 4, 4, 0, 24, 2, {{0, 4, 4, 4}, {16, 4, 4, 2}}},
    {FERRY_FORMAT_NV12, 5, 3, 0, 27, 2, {{0, 5, 5, 3}, {15, 6, 6, 2}}},
    {FERRY_FORMAT_NV12, 5, 3, 7, 37, 2, {{0, 7, 5, 3}, {21, 8, 6, 2}}},
    {FERRY_FORMAT_NV12,
     1920,
     1080,
     2048,
     3317760,
     2,
     {{0, 2048, 1920, 1080}, {2211840, 2048, 1920, 540}}},
    {FERRY_FORMAT_YUV420P, 1, 1, 0, 3, 3, {{0, 1, 1, 1}, {1, 1, 1, 1}, {2, 1, 1, 1}}},
    {FERRY_FORMAT_YUV420P, 4, 4, 0, 24, 3, {{0, 4, 4, 4}, {16, 2, 2, 2}, {20, 2, 2, 2}}},
    {FERRY_FORMAT_YUV420P, 5, 3, 0, 27, 3, {{0, 5, 5, 3}, {15, 3, 3, 2}, {21, 3, 3, 2}}},
    {FERRY_FORMAT_YUV420P, 5, 3, 7, 37, 3, {{0, 7, 5, 3}, {21, 4, 3, 2}, {29, 4, 3, 2}}},
};

static void layouts_are_as_documented(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        const wanted *w = &layouts[i];
        ferry_layout layout;
        memset(&layout, 0xaa, sizeof layout);
        assert_int_equal(ferry_layout_compute(&layout, w->format, w->width, w->height, w->stride),
                         FERRY_OK);
        assert_int_equal(layout.length_bytes, w->length);
        assert_int_equal(layout.plane_count, w->planes);
        assert_memory_equal(layout.planes, w->plane, sizeof layout.planes);
    }
}

static void impossible_layouts_are_refused(void **state) {
    (void)state;
    static const int32_t bad[] = {0, -1, INT32_MIN};
    for (size_t i = 0; i < COUNT; i++) {
        uint32_t f = all[i].format;
        ferry_layout layout, before;
        memset(&layout, 0x55, sizeof layout);
        before = layout;
        for (size_t k = 0; k < 3; k++) {
            assert_int_equal(ferry_layout_compute(&layout, f, bad[k], 4, 0),
                             FERRY_INVALID_ARGUMENT);
            assert_int_equal(ferry_layout_compute(&layout, f, 4, bad[k], 0),
                             FERRY_INVALID_ARGUMENT);
        }
        ferry_layout packed;
        assert_int_equal(ferry_layout_compute(&packed, f, 6, 4, 0), FERRY_OK);
        uint32_t row = packed.planes[0].row_bytes;
        assert_int_equal(ferry_layout_compute(&layout, f, 6, 4, row - 1), FERRY_INVALID_ARGUMENT);
        assert_int_equal(ferry_layout_compute(&layout, f, 6, 4, 1), FERRY_INVALID_ARGUMENT);
        assert_int_equal(ferry_layout_compute(NULL, f, 6, 4, 0), FERRY_INVALID_ARGUMENT);
        assert_memory_equal(&layout, &before, sizeof layout);
        assert_int_equal(ferry_layout_compute(&layout, f, 6, 4, row), FERRY_OK);
        assert_memory_equal(&layout, &packed, sizeof layout);
    }
}

static void the_length_ends_below_2_gib(void **state) {
    (void)state;
    ferry_layout l;
    const int32_t most = INT32_MAX;
    for (size_t i = 0; i < COUNT; i++) {
        uint32_t f = all[i].format;
        assert_int_equal(ferry_layout_compute(&l, f, most, most, 0), FERRY_TOO_LARGE);
        assert_int_equal(ferry_layout_compute(&l, f, most, most, UINT32_MAX),
                         f == FERRY_FORMAT_GRAY || f == FERRY_FORMAT_NV12 ||
                                 f == FERRY_FORMAT_YUV420P || f == FERRY_FORMAT_GRAY16LE ||
                                 f == FERRY_FORMAT_RGB565LE
                             ? FERRY_TOO_LARGE
                             : FERRY_INVALID_ARGUMENT);
        assert_int_equal(ferry_layout_compute(&l, f, 1, most, UINT32_MAX), FERRY_TOO_LARGE);
        assert_int_equal(ferry_layout_compute(&l, f, 1, 1, UINT32_MAX), FERRY_TOO_LARGE);
        assert_int_equal(ferry_layout_compute(&l, f, 65536, 65536, 0), FERRY_TOO_LARGE);
    }
    /* One byte below, and on, the limit. */
    assert_int_equal(ferry_layout_compute(&l, FERRY_FORMAT_GRAY, most, 1, 0), FERRY_OK);
    assert_int_equal(l.length_bytes, INT32_MAX);
    assert_int_equal(ferry_layout_compute(&l, FERRY_FORMAT_GRAY, 65536, 32768, 0), FERRY_TOO_LARGE);
    assert_int_equal(ferry_layout_compute(&l, FERRY_FORMAT_BGRA, 32768, 16383, 0), FERRY_OK);
    assert_int_equal(l.length_bytes, 2147352576);
    assert_int_equal(ferry_layout_compute(&l, FERRY_FORMAT_BGRA, 32768, 16384, 0), FERRY_TOO_LARGE);
    /* The first plane alone would fit. */
    assert_int_equal(ferry_layout_compute(&l, FERRY_FORMAT_NV12, 40000, 40000, 0), FERRY_TOO_LARGE);
    assert_int_equal(ferry_layout_compute(&l, FERRY_FORMAT_YUV420P, 40000, 40000, 0),
                     FERRY_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_has_its_name_code_and_bits),
        cmocka_unit_test(what_has_no_name_is_unknown),
        cmocka_unit_test(layouts_are_as_documented),
        cmocka_unit_test(impossible_layouts_are_refused),
        cmocka_unit_test(the_length_ends_below_2_gib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
