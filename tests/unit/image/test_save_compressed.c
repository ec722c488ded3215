/* Saving frames that are compressed: JPEG as it is and decoded, others not at all. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image_files.h"

enum { WIDTH = 40, HEIGHT = 30, FILE_MAX_BYTES = 1 << 16 };

static uint8_t jpeg[FILE_MAX_BYTES];
static size_t jpeg_bytes;

static size_t content_of(const char *path, uint8_t *out) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(out, 1, FILE_MAX_BYTES, file);
    assert_true(length < FILE_MAX_BYTES);
    fclose(file);
    return length;
}

/* A JPEG of our own. */
static int make_jpeg(void **state) {
    uint8_t pixels[WIDTH * HEIGHT * 3];
    const ferry_frame_info info = {.width = WIDTH, .height = HEIGHT, .format = FERRY_FORMAT_RGB24};
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i % 3 * 60 + i / 3 % WIDTH);
    if (make_folder(state) != 0 ||
        ferry_image_save(path_of("a.jpg"), &info, pixels, NULL, NULL) != FERRY_OK)
        return -1;
    jpeg_bytes = content_of(path_of("a.jpg"), jpeg);
    files_in_folder(1);
    return 0;
}

static ferry_frame_info frame_of(uint32_t format, size_t bytes) {
    return (ferry_frame_info){
        .width = WIDTH, .height = HEIGHT, .format = format, .length_bytes = (uint32_t)bytes};
}

static const uint32_t jpegs[] = {FERRY_FORMAT_MJPEG, FERRY_FORMAT_JPEG};

static void a_jpeg_is_written_as_it_is(void **state) {
    (void)state;
    static const char *const names[] = {"b.jpg", "b.JPEG", "b.raw"};
    static uint8_t found[FILE_MAX_BYTES];
    for (size_t i = 0; i < 6; i++) {
        const char *name = names[i / 2];
        ferry_frame_info info = frame_of(jpegs[i % 2], jpeg_bytes);
        ferry_error error = {0};
        if (ferry_image_save(path_of(name), &info, jpeg, NULL, &error) != FERRY_OK)
            fail_msg("%s", error.message);
        assert_int_equal(content_of(path_of(name), found), jpeg_bytes);
        assert_memory_equal(found, jpeg, jpeg_bytes);
    }
    assert_int_equal(files_in_folder(1), 3);
}

static void other_pictures_are_decoded(void **state) {
    (void)state;
    static const char *const names[] = {"b.png", "b.bmp", "b.tga"};
    ferry_image wanted = FERRY_IMAGE_INIT, found = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_image_decode(jpeg, jpeg_bytes, "a.jpg", NULL, &wanted, NULL), FERRY_OK);
    for (size_t i = 0; i < 6; i++) {
        ferry_frame_info info = frame_of(jpegs[i % 2], jpeg_bytes);
        info.width = 7; /* the file knows better */
        assert_int_equal(ferry_image_save(path_of(names[i / 2]), &info, jpeg, NULL, NULL),
                         FERRY_OK);
        load(path_of(names[i / 2]), &found);
        assert_int_equal(found.info.width, WIDTH);
        assert_int_equal(found.info.length_bytes, wanted.info.length_bytes);
        assert_memory_equal(found.pixels, wanted.pixels, wanted.info.length_bytes);
    }
    ferry_image_free(&wanted);
    ferry_image_free(&found);
    files_in_folder(1);
}

static void assert_refused(const char *name, const ferry_frame_info *info, const uint8_t *bytes,
                           ferry_status status, const char *part) {
    ferry_error error = {0};
    assert_int_equal(ferry_image_save(path_of(name), info, bytes, NULL, &error), status);
    if (strstr(error.message, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.message, part);
    assert_int_equal(files_in_folder(1), 0);
}

/* The bytes come from another program. */
static void what_is_no_jpeg_is_not_written(void **state) {
    (void)state;
    static const char *const names[] = {"b.jpg", "b.jpeg", "b.png"};
    static uint8_t damaged[FILE_MAX_BYTES];
    for (size_t i = 0; i < 3; i++) {
        ferry_frame_info info = frame_of(FERRY_FORMAT_MJPEG, jpeg_bytes / 2);
        memcpy(damaged, jpeg, jpeg_bytes);
        assert_refused(names[i], &info, jpeg, FERRY_UNREADABLE, "cut short");
        info = frame_of(FERRY_FORMAT_MJPEG, jpeg_bytes);
        damaged[0] = 'G';
        assert_refused(names[i], &info, damaged, FERRY_UNREADABLE, names[i]);
        info.length_bytes = 1;
        assert_refused(names[i], &info, jpeg, FERRY_UNREADABLE, names[i]);
        info.length_bytes = 0;
        assert_refused(names[i], &info, jpeg, FERRY_INVALID_ARGUMENT, "length_bytes is 0");
    }
}

static void other_kinds_are_not_decoded(void **state) {
    (void)state;
    static const uint32_t formats[] = {FERRY_FORMAT_H264, FERRY_FORMAT_HEVC};
    static const char *const names[] = {"b.jpg", "b.png", "b.bmp", "b.tga"};
    static const uint8_t bytes[] = {0, 0, 0, 1, 0x65, 1, 2, 3};
    uint8_t *found = malloc(FILE_MAX_BYTES);
    assert_non_null(found);
    for (size_t i = 0; i < 8; i++) {
        ferry_frame_info info = frame_of(formats[i % 2], sizeof bytes);
        assert_refused(names[i / 2], &info, bytes, FERRY_NOT_SUPPORTED, ".raw");
        assert_int_equal(ferry_image_save(path_of("b.raw"), &info, bytes, NULL, NULL), FERRY_OK);
        assert_int_equal(content_of(path_of("b.raw"), found), sizeof bytes);
        assert_memory_equal(found, bytes, sizeof bytes);
        files_in_folder(1);
    }
    free(found);
}

/* Planes anywhere, in a file that knows none, and an offset before the only plane. */
static void planes_are_read_where_they_lie(void **state) {
    (void)state;
    static const uint8_t nv12[] = {9, 30, 40, 9, 1, 2, 9, 3, 4, 9}, wanted[] = {1, 2, 3, 4, 30, 40};
    static const uint8_t gray[] = {9, 9, 1, 2, 3, 4};
    uint8_t *found = malloc(FILE_MAX_BYTES);
    ferry_image image = FERRY_IMAGE_INIT;
    assert_non_null(found);
    ferry_frame_info info = {.width = 2,
                             .height = 2,
                             .format = FERRY_FORMAT_NV12,
                             .plane_count = 2,
                             .plane_offset_bytes = {4, 1},
                             .plane_stride_bytes = {3, 2},
                             .length_bytes = sizeof nv12};
    assert_int_equal(ferry_image_save(path_of("b.raw"), &info, nv12, NULL, NULL), FERRY_OK);
    assert_int_equal(content_of(path_of("b.raw"), found), sizeof wanted);
    assert_memory_equal(found, wanted, sizeof wanted);
    info = (ferry_frame_info){.width = 2,
                              .height = 2,
                              .format = FERRY_FORMAT_GRAY,
                              .plane_count = 1,
                              .plane_offset_bytes = {2},
                              .plane_stride_bytes = {2},
                              .length_bytes = sizeof gray};
    static const char *const names[] = {"b.png", "b.tga"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ferry_image_save(path_of(names[i]), &info, gray, NULL, NULL), FERRY_OK);
        load(path_of(names[i]), &image);
        assert_memory_equal(image.pixels, gray + 2, 4);
    }
    ferry_image_free(&image);
    free(found);
    files_in_folder(1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jpeg_is_written_as_it_is),
        cmocka_unit_test(other_pictures_are_decoded),
        cmocka_unit_test(what_is_no_jpeg_is_not_written),
        cmocka_unit_test(other_kinds_are_not_decoded),
        cmocka_unit_test(planes_are_read_where_they_lie),
    };
    return cmocka_run_group_tests(tests, make_jpeg, remove_folder);
}
