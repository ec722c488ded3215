/* The values of pixels, of every format that has some: against conversions, and where they cannot
 * be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "picture/values.h"
#include "web_pictures.h"

#include <math.h>

static ferry_error error;

enum { WIDTH = 7, HEIGHT = 5 };

static void read_all(const frame_in_memory *f, double *out) {
    const values_part all = {0, 0, f->info.width, f->info.height};
    if (values_read(&f->info, f->pixels, &all, out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

static frame_in_memory frame_of(ferry_image *image) {
    return (frame_in_memory){image->info, image->pixels};
}

/* rgb24 of random colors, or yuv444p with the same chroma in squares of four, in a format. */
static void make(ferry_image *out, uint32_t format, const uint8_t *bytes, bool is_yuv) {
    ferry_frame_info info = {.width = WIDTH,
                             .height = HEIGHT,
                             .format = is_yuv ? FERRY_FORMAT_YUV444P : FERRY_FORMAT_RGB24};
    assert_int_equal(ferry_image_convert(&info, bytes, format, out, NULL), FERRY_OK);
}

static void fill(uint8_t *rgb, uint8_t *yuv) {
    for (size_t i = 0; i < WIDTH * HEIGHT * 3; i++)
        rgb[i] = noise();
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        yuv[i] = noise();
    for (size_t plane = 1; plane < 3; plane++)
        for (size_t y = 0; y < HEIGHT; y++)
            for (size_t x = 0; x < WIDTH; x++) {
                uint8_t *row = yuv + plane * WIDTH * HEIGHT + y * WIDTH;
                row[x] = x % 2 == 1 ? row[x - 1] : y % 2 == 1 ? row[x - WIDTH] : noise();
            }
}

/* Checks that value is the byte in so many bits, to the nearest. */
static void assert_value(double value, uint8_t byte, unsigned bits, bool is_yuv,
                         const char *format) {
    double most = is_yuv ? 255.0 * (1u << (bits - 8)) : (1u << bits) - 1; /* YUV is shifted */
    if (fabs(value - byte / 255.0 * most) > (bits == 8 ? 0 : most / 255 * 0.51 + 0.51))
        fail_msg("%s: %g is not %u of 255", format, value, byte);
}

static void colors_of_every_format(void **state) {
    (void)state;
    static uint8_t rgb[WIDTH * HEIGHT * 3], yuv[WIDTH * HEIGHT * 3];
    double values[WIDTH * HEIGHT * SAMPLES_COMPONENTS_MAX];
    uint32_t format;
    fill(rgb, yuv);
    for (size_t k = 0; (format = format_with_pixels(k)) != 0; k++) {
        const samples *s = samples_find(format);
        assert_non_null(s);
        const char *first = s->component[0].name;
        if (strcmp(first, "gray") == 0)
            continue;
        bool is_yuv = strcmp(first, "Y") == 0;
        ferry_image image = FERRY_IMAGE_INIT;
        make(&image, format, is_yuv ? yuv : rgb, is_yuv);
        frame_in_memory f = frame_of(&image);
        read_all(&f, values);
        for (size_t i = 0; i < WIDTH * HEIGHT; i++)
            for (size_t c = 0; c < s->count; c++) {
                double value = values[i * s->count + c];
                char letter = s->colors != NULL
                                  ? samples_color_at(s, (int32_t)(i % WIDTH), (int32_t)(i / WIDTH))
                                  : s->component[c].name[0];
                size_t at = letter == 'R' ? 0 : letter == 'G' ? 1 : 2;
                if (letter == 'A')
                    assert_true(value == 255);
                else
                    assert_value(value, is_yuv ? yuv[c * WIDTH * HEIGHT + i] : rgb[i * 3 + at],
                                 s->component[c].bits, is_yuv, ferry_format_name(format));
            }
        ferry_image_free(&image);
    }
}

static void assert_gray(uint32_t format, const void *pixels, const double *wanted, unsigned bits) {
    const samples *s = samples_find(format);
    frame_in_memory f = {{.width = 2, .height = 2, .format = format}, (uint8_t *)(uintptr_t)pixels};
    double values[4];
    read_all(&f, values);
    assert_int_equal(s->count, 1);
    assert_string_equal(s->component[0].name, "gray");
    assert_int_equal(s->bits, bits);
    assert_int_equal(samples_color_at(s, 0, 0), 0);
    for (size_t i = 0; i < 4; i++)
        assert_true(values[i] == wanted[i] || (isnan(values[i]) && isnan(wanted[i])));
}

/* Numbers are what is stored, also what no sender should make. */
static void gray_as_it_is(void **state) {
    (void)state;
    const uint8_t bytes[4] = {0, 1, 254, 255};
    const uint16_t words[4] = {0, 1023, 1024, 65535};
    const float numbers[4] = {-7.5f, 0.25f, NAN, INFINITY};
    assert_gray(FERRY_FORMAT_GRAY, bytes, (const double[]){0, 1, 254, 255}, 8);
    assert_gray(FERRY_FORMAT_GRAY10LE, words, (const double[]){0, 1023, 1024, 65535}, 10);
    assert_gray(FERRY_FORMAT_GRAY12LE, words, (const double[]){0, 1023, 1024, 65535}, 12);
    assert_gray(FERRY_FORMAT_GRAY16LE, words, (const double[]){0, 1023, 1024, 65535}, 16);
    assert_gray(FERRY_FORMAT_GRAYF32LE, numbers, (const double[]){-7.5, 0.25, NAN, INFINITY}, 32);
}

/* p010 has its 10 bits above 6 others; rgb565 three values in a word. */
static void parts_of_words(void **state) {
    (void)state;
    const uint16_t p010[6] = {1023 << 6, 5 << 6 | 63, 0, 1 << 6, 512 << 6, 700 << 6};
    frame_in_memory f = {{.width = 2, .height = 2, .format = FERRY_FORMAT_P010LE},
                         (uint8_t *)(uintptr_t)p010};
    double values[12];
    read_all(&f, values);
    const double wanted[12] = {1023, 512, 700, 5, 512, 700, 0, 512, 700, 1, 512, 700};
    for (size_t i = 0; i < 12; i++)
        assert_true(values[i] == wanted[i]);
    const uint16_t pixel = 31 << 11 | 33 << 5 | 2;
    f = (frame_in_memory){{.width = 1, .height = 1, .format = FERRY_FORMAT_RGB565LE},
                          (uint8_t *)(uintptr_t)&pixel};
    read_all(&f, values);
    assert_true(values[0] == 31 && values[1] == 33 && values[2] == 2);
    assert_int_equal(samples_find(FERRY_FORMAT_RGB565LE)->bits, 6);
}

/* A part has what the whole has there, wherever the rows and planes lie. */
static void parts_of_a_picture(void **state) {
    (void)state;
    uint32_t format;
    for (size_t k = 0; (format = format_with_pixels(k)) != 0; k++) {
        frame_in_memory f = noise_frame(format, WIDTH, HEIGHT, 12);
        const size_t count = samples_find(format)->count;
        double all[WIDTH * HEIGHT * SAMPLES_COMPONENTS_MAX];
        double some[WIDTH * HEIGHT * SAMPLES_COMPONENTS_MAX];
        read_all(&f, all);
        const values_part part = {3, 1, 4, 3};
        assert_int_equal(values_read(&f.info, f.pixels, &part, some, &error), FERRY_OK);
        for (size_t y = 0; y < 3; y++)
            assert_memory_equal(some + y * 4 * count, all + ((y + 1) * WIDTH + 3) * count,
                                4 * count * sizeof *some);
        free(f.pixels);
    }
}

static void assert_refused(const ferry_frame_info *info, values_part part, ferry_status wanted) {
    static const uint8_t pixels[64];
    double value[64];
    error = (ferry_error)FERRY_ERROR_INIT;
    assert_int_equal(values_read(info, pixels, &part, value, &error), wanted);
    assert_int_equal(error.status, wanted);
    assert_true(error.message[0] != '\0');
}

static void what_cannot_be_read(void **state) {
    (void)state;
    const ferry_frame_info good = {.width = 4, .height = 3, .format = FERRY_FORMAT_GRAY};
    static const values_part outside[] = {
        {-1, 0, 1, 1}, {0, -1, 1, 1},        {4, 0, 1, 1},         {0, 3, 1, 1},
        {0, 0, 5, 1},  {0, 0, 1, 4},         {3, 2, 2, 1},         {3, 2, 1, 2},
        {0, 0, 0, 1},  {0, 0, 1, 0},         {1, 1, INT32_MAX, 1}, {1, 1, 1, INT32_MAX},
        {0, 0, -1, 1}, {INT32_MAX, 0, 1, 1}, {INT32_MIN, 0, 1, 1}};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        assert_refused(&good, outside[i], FERRY_INVALID_ARGUMENT);
    const values_part first = {0, 0, 1, 1};
    static const uint32_t formats[] = {FERRY_FORMAT_MJPEG, FERRY_FORMAT_H264, FERRY_FORMAT_TEXT,
                                       FERRY_FOURCC('V', 'P', '8', '0')};
    for (size_t i = 0; i < 4; i++) {
        ferry_frame_info info = {.width = 4, .height = 3, .format = formats[i]};
        assert_refused(&info, first, FERRY_NOT_SUPPORTED);
        assert_null(samples_find(formats[i]));
    }
    ferry_frame_info bad = good;
    bad.length_bytes = 11;
    assert_refused(&bad, first, FERRY_INVALID_ARGUMENT);
    bad = good;
    bad.stride_bytes = 3;
    assert_refused(&bad, first, FERRY_INVALID_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colors_of_every_format), cmocka_unit_test(gray_as_it_is),
        cmocka_unit_test(parts_of_words),         cmocka_unit_test(parts_of_a_picture),
        cmocka_unit_test(what_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
