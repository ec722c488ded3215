/* Rows of text under titles, in columns as wide as what they hold. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "host/inside.h"
#include "shared/line.h"

typedef struct table_column {
    const char *title;
    bool is_right; /* of figures, which stand under each other */
    /* Where lines are too long the column may be cut to so many characters, with a "~" for the
     * rest; 0: never. */
    unsigned least;
} table_column;

typedef struct table {
    const table_column *columns;
    unsigned column_count;
    app_line text; /* all cells, each with a zero at its end */
    size_t *begin; /* of each cell */
    size_t cells, capacity;
} table;

void table_open(table *t, const table_column *columns, unsigned count);

/* Puts the next cell. Bytes that a terminal might take for more than text are escaped. */
void table_put(table *t, const char *text);
void table_print(table *t, const char *format, ...) FERRYI_PRINTF(2, 3);

/* Writes the titles and all rows. Lines have up to width characters as far as columns can be cut;
 * 0: of any length. Without memory, out is cut. */
void table_write(const table *t, app_line *out, unsigned width);

void table_close(table *t);

#endif
