#include "sink.h"

#include <inttypes.h>
#include <stdlib.h>

#include "message.h"
#include "text.h"

typedef struct json {
    sink base;
    ferryi_line line;
} json;

static void put_format(ferryi_line *line, uint32_t format) {
    char fourcc[FERRYI_FOURCC_TEXT_BYTES];
    ferryi_text_put_json(line, sink_format_name(fourcc, format));
}

/* What is not of the agreed form is left to programs that know it. */
static void put_notes(ferryi_line *line, const ferry_frame_info *info) {
    if (!ferry_notes_are_valid(info)) {
        ferryi_line_put_text(line, "null");
        return;
    }
    ferry_note note;
    uint32_t at = 0;
    const char *between = "{";
    for (; ferry_notes_next(info, &at, &note); between = ", ") {
        ferryi_line_put_text(line, between);
        ferryi_text_put_json(line, note.key);
        ferryi_line_put_text(line, ": ");
        ferryi_text_put_json(line, note.value);
    }
    ferryi_line_put_text(line, "}");
}

static bool json_take(sink *self, receipt *r) {
    ferryi_line *line = &((json *)self)->line;
    const ferry_frame_info *i = r->info;
    ferryi_line_print(line,
                      "{\"frame\": %" PRIu64 ", \"width\": %" PRId32 ", \"height\": %" PRId32
                      ", \"format\": ",
                      i->number, i->width, i->height);
    put_format(line, i->format);
    ferryi_line_print(line,
                      ", \"stride\": %" PRIu32 ", \"bytes\": %" PRIu32 ", \"capture_ns\": %" PRIu64
                      ", \"publish_ns\": %" PRIu64 ", \"receive_ns\": %" PRIu64
                      ", \"skipped\": %" PRIu64 ", \"file\": ",
                      i->stride_bytes, i->length_bytes, i->capture_ns, i->publish_ns, r->receive_ns,
                      r->skipped);
    if (r->file != NULL)
        ferryi_text_put_json(line, r->file);
    else
        ferryi_line_put_text(line, "null");
    ferryi_line_put_text(line, ", \"meta\": ");
    put_notes(line, i);
    ferryi_line_put_text(line, "}\n");
    return sink_write_line(line);
}

static void json_close(sink *self) {
    ferryi_line_free(&((json *)self)->line);
    free(self);
}

sink *sink_open_json(void) {
    json *j = calloc(1, sizeof *j);
    if (j == NULL) {
        ferryi_message_fail("out of memory");
        return NULL;
    }
    j->base = (sink){.take = json_take, .close = json_close};
    return &j->base;
}
