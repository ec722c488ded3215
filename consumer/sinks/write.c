#include "sinks/write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

#include "host/inside.h"
#include "shared/message.h"
#include "sinks/sink.h"

/* Nothing tells when a FIFO gets its reader: it is tried again. */
#define RETRY_NS (FERRY_SECOND_NS / 20)
#define PATIENCE_NS (FERRY_SECOND_NS / 2)

static const write_kind *const kinds[] = {[WRITE_Y4M] = &write_kind_y4m,
                                          [WRITE_RAW] = &write_kind_raw,
                                          [WRITE_MJPEG] = &write_kind_mjpeg};

typedef struct writer {
    sink base;
    write_stream stream;
    const char *place; /* as the user knows it */
    uint64_t count;    /* frames that have been written */
    uint64_t left_out; /* that could not be decoded */
    bool has_enough;
} writer;

/* ---- frames ---- */

static void tell_end(writer *w) {
    if (!w->has_enough)
        app_message_inform("the reader of %s has ended", w->place);
    w->has_enough = true;
}

/* False: the stream cannot go on, which has been reported. */
static bool conclude(writer *w, ferry_status status, const ferry_error *error) {
    switch (status) {
    case FERRY_OK: w->count++; return true;
    case FERRY_END_OF_STREAM: tell_end(w); return true;
    case FERRY_INTERRUPTED:
        if (!w->has_enough)
            app_message_warn("%s: the last frame is not whole", error->message);
        w->has_enough = true;
        return true;
    case FERRY_UNREADABLE:
        app_message_warn("--write: %s; it is left out", error->message);
        w->left_out++;
        return true;
    default: app_message_fail("--write: %s", error->message); return false;
    }
}

static bool write_take(sink *self, receipt *r) {
    writer *w = (writer *)self;
    write_stream *stream = &w->stream;
    write_frame frame = {r->info, r->pixels};
    ferry_error error;
    if (w->has_enough)
        return true;
    ferry_status status = write_shape_take(&stream->shape, &frame, &error);
    if (status == FERRY_OK)
        status = stream->shape.kind->put(stream, &frame, w->count == 0, &error);
    if (status == FERRY_OK)
        host_mark_outlet(stream->outlet);
    return conclude(w, status, &error);
}

/* ---- the place ---- */

/* Returns as host_open_outlet, but FERRY_TIMEOUT only when the user asks to stop. */
static ferry_status open_place(writer *w, const char *path, bool may_replace, ferry_error *error) {
    uint64_t begin_ns = ferry_clock_ns();
    bool is_told = false;
    for (;;) {
        ferry_status status = host_open_outlet(&w->stream.outlet, path, may_replace, error);
        uint64_t now_ns = ferry_clock_ns();
        if (status != FERRY_TIMEOUT || host_sleep_until(now_ns + (uint64_t)RETRY_NS))
            return status;
        if (!is_told && now_ns - begin_ns > (uint64_t)PATIENCE_NS) {
            app_message_inform("waiting for a program that reads %s", w->place);
            is_told = true;
        }
    }
}

static bool check_place(const writer *w, ferry_status status, const ferry_error *error) {
    if (status == FERRY_BUSY)
        app_message_fail("--write: %s; --overwrite replaces it", error->message);
    else if (status != FERRY_OK && status != FERRY_TIMEOUT)
        app_message_fail("--write: %s", error->message);
    if (status != FERRY_OK)
        return false;
    if (host_kind_of_outlet(w->stream.outlet) != HOST_OUTLET_TERMINAL)
        return true;
    app_message_fail("--write: %s is a terminal: give a file, or a program that reads the stream, "
                     "as in --write - | ffplay -",
                     w->place);
    return false;
}

/* ---- the sink ---- */

bool sink_write_is_read(const sink *self) {
    return host_kind_of_outlet(((const writer *)self)->stream.outlet) == HOST_OUTLET_PIPE;
}

bool sink_write_has_enough(sink *self) {
    writer *w = (writer *)self;
    if (!w->has_enough && host_outlet_has_lost_reader(w->stream.outlet))
        tell_end(w);
    return w->has_enough;
}

uint64_t sink_write_count(const sink *self) {
    return ((const writer *)self)->count;
}

bool sink_write_went_well(sink *self) {
    writer *w = (writer *)self;
    ferry_error error;
    ferry_status status = host_close_outlet(&w->stream.outlet, &error);
    if (status != FERRY_OK)
        app_message_fail("--write: %s", error.message);
    if (w->left_out > 0)
        app_message_warn("--write: %" PRIu64 " frame%s left out", w->left_out,
                         w->left_out == 1 ? " was" : "s were");
    return status == FERRY_OK && w->left_out == 0;
}

static void write_close(sink *self) {
    writer *w = (writer *)self;
    host_close_outlet(&w->stream.outlet, NULL);
    write_shape_free(&w->stream.shape);
    packed_free(&w->stream.packed);
    packed_free(&w->stream.moved);
    ferry_image_file_free(&w->stream.file);
    free(w);
}

sink *sink_open_write(const write_request *request, bool may_replace) {
    writer *w = calloc(1, sizeof *w);
    ferry_error error;
    if (w == NULL) {
        app_message_fail("out of memory");
        return NULL;
    }
    bool is_output = strcmp(request->place, "-") == 0;
    w->base = (sink){.take = write_take, .close = write_close};
    w->place = is_output ? "standard output" : request->place;
    w->stream.shape.kind = kinds[request->as];
    w->stream.shape.format = request->format;
    w->stream.shape.scales = request->scales;
    w->stream.rate = request->rate;
    if (check_place(w, open_place(w, is_output ? NULL : request->place, may_replace, &error),
                    &error))
        return &w->base;
    write_close(&w->base);
    return NULL;
}
