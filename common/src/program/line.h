/* A line for standard output, put together in memory and written in one piece: a FILE could neither
 * say that a reader is slow, nor be stopped while it waits for one. */
#ifndef FERRYI_LINE_H
#define FERRYI_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "format.h"

typedef struct ferryi_line {
    char *text; /* not ended by a zero */
    size_t used;
    size_t capacity;
    bool is_cut; /* there was no memory for all of it */
} ferryi_line;

#define FERRYI_LINE_INIT                                                                           \
    { .used = 0 }

void ferryi_line_put(ferryi_line *line, const char *bytes, size_t count);
void ferryi_line_put_text(ferryi_line *line, const char *text);
void ferryi_line_print(ferryi_line *line, const char *format, ...) FERRYI_FORMAT(2, 3);

/* Takes what there is out of the line, and keeps the memory. */
void ferryi_line_clear(ferryi_line *line);

void ferryi_line_free(ferryi_line *line);

#endif
