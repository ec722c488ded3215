/* Picture files in memory: the same as on the disk, and what becomes of the buffer. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image_files.h"

static const char *const names[] = {"a.png", "a.jpg", "a.jpeg", "a.bmp", "a.tga", "a.raw"};
enum { NAME_COUNT = sizeof names / sizeof names[0] };

static uint32_t random_state = 1;

static uint8_t noise(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint8_t)(random_state >> 24);
}

static uint8_t *noise_of(ferry_frame_info *info, uint32_t format, int32_t width, int32_t height) {
    ferry_layout layout;
    *info = (ferry_frame_info){.width = width, .height = height, .format = format};
    assert_int_equal(ferry_layout_compute(&layout, format, width, height, 0), FERRY_OK);
    info->length_bytes = layout.length_bytes;
    uint8_t *pixels = malloc(layout.length_bytes);
    assert_non_null(pixels);
    for (size_t i = 0; i < layout.length_bytes; i++)
        pixels[i] = noise();
    return pixels;
}

static void encode(const char *name, const ferry_frame_info *info, const uint8_t *pixels,
                   ferry_image_file *out) {
    ferry_error error;
    if (ferry_image_encode(name, info, pixels, NULL, out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

static void decode(const char *name, const void *bytes, size_t length, ferry_image *out) {
    ferry_error error;
    if (ferry_image_decode(bytes, length, name, NULL, out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

/* The compressor of PNG finds other matches in the same pixels where its memory lies elsewhere. */
static bool has_one_form(const char *name) {
    return strstr(name, ".png") == NULL;
}

static void assert_same_picture(const char *name, const void *one, size_t one_length,
                                const void *other, size_t other_length) {
    ferry_image first = FERRY_IMAGE_INIT, second = FERRY_IMAGE_INIT;
    decode(name, one, one_length, &first);
    decode(name, other, other_length, &second);
    assert_memory_equal(&first.info, &second.info, sizeof first.info);
    assert_memory_equal(first.pixels, second.pixels, first.info.length_bytes);
    ferry_image_free(&first);
    ferry_image_free(&second);
}

static void assert_same_as_saved(const char *name, const ferry_frame_info *info,
                                 const uint8_t *pixels, ferry_image_file *file) {
    encode(name, info, pixels, file);
    const char *path = path_of(name);
    assert_int_equal(ferry_image_save(path, info, pixels, NULL, NULL), FERRY_OK);
    FILE *saved = fopen(path, "rb");
    assert_non_null(saved);
    size_t room = 2 * file->length_bytes + 1; /* whatever a compressor does differently */
    uint8_t *bytes = malloc(room);
    assert_non_null(bytes);
    size_t length = fread(bytes, 1, room, saved);
    if (has_one_form(name)) {
        assert_int_equal(length, file->length_bytes);
        assert_memory_equal(bytes, file->bytes, length);
    } else {
        assert_same_picture(name, bytes, length, file->bytes, file->length_bytes);
    }
    fclose(saved);
    free(bytes);
}

/* The last size takes more than the first room of a buffer in every kind. */
static void a_file_in_memory_is_the_saved_one(void **state) {
    (void)state;
    static const int32_t sizes[][2] = {{1, 1}, {7, 3}, {300, 401}};
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    for (size_t k = 0; ferry_format_bit_count(ferry_format_at(k)) != 0; k++)
        for (size_t i = 0; i < 3; i++) {
            ferry_frame_info info;
            uint8_t *pixels = noise_of(&info, ferry_format_at(k), sizes[i][0], sizes[i][1]);
            for (size_t n = 0; n < NAME_COUNT; n++)
                assert_same_as_saved(names[n], &info, pixels, &file);
            free(pixels);
        }
    ferry_image_file_free(&file);
    assert_null(file.bytes);
    assert_int_equal(file.length_bytes + file.capacity_bytes, 0);
    files_in_folder(1);
}

/* Frames that are a JPEG already, and frames without rows. */
static void bytes_that_are_a_file_already(void **state) {
    (void)state;
    ferry_frame_info info;
    ferry_image_file jpeg = FERRY_IMAGE_FILE_INIT, file = FERRY_IMAGE_FILE_INIT;
    uint8_t *pixels = noise_of(&info, FERRY_FORMAT_RGB24, 33, 17);
    encode("a.jpg", &info, pixels, &jpeg);
    ferry_frame_info as_jpeg = {.width = 33,
                                .height = 17,
                                .format = FERRY_FORMAT_MJPEG,
                                .length_bytes = (uint32_t)jpeg.length_bytes};
    encode("b.JPG", &as_jpeg, jpeg.bytes, &file);
    assert_int_equal(file.length_bytes, jpeg.length_bytes);
    assert_memory_equal(file.bytes, jpeg.bytes, file.length_bytes);
    for (size_t n = 0; n < NAME_COUNT; n++)
        assert_same_as_saved(names[n], &as_jpeg, jpeg.bytes, &file);
    ferry_frame_info text = {.width = 5, .height = 1, .format = FERRY_FORMAT_TEXT};
    text.length_bytes = 5;
    encode("a.txt", &text, (const uint8_t *)"hello", &file);
    assert_int_equal(file.length_bytes, 5);
    text.length_bytes = 0;
    encode("a.txt", &text, (const uint8_t *)"", &file);
    assert_int_equal(file.length_bytes, 0);
    free(pixels);
    ferry_image_file_free(&jpeg);
    ferry_image_file_free(&file);
    files_in_folder(1);
}

static void the_buffer_stays(void **state) {
    (void)state;
    ferry_frame_info large, small;
    uint8_t *many = noise_of(&large, FERRY_FORMAT_RGB24, 300, 200);
    uint8_t *few = noise_of(&small, FERRY_FORMAT_RGB24, 3, 2);
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    encode("a.bmp", &large, many, &file);
    uint8_t *first = file.bytes;
    size_t room = file.capacity_bytes, length = file.length_bytes;
    encode("a.png", &small, few, &file);
    assert_true(file.length_bytes < length);
    encode("a.bmp", &large, many, &file);
    assert_ptr_equal(file.bytes, first);
    assert_int_equal(file.capacity_bytes, room);
    assert_int_equal(file.length_bytes, length);
    ferry_image_file_free(&file);
    file.bytes = malloc(1); /* the caller's own */
    file.capacity_bytes = 1;
    encode("a.bmp", &large, many, &file);
    assert_int_equal(file.length_bytes, length);
    ferry_image_file_free(&file);
    free(many);
    free(few);
}

/* ---- confirming ---- */

typedef struct confirmation {
    ferry_status answer;
    const ferry_image_file *file;
    size_t length; /* of the file when it was asked */
    int calls;
} confirmation;

static ferry_status confirm(void *argument) {
    confirmation *c = argument;
    c->calls++;
    c->length = c->file->length_bytes;
    return c->answer;
}

static void a_file_that_is_not_confirmed_is_none(void **state) {
    (void)state;
    ferry_frame_info info;
    ferry_error error;
    uint8_t *pixels = noise_of(&info, FERRY_FORMAT_RGB24, 17, 13);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        ferry_image_file file = FERRY_IMAGE_FILE_INIT;
        confirmation c = {.answer = FERRY_OVERRUN, .file = &file};
        ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
        options.confirm = confirm;
        options.argument = &c;
        options.must_be_new = 1;
        assert_int_equal(ferry_image_encode(names[i], &info, pixels, &options, &file, &error),
                         FERRY_OVERRUN);
        assert_int_equal(error.status, FERRY_OVERRUN);
        assert_non_null(strstr(error.message, names[i]));
        assert_int_equal(c.calls, 1);
        assert_int_equal(file.length_bytes, 0);
        size_t length = c.length;
        assert_true(length > 0);
        c.answer = FERRY_OK;
        assert_int_equal(ferry_image_encode(names[i], &info, pixels, &options, &file, &error),
                         FERRY_OK);
        assert_int_equal(c.calls, 2);
        assert_int_equal(c.length, file.length_bytes);
        if (has_one_form(names[i]))
            assert_int_equal(c.length, length);
        ferry_image_file_free(&file);
    }
    free(pixels);
}

/* ---- failures ---- */

static void assert_refused(const char *name, const ferry_frame_info *info, const uint8_t *pixels,
                           ferry_status wanted, const char *part) {
    ferry_image_file file = {.bytes = malloc(3), .length_bytes = 3, .capacity_bytes = 3};
    ferry_error error;
    confirmation c = {.answer = FERRY_OK, .file = &file};
    ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
    options.confirm = confirm;
    options.argument = &c;
    assert_int_equal(ferry_image_encode(name, info, pixels, &options, &file, &error), wanted);
    assert_int_equal(error.status, wanted);
    assert_non_null(strstr(error.message, name));
    if (strstr(error.message, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.message, part);
    assert_int_equal(file.length_bytes, 0);
    assert_int_equal(c.calls, 0);
    ferry_image_file_free(&file);
}

static void frames_that_are_refused(void **state) {
    (void)state;
    const uint8_t pixels[16] = {0};
    ferry_frame_info info = {.width = 2, .height = 2, .format = FERRY_FORMAT_GRAY};
    assert_refused("a.gif", &info, pixels, FERRY_NOT_SUPPORTED, "end with");
    assert_refused("jpg", &info, pixels, FERRY_NOT_SUPPORTED, "end with");
    info.stride_bytes = 1;
    for (size_t i = 0; i < NAME_COUNT; i++)
        assert_refused(names[i], &info, pixels, FERRY_INVALID_ARGUMENT, "stride");
    info = (ferry_frame_info){.width = 65536, .height = 1, .format = FERRY_FORMAT_GRAY};
    assert_refused("a.jpg", &info, pixels, FERRY_NOT_SUPPORTED, "too many");
    assert_refused("a.tga", &info, pixels, FERRY_NOT_SUPPORTED, "too many");
    info = (ferry_frame_info){.width = 1 << 30, .height = 1, .format = FERRY_FORMAT_GRAY};
    assert_refused("a.bmp", &info, pixels, FERRY_NOT_SUPPORTED, "too many");
    info = (ferry_frame_info){.width = 4, .height = 4, .format = FERRY_FORMAT_H264};
    info.length_bytes = 16;
    assert_refused("a.png", &info, pixels, FERRY_NOT_SUPPORTED, "not decoded");
    info.format = FERRY_FORMAT_JPEG;
    assert_refused("a.jpg", &info, pixels, FERRY_UNREADABLE, "no sound JPEG");
}

/* ---- memory ---- */

static int grows_until = -1; /* the number of a realloc that fails, from 0; -1: none */
static int grown;

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_realloc(void *old, size_t size) {
    return grown++ == grows_until ? NULL : __real_realloc(old, size);
}

/* A file without room is given up, whichever write finds none, and the buffer serves again. */
static void a_file_that_cannot_grow(void **state) {
    (void)state;
    ferry_frame_info info;
    uint8_t *pixels = noise_of(&info, FERRY_FORMAT_RGB24, 600, 300);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        ferry_image_file file = FERRY_IMAGE_FILE_INIT;
        grown = 0;
        encode(names[i], &info, pixels, &file);
        int needed = grown;
        assert_true(needed > 1);
        ferry_image_file_free(&file);
        for (int which = 0; which < needed; which++) {
            grown = 0;
            grows_until = which;
            assert_refused(names[i], &info, pixels, FERRY_NO_MEMORY, "write");
            assert_int_equal(grown, which + 1);
            grows_until = -1;
        }
    }
    free(pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_in_memory_is_the_saved_one),
        cmocka_unit_test(bytes_that_are_a_file_already),
        cmocka_unit_test(the_buffer_stays),
        cmocka_unit_test(a_file_that_is_not_confirmed_is_none),
        cmocka_unit_test(frames_that_are_refused),
        cmocka_unit_test(a_file_that_cannot_grow),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
