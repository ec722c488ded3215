#include "meta.h"

#include <string.h>

#include "text.h"

static const char key_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789_.-";

/* Text that is safe for a terminal has neither control characters nor bytes that are not UTF-8. */
static bool is_text(const char *value) {
    char safe[FERRY_METADATA_MAX + 1];
    ferryi_text_escape(safe, sizeof safe, value);
    return strcmp(safe, value) == 0;
}

/* Cuts a line without its end into its two parts. */
static ferryi_meta_verdict cut(const char *line, size_t bytes, ferryi_meta_pair *out) {
    const char *equals = memchr(line, '=', bytes);
    if (equals == NULL)
        return FERRYI_META_NO_PAIR;
    if (bytes >= FERRY_METADATA_MAX)
        return FERRYI_META_TOO_LONG;
    size_t key_bytes = (size_t)(equals - line);
    size_t value_bytes = bytes - key_bytes - 1;
    memcpy(out->key, line, key_bytes);
    out->key[key_bytes] = '\0';
    memcpy(out->value, equals + 1, value_bytes);
    out->value[value_bytes] = '\0';
    if (key_bytes == 0 || strspn(out->key, key_characters) != key_bytes)
        return FERRYI_META_BAD_KEY;
    if (strlen(out->value) != value_bytes || !is_text(out->value))
        return FERRYI_META_BAD_TEXT;
    return FERRYI_META_FINE;
}

bool ferryi_meta_next(const uint8_t *text, size_t bytes, size_t *at, ferryi_meta_pair *out) {
    const uint8_t *end = *at < bytes ? memchr(text + *at, '\n', bytes - *at) : NULL;
    if (end == NULL)
        return false;
    const char *line = (const char *)text + *at;
    size_t line_bytes = (size_t)(end - text) - *at;
    *at += line_bytes + 1;
    return cut(line, line_bytes, out) == FERRYI_META_FINE;
}

/* Whether one of the lines before the place has the key. */
static bool has_key(const uint8_t *text, size_t bytes, const char *key) {
    ferryi_meta_pair pair;
    for (size_t at = 0; ferryi_meta_next(text, bytes, &at, &pair);)
        if (strcmp(pair.key, key) == 0)
            return true;
    return false;
}

bool ferryi_meta_is_valid(const uint8_t *text, size_t bytes) {
    size_t at = 0;
    while (at < bytes) {
        ferryi_meta_pair pair;
        size_t begin = at;
        if (!ferryi_meta_next(text, bytes, &at, &pair) || has_key(text, begin, pair.key))
            return false;
    }
    return bytes > 0;
}

ferryi_meta_verdict ferryi_meta_add(ferryi_meta *meta, const char *pair) {
    ferryi_meta_pair parts;
    size_t bytes = strlen(pair);
    ferryi_meta_verdict verdict = cut(pair, bytes, &parts);
    if (verdict != FERRYI_META_FINE)
        return verdict;
    if (has_key(meta->text, meta->bytes, parts.key))
        return FERRYI_META_REPEATED;
    if (bytes + 1 > sizeof meta->text - meta->bytes)
        return FERRYI_META_TOO_LONG;
    memcpy(meta->text + meta->bytes, pair, bytes);
    meta->text[meta->bytes + bytes] = '\n';
    meta->bytes += (uint32_t)bytes + 1;
    return FERRYI_META_FINE;
}
