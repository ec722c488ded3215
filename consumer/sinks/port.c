#include "sinks/sink.h"

#include <stdlib.h>

#include "host/host.h"
#include "shared/bitmap.h"
#include "shared/message.h"

typedef struct port {
    sink base;
    ferry_port *port;
    app_port_news news;
    bool has_sent;
    int64_t linger_ns; /* how long the last message stays */
    bool is_image;     /* pictures become what the header can say */
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

static bool port_take(sink *self, receipt *r) {
    port *p = (port *)self;
    const ferry_frame_info *info;
    const uint8_t *pixels = convert(p, r, &info);
    ferry_error error;
    if (pixels == NULL)
        return false;
    ferry_status status = app_port_send(&p->news, p->port, info, pixels, FERRY_FOREVER, &error);
    p->has_sent = p->has_sent || status == FERRY_OK;
    if (status == FERRY_OK || status == FERRY_INTERRUPTED)
        return true;
    app_message_fail("--to: %s", error.message);
    return false;
}

static void port_close(sink *self) {
    port *p = (port *)self;
    ferry_error error;
    app_port_drain(&p->news, p->port, FERRY_FOREVER, &error);
    if (p->has_sent && p->linger_ns > 0)
        host_sleep_until(ferry_clock_ns() + (uint64_t)p->linger_ns);
    ferry_port_close(&p->port);
    ferry_image_free(&p->converted);
    free(p);
}

sink *sink_open_port(const app_port *to, const app_share *share) {
    port *p = calloc(1, sizeof *p);
    ferry_error error;
    if (p == NULL) {
        app_message_fail("out of memory");
        return NULL;
    }
    p->base = (sink){.take = port_take, .close = port_close};
    p->linger_ns = app_port_usual_linger_ns(to);
    p->is_image = to->options.payload == FERRY_PAYLOAD_IMAGE;
    if (app_port_open(&p->port, to, FERRY_PORT_SENDER, share, &error) == FERRY_OK)
        return &p->base;
    app_message_fail("--to: %s", error.message);
    free(p);
    return NULL;
}
