/* Objects of --json, one a line; docs/json.md describes each of them. A key is written with its
 * value and stands for itself: it has nothing that would have to be escaped. */
#ifndef APP_JSON_H
#define APP_JSON_H

#include <stdint.h>

#include "shared/line.h"

/* Becomes another one when a field changes its meaning or goes; not when there are more fields or
 * events. */
#define APP_JSON_SCHEMA 1

/* Begins an object with what all have: the number of the schema, the event, and the time, as
 * app_wall_at gives it. */
void app_json_begin(app_line *line, const char *event, uint64_t time_us);

void app_json_number(app_line *line, const char *key, uint64_t value);
void app_json_real(app_line *line, const char *key, double value);     /* three decimals */
void app_json_text(app_line *line, const char *key, const char *text); /* NULL: null */

/* Begins a field whose value the caller puts into the line. */
void app_json_key(app_line *line, const char *key);

void app_json_end(app_line *line);

#endif
