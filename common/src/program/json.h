/* Objects of --json, one a line; docs/json.md describes each of them. A key is written with its
 * value and stands for itself: it has nothing that would have to be escaped. */
#ifndef FERRYI_JSON_H
#define FERRYI_JSON_H

#include <stdint.h>

#include "line.h"

/* Becomes another one when a field changes its meaning or goes; not when there are more fields or
 * events. */
#define FERRYI_JSON_SCHEMA 1

/* Begins an object with what all have: the number of the schema, the event, and the time, as
 * ferryi_wall_at gives it. */
void ferryi_json_begin(ferryi_line *line, const char *event, uint64_t time_us);

void ferryi_json_number(ferryi_line *line, const char *key, uint64_t value);
void ferryi_json_real(ferryi_line *line, const char *key, double value);     /* three decimals */
void ferryi_json_text(ferryi_line *line, const char *key, const char *text); /* NULL: null */

/* Begins a field whose value the caller puts into the line. */
void ferryi_json_key(ferryi_line *line, const char *key);

void ferryi_json_end(ferryi_line *line);

#endif
