#include "sheet.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <frameferry/clock.h>
#include <frameferry/notes.h>

#include "cells.h"
#include "names.h"
#include "shared/describe.h"
#include "shared/human.h"
#include "shared/text.h"
#include "shared/yuv.h"
#include "table.h"

enum { TEXT_BYTES = 2048 };

static void put(app_line *out, const char *label, const char *format, ...) FERRYI_PRINTF(3, 4);
static void put(app_line *out, const char *label, const char *format, ...) {
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    app_line_print(out, "%-11s ", label);
    app_text_put_escaped(out, text);
    app_line_put_text(out, "\n");
}

/* ---- the objects and the producer ---- */

static void put_objects(app_line *out, const ferry_peek *p) {
    char memory[APP_HUMAN_BYTES], object[APP_HUMAN_BYTES], mode[APP_HUMAN_BYTES];
    app_human_size(memory, p->memory_bytes);
    app_human_size(object, p->object_bytes);
    app_human_mode(mode, p->mode);
    if (p->owner[0] != '\0')
        put(out, "owner", "%s%s, %s", p->owner, p->is_own != 0 ? " (you)" : "", mode);
    put(out, "memory", "%s of %s", memory, object);
}

static void put_producer(app_line *out, const app_survey_entry *e) {
    const ferry_peek *p = &e->peek;
    const ferry_producer_info *i = &p->producer;
    char age[APP_HUMAN_BYTES], slot[APP_HUMAN_BYTES], held[40] = "copies";
    app_human_time(age, e->looked_ns > i->start_ns ? e->looked_ns - i->start_ns : 0);
    app_human_size(slot, p->slot_bytes);
    if (i->max_held > 0)
        snprintf(held, sizeof held, "up to %" PRIu32 " in place", i->max_held);
    put(out, "producer", "%s, process %" PRIu32 ", user %s, since %s", i->name, i->process_id,
        i->user, age);
    put(out, "layout", "version %" PRIu32 ", %s, generation %016" PRIx64, p->layout_version,
        names_dialect(p->dialect), p->generation);
    put(out, "slots", "%" PRIu32 " x %s, when all are taken: %s; a consumer has %s", p->slots, slot,
        names_when_full(p->when_full), held);
}

static void put_frames(app_line *out, const app_survey_entry *e) {
    const app_survey_rates *r = &e->rates;
    char fps[APP_HUMAN_BYTES], megabytes[APP_HUMAN_BYTES], rate[80] = "";
    app_human_real(fps, r->fps_below > 0 ? r->fps_below : r->fps);
    app_human_real(megabytes, r->bytes_per_second / 1e6);
    if (r->are_known)
        snprintf(rate, sizeof rate, ", %s%s fps, %s MB/s", r->fps_below > 0 ? "below " : "", fps,
                 megabytes);
    put(out, "frames", "%" PRIu64 ", %" PRIu64 " dropped%s", e->peek.head, e->peek.dropped, rate);
}

/* ---- the newest frame ---- */

static void put_planes(app_line *out, const ferry_frame_info *i) {
    char text[TEXT_BYTES] = "";
    size_t used = 0;
    for (uint32_t at = 0; at < i->plane_count && at < FERRY_PLANES_MAX; at++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "%sat %" PRIu32 " with stride %" PRIu32, at > 0 ? ", " : "",
                                 i->plane_offset_bytes[at], i->plane_stride_bytes[at]);
    if (i->plane_count > 0)
        put(out, "planes", "%s", text);
}

static void add(char *text, const char *label, const char *name, uint32_t value) {
    size_t used = strlen(text);
    if (value == 0)
        return;
    if (name != NULL)
        snprintf(text + used, TEXT_BYTES - used, "%s%s%s", used > 0 ? ", " : "", label, name);
    else
        snprintf(text + used, TEXT_BYTES - used, "%s%s%" PRIu32, used > 0 ? ", " : "", label,
                 value);
}

static void put_colours(app_line *out, const ferry_frame_info *i) {
    char text[TEXT_BYTES] = "";
    const char *matrix = app_yuv_matrix_name(i), *range = app_yuv_range_name(i);
    add(text, "matrix ", matrix, matrix != NULL);
    add(text, "range ", range, range != NULL);
    add(text, "primaries ", app_describe_primaries(i->color_primaries), i->color_primaries);
    add(text, "transfer ", app_describe_transfer(i->color_transfer), i->color_transfer);
    add(text, "chroma ", app_describe_chroma_site(i->chroma_site), i->chroma_site);
    add(text, "fields ", app_describe_field_order(i->field_order), i->field_order);
    if (text[0] != '\0')
        put(out, "colours", "%s", text);
}

static void put_stream(app_line *out, const ferry_frame_info *i) {
    char text[TEXT_BYTES] = "";
    size_t used = 0;
    if (i->frame_rate_num != 0)
        used += (size_t)snprintf(text, sizeof text, "%" PRIu32 "/%" PRIu32 " frames a second",
                                 i->frame_rate_num, i->frame_rate_den);
    if (i->pixel_aspect_num != 0)
        snprintf(text + used, sizeof text - used, "%spixels %" PRIu32 ":%" PRIu32,
                 used > 0 ? ", " : "", i->pixel_aspect_num, i->pixel_aspect_den);
    if (text[0] != '\0')
        put(out, "stream", "%s", text);
}

static void put_moment(app_line *out, const ferry_peek *p) {
    const ferry_frame_info *i = &p->newest;
    char age[APP_HUMAN_BYTES], delay[APP_HUMAN_BYTES], exposure[APP_HUMAN_BYTES], more[80] = "";
    app_human_time(age, p->newest_age_ns);
    app_human_time(delay, i->publish_ns > i->capture_ns ? i->publish_ns - i->capture_ns : 0);
    app_human_time(exposure, i->exposure_ns);
    if (i->exposure_ns != 0)
        snprintf(more, sizeof more, ", exposed for %s", exposure);
    put(out, "age", "%s, published %s after its capture%s", age, delay, more);
    if ((i->flags & FERRY_FRAME_HAS_SEQUENCE) != 0)
        put(out, "sequence", "%" PRIu64, i->sequence);
    if ((i->flags & FERRY_FRAME_CORRUPT) != 0)
        put(out, "corrupt", "its source has lost part of the picture");
}

static void put_notes(app_line *out, const ferry_frame_info *i) {
    ferry_note note;
    uint32_t at = 0;
    if (i->metadata_bytes > 0 && !ferry_notes_are_valid(i))
        put(out, "metadata", "%" PRIu32 " bytes, which are no notes", i->metadata_bytes);
    else
        while (ferry_notes_next(i, &at, &note))
            put(out, "note", "%s=%s", note.key, note.value);
}

static void put_newest(app_line *out, const ferry_peek *p) {
    const ferry_frame_info *i = &p->newest;
    char format[APP_DESCRIBE_FORMAT_BYTES];
    put(out, "newest",
        "frame %" PRIu64 ", %" PRId32 "x%" PRId32 " %s, stride %" PRIu32 ", %" PRIu32 " bytes",
        i->number, i->width, i->height, app_describe_format(format, i->format), i->stride_bytes,
        i->length_bytes);
    put_planes(out, i);
    put_colours(out, i);
    put_stream(out, i);
    put_moment(out, p);
    put_notes(out, i);
}

/* ---- tables ---- */

static void put_slots(app_line *out, const ferry_peek *p, unsigned width) {
    static const table_column columns[] = {
        {"SLOT", true, 0}, {"FRAME", true, 0}, {"FILLS", true, 0}, {"HELD BY", false, 8}};
    table t;
    table_open(&t, columns, sizeof columns / sizeof columns[0]);
    for (uint32_t i = 0; i < p->slots && i < FERRY_MAX_SLOTS; i++) {
        const ferry_peek_slot *s = &p->slot[i];
        char held[4 * FERRY_MAX_CONSUMERS] = "";
        size_t used = 0;
        for (uint32_t c = 0; c < FERRY_MAX_CONSUMERS; c++)
            if ((s->held_by >> c & 1) != 0)
                used += (size_t)snprintf(held + used, sizeof held - used, "%s%" PRIu32,
                                         used > 0 ? " " : "", c);
        cells_put_number(&t, true, i);
        if (s->is_early != 0)
            table_put(&t, "early");
        else
            cells_put_number(&t, s->frame != 0, s->frame);
        cells_put_number(&t, true, s->fills);
        table_put(&t, held);
    }
    app_line_put_text(out, "\n");
    table_write(&t, out, width);
    table_close(&t);
}

static void put_consumer(table *t, const ferry_peek_consumer *c, const app_survey_consumer *f) {
    cells_put_number(t, true, c->index);
    table_put(t, c->info.name);
    cells_put_number(t, true, c->info.process_id);
    if (c->info.delivery == FERRY_DELIVERY_EVERY && c->info.max_lag != 0)
        table_print(t, "every=%" PRIu32, c->info.max_lag);
    else
        table_put(t, names_delivery(c->info.delivery));
    table_put(t, names_consumer_state(c));
    cells_put_number(t, true, c->info.held);
    cells_put_number(t, true, c->info.received);
    cells_put_number(t, true, c->info.skipped);
    cells_put_number(t, true, c->info.lag);
    cells_put_real(t, f->fps >= 0, f->fps);
    table_put(t, c->is_asleep != 0 ? "waits" : "-");
}

static void put_consumers(app_line *out, const app_survey_entry *e, unsigned width) {
    static const table_column columns[] = {
        {"#", true, 0},      {"CONSUMER", false, 8}, {"PID", true, 0},      {"DELIVERY", false, 0},
        {"STATE", false, 0}, {"HELD", true, 0},      {"RECEIVED", true, 0}, {"SKIPPED", true, 0},
        {"LAG", true, 0},    {"FPS", true, 0},       {"EVENT", false, 0}};
    table t;
    table_open(&t, columns, sizeof columns / sizeof columns[0]);
    for (uint32_t i = 0; i < e->peek.consumer_count; i++)
        put_consumer(&t, &e->peek.consumer[i], &e->consumer[i]);
    app_line_put_text(out, "\n");
    if (e->peek.consumer_count > 0)
        table_write(&t, out, width);
    else
        app_line_put_text(out, e->peek.knows_consumers != 0
                                   ? "no consumers\n"
                                   : "the consumers cannot be told: their object is not readable, "
                                     "or another producer's\n");
    table_close(&t);
}

void sheet_put(app_line *out, const app_survey_entry *e, unsigned width) {
    const ferry_peek *p = &e->peek;
    put(out, "channel", "%s", e->name);
    put(out, "state", "%s%s%s", app_survey_state_text(e), p->detail[0] != '\0' ? ": " : "",
        p->detail);
    if (e->status == FERRY_OK)
        put_objects(out, p);
    if (p->has_block == 0)
        return;
    put_producer(out, e);
    put_frames(out, e);
    if (p->has_newest != 0)
        put_newest(out, p);
    put_consumers(out, e, width);
    put_slots(out, p, width);
}
