/* PNG files as libpng reads them, and what becomes of a compressor that fails, stands still, or
 * does only a little at a time. The encoder is compiled into this program once more, with a
 * compressor that can be told to. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/convert.h>

#include "image_files.h"

#include <isa-l/igzip_lib.h>

static int told_deflate(struct isal_zstream *stream);

#define isal_deflate told_deflate
#include "image/encode_png.c"
#undef isal_deflate

/* ---- the compressor ---- */

enum { NEVER = -1 };

typedef struct orders {
    int fails_at, stands_still_at; /* numbers of calls, from 0, or NEVER */
    uint32_t in_max, out_max;      /* bytes that one call takes and gives */
} orders;

static const orders none = {NEVER, NEVER, UINT32_MAX, UINT32_MAX};
static orders order;
static int calls;

static void give_orders(const orders *given) {
    order = *given;
    calls = 0;
}

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static int told_deflate(struct isal_zstream *stream) {
    int call = calls++;
    if (order.stands_still_at != NEVER && call >= order.stands_still_at)
        return COMP_OK;
    uint32_t in = smaller(stream->avail_in, order.in_max), later = stream->avail_in - in;
    uint32_t out = smaller(stream->avail_out, order.out_max), unused = stream->avail_out - out;
    bool ends = stream->end_of_stream;
    stream->avail_in = in;
    stream->avail_out = out;
    stream->end_of_stream = ends && later == 0;
    int result = isal_deflate(stream);
    stream->avail_in += later;
    stream->avail_out += unused;
    stream->end_of_stream = ends;
    return call == order.fails_at ? ISAL_INVALID_LEVEL_BUF : result; /* what it did looks good */
}

/* ---- pictures ---- */

static uint32_t random_state = 1;

static uint8_t noise(size_t i) {
    (void)i;
    random_state = random_state * 1664525u + 1013904223u;
    return (uint8_t)(random_state >> 24);
}

static uint8_t flat(size_t i) {
    (void)i;
    return 7;
}

static uint8_t waves(size_t i) {
    return (uint8_t)((i / 3 % 97) * (i / 3 % 97) / 40 + i % 3 * 50 + (noise(i) & 3));
}

static uint8_t *pixels_of(ferry_frame_info *info, uint32_t format, int32_t width, int32_t height,
                          uint8_t (*fill)(size_t)) {
    ferry_layout layout;
    assert_int_equal(ferry_layout_compute(&layout, format, width, height, 0), FERRY_OK);
    *info = (ferry_frame_info){.width = width, .height = height, .format = format};
    uint8_t *made = malloc(layout.length_bytes);
    assert_non_null(made);
    for (size_t i = 0; i < layout.length_bytes; i++)
        made[i] = fill(i);
    return made;
}

static void save(const char *path, const ferry_frame_info *info, const uint8_t *bytes) {
    ferry_error error;
    if (ferry_image_save(path, info, bytes, NULL, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

/* ---- read by libpng ---- */

static void refuse(png_structp png, png_const_charp message) {
    (void)png;
    fail_msg("libpng: %s", message);
}

/* The picture in a file, which libpng must have nothing to say about. Free the pixels. */
static uint8_t *read_png(const char *path, ferry_frame_info *info) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, refuse, refuse);
    png_infop header = png_create_info_struct(png);
    png_init_io(png, file);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_read_png(png, header, PNG_TRANSFORM_SWAP_ENDIAN, NULL);
    *info = (ferry_frame_info){.width = (int32_t)png_get_image_width(png, header),
                               .height = (int32_t)png_get_image_height(png, header)};
    switch (png_get_color_type(png, header)) {
    case PNG_COLOR_TYPE_GRAY:
        info->format =
            png_get_bit_depth(png, header) == 16 ? FERRY_FORMAT_GRAY16LE : FERRY_FORMAT_GRAY;
        break;
    case PNG_COLOR_TYPE_RGB: info->format = FERRY_FORMAT_RGB24; break;
    default: info->format = FERRY_FORMAT_RGBA;
    }
    size_t row_bytes = png_get_rowbytes(png, header), rows = (size_t)info->height;
    uint8_t *made = malloc(row_bytes * rows);
    for (size_t y = 0; y < rows; y++)
        memcpy(made + y * row_bytes, png_get_rows(png, header)[y], row_bytes);
    assert_int_equal(fgetc(file), EOF);
    png_destroy_read_struct(&png, &header, NULL);
    fclose(file);
    return made;
}

static void assert_loaded(const char *path, const ferry_image *wanted) {
    ferry_image loaded = FERRY_IMAGE_INIT;
    load(path, &loaded);
    assert_int_equal(loaded.info.format, wanted->info.format);
    assert_int_equal(loaded.info.length_bytes, wanted->info.length_bytes);
    assert_memory_equal(loaded.pixels, wanted->pixels, wanted->info.length_bytes);
    ferry_image_free(&loaded);
}

/* The file holds these pixels for libpng, and for whoever reads it here unless it is too wide. */
static void assert_holds(const char *path, const ferry_frame_info *info, const uint8_t *bytes) {
    ferry_image wanted = FERRY_IMAGE_INIT;
    ferry_frame_info read;
    uint8_t *by_libpng = read_png(path, &read);
    assert_int_equal(read.width, info->width);
    assert_int_equal(read.height, info->height);
    assert_int_equal(ferry_image_convert(info, bytes, read.format, &wanted, NULL), FERRY_OK);
    assert_memory_equal(by_libpng, wanted.pixels, wanted.info.length_bytes);
    if (info->width <= FERRY_IMAGE_MAX_SIDE)
        assert_loaded(path, &wanted);
    free(by_libpng);
    ferry_image_free(&wanted);
}

static void libpng_reads_what_is_saved(void **state) {
    (void)state;
    static const uint32_t formats[] = {FERRY_FORMAT_GRAY,  FERRY_FORMAT_GRAY16LE,
                                       FERRY_FORMAT_RGB24, FERRY_FORMAT_BGR24,
                                       FERRY_FORMAT_RGBA,  FERRY_FORMAT_BGRA};
    /* The last ones: many blocks of rows, and rows longer than a block. */
    static const int32_t sizes[][2] = {{1, 1},  {1, 9},     {9, 1},     {2, 2},
                                       {3, 50}, {701, 500}, {90000, 3}, {270000, 2}};
    uint8_t (*const fills[])(size_t) = {noise, flat, waves};
    give_orders(&none);
    for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++)
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
            for (size_t k = 0; k < 3; k++) {
                ferry_frame_info info;
                uint8_t *bytes = pixels_of(&info, formats[f], sizes[s][0], sizes[s][1], fills[k]);
                const char *path = path_of("saved.png");
                save(path, &info, bytes);
                assert_holds(path, &info, bytes);
                free(bytes);
            }
    assert_true(calls > 0);
    files_in_folder(1);
}

/* ---- a compressor that does otherwise than it should ---- */

static void assert_refused(const ferry_frame_info *info, const uint8_t *bytes) {
    ferry_error error = {FERRY_OK, 0, ""};
    const char *path = write_file("kept.png", "kept", 4);
    assert_int_equal(ferry_image_save(path, info, bytes, NULL, &error), FERRY_SYSTEM_ERROR);
    assert_int_equal(error.status, FERRY_SYSTEM_ERROR);
    assert_int_equal(error.os_code, 0);
    assert_non_null(strstr(error.message, path));
    assert_non_null(strstr(error.message, "compressor"));
    char content[5] = "";
    FILE *file = fopen(path, "rb");
    assert_int_equal(fread(content, 1, sizeof content, file), 4);
    fclose(file);
    assert_string_equal(content, "kept");
    assert_int_equal(files_in_folder(1), 1);
}

static void a_compressor_that_fails_or_stands_still(void **state) {
    (void)state;
    ferry_frame_info info;
    uint8_t *bytes = pixels_of(&info, FERRY_FORMAT_BGR24, 640, 480, noise);
    give_orders(&none);
    save(path_of("whole.png"), &info, bytes);
    files_in_folder(1);
    int needed = calls;
    assert_true(needed > 10);
    for (int call = 0; call < needed; call++) {
        orders given = none;
        given.fails_at = call;
        give_orders(&given);
        assert_refused(&info, bytes);
        assert_int_equal(calls, call + 1);
        given = none;
        given.stands_still_at = call;
        give_orders(&given);
        assert_refused(&info, bytes);
        assert_int_equal(calls, call + 1);
    }
    free(bytes);
}

static void a_compressor_that_does_little_at_a_time(void **state) {
    (void)state;
    static const uint32_t limits[][2] = {{UINT32_MAX, 1},      {UINT32_MAX, 7},
                                         {1, UINT32_MAX},      {300, 5},
                                         {100000, UINT32_MAX}, {UINT32_MAX, 65535}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        ferry_frame_info info;
        uint8_t *bytes = pixels_of(&info, FERRY_FORMAT_RGBA, 317, 211, waves);
        orders given = none;
        given.in_max = limits[i][0];
        given.out_max = limits[i][1];
        give_orders(&given);
        const char *path = path_of("saved.png");
        save(path, &info, bytes);
        assert_holds(path, &info, bytes);
        free(bytes);
    }
    files_in_folder(1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libpng_reads_what_is_saved),
        cmocka_unit_test(a_compressor_that_fails_or_stands_still),
        cmocka_unit_test(a_compressor_that_does_little_at_a_time),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
