/* Pictures of another size: every format, means, edges, alpha, descriptions, failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/convert.h>
#include <frameferry/image.h>
#include <stdlib.h>
#include <string.h>

static ferry_error error;

/* ---- memory, which ends as a test says ---- */

static int allocations_left = -1; /* -1: no end */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size) {
    if (allocations_left == 0)
        return NULL;
    allocations_left -= allocations_left > 0;
    return __real_malloc(size);
}

/* ---- pictures ---- */

static void scale(const ferry_frame_info *info, const uint8_t *pixels, int32_t width,
                  int32_t height, ferry_image *out) {
    if (ferry_image_scale(info, pixels, width, height, out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

static void convert(const ferry_image *image, uint32_t format, ferry_image *out) {
    assert_int_equal(ferry_image_convert(&image->info, image->pixels, format, out, NULL), FERRY_OK);
}

/* Colors that change slowly and linearly across the picture, whatever its size. */
static void make_picture(ferry_image *out, uint32_t format, int32_t width, int32_t height) {
    ferry_frame_info info = {.width = width, .height = height, .format = FERRY_FORMAT_RGB24};
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 3);
    assert_non_null(pixels);
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++) {
            uint8_t *pixel = pixels + (y * width + x) * 3;
            pixel[0] = (uint8_t)(60 + 100 * (2 * x + 1) / (2 * width));
            pixel[1] = (uint8_t)(200 - 120 * (2 * y + 1) / (2 * height));
            pixel[2] =
                (uint8_t)(100 + 50 * (2 * x + 1) / (2 * width) + 50 * (2 * y + 1) / (2 * height));
        }
    assert_int_equal(ferry_image_convert(&info, pixels, format, out, NULL), FERRY_OK);
    free(pixels);
}

static bool is_bayer(uint32_t format) {
    return strncmp(ferry_format_name(format), "bayer", 5) == 0;
}

/* Every named format that can be scaled. */
static uint32_t next_format(size_t *k) {
    for (;; (*k)++) {
        uint32_t format = ferry_format_at(*k);
        if (format == 0 || (ferry_format_bit_count(format) != 0 && !is_bayer(format))) {
            (*k)++;
            return format;
        }
    }
}

static const int32_t steps[][4] = {{64, 48, 32, 24}, {64, 48, 21, 13},  {65, 47, 33, 23},
                                   {40, 30, 97, 61}, {40, 60, 100, 20}, {33, 17, 32, 18},
                                   {50, 50, 50, 25}, {31, 33, 31, 34}};

/* The greatest distance between two pictures' colors, away from the edges, where what is linear
 * ends. */
static int distance_of(const ferry_image *image, const ferry_image *wanted) {
    ferry_image a = FERRY_IMAGE_INIT, b = FERRY_IMAGE_INIT;
    convert(image, FERRY_FORMAT_RGB24, &a);
    convert(wanted, FERRY_FORMAT_RGB24, &b);
    int distance = 0;
    for (int32_t y = 3; y < a.info.height - 3; y++)
        for (int32_t x = 3; x < a.info.width - 3; x++)
            for (int32_t c = 0; c < 3; c++) {
                size_t at = (size_t)((y * a.info.width + x) * 3 + c);
                int d = abs(a.pixels[at] - b.pixels[at]);
                distance = d > distance ? d : distance;
            }
    ferry_image_free(&a);
    ferry_image_free(&b);
    return distance;
}

static void every_format_is_the_picture_in_another_size(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT, scaled = FERRY_IMAGE_INIT, wanted = FERRY_IMAGE_INIT;
    uint32_t format;
    for (size_t k = 0; (format = next_format(&k)) != 0;)
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            const int32_t *s = steps[i];
            make_picture(&image, format, s[0], s[1]);
            make_picture(&wanted, format, s[2], s[3]);
            scale(&image.info, image.pixels, s[2], s[3], &scaled);
            assert_int_equal(scaled.info.format, format);
            assert_int_equal(scaled.info.width, s[2]);
            assert_int_equal(scaled.info.height, s[3]);
            assert_int_equal(scaled.info.length_bytes, wanted.info.length_bytes);
            assert_int_equal(scaled.info.stride_bytes, wanted.info.stride_bytes);
            int distance = distance_of(&scaled, &wanted);
            if (distance > (format == FERRY_FORMAT_RGB565LE ? 9 : 8))
                fail_msg("%s, %d x %d to %d x %d: %d", ferry_format_name(format), (int)s[0],
                         (int)s[1], (int)s[2], (int)s[3], distance);
        }
    ferry_image_free(&image);
    ferry_image_free(&scaled);
    ferry_image_free(&wanted);
}

/* Numbers are sums of parts there. */
static bool are_floats_near(const ferry_image *a, const ferry_image *b) {
    for (size_t i = 0; i < a->info.length_bytes; i += sizeof(float)) {
        float x, y;
        memcpy(&x, a->pixels + i, sizeof x);
        memcpy(&y, b->pixels + i, sizeof y);
        if (x < y - 1e-5f || x > y + 1e-5f)
            return false;
    }
    return true;
}

static bool are_equal(const ferry_image *a, const ferry_image *b) {
    return a->info.format == FERRY_FORMAT_GRAYF32LE
               ? are_floats_near(a, b)
               : memcmp(a->pixels, b->pixels, b->info.length_bytes) == 0;
}

/* A flat picture stays exactly what it is, to its last row and column. */
static void flat_stays_flat(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT, scaled = FERRY_IMAGE_INIT, wanted = FERRY_IMAGE_INIT;
    uint32_t format;
    static uint8_t pixels[100 * 61 * 3];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(50 + 70 * (i % 3));
    for (size_t k = 0; (format = next_format(&k)) != 0;)
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            const int32_t *s = steps[i];
            ferry_frame_info info = {.width = s[0], .height = s[1], .format = FERRY_FORMAT_RGB24};
            assert_int_equal(ferry_image_convert(&info, pixels, format, &image, NULL), FERRY_OK);
            info.width = s[2];
            info.height = s[3];
            assert_int_equal(ferry_image_convert(&info, pixels, format, &wanted, NULL), FERRY_OK);
            scale(&image.info, image.pixels, s[2], s[3], &scaled);
            if (!are_equal(&scaled, &wanted))
                fail_msg("%s, %d x %d to %d x %d", ferry_format_name(format), (int)s[0], (int)s[1],
                         (int)s[2], (int)s[3]);
        }
    ferry_image_free(&image);
    ferry_image_free(&scaled);
    ferry_image_free(&wanted);
}

/* ---- single values ---- */

static void what_becomes_smaller_is_a_mean(void **state) {
    (void)state;
    ferry_image out = FERRY_IMAGE_INIT;
    const uint8_t bytes[2][4] = {{10, 20, 0, 255}, {30, 40, 255, 0}};
    ferry_frame_info info = {.width = 4, .height = 2, .format = FERRY_FORMAT_GRAY};
    scale(&info, bytes[0], 2, 1, &out);
    assert_int_equal(out.pixels[0], 25);
    assert_in_range(out.pixels[1], 127, 128);
    const uint16_t words[4] = {0, 1000, 2000, 65535};
    info = (ferry_frame_info){.width = 4, .height = 1, .format = FERRY_FORMAT_GRAY16LE};
    scale(&info, (const uint8_t *)words, 2, 1, &out);
    uint16_t scaled[2];
    memcpy(scaled, out.pixels, sizeof scaled);
    assert_int_equal(scaled[0], 500);
    assert_in_range(scaled[1], 33767, 33768);
    ferry_image_free(&out);
}

/* Numbers beyond black and white are numbers too. */
static void floats_keep_their_range(void **state) {
    (void)state;
    ferry_image out = FERRY_IMAGE_INIT;
    const float numbers[4] = {-3, 5, 1000, 3000};
    ferry_frame_info info = {.width = 4, .height = 1, .format = FERRY_FORMAT_GRAYF32LE};
    scale(&info, (const uint8_t *)numbers, 2, 1, &out);
    float scaled[2];
    memcpy(scaled, out.pixels, sizeof scaled);
    assert_true(scaled[0] > 0.999f && scaled[0] < 1.001f);
    assert_true(scaled[1] > 1999 && scaled[1] < 2001);
    ferry_image_free(&out);
}

/* Edges of the strongest contrast: nothing goes beyond the values that there were. */
static void levels_stay_within_their_bits(void **state) {
    (void)state;
    static const struct {
        uint32_t format;
        uint16_t most, lower;
    } cases[] = {{FERRY_FORMAT_GRAY10LE, 1023, 0},
                 {FERRY_FORMAT_GRAY12LE, 4095, 0},
                 {FERRY_FORMAT_P010LE, 1023 << 6, 63}};
    for (size_t i = 0; i < 3; i++) {
        ferry_image out = FERRY_IMAGE_INIT;
        uint16_t words[8 * 8 * 2];
        for (size_t k = 0; k < 8 * 8 * 2; k++)
            words[k] = (k + k / 8) % 2 ? cases[i].most : 0;
        ferry_frame_info info = {.width = 8, .height = 8, .format = cases[i].format};
        for (int32_t side = 1; side < 40; side++) {
            scale(&info, (const uint8_t *)words, side, 40 - side, &out);
            for (uint32_t k = 0; k < out.info.length_bytes; k += 2) {
                unsigned word = out.pixels[k] | (unsigned)out.pixels[k + 1] << 8;
                assert_in_range(word, 0, cases[i].most);
                assert_int_equal(word & cases[i].lower, 0);
            }
        }
        ferry_image_free(&out);
    }
}

/* A color that cannot be seen does not show in the mean. */
static void alpha_weighs_colors(void **state) {
    (void)state;
    static const struct {
        uint32_t format;
        uint8_t pixels[8], wanted[4];
    } cases[] = {
        {FERRY_FORMAT_RGBA, {200, 100, 0, 255, 0, 255, 255, 0}, {200, 100, 0, 128}},
        {FERRY_FORMAT_BGRA, {200, 100, 0, 255, 0, 255, 255, 0}, {200, 100, 0, 128}},
        {FERRY_FORMAT_ARGB, {255, 200, 100, 0, 0, 0, 255, 255}, {128, 200, 100, 0}},
        {FERRY_FORMAT_RGBX, {200, 100, 0, 255, 100, 50, 10, 0}, {150, 75, 5, 128}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_image out = FERRY_IMAGE_INIT;
        ferry_frame_info info = {.width = 2, .height = 1, .format = cases[i].format};
        scale(&info, cases[i].pixels, 1, 1, &out);
        for (size_t k = 0; k < 4; k++)
            assert_in_range(out.pixels[k], cases[i].wanted[k] > 0 ? cases[i].wanted[k] - 1 : 0,
                            cases[i].wanted[k] + 1);
        ferry_image_free(&out);
    }
}

/* ---- descriptions and memory ---- */

/* Where the planes are, and whether words lie at even addresses, is no matter. */
static void planes_anywhere(void **state) {
    (void)state;
    static uint8_t pixels[1 << 16];
    ferry_image image = FERRY_IMAGE_INIT, plain = FERRY_IMAGE_INIT, moved = FERRY_IMAGE_INIT;
    uint32_t format;
    for (size_t k = 0; (format = next_format(&k)) != 0;)
        for (uint32_t odd = 0; odd < 2; odd++) {
            ferry_layout layout;
            make_picture(&image, format, 37, 23);
            scale(&image.info, image.pixels, 19, 29, &plain);
            assert_int_equal(ferry_layout_of(&layout, &image.info), FERRY_OK);
            memset(pixels, 77, sizeof pixels);
            ferry_frame_info info = image.info;
            info.plane_count = layout.plane_count;
            info.stride_bytes = info.length_bytes = 0;
            uint32_t next = 16 + odd;
            for (uint32_t p = layout.plane_count; p-- > 0;) { /* the last plane comes first */
                const ferry_plane *from = &layout.planes[p];
                uint32_t stride = from->row_bytes + 8 + p * odd;
                info.plane_offset_bytes[p] = next;
                info.plane_stride_bytes[p] = stride;
                for (uint32_t y = 0; y < from->rows; y++)
                    memcpy(pixels + next + y * stride,
                           image.pixels + from->offset_bytes + y * from->stride_bytes,
                           from->row_bytes);
                next += stride * from->rows + 5 * odd;
                assert_true(next < sizeof pixels);
            }
            scale(&info, pixels, 19, 29, &moved);
            assert_int_equal(moved.info.plane_count, 0);
            assert_int_equal(moved.info.length_bytes, plain.info.length_bytes);
            assert_memory_equal(moved.pixels, plain.pixels, plain.info.length_bytes);
        }
    ferry_image_free(&image);
    ferry_image_free(&plain);
    ferry_image_free(&moved);
}

/* A single row may claim any stride: nothing is at its end. */
static void a_row_of_any_stride(void **state) {
    (void)state;
    ferry_image out = FERRY_IMAGE_INIT;
    const uint8_t pixels[4] = {10, 20, 30, 40};
    ferry_frame_info info = {.width = 4, .height = 1, .format = FERRY_FORMAT_GRAY};
    info.plane_count = 1;
    info.plane_stride_bytes[0] = UINT32_MAX;
    scale(&info, pixels, 2, 1, &out);
    assert_int_equal(out.pixels[0], 15);
    assert_int_equal(out.pixels[1], 35);
    ferry_image_free(&out);
}

static void the_rest_of_the_description_stays(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT, out = FERRY_IMAGE_INIT;
    make_picture(&image, FERRY_FORMAT_YUYV422, 20, 10);
    image.info.color_matrix = FERRY_MATRIX_BT709;
    image.info.number = 77;
    image.info.metadata_bytes = 3;
    memcpy(image.info.metadata, "abc", 3);
    ferry_frame_info wanted = image.info;
    scale(&image.info, image.pixels, 10, 5, &out);
    wanted.width = 10;
    wanted.height = 5;
    wanted.stride_bytes = 20;
    wanted.length_bytes = 100;
    assert_memory_equal(&out.info, &wanted, sizeof wanted);
    scale(&image.info, image.pixels, 20, 10, &out); /* the same size: a copy */
    assert_memory_equal(&out.info, &image.info, sizeof wanted);
    assert_memory_equal(out.pixels, image.pixels, image.info.length_bytes);
    const uint8_t *buffer = out.pixels;
    scale(&image.info, image.pixels, 6, 5, &out);
    scale(&image.info, image.pixels, 20, 10, &out);
    assert_ptr_equal(out.pixels, buffer); /* which was large enough */
    ferry_image_free(&image);
    ferry_image_free(&out);
}

static void assert_refused(const ferry_frame_info *info, int32_t width, int32_t height,
                           ferry_status wanted, const char *part) {
    static const uint8_t pixels[64];
    ferry_image out = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_image_scale(info, pixels, width, height, &out, &error), wanted);
    assert_int_equal(error.status, wanted);
    if (strstr(error.message, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.message, part);
    assert_null(out.pixels);
}

static void what_cannot_be_scaled(void **state) {
    (void)state;
    ferry_frame_info info = {.width = 4, .height = 4};
    info.format = FERRY_FORMAT_BAYER_RGGB8;
    assert_refused(&info, 2, 2, FERRY_NOT_SUPPORTED, "bayer_rggb8");
    assert_refused(&info, 2, 2, FERRY_NOT_SUPPORTED, "convert");
    info.format = FERRY_FORMAT_MJPEG;
    assert_refused(&info, 2, 2, FERRY_NOT_SUPPORTED, "decoded");
    info.format = FERRY_FORMAT_TEXT;
    assert_refused(&info, 2, 2, FERRY_NOT_SUPPORTED, "text");
    info.format = FERRY_FOURCC('V', 'P', '8', '0');
    assert_refused(&info, 2, 2, FERRY_NOT_SUPPORTED, "without a name");
    info.format = FERRY_FORMAT_GRAY;
    assert_refused(&info, 0, 2, FERRY_INVALID_ARGUMENT, "width");
    assert_refused(&info, 2, -1, FERRY_INVALID_ARGUMENT, "height");
    assert_refused(&info, FERRY_IMAGE_MAX_SIDE + 1, 1, FERRY_INVALID_ARGUMENT, "width");
    info.stride_bytes = 3;
    assert_refused(&info, 2, 2, FERRY_INVALID_ARGUMENT, "stride");
    info.stride_bytes = 0;
    info.length_bytes = 15;
    assert_refused(&info, 2, 2, FERRY_INVALID_ARGUMENT, "length_bytes");
    info = (ferry_frame_info){.width = 32769, .height = 1, .format = FERRY_FORMAT_GRAY};
    assert_refused(&info, 2, 2, FERRY_NOT_SUPPORTED, "32769");
    info = (ferry_frame_info){.width = 1, .height = 32768, .format = FERRY_FORMAT_GRAY};
    assert_refused(&info, 32768, 2, FERRY_NOT_SUPPORTED, "one step");
    info = (ferry_frame_info){.width = 2, .height = 2, .format = FERRY_FORMAT_RGBA};
    assert_refused(&info, 32768, 32768, FERRY_INVALID_ARGUMENT, "too many");
}

/* The longest sides that are taken, in both directions. */
static void long_sides(void **state) {
    (void)state;
    uint8_t *pixels = malloc(FERRY_IMAGE_MAX_SIDE);
    assert_non_null(pixels);
    memset(pixels, 99, FERRY_IMAGE_MAX_SIDE);
    ferry_image out = FERRY_IMAGE_INIT;
    for (int turn = 0; turn < 2; turn++) {
        const int32_t side = FERRY_IMAGE_MAX_SIDE;
        ferry_frame_info info = {.width = turn == 0 ? side : 1,
                                 .height = turn == 0 ? 1 : side,
                                 .format = FERRY_FORMAT_GRAY};
        for (int32_t to = 1; to <= side; to = to * 5 + 2) {
            scale(&info, pixels, turn == 0 ? to : 1, turn == 0 ? 1 : to, &out);
            assert_memory_equal(out.pixels, pixels, (size_t)to);
            ferry_frame_info small = {.width = turn == 0 ? to : 1,
                                      .height = turn == 0 ? 1 : to,
                                      .format = FERRY_FORMAT_GRAY};
            scale(&small, pixels, info.width, info.height, &out);
            assert_memory_equal(out.pixels, pixels, (size_t)side);
        }
    }
    ferry_image_free(&out);
    free(pixels);
}

static void too_little_memory(void **state) {
    (void)state;
    static const uint32_t formats[] = {FERRY_FORMAT_GRAY, FERRY_FORMAT_GRAY16LE,
                                       FERRY_FORMAT_YUYV422, FERRY_FORMAT_RGB565LE};
    static uint8_t pixels[40 * 30 * 2 + 1];
    for (size_t i = 0; i < 4; i++) {
        ferry_image out = FERRY_IMAGE_INIT;
        ferry_frame_info info = {.width = 40, .height = 30, .format = formats[i]};
        ferry_status status = FERRY_NO_MEMORY;
        int count = 0;
        for (; status != FERRY_OK; count++) {
            allocations_left = count;
            status = ferry_image_scale(&info, pixels + 1, 20, 20, &out, &error);
            allocations_left = -1;
            if (status != FERRY_OK) {
                assert_int_equal(status, FERRY_NO_MEMORY);
                assert_int_equal(error.status, FERRY_NO_MEMORY);
                assert_non_null(strstr(error.message, "memory"));
            }
        }
        assert_true(count > 1);
        ferry_image_free(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_is_the_picture_in_another_size),
        cmocka_unit_test(flat_stays_flat),
        cmocka_unit_test(what_becomes_smaller_is_a_mean),
        cmocka_unit_test(floats_keep_their_range),
        cmocka_unit_test(levels_stay_within_their_bits),
        cmocka_unit_test(alpha_weighs_colors),
        cmocka_unit_test(planes_anywhere),
        cmocka_unit_test(a_row_of_any_stride),
        cmocka_unit_test(the_rest_of_the_description_stays),
        cmocka_unit_test(what_cannot_be_scaled),
        cmocka_unit_test(long_sides),
        cmocka_unit_test(too_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
