#include "shared/parse.h"

#include <stddef.h>

#define NS_DIGITS 9
#define SECONDS_MAX_NS INT64_C(1000000000000000000)
#define RATE_DIGITS 6

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Appends a decimal digit to *value; false: it does not fit. */
static bool push(uint64_t *value, unsigned digit) {
    if (*value > (UINT64_MAX - digit) / 10)
        return false;
    *value = *value * 10 + digit;
    return true;
}

/* Reads digits at *cursor and moves it behind them. */
static bool take_whole(const char **cursor, uint64_t *out) {
    const char *at = *cursor;
    uint64_t value = 0;
    for (; is_digit(*at); at++)
        if (!push(&value, (unsigned)(*at - '0')))
            return false;
    if (at == *cursor)
        return false;
    *cursor = at;
    *out = value;
    return true;
}

/* Reads a number such as 12, 1.5 or .5 and gives it in units of 10^-places; what lies below one
 * unit is cut off. */
static bool parse_decimal(const char *text, unsigned places, uint64_t *out) {
    uint64_t value = 0;
    size_t digits = 0;
    for (; is_digit(*text); text++, digits++)
        if (!push(&value, (unsigned)(*text - '0')))
            return false;
    if (*text == '.')
        for (text++; is_digit(*text); text++, digits++)
            if (places > 0) {
                if (!push(&value, (unsigned)(*text - '0')))
                    return false;
                places--;
            }
    if (digits == 0 || *text != '\0')
        return false;
    for (; places > 0; places--)
        if (!push(&value, 0))
            return false;
    *out = value;
    return true;
}

bool app_parse_whole(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *out) {
    uint64_t value = 0;
    if (!take_whole(&text, &value) || *text != '\0' || value < minimum || value > maximum)
        return false;
    *out = value;
    return true;
}

static bool is_letter(char c, char small) {
    return c == small || c == small - 'a' + 'A';
}

/* Reads a unit, which takes the rest of the text: K, KB, KiB and so on, or B; the power of two. */
static bool take_unit(const char *text, unsigned *shift) {
    static const struct {
        char letter;
        unsigned shift;
    } units[] = {{'k', 10}, {'m', 20}, {'g', 30}};
    *shift = 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (is_letter(*text, units[i].letter))
            *shift = units[i].shift;
    if (*shift != 0)
        text++;
    if (*shift != 0 && is_letter(text[0], 'i') && is_letter(text[1], 'b'))
        text++;
    if (is_letter(*text, 'b'))
        text++;
    return *text == '\0';
}

bool app_parse_size(const char *text, uint64_t *bytes) {
    uint64_t value = 0;
    unsigned shift = 0;
    if (!take_whole(&text, &value) || value == 0)
        return false;
    if (*text == ' ' && text[1] != '\0')
        text++;
    if (!take_unit(text, &shift) || value > UINT64_MAX >> shift)
        return false;
    *bytes = value << shift;
    return true;
}

bool app_parse_seconds(const char *text, int64_t *ns) {
    uint64_t value = 0;
    if (!parse_decimal(text, NS_DIGITS, &value) || value > SECONDS_MAX_NS)
        return false;
    *ns = (int64_t)value;
    return true;
}

bool app_parse_rate(const char *text, app_rate *out) {
    app_rate rate = {.seconds = 1};
    const char *cursor = text;
    if (take_whole(&cursor, &rate.frames) && *cursor == '/') {
        cursor++;
        if (!take_whole(&cursor, &rate.seconds) || *cursor != '\0' || rate.seconds == 0)
            return false;
    } else {
        if (!parse_decimal(text, RATE_DIGITS, &rate.frames))
            return false;
        for (unsigned i = 0; i < RATE_DIGITS; i++)
            rate.seconds *= 10;
        while (rate.frames % 10 == 0 && rate.seconds > 1) {
            rate.frames /= 10;
            rate.seconds /= 10;
        }
    }
    if (rate.frames > APP_RATE_MAX || rate.seconds > APP_RATE_MAX)
        return false;
    *out = rate;
    return true;
}
