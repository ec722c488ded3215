#include "table.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

enum { COLUMNS_MAX = 16, CELL_BYTES = 512, GAP = 2 };

void table_open(table *t, const table_column *columns, unsigned count) {
    *t = (table){.columns = columns,
                 .column_count = count < COLUMNS_MAX ? count : COLUMNS_MAX,
                 .text = APP_LINE_INIT};
}

static bool reserve(table *t) {
    if (t->cells < t->capacity)
        return true;
    size_t capacity = t->capacity == 0 ? 64 : 2 * t->capacity;
    size_t *grown = realloc(t->begin, capacity * sizeof *grown);
    if (grown == NULL) {
        t->text.is_cut = true;
        return false;
    }
    t->begin = grown;
    t->capacity = capacity;
    return true;
}

void table_put(table *t, const char *text) {
    if (!reserve(t))
        return;
    t->begin[t->cells++] = t->text.used;
    app_text_put_escaped(&t->text, text);
    app_line_put(&t->text, "", 1);
}

void table_print(table *t, const char *format, ...) {
    char text[CELL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    table_put(t, text);
}

static const char *cell(const table *t, size_t row, unsigned column) {
    return t->text.text + t->begin[row * t->column_count + column];
}

/* Bytes of the first characters, at most so many. */
static size_t bytes_of(const char *text, size_t characters) {
    size_t at = 0;
    while (text[at] != '\0' && characters > 0) {
        at++;
        while (((unsigned char)text[at] & 0xc0) == 0x80) /* the rest of a character */
            at++;
        characters--;
    }
    return at;
}

static unsigned length_of(const char *text) {
    unsigned count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static unsigned total(const unsigned *widths, unsigned count, unsigned gap) {
    unsigned sum = gap * (count - 1);
    for (unsigned i = 0; i < count; i++)
        sum += widths[i];
    return sum;
}

/* Makes the columns as narrow as has to be, first the gaps between them. Returns the gap. */
static unsigned fit(const table *t, unsigned *widths, unsigned width) {
    unsigned gap = GAP, count = t->column_count;
    while (width > 0 && gap > 1 && total(widths, count, gap) > width)
        gap--;
    while (width > 0 && total(widths, count, gap) > width) {
        unsigned widest = count;
        for (unsigned i = 0; i < count; i++)
            if (t->columns[i].least > 0 && widths[i] > t->columns[i].least &&
                (widest == count || widths[i] > widths[widest]))
                widest = i;
        if (widest == count)
            break;
        widths[widest]--;
    }
    return gap;
}

static void put_cell(app_line *out, const char *text, unsigned width, bool is_right) {
    unsigned length = length_of(text);
    if (length > width) {
        app_line_put(out, text, bytes_of(text, width - 1));
        app_line_put_text(out, "~");
        return;
    }
    int padding = (int)(width - length);
    app_line_print(out, "%*s%s%*s", is_right ? padding : 0, "", text, is_right ? 0 : padding, "");
}

void table_write(const table *t, app_line *out, unsigned width) {
    unsigned widths[COLUMNS_MAX];
    size_t rows = t->cells / t->column_count;
    if (t->text.is_cut) {
        out->is_cut = true;
        return;
    }
    for (unsigned i = 0; i < t->column_count; i++) {
        widths[i] = length_of(t->columns[i].title);
        for (size_t row = 0; row < rows; row++) {
            unsigned length = length_of(cell(t, row, i));
            widths[i] = length > widths[i] ? length : widths[i];
        }
    }
    unsigned gap = fit(t, widths, width);
    for (size_t line = 0; line <= rows; line++) {
        for (unsigned i = 0; i < t->column_count; i++) {
            const char *text = line == 0 ? t->columns[i].title : cell(t, line - 1, i);
            put_cell(out, text, widths[i], t->columns[i].is_right);
            app_line_print(out, "%*s", i + 1 < t->column_count ? (int)gap : 0, "");
        }
        while (out->used > 0 && out->text[out->used - 1] == ' ')
            out->used--;
        app_line_put_text(out, "\n");
    }
}

void table_close(table *t) {
    app_line_free(&t->text);
    free(t->begin);
    t->begin = NULL;
}
