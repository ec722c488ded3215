#include "sinks/sink.h"

#include <stdlib.h>

#include "shared/describe.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/text.h"
#include "shared/wall.h"
#include "shared/yuv.h"

typedef struct json {
    sink base;
    app_line line;
    ferry_frame_info shown; /* whose size and format have been told last */
} json;

static void put_shape(app_line *line, const ferry_frame_info *info) {
    char fourcc[SINK_FORMAT_BYTES];
    app_json_number(line, "width", (uint64_t)info->width);
    app_json_number(line, "height", (uint64_t)info->height);
    app_json_text(line, "format", sink_format_name(fourcc, info->format));
    app_json_number(line, "stride", info->stride_bytes);
    app_json_number(line, "bytes", info->length_bytes);
    app_yuv_put_json(line, info);
    app_describe_put_shape(line, info);
}

/* null: it is none. */
static void put_text(app_line *line, const receipt *r) {
    char *copy = r->text != NULL ? sink_copy_text(r) : NULL;
    if (r->text != NULL && copy == NULL)
        line->is_cut = true; /* which is told when the line is to go out */
    app_json_text(line, "text", copy);
    free(copy);
}

/* Metadata of another form is left to programs that know it. */
static void put_notes(app_line *line, const ferry_frame_info *info) {
    app_json_key(line, "meta");
    if (!ferry_notes_are_valid(info)) {
        app_line_put_text(line, "null");
        return;
    }
    ferry_note note;
    uint32_t at = 0;
    const char *between = "{";
    for (; ferry_notes_next(info, &at, &note); between = ", ") {
        app_line_put_text(line, between);
        app_text_put_json(line, note.key);
        app_line_put_text(line, ": ");
        app_text_put_json(line, note.value);
    }
    app_line_put_text(line, "}");
}

/* A program that reads pixels beside this has to know when their layout or their colors become
 * others. */
static void put_resized(json *j, const receipt *r, uint64_t time_us) {
    const ferry_frame_info *i = r->info;
    bool are_texts = i->format == FERRY_FORMAT_TEXT && j->shown.format == FERRY_FORMAT_TEXT;
    if (are_texts || app_describe_is_same_shape(i, &j->shown))
        return;
    j->shown = *i;
    app_json_begin(&j->line, "resized", time_us);
    app_json_number(&j->line, "frame", i->number);
    put_shape(&j->line, i);
    app_json_end(&j->line);
}

/* Both objects in one piece. */
static bool json_take(sink *self, receipt *r) {
    json *j = (json *)self;
    app_line *line = &j->line;
    const ferry_frame_info *i = r->info;
    uint64_t time_us = app_wall_at(r->receive_ns);
    put_resized(j, r, time_us);
    app_json_begin(line, "frame", time_us);
    app_json_number(line, "frame", i->number);
    put_shape(line, i);
    app_json_number(line, "capture_ns", i->capture_ns);
    app_json_number(line, "publish_ns", i->publish_ns);
    app_json_number(line, "receive_ns", r->receive_ns);
    app_json_number(line, "skipped", r->skipped);
    app_json_text(line, "file", r->file);
    put_text(line, r);
    put_notes(line, i);
    app_describe_put_moment(line, i);
    app_json_end(line);
    return app_output_line(line);
}

static void json_close(sink *self) {
    app_line_free(&((json *)self)->line);
    free(self);
}

sink *sink_open_json(void) {
    json *j = calloc(1, sizeof *j);
    if (j == NULL) {
        app_message_fail("out of memory");
        return NULL;
    }
    j->base = (sink){.take = json_take, .close = json_close};
    return &j->base;
}
