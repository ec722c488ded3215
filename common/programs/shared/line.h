/* A line for standard output, put together in memory and written in one piece: a FILE could neither
 * say that a reader is slow, nor be stopped while it waits for one. */
#ifndef APP_LINE_H
#define APP_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "host/inside.h"

typedef struct app_line {
    char *text; /* not ended by a zero */
    size_t used;
    size_t capacity;
    bool is_cut; /* there was no memory for all of it */
} app_line;

#define APP_LINE_INIT                                                                              \
    { .used = 0 }

void app_line_put(app_line *line, const char *bytes, size_t count);
void app_line_put_text(app_line *line, const char *text);
void app_line_print(app_line *line, const char *format, ...) FERRYI_PRINTF(2, 3);

/* Takes what there is out of the line, and keeps the memory. */
void app_line_clear(app_line *line);

void app_line_free(app_line *line);

#endif
