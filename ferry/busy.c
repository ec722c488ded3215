#include "busy.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cells.h"
#include "shared/text.h"
#include "table.h"

static const table_column columns[] = {
    {"CHANNEL", false, 10}, {"STATE", false, 0},    {"PRODUCER", false, 6}, {"FPS", true, 0},
    {"MB/s", true, 0},      {"DROPPED/s", true, 0}, {"CONS", true, 0},      {"LAG", true, 0},
    {"STALL", true, 0},     {"LATE", false, 6},
};

static int compare(const void *a, const void *b) {
    const app_survey_entry *left = a, *right = b;
    double more = right->rates.bytes_per_second - left->rates.bytes_per_second;
    if (more != 0)
        return more > 0 ? 1 : -1;
    return app_text_compare_natural(left->name, right->name);
}

void busy_sort(app_survey *s) {
    qsort(s->entries, s->count, sizeof *s->entries, compare);
}

int busy_find_late(const app_survey_entry *e) {
    int late = -1;
    for (uint32_t i = 0; i < e->peek.consumer_count; i++) {
        const ferry_peek_consumer *c = &e->peek.consumer[i];
        bool is_there = c->is_alive != 0 && c->has_left == 0 && c->info.evicted == 0;
        if (is_there && c->info.lag > 0 &&
            (late < 0 || c->info.lag > e->peek.consumer[late].info.lag))
            late = (int)i;
    }
    return late;
}

static void put_late(table *t, const app_survey_entry *e) {
    int late = busy_find_late(e);
    const ferry_peek_consumer *c = late >= 0 ? &e->peek.consumer[late] : NULL;
    uint64_t stalled_ns = late >= 0 ? e->consumer[late].stalled_ns : 0;
    cells_put_number(t, e->peek.consumer_count > 0, c != NULL ? c->info.lag : 0);
    cells_put_time(t, stalled_ns > 0, stalled_ns);
    /* One frame is behind whoever is just about to take it. */
    if (c != NULL && (c->info.lag > 1 || stalled_ns > 0))
        table_print(t, "%" PRIu32 " %s", c->info.process_id, c->info.name);
    else
        table_put(t, "-");
}

static void put_row(table *t, const app_survey_entry *e) {
    const app_survey_rates *r = &e->rates;
    table_put(t, e->name);
    table_put(t, app_survey_state_text(e));
    cells_put_producer(t, &e->peek);
    cells_put_fps(t, r);
    cells_put_real(t, r->are_known, r->bytes_per_second / 1e6);
    cells_put_real(t, r->are_known, r->dropped_per_second);
    cells_put_consumers(t, e);
    put_late(t, e);
}

void busy_put(app_line *out, const app_survey *s, unsigned width) {
    table t;
    table_open(&t, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < s->count; i++)
        put_row(&t, &s->entries[i]);
    table_write(&t, out, width);
    table_close(&t);
    if (s->count == 0)
        app_line_put_text(out, "there is no channel\n");
    if (s->left_out > 0)
        app_line_print(out, "and %zu more\n", s->left_out);
}
