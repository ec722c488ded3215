#include "shared/frame_size.h"

#include <string.h>

#include "shared/parse.h"
#include "shared/text.h"

#define DIGITS "0123456789"
#define DIGITS_MAX 10

/* A number that is too long becomes none. */
static void take_digits(char out[DIGITS_MAX + 1], const char *text, size_t length) {
    memcpy(out, text, length <= DIGITS_MAX ? length : 0);
    out[length <= DIGITS_MAX ? length : 0] = '\0';
}

/* Reads a number up to a character, and returns what follows that. */
static const char *take_number(const char *text, char end, int32_t *out) {
    char digits[DIGITS_MAX + 1];
    uint64_t number = 0;
    size_t length = strspn(text, DIGITS);
    take_digits(digits, text, length);
    if (text[length] != end || !app_parse_whole(digits, 1, INT32_MAX, &number))
        return NULL;
    *out = (int32_t)number;
    return text + length + 1;
}

const char *app_frame_size_take(const char *text, int32_t *width, int32_t *height) {
    const char *rest = take_number(text, 'x', width);
    return rest != NULL ? take_number(rest, ':', height) : NULL;
}

uint32_t app_frame_size_format(const char *name, size_t length) {
    char copy[16] = "";
    if (length >= sizeof copy)
        return 0;
    memcpy(copy, name, length);
    return app_text_find_format(copy);
}
