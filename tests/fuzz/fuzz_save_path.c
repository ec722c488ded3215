/* Patterns of --save: the first 16 bytes are a frame's number and time, then come the name of a
 * channel up to a line end, and the pattern. */
#include "fuzz.h"
#include "save_path.h"

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

/* A word makes no directory and leaves none: the path has the steps that the user wrote. */
static void check(const save_pattern *pattern, const char *path, size_t length) {
    size_t written_slashes, written_upwards, slashes, upwards;
    FUZZ_CHECK(strlen(path) == length);
    count_steps(pattern->text, strlen(pattern->text), &written_slashes, &written_upwards);
    count_steps(path, length, &slashes, &upwards);
    FUZZ_CHECK(slashes <= written_slashes + pattern->is_directory);
    FUZZ_CHECK(slashes >= written_slashes);
    FUZZ_CHECK(upwards <= written_upwards);
    size_t directory = save_path_directory(path);
    FUZZ_CHECK(directory <= length);
}

/* The first name behind the directory that all files have in common counts as that of its frame, or
 * of a higher one. */
static void match_own(const save_pattern *pattern, const save_words *words, const char *path,
                      size_t directory) {
    const char *name = path + directory;
    uint64_t frame = 0;
    name += strspn(name, "/");
    size_t bytes = strcspn(name, "/");
    char *part = malloc(bytes + 1);
    FUZZ_CHECK(part != NULL);
    memcpy(part, name, bytes);
    part[bytes] = '\0';
    FUZZ_CHECK(save_pattern_match(pattern, words->channel, part, &frame) == pattern->is_counted);
    FUZZ_CHECK(!pattern->is_counted || frame >= words->frame);
    free(part);
}

/* Any name: it counts as a number that it has in it, or not at all. */
static void match_any(const save_pattern *pattern, const save_words *words, const char *name) {
    uint64_t frame = 0;
    if (!save_pattern_match(pattern, words->channel, name, &frame))
        return;
    FUZZ_CHECK(pattern->is_counted);
    FUZZ_CHECK(strpbrk(name, "0123456789") != NULL);
}

static void expand(const save_pattern *pattern, const save_words *words) {
    size_t length = save_pattern_expand(pattern, words, NULL, 0);
    if (length == 0)
        return;
    for (size_t capacity = 1; capacity <= length + 1; capacity += length / 3 + 1) {
        char *cut = malloc(capacity);
        FUZZ_CHECK(cut != NULL);
        FUZZ_CHECK(save_pattern_expand(pattern, words, cut, capacity) == length);
        FUZZ_CHECK(strlen(cut) == (length < capacity ? length : capacity - 1));
        free(cut);
    }
    char *path = malloc(length + 1);
    FUZZ_CHECK(path != NULL);
    save_pattern_expand(pattern, words, path, length + 1);
    check(pattern, path, length);
    char *directory = malloc(length + 1);
    FUZZ_CHECK(directory != NULL);
    size_t bytes = save_pattern_directory(pattern, words->channel, directory, length + 1);
    FUZZ_CHECK(bytes <= length);
    match_own(pattern, words, path, bytes);
    match_any(pattern, words, path);
    match_any(pattern, words, pattern->text);
    match_any(pattern, words, words->channel);
    free(directory);
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input in = {.data = data, .left = size};
    save_words words = {.frame = fuzz_take(&in, 8), .time_us = fuzz_take(&in, 8)};
    char *text = fuzz_text(in.data, in.left);
    char *end = strchr(text, '\n');
    char *pattern_text = end != NULL ? end + 1 : text;
    if (end != NULL)
        *end = '\0';
    words.channel = text;
    save_pattern pattern;
    save_problem problem = save_pattern_parse(&pattern, pattern_text);
    if (problem == SAVE_FINE || problem == SAVE_OTHER_KIND)
        expand(&pattern, &words);
    else if (problem != SAVE_EMPTY && problem != SAVE_UNKNOWN_KIND)
        FUZZ_CHECK(pattern.word >= pattern_text &&
                   pattern.word + pattern.word_bytes <= pattern_text + strlen(pattern_text));
    free(text);
    return 0;
}
