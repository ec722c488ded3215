#include "sinks/sink.h"

#include <inttypes.h>
#include <stdlib.h>

#include "host/host.h"
#include "shared/bitmap.h"
#include "shared/message.h"

typedef struct port {
    sink base;
    ferry_port *port;
    app_port_news news;
    bool has_sent;
    bool has_timed_out; /* the other side did not take a message within limit_ns */
    uint64_t refused;   /* frames that cannot be sent, and were left out */
    int64_t limit_ns;   /* for each message */
    int64_t linger_ns;  /* how long the last message stays */
    bool is_image;      /* pictures become what the header can say */
    ferry_image converted;
} port;

/* The frame in a format that the header can say. NULL: it cannot be had, which has been reported.
 */
static const uint8_t *convert(port *p, const receipt *r, const ferry_frame_info **info) {
    uint32_t format = app_bitmap_format(r->info->format);
    ferry_error error;
    *info = r->info;
    if (!p->is_image || format == r->info->format || ferry_format_bit_count(r->info->format) == 0)
        return r->pixels;
    if (ferry_image_convert(r->info, r->pixels, format, &p->converted, &error) != FERRY_OK) {
        app_message_fail("%s", error.message);
        return NULL;
    }
    *info = &p->converted.info;
    return p->converted.pixels;
}

/* False: it failed for another reason than this frame, which has been reported. */
static bool conclude(port *p, ferry_status status, const ferry_error *error) {
    p->has_sent = p->has_sent || status == FERRY_OK;
    if (status == FERRY_OK || status == FERRY_INTERRUPTED)
        return true;
    if (app_port_is_refused(status)) {
        app_message_warn("--to: %s; it is left out", error->message);
        p->refused++;
        return true;
    }
    p->has_timed_out = status == FERRY_TIMEOUT;
    app_message_fail("--to: %s", error->message);
    return false;
}

static bool port_take(sink *self, receipt *r) {
    port *p = (port *)self;
    const ferry_frame_info *info;
    const uint8_t *pixels = convert(p, r, &info);
    ferry_error error;
    if (pixels == NULL)
        return false;
    return conclude(p, app_port_send(&p->news, p->port, info, pixels, p->limit_ns, &error), &error);
}

bool sink_port_went_well(sink *self, bool *has_timed_out) {
    port *p = (port *)self;
    ferry_error error;
    if (p->has_sent && !p->has_timed_out)
        conclude(p, app_port_drain(&p->news, p->port, p->limit_ns, &error), &error);
    if (p->refused > 0)
        app_message_warn("--to: %" PRIu64 " message%s left out", p->refused,
                         p->refused == 1 ? " was" : "s were");
    *has_timed_out = p->has_timed_out;
    return p->refused == 0 && !p->has_timed_out;
}

static void port_close(sink *self) {
    port *p = (port *)self;
    if (p->has_sent && p->linger_ns > 0)
        host_sleep_until(ferry_clock_ns() + (uint64_t)p->linger_ns);
    ferry_port_close(&p->port);
    ferry_image_free(&p->converted);
    free(p);
}

sink *sink_open_port(const app_port *to, const app_share *share, int64_t limit_ns) {
    port *p = calloc(1, sizeof *p);
    ferry_error error;
    if (p == NULL) {
        app_message_fail("out of memory");
        return NULL;
    }
    p->base = (sink){.take = port_take, .close = port_close};
    p->limit_ns = limit_ns;
    p->linger_ns = app_port_usual_linger_ns(to);
    p->is_image = to->options.payload == FERRY_PAYLOAD_IMAGE;
    if (app_port_open(&p->port, to, FERRY_PORT_SENDER, share, &error) == FERRY_OK)
        return &p->base;
    app_message_fail("--to: %s", error.message);
    free(p);
    return NULL;
}
