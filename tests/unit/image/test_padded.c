/* Picture files of every kind with gigabytes of zeros behind the picture: it is read, and not much
 * of the zeros. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_MAX = 64 << 20 };
static const off_t padded_length = (off_t)5 << 30;

static uint64_t bytes_read_so_far(void) {
    unsigned long long count = 0;
    FILE *file = fopen("/proc/self/io", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "rchar: %llu", &count), 1);
    fclose(file);
    return count;
}

/* A copy of so many parts of 16 of a file under its own name, which tells a TGA. */
static void copy_padded(const char *from, const char *to, size_t parts) {
    static uint8_t bytes[1 << 20];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    size_t length = fread(bytes, 1, sizeof bytes, in);
    length = length * parts / 16;
    assert_int_equal(fwrite(bytes, 1, length, out), length);
    fclose(in);
    fclose(out);
    assert_int_equal(truncate(to, padded_length), 0);
}

static void check(const char *folder, const char *name) {
    char from[1024], to[1024];
    ferry_image plain = FERRY_IMAGE_INIT, padded = FERRY_IMAGE_INIT;
    ferry_error error;
    snprintf(from, sizeof from, "%s/%s", PICTURES, name);
    snprintf(to, sizeof to, "%s/%s", folder, name);
    if (ferry_image_load(from, NULL, &plain, NULL) != FERRY_OK) { /* refused in any case */
        ferry_image_free(&plain);
        return;
    }
    copy_padded(from, to, 16);
    uint64_t before = bytes_read_so_far();
    if (ferry_image_load(to, NULL, &padded, &error) != FERRY_OK)
        fail_msg("%s", error.message);
    if (bytes_read_so_far() - before > READ_MAX)
        fail_msg("%s: %llu bytes were read", name,
                 (unsigned long long)(bytes_read_so_far() - before));
    assert_int_equal(plain.info.length_bytes, padded.info.length_bytes);
    assert_memory_equal(plain.pixels, padded.pixels, plain.info.length_bytes);
    ferry_image_free(&plain);
    ferry_image_free(&padded);
    unlink(to);
}

/* Part of a picture and then zeros, as an unfinished download leaves it. A TIFF may point at any
 * place of its file, so that damaged numbers in it can be far away. */
static void check_part(const char *folder, const char *name) {
    char from[1024], to[1024];
    ferry_image plain = FERRY_IMAGE_INIT;
    snprintf(from, sizeof from, "%s/%s", PICTURES, name);
    snprintf(to, sizeof to, "%s/%s", folder, name);
    bool is_good =
        strncmp(name, "tiff_", 5) != 0 && ferry_image_load(from, NULL, &plain, NULL) == FERRY_OK;
    ferry_image_free(&plain);
    for (size_t parts = 1; is_good && parts < 16; parts++) {
        ferry_image padded = FERRY_IMAGE_INIT;
        ferry_error error = {.status = FERRY_OK};
        copy_padded(from, to, parts);
        uint64_t before = bytes_read_so_far();
        ferry_image_load(to, NULL, &padded, &error);
        if (bytes_read_so_far() - before > READ_MAX)
            fail_msg("%s, %zu of 16 parts: %llu bytes were read, %s", name, parts,
                     (unsigned long long)(bytes_read_so_far() - before), error.message);
        ferry_image_free(&padded);
        unlink(to);
    }
}

static void for_each_picture(void (*look)(const char *folder, const char *name)) {
    char folder[] = "/tmp/ferry-test-padded-XXXXXX";
    assert_non_null(mkdtemp(folder));
    DIR *pictures = opendir(PICTURES);
    assert_non_null(pictures);
    for (struct dirent *entry = readdir(pictures); entry != NULL; entry = readdir(pictures))
        if (entry->d_name[0] != '.')
            look(folder, entry->d_name);
    closedir(pictures);
    rmdir(folder);
}

static void files_are_read_as_far_as_their_picture(void **state) {
    (void)state;
    for_each_picture(check);
}

static void so_are_parts_of_them(void **state) {
    (void)state;
    for_each_picture(check_part);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(files_are_read_as_far_as_their_picture),
                                       cmocka_unit_test(so_are_parts_of_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
