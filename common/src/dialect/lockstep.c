/* lockstep: a mapping and two semaphores of 0. Either side makes what is missing. The writer
 * copies, releases "read", and then waits for "write"; the reader waits for "read", copies, and
 * releases "write". So a message waits for its reader, and the writer for the reader's answer.
 *
 * The semaphores remember what programs have done that are gone. "read" at 1: a message that nobody
 * has taken, from a writer that was killed, or the last one once more, since programs of this kind
 * release both when they end. It is left there until a reader takes it. "write" at 1: an answer
 * that nobody waits for; a writer that took it for one of its own would be a message ahead, and
 * overwrite one before it is read. So a port takes it away before it writes. */
#include "dialect/lockstep.h"

#include "platform/clock.h"
#include "port/lane.h"
#include "port/wait.h"

/* The pace of a look at what no event announces, and how long an answer has to stay for nobody's.
 */
#define MOMENT_NS INT64_C(1000000)
#define STALE_NS INT64_C(50000000)

/* The lease (lease.h) of the writer that is at work. */
enum { WRITER_LEASE = 0 };

typedef struct roles {
    ferry_port_object read;
    ferry_port_object write;
} roles;

static roles roles_of(const ferry_port *port, const ferryi_lane *lane) {
    return lane == &port->lanes[1] ? (roles){FERRY_PORT_BACK_READ, FERRY_PORT_BACK_WRITE}
                                   : (roles){FERRY_PORT_READ, FERRY_PORT_WRITE};
}

static ferry_status open_if_there(ferry_port *port, ferryi_semaphore **semaphore,
                                  ferry_port_object role, ferry_error *error) {
    if (*semaphore != NULL)
        return FERRY_OK;
    ferry_status status =
        ferryi_semaphore_open(semaphore, port->names[role], &port->sharing, &port->lost, error);
    return status == FERRY_NO_PRODUCER ? FERRY_OK : status;
}

static ferry_status make_if_missing(ferry_port *port, ferryi_semaphore **semaphore,
                                    ferry_port_object role, ferry_error *error) {
    if (*semaphore != NULL)
        return FERRY_OK;
    return ferryi_semaphore_make(semaphore, port->names[role], 0, &port->sharing, &port->lost,
                                 error);
}

ferry_status ferryi_lockstep_connect(ferry_port *port, ferryi_lane *lane, ferry_error *error) {
    roles r = roles_of(port, lane);
    ferry_status status = ferryi_lane_make(port, lane, error);
    if (status == FERRY_OK)
        status = open_if_there(port, &lane->read, r.read, error);
    if (status == FERRY_OK)
        status = open_if_there(port, &lane->write, r.write, error);
    if (status == FERRY_OK)
        status = ferryi_lane_check(port, lane, lane->read != NULL && lane->write != NULL, error);
    if (status == FERRY_OK)
        status = make_if_missing(port, &lane->read, r.read, error);
    if (status == FERRY_OK)
        status = make_if_missing(port, &lane->write, r.write, error);
    if (status == FERRY_OK && ferryi_lane_is_written(port, lane) && lane->writers.holder == NULL)
        (void)ferryi_leases_open(&lane->writers, &lane->memory.shm,
                                 NULL); /* without, it does too */
    return status;
}

static bool semaphore_stands(const ferryi_semaphore *semaphore) {
    return semaphore == NULL || ferryi_semaphore_standing(semaphore) == FERRYI_NAME_STANDS;
}

bool ferryi_lockstep_stands(const ferryi_lane *lane) {
    return ferryi_lane_stands(lane) && semaphore_stands(lane->read) &&
           semaphore_stands(lane->write);
}

static bool try_semaphore(void *object, int64_t timeout_ns) {
    return ferryi_semaphore_wait(object, timeout_ns);
}

/* Whether a reader has taken the message, and may have been killed before it said so. */
static bool is_taken(const void *doubted) {
    const ferryi_lane *lane = doubted;
    return ferryi_semaphore_value(lane->read) == 0;
}

/* Writers of this library wait for each other, from before a message until its answer; old ones
 * know nothing of that. */
static bool try_alone(void *object, int64_t timeout_ns) {
    ferryi_lane *lane = object;
    if (lane->writers.holder == NULL || ferryi_lease_take(&lane->writers, WRITER_LEASE))
        lane->is_alone = true;
    else
        ferryi_clock_pause(timeout_ns < MOMENT_NS ? timeout_ns : MOMENT_NS);
    return lane->is_alone;
}

static void let_others(ferryi_lane *lane) {
    if (lane->is_alone && lane->writers.holder != NULL)
        ferryi_lease_drop(&lane->writers, WRITER_LEASE);
    lane->is_alone = false;
}

ferry_status ferryi_lockstep_drain(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    if (!lane->is_owed)
        return FERRY_OK;
    ferry_status status = ferryi_wait_until(
        wait, &(ferryi_wait_for){.attempt = try_semaphore,
                                 .object = lane->write,
                                 .role = roles_of(port, lane).write,
                                 .meaning = "the other side has not taken the last message yet",
                                 .may_break = true,
                                 .doubt = is_taken,
                                 .doubted = lane});
    if (status != FERRY_OK)
        return status;
    lane->is_owed = false;
    let_others(lane);
    return FERRY_OK;
}

/* Whether nothing of others is left in the lane: no message that is not taken yet, and no answer
 * that nobody waits for. An old writer that waits for its answer takes it at once, so that one
 * which stays for long is nobody's, and goes. */
static bool try_clear(void *object, int64_t timeout_ns) {
    ferryi_lane *lane = object;
    bool is_pending = ferryi_semaphore_value(lane->read) != 0;
    bool is_answered = ferryi_semaphore_value(lane->write) != 0;
    uint64_t now_ns = ferry_clock_ns();
    if (!is_pending && !is_answered)
        return true;
    if (is_pending || lane->stale_ns == 0)
        lane->stale_ns = is_pending ? 0 : now_ns;
    else if (now_ns - lane->stale_ns > (uint64_t)STALE_NS)
        return ferryi_semaphore_wait(lane->write, 0);
    ferryi_clock_pause(timeout_ns < MOMENT_NS ? timeout_ns : MOMENT_NS);
    return false;
}

ferry_status ferryi_lockstep_enter_send(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    ferry_status status = ferryi_lockstep_drain(port, lane, wait);
    if (status == FERRY_OK && !lane->is_alone)
        status = ferryi_wait_until(
            wait, &(ferryi_wait_for){.attempt = try_alone,
                                     .object = lane,
                                     .role = lane->memory_role,
                                     .meaning = "another writer waits for its answer"});
    if (status != FERRY_OK)
        return status;
    lane->stale_ns = 0;
    status = ferryi_wait_until(
        wait, &(ferryi_wait_for){.attempt = try_clear,
                                 .object = lane,
                                 .role = roles_of(port, lane).read,
                                 .meaning = "nobody has taken the last message of another writer"});
    if (status != FERRY_OK)
        let_others(lane);
    return status;
}

void ferryi_lockstep_leave_send(ferry_port *port, ferryi_lane *lane, bool has_written) {
    (void)port;
    if (!has_written) {
        let_others(lane);
        return;
    }
    lane->is_owed = true;
    ferryi_semaphore_release(lane->read);
}

/* Whether a writer waits for the answer of a reader before this one, which was killed with the
 * message in hand. Where the system does not tell who waits, a writer that has nothing to say looks
 * the same, and nothing is broken. */
static bool is_between(const void *doubted) {
    const ferryi_lane *lane = doubted;
    return ferryi_semaphore_value(lane->read) == 0 && ferryi_semaphore_value(lane->write) == 0 &&
           ferryi_semaphore_has_waiter(lane->write) && !ferryi_lane_is_fresh(lane);
}

/* Only the first message can be one that a reader before this port has left. */
ferry_status ferryi_lockstep_enter_receive(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    return ferryi_wait_until(
        wait, &(ferryi_wait_for){.attempt = try_semaphore,
                                 .object = lane->read,
                                 .role = roles_of(port, lane).read,
                                 .meaning = "the other side has not written anything",
                                 .may_break = !lane->has_read,
                                 .is_usual = true,
                                 .doubt = is_between,
                                 .doubted = lane});
}

void ferryi_lockstep_leave_receive(ferry_port *port, ferryi_lane *lane, bool is_handed_on) {
    (void)port;
    (void)is_handed_on; /* the writer goes on whatever it has written */
    lane->has_read = true;
    ferryi_semaphore_release(lane->write);
}

static ferry_status connect(ferry_port *port, ferry_error *error) {
    return ferryi_lockstep_connect(port, &port->lanes[0], error);
}

static bool stands(const ferry_port *port) {
    return ferryi_lockstep_stands(&port->lanes[0]);
}

static void disconnect(ferry_port *port, bool removes) {
    ferryi_lane_close(&port->lanes[0], removes);
}

const ferryi_convention ferryi_convention_lockstep = {
    .dialect = FERRY_PORT_LOCKSTEP,
    .name = "lockstep",
    .names = {{FERRY_PORT_MEMORY, "shareMemory"},
              {FERRY_PORT_READ, "readSemaphore"},
              {FERRY_PORT_WRITE, "writeSemaphore"}},
    .payloads = 1 << FERRY_PAYLOAD_IMAGE | 1 << FERRY_PAYLOAD_TEXT | 1 << FERRY_PAYLOAD_RAW,
    .text_bytes = 250,
    .announces = true,
    .is_executable = true,
    .connect = connect,
    .stands = stands,
    .enter_send = ferryi_lockstep_enter_send,
    .leave_send = ferryi_lockstep_leave_send,
    .enter_receive = ferryi_lockstep_enter_receive,
    .leave_receive = ferryi_lockstep_leave_receive,
    .drain = ferryi_lockstep_drain,
    .disconnect = disconnect,
};
