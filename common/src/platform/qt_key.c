#include "platform/qt_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "support/error.h"
#include "support/sha1.h"
#include "support/utf8.h"

/* isalpha would ask the locale. */
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_utf8(const char *text) {
    const unsigned char *next = (const unsigned char *)text;
    for (size_t bytes = 0; *next != '\0'; next += bytes) {
        bytes = ferryi_utf8_bytes(next);
        if (bytes == 0)
            return false;
    }
    return true;
}

static size_t count_letters(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += is_letter(*text);
    return count;
}

static void write_digits(char *out, const uint8_t sum[FERRYI_SHA1_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < FERRYI_SHA1_BYTES; i++) {
        *out++ = digits[sum[i] >> 4];
        *out++ = digits[sum[i] & 15];
    }
    *out = '\0';
}

ferry_status ferryi_qt_key_name(char out[FERRYI_QT_NAME_BYTES], const char *prefix, const char *key,
                                ferry_error *error) {
    enum { DIGITS = 2 * FERRYI_SHA1_BYTES };
    uint8_t sum[FERRYI_SHA1_BYTES];
    size_t used = strlen(prefix);
    if (key[0] == '\0')
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "the key is empty: give one");
    if (!is_utf8(key))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "the key is not UTF-8");
    if (used + count_letters(key) + DIGITS >= FERRYI_QT_NAME_BYTES)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "the key has too many letters: a name has room for %zu",
                           FERRYI_QT_NAME_BYTES - 1 - DIGITS - used);
    memcpy(out, prefix, used);
    for (const char *next = key; *next != '\0'; next++)
        if (is_letter(*next))
            out[used++] = *next;
    ferryi_sha1(sum, key, strlen(key));
    write_digits(out + used, sum);
    return FERRY_OK;
}
