#include "cells.h"

#include <inttypes.h>
#include <stdio.h>

#include "shared/describe.h"
#include "shared/human.h"

static const char none[] = "-";

void cells_put_producer(table *t, const ferry_peek *p) {
    if (p->has_block == 0)
        table_put(t, none);
    else
        table_print(t, "%" PRIu32 " %s", p->producer.process_id, p->producer.name);
}

void cells_put_size(table *t, const ferry_peek *p) {
    if (p->has_newest == 0)
        table_put(t, none);
    else
        table_print(t, "%" PRId32 "x%" PRId32, p->newest.width, p->newest.height);
}

void cells_put_format(table *t, const ferry_peek *p) {
    char text[APP_DESCRIBE_FORMAT_BYTES];
    table_put(t, p->has_newest == 0 ? none : app_describe_format(text, p->newest.format));
}

void cells_put_real(table *t, bool is_known, double value) {
    char text[APP_HUMAN_BYTES];
    app_human_real(text, is_known ? value : -1);
    table_put(t, text);
}

void cells_put_fps(table *t, const app_survey_rates *r) {
    char text[APP_HUMAN_BYTES];
    app_human_real(text, r->are_known ? r->fps : -1);
    if (r->fps_below > 0)
        app_human_real(text, r->fps_below);
    table_print(t, "%s%s", r->fps_below > 0 ? "<" : "", text);
}

void cells_put_number(table *t, bool is_known, uint64_t value) {
    if (is_known)
        table_print(t, "%" PRIu64, value);
    else
        table_put(t, none);
}

void cells_put_consumers(table *t, const app_survey_entry *e) {
    if (e->peek.knows_consumers == 0)
        table_put(t, none);
    else if (e->dead > 0)
        table_print(t, "%u+%u", e->alive, e->dead);
    else
        table_print(t, "%u", e->alive);
}

void cells_put_memory(table *t, const ferry_peek *p) {
    char text[APP_HUMAN_BYTES];
    app_human_size(text, p->memory_bytes);
    table_put(t, text);
}

void cells_put_time(table *t, bool is_known, uint64_t ns) {
    char text[APP_HUMAN_BYTES];
    app_human_time(text, ns);
    table_put(t, is_known ? text : none);
}
