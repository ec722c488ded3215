/* duplex: two mappings, one for each direction, in the three readings that the field has of it.
 *
 * pairs: lockstep in each direction. mutexes: the mutex convention in each direction. single: one
 * semaphore of 0 for each mapping, which says "written"; the sides take turns, beginning with the
 * sender, and an answer is the permission for the next message. */
#include "dialect/duplex.h"

#include "dialect/lockstep.h"
#include "dialect/mutex.h"
#include "platform/clock.h"
#include "port/lane.h"
#include "port/wait.h"
#include "support/error.h"

static void disconnect(ferry_port *port, bool removes) {
    ferryi_lane_close(&port->lanes[0], removes);
    ferryi_lane_close(&port->lanes[1], removes);
}

/* ---- pairs ---- */

static ferry_status connect_pairs(ferry_port *port, ferry_error *error) {
    ferry_status status = ferryi_lockstep_connect(port, &port->lanes[0], error);
    return status == FERRY_OK ? ferryi_lockstep_connect(port, &port->lanes[1], error) : status;
}

static bool pairs_stand(const ferry_port *port) {
    return ferryi_lockstep_stands(&port->lanes[0]) && ferryi_lockstep_stands(&port->lanes[1]);
}

/* ---- a semaphore for each mapping ---- */

static ferry_status connect_mutexes(ferry_port *port, ferry_error *error) {
    ferry_status status =
        ferryi_mutex_connect(port, &port->lanes[0], FERRY_PORT_SEMAPHORE, 1, error);
    return status == FERRY_OK
               ? ferryi_mutex_connect(port, &port->lanes[1], FERRY_PORT_BACK_SEMAPHORE, 1, error)
               : status;
}

static ferry_status connect_single(ferry_port *port, ferry_error *error) {
    ferry_status status =
        ferryi_mutex_connect(port, &port->lanes[0], FERRY_PORT_SEMAPHORE, 0, error);
    return status == FERRY_OK
               ? ferryi_mutex_connect(port, &port->lanes[1], FERRY_PORT_BACK_SEMAPHORE, 0, error)
               : status;
}

static bool semaphores_stand(const ferry_port *port) {
    return ferryi_mutex_stands(&port->lanes[0]) && ferryi_mutex_stands(&port->lanes[1]);
}

/* ---- turns ---- */

static bool try_semaphore(void *object, int64_t timeout_ns) {
    return ferryi_semaphore_wait(object, timeout_ns);
}

/* Whether the other side has taken the message in a lane, and may have been killed before it
 * answered. */
static bool is_taken(const void *doubted) {
    const ferryi_lane *lane = doubted;
    return ferryi_semaphore_value(lane->turn) == 0;
}

static ferry_port_object semaphore_of(const ferry_port *port, const ferryi_lane *lane) {
    return lane == &port->lanes[1] ? FERRY_PORT_BACK_SEMAPHORE : FERRY_PORT_SEMAPHORE;
}

/* Waits for what the other side writes into a lane; out is this side's own lane, whose message it
 * has had before. */
static ferry_status wait_for_answer(ferry_port *port, ferryi_lane *in, const ferryi_lane *out,
                                    ferryi_wait *wait) {
    return ferryi_wait_until(
        wait, &(ferryi_wait_for){.attempt = try_semaphore,
                                 .object = in->turn,
                                 .role = semaphore_of(port, in),
                                 .meaning = "the other side has not written anything",
                                 .may_break = out->is_owed,
                                 .doubt = is_taken,
                                 .doubted = out});
}

static ferry_status enter_single_send(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    if (lane->is_owed) { /* an answer that the program does not ask for gives the turn as well */
        ferry_status status = wait_for_answer(port, ferryi_port_lane_in(port), lane, wait);
        if (status == FERRY_OK)
            lane->is_owed = false;
        return status;
    }
    if (ferryi_port_is_sender(port) || lane->may_answer)
        return FERRY_OK;
    return ferryi_fail(wait->error, FERRY_TIMEOUT, 0,
                       "it is the other side's turn: a message has to be received before it can be "
                       "answered");
}

static void leave_single_send(ferry_port *port, ferryi_lane *lane, bool has_written) {
    (void)port;
    if (!has_written)
        return;
    lane->is_owed = true;
    lane->may_answer = false;
    ferryi_semaphore_release(lane->turn);
}

static ferry_status enter_single_receive(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    return wait_for_answer(port, lane, ferryi_port_lane_out(port), wait);
}

/* A message that cannot be is answered here, by what was there before: the program does not get it,
 * and the other side would wait for ever. */
static void leave_single_receive(ferry_port *port, ferryi_lane *lane, bool is_handed_on) {
    (void)lane;
    ferryi_lane *out = ferryi_port_lane_out(port);
    out->is_owed = false;
    out->may_answer = true; /* this side's turn */
    if (!is_handed_on && !ferryi_port_is_sender(port))
        leave_single_send(port, out, true);
}

static bool try_taken(void *object, int64_t timeout_ns) {
    ferryi_lane *lane = object;
    const int64_t longest_ns = INT64_C(2000000);
    if (!is_taken(lane) && timeout_ns > 0)
        ferryi_clock_pause(timeout_ns < longest_ns ? timeout_ns : longest_ns);
    return is_taken(lane);
}

static ferry_status drain_single(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    if (!lane->is_owed)
        return FERRY_OK;
    return ferryi_wait_until(
        wait, &(ferryi_wait_for){.attempt = try_taken,
                                 .object = lane,
                                 .role = semaphore_of(port, lane),
                                 .meaning = "the other side has not taken the last message yet"});
}

/* ---- the rows ---- */

#define PAYLOADS (1 << FERRY_PAYLOAD_IMAGE | 1 << FERRY_PAYLOAD_TEXT | 1 << FERRY_PAYLOAD_RAW)

#define TWO_MEMORIES                                                                               \
    {FERRY_PORT_MEMORY, "shareMemory"}, {                                                          \
        FERRY_PORT_BACK, "shareMemoryBack"                                                         \
    }
#define ONE_SEMAPHORE_EACH                                                                         \
    {FERRY_PORT_SEMAPHORE, "Semaphore"}, {                                                         \
        FERRY_PORT_BACK_SEMAPHORE, "SemaphoreBack"                                                 \
    }

const ferryi_convention ferryi_convention_duplex = {
    .dialect = FERRY_PORT_DUPLEX,
    .reading = FERRY_PORT_PAIRS,
    .name = "duplex",
    .names = {TWO_MEMORIES,
              {FERRY_PORT_READ, "readSemaphore"},
              {FERRY_PORT_WRITE, "writeSemaphore"},
              {FERRY_PORT_BACK_READ, "readSemaphoreBack"},
              {FERRY_PORT_BACK_WRITE, "writeSemaphoreBack"}},
    .payloads = PAYLOADS,
    .text_bytes = 250,
    .has_back = true,
    .announces = true,
    .is_executable = true,
    .connect = connect_pairs,
    .stands = pairs_stand,
    .enter_send = ferryi_lockstep_enter_send,
    .leave_send = ferryi_lockstep_leave_send,
    .enter_receive = ferryi_lockstep_enter_receive,
    .leave_receive = ferryi_lockstep_leave_receive,
    .drain = ferryi_lockstep_drain,
    .disconnect = disconnect,
};

const ferryi_convention ferryi_convention_duplex_single = {
    .dialect = FERRY_PORT_DUPLEX,
    .reading = FERRY_PORT_SINGLE,
    .name = "duplex",
    .names = {TWO_MEMORIES, ONE_SEMAPHORE_EACH},
    .payloads = PAYLOADS,
    .text_bytes = 250,
    .has_back = true,
    .announces = true,
    .is_executable = true,
    .connect = connect_single,
    .stands = semaphores_stand,
    .enter_send = enter_single_send,
    .leave_send = leave_single_send,
    .enter_receive = enter_single_receive,
    .leave_receive = leave_single_receive,
    .drain = drain_single,
    .disconnect = disconnect,
};

const ferryi_convention ferryi_convention_duplex_mutexes = {
    .dialect = FERRY_PORT_DUPLEX,
    .reading = FERRY_PORT_MUTEXES,
    .name = "duplex",
    .names = {TWO_MEMORIES, ONE_SEMAPHORE_EACH},
    .payloads = PAYLOADS,
    .text_bytes = 250,
    .has_back = true,
    .is_executable = true,
    .connect = connect_mutexes,
    .stands = semaphores_stand,
    .enter_send = ferryi_mutex_enter,
    .leave_send = ferryi_mutex_leave,
    .enter_receive = ferryi_mutex_enter,
    .leave_receive = ferryi_mutex_leave,
    .disconnect = disconnect,
};
