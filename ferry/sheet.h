/* All that can be said about one channel, for people and as an object of --json. */
#ifndef SHEET_H
#define SHEET_H

#include "shared/line.h"
#include "shared/survey.h"

/* Puts the lines; width is that of tables, as in table_write. */
void sheet_put(app_line *out, const app_survey_entry *e, unsigned width);

/* Puts the object "details" of docs/json.md. */
void sheet_put_json(app_line *out, const app_survey_entry *e);

#endif
