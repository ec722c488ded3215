/* Colors in saved files, against numbers that were not computed by the code under test, and read by
 * readers that know nothing of it. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/convert.h>

#include "image_files.h"

static void save(const char *path, const ferry_frame_info *info, const uint8_t *pixels,
                 uint32_t quality) {
    ferry_error error;
    ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
    options.jpeg_quality = quality;
    if (ferry_image_save(path, info, pixels, &options, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

/* ---- readers: BMP with 24 and 32 bits, TGA with run lengths; rows from the bottom ---- */

static uint8_t file[1 << 20];
static size_t file_length;

static void read_file(const char *path) {
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    file_length = fread(file, 1, sizeof file, stream);
    fclose(stream);
    assert_true(file_length > 0 && file_length < sizeof file);
}

static uint32_t number(size_t at, size_t bytes) {
    uint32_t value = 0;
    assert_true(at + bytes <= file_length);
    for (size_t i = 0; i < bytes; i++)
        value |= (uint32_t)file[at + i] << 8 * i;
    return value;
}

/* out: R, G, B and A for each pixel, from the top. */
static void read_bmp(const char *path, uint32_t width, uint32_t height, uint8_t *out) {
    read_file(path);
    assert_memory_equal(file, "BM", 2);
    assert_int_equal(number(2, 4), file_length);
    uint32_t start = number(10, 4), bytes = number(28, 2) / 8, masks = number(30, 4) == 3;
    assert_int_equal(number(18, 4), width);
    assert_int_equal(number(22, 4), height);
    assert_true(bytes == 3 || (bytes == 4 && masks));
    if (masks) {
        assert_int_equal(number(54, 4), 0xff0000);
        assert_int_equal(number(62, 4), 0xff);
        assert_int_equal(number(66, 4), 0xff000000);
    }
    size_t row = (width * bytes + 3) / 4 * 4;
    assert_int_equal(start + row * height, file_length);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++, out += 4) {
            const uint8_t *in = file + start + row * (height - 1 - y) + x * bytes;
            out[0] = in[2];
            out[1] = in[1];
            out[2] = in[0];
            out[3] = bytes == 4 ? in[3] : 255;
        }
}

static void read_tga(const char *path, uint32_t width, uint32_t height, uint8_t *out) {
    read_file(path);
    uint32_t bytes = number(16, 1) / 8;
    assert_int_equal(number(2, 1), bytes == 1 ? 11 : 10);
    assert_int_equal(number(12, 2), width);
    assert_int_equal(number(14, 2), height);
    assert_int_equal(number(17, 1), bytes == 4 ? 8 : 0);
    size_t at = 18;
    for (uint32_t done = 0; done < width * height;) {
        uint32_t packet = number(at++, 1), count = (packet & 127) + 1;
        for (uint32_t i = 0; i < count; i++, done++) {
            assert_true(at + bytes <= file_length && done < width * height);
            uint8_t *to = out + 4 * (width * (height - 1 - done / width) + done % width);
            to[0] = file[at + (bytes > 1 ? 2 : 0)];
            to[1] = file[at + (bytes > 1 ? 1 : 0)];
            to[2] = file[at];
            to[3] = bytes == 4 ? file[at + 3] : 255;
            if (packet < 128 || i + 1 == count)
                at += bytes;
        }
    }
    assert_int_equal(at, file_length);
}

/* ---- pixels that say where they are ---- */

enum { WIDTH = 17, HEIGHT = 13, COUNT = WIDTH * HEIGHT };

static void ramp(uint8_t *pixels, size_t bytes_a_pixel) {
    for (size_t i = 0; i < COUNT * bytes_a_pixel; i++)
        pixels[i] = (uint8_t)(i / bytes_a_pixel * (2 * (i % bytes_a_pixel) + 1) +
                              (i / bytes_a_pixel % 5 < 2 ? 31u : 0u));
}

static void readers_of_others_agree(void **state) {
    (void)state;
    static const struct {
        uint32_t format;
        size_t bytes, channel[4]; /* where R, G, B and A are; 4: nowhere */
    } cases[] = {{FERRY_FORMAT_GRAY, 1, {0, 0, 0, 4}},  {FERRY_FORMAT_GRAY16LE, 2, {0, 0, 0, 4}},
                 {FERRY_FORMAT_RGB24, 3, {0, 1, 2, 4}}, {FERRY_FORMAT_BGR24, 3, {2, 1, 0, 4}},
                 {FERRY_FORMAT_RGBA, 4, {0, 1, 2, 3}},  {FERRY_FORMAT_BGRA, 4, {2, 1, 0, 3}}};
    uint8_t pixels[COUNT * 4], bmp[COUNT * 4], tga[COUNT * 4];
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        ferry_frame_info info = {.width = WIDTH, .height = HEIGHT, .format = cases[k].format};
        ramp(pixels, cases[k].bytes);
        save(path_of("a.bmp"), &info, pixels, 0);
        save(path_of("a.tga"), &info, pixels, 0);
        read_bmp(path_of("a.bmp"), WIDTH, HEIGHT, bmp);
        read_tga(path_of("a.tga"), WIDTH, HEIGHT, tga);
        for (size_t i = 0; i < COUNT * 4; i++) {
            size_t channel = cases[k].channel[i % 4];
            const uint8_t *sample = pixels + i / 4 * cases[k].bytes + channel % 4;
            uint8_t wanted = channel == 4 ? 255 : *sample;
            if (cases[k].format == FERRY_FORMAT_GRAY16LE && channel != 4) /* to the nearest */
                wanted = (uint8_t)(((sample[0] | sample[1] << 8) * 255 + 32768) / 65536);
            assert_int_equal(bmp[i], wanted);
            assert_int_equal(tga[i], wanted);
        }
    }
    files_in_folder(1);
}

/* ---- YUV ---- */

typedef struct color {
    uint32_t matrix, range;
    uint8_t yuv[3], rgb[3];
} color;

/* Computed with fractions from the definitions of ITU-R BT.601 and BT.709; none of them is near the
 * middle between two values. */
static const color colors[] = {
    {FERRY_MATRIX_BT601, FERRY_RANGE_LIMITED, {126, 128, 128}, {128, 128, 128}},
    {FERRY_MATRIX_BT601, FERRY_RANGE_LIMITED, {81, 90, 240}, {254, 0, 0}},
    {FERRY_MATRIX_BT601, FERRY_RANGE_LIMITED, {145, 54, 34}, {0, 255, 1}},
    {FERRY_MATRIX_BT601, FERRY_RANGE_LIMITED, {180, 100, 160}, {242, 176, 134}},
    {FERRY_MATRIX_BT601, FERRY_RANGE_LIMITED, {200, 60, 200}, {255, 182, 77}},
    {FERRY_MATRIX_BT601, FERRY_RANGE_FULL, {126, 128, 128}, {126, 126, 126}},
    {FERRY_MATRIX_BT601, FERRY_RANGE_FULL, {81, 90, 240}, {238, 14, 14}},
    {FERRY_MATRIX_BT601, FERRY_RANGE_FULL, {145, 54, 34}, {13, 238, 14}},
    {FERRY_MATRIX_BT601, FERRY_RANGE_FULL, {180, 100, 160}, {225, 167, 130}},
    {FERRY_MATRIX_BT601, FERRY_RANGE_FULL, {32, 240, 118}, {18, 1, 230}},
    {FERRY_MATRIX_BT709, FERRY_RANGE_LIMITED, {126, 128, 128}, {128, 128, 128}},
    {FERRY_MATRIX_BT709, FERRY_RANGE_LIMITED, {63, 102, 240}, {255, 1, 0}},
    {FERRY_MATRIX_BT709, FERRY_RANGE_LIMITED, {145, 54, 34}, {0, 216, 0}},
    {FERRY_MATRIX_BT709, FERRY_RANGE_LIMITED, {180, 100, 160}, {248, 180, 132}},
    {FERRY_MATRIX_BT709, FERRY_RANGE_LIMITED, {200, 60, 200}, {255, 190, 71}},
    {FERRY_MATRIX_BT709, FERRY_RANGE_FULL, {126, 128, 128}, {126, 126, 126}},
    {FERRY_MATRIX_BT709, FERRY_RANGE_FULL, {63, 102, 240}, {239, 15, 15}},
    {FERRY_MATRIX_BT709, FERRY_RANGE_FULL, {145, 54, 34}, {0, 203, 8}},
    {FERRY_MATRIX_BT709, FERRY_RANGE_FULL, {180, 100, 160}, {230, 170, 128}},
    {FERRY_MATRIX_BT709, FERRY_RANGE_FULL, {32, 240, 118}, {16, 16, 240}},
};

/* One color all over, in rows with padding of another one. */
static void fill_yuv(uint8_t *out, const ferry_frame_info *info, const uint8_t *yuv) {
    ferry_layout layout;
    assert_int_equal(
        ferry_layout_compute(&layout, info->format, info->width, info->height, info->stride_bytes),
        FERRY_OK);
    memset(out, 77, layout.length_bytes);
    for (size_t p = 0; p < layout.plane_count; p++)
        for (size_t y = 0; y < layout.planes[p].rows; y++)
            for (size_t x = 0; x < layout.planes[p].row_bytes; x++) {
                size_t channel = p; /* yuv420p */
                if (info->format == FERRY_FORMAT_YUYV422)
                    channel = x % 2 == 0 ? 0 : 1 + x % 4 / 2;
                else if (info->format == FERRY_FORMAT_NV12 && p == 1)
                    channel = 1 + x % 2;
                out[layout.planes[p].offset_bytes + y * layout.planes[p].stride_bytes + x] =
                    yuv[channel];
            }
}

static void assert_color(const char *path, const ferry_frame_info *info, const uint8_t *rgb,
                         int error_max) {
    ferry_image image = FERRY_IMAGE_INIT;
    load(path, &image);
    assert_int_equal(image.info.width, info->width);
    assert_int_equal(image.info.height, info->height);
    assert_int_equal(image.info.format, FERRY_FORMAT_RGB24);
    for (size_t i = 0; i < image.info.length_bytes; i++)
        if (abs(image.pixels[i] - rgb[i % 3]) > error_max)
            fail_msg("%s: %d instead of %d", path, image.pixels[i], rgb[i % 3]);
    ferry_image_free(&image);
}

static void yuv_has_the_right_colors(void **state) {
    (void)state;
    static const uint32_t formats[] = {FERRY_FORMAT_YUYV422, FERRY_FORMAT_NV12,
                                       FERRY_FORMAT_YUV420P};
    static uint8_t pixels[4096];
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < sizeof colors / sizeof colors[0]; i++) {
            ferry_frame_info info = {.width = WIDTH,
                                     .height = HEIGHT,
                                     .format = formats[k],
                                     .stride_bytes = 64,
                                     .color_matrix = colors[i].matrix,
                                     .color_range = colors[i].range};
            fill_yuv(pixels, &info, colors[i].yuv);
            static const char *const names[] = {"a.png", "a.bmp", "a.tga", "a.jpg"};
            for (size_t n = 0; n < 4; n++) {
                save(path_of(names[n]), &info, pixels, 0);
                assert_color(path_of(names[n]), &info, colors[i].rgb, n < 3 ? 0 : 4);
            }
        }
    files_in_folder(1);
}

/* What is not said is BT.601 and limited, also of a picture as large as those that are BT.709. */
static void yuv_of_unsaid_color(void **state) {
    (void)state;
    static uint8_t pixels[4 * 720 * 2];
    for (int32_t height = 719; height <= 720; height++) {
        const color *c = &colors[3];
        ferry_frame_info info = {.width = 2, .height = height, .format = FERRY_FORMAT_YUV420P};
        fill_yuv(pixels, &info, c->yuv);
        save(path_of("a.png"), &info, pixels, 0);
        assert_color(path_of("a.png"), &info, c->rgb, 0);
    }
    files_in_folder(1);
}

/* ---- JPEG ---- */

static double error_of_jpeg(const ferry_frame_info *info, const uint8_t *pixels, uint32_t quality,
                            long *file_bytes) {
    ferry_image image = FERRY_IMAGE_INIT, wanted = FERRY_IMAGE_INIT;
    save(path_of("a.jpg"), info, pixels, quality);
    read_file(path_of("a.jpg"));
    *file_bytes = (long)file_length;
    load(path_of("a.jpg"), &image);
    /* Which is gray if it was, in a build that has libjpeg-turbo. */
    assert_int_equal(ferry_image_convert(info, pixels, image.info.format, &wanted, NULL), FERRY_OK);
    assert_int_equal(image.info.length_bytes, wanted.info.length_bytes);
    double sum = 0;
    for (size_t i = 0; i < wanted.info.length_bytes; i++)
        sum += abs(image.pixels[i] - wanted.pixels[i]);
    sum /= wanted.info.length_bytes;
    ferry_image_free(&image);
    ferry_image_free(&wanted);
    return sum;
}

/* Smooth pictures come back nearly as they were; the more so the higher the quality. */
static void jpeg_loses_little(void **state) {
    (void)state;
    enum { SIDE = 67 };
    static uint8_t pixels[SIDE * SIDE * 4];
    for (size_t k = 0; k < 6; k++) {
        ferry_frame_info info = {.width = SIDE, .height = SIDE, .format = ferry_format_at(k)};
        size_t bytes = ferry_format_bit_count(info.format) / 8;
        for (size_t i = 0; i < SIDE * SIDE * bytes; i++)
            pixels[i] = (uint8_t)(i / bytes % SIDE + i / bytes / SIDE * 2 + i % bytes * 15);
        long low_bytes, bytes_90, default_bytes, high_bytes;
        double low = error_of_jpeg(&info, pixels, 10, &low_bytes);
        double middle = error_of_jpeg(&info, pixels, 90, &bytes_90);
        double unsaid = error_of_jpeg(&info, pixels, 0, &default_bytes);
        double high = error_of_jpeg(&info, pixels, 100, &high_bytes);
        assert_true(high < 1 && high < middle && middle < 2 && middle < low);
        assert_true(low_bytes < bytes_90 && bytes_90 < high_bytes);
        assert_true(default_bytes == bytes_90 && unsaid <= middle && middle <= unsaid);
    }
    files_in_folder(1);
}

/* An alpha channel is left out: nothing is mixed with a background. */
static void jpeg_without_alpha(void **state) {
    (void)state;
    uint8_t pixels[16 * 16 * 4];
    const uint8_t wanted[3] = {200, 100, 50};
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = i % 4 < 3 ? wanted[i % 4] : (uint8_t)(i / 4);
    ferry_frame_info info = {.width = 16, .height = 16, .format = FERRY_FORMAT_RGBA};
    save(path_of("a.JPG"), &info, pixels, 100);
    assert_color(path_of("a.JPG"), &info, wanted, 2);
    files_in_folder(1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_of_others_agree), cmocka_unit_test(yuv_has_the_right_colors),
        cmocka_unit_test(yuv_of_unsaid_color),     cmocka_unit_test(jpeg_loses_little),
        cmocka_unit_test(jpeg_without_alpha),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
