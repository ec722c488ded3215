/* Patterns of --save: the first 16 bytes are a frame's number and time, then come the name of a
 * channel up to a line end, and the pattern. */
#include "fuzz.h"
#include "shared/save_path.h"

/* Slashes, and parts that lead upwards. */
static void count_steps(const char *path, size_t bytes, size_t *slashes, size_t *upwards) {
    *slashes = *upwards = 0;
    for (size_t i = 0; i < bytes; i++) {
        *slashes += path[i] == '/';
        bool begins = i == 0 || path[i - 1] == '/';
        bool ends = i + 2 == bytes || (i + 2 < bytes && path[i + 2] == '/');
        *upwards += begins && ends && i + 1 < bytes && path[i] == '.' && path[i + 1] == '.';
    }
}

/* A placeholder makes no directory and leaves none: the path has the steps that the user wrote. */
static void check(const app_save_pattern *pattern, const char *path, size_t length) {
    size_t written_slashes, written_upwards, slashes, upwards;
    FUZZ_CHECK(strlen(path) == length);
    count_steps(pattern->text, strlen(pattern->text), &written_slashes, &written_upwards);
    count_steps(path, length, &slashes, &upwards);
    FUZZ_CHECK(slashes <= written_slashes + pattern->is_directory);
    FUZZ_CHECK(slashes >= written_slashes);
    FUZZ_CHECK(upwards <= written_upwards);
    size_t directory = app_save_path_directory(path);
    FUZZ_CHECK(directory <= length);
}

/* The first name behind the directory that all files have in common counts as that of its frame, or
 * of a higher one. */
static void match_own(const app_save_pattern *pattern, const app_save_values *values,
                      const char *path, size_t directory) {
    const char *name = path + directory;
    uint64_t frame = 0;
    name += strspn(name, "/");
    size_t bytes = strcspn(name, "/");
    char *part = malloc(bytes + 1);
    FUZZ_CHECK(part != NULL);
    memcpy(part, name, bytes);
    part[bytes] = '\0';
    FUZZ_CHECK(app_save_pattern_match(pattern, values->channel, part, &frame) ==
               pattern->is_counted);
    FUZZ_CHECK(!pattern->is_counted || frame >= values->frame);
    free(part);
}

/* Any name: it counts as a number that it has in it, or not at all. */
static void match_any(const app_save_pattern *pattern, const app_save_values *values,
                      const char *name) {
    uint64_t frame = 0;
    if (!app_save_pattern_match(pattern, values->channel, name, &frame))
        return;
    FUZZ_CHECK(pattern->is_counted);
    FUZZ_CHECK(strpbrk(name, "0123456789") != NULL);
}

static void expand(const app_save_pattern *pattern, const app_save_values *values) {
    size_t length = app_save_pattern_expand(pattern, values, NULL, 0);
    if (length == 0)
        return;
    for (size_t capacity = 1; capacity <= length + 1; capacity += length / 3 + 1) {
        char *cut = malloc(capacity);
        FUZZ_CHECK(cut != NULL);
        FUZZ_CHECK(app_save_pattern_expand(pattern, values, cut, capacity) == length);
        FUZZ_CHECK(strlen(cut) == (length < capacity ? length : capacity - 1));
        free(cut);
    }
    char *path = malloc(length + 1);
    FUZZ_CHECK(path != NULL);
    app_save_pattern_expand(pattern, values, path, length + 1);
    check(pattern, path, length);
    char *directory = malloc(length + 1);
    FUZZ_CHECK(directory != NULL);
    size_t bytes = app_save_pattern_directory(pattern, values->channel, directory, length + 1);
    FUZZ_CHECK(bytes <= length);
    match_own(pattern, values, path, bytes);
    match_any(pattern, values, path);
    match_any(pattern, values, pattern->text);
    match_any(pattern, values, values->channel);
    free(directory);
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input in = {.data = data, .left = size};
    app_save_values values = {.frame = fuzz_take(&in, 8), .time_us = fuzz_take(&in, 8)};
    char *text = fuzz_text(in.data, in.left);
    char *end = strchr(text, '\n');
    char *pattern_text = end != NULL ? end + 1 : text;
    if (end != NULL)
        *end = '\0';
    values.channel = text;
    app_save_pattern pattern;
    app_save_problem problem = app_save_pattern_parse(&pattern, pattern_text);
    if (problem == APP_SAVE_FINE || problem == APP_SAVE_OTHER_KIND)
        expand(&pattern, &values);
    else if (problem != APP_SAVE_EMPTY && problem != APP_SAVE_UNKNOWN_KIND)
        FUZZ_CHECK(pattern.wrong >= pattern_text &&
                   pattern.wrong + pattern.wrong_bytes <= pattern_text + strlen(pattern_text));
    free(text);
    return 0;
}
