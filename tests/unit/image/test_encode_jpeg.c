/* JPEG out of every format: sizes at the edges of blocks, padding, planes anywhere, each matrix and
 * range; against ferry_image_convert, after decoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/convert.h>
#include <frameferry/image.h>
#include <stdlib.h>
#include <string.h>

static const int32_t sizes[][2] = {{1, 1},   {1, 9},   {9, 1},   {2, 2},   {3, 5},
                                   {8, 8},   {15, 17}, {16, 16}, {17, 15}, {31, 33},
                                   {40, 24}, {65, 47}, {23, 100}};
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

/* A picture whose colors change slowly from edge to edge, so that little is lost. */
static void make_picture(ferry_image *out, uint32_t format, const int32_t size[2], uint32_t matrix,
                         uint32_t range) {
    ferry_frame_info info = {.width = size[0],
                             .height = size[1],
                             .format = FERRY_FORMAT_RGB24,
                             .color_matrix = matrix,
                             .color_range = range};
    uint8_t *pixels = malloc((size_t)size[0] * (size_t)size[1] * 3);
    assert_non_null(pixels);
    for (int32_t y = 0; y < size[1]; y++)
        for (int32_t x = 0; x < size[0]; x++) {
            uint8_t *pixel = pixels + (y * size[0] + x) * 3;
            pixel[0] = (uint8_t)(200 - x);
            pixel[1] = (uint8_t)(40 + y);
            pixel[2] = (uint8_t)(60 + x + y / 2);
        }
    assert_int_equal(ferry_image_convert(&info, pixels, format, out, NULL), FERRY_OK);
    free(pixels);
}

/* Fails where a pixel is farther from the wanted one than this. */
static void assert_near(const ferry_image *image, const ferry_image *wanted, int distance,
                        const char *name) {
    assert_int_equal(image->info.width, wanted->info.width);
    assert_int_equal(image->info.height, wanted->info.height);
    assert_int_equal(image->info.length_bytes, wanted->info.length_bytes);
    for (size_t i = 0; i < image->info.length_bytes; i++)
        if (abs(image->pixels[i] - wanted->pixels[i]) > distance)
            fail_msg("%s %d x %d, matrix %u, range %u: byte %zu is %d instead of %d", name,
                     (int)image->info.width, (int)image->info.height,
                     (unsigned)wanted->info.color_matrix, (unsigned)wanted->info.color_range, i,
                     image->pixels[i], wanted->pixels[i]);
}

static void encode(const ferry_frame_info *info, const uint8_t *pixels, uint32_t quality,
                   ferry_image_file *out) {
    ferry_error error;
    ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
    options.jpeg_quality = quality;
    if (ferry_image_encode("a.jpg", info, pixels, &options, out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

static void decode(const ferry_image_file *file, ferry_image *out) {
    ferry_error error;
    if (ferry_image_decode(file->bytes, file->length_bytes, "a.jpg", NULL, out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

/* Through a file, and by conversion. */
static void assert_round(const ferry_frame_info *info, const uint8_t *pixels, int distance) {
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    ferry_image decoded = FERRY_IMAGE_INIT, wanted = FERRY_IMAGE_INIT;
    encode(info, pixels, 100, &file);
    decode(&file, &decoded);
    assert_int_equal(ferry_image_convert(info, pixels, decoded.info.format, &wanted, NULL),
                     FERRY_OK);
    assert_near(&decoded, &wanted, distance, ferry_format_name(info->format));
    ferry_image_file_free(&file);
    ferry_image_free(&decoded);
    ferry_image_free(&wanted);
}

/* Chroma that pixels share is repeated by a conversion, and smoothed by what decodes JPEG. */
enum { NEAR = 5 };

static void every_format_and_size(void **state) {
    (void)state;
    for (size_t k = 0; ferry_format_bit_count(ferry_format_at(k)) != 0; k++)
        for (size_t i = 0; i < SIZE_COUNT; i++) {
            ferry_image image = FERRY_IMAGE_INIT;
            make_picture(&image, ferry_format_at(k), sizes[i], FERRY_MATRIX_BT601,
                         FERRY_RANGE_LIMITED);
            /* Bayer and rgb565 have coarse colors already, and are the same picture to both. */
            assert_round(&image.info, image.pixels, NEAR);
            ferry_image_free(&image);
        }
}

static void every_matrix_and_range(void **state) {
    (void)state;
    static const uint32_t formats[] = {
        FERRY_FORMAT_YUYV422, FERRY_FORMAT_UYVY422, FERRY_FORMAT_NV12,    FERRY_FORMAT_NV21,
        FERRY_FORMAT_NV16,    FERRY_FORMAT_YUV420P, FERRY_FORMAT_YUV422P, FERRY_FORMAT_YUV444P,
        FERRY_FORMAT_P010LE,  FERRY_FORMAT_RGB24};
    for (size_t k = 0; k < sizeof formats / sizeof formats[0]; k++)
        for (uint32_t matrix = 0; matrix <= FERRY_MATRIX_BT2020; matrix++)
            for (uint32_t range = 0; range <= FERRY_RANGE_FULL; range++)
                for (size_t i = 0; i < SIZE_COUNT; i += 3) {
                    ferry_image image = FERRY_IMAGE_INIT;
                    make_picture(&image, formats[k], sizes[i], matrix, range);
                    image.info.color_matrix = matrix; /* unspecified ones too */
                    image.info.color_range = range;
                    assert_round(&image.info, image.pixels, NEAR);
                    ferry_image_free(&image);
                }
}

/* Where the planes of a picture are is no matter: the file has the same bytes. */
static void planes_anywhere(void **state) {
    (void)state;
    for (size_t k = 0; ferry_format_bit_count(ferry_format_at(k)) != 0; k++) {
        ferry_image image = FERRY_IMAGE_INIT;
        ferry_image_file plain = FERRY_IMAGE_FILE_INIT, moved = FERRY_IMAGE_FILE_INIT;
        ferry_layout layout;
        make_picture(&image, ferry_format_at(k), sizes[8], FERRY_MATRIX_BT709, FERRY_RANGE_FULL);
        encode(&image.info, image.pixels, 0, &plain);
        assert_int_equal(ferry_layout_of(&layout, &image.info), FERRY_OK);
        static uint8_t pixels[1 << 16];
        memset(pixels, 77, sizeof pixels);
        ferry_frame_info info = image.info;
        info.plane_count = layout.plane_count;
        info.stride_bytes = info.length_bytes = 0;
        uint32_t next = 13;
        for (uint32_t p = layout.plane_count; p-- > 0;) { /* the last plane comes first */
            const ferry_plane *from = &layout.planes[p];
            uint32_t stride = from->row_bytes + 7 + p;
            info.plane_offset_bytes[p] = next;
            info.plane_stride_bytes[p] = stride;
            for (uint32_t y = 0; y < from->rows; y++)
                memcpy(pixels + next + y * stride,
                       image.pixels + from->offset_bytes + y * from->stride_bytes, from->row_bytes);
            next += stride * from->rows + 5;
            assert_true(next < sizeof pixels);
        }
        encode(&info, pixels, 0, &moved);
        assert_int_equal(moved.length_bytes, plain.length_bytes);
        assert_memory_equal(moved.bytes, plain.bytes, plain.length_bytes);
        ferry_image_file_free(&plain);
        ferry_image_file_free(&moved);
        ferry_image_free(&image);
    }
}

/* A block that the picture fills in part is flat if the picture is flat there: what lies behind the
 * edge leaves no trace, however little of a block is kept. */
static void blocks_at_the_edges(void **state) {
    (void)state;
    enum { WIDTH = 37, HEIGHT = 35, DARK = 16, FLAT_FROM = 32 };
    static const uint32_t formats[] = {FERRY_FORMAT_YUYV422, FERRY_FORMAT_NV12,
                                       FERRY_FORMAT_YUV420P, FERRY_FORMAT_YUV444P,
                                       FERRY_FORMAT_RGB24,   FERRY_FORMAT_GRAY};
    static uint8_t pixels[WIDTH * HEIGHT * 3];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = i / 3 % WIDTH < DARK && i / 3 / WIDTH < DARK ? 20 : 230;
    const ferry_frame_info info = {.width = WIDTH, .height = HEIGHT, .format = FERRY_FORMAT_RGB24};
    for (size_t k = 0; k < sizeof formats / sizeof formats[0]; k++) {
        ferry_image image = FERRY_IMAGE_INIT, decoded = FERRY_IMAGE_INIT;
        ferry_image_file file = FERRY_IMAGE_FILE_INIT;
        assert_int_equal(ferry_image_convert(&info, pixels, formats[k], &image, NULL), FERRY_OK);
        encode(&image.info, image.pixels, 10, &file);
        decode(&file, &decoded);
        size_t bytes = decoded.info.length_bytes / (WIDTH * HEIGHT);
        for (size_t i = 0; i < decoded.info.length_bytes; i++)
            if ((i / bytes % WIDTH >= FLAT_FROM || i / bytes / WIDTH >= FLAT_FROM) &&
                abs(decoded.pixels[i] - 230) > 8)
                fail_msg("%s: pixel %zu, %zu is %d", ferry_format_name(formats[k]),
                         i / bytes % WIDTH, i / bytes / WIDTH, decoded.pixels[i]);
        ferry_image_file_free(&file);
        ferry_image_free(&decoded);
        ferry_image_free(&image);
    }
}

/* A matrix or a range of colors that has no meaning is refused as before. */
static void colors_without_a_meaning(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    make_picture(&image, FERRY_FORMAT_YUV420P, sizes[5], 0, 0);
    ferry_frame_info info = image.info;
    info.color_matrix = FERRY_MATRIX_BT2020 + 1;
    assert_int_equal(ferry_image_encode("a.jpg", &info, image.pixels, NULL, &file, NULL),
                     FERRY_INVALID_ARGUMENT);
    info = image.info;
    info.color_range = FERRY_RANGE_FULL + 1;
    assert_int_equal(ferry_image_encode("a.jpg", &info, image.pixels, NULL, &file, NULL),
                     FERRY_INVALID_ARGUMENT);
    ferry_image_file_free(&file);
    ferry_image_free(&image);
}

/* On both sides of the longest that libjpeg-turbo takes, which is less than a file can have. */
static void long_sides(void **state) {
    (void)state;
    static const int32_t lengths[] = {65499, 65500, 65501, 65535};
    for (size_t i = 0; i < 4; i++)
        for (int turn = 0; turn < 2; turn++) {
            ferry_frame_info info = {.width = turn == 0 ? lengths[i] : 3,
                                     .height = turn == 0 ? 3 : lengths[i],
                                     .format = FERRY_FORMAT_YUV420P};
            ferry_layout layout;
            ferry_image_file file = FERRY_IMAGE_FILE_INIT;
            assert_int_equal(ferry_layout_of(&layout, &info), FERRY_OK);
            uint8_t *pixels = calloc(1, layout.length_bytes);
            assert_non_null(pixels);
            encode(&info, pixels, 0, &file);
            bool found = false; /* the header of the frame, which has the size */
            for (size_t k = 0; k + 9 < file.length_bytes && !found; k++) {
                const uint8_t *at = file.bytes + k;
                found = at[0] == 0xff && at[1] == 0xc0 && at[5] * 256 + at[6] == info.height &&
                        at[7] * 256 + at[8] == info.width;
            }
            assert_true(found);
            free(pixels);
            ferry_image_file_free(&file);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_and_size), cmocka_unit_test(every_matrix_and_range),
        cmocka_unit_test(planes_anywhere),       cmocka_unit_test(long_sides),
        cmocka_unit_test(blocks_at_the_edges),   cmocka_unit_test(colors_without_a_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
