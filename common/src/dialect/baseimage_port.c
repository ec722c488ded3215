#include "dialect/baseimage_port.h"

#include <stdlib.h>

#include <frameferry/consumer.h>
#include <frameferry/producer.h>

#include "frame/bitmap.h"
#include "port/port_handle.h"
#include "support/deadline.h"
#include "support/error.h"

/* One of them, for other threads to reach. */
typedef struct ends {
    ferry_producer *producer;
    ferry_consumer *consumer;
} ends;

/* NULL: the channel's own. */
static const char *event_of(const ferry_port *port) {
    const char *name = port->names[FERRY_PORT_EVENT];
    return name[0] != '\0' ? name : NULL;
}

static ferry_status make_producer(const ferry_port *port, ends *e, ferry_error *error) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = port->names[FERRY_PORT_MEMORY];
    options.dialect = FERRY_DIALECT_BASEIMAGE;
    options.event_name = event_of(port);
    options.adopt = port->options.adopt;
    options.group_sharing = port->options.group_sharing;
    options.group_name = port->options.group_name;
    return ferry_producer_create(&e->producer, &options, error);
}

static ferry_status make_consumer(const ferry_port *port, ends *e, ferry_error *error) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = port->names[FERRY_PORT_MEMORY];
    options.event_name = event_of(port);
    options.bare_16bit_format = port->options.format_16bit;
    options.bare_bottom_up = port->options.bottom_up;
    options.bare_format = port->options.format;
    options.group_sharing = port->options.group_sharing;
    options.group_name = port->options.group_name;
    return ferry_consumer_new(&e->consumer, &options, error);
}

static ferry_status connect(ferry_port *port, ferry_error *error) {
    if (port->own != NULL)
        return FERRY_OK;
    ends *e = calloc(1, sizeof *e);
    if (e == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    ferry_status status =
        ferryi_port_is_sender(port) ? make_producer(port, e, error) : make_consumer(port, e, error);
    if (status == FERRY_OK)
        port->own = e;
    else
        free(e);
    return status;
}

static bool stands(const ferry_port *port) {
    (void)port;
    return true; /* the channel sees to its names itself */
}

static ferry_status send_picture(ferry_port *port, const ferry_frame_info *info,
                                 const uint8_t *pixels, int64_t timeout_ns, ferry_error *error) {
    (void)timeout_ns; /* the one slot is always free */
    ferry_frame_info stored = {
        .width = info->width, .height = info->height, .format = info->format, .metadata_bytes = 0};
    ferry_layout layout;
    if (ferryi_bitmap_bits(info->format, port->options.format_16bit) == 0)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "the header of an image cannot say this pixel format: convert it to "
                           "gray, %s, bgr24 or bgra",
                           ferry_format_name(port->options.format_16bit));
    ferry_status status = ferry_layout_of(&layout, info);
    if (status != FERRY_OK)
        return ferryi_fail(error, status, 0, "a picture of %d x %d pixels cannot be sent",
                           (int)info->width, (int)info->height);
    ptrdiff_t stride = (ptrdiff_t)layout.planes[0].stride_bytes;
    const uint8_t *first = pixels + layout.planes[0].offset_bytes;
    if (port->options.bottom_up != 0) {
        first += stride * (info->height - 1);
        stride = -stride;
    }
    ends *e = port->own;
    status = ferry_producer_send(e->producer, &stored, first, stride, NULL, error);
    if (status == FERRY_OK)
        port->counters.sent++;
    return status;
}

/* Whether a call on a stream has ended it, so that the next sender is waited for. */
static bool has_ended(ferry_status status) {
    return status == FERRY_PRODUCER_LOST || status == FERRY_END_OF_STREAM ||
           status == FERRY_EVICTED || status == FERRY_NO_PRODUCER || status == FERRY_MALFORMED;
}

static ferry_status receive_picture(ferry_port *port, ferry_image *image, int64_t timeout_ns,
                                    ferry_error *error) {
    ends *e = port->own;
    uint64_t until_ns = ferryi_deadline(timeout_ns);
    for (;;) {
        int64_t left_ns = ferryi_deadline_left(until_ns, INT64_MAX);
        ferry_status status = ferry_consumer_attach(e->consumer, left_ns, error);
        if (status == FERRY_NO_PRODUCER)
            return ferryi_fail(error, FERRY_TIMEOUT, 0, "there is no sender on %s",
                               port->names[FERRY_PORT_MEMORY]);
        if (status != FERRY_OK)
            return status;
        left_ns = ferryi_deadline_left(until_ns, INT64_MAX);
        status = ferry_consumer_copy(e->consumer, left_ns, image, error);
        if (status == FERRY_OK) {
            image->info.number = ++port->counters.received;
            return FERRY_OK;
        }
        if (!has_ended(status))
            return status;
    }
}

static void wake(ferry_port *port, bool interrupts) {
    ends *e = port->own;
    if (e == NULL)
        return;
    if (e->producer != NULL && interrupts)
        ferry_producer_interrupt(e->producer);
    if (e->consumer != NULL && interrupts)
        ferry_consumer_interrupt(e->consumer);
    else if (e->consumer != NULL)
        ferry_consumer_wake(e->consumer);
}

static void disconnect(ferry_port *port, bool removes) {
    (void)removes;
    ends *e = port->own;
    port->own = NULL;
    if (e == NULL)
        return;
    ferry_producer_close(&e->producer);
    ferry_consumer_close(&e->consumer);
    free(e);
}

const ferryi_convention ferryi_convention_baseimage = {
    .dialect = FERRY_PORT_BASEIMAGE,
    .name = "baseimage",
    .names = {{FERRY_PORT_MEMORY, FERRY_DEFAULT_NAME}},
    .may_have = 1 << FERRY_PORT_EVENT,
    .payloads = 1 << FERRY_PAYLOAD_IMAGE,
    .announces = true,
    .connect = connect,
    .stands = stands,
    .send = send_picture,
    .receive = receive_picture,
    .wake = wake,
    .disconnect = disconnect,
};
