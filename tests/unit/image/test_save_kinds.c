/* Every kind of file that pictures are saved to: endings, pixels, limits, confirming. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/convert.h>

#include "image_files.h"
#include "thinning.h"

#include <pthread.h>

static const int32_t sizes[][2] = {{1, 1}, {1, 7}, {7, 1}, {2, 2}, {3, 5}, {16, 16}, {17, 13}};
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

static uint32_t random_state = 1;

static uint8_t noise(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint8_t)(random_state >> 24);
}

/* Random pixels, in rows with so many bytes of padding. */
static uint8_t *noise_of(ferry_frame_info *info, uint32_t format, int32_t width, int32_t height,
                         uint32_t padding) {
    ferry_layout layout;
    *info = (ferry_frame_info){.width = width, .height = height, .format = format};
    assert_int_equal(ferry_layout_compute(&layout, format, width, height, 0), FERRY_OK);
    info->stride_bytes = layout.planes[0].row_bytes + padding;
    assert_int_equal(ferry_layout_compute(&layout, format, width, height, info->stride_bytes),
                     FERRY_OK);
    info->length_bytes = layout.length_bytes;
    uint8_t *pixels = malloc(layout.length_bytes);
    assert_non_null(pixels);
    for (size_t i = 0; i < layout.length_bytes; i++)
        pixels[i] = noise();
    for (size_t i = 0; i < layout.length_bytes && i < 8; i++)
        pixels[i] |= 1; /* a picture whose alpha is 0 everywhere is taken for one without alpha */
    return pixels;
}

static void save(const char *path, const ferry_frame_info *info, const uint8_t *pixels) {
    ferry_error error;
    if (ferry_image_save(path, info, pixels, NULL, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

static size_t content_of(const char *path, uint8_t *out, size_t capacity) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(out, 1, capacity, file);
    assert_true(length < capacity);
    fclose(file);
    return length;
}

static void endings(void **state) {
    (void)state;
    static const char *const known[] = {"a.png",        "a.jpg",   "a.jpeg",   "a.bmp",
                                        "a.tga",        "a.raw",   "A.PNG",    "a.JpEg",
                                        "/x.y/a b.Tga", "a.b.raw", "a.raw.png"};
    static const char *const unknown[] = {"",      "png",    "a",      "a.",     "a.gif",
                                          "a.ppm", "a.pn",   "a.pngx", "a.png/", "x.png/a",
                                          "apng",  "a.png ", "a.rawx"};
    ferry_frame_info info;
    ferry_error error;
    uint8_t *pixels = noise_of(&info, FERRY_FORMAT_GRAY, 2, 2, 0);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(ferry_image_can_save(known[i]));
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_false(ferry_image_can_save(unknown[i]));
        assert_int_equal(ferry_image_save(unknown[i], &info, pixels, NULL, &error),
                         FERRY_NOT_SUPPORTED);
        assert_non_null(strstr(error.message, unknown[i]));
    }
    assert_false(ferry_image_can_save(NULL));
    free(pixels);
}

/* What the file has, in the format that it gives back. */
static void assert_lossless(const char *path, uint32_t format, uint32_t loaded, const int32_t *size,
                            uint32_t padding) {
    ferry_frame_info info;
    ferry_image image = FERRY_IMAGE_INIT, wanted = FERRY_IMAGE_INIT;
    uint8_t *pixels = noise_of(&info, format, size[0], size[1], padding);
    save(path, &info, pixels);
    load(path, &image);
    assert_int_equal(ferry_image_convert(&info, pixels, loaded, &wanted, NULL), FERRY_OK);
    assert_int_equal(image.info.width, size[0]);
    assert_int_equal(image.info.height, size[1]);
    assert_int_equal(image.info.format, loaded);
    assert_memory_equal(image.pixels, wanted.pixels, wanted.info.length_bytes);
    free(pixels);
    ferry_image_free(&image);
    ferry_image_free(&wanted);
}

/* What a format is after saving and loading. */
typedef enum file_kind { PNG, BMP, TGA } file_kind;

static uint32_t loaded_as(uint32_t format, file_kind kind) {
    switch (format) {
    case FERRY_FORMAT_RGB48LE: return kind == PNG ? format : FERRY_FORMAT_RGB24;
    case FERRY_FORMAT_GRAY16LE:
    case FERRY_FORMAT_GRAY10LE:
    case FERRY_FORMAT_GRAY12LE:
    case FERRY_FORMAT_GRAYF32LE:
        if (kind == PNG)
            return FERRY_FORMAT_GRAY16LE;
        /* fall through */
    case FERRY_FORMAT_GRAY: return kind == BMP ? FERRY_FORMAT_RGB24 : FERRY_FORMAT_GRAY;
    case FERRY_FORMAT_ARGB:
    case FERRY_FORMAT_BGRA:
    case FERRY_FORMAT_RGBA: return FERRY_FORMAT_RGBA;
    default: return FERRY_FORMAT_RGB24;
    }
}

/* Through each kind of file. */
static void assert_lossless_kinds(uint32_t format, const int32_t size[2], uint32_t padding) {
    static const char *const names[] = {[PNG] = "a.png", [BMP] = "a.bmp", [TGA] = "a.tga"};
    for (file_kind kind = PNG; kind <= TGA; kind++)
        assert_lossless(path_of(names[kind]), format, loaded_as(format, kind), size, padding);
}

static void lossless_kinds_give_back_what_they_got(void **state) {
    (void)state;
    int apart = cases_apart(), turn = first_case(apart);
    for (size_t k = 0; ferry_format_bit_count(ferry_format_at(k)) != 0; k++)
        for (size_t i = 0; i < SIZE_COUNT; i++)
            for (uint32_t padding = 0; padding < 12; padding += 4)
                if (turn++ % apart == 0)
                    assert_lossless_kinds(ferry_format_at(k), sizes[i], padding);
    assert_int_equal(files_in_folder(1), 3);
}

/* All planes one after the other, each row without padding, bit for bit. */
static void raw_is_what_the_frame_holds(void **state) {
    (void)state;
    for (size_t k = 0; ferry_format_bit_count(ferry_format_at(k)) != 0; k++)
        for (size_t i = 0; i < SIZE_COUNT; i++)
            for (uint32_t padding = 0; padding < 12; padding += 4) {
                ferry_frame_info info;
                ferry_layout layout;
                uint8_t file[4096], wanted[4096];
                size_t length = 0;
                uint8_t *pixels =
                    noise_of(&info, ferry_format_at(k), sizes[i][0], sizes[i][1], padding);
                ferry_layout_compute(&layout, info.format, info.width, info.height,
                                     info.stride_bytes);
                for (size_t p = 0; p < layout.plane_count; p++)
                    for (size_t y = 0; y < layout.planes[p].rows; y++)
                        for (size_t x = 0; x < layout.planes[p].row_bytes; x++)
                            wanted[length++] = pixels[layout.planes[p].offset_bytes +
                                                      y * layout.planes[p].stride_bytes + x];
                save(path_of("a.raw"), &info, pixels);
                assert_int_equal(content_of(path_of("a.raw"), file, sizeof file), length);
                assert_memory_equal(file, wanted, length);
                free(pixels);
            }
    files_in_folder(1);
}

/* Nobody here knows where the rows of such a format are. */
static void raw_takes_formats_without_a_name(void **state) {
    (void)state;
    uint8_t file[64];
    const uint8_t pixels[7] = {1, 2, 3, 4, 5, 6, 7};
    ferry_frame_info info = {.width = 3, .height = 2, .format = 0x30385056, .length_bytes = 7};
    save(path_of("a.raw"), &info, pixels);
    assert_int_equal(content_of(path_of("a.raw"), file, sizeof file), 7);
    assert_memory_equal(file, pixels, 7);
    files_in_folder(1);
    assert_int_equal(ferry_image_save(path_of("a.png"), &info, pixels, NULL, NULL),
                     FERRY_NOT_SUPPORTED);
    info.length_bytes = 0;
    assert_int_equal(ferry_image_save(path_of("a.raw"), &info, pixels, NULL, NULL),
                     FERRY_INVALID_ARGUMENT);
    assert_int_equal(files_in_folder(0), 0);
}

typedef struct confirmation {
    ferry_status answer;
    const char *path;
    int calls;
} confirmation;

static ferry_status confirm(void *argument) {
    confirmation *c = argument;
    c->calls++;
    assert_int_not_equal(access(c->path, F_OK), 0);
    return c->answer;
}

static void nothing_is_left_unless_confirmed(void **state) {
    (void)state;
    static const char *const names[] = {"a.png", "a.jpg", "a.jpeg", "a.bmp", "a.tga", "a.raw"};
    ferry_frame_info info;
    ferry_error error;
    uint8_t *pixels = noise_of(&info, FERRY_FORMAT_RGB24, 17, 13, 4);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        confirmation c = {FERRY_OVERRUN, path_of(names[i]), 0};
        ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
        options.confirm = confirm;
        options.argument = &c;
        assert_int_equal(ferry_image_save(c.path, &info, pixels, &options, &error), FERRY_OVERRUN);
        assert_int_equal(error.status, FERRY_OVERRUN);
        assert_non_null(strstr(error.message, c.path));
        assert_int_equal(c.calls, 1);
        assert_int_equal(files_in_folder(0), 0);
        c.answer = FERRY_OK;
        assert_int_equal(ferry_image_save(c.path, &info, pixels, &options, &error), FERRY_OK);
        assert_int_equal(c.calls, 2);
        assert_int_equal(files_in_folder(1), 1);
    }
    free(pixels);
}

static void options_out_of_range(void **state) {
    (void)state;
    ferry_frame_info info;
    uint8_t *pixels = noise_of(&info, FERRY_FORMAT_GRAY, 2, 2, 0);
    ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
    options.jpeg_quality = 101;
    assert_int_equal(ferry_image_save(path_of("a.jpg"), &info, pixels, &options, NULL),
                     FERRY_INVALID_ARGUMENT);
    options.size =
        sizeof options.size; /* the struct of an older program: what follows is not read */
    assert_int_equal(ferry_image_save(path_of("a.jpg"), &info, pixels, &options, NULL), FERRY_OK);
    options.size--;
    assert_int_equal(ferry_image_save(path_of("a.jpg"), &info, pixels, &options, NULL),
                     FERRY_INVALID_ARGUMENT);
    files_in_folder(1);
    free(pixels);
}

/* Found before a pixel is read, of which there are far too few here. */
static void sizes_that_a_kind_cannot_have(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int32_t width, height;
        uint32_t format;
    } cases[] = {{"a.jpg", 65536, 1, FERRY_FORMAT_GRAY},
                 {"a.jpeg", 1, 65536, FERRY_FORMAT_GRAY},
                 {"a.tga", 65536, 1, FERRY_FORMAT_GRAY},
                 {"a.tga", 1, 65536, FERRY_FORMAT_GRAY},
                 {"a.bmp", 32768, 21846, FERRY_FORMAT_GRAY}, /* gray becomes RGB there */
                 {"a.bmp", 1 << 30, 1, FERRY_FORMAT_GRAY},
                 {"a.bmp", 1, 600000000, FERRY_FORMAT_GRAY}, /* rows of whole words */
                 {"a.bmp", 1, (1 << 29) - 1, FERRY_FORMAT_RGBA}};
    const uint8_t pixels[4] = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_frame_info info = {
            .width = cases[i].width, .height = cases[i].height, .format = cases[i].format};
        ferry_error error;
        assert_int_equal(ferry_image_save(path_of(cases[i].name), &info, pixels, NULL, &error),
                         FERRY_NOT_SUPPORTED);
        assert_non_null(strstr(error.message, path_of(cases[i].name)));
        assert_non_null(strstr(error.message, "too many"));
        assert_int_equal(files_in_folder(0), 0);
    }
}

/* What is longer than what is loaded has its size in the sentence that says so. */
static void assert_sides(const char *name, const ferry_frame_info *info, const uint8_t *pixels) {
    char size[64];
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error;
    save(path_of(name), info, pixels);
    assert_int_equal(ferry_image_load(path_of(name), NULL, &image, &error), FERRY_UNREADABLE);
    snprintf(size, sizeof size, " %d x %d pixels", (int)info->width, (int)info->height);
    assert_non_null(strstr(error.message, size));
}

/* As long as the kinds allow; a million is more than libpng takes unless told to. */
static void longest_sides(void **state) {
    (void)state;
    static const char *const names[] = {"a.tga", "a.jpg", "a.bmp", "a.png"};
    for (int turn = 0; turn < 2; turn++) {
        ferry_frame_info info;
        uint8_t *pixels =
            noise_of(&info, FERRY_FORMAT_RGB24, turn == 0 ? 65535 : 1, turn == 0 ? 1 : 65535, 0);
        for (size_t k = 0; k < 4; k++)
            assert_sides(names[k], &info, pixels);
        free(pixels);
        pixels =
            noise_of(&info, FERRY_FORMAT_GRAY, turn == 0 ? 1000001 : 1, turn == 0 ? 1 : 1000001, 0);
        assert_sides("a.png", &info, pixels);
        free(pixels);
    }
    files_in_folder(1);
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 10 };

/* Saves each kind under a name of the thread's own, and over one name that all of them write. */
static void *save_often(void *argument) {
    const char *own = argument;
    static const char *const endings[] = {"png", "jpg", "bmp", "tga", "raw"};
    uint8_t pixels[17 * 13 * 3];
    memset(pixels, own[0], sizeof pixels);
    const ferry_frame_info info = {.width = 17, .height = 13, .format = FERRY_FORMAT_RGB24};
    for (size_t i = 0; i < 5 * ROUNDS; i++) {
        char path[2][600];
        ferry_image image = FERRY_IMAGE_INIT;
        snprintf(path[0], sizeof path[0], "%s/%s.%s", folder, own, endings[i % 5]);
        snprintf(path[1], sizeof path[1], "%s/all.%s", folder, endings[i % 5]);
        for (size_t k = 0; k < 2; k++)
            if (ferry_image_save(path[k], &info, pixels, NULL, NULL) != FERRY_OK)
                return argument;
        if (i % 5 < 4 && (ferry_image_load(path[0], NULL, &image, NULL) != FERRY_OK ||
                          abs(image.pixels[0] - own[0]) > 2))
            return argument;
        ferry_image_free(&image);
    }
    return NULL;
}

static void many_threads_save_at_once(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    char names[THREADS][2] = {"1", "2", "3", "4"};
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, save_often, names[i]), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *problem;
        assert_int_equal(pthread_join(threads[i], &problem), 0);
        assert_null(problem);
    }
    assert_int_equal(files_in_folder(1), 5 * (THREADS + 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endings),
        cmocka_unit_test(lossless_kinds_give_back_what_they_got),
        cmocka_unit_test(raw_is_what_the_frame_holds),
        cmocka_unit_test(raw_takes_formats_without_a_name),
        cmocka_unit_test(nothing_is_left_unless_confirmed),
        cmocka_unit_test(options_out_of_range),
        cmocka_unit_test(sizes_that_a_kind_cannot_have),
        cmocka_unit_test(longest_sides),
        cmocka_unit_test(many_threads_save_at_once),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
