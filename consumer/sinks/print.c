#include "sinks/sink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "shared/message.h"
#include "shared/output.h"
#include "shared/text.h"

typedef struct print {
    sink base;
    app_line line;
} print;

/* "KEY=VALUE KEY=VALUE", or how much there is of what is not of that form. */
static void put_notes(app_line *line, const ferry_frame_info *info) {
    if (info->metadata_bytes == 0)
        return;
    if (!ferry_notes_are_valid(info)) {
        app_line_print(line, ", %" PRIu32 " bytes of metadata", info->metadata_bytes);
        return;
    }
    ferry_note note;
    uint32_t at = 0;
    const char *between = ", ";
    for (; ferry_notes_next(info, &at, &note); between = " ") {
        app_line_print(line, "%s%s=", between, note.key);
        app_text_put_escaped(line, note.value);
    }
}

static bool print_take(sink *self, receipt *r) {
    app_line *line = &((print *)self)->line;
    const ferry_frame_info *i = r->info;
    char text[SINK_FORMAT_BYTES];
    /* A signed difference: the times come from another process. */
    double latency_ms = (double)(int64_t)(r->receive_ns - i->publish_ns) / 1e6;
    app_line_print(line,
                   "frame %" PRIu64 ": %" PRId32 "x%" PRId32 " %s, %" PRIu32
                   " bytes, stride %" PRIu32 ", %" PRIu64 " skipped, %.3f ms",
                   i->number, i->width, i->height, sink_format_name(text, i->format),
                   i->length_bytes, i->stride_bytes, r->skipped, latency_ms);
    if (r->file != NULL) {
        app_line_put_text(line, ", ");
        app_text_put_escaped(line, r->file);
    }
    put_notes(line, i);
    app_line_put_text(line, "\n");
    return app_output_line(line);
}

static void print_close(sink *self) {
    app_line_free(&((print *)self)->line);
    free(self);
}

sink *sink_open_print(void) {
    print *p = calloc(1, sizeof *p);
    if (p == NULL) {
        app_message_fail("out of memory");
        return NULL;
    }
    p->base = (sink){.take = print_take, .close = print_close};
    return &p->base;
}
