#include "shared/text.h"

#include <frameferry/frame.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/inside.h"

#define HELP_COLUMNS 80

static void put_hex(char out[5], unsigned char byte) {
    static const char digits[] = "0123456789abcdef";
    out[0] = '\\';
    out[1] = 'x';
    out[2] = digits[byte >> 4];
    out[3] = digits[byte & 15];
    out[4] = '\0';
}

size_t app_text_escape(char *out, size_t capacity, const char *text) {
    const unsigned char *in = (const unsigned char *)text;
    size_t used = 0;
    if (capacity == 0)
        return 0;
    while (*in != '\0') {
        char hex[5];
        const void *piece = in;
        size_t taken = ferryi_utf8_bytes(in);
        size_t put = taken;
        if (taken == 0 || ferryi_utf8_is_control(in, taken)) {
            /* One byte at a time: the second byte of a control character is no character either. */
            put_hex(hex, *in);
            piece = hex;
            taken = 1;
            put = 4;
        }
        if (used + put >= capacity)
            break;
        memcpy(out + used, piece, put);
        used += put;
        in += taken;
    }
    out[used] = '\0';
    return used;
}

void app_text_put_escaped(app_line *line, const char *text) {
    enum { ESCAPED_MAX = 4 }; /* bytes that one byte may take */
    size_t capacity = strlen(text) * ESCAPED_MAX + 1;
    char *safe = malloc(capacity);
    if (safe == NULL) {
        line->is_cut = true;
        return;
    }
    app_line_put(line, safe, app_text_escape(safe, capacity, text));
    free(safe);
}

void app_text_quote(char *out, size_t capacity, const char *text) {
    bool has_double = strchr(text, '"') != NULL;
    char quote = has_double && strchr(text, '\'') == NULL ? '\'' : '"';
    size_t used = 0;
    out[used++] = quote;
    for (; *text != '\0'; text++) {
        bool is_marked = has_double && quote == '"' && (*text == '"' || *text == '\\');
        if (used + is_marked + 3 > capacity)
            break;
        if (is_marked)
            out[used++] = '\\';
        out[used++] = *text;
    }
    out[used++] = quote;
    out[used] = '\0';
}

void app_text_put_json(app_line *line, const char *text) {
    const unsigned char *in = (const unsigned char *)text;
    app_line_put_text(line, "\"");
    while (*in != '\0') {
        size_t bytes = ferryi_utf8_bytes(in);
        if (bytes == 0)
            app_line_put_text(line, "\\ufffd");
        else if (*in == '"' || *in == '\\')
            app_line_print(line, "\\%c", *in);
        else if (ferryi_utf8_is_control(
                     in, bytes)) /* the last byte is the number of the character too */
            app_line_print(line, "\\u%04x", in[bytes - 1]);
        else
            app_line_put(line, (const char *)in, bytes);
        in += bytes == 0 ? 1 : bytes;
    }
    app_line_put_text(line, "\"");
}

void app_text_fourcc(char out[APP_FOURCC_TEXT_BYTES], uint32_t code) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        unsigned char byte = (unsigned char)(code >> shift);
        if (byte >= 0x20 && byte < 0x7f)
            *out++ = (char)byte;
        else {
            put_hex(out, byte);
            out += 4;
        }
    }
    *out = '\0';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static int lower(char c) {
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

/* Compares the runs of digits at *a and *b by value, of any length, and moves both behind them. */
static int compare_digits(const char **a, const char **b) {
    while (**a == '0')
        ++*a;
    while (**b == '0')
        ++*b;
    int difference = 0; /* of the first digits that differ: it counts if both are as long */
    for (; is_digit(**a) && is_digit(**b); ++*a, ++*b)
        if (difference == 0)
            difference = **a - **b;
    if (is_digit(**a))
        return 1;
    if (is_digit(**b))
        return -1;
    return difference;
}

int app_text_compare_natural(const char *a, const char *b) {
    const char *left = a;
    const char *right = b;
    while (*left != '\0' && *right != '\0') {
        int difference = 0;
        if (is_digit(*left) && is_digit(*right))
            difference = compare_digits(&left, &right);
        else
            difference = lower(*left++) - lower(*right++);
        if (difference != 0)
            return difference;
    }
    if (*left != *right)
        return *left == '\0' ? -1 : 1;
    return strcmp(a, b);
}

/* The named format with this index that has pixels; 0 behind the last one. Compressed formats are
 * the last ones of the library's list. */
static uint32_t format_with_pixels(size_t index) {
    uint32_t format = ferry_format_at(index);
    return ferry_format_is_compressed(format) ? 0 : format;
}

uint32_t app_text_find_format(const char *name) {
    uint32_t format = ferry_format_from_name(name);
    return ferry_format_is_compressed(format) ? 0 : format;
}

void app_text_formats(char out[APP_TEXT_FORMATS_BYTES]) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; format_with_pixels(i) != 0 && used < APP_TEXT_FORMATS_BYTES; i++)
        used += (size_t)snprintf(out + used, APP_TEXT_FORMATS_BYTES - used, "%s%s",
                                 i > 0 ? " " : "", ferry_format_name(format_with_pixels(i)));
}

/* Appends a word to lines of --help. */
static void put_word(app_line *line, size_t *column, size_t indent, const char *word) {
    size_t bytes = strlen(word);
    if (*column > 0 && *column + 1 + bytes <= HELP_COLUMNS) {
        app_line_put_text(line, " ");
        *column += 1;
    } else {
        app_line_print(line, "%s%*s", *column > 0 ? "\n" : "", (int)indent, "");
        *column = indent;
    }
    app_line_put(line, word, bytes);
    *column += bytes;
}

void app_text_put_formats(app_line *line, size_t indent) {
    static const char bayer[] = "bayer_"; /* sixteen names, which come last in the table */
    size_t column = 0;
    for (size_t i = 0; format_with_pixels(i) != 0; i++) {
        const char *name = ferry_format_name(format_with_pixels(i));
        if (strncmp(name, bayer, sizeof bayer - 1) != 0)
            put_word(line, &column, indent, name);
    }
    put_word(line, &column, indent, "bayer_*");
    app_line_put_text(line, "\n");
}
