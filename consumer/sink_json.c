#include "sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"

static void write_format(uint32_t format) {
    char fourcc[FERRYI_FOURCC_TEXT_BYTES];
    const char *name = ferry_format_name(format);
    if (name == NULL) {
        ferryi_text_fourcc(fourcc, format);
        name = fourcc;
    }
    ferryi_text_write_json(stdout, name);
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
    fputs("}\n", stdout);
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    ferryi_message_fail("cannot write to standard output%s%s", errno != 0 ? ": " : "",
                        errno != 0 ? strerror(errno) : "");
    return false;
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
