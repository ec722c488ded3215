/* The busiest channels first, and which of their consumers are late. */
#ifndef BUSY_H
#define BUSY_H

#include "shared/line.h"
#include "shared/survey.h"

/* Sorts the entries by bytes a second, then by name. */
void busy_sort(app_survey *s);

/* Puts a line for each channel; width is that of the table, as in table_write. */
void busy_put(app_line *out, const app_survey *s, unsigned width);

/* The consumer that is farthest behind of those that live and are waited for; -1: none is behind.
 */
int busy_find_late(const app_survey_entry *e);

#endif
