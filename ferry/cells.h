/* Figures of a channel as cells of a table; "-" where a channel has none. */
#ifndef CELLS_H
#define CELLS_H

#include "shared/survey.h"
#include "table.h"

void cells_put_producer(table *t, const ferry_peek *p); /* its process, and its name */
void cells_put_size(table *t, const ferry_peek *p);
void cells_put_format(table *t, const ferry_peek *p);
void cells_put_fps(table *t, const app_survey_rates *r);
void cells_put_real(table *t, bool is_known, double value);
void cells_put_number(table *t, bool is_known, uint64_t value);
void cells_put_consumers(table *t, const app_survey_entry *e); /* live, or live+dead */
void cells_put_memory(table *t, const ferry_peek *p);
void cells_put_time(table *t, bool is_known, uint64_t ns);

#endif
