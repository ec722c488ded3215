#include "sinks/sink.h"

#include <stdlib.h>

#include "shared/describe.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/wall.h"

typedef struct json {
    sink base;
    app_line line;
    ferry_frame_info shown; /* whose size and format have been told last */
} json;

/* null: it is none. */
static void put_text(app_line *line, const receipt *r) {
    char *copy = r->text != NULL ? sink_copy_text(r) : NULL;
    if (r->text != NULL && copy == NULL)
        line->is_cut = true; /* which is told when the line is to go out */
    app_json_text(line, "text", copy);
    free(copy);
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
    app_describe_put_picture(&j->line, i);
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
    app_describe_put_picture(line, i);
    app_json_number(line, "capture_ns", i->capture_ns);
    app_json_number(line, "publish_ns", i->publish_ns);
    app_json_number(line, "receive_ns", r->receive_ns);
    app_json_number(line, "skipped", r->skipped);
    app_json_text(line, "file", r->file);
    put_text(line, r);
    app_describe_put_notes(line, i);
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
