#include "parameters.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 16
#define VALUE_MAX_BYTES 256
#define SECOND_NS 1000000000u

typedef enum kind { WHOLE, HEXADECIMAL, SECONDS, REAL, TEXT } kind;

static const struct {
    const char *name;
    kind kind;
    uint64_t least, most;
    const char *needs; /* for people */
} known[PARAMETER_COUNT] = {
    [PARAMETER_AFTER] = {"after", WHOLE, 0, UINT64_MAX, "the number of a frame"},
    [PARAMETER_GENERATION] = {"generation", HEXADECIMAL, 0, UINT64_MAX,
                              "up to 16 hexadecimal digits, as in Ferry-Generation"},
    [PARAMETER_WAIT] = {"wait", SECONDS, 0, 60, "seconds from 0 to 60, such as 10 or 0.5"},
    [PARAMETER_Q] = {"q", WHOLE, 1, 100, "a quality from 1 to 100"},
    [PARAMETER_W] = {"w", WHOLE, 1, 65535, "pixels from 1 to 65535"},
    [PARAMETER_LO] = {"lo", REAL, 0, 0, "a number, such as 100 or 0.25"},
    [PARAMETER_HI] = {"hi", REAL, 0, 0, "a number, such as 4000 or 0.75"},
    [PARAMETER_KEEP] = {"keep", WHOLE, 0, 1, "0 or 1"},
    [PARAMETER_FRAME] = {"frame", WHOLE, 0, UINT64_MAX, "the number of a frame"},
    [PARAMETER_X] = {"x", WHOLE, 0, INT32_MAX, "a column from 0 on"},
    [PARAMETER_Y] = {"y", WHOLE, 0, INT32_MAX, "a row from 0 on"},
    [PARAMETER_H] = {"h", WHOLE, 1, 65535, "pixels from 1 on"},
    [PARAMETER_BINS] = {"bins", WHOLE, 1, 4096, "a number from 1 to 4096"},
    [PARAMETER_TOKEN] = {"token", TEXT, 1, PARAMETERS_TOKEN_MAX, "the token"},
};

/* ---- percent-encoding ---- */

static int digit_of(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decodes bytes into out, with a zero behind them. False: it does not fit, or is not well formed.
 */
static bool decode(char *out, size_t capacity, const char *text, size_t bytes) {
    size_t used = 0;
    for (size_t at = 0; at < bytes; at++) {
        int value = (unsigned char)text[at];
        if (text[at] == '%') {
            if (bytes - at < 3 || digit_of(text[at + 1]) < 0 || digit_of(text[at + 2]) < 0)
                return false;
            value = digit_of(text[at + 1]) * 16 + digit_of(text[at + 2]);
            at += 2;
        }
        if (value == 0 || used + 1 >= capacity)
            return false;
        out[used++] = (char)value;
    }
    out[used] = '\0';
    return true;
}

bool parameters_read_path(target_path *out, const char *target) {
    size_t length = strcspn(target, "?");
    size_t at = 1;
    out->count = 0;
    if (length == 0 || target[0] != '/')
        return false;
    for (;;) {
        const char *slash = memchr(target + at, '/', length - at);
        size_t end = slash != NULL ? (size_t)(slash - target) : length;
        if (out->count == PARAMETERS_PARTS_MAX ||
            !decode(out->part[out->count], sizeof out->part[0], target + at, end - at))
            return false;
        out->count++;
        if (slash == NULL)
            return true;
        at = end + 1;
    }
}

/* ---- values ---- */

static bool read_whole(const char *text, uint64_t *out) {
    uint64_t value = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

static bool read_hexadecimal(const char *text, uint64_t *out) {
    uint64_t value = 0;
    size_t bytes = strlen(text);
    if (bytes == 0 || bytes > 16)
        return false;
    for (; *text != '\0'; text++) {
        int digit = digit_of(*text);
        if (digit < 0)
            return false;
        value = value * 16 + (uint64_t)digit;
    }
    *out = value;
    return true;
}

/* Digits with a point among them, and a sign in front. No locale takes part. */
static bool read_real(const char *text, double *out) {
    bool is_negative = *text == '-';
    double value = 0;
    double unit = 1;
    unsigned digits = 0;
    bool has_point = false;
    for (text += is_negative ? 1 : 0; *text != '\0'; text++) {
        if (*text == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || ++digits > 15)
            return false;
        value = value * 10 + (*text - '0');
        unit *= has_point ? 10 : 1;
    }
    *out = (is_negative ? -value : value) / unit;
    return digits > 0;
}

static bool read_value(parameters *out, parameter which, const char *text) {
    uint64_t value = 0;
    double real = 0;
    switch (known[which].kind) {
    case WHOLE:
        if (!read_whole(text, &value))
            return false;
        break;
    case HEXADECIMAL:
        if (!read_hexadecimal(text, &value))
            return false;
        break;
    case SECONDS:
        if (!read_real(text, &real) || real < 0 || real > (double)known[which].most)
            return false;
        out->whole[which] = (uint64_t)(real * SECOND_NS);
        return true;
    case REAL: return read_real(text, &out->real[which]);
    case TEXT:
        value = strlen(text);
        if (value <= PARAMETERS_TOKEN_MAX)
            memcpy(out->token, text, value + 1);
        break;
    }
    out->whole[which] = value;
    return value >= known[which].least && value <= known[which].most;
}

/* ---- parameters ---- */

static void list_known(char *out, size_t capacity, uint32_t allowed) {
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < PARAMETER_COUNT; i++) {
        if (i == PARAMETER_TOKEN || (allowed & PARAMETER_BIT(i)) == 0)
            continue;
        int more =
            snprintf(out + used, capacity - used, "%s%s", used > 0 ? ", " : "", known[i].name);
        if (more < 0 || used + (size_t)more >= capacity)
            return;
        used += (size_t)more;
    }
}

static bool complain_of_name(uint32_t allowed, char complaint[PARAMETERS_COMPLAINT_BYTES]) {
    char names[160];
    list_known(names, sizeof names, allowed);
    if (names[0] == '\0')
        snprintf(complaint, PARAMETERS_COMPLAINT_BYTES, "this page takes no parameters");
    else
        snprintf(complaint, PARAMETERS_COMPLAINT_BYTES, "a parameter is unknown here: there are %s",
                 names);
    return false;
}

static bool read_pair(parameters *out, const char *text, size_t bytes, uint32_t allowed,
                      char complaint[PARAMETERS_COMPLAINT_BYTES]) {
    char name[NAME_MAX_BYTES];
    char value[VALUE_MAX_BYTES + 1];
    const char *equals = memchr(text, '=', bytes);
    size_t name_bytes = equals != NULL ? (size_t)(equals - text) : bytes;
    unsigned which = 0;
    if (!decode(name, sizeof name, text, name_bytes))
        return complain_of_name(allowed, complaint);
    while (which < PARAMETER_COUNT && strcmp(known[which].name, name) != 0)
        which++;
    if (which == PARAMETER_COUNT || (allowed & PARAMETER_BIT(which)) == 0)
        return complain_of_name(allowed, complaint);
    if ((out->given & PARAMETER_BIT(which)) != 0) {
        snprintf(complaint, PARAMETERS_COMPLAINT_BYTES, "%s is given twice", name);
        return false;
    }
    out->given |= PARAMETER_BIT(which);
    if (equals != NULL && decode(value, sizeof value, equals + 1, bytes - name_bytes - 1) &&
        read_value(out, (parameter)which, value))
        return true;
    snprintf(complaint, PARAMETERS_COMPLAINT_BYTES, "%s needs %s", name, known[which].needs);
    return false;
}

bool parameters_read(parameters *out, const char *target, uint32_t allowed,
                     char complaint[PARAMETERS_COMPLAINT_BYTES]) {
    *out = (parameters){.given = 0};
    const char *at = strchr(target, '?');
    if (at == NULL)
        return true;
    do {
        at++;
        size_t bytes = strcspn(at, "&");
        if (bytes > 0 && !read_pair(out, at, bytes, allowed, complaint))
            return false;
        at += bytes;
    } while (*at != '\0');
    return true;
}

bool parameters_has(const parameters *p, parameter which) {
    return (p->given & PARAMETER_BIT(which)) != 0;
}
