#include "sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/host.h>
#include <frameferry/image.h>

#include "message.h"

/* "-", 20 digits at most, ".png" and the final zero. */
#define SUFFIX_BYTES 32

typedef struct png {
    sink base;
    size_t prefix_bytes;
    char path[]; /* DIR/NAME, and behind it what changes from frame to frame */
} png;

static bool png_take(sink *self, receipt *r) {
    png *p = (png *)self;
    snprintf(p->path + p->prefix_bytes, SUFFIX_BYTES, "-%06" PRIu64 ".png", r->info->number);
    ferry_error error;
    if (ferry_image_save(p->path, r->info, r->pixels, NULL, &error) != FERRY_OK) {
        ferryi_message_fail("cannot save frame %" PRIu64 ": %s", r->info->number, error.message);
        return false;
    }
    r->file = p->path;
    return true;
}

static void png_close(sink *self) {
    free(self);
}

sink *sink_open_png(const char *directory, const char *channel) {
    ferry_error error;
    if (ferryi_host_make_directories(directory, &error) != FERRY_OK) {
        ferryi_message_fail("%s", error.message);
        return NULL;
    }
    /* "Local\" and "Global\" say where a channel lives and are no part of its name. */
    const char *prefix = strrchr(channel, '\\');
    const char *name = prefix != NULL ? prefix + 1 : channel;
    size_t length = strlen(directory);
    const char *between = directory[length - 1] == '/' ? "" : "/";
    size_t prefix_bytes = length + strlen(between) + strlen(name);
    png *p = malloc(sizeof *p + prefix_bytes + SUFFIX_BYTES);
    if (p == NULL) {
        ferryi_message_fail("out of memory");
        return NULL;
    }
    p->base = (sink){.take = png_take, .close = png_close};
    p->prefix_bytes = prefix_bytes;
    snprintf(p->path, prefix_bytes + 1, "%s%s%s", directory, between, name);
    return &p->base;
}
