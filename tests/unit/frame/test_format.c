/* The table of pixel formats, and layouts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
    {FERRY_FORMAT_GRAY, "gray", "GREY", 8},
    {FERRY_FORMAT_GRAY16LE, "gray16le", "Y16 ", 16},
    {FERRY_FORMAT_BGR24, "bgr24", "BGR3", 24},
    {FERRY_FORMAT_RGB24, "rgb24", "RGB3", 24},
    {FERRY_FORMAT_BGRA, "bgra", "AR24", 32},
    {FERRY_FORMAT_RGBA, "rgba", "AB24", 32},
    {FERRY_FORMAT_YUYV422, "yuyv422", "YUYV", 16},
    {FERRY_FORMAT_NV12, "nv12", "NV12", 12},
    {FERRY_FORMAT_YUV420P, "yuv420p", "YU12", 12},
    {FERRY_FORMAT_RGB565LE, "rgb565le", "RGBP", 16},
    {FERRY_FORMAT_RGB48LE, "rgb48le", "RGB6", 48},
    {FERRY_FORMAT_BGRX, "bgr0", "XR24", 32},
    {FERRY_FORMAT_RGBX, "rgb0", "XB24", 32},
    {FERRY_FORMAT_XRGB, "0rgb", "BX24", 32},
    {FERRY_FORMAT_ARGB, "argb", "BA24", 32},
    {FERRY_FORMAT_UYVY422, "uyvy422", "UYVY", 16},
    {FERRY_FORMAT_NV21, "nv21", "NV21", 12},
    {FERRY_FORMAT_NV16, "nv16", "NV16", 16},
    {FERRY_FORMAT_YUV422P, "yuv422p", "422P", 16},
    {FERRY_FORMAT_YUV444P, "yuv444p", "YM24", 24},
    {FERRY_FORMAT_P010LE, "p010le", "P010", 24},
    {FERRY_FORMAT_GRAY10LE, "gray10le", "Y10 ", 16},
    {FERRY_FORMAT_GRAY12LE, "gray12le", "Y12 ", 16},
    {FERRY_FORMAT_GRAYF32LE, "grayf32le", "YF32", 32},
    {FERRY_FORMAT_BAYER_BGGR8, "bayer_bggr8", "BA81", 8},
    {FERRY_FORMAT_BAYER_GBRG8, "bayer_gbrg8", "GBRG", 8},
    {FERRY_FORMAT_BAYER_GRBG8, "bayer_grbg8", "GRBG", 8},
    {FERRY_FORMAT_BAYER_RGGB8, "bayer_rggb8", "RGGB", 8},
    {FERRY_FORMAT_BAYER_BGGR10LE, "bayer_bggr10le", "BG10", 16},
    {FERRY_FORMAT_BAYER_GBRG10LE, "bayer_gbrg10le", "GB10", 16},
    {FERRY_FORMAT_BAYER_GRBG10LE, "bayer_grbg10le", "BA10", 16},
    {FERRY_FORMAT_BAYER_RGGB10LE, "bayer_rggb10le", "RG10", 16},
    {FERRY_FORMAT_BAYER_BGGR12LE, "bayer_bggr12le", "BG12", 16},
    {FERRY_FORMAT_BAYER_GBRG12LE, "bayer_gbrg12le", "GB12", 16},
    {FERRY_FORMAT_BAYER_GRBG12LE, "bayer_grbg12le", "BA12", 16},
    {FERRY_FORMAT_BAYER_RGGB12LE, "bayer_rggb12le", "RG12", 16},
    {FERRY_FORMAT_BAYER_BGGR16LE, "bayer_bggr16le", "BYR2", 16},
    {FERRY_FORMAT_BAYER_GBRG16LE, "bayer_gbrg16le", "GB16", 16},
    {FERRY_FORMAT_BAYER_GRBG16LE, "bayer_grbg16le", "GR16", 16},
    {FERRY_FORMAT_BAYER_RGGB16LE, "bayer_rggb16le", "RG16", 16},
};
enum { COUNT = sizeof all / sizeof all[0] };

/* They follow the others. */
static const known compressed[] = {
    {FERRY_FORMAT_MJPEG, "mjpeg", "MJPG", 0},
    {FERRY_FORMAT_JPEG, "jpeg", "JPEG", 0},
    {FERRY_FORMAT_H264, "h264", "H264", 0},
    {FERRY_FORMAT_HEVC, "hevc", "HEVC", 0},
};
enum { COMPRESSED = sizeof compressed / sizeof compressed[0] };

static void assert_known(const known *k, size_t index) {
    uint32_t code = k->format;
    char bytes[5] = {(char)code, (char)(code >> 8), (char)(code >> 16), (char)(code >> 24), 0};
    assert_string_equal(bytes, k->fourcc);
    assert_string_equal(ferry_format_name(code), k->name);
    assert_int_equal(ferry_format_from_name(k->name), code);
    assert_int_equal(ferry_format_bit_count(code), k->bit_count);
    assert_int_equal(ferry_format_at(index), code);
}

static void each_format_has_its_name_code_and_bits(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        assert_known(&all[i], i);
        assert_false(ferry_format_is_compressed(all[i].format));
    }
    for (size_t i = 0; i < COMPRESSED; i++) {
        assert_known(&compressed[i], COUNT + i);
        assert_true(ferry_format_is_compressed(compressed[i].format));
    }
    assert_int_equal(ferry_format_at(COUNT + COMPRESSED), 0);
    assert_int_equal(ferry_format_at(SIZE_MAX), 0);
}

/* A code or a name that two formats had would make the second one unreachable. */
static void no_two_formats_are_alike(void **state) {
    (void)state;
    for (size_t i = 0; ferry_format_at(i) != 0; i++)
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(ferry_format_at(i), ferry_format_at(k));
            assert_string_not_equal(ferry_format_name(ferry_format_at(i)),
                                    ferry_format_name(ferry_format_at(k)));
        }
}

static void some_have_a_second_name(void **state) {
    (void)state;
    assert_int_equal(ferry_format_from_name("bgrx"), FERRY_FORMAT_BGRX);
    assert_int_equal(ferry_format_from_name("rgbx"), FERRY_FORMAT_RGBX);
    assert_int_equal(ferry_format_from_name("xrgb"), FERRY_FORMAT_XRGB);
    assert_int_equal(ferry_format_from_name("xbgr"), 0);
}

static void compressed_formats_have_no_layout(void **state) {
    (void)state;
    for (size_t i = 0; i < COMPRESSED; i++) {
        ferry_layout layout, before;
        memset(&layout, 0x55, sizeof layout);
        before = layout;
        ferry_frame_info info = {
            .width = 4, .height = 4, .format = compressed[i].format, .length_bytes = 10};
        assert_int_equal(ferry_layout_compute(&layout, info.format, 4, 4, 0), FERRY_NOT_SUPPORTED);
        assert_int_equal(ferry_layout_compute(&layout, info.format, 4, 4, 16), FERRY_NOT_SUPPORTED);
        assert_int_equal(ferry_layout_of(&layout, &info), FERRY_NOT_SUPPORTED);
        info.plane_count = 1;
        assert_int_equal(ferry_layout_of(&layout, &info), FERRY_NOT_SUPPORTED);
        assert_memory_equal(&layout, &before, sizeof layout);
    }
}

static void what_has_no_name_is_unknown(void **state) {
    (void)state;
    uint32_t vp8 = FERRY_FOURCC('V', 'P', '8', '0');
    ferry_layout layout;
    assert_null(ferry_format_name(vp8));
    assert_null(ferry_format_name(0));
    assert_int_equal(ferry_format_bit_count(vp8), 0);
    assert_false(ferry_format_is_compressed(vp8));
    assert_false(ferry_format_is_compressed(0));
    assert_int_equal(ferry_format_from_name("vp8"), 0);
    assert_int_equal(ferry_format_from_name("BGR24"), 0);
    assert_int_equal(ferry_format_from_name("bgr24 "), 0);
    assert_int_equal(ferry_format_from_name(""), 0);
    assert_int_equal(ferry_format_from_name(NULL), 0);
    assert_int_equal(ferry_layout_compute(&layout, vp8, 4, 4, 0), FERRY_NOT_SUPPORTED);
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
    {FERRY_FORMAT_BGRX, 5, 3, 0, 60, 1, {{0, 20, 20, 3}}},
    {FERRY_FORMAT_RGBX, 5, 3, 24, 72, 1, {{0, 24, 20, 3}}},
    {FERRY_FORMAT_XRGB, 1, 1, 0, 4, 1, {{0, 4, 4, 1}}},
    {FERRY_FORMAT_ARGB, 5, 3, 0, 60, 1, {{0, 20, 20, 3}}},
    {FERRY_FORMAT_UYVY422, 5, 3, 0, 36, 1, {{0, 12, 12, 3}}},
    {FERRY_FORMAT_NV21, 5, 3, 7, 37, 2, {{0, 7, 5, 3}, {21, 8, 6, 2}}},
    {FERRY_FORMAT_NV16, 1, 1, 0, 3, 2, {{0, 1, 1, 1}, {1, 2, 2, 1}}},
    {FERRY_FORMAT_NV16, 5, 3, 7, 45, 2, {{0, 7, 5, 3}, {21, 8, 6, 3}}},
    {FERRY_FORMAT_YUV422P, 1, 1, 0, 3, 3, {{0, 1, 1, 1}, {1, 1, 1, 1}, {2, 1, 1, 1}}},
    {FERRY_FORMAT_YUV422P, 5, 3, 7, 45, 3, {{0, 7, 5, 3}, {21, 4, 3, 3}, {33, 4, 3, 3}}},
    {FERRY_FORMAT_YUV444P, 5, 3, 0, 45, 3, {{0, 5, 5, 3}, {15, 5, 5, 3}, {30, 5, 5, 3}}},
    {FERRY_FORMAT_YUV444P, 5, 3, 8, 72, 3, {{0, 8, 5, 3}, {24, 8, 5, 3}, {48, 8, 5, 3}}},
    {FERRY_FORMAT_P010LE, 1, 1, 0, 6, 2, {{0, 2, 2, 1}, {2, 4, 4, 1}}},
    {FERRY_FORMAT_P010LE, 5, 3, 0, 54, 2, {{0, 10, 10, 3}, {30, 12, 12, 2}}},
    {FERRY_FORMAT_P010LE, 4, 4, 16, 96, 2, {{0, 16, 8, 4}, {64, 16, 8, 2}}},
    {FERRY_FORMAT_P010LE, 4, 2, 11, 34, 2, {{0, 11, 8, 2}, {22, 12, 8, 1}}},
    {FERRY_FORMAT_GRAY10LE, 5, 3, 0, 30, 1, {{0, 10, 10, 3}}},
    {FERRY_FORMAT_GRAY12LE, 5, 3, 11, 33, 1, {{0, 11, 10, 3}}},
    {FERRY_FORMAT_GRAYF32LE, 5, 3, 0, 60, 1, {{0, 20, 20, 3}}},
    {FERRY_FORMAT_BAYER_BGGR8, 5, 3, 0, 15, 1, {{0, 5, 5, 3}}},
    {FERRY_FORMAT_BAYER_GRBG10LE, 5, 3, 12, 36, 1, {{0, 12, 10, 3}}},
    {FERRY_FORMAT_BAYER_RGGB12LE, 5, 3, 0, 30, 1, {{0, 10, 10, 3}}},
    {FERRY_FORMAT_BAYER_GBRG16LE, 1, 1, 0, 2, 1, {{0, 2, 2, 1}}},
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
        /* A row of 2^31 - 1 pixels of up to two bytes fits the longest stride. */
        bool fits = all[i].bit_count <= 16 || f == FERRY_FORMAT_YUV444P || f == FERRY_FORMAT_P010LE;
        fits = fits && f != FERRY_FORMAT_YUYV422 && f != FERRY_FORMAT_UYVY422;
        assert_int_equal(ferry_layout_compute(&l, f, most, most, UINT32_MAX),
                         fits ? FERRY_TOO_LARGE : FERRY_INVALID_ARGUMENT);
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
    /* As many bytes as make 2^64 and some 15,000 more: no sum may lose the 2^64. */
    assert_int_equal(ferry_layout_compute(&l, FERRY_FORMAT_RGB48LE, 1753466347, 1753359767, 0),
                     FERRY_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_has_its_name_code_and_bits),
        cmocka_unit_test(no_two_formats_are_alike),
        cmocka_unit_test(some_have_a_second_name),
        cmocka_unit_test(compressed_formats_have_no_layout),
        cmocka_unit_test(what_has_no_name_is_unknown),
        cmocka_unit_test(layouts_are_as_documented),
        cmocka_unit_test(impossible_layouts_are_refused),
        cmocka_unit_test(the_length_ends_below_2_gib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
