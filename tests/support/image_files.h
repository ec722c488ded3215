/* A folder for the files of a test program, and what is asserted about loading them. */
#ifndef IMAGE_FILES_H
#define IMAGE_FILES_H

/* After cmocka.h, and with the POSIX declarations on. */
#include <dirent.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "surroundings.h"

static char folder[512];

static inline int make_folder(void **state) {
    (void)state;
    return make_temporary_folder(folder, sizeof folder) ? 0 : -1;
}

/* The path of a file in the folder; valid until the call after the next. */
static inline const char *path_of(const char *name) {
    static char paths[2][1024];
    static int turn;
    turn = !turn;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", folder, name);
    return paths[turn];
}

static inline const char *write_file(const char *name, const void *bytes, size_t length) {
    const char *path = path_of(name);
    remove(path); /* some file systems write to the disk what replaces a file's content */
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* How many files, hidden ones too, the folder holds; removes them if told to. */
static inline int files_in_folder(int remove_them) {
    DIR *dir = opendir(folder);
    int count = 0;
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        if (remove_them)
            remove(path_of(entry->d_name));
    }
    closedir(dir);
    return count;
}

static inline int remove_folder(void **state) {
    (void)state;
    files_in_folder(1);
    return rmdir(folder);
}

static inline void load(const char *path, ferry_image *out) {
    ferry_error error;
    if (ferry_image_load(path, NULL, out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

static inline void assert_unreadable(const char *path, const char *part_of_sentence) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error = {FERRY_OK, 0, ""};
    assert_int_equal(ferry_image_load(path, NULL, &image, &error), FERRY_UNREADABLE);
    assert_int_equal(error.status, FERRY_UNREADABLE);
    assert_non_null(strstr(error.message, path));
    if (strstr(error.message, part_of_sentence) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.message, part_of_sentence);
    assert_int_equal(image.info.width, 0);
    ferry_image_free(&image);
}

/* Every length below the whole: refused, unless only bytes are missing that the picture does not
 * need, and then the pixels are the same. */
static inline void cut_at_every_length(const char *name, const uint8_t *bytes, size_t length,
                                       size_t spare) {
    ferry_image whole = FERRY_IMAGE_INIT, cut = FERRY_IMAGE_INIT;
    load(write_file(name, bytes, length), &whole);
    for (size_t kept = 0; kept < length; kept++) {
        const char *path = write_file(name, bytes, kept);
        ferry_error error;
        ferry_status status = ferry_image_load(path, NULL, &cut, &error);
        ferry_image_probe(path, NULL, &cut, NULL);
        if (kept + spare < length) {
            if (status != FERRY_UNREADABLE)
                fail_msg("%s cut to %zu of %zu bytes: %d", name, kept, length, status);
            assert_non_null(strstr(error.message, path));
            continue;
        }
        if (status != FERRY_OK)
            fail_msg("%s cut to %zu of %zu bytes: %s", name, kept, length, error.message);
        assert_memory_equal(cut.pixels, whole.pixels, whole.info.length_bytes);
    }
    ferry_image_free(&whole);
    ferry_image_free(&cut);
}

/* Nothing is allocated for a size that is refused. */
static inline void assert_bomb(const char *name, const void *bytes, size_t length) {
    const char *path = write_file(name, bytes, length);
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error;
    assert_int_equal(ferry_image_load(path, NULL, &image, &error), FERRY_UNREADABLE);
    assert_non_null(strstr(error.message, "more than"));
    assert_non_null(strstr(error.message, path));
    assert_null(image.pixels);
    assert_int_equal(ferry_image_probe(path, NULL, &image, &error), FERRY_UNREADABLE);
}

#endif
