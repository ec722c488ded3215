/* mutex: a mapping and a semaphore of 1. Whichever side comes first makes what is missing, the
 * mapping before the semaphore. Each access is a wait, a copy and a release; nothing says that
 * there is news, so that a receiver looks again and again.
 *
 * A program of this kind that is killed while it has the semaphore keeps everybody out, and one
 * that ends well releases once more than it has waited. A port releases as often as it has waited,
 * and a semaphore of at most 1 makes nothing of what is too much. */
#include "dialect/mutex.h"

#include "port/lane.h"
#include "port/wait.h"

static const ferry_port_object semaphore_of[2] = {FERRY_PORT_SEMAPHORE, FERRY_PORT_BACK_SEMAPHORE};

static ferry_port_object role_of(const ferry_port *port, const ferryi_lane *lane) {
    return semaphore_of[lane == &port->lanes[1]];
}

ferry_status ferryi_mutex_connect(ferry_port *port, ferryi_lane *lane, ferry_port_object role,
                                  uint32_t value, ferry_error *error) {
    const char *name = port->names[role];
    ferry_status status = ferryi_lane_make(port, lane, error);
    if (status != FERRY_OK || lane->turn != NULL)
        return status;
    status = ferryi_semaphore_open(&lane->turn, name, &port->sharing, &port->lost, error);
    if (status != FERRY_OK && status != FERRY_NO_PRODUCER)
        return status;
    status = ferryi_lane_check(port, lane, lane->turn != NULL, error);
    if (status != FERRY_OK || lane->turn != NULL)
        return status;
    return ferryi_semaphore_make(&lane->turn, name, value, &port->sharing, &port->lost, error);
}

bool ferryi_mutex_stands(const ferryi_lane *lane) {
    return ferryi_lane_stands(lane) &&
           (lane->turn == NULL || ferryi_semaphore_standing(lane->turn) == FERRYI_NAME_STANDS);
}

/* A value above 1, which programs without a bound leave behind that release once too often, would
 * let two in: it is taken as a whole. */
static bool try_turn(void *object, int64_t timeout_ns) {
    enum { EXTRA_MOST = 64 };
    if (!ferryi_semaphore_wait(object, timeout_ns))
        return false;
    for (int i = 0; i < EXTRA_MOST && ferryi_semaphore_wait(object, 0); i++) {
    }
    return true;
}

ferry_status ferryi_mutex_enter(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    return ferryi_wait_until(
        wait, &(ferryi_wait_for){.attempt = try_turn,
                                 .object = lane->turn,
                                 .role = role_of(port, lane),
                                 .meaning = "another program has this semaphore and does not "
                                            "release it",
                                 .may_break = true});
}

void ferryi_mutex_leave(ferry_port *port, ferryi_lane *lane, bool has_worked) {
    (void)port;
    (void)has_worked;
    ferryi_semaphore_release(lane->turn);
}

static ferry_status connect(ferry_port *port, ferry_error *error) {
    return ferryi_mutex_connect(port, &port->lanes[0], FERRY_PORT_SEMAPHORE, 1, error);
}

static bool stands(const ferry_port *port) {
    return ferryi_mutex_stands(&port->lanes[0]);
}

static void disconnect(ferry_port *port, bool removes) {
    ferryi_lane_close(&port->lanes[0], removes);
}

const ferryi_convention ferryi_convention_mutex = {
    .dialect = FERRY_PORT_MUTEX,
    .name = "mutex",
    .names = {{FERRY_PORT_MEMORY, "shareMemory"}, {FERRY_PORT_SEMAPHORE, "Semaphore"}},
    .payloads = 1 << FERRY_PAYLOAD_IMAGE | 1 << FERRY_PAYLOAD_TEXT | 1 << FERRY_PAYLOAD_RAW,
    .text_bytes = 250,
    .is_executable = true,
    .connect = connect,
    .stands = stands,
    .enter_send = ferryi_mutex_enter,
    .leave_send = ferryi_mutex_leave,
    .enter_receive = ferryi_mutex_enter,
    .leave_receive = ferryi_mutex_leave,
    .disconnect = disconnect,
};
