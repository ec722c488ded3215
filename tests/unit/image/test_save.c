/* Saving PNG files: pixel for pixel; failures that leave nothing behind. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/convert.h>

#include "emulation.h"

#include "image_files.h"
#include "sanitizer.h"

#include "platform/file.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static uint32_t random_state = 1;

static uint8_t random_byte(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint8_t)(random_state >> 24);
}

static uint8_t noise(size_t i) {
    (void)i;
    return random_byte();
}

static uint8_t flat(size_t i) {
    (void)i;
    return 7;
}

/* Repeats itself at a distance beyond what a match can reach, and at one just within. */
static uint8_t far_repeats(size_t i) {
    size_t k = i % 40000 < 33000 ? i % 40000 : i % 40000 - 32700;
    return (uint8_t)((k * k) >> 7);
}

static uint8_t *pixels_of(ferry_frame_info *info, uint32_t format, int32_t width, int32_t height,
                          uint32_t padding, uint8_t (*fill)(size_t)) {
    ferry_layout layout;
    *info = (ferry_frame_info){.width = width, .height = height, .format = format};
    assert_int_equal(ferry_layout_compute(&layout, format, width, height, 0), FERRY_OK);
    info->stride_bytes = padding != 0 ? layout.planes[0].row_bytes + padding : 0;
    assert_int_equal(ferry_layout_compute(&layout, format, width, height, info->stride_bytes),
                     FERRY_OK);
    info->length_bytes = layout.length_bytes;
    uint8_t *pixels = malloc(layout.length_bytes);
    for (size_t i = 0; i < layout.length_bytes; i++)
        pixels[i] = fill(i);
    return pixels;
}

static void save(const char *path, const ferry_frame_info *info, const uint8_t *pixels) {
    ferry_error error;
    if (ferry_image_save(path, info, pixels, NULL, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

/* What a saved and loaded file has in the place of a pixel's byte. */
typedef struct kind {
    uint32_t format, loaded;
    size_t bytes, loaded_bytes;
    size_t source[4]; /* for each loaded byte the one in the frame */
} kind;

static const kind kinds[] = {
    {FERRY_FORMAT_GRAY, FERRY_FORMAT_GRAY, 1, 1, {0}},
    {FERRY_FORMAT_GRAY16LE, FERRY_FORMAT_GRAY16LE, 2, 2, {0, 1}},
    {FERRY_FORMAT_RGB24, FERRY_FORMAT_RGB24, 3, 3, {0, 1, 2}},
    {FERRY_FORMAT_BGR24, FERRY_FORMAT_RGB24, 3, 3, {2, 1, 0}},
    {FERRY_FORMAT_RGBA, FERRY_FORMAT_RGBA, 4, 4, {0, 1, 2, 3}},
    {FERRY_FORMAT_BGRA, FERRY_FORMAT_RGBA, 4, 4, {2, 1, 0, 3}},
};

static void assert_saved(const kind *k, int32_t width, int32_t height, uint32_t padding,
                         uint8_t (*fill)(size_t)) {
    ferry_frame_info info;
    ferry_image image = FERRY_IMAGE_INIT;
    uint8_t *pixels = pixels_of(&info, k->format, width, height, padding, fill);
    const char *path = path_of("saved.png");
    save(path, &info, pixels);
    load(path, &image);
    assert_int_equal(image.info.width, width);
    assert_int_equal(image.info.height, height);
    assert_int_equal(image.info.format, k->loaded);
    size_t stride = info.stride_bytes != 0 ? info.stride_bytes : (size_t)width * k->bytes;
    for (size_t y = 0; y < (size_t)height; y++)
        for (size_t x = 0; x < (size_t)width; x++)
            for (size_t c = 0; c < k->loaded_bytes; c++) {
                size_t at = (y * (size_t)width + x) * k->loaded_bytes + c;
                if (image.pixels[at] != pixels[y * stride + x * k->bytes + k->source[c]])
                    fail_msg("%s %d x %d: byte %zu of pixel %zu,%zu", ferry_format_name(k->format),
                             width, height, c, x, y);
            }
    free(pixels);
    ferry_image_free(&image);
}

static void what_is_saved_is_loaded(void **state) {
    (void)state;
    static const int32_t sizes[][2] = {{1, 1},   {1, 7},   {7, 1},  {2, 2},   {3, 5},    {33, 17},
                                       {255, 3}, {256, 2}, {5, 64}, {1, 300}, {21845, 1}};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            assert_saved(&kinds[k], sizes[i][0], sizes[i][1], 0, noise);
            assert_saved(&kinds[k], sizes[i][0], sizes[i][1], 0, flat);
            assert_saved(&kinds[k], sizes[i][0], sizes[i][1], 5, noise);
        }
    assert_int_equal(files_in_folder(0), 1);
}

static void large_pictures_of_every_texture(void **state) {
    (void)state;
    assert_saved(&kinds[0], 1000, 301, 0, far_repeats);
    assert_saved(&kinds[4], 301, 200, 3, far_repeats);
    assert_saved(&kinds[2], 640, 480, 0, flat);
    assert_saved(&kinds[3], 211, 313, 0, noise);
    struct stat info; /* noise takes hardly more than itself, a flat picture next to nothing */
    assert_int_equal(stat(path_of("saved.png"), &info), 0);
    assert_true(info.st_size < 211 * 313 * 3 + 1000);
    assert_saved(&kinds[2], 640, 480, 0, flat);
    assert_int_equal(stat(path_of("saved.png"), &info), 0);
    assert_true(info.st_size < 640 * 480 * 3 / 50);
}

static void other_formats_are_converted(void **state) {
    (void)state;
    static const uint32_t formats[] = {FERRY_FORMAT_YUYV422, FERRY_FORMAT_NV12,
                                       FERRY_FORMAT_YUV420P};
    for (size_t i = 0; i < 3; i++) {
        ferry_frame_info info;
        ferry_image saved = FERRY_IMAGE_INIT, converted = FERRY_IMAGE_INIT;
        uint8_t *pixels = pixels_of(&info, formats[i], 13, 7, 9, noise);
        info.color_matrix = FERRY_MATRIX_BT709;
        save(path_of("yuv.png"), &info, pixels);
        load(path_of("yuv.png"), &saved);
        assert_int_equal(ferry_image_convert(&info, pixels, FERRY_FORMAT_RGB24, &converted, NULL),
                         FERRY_OK);
        assert_int_equal(saved.info.length_bytes, converted.info.length_bytes);
        assert_memory_equal(saved.pixels, converted.pixels, converted.info.length_bytes);
        free(pixels);
        ferry_image_free(&saved);
        ferry_image_free(&converted);
    }
    files_in_folder(1);
}

static void assert_not_saved(const char *path, int os_code) {
    ferry_frame_info info;
    ferry_error error = {FERRY_OK, 0, ""};
    uint8_t *pixels = pixels_of(&info, FERRY_FORMAT_RGB24, 100, 100, 0, noise);
    int before = files_in_folder(0);
    assert_int_equal(ferry_image_save(path, &info, pixels, NULL, &error), FERRY_SYSTEM_ERROR);
    assert_int_equal(error.os_code, os_code);
    assert_non_null(strstr(error.message, path));
    assert_int_equal(files_in_folder(0), before);
    free(pixels);
}

static void assert_not_opened(const char *path) {
    ferryi_file_output output;
    ferry_error error;
    assert_int_equal(ferryi_file_output_open(&output, path, &error), FERRY_SYSTEM_ERROR);
    assert_int_equal(error.os_code, EISDIR);
}

static void a_failure_leaves_nothing_behind(void **state) {
    (void)state;
    assert_not_saved(path_of("missing/a.png"), ENOENT);
    write_file("file", "kept", 4);
    assert_not_saved(path_of("file/a.png"), ENOTDIR);
    assert_int_equal(mkdir(path_of("dir.png"), 0700), 0);
    assert_not_saved(path_of("dir.png"), EISDIR);
    assert_not_opened(path_of("dir.png/"));
    assert_not_opened("");
    /* A device or pipe must not be replaced by a file. */
    assert_int_equal(mkfifo(path_of("pipe.png"), 0600), 0);
    assert_not_saved(path_of("pipe.png"), EEXIST);
    struct stat info;
    assert_int_equal(lstat(path_of("pipe.png"), &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    char name[300];
    memset(name, 'x', sizeof name);
    memcpy(name + 252, ".png", 5); /* 256 bytes: one more than a name may have */
    assert_not_saved(path_of(name), ENAMETOOLONG);
    files_in_folder(1);
}

/* One that nobody writes to: reading would wait for ever. */
static void a_pipe_is_an_empty_picture(void **state) {
    (void)state;
    alarm(60);
    assert_int_equal(mkfifo(path_of("pipe.png"), 0600), 0);
    assert_unreadable(path_of("pipe.png"), "is empty");
    alarm(0);
    files_in_folder(1);
}

/* A file that may not grow stands for a full disk: some bytes can be written, then no more. */
static void limit_files(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_write_that_fails_leaves_the_old_file(void **state) {
    (void)state;
    write_file("old.png", "kept", 4);
    limit_files(8192);
    assert_not_saved(path_of("old.png"), EFBIG);
    assert_not_saved(path_of("new.png"), EFBIG);
    limit_files(RLIM_INFINITY);
    char content[5] = "";
    FILE *file = fopen(path_of("old.png"), "rb");
    assert_int_equal(fread(content, 1, 5, file), 4);
    fclose(file);
    assert_string_equal(content, "kept");
    files_in_folder(1);
}

/* How much address space the process takes. */
static rlim_t space_in_use(void) {
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%llu", &pages), 1);
    fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static ferry_status save_in_memory(const char *path, const ferry_frame_info *info,
                                   const uint8_t *pixels) {
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    ferry_status status = ferry_image_encode(path, info, pixels, NULL, &file, NULL);
    ferry_image_file_free(&file);
    return status;
}

/* Saves with ever more memory until there is enough; returns how often there was too little. */
static int attempts_to_save(const char *path, const ferry_frame_info *info, const uint8_t *pixels,
                            bool in_memory) {
    enum { STEPS = 400, STEP_BYTES = 1 << 17 };
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
    rlim_t before = limit.rlim_cur, used = space_in_use();
    ferry_status status = FERRY_NO_MEMORY;
    int steps = 0;
    while (steps < STEPS && status == FERRY_NO_MEMORY) {
        assert_int_equal(files_in_folder(0), 0);
        limit.rlim_cur = used + (rlim_t)steps++ * STEP_BYTES;
        assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
        status = in_memory ? save_in_memory(path, info, pixels)
                           : ferry_image_save(path, info, pixels, NULL, NULL);
        limit.rlim_cur = before;
        assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    }
    assert_int_equal(status, FERRY_OK);
    assert_int_equal(files_in_folder(1), in_memory ? 0 : 1);
    return steps - 1;
}

/* Memory that runs out at any point: in libpng, for the compressor, in a conversion. */
static void saving_with_too_little_memory(void **state) {
    (void)state;
    SKIP_SANITIZED(UNDER_ADDRESS_SANITIZER || UNDER_THREAD_SANITIZER,
                   "it needs all the address space that there is");
    SKIP_EMULATED("qemu-user sets no limit to the address space");
    ferry_frame_info info;
    uint8_t *pixels = pixels_of(&info, FERRY_FORMAT_RGB24, 1000, 1000, 0, noise);
    assert_true(attempts_to_save(path_of("tight.png"), &info, pixels, false) > 0);
    assert_true(attempts_to_save("tight.bmp", &info, pixels, true) > 0);
    info.format = FERRY_FORMAT_NV12; /* of the same pixels, less */
    info.stride_bytes = 0;
    /* Freed memory may be used again. */
    attempts_to_save(path_of("tight.png"), &info, pixels, false);
    attempts_to_save(path_of("tight.jpg"), &info, pixels, false);
    attempts_to_save("tight.png", &info, pixels, true);
    attempts_to_save("tight.jpg", &info, pixels, true);
    free(pixels);
}

static void descriptions_that_cannot_be(void **state) {
    (void)state;
    ferry_frame_info info;
    ferry_error error;
    uint8_t *pixels = pixels_of(&info, FERRY_FORMAT_RGB24, 4, 4, 0, noise);
    const char *path = path_of("a.png");
    info.format = 1;
    assert_int_equal(ferry_image_save(path, &info, pixels, NULL, &error), FERRY_NOT_SUPPORTED);
    assert_non_null(strstr(error.message, path));
    info.format = FERRY_FORMAT_RGB24;
    info.length_bytes--;
    assert_int_equal(ferry_image_save(path, &info, pixels, NULL, &error), FERRY_INVALID_ARGUMENT);
    info.length_bytes = 0;
    info.width = 0;
    assert_int_equal(ferry_image_save(path, &info, pixels, NULL, &error), FERRY_INVALID_ARGUMENT);
    info.width = 4;
    assert_int_equal(ferry_image_save(NULL, &info, pixels, NULL, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_image_save(path, NULL, pixels, NULL, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_image_save(path, &info, NULL, NULL, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(files_in_folder(0), 0);
    free(pixels);
}

static void names_modes_and_what_was_there(void **state) {
    (void)state;
    ferry_frame_info info;
    ferry_image image = FERRY_IMAGE_INIT;
    uint8_t *pixels = pixels_of(&info, FERRY_FORMAT_RGB24, 4, 4, 0, noise);
    char name[300];
    memset(name, 'x', sizeof name);
    memcpy(name + 251, ".png", 5); /* 255 bytes: as long as a name may be */
    mode_t mask = umask(027);
    save(path_of(name), &info, pixels);
    struct stat status;
    assert_int_equal(stat(path_of(name), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    umask(022);
    save(path_of("\303\244\303\266 umlauts with many more letters \303\274.png"), &info, pixels);
    write_file("old.png", "this was here before", 20);
    save(path_of("old.png"), &info, pixels);
    assert_int_equal(stat(path_of("old.png"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0644);
    umask(mask);
    load(path_of("old.png"), &image);
    assert_memory_equal(image.pixels, pixels, 48);
    assert_int_equal(files_in_folder(1), 3);
    assert_int_equal(chdir(folder), 0); /* a path without a folder */
    save("here.png", &info, pixels);
    load(path_of("here.png"), &image);
    assert_int_equal(files_in_folder(1), 1);
    assert_int_equal(chdir("/"), 0);
    free(pixels);
    ferry_image_free(&image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        /* First, while nothing freed is left that could be used again. */
        cmocka_unit_test(saving_with_too_little_memory),
        cmocka_unit_test(what_is_saved_is_loaded),
        cmocka_unit_test(large_pictures_of_every_texture),
        cmocka_unit_test(other_formats_are_converted),
        cmocka_unit_test(a_failure_leaves_nothing_behind),
        cmocka_unit_test(a_pipe_is_an_empty_picture),
        cmocka_unit_test(a_write_that_fails_leaves_the_old_file),
        cmocka_unit_test(descriptions_that_cannot_be),
        cmocka_unit_test(names_modes_and_what_was_there),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
