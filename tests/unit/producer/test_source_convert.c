/* How pictures are stored: formats, padding, rows from below, and sources made of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/channel.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>

/* Parts of a program, and so in no library. */
#include "sources/convert.c"
#include "sources/source.c"
#include "sources/stored.c"

static ferry_frame_info picture_of(uint32_t format, int32_t width, int32_t height) {
    ferry_layout layout;
    assert_int_equal(ferry_layout_compute(&layout, format, width, height, 0), FERRY_OK);
    return (ferry_frame_info){.width = width,
                              .height = height,
                              .format = format,
                              .bit_count = ferry_format_bit_count(format),
                              .stride_bytes = layout.planes[0].stride_bytes,
                              .length_bytes = layout.length_bytes,
                              .capture_ns = 77};
}

static void test_formats_of_the_dialect(void **state) {
    (void)state;
    static const uint32_t expected[][2] = {{FERRY_FORMAT_GRAY, FERRY_FORMAT_GRAY},
                                           {FERRY_FORMAT_GRAY16LE, FERRY_FORMAT_GRAY16LE},
                                           {FERRY_FORMAT_BGR24, FERRY_FORMAT_BGR24},
                                           {FERRY_FORMAT_RGB24, FERRY_FORMAT_BGR24},
                                           {FERRY_FORMAT_BGRA, FERRY_FORMAT_BGRA},
                                           {FERRY_FORMAT_RGBA, FERRY_FORMAT_BGRA},
                                           {FERRY_FORMAT_YUYV422, FERRY_FORMAT_BGR24},
                                           {FERRY_FORMAT_NV12, FERRY_FORMAT_BGR24},
                                           {FERRY_FORMAT_YUV420P, FERRY_FORMAT_BGR24},
                                           {FERRY_FORMAT_RGB565LE, FERRY_FORMAT_BGR24},
                                           {FERRY_FORMAT_GRAY10LE, FERRY_FORMAT_GRAY16LE},
                                           {FERRY_FORMAT_GRAYF32LE, FERRY_FORMAT_GRAY16LE},
                                           {FERRY_FORMAT_ARGB, FERRY_FORMAT_BGRA},
                                           {FERRY_FORMAT_BGRX, FERRY_FORMAT_BGR24},
                                           {FERRY_FORMAT_P010LE, FERRY_FORMAT_BGR24},
                                           {FERRY_FORMAT_BAYER_RGGB8, FERRY_FORMAT_BGR24},
                                           {FERRY_FORMAT_MJPEG, FERRY_FORMAT_MJPEG},
                                           {0x30385056, 0x30385056}};
    stored_form native = {.dialect = FERRY_DIALECT_NATIVE};
    stored_form dialect = {.dialect = FERRY_DIALECT_BASEIMAGE};
    stored_form asked = {.dialect = FERRY_DIALECT_BASEIMAGE, .format = FERRY_FORMAT_RGBA};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(stored_format(&native, expected[i][0]), expected[i][0]);
        assert_int_equal(stored_format(&dialect, expected[i][0]), expected[i][1]);
        assert_int_equal(stored_format(&asked, expected[i][0]), FERRY_FORMAT_RGBA);
    }
}

static void test_without_wishes_all_stays(void **state) {
    (void)state;
    stored_form form = {.row_align_bytes = 0};
    ferry_frame_info picture = {.width = 3, .height = 2, .format = 0x30385056, .length_bytes = 99};
    ferry_frame_info stored;
    assert_int_equal(stored_describe(&form, &picture, &stored, NULL), FERRY_OK);
    assert_memory_equal(&stored, &picture, sizeof stored);
    stored_rows rows = stored_find_rows(&form, &picture, &stored);
    assert_true(rows.first_byte == 0 && rows.stride_bytes == 0);
}

static void test_strides_are_multiples(void **state) {
    (void)state;
    static const struct {
        uint32_t format, align, stride;
    } cases[] = {{FERRY_FORMAT_RGB24, 1, 33},   {FERRY_FORMAT_RGB24, 2, 34},
                 {FERRY_FORMAT_RGB24, 4, 36},   {FERRY_FORMAT_RGB24, 4096, 4096},
                 {FERRY_FORMAT_RGBA, 4, 44},    {FERRY_FORMAT_GRAY, 16, 16},
                 {FERRY_FORMAT_NV12, 8, 16},    {FERRY_FORMAT_YUV420P, 64, 64},
                 {FERRY_FORMAT_YUYV422, 32, 32}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        stored_form form = {.row_align_bytes = cases[i].align};
        ferry_frame_info picture = picture_of(cases[i].format, 11, 7), stored;
        assert_int_equal(stored_describe(&form, &picture, &stored, NULL), FERRY_OK);
        assert_int_equal(stored.stride_bytes, cases[i].stride);
        ferry_layout layout;
        ferry_layout_compute(&layout, cases[i].format, 11, 7, cases[i].stride);
        assert_int_equal(stored.length_bytes, layout.length_bytes);
        assert_int_equal(stored.capture_ns, 77);
        stored_rows rows = stored_find_rows(&form, &picture, &stored);
        assert_int_equal(rows.first_byte, 0);
        /* Nothing is done row by row that need not be. */
        assert_int_equal(rows.stride_bytes,
                         cases[i].stride == picture.stride_bytes ? 0 : picture.stride_bytes);
    }
}

static void test_the_format_counts_before_the_padding(void **state) {
    (void)state;
    stored_form form = {.format = FERRY_FORMAT_GRAY, .row_align_bytes = 8};
    ferry_frame_info picture = picture_of(FERRY_FORMAT_RGB24, 11, 7), stored;
    assert_int_equal(stored_describe(&form, &picture, &stored, NULL), FERRY_OK);
    assert_int_equal(stored.format, FERRY_FORMAT_GRAY);
    assert_int_equal(stored.bit_count, 8);
    assert_int_equal(stored.stride_bytes, 16);
    assert_int_equal(stored.length_bytes, 16 * 7);
}

static void test_rows_from_below(void **state) {
    (void)state;
    stored_form form = {.is_bottom_up = true};
    ferry_frame_info picture = picture_of(FERRY_FORMAT_RGB24, 11, 7), stored;
    assert_int_equal(stored_describe(&form, &picture, &stored, NULL), FERRY_OK);
    assert_int_equal(stored.stride_bytes, 33);
    stored_rows rows = stored_find_rows(&form, &picture, &stored);
    assert_int_equal(rows.first_byte, 6 * 33);
    assert_int_equal(rows.stride_bytes, -33);
}

static void test_what_cannot_be(void **state) {
    (void)state;
    ferry_error error;
    ferry_frame_info stored;
    ferry_frame_info planes = picture_of(FERRY_FORMAT_NV12, 8, 8);
    stored_form form = {.is_bottom_up = true};
    assert_int_equal(stored_describe(&form, &planes, &stored, &error), FERRY_NOT_SUPPORTED);
    assert_non_null(strstr(error.message, "nv12 has 2"));
    assert_non_null(strstr(error.message, "--format"));
    form.format = FERRY_FORMAT_GRAY;
    assert_int_equal(stored_describe(&form, &planes, &stored, &error), FERRY_OK);
    ferry_frame_info unnamed = {.width = 8, .height = 8, .format = 0x30385056, .length_bytes = 99};
    form = (stored_form){.row_align_bytes = 4};
    assert_int_equal(stored_describe(&form, &unnamed, &stored, &error), FERRY_NOT_SUPPORTED);
    /* 1 x 2^20 pixels with 4096 bytes each row: more than a frame can have. */
    ferry_frame_info tall = picture_of(FERRY_FORMAT_GRAY, 1, 1 << 20);
    form = (stored_form){.row_align_bytes = 4096};
    assert_int_equal(stored_describe(&form, &tall, &stored, &error), FERRY_TOO_LARGE);
}

/* A source of three pictures of 4 x 2, each filled with its number. */
typedef struct fake {
    source base;
    uint32_t format;
    int made;
    int closed;
} fake;

static bool fake_next(source *self, ferry_image *into) {
    fake *f = (fake *)self;
    f->base.is_broken = f->made == 3;
    if (f->made == 3)
        return false;
    f->made++;
    into->info = picture_of(f->format, 4, 2);
    if (f->base.draw == NULL) {
        assert_int_equal(ferry_image_reserve(into, into->info.length_bytes), FERRY_OK);
        memset(into->pixels, f->made, into->info.length_bytes);
    }
    return true;
}

static void fake_draw(source *self, uint8_t *pixels) {
    const fake *f = (const fake *)self;
    memset(pixels, f->made, 4 * 2);
}

static void fake_close(source *self) {
    ((fake *)self)->closed++;
}

static fake make_fake(uint32_t format) {
    return (fake){
        .base = {.rate = {.frames = 25, .seconds = 2}, .next = fake_next, .close = fake_close},
        .format = format};
}

/* Gray pictures as rgb24: three bytes of the number for each pixel. */
static void check_conversion(fake *f) {
    stored_form form = {.format = FERRY_FORMAT_RGB24};
    source *s = source_convert(&f->base, &form);
    assert_non_null(s);
    assert_null(s->draw);
    assert_int_equal(s->rate.frames, 25);
    assert_int_equal(s->rate.seconds, 2);
    ferry_image image = FERRY_IMAGE_INIT;
    for (int n = 1; n <= 3; n++) {
        assert_true(s->next(s, &image));
        assert_int_equal(image.info.format, FERRY_FORMAT_RGB24);
        assert_int_equal(image.info.length_bytes, 24);
        for (int i = 0; i < 24; i++)
            assert_int_equal(image.pixels[i], n);
    }
    assert_false(s->is_broken);
    assert_false(s->next(s, &image));
    assert_true(s->is_broken);
    s->close(s);
    assert_int_equal(f->closed, 1);
    ferry_image_free(&image);
}

static void test_a_source_in_another_format(void **state) {
    (void)state;
    fake pixels = make_fake(FERRY_FORMAT_GRAY);
    check_conversion(&pixels);
    fake drawn = make_fake(FERRY_FORMAT_GRAY);
    drawn.base.draw = fake_draw;
    check_conversion(&drawn);
    fake same = make_fake(FERRY_FORMAT_RGB24);
    check_conversion(&same);
}

static void test_what_is_still_is_made_once(void **state) {
    (void)state;
    fake f = make_fake(FERRY_FORMAT_GRAY);
    f.base.is_still = true;
    stored_form form = {.format = FERRY_FORMAT_RGB24};
    source *s = source_keep_still(source_convert(&f.base, &form));
    assert_non_null(s);
    ferry_image image = FERRY_IMAGE_INIT, other = FERRY_IMAGE_INIT;
    for (int i = 0; i < 10; i++) {
        assert_true(s->next(s, &image));
        assert_int_equal(f.made, 1);
        assert_int_equal(image.pixels[23], 1);
    }
    assert_true(s->next(s, &other));
    assert_int_equal(f.made, 2);
    assert_true(s->next(s, &other));
    assert_int_equal(f.made, 2);
    assert_int_equal(s->rate.frames, 25);
    s->close(s);
    assert_int_equal(f.closed, 1);
    ferry_image_free(&image);
    ferry_image_free(&other);
}

static void test_a_frame_has_to_fit(void **state) {
    (void)state;
    ferry_error error;
    ferry_frame_info info = picture_of(FERRY_FORMAT_GRAY, 4096, 2);
    assert_int_equal(
        source_check_size("x.png", &info, 8192 + FERRY_HEADER_BYTES, FERRY_DIALECT_NATIVE, NULL),
        FERRY_OK);
    info.length_bytes = 12288;
    assert_int_equal(source_check_size("x.png", &info, 12288, FERRY_DIALECT_NATIVE, &error),
                     FERRY_TOO_LARGE);
    assert_non_null(strstr(error.message, "x.png: "));
    assert_non_null(strstr(error.message, "--capacity 16384"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats_of_the_dialect),
        cmocka_unit_test(test_without_wishes_all_stays),
        cmocka_unit_test(test_strides_are_multiples),
        cmocka_unit_test(test_the_format_counts_before_the_padding),
        cmocka_unit_test(test_rows_from_below),
        cmocka_unit_test(test_what_cannot_be),
        cmocka_unit_test(test_a_source_in_another_format),
        cmocka_unit_test(test_what_is_still_is_made_once),
        cmocka_unit_test(test_a_frame_has_to_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
