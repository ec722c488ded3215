/* Frames from a program of another convention: one end of a port (port.h of the public headers). */
#include "sources/source.h"

#include <stdlib.h>

#include "host/host.h"
#include "host/inside.h"
#include "shared/message.h"
#include "shared/port.h"

/* Waits are cut into slices, between which the thread looks whether the user asks to stop. */
#define SLICE_NS (FERRY_SECOND_NS / 10)
#define PATIENCE_NS (FERRY_SECOND_NS / 2)

typedef struct from_port {
    source base;
    ferry_port *port;
    const app_port *plan;
    app_port_news news;
    uint64_t begin_ns;
    bool is_awaited;     /* the user knows that the program waits */
    bool has_told_empty; /* and that empty texts are left out */
} from_port;

/* A frame has at least one byte. */
static bool is_empty(from_port *f, const ferry_image *image) {
    if (image->info.length_bytes > 0)
        return false;
    if (!f->has_told_empty)
        app_message_warn("an empty text is no frame, and is left out");
    f->has_told_empty = true;
    return true;
}

static void tell_wait(from_port *f, const ferry_error *error) {
    if (f->is_awaited || ferry_clock_ns() - f->begin_ns < (uint64_t)PATIENCE_NS)
        return;
    f->is_awaited = true;
    app_message_inform("waiting for a message: %s", error->message);
}

static bool from_port_next(source *self, ferry_image *into) {
    from_port *f = (from_port *)self;
    while (host_stop_count() == 0) {
        ferry_error error;
        ferry_status status = ferry_port_receive(f->port, into, SLICE_NS, &error);
        bool is_lost = status == FERRY_MALFORMED || status == FERRY_OVERTAKEN;
        app_port_tell(&f->news, f->port, is_lost ? &error : NULL);
        if (status == FERRY_OK) {
            app_port_answer(f->port, f->plan, into);
            f->is_awaited = true;
            into->info.number = 0;
            if (!is_empty(f, into))
                return true;
        } else if (status == FERRY_TIMEOUT) {
            tell_wait(f, &error);
        } else if (status == FERRY_INTERRUPTED) {
            return false;
        } else if (status != FERRY_MALFORMED && status != FERRY_OVERTAKEN) {
            app_message_fail("%s", error.message);
            f->base.is_broken = true;
            return false;
        }
    }
    return false;
}

static void from_port_interrupt(source *self) {
    ferry_port_interrupt(((from_port *)self)->port);
}

static void from_port_close(source *self) {
    from_port *f = (from_port *)self;
    app_port_sum_up(f->port);
    ferry_port_close(&f->port);
    free(f);
}

ferry_status source_open_port(source **out, const app_port *port, const app_share *share,
                              ferry_error *error) {
    from_port *f = calloc(1, sizeof *f);
    if (f == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    ferry_status status = app_port_open(&f->port, port, FERRY_PORT_RECEIVER, share, error);
    if (status != FERRY_OK) {
        free(f);
        return status;
    }
    f->plan = port;
    f->begin_ns = ferry_clock_ns();
    f->base = (source){.is_piped = true,
                       .rate = {.seconds = 1},
                       .next = from_port_next,
                       .interrupt = from_port_interrupt,
                       .close = from_port_close};
    if (port->options.payload == FERRY_PAYLOAD_RAW) {
        ferry_layout layout;
        const ferry_frame_info *raw = &port->options.raw;
        if (ferry_layout_compute(&layout, raw->format, raw->width, raw->height, 0) == FERRY_OK)
            f->base.slot_bytes = (uint64_t)layout.length_bytes + FERRY_HEADER_BYTES;
    }
    *out = &f->base;
    return FERRY_OK;
}
