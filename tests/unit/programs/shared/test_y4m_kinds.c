/* The kinds of pictures of YUV4MPEG2, by their names and by their formats, and pictures of 10 bits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/frame.h>

#include "shared/y4m.h"

static uint32_t format_of(const char *name) {
    const app_y4m_kind *kind = app_y4m_find(name, strlen(name));
    return kind != NULL ? kind->format : 0;
}

static void test_names(void **state) {
    (void)state;
    assert_int_equal(format_of("420"), FERRY_FORMAT_YUV420P);
    assert_int_equal(format_of("420JPEG"), FERRY_FORMAT_YUV420P);
    assert_int_equal(format_of("420paldv"), FERRY_FORMAT_YUV420P);
    assert_int_equal(format_of("422"), FERRY_FORMAT_YUV422P);
    assert_int_equal(format_of("444"), FERRY_FORMAT_YUV444P);
    assert_int_equal(format_of("420p10"), FERRY_FORMAT_P010LE);
    assert_int_equal(format_of("mono"), FERRY_FORMAT_GRAY);
    assert_int_equal(format_of("mono12"), FERRY_FORMAT_GRAY12LE);
    assert_int_equal(format_of("444alpha"), 0);
    assert_int_equal(format_of("42"), 0);
    assert_int_equal(format_of(""), 0);
    assert_int_equal(app_y4m_find("420paldvx", 8)->chroma_site, FERRY_CHROMA_TOP_LEFT);
}

/* Every format that is written is read as the same one. */
static void test_formats_come_back(void **state) {
    (void)state;
    static const uint32_t formats[] = {
        FERRY_FORMAT_YUV420P, FERRY_FORMAT_YUV422P,  FERRY_FORMAT_YUV444P,  FERRY_FORMAT_P010LE,
        FERRY_FORMAT_GRAY,    FERRY_FORMAT_GRAY10LE, FERRY_FORMAT_GRAY12LE, FERRY_FORMAT_GRAY16LE};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        for (uint32_t site = 0; site <= FERRY_CHROMA_BOTTOM; site++) {
            const app_y4m_kind *kind = app_y4m_kind_of(formats[i], site);
            assert_non_null(kind);
            assert_ptr_equal(app_y4m_find(kind->name, strlen(kind->name)), kind);
            assert_int_equal(kind->format, formats[i]);
        }
    assert_string_equal(app_y4m_kind_of(FERRY_FORMAT_YUV420P, 0)->name, "420jpeg");
    assert_string_equal(app_y4m_kind_of(FERRY_FORMAT_YUV420P, FERRY_CHROMA_LEFT)->name, "420mpeg2");
    assert_null(app_y4m_kind_of(FERRY_FORMAT_RGB24, 0));
}

/* In memory of exactly its length, so that a sanitizer sees a byte too many. */
static void check_ten_bits(int32_t width, int32_t height) {
    ferry_layout layout;
    assert_int_equal(ferry_layout_compute(&layout, FERRY_FORMAT_P010LE, width, height, 0),
                     FERRY_OK);
    uint8_t *pixels = malloc(layout.length_bytes), *back = malloc(layout.length_bytes);
    uint8_t *planes = malloc(layout.length_bytes);
    assert_true(pixels != NULL && back != NULL && planes != NULL);
    for (size_t i = 0; i < layout.length_bytes; i++)
        pixels[i] = (uint8_t)(i % 2 == 0 ? i * 64 : i * 37 + 5);
    app_y4m_planes_of_p010(width, height, pixels, planes);
    assert_int_equal(planes[0] | planes[1] << 8, (pixels[0] | pixels[1] << 8) >> 6);
    const uint8_t *first = pixels + layout.planes[1].offset_bytes;
    size_t v = layout.planes[1].offset_bytes +
               layout.planes[1].row_bytes / 2 * (size_t)layout.planes[1].rows;
    assert_int_equal(planes[v] | planes[v + 1] << 8, (first[2] | first[3] << 8) >> 6);
    for (size_t i = 1; i < layout.length_bytes; i += 2)
        assert_in_range(planes[i], 0, 3);
    app_y4m_p010_of_planes(width, height, planes, back);
    assert_memory_equal(back, pixels, layout.length_bytes);
    free(pixels);
    free(back);
    free(planes);
}

static void test_ten_bits(void **state) {
    (void)state;
    for (int32_t width = 1; width < 8; width++)
        for (int32_t height = 1; height < 6; height++)
            check_ten_bits(width, height);
    check_ten_bits(642, 17);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_formats_come_back),
        cmocka_unit_test(test_ten_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
