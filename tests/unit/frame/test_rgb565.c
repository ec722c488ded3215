/* rgb565le: where its bits are, and that converting loses no more than the format does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <stdlib.h>
#include <string.h>

static void convert(const ferry_frame_info *info, const uint8_t *pixels, uint32_t format,
                    ferry_image *out) {
    assert_int_equal(ferry_image_convert(info, pixels, format, out, NULL), FERRY_OK);
}

static void bits_are_where_windows_has_them(void **state) {
    (void)state;
    static const struct {
        uint8_t pixel[2], rgb[3];
    } known[] = {
        {{0x00, 0x00}, {0, 0, 0}},   {{0xff, 0xff}, {255, 255, 255}}, {{0x00, 0xf8}, {255, 0, 0}},
        {{0xe0, 0x07}, {0, 255, 0}}, {{0x1f, 0x00}, {0, 0, 255}},     {{0x20, 0x00}, {0, 4, 0}},
        {{0x01, 0x08}, {8, 0, 8}},   {{0x10, 0x84}, {132, 130, 132}},
    };
    ferry_image out = FERRY_IMAGE_INIT;
    ferry_frame_info narrow = {.width = 1, .height = 1, .format = FERRY_FORMAT_RGB565LE};
    ferry_frame_info wide = {.width = 1, .height = 1, .format = FERRY_FORMAT_RGB24};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        convert(&narrow, known[i].pixel, FERRY_FORMAT_RGB24, &out);
        assert_memory_equal(out.pixels, known[i].rgb, 3);
        convert(&wide, known[i].rgb, FERRY_FORMAT_RGB565LE, &out);
        assert_memory_equal(out.pixels, known[i].pixel, 2);
    }
    convert(&narrow, known[1].pixel, FERRY_FORMAT_BGRA, &out);
    assert_memory_equal(out.pixels, "\xff\xff\xff\xff", 4); /* opaque */
    ferry_image_free(&out);
}

/* Every pixel that there is, in rows with padding. */
static void a_way_there_and_back_loses_nothing(void **state) {
    (void)state;
    enum { SIDE = 256, STRIDE = 2 * SIDE + 2 };
    uint8_t *pixels = calloc(SIDE, STRIDE);
    assert_non_null(pixels);
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = 0; x < SIDE; x++) {
            pixels[y * STRIDE + 2 * x] = (uint8_t)x;
            pixels[y * STRIDE + 2 * x + 1] = (uint8_t)y;
        }
    ferry_frame_info info = {
        .width = SIDE, .height = SIDE, .format = FERRY_FORMAT_RGB565LE, .stride_bytes = STRIDE};
    static const uint32_t over[] = {FERRY_FORMAT_RGB24, FERRY_FORMAT_BGRA};
    ferry_image there = FERRY_IMAGE_INIT, back = FERRY_IMAGE_INIT;
    for (size_t i = 0; i < sizeof over / sizeof over[0]; i++) {
        convert(&info, pixels, over[i], &there);
        convert(&there.info, there.pixels, FERRY_FORMAT_RGB565LE, &back);
        assert_int_equal(back.info.stride_bytes, 2 * SIDE);
        for (size_t y = 0; y < SIDE; y++)
            assert_memory_equal(back.pixels + y * 2 * SIDE, pixels + y * STRIDE, 2 * SIDE);
    }
    free(pixels);
    ferry_image_free(&there);
    ferry_image_free(&back);
}

static void levels_become_the_nearest_that_there_are(void **state) {
    (void)state;
    ferry_image there = FERRY_IMAGE_INIT, back = FERRY_IMAGE_INIT;
    ferry_frame_info info = {.width = 1, .height = 1, .format = FERRY_FORMAT_RGB24};
    for (unsigned level = 0; level < 256; level++) {
        const uint8_t rgb[3] = {(uint8_t)level, (uint8_t)level, (uint8_t)level};
        convert(&info, rgb, FERRY_FORMAT_RGB565LE, &there);
        convert(&there.info, there.pixels, FERRY_FORMAT_RGB24, &back);
        for (size_t i = 0; i < 3; i++) {
            int most = i == 1 ? 2 : 4; /* half the distance between two levels */
            assert_true(abs((int)back.pixels[i] - (int)level) <= most);
        }
    }
    ferry_image_free(&there);
    ferry_image_free(&back);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_where_windows_has_them),
        cmocka_unit_test(a_way_there_and_back_loses_nothing),
        cmocka_unit_test(levels_become_the_nearest_that_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
