/* Sending and receiving, as all conventions have it. */
#include <stdlib.h>
#include <string.h>

#include <frameferry/port.h>

#include "platform/clock.h"
#include "platform/fault_point.h"
#include "port/exchange.h"
#include "port/lane.h"
#include "port/payload.h"
#include "port/port_handle.h"
#include "port/wait.h"
#include "support/deadline.h"
#include "support/error.h"

/* How long a poller sleeps: a message that follows soon is seen soon, and a silent sender costs
 * little. */
enum { POLL_LEAST_NS = 1000000, POLL_MOST_NS = 16000000 };
/* How long objects that are not there are waited for before the next look. */
enum { LOOK_AGAIN_NS = 10000000 };
/* How long a message has to stay as it is where nothing keeps a writer out, and how often that is
 * tried: one that writes all the time leaves no message alone for so long. */
enum { SETTLE_NS = 1000000, SETTLES_MOST = 3 };
/* Looks at a message that changes each time, while nobody else has the right to write, and in all
 * before that is said. */
enum { LOOKS_IN_TURN = 20, LOOKS_MOST = 200 };

/* ---- being connected ---- */

/* Whether the other side may still make what is missing. */
static ferry_status wait_for_objects(ferryi_wait *w, const ferry_error *missing) {
    ferry_status status = ferryi_wait_pause(w, LOOK_AGAIN_NS);
    if (status == FERRY_TIMEOUT)
        ferryi_fail(w->error, status, 0, "%s", missing->message);
    return status;
}

ferry_status ferryi_exchange_connect(ferryi_wait *w) {
    ferry_port *port = w->port;
    for (;;) {
        ferry_error missing;
        if (port->is_connected && port->convention->stands(port) && !port->lost)
            return FERRY_OK;
        if (port->is_connected) /* what stands may be in use: a message may be in it */
            port->convention->disconnect(port, false);
        port->is_connected = false;
        port->lost = false;
        ferry_status status = port->convention->connect(port, &missing);
        if (status == FERRY_OK) {
            port->is_connected = true;
            return FERRY_OK;
        }
        if (status != FERRY_NO_PRODUCER)
            return ferryi_fail(w->error, status, missing.os_code, "%s", missing.message);
        status = wait_for_objects(w, &missing);
        if (status != FERRY_OK)
            return status;
    }
}

/* ---- sending ---- */

static ferry_status too_large(const ferry_port *port, const ferryi_lane *lane, uint64_t bytes,
                              uint64_t most, ferry_error *error) {
    if (ferryi_payload_is_fixed(port) && most < ferryi_lane_room(lane))
        return ferryi_fail(
            error, FERRY_TOO_LARGE, 0,
            "the text takes %llu bytes with its zero, and programs of the convention "
            "%s have room for %llu",
            (unsigned long long)bytes, port->convention->name, (unsigned long long)most);
    return ferryi_fail(error, FERRY_TOO_LARGE, 0,
                       "the message takes %llu bytes, and %s has room for %llu: make the memory "
                       "larger on both sides (--size)",
                       (unsigned long long)bytes, port->names[lane->memory_role],
                       (unsigned long long)most);
}

/* Writes into memory while this side has the turn. */
static ferry_status write_message(ferry_port *port, ferryi_lane *lane, const ferryi_packet *packet,
                                  ferry_error *error) {
    uint64_t most = ferryi_payload_most_bytes(port, ferryi_lane_room(lane));
    if (packet->bytes > most)
        return too_large(port, lane, packet->bytes, most, error);
    ferry_status status = ferryi_lane_reserve(lane, packet->bytes, error);
    if (status != FERRY_OK)
        return status;
    ferryi_payload_write(ferryi_lane_base(lane), packet);
    ferryi_lane_flush(lane, packet->bytes);
    return FERRY_OK;
}

static ferry_status send_once(ferryi_wait *w, const ferryi_packet *packet) {
    ferry_port *port = w->port;
    ferryi_lane *lane = ferryi_port_lane_out(port);
    ferry_status status = ferryi_exchange_connect(w);
    if (status != FERRY_OK)
        return status;
    /* Before the wait: it would be in vain. */
    uint64_t most = ferryi_payload_most_bytes(port, ferryi_lane_room(lane));
    if (packet->bytes > most && !port->convention->resizes)
        return too_large(port, lane, packet->bytes, most, w->error);
    status = port->convention->enter_send(port, lane, w);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("port.send_entered");
    status = write_message(port, lane, packet, w->error);
    if (status == FERRY_OK && port->lost) /* a peer took it away meanwhile: nobody will see it */
        status = FERRY_NO_PRODUCER;
    FERRYI_FAULT("port.written");
    port->convention->leave_send(port, lane, status == FERRY_OK);
    FERRYI_FAULT("port.sent");
    return status;
}

/* Where the other side says that it has taken a message, that is waited for, but not for long: the
 * message is there, and the next call goes on waiting. */
static void await_answer(const ferryi_wait *sending) {
    ferry_port *port = sending->port;
    int64_t left_ns = ferryi_deadline_left(sending->until_ns, FERRYI_SLICE_NS);
    if (port->convention->drain == NULL || left_ns == 0)
        return;
    ferryi_wait w = ferryi_wait_begin(port, left_ns, NULL);
    ferry_status status = port->convention->drain(port, ferryi_port_lane_out(port), &w);
    unsigned wish = status == FERRY_INTERRUPTED ? FERRYI_PORT_WISH_INTERRUPT
                    : status == FERRY_WOKEN     ? FERRYI_PORT_WISH_WAKE
                                                : 0;
    /* Relaxed: it is given back to whoever looks next. */
    if (wish != 0)
        atomic_fetch_or_explicit(&port->wishes, wish, memory_order_relaxed);
}

ferry_status ferryi_exchange_send(ferry_port *port, const ferry_frame_info *info,
                                  const uint8_t *pixels, int64_t timeout_ns, ferry_error *error) {
    ferryi_packet packet;
    ferryi_wait w = ferryi_wait_begin(port, timeout_ns, error);
    ferry_status status = ferryi_payload_pack(&packet, port, info, pixels, error);
    if (status != FERRY_OK)
        return status;
    port->wanted_bytes = packet.bytes;
    do
        status = send_once(&w, &packet);
    while (status == FERRY_NO_PRODUCER); /* names have gone: once more with new ones */
    if (status != FERRY_OK)
        return status;
    port->counters.sent++;
    await_answer(&w);
    return FERRY_OK;
}

/* ---- receiving ---- */

typedef enum look {
    LOOK_NEWS,
    LOOK_NOTHING, /* no message, or the one that was received before */
    LOOK_TORN,    /* it changed while it was read */
    LOOK_REFUSED, /* it cannot be, with a sentence */
    LOOK_FAILED   /* no memory, with a sentence */
} look;

static bool is_seen(const ferry_port *port, const uint8_t *from, size_t bytes) {
    const ferryi_seen *seen = &port->seen;
    return seen->is_any && seen->count == bytes && memcmp(seen->bytes, from, bytes) == 0;
}

/* There is a place also for a message of no bytes. */
static bool reserve_seen(ferryi_seen *seen, size_t bytes) {
    size_t wanted = bytes > 0 ? bytes : 1;
    if (wanted <= seen->capacity)
        return true;
    uint8_t *larger = malloc(wanted);
    if (larger == NULL)
        return false;
    free(seen->bytes);
    *seen = (ferryi_seen){.bytes = larger, .capacity = wanted};
    return true;
}

/* Whether a message still has as many bytes, and these. */
static bool is_unchanged(const ferry_port *port, const ferryi_lane *lane, size_t bytes) {
    size_t now = 0;
    atomic_thread_fence(memory_order_acquire);
    uint64_t room = ferryi_lane_room(lane);
    const uint8_t *from = ferryi_lane_base(lane);
    return ferryi_payload_measure(port, from, room, &now, NULL) == FERRY_OK && now == bytes &&
           memcmp(port->seen.bytes, from, bytes) == 0;
}

/* A message that cannot be is news once, where nothing announces it. It may also be one that is
 * just being written. */
static look refuse(ferry_port *port, const ferryi_lane *lane, ferry_error *error) {
    enum { SHOWN_BYTES = 16 };
    const uint8_t *from = ferryi_lane_base(lane);
    uint64_t room = ferryi_lane_room(lane);
    size_t unused, bytes = room < SHOWN_BYTES ? (size_t)room : SHOWN_BYTES;
    if (!port->convention->announces && is_seen(port, from, bytes))
        return LOOK_NOTHING;
    if (!reserve_seen(&port->seen, SHOWN_BYTES)) {
        ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
        return LOOK_FAILED;
    }
    memcpy(port->seen.bytes, from, bytes);
    port->seen.count = bytes;
    port->seen.is_any = false;
    if (!port->convention->announces)
        ferryi_clock_pause(SETTLE_NS);
    if (ferryi_payload_measure(port, from, room, &unused, NULL) == FERRY_OK ||
        memcmp(port->seen.bytes, from, bytes) != 0)
        return LOOK_TORN;
    port->seen.is_any = true;
    return LOOK_REFUSED;
}

/* Takes a copy of the message that lies in the lane. */
static look take(ferry_port *port, const ferryi_lane *lane, ferry_error *error) {
    const uint8_t *from = ferryi_lane_base(lane);
    size_t bytes = 0;
    ferry_status status = ferryi_payload_measure(port, from, ferryi_lane_room(lane), &bytes, error);
    if (status == FERRY_NO_PRODUCER && !port->convention->announces)
        return LOOK_NOTHING;
    if (status == FERRY_NO_PRODUCER) /* that there is one was announced */
        ferryi_fail(error, FERRY_MALFORMED, 0,
                    "a message was announced, and %s has no header of one: nothing but zeros",
                    port->names[lane->memory_role]);
    if (status != FERRY_OK)
        return refuse(port, lane, error);
    if (!port->convention->announces && is_seen(port, from, bytes))
        return LOOK_NOTHING;
    if (!reserve_seen(&port->seen, bytes)) {
        ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory for a message of %zu bytes", bytes);
        return LOOK_FAILED;
    }
    port->seen.is_any = false; /* until it is known to be whole */
    port->seen.count = bytes;
    memcpy(port->seen.bytes, from, bytes);
    return is_unchanged(port, lane, bytes) ? LOOK_NEWS : LOOK_TORN;
}

/* Where nothing keeps a writer out, a message that is being written looks whole for a moment. */
static look settle(ferryi_wait *w, const ferryi_lane *lane, look seen) {
    if (seen != LOOK_NEWS || !w->port->convention->settles)
        return seen;
    ferryi_clock_pause(SETTLE_NS);
    return is_unchanged(w->port, lane, w->port->seen.count) ? LOOK_NEWS : LOOK_TORN;
}

/* One look, with the right to read. */
static ferry_status look_once(ferryi_wait *w, look *seen) {
    ferry_port *port = w->port;
    ferryi_lane *lane = ferryi_port_lane_in(port);
    ferry_status status = ferryi_exchange_connect(w);
    if (status == FERRY_OK)
        status = port->convention->enter_receive(port, lane, w);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("port.receive_entered");
    *seen = LOOK_TORN;
    for (int i = 0; i < LOOKS_IN_TURN && *seen == LOOK_TORN; i++) {
        *seen = take(port, lane, w->error);
        if (i < SETTLES_MOST)
            *seen = settle(w, lane, *seen);
        port->counters.torn += *seen == LOOK_TORN;
    }
    if (*seen == LOOK_NEWS && port->lost) /* there were zeros in the place of lost memory */
        *seen = LOOK_TORN;
    FERRYI_FAULT("port.copied");
    port->convention->leave_receive(port, lane, *seen == LOOK_NEWS);
    FERRYI_FAULT("port.received");
    return FERRY_OK;
}

static ferry_status refuse_torn(const ferryi_wait *w) {
    return ferryi_fail(w->error, FERRY_OVERTAKEN, 0,
                       "%s changes while it is read, each time: its sender writes more often than "
                       "a message can be read",
                       w->port->names[ferryi_port_lane_in(w->port)->memory_role]);
}

/* The result of a look, as the call returns it; FERRY_TIMEOUT: look again. */
static ferry_status conclude(ferryi_wait *w, look seen, ferry_image *image) {
    ferry_port *port = w->port;
    switch (seen) {
    case LOOK_NEWS: break;
    case LOOK_REFUSED: port->counters.malformed++; return FERRY_MALFORMED;
    case LOOK_FAILED: return FERRY_NO_MEMORY;
    case LOOK_TORN: return port->convention->announces ? refuse_torn(w) : FERRY_TIMEOUT;
    default: return FERRY_TIMEOUT;
    }
    ferry_status status =
        ferryi_payload_unpack(port, port->seen.bytes, port->seen.count, image, w->error);
    if (status != FERRY_OK)
        return status;
    port->seen.is_any = true;
    image->info.number = ++port->counters.received;
    image->info.capture_ns = image->info.publish_ns = ferry_clock_ns();
    image->skipped = 0;
    image->generation = 0;
    return FERRY_OK;
}

static ferry_status no_news(const ferryi_wait *w) {
    return ferryi_fail(w->error, FERRY_TIMEOUT, 0, "nothing new has been written into %s",
                       w->port->names[ferryi_port_lane_in(w->port)->memory_role]);
}

ferry_status ferryi_exchange_receive(ferry_port *port, ferry_image *image, int64_t timeout_ns,
                                     ferry_error *error) {
    ferryi_wait w = ferryi_wait_begin(port, timeout_ns, error);
    int64_t pause_ns = POLL_LEAST_NS;
    for (unsigned torn = 0; torn < LOOKS_MOST;) {
        look seen = LOOK_NOTHING;
        ferry_status status = look_once(&w, &seen);
        if (status == FERRY_NO_PRODUCER) /* names have gone: once more with new ones */
            continue;
        if (status == FERRY_OK)
            status = conclude(&w, seen, image);
        else
            return status;
        if (status != FERRY_TIMEOUT)
            return status;
        if (seen == LOOK_TORN)
            torn++;
        if (port->convention->announces)
            continue;
        status = ferryi_wait_pause(&w, pause_ns);
        if (status != FERRY_OK)
            return status == FERRY_TIMEOUT ? no_news(&w) : status;
        if (pause_ns < POLL_MOST_NS && seen == LOOK_NOTHING)
            pause_ns *= 2;
    }
    return refuse_torn(&w);
}

ferry_status ferryi_exchange_drain(ferry_port *port, int64_t timeout_ns, ferry_error *error) {
    ferryi_wait w = ferryi_wait_begin(port, timeout_ns, error);
    bool sends = port->convention->has_back || ferryi_port_is_sender(port);
    if (port->convention->drain == NULL || !port->is_connected || !sends)
        return FERRY_OK;
    ferry_status status = port->convention->drain(port, ferryi_port_lane_out(port), &w);
    /* A reader that has not taken it by now would have to find it under its name. */
    return status == FERRY_NO_PRODUCER ? FERRY_OK : status;
}
