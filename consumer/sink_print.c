#include "sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "meta.h"
#include "text.h"

/* Escaped, each byte may take four. */
#define ESCAPED_MAX 4

/* What comes from outside: a file's name, a value of the metadata. */
static bool write_escaped(const char *text) {
    size_t capacity = strlen(text) * ESCAPED_MAX + 1;
    char *safe = malloc(capacity);
    if (safe == NULL) {
        ferryi_message_fail("out of memory");
        return false;
    }
    ferryi_text_escape(safe, capacity, text);
    fputs(safe, stdout);
    free(safe);
    return true;
}

/* "KEY=VALUE KEY=VALUE", or how much there is of what is not of that form. */
static bool write_meta(const ferry_frame_info *info) {
    if (info->metadata_bytes == 0)
        return true;
    if (!ferryi_meta_is_valid(info->metadata, info->metadata_bytes)) {
        printf(", %" PRIu32 " bytes of metadata", info->metadata_bytes);
        return true;
    }
    ferryi_meta_pair pair;
    size_t at = 0;
    const char *between = ", ";
    for (; ferryi_meta_next(info->metadata, info->metadata_bytes, &at, &pair); between = " ") {
        printf("%s%s=", between, pair.key);
        if (!write_escaped(pair.value))
            return false;
    }
    return true;
}

static bool print_take(sink *self, receipt *r) {
    (void)self;
    const ferry_frame_info *i = r->info;
    char text[SINK_FORMAT_BYTES];
    /* As a difference with a sign: the times are the word of somebody else. */
    double latency_ms = (double)(int64_t)(r->receive_ns - i->publish_ns) / 1e6;
    printf("frame %" PRIu64 ": %" PRId32 "x%" PRId32 " %s, %" PRIu32 " bytes, stride %" PRIu32
           ", %" PRIu64 " skipped, %.3f ms",
           i->number, i->width, i->height, sink_format_name(text, i->format), i->length_bytes,
           i->stride_bytes, r->skipped, latency_ms);
    bool written = true;
    if (r->file != NULL) {
        fputs(", ", stdout);
        written = write_escaped(r->file);
    }
    written = written && write_meta(i);
    fputc('\n', stdout);
    return written && sink_flush_output();
}

static void print_close(sink *self) {
    free(self);
}

sink *sink_open_print(void) {
    sink *s = malloc(sizeof *s);
    if (s == NULL)
        ferryi_message_fail("out of memory");
    else
        *s = (sink){.take = print_take, .close = print_close};
    return s;
}
