/* rwevents: a mapping and two manual-reset events, both set at first. The writer waits for "read",
 * resets "write", writes and sets it again; the reader does the same the other way round. The
 * writer makes everything. Texts have a form of their own in the field: the mapping alone, without
 * events.
 *
 * To wait and to reset are two steps, so that both sides can be at work at once, and a look may be
 * torn: what was read is compared with what is still there. Nothing announces a message. A side
 * that was killed leaves its event reset, and the other one waits; whichever program takes its
 * place sets the event with its first message. */
#include "dialect/rwevents.h"

#include "channel/names.h"
#include "port/lane.h"
#include "port/wait.h"
#include "support/error.h"

#define MEMORY "Global\\ShareMemory"
#define TEXT_MEMORY "ShareMemory"

static bool is_text(const ferry_port *port) {
    return port->options.payload == FERRY_PAYLOAD_TEXT;
}

/* FERRY_OK also when it is not there. */
static ferry_status open_if_there(ferry_port *port, ferryi_manual_event **event,
                                  ferry_port_object role, ferry_error *error) {
    if (*event != NULL)
        return FERRY_OK;
    ferry_status status =
        ferryi_manual_event_open(event, port->names[role], &port->sharing, &port->lost, error);
    return status == FERRY_NO_PRODUCER ? FERRY_OK : status;
}

static ferry_status make_if_missing(ferry_port *port, ferryi_manual_event **event,
                                    ferry_port_object role, ferry_error *error) {
    if (*event != NULL)
        return FERRY_OK;
    return ferryi_manual_event_make(event, port->names[role], true, &port->sharing, &port->lost,
                                    error);
}

static ferry_status open_events(ferry_port *port, ferryi_lane *lane, ferry_error *error) {
    ferry_status status = open_if_there(port, &lane->reading, FERRY_PORT_READ, error);
    return status == FERRY_OK ? open_if_there(port, &lane->writing, FERRY_PORT_WRITE, error)
                              : status;
}

/* The events come first, so that no reader finds the memory without its order. */
static ferry_status connect_writer(ferry_port *port, ferryi_lane *lane, ferry_error *error) {
    ferry_status status = open_events(port, lane, error);
    bool has_company = lane->reading != NULL || lane->writing != NULL;
    if (status == FERRY_OK && !has_company) { /* is it another program's? */
        status = ferryi_lane_open(port, lane, error);
        if (status == FERRY_OK)
            status = ferryi_lane_check(port, lane, false, error);
        else if (status == FERRY_NO_PRODUCER)
            status = FERRY_OK;
    }
    if (status == FERRY_OK)
        status = make_if_missing(port, &lane->reading, FERRY_PORT_READ, error);
    if (status == FERRY_OK)
        status = make_if_missing(port, &lane->writing, FERRY_PORT_WRITE, error);
    return status == FERRY_OK ? ferryi_lane_make(port, lane, error) : status;
}

/* Texts are found under either of the names that the field has for the memory, unless one is given.
 */
static ferry_status open_memory(ferry_port *port, ferryi_lane *lane, ferry_error *error) {
    static const char *const names[] = {TEXT_MEMORY, MEMORY};
    char *name = port->names[FERRY_PORT_MEMORY];
    ferry_status status = ferryi_lane_open(port, lane, error);
    for (int i = 0; i < 2 && status == FERRY_NO_PRODUCER && port->is_named_usually && is_text(port);
         i++) {
        status = ferryi_names_take(name, names[i], "the memory", error);
        if (status == FERRY_OK)
            status = ferryi_lane_open(port, lane, error);
    }
    return status;
}

/* A picture without its events would be read without any order, though its writer keeps one. */
static ferry_status connect_reader(ferry_port *port, ferryi_lane *lane, ferry_error *error) {
    ferry_status status = open_memory(port, lane, error);
    if (status == FERRY_OK)
        status = open_events(port, lane, error);
    if (status != FERRY_OK || is_text(port) || (lane->reading != NULL && lane->writing != NULL))
        return status;
    return ferryi_fail(error, FERRY_NO_PRODUCER, 0,
                       "there is %s, but no event %s: its sender has not made it yet, or gives it "
                       "another name (--object read=NAME, --object write=NAME)",
                       port->names[FERRY_PORT_MEMORY],
                       port->names[lane->reading == NULL ? FERRY_PORT_READ : FERRY_PORT_WRITE]);
}

static ferry_status connect(ferry_port *port, ferry_error *error) {
    ferryi_lane *lane = &port->lanes[0];
    return ferryi_port_is_sender(port) ? connect_writer(port, lane, error)
                                       : connect_reader(port, lane, error);
}

static bool event_stands(const ferryi_manual_event *event) {
    return event == NULL || ferryi_manual_event_standing(event) == FERRYI_NAME_STANDS;
}

static bool stands(const ferry_port *port) {
    const ferryi_lane *lane = &port->lanes[0];
    return ferryi_lane_stands(lane) && event_stands(lane->reading) && event_stands(lane->writing);
}

static bool try_event(void *object, int64_t timeout_ns) {
    return ferryi_manual_event_wait(object, timeout_ns);
}

/* Waits for one event and resets the other one. */
static ferry_status enter(ferryi_wait *wait, ferryi_manual_event *others, ferry_port_object role,
                          ferryi_manual_event *own) {
    if (others == NULL || own == NULL)
        return FERRY_OK; /* a text without events */
    ferry_status status = ferryi_wait_until(
        wait, &(ferryi_wait_for){.attempt = try_event,
                                 .object = others,
                                 .role = role,
                                 .meaning = "the other side is at work and does not set this event",
                                 .may_break = true});
    if (status == FERRY_OK)
        ferryi_manual_event_reset(own);
    return status;
}

static void leave(ferryi_manual_event *own) {
    if (own != NULL)
        ferryi_manual_event_set(own);
}

static ferry_status enter_send(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    (void)port;
    return enter(wait, lane->reading, FERRY_PORT_READ, lane->writing);
}

static void leave_send(ferry_port *port, ferryi_lane *lane, bool has_written) {
    (void)port;
    (void)has_written;
    leave(lane->writing);
}

static ferry_status enter_receive(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    (void)port;
    return enter(wait, lane->writing, FERRY_PORT_WRITE, lane->reading);
}

static void leave_receive(ferry_port *port, ferryi_lane *lane, bool is_handed_on) {
    (void)port;
    (void)is_handed_on;
    leave(lane->reading);
}

static void disconnect(ferry_port *port, bool removes) {
    ferryi_lane_close(&port->lanes[0], removes);
}

const ferryi_convention ferryi_convention_rwevents = {
    .dialect = FERRY_PORT_RWEVENTS,
    .name = "rwevents",
    .names = {{FERRY_PORT_MEMORY, MEMORY},
              {FERRY_PORT_READ, "Global\\ShareMemoryReadEvent"},
              {FERRY_PORT_WRITE, "Global\\ShareMemoryWriteEvent"}},
    .text_memory = TEXT_MEMORY,
    .payloads = 1 << FERRY_PAYLOAD_IMAGE | 1 << FERRY_PAYLOAD_TEXT | 1 << FERRY_PAYLOAD_RAW,
    .text_bytes = 250,
    .has_int32_header = true,
    .connect = connect,
    .stands = stands,
    .enter_send = enter_send,
    .leave_send = leave_send,
    .enter_receive = enter_receive,
    .leave_receive = leave_receive,
    .disconnect = disconnect,
};
