#include "shared/line.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_AT_FIRST 512

/* Makes room for more bytes. */
static bool reserve(app_line *line, size_t count) {
    if (line->is_cut || count > SIZE_MAX / 4 || line->used > SIZE_MAX / 4) {
        line->is_cut = true;
        return false;
    }
    if (count <= line->capacity - line->used)
        return true;
    size_t capacity = line->capacity == 0 ? CAPACITY_AT_FIRST : line->capacity;
    while (capacity - line->used < count)
        capacity *= 2;
    char *grown = realloc(line->text, capacity);
    line->is_cut = grown == NULL;
    if (grown == NULL)
        return false;
    line->text = grown;
    line->capacity = capacity;
    return true;
}

void app_line_put(app_line *line, const char *bytes, size_t count) {
    if (count == 0 || !reserve(line, count)) /* an empty line may have no memory */
        return;
    memcpy(line->text + line->used, bytes, count);
    line->used += count;
}

void app_line_put_text(app_line *line, const char *text) {
    app_line_put(line, text, strlen(text));
}

void app_line_print(app_line *line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    /* vsnprintf wants room for a final zero. */
    if (length < 0 || !reserve(line, (size_t)length + 1)) {
        line->is_cut = true;
        return;
    }
    va_start(arguments, format);
    vsnprintf(line->text + line->used, (size_t)length + 1, format, arguments);
    va_end(arguments);
    line->used += (size_t)length;
}

void app_line_clear(app_line *line) {
    line->used = 0;
    line->is_cut = false;
}

void app_line_free(app_line *line) {
    free(line->text);
    *line = (app_line)APP_LINE_INIT;
}
