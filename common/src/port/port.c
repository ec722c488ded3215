/* A port's public calls: making it, closing it, interrupting it, counters. exchange.c has what
 * sending and receiving are. */
#include <frameferry/port.h>

#include <stdlib.h>
#include <string.h>

#include "platform/self.h"
#include "port/exchange.h"
#include "port/lane.h"
#include "port/port_handle.h"
#include "port/port_options.h"
#include "support/deadline.h"
#include "support/error.h"
#include "support/need.h"

/* How long ferry_port_open goes on looking at memory that is not what it should be. */
#define OPEN_NS FERRY_SECOND_NS

/* ---- making and closing ---- */

static bool has_strange_memory(const ferry_port *port) {
    return port->lanes[0].strange_ns != 0 || port->lanes[1].strange_ns != 0;
}

/* Opens what is there. The other side's part may come later; memory that may not be written, and
 * what is of another kind, is found now. */
static ferry_status look_around(ferry_port *port, ferry_error *error) {
    ferry_error cause;
    ferryi_wait w = ferryi_wait_begin(port, 0, &cause);
    ferry_status status = ferryi_exchange_connect(&w);
    uint64_t until_ns = ferryi_deadline(OPEN_NS);
    while (has_strange_memory(port) && status == FERRY_TIMEOUT &&
           ferryi_deadline_left(until_ns, 1) > 0) {
        w = ferryi_wait_begin(port, FERRY_SECOND_NS / 100, &cause);
        status = ferryi_exchange_connect(&w);
    }
    if (status == FERRY_OK || status == FERRY_TIMEOUT)
        return FERRY_OK;
    return ferryi_fail(error, status, cause.os_code, "%s", cause.message);
}

/* Makes a handle that is not connected. The caller ends *out with ferry_port_close, also after a
 * failure. */
static ferry_status make(ferry_port **out, const ferry_port_options *options, ferry_error *error) {
    ferry_port *port = calloc(1, sizeof *port);
    *out = port;
    if (port == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    ferryi_lane_init(&port->lanes[0], FERRY_PORT_MEMORY);
    ferryi_lane_init(&port->lanes[1], FERRY_PORT_BACK);
    port->fork_count = ferryi_self_fork_count();
    return ferryi_port_options_read(port, options, error);
}

ferry_status ferry_port_check(const ferry_port_options *options, ferry_error *error) {
    ferry_port *port = NULL;
    ferry_status status = ferryi_need(options, "options", error);
    if (status == FERRY_OK)
        status = make(&port, options, error);
    ferry_port_close(&port);
    return status;
}

ferry_status ferry_port_open(ferry_port **out, const ferry_port_options *options,
                             ferry_error *error) {
    ferry_status status = ferryi_need(out, "out", error);
    if (status == FERRY_OK)
        *out = NULL;
    if (status == FERRY_OK)
        status = ferryi_need(options, "options", error);
    if (status == FERRY_OK)
        status = ferryi_self_count_forks(error);
    if (status != FERRY_OK)
        return status;
    ferry_port *port = NULL;
    status = make(&port, options, error);
    if (status == FERRY_OK)
        status = look_around(port, error);
    if (status == FERRY_OK)
        *out = port;
    else
        ferry_port_close(&port);
    return status;
}

void ferry_port_close(ferry_port **port) {
    if (port == NULL || *port == NULL)
        return;
    ferry_port *p = *port;
    *port = NULL;
    bool is_ours = p->fork_count == ferryi_self_fork_count();
    if (p->convention != NULL)
        p->convention->disconnect(p, is_ours && !p->convention->keeps_names);
    ferryi_port_options_free(p);
    free(p->seen.bytes);
    free(p);
}

/* ---- messages ---- */

static ferry_status check_fork(const ferry_port *port, ferry_error *error) {
    if (port->fork_count == ferryi_self_fork_count())
        return FERRY_OK;
    return ferryi_fail(error, FERRY_FORKED, 0,
                       "this port was opened before a fork, and belongs to the parent process");
}

static ferry_status check_direction(const ferry_port *port, bool sends, ferry_error *error) {
    if (port->convention->has_back || ferryi_port_is_sender(port) == sends)
        return FERRY_OK;
    return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "this port was opened %s",
                       sends ? "to receive" : "to send");
}

/* The checks of all calls with a port and a time. */
static ferry_status check_call(const ferry_port *port, int64_t timeout_ns, ferry_error *error) {
    ferry_status status = ferryi_need(port, "port", error);
    if (status == FERRY_OK)
        status = ferryi_need_time(timeout_ns, "timeout_ns", error);
    return status;
}

ferry_status ferry_port_send(ferry_port *port, const ferry_frame_info *info, const void *pixels,
                             int64_t timeout_ns, ferry_error *error) {
    ferry_status status = check_call(port, timeout_ns, error);
    if (status == FERRY_OK)
        status = ferryi_need(info, "info", error);
    if (status == FERRY_OK)
        status = ferryi_need(pixels, "pixels", error);
    if (status == FERRY_OK)
        status = check_direction(port, true, error);
    if (status == FERRY_OK)
        status = check_fork(port, error);
    if (status != FERRY_OK)
        return status;
    if (port->convention->send == NULL)
        return ferryi_exchange_send(port, info, pixels, timeout_ns, error);
    ferryi_wait w = ferryi_wait_begin(port, timeout_ns, error);
    status = ferryi_exchange_connect(&w);
    return status == FERRY_OK ? port->convention->send(port, info, pixels, timeout_ns, error)
                              : status;
}

ferry_status ferry_port_send_text(ferry_port *port, const char *text, int64_t timeout_ns,
                                  ferry_error *error) {
    ferry_status status = check_call(port, timeout_ns, error);
    if (status == FERRY_OK)
        status = ferryi_need(text, "text", error);
    if (status != FERRY_OK)
        return status;
    size_t bytes = strlen(text);
    if (bytes > INT32_MAX)
        return ferryi_fail(error, FERRY_TOO_LARGE, 0, "the text has 2^31 bytes or more");
    ferry_frame_info info = {.width = (int32_t)bytes,
                             .height = 1,
                             .format = FERRY_FORMAT_TEXT,
                             .length_bytes = (uint32_t)bytes};
    return ferry_port_send(port, &info, text, timeout_ns, error);
}

ferry_status ferry_port_receive(ferry_port *port, ferry_image *image, int64_t timeout_ns,
                                ferry_error *error) {
    ferry_status status = check_call(port, timeout_ns, error);
    if (status == FERRY_OK)
        status = ferryi_need(image, "image", error);
    if (status == FERRY_OK)
        status = check_direction(port, false, error);
    if (status == FERRY_OK)
        status = check_fork(port, error);
    if (status != FERRY_OK)
        return status;
    if (port->convention->receive == NULL)
        return ferryi_exchange_receive(port, image, timeout_ns, error);
    ferryi_wait w = ferryi_wait_begin(port, timeout_ns, error);
    status = ferryi_exchange_connect(&w);
    return status == FERRY_OK ? port->convention->receive(port, image, timeout_ns, error) : status;
}

ferry_status ferry_port_drain(ferry_port *port, int64_t timeout_ns, ferry_error *error) {
    ferry_status status = check_call(port, timeout_ns, error);
    if (status == FERRY_OK)
        status = check_fork(port, error);
    return status == FERRY_OK ? ferryi_exchange_drain(port, timeout_ns, error) : status;
}

/* ---- from other threads ---- */

static void leave_wish(ferry_port *port, unsigned wish) {
    if (port == NULL)
        return;
    /* Relaxed: nothing is handed over with it, and a wait looks every slice. */
    atomic_fetch_or_explicit(&port->wishes, wish, memory_order_relaxed);
    if (port->convention->wake != NULL)
        port->convention->wake(port, wish == FERRYI_PORT_WISH_INTERRUPT);
}

void ferry_port_interrupt(ferry_port *port) {
    leave_wish(port, FERRYI_PORT_WISH_INTERRUPT);
}

void ferry_port_wake(ferry_port *port) {
    leave_wish(port, FERRYI_PORT_WISH_WAKE);
}

/* ---- counters ---- */

void ferry_port_get_counters(ferry_port *port, ferry_port_counters *out) {
    if (out == NULL)
        return;
    *out = (ferry_port_counters){0};
    if (port == NULL || port->fork_count != ferryi_self_fork_count())
        return;
    *out = port->counters;
    out->memory_bytes = ferryi_lane_room(&port->lanes[0]);
}
