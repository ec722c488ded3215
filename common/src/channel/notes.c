/* Notes in a frame's metadata, which may be anything: each line is copied before it is looked at.
 */
#include <frameferry/frame.h>
#include <frameferry/notes.h>

#include <string.h>

#include "support/error.h"
#include "support/need.h"
#include "support/utf8.h"

static const char key_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789_.-";

static bool is_key(const char *key) {
    return key[0] != '\0' && key[strspn(key, key_characters)] == '\0';
}

static bool is_value(const char *value) {
    const unsigned char *in = (const unsigned char *)value;
    while (*in != '\0') {
        size_t bytes = ferryi_utf8_bytes(in);
        if (bytes == 0 || ferryi_utf8_is_control(in, bytes))
            return false;
        in += bytes;
    }
    return true;
}

/* ---- reading ---- */

/* How much metadata there is; more than a frame can have is none. */
static uint32_t bytes_of(const ferry_frame_info *info) {
    return info->metadata_bytes <= FERRY_METADATA_MAX ? info->metadata_bytes : 0;
}

/* Cuts a line without its end into a note. */
static bool cut(const char *line, size_t bytes, ferry_note *out) {
    const char *equals = memchr(line, '=', bytes);
    if (equals == NULL)
        return false;
    size_t key_bytes = (size_t)(equals - line);
    size_t value_bytes = bytes - key_bytes - 1;
    memcpy(out->key, line, key_bytes);
    out->key[key_bytes] = '\0';
    memcpy(out->value, equals + 1, value_bytes);
    out->value[value_bytes] = '\0';
    return strlen(out->key) == key_bytes && is_key(out->key) && strlen(out->value) == value_bytes &&
           is_value(out->value);
}

/* The note that begins at *at, below the limit. */
static bool next(const ferry_frame_info *info, uint32_t limit, uint32_t *at, ferry_note *out) {
    if (*at >= limit)
        return false;
    const char *line = (const char *)info->metadata + *at;
    const char *end = memchr(line, '\n', limit - *at);
    if (end == NULL || !cut(line, (size_t)(end - line), out))
        return false;
    *at += (uint32_t)(end - line) + 1;
    return true;
}

/* Whether one of the notes before the limit has the key, and which. */
static bool has_key(const ferry_frame_info *info, uint32_t limit, const char *key,
                    ferry_note *out) {
    for (uint32_t at = 0; next(info, limit, &at, out);)
        if (strcmp(out->key, key) == 0)
            return true;
    return false;
}

bool ferry_notes_next(const ferry_frame_info *info, uint32_t *at, ferry_note *out) {
    return info != NULL && at != NULL && out != NULL && next(info, bytes_of(info), at, out);
}

bool ferry_notes_are_valid(const ferry_frame_info *info) {
    uint32_t at = 0, bytes = info != NULL ? bytes_of(info) : 0;
    while (at < bytes) {
        ferry_note note, same;
        uint32_t begin = at;
        if (!next(info, bytes, &at, &note) || has_key(info, begin, note.key, &same))
            return false;
    }
    return bytes > 0;
}

bool ferry_notes_find(const ferry_frame_info *info, const char *key, ferry_note *out) {
    ferry_note found;
    if (key == NULL || !ferry_notes_are_valid(info) || !has_key(info, bytes_of(info), key, &found))
        return false;
    if (out != NULL)
        *out = found;
    return true;
}

/* ---- writing ---- */

static ferry_status check_note(const ferry_frame_info *info, const char *key, const char *value,
                               ferry_error *error) {
    ferry_note same;
    if (!is_key(key))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "key \"%.100s\" is none: it has one or more of the characters A-Z a-z "
                           "0-9 _ . and -",
                           key);
    if (!is_value(value))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "value of %.100s cannot be: it has to be UTF-8 text without line ends "
                           "and other control characters",
                           key);
    if (info->metadata_bytes != 0 && !ferry_notes_are_valid(info))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "info has metadata that does not consist of notes: a note cannot be "
                           "added to it");
    if (has_key(info, info->metadata_bytes, key, &same))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "key %.100s has a value already", key);
    return FERRY_OK;
}

ferry_status ferry_notes_add(ferry_frame_info *info, const char *key, const char *value,
                             ferry_error *error) {
    ferry_status status = ferryi_need(info, "info", error);
    if (status == FERRY_OK)
        status = ferryi_need(key, "key", error);
    if (status == FERRY_OK)
        status = ferryi_need(value, "value", error);
    if (status == FERRY_OK)
        status = check_note(info, key, value, error);
    if (status != FERRY_OK)
        return status;
    size_t key_bytes = strlen(key), value_bytes = strlen(value);
    size_t room = FERRY_METADATA_MAX - info->metadata_bytes;
    if (key_bytes >= room || value_bytes >= room || key_bytes + value_bytes + 2 > room)
        return ferryi_fail(error, FERRY_TOO_LARGE, 0,
                           "the note %.100s is too much: keys and values, with two bytes for each "
                           "pair, may have %d bytes in all",
                           key, FERRY_METADATA_MAX);
    uint8_t *end = info->metadata + info->metadata_bytes;
    memcpy(end, key, key_bytes);
    end[key_bytes] = '=';
    memcpy(end + key_bytes + 1, value, value_bytes);
    end[key_bytes + 1 + value_bytes] = '\n';
    info->metadata_bytes += (uint32_t)(key_bytes + value_bytes + 2);
    return FERRY_OK;
}
