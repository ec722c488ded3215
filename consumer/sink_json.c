#include "sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "message.h"
#include "meta.h"
#include "text.h"

static void write_format(uint32_t format) {
    char fourcc[FERRYI_FOURCC_TEXT_BYTES];
    ferryi_text_write_json(stdout, sink_format_name(fourcc, format));
}

/* What is not of the agreed form is left to programs that know it. */
static void write_meta(const ferry_frame_info *info) {
    if (!ferryi_meta_is_valid(info->metadata, info->metadata_bytes)) {
        fputs("null", stdout);
        return;
    }
    ferryi_meta_pair pair;
    size_t at = 0;
    const char *between = "{";
    for (; ferryi_meta_next(info->metadata, info->metadata_bytes, &at, &pair); between = ", ") {
        fputs(between, stdout);
        ferryi_text_write_json(stdout, pair.key);
        fputs(": ", stdout);
        ferryi_text_write_json(stdout, pair.value);
    }
    fputc('}', stdout);
}

static bool json_take(sink *self, receipt *r) {
    (void)self;
    const ferry_frame_info *i = r->info;
    printf("{\"frame\": %" PRIu64 ", \"width\": %" PRId32 ", \"height\": %" PRId32 ", \"format\": ",
           i->number, i->width, i->height);
    write_format(i->format);
    printf(", \"stride\": %" PRIu32 ", \"bytes\": %" PRIu32 ", \"capture_ns\": %" PRIu64
           ", \"publish_ns\": %" PRIu64 ", \"receive_ns\": %" PRIu64 ", \"skipped\": %" PRIu64
           ", \"file\": ",
           i->stride_bytes, i->length_bytes, i->capture_ns, i->publish_ns, r->receive_ns,
           r->skipped);
    if (r->file != NULL)
        ferryi_text_write_json(stdout, r->file);
    else
        fputs("null", stdout);
    fputs(", \"meta\": ", stdout);
    write_meta(i);
    fputs("}\n", stdout);
    return sink_flush_output();
}

static void json_close(sink *self) {
    free(self);
}

sink *sink_open_json(void) {
    sink *s = malloc(sizeof *s);
    if (s == NULL)
        ferryi_message_fail("out of memory");
    else
        *s = (sink){.take = json_take, .close = json_close};
    return s;
}
