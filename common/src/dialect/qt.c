/* qt: a QSharedMemory with its lock. The provider creates it, stays attached, and writes while it
 * has the lock; a user attaches, copies all of it while it has the lock, and detaches. Nothing
 * announces a message, unless the programs have two QSystemSemaphores for that: then they go in
 * lockstep, the sender saying Create.
 *
 * The memory is as long as its message, so that a longer one needs new memory, and that can be made
 * only while nobody is attached. So a receiver of this library is attached only while it looks. */
#include "dialect/qt.h"

#include <stdlib.h>

#include "platform/clock.h"
#include "platform/qt_memory.h"
#include "platform/qt_semaphore.h"
#include "port/lane.h"
#include "port/payload.h"
#include "port/wait.h"
#include "support/error.h"

typedef struct keyed {
    ferryi_qt_memory memory;
    ferryi_qt_semaphore *lock; /* in place of the memory's own; NULL: that */
    ferryi_qt_semaphore *read;
    ferryi_qt_semaphore *write;
} keyed;

enum { LOOK_AGAIN_NS = 10000000 };

static bool has_semaphores(const ferry_port *port) {
    return port->convention->announces;
}

/* ---- memory ---- */

static void note(ferryi_lane *lane, const keyed *k) {
    lane->attached = k->memory.base;
    lane->attached_bytes = k->memory.size_bytes;
}

static void detach(ferryi_lane *lane, keyed *k) {
    ferryi_qt_memory_detach(&k->memory);
    note(lane, k);
}

/* A provider that was killed leaves its memory behind, and the last detach clears it. A user that
 * is attached for a moment only keeps it from that. */
static ferry_status create(ferry_port *port, keyed *k, uint64_t bytes, ferry_error *error) {
    const char *key = port->names[FERRY_PORT_MEMORY];
    ferry_status status = ferryi_qt_memory_create(&k->memory, key, bytes, error);
    if (status != FERRY_BUSY)
        return status;
    if (ferryi_qt_memory_attach(&k->memory, key, false, NULL) == FERRY_OK)
        ferryi_qt_memory_detach(&k->memory);
    status = ferryi_qt_memory_create(&k->memory, key, bytes, error);
    if (status != FERRY_BUSY)
        return status;
    return ferryi_fail(error, status, 0,
                       "another program is attached to the shared memory \"%s\" of Qt, which only "
                       "one can create: end it, or choose another key",
                       key);
}

/* The size that memory has without a message to go by; 0: a message decides. */
static uint64_t usual_bytes(const ferry_port *port) {
    bool is_open = port->options.memory_bytes == 0 && port->options.payload == FERRY_PAYLOAD_IMAGE;
    return is_open ? 0 : ferryi_payload_memory_bytes(port);
}

/* The same for one who has just come: users who look now and then are attached for a moment each,
 * and keep the memory of one that was killed. */
static ferry_status create_at_first(ferry_port *port, keyed *k, ferry_error *error) {
    enum { LOOKS = 25 };
    ferry_status status = FERRY_BUSY;
    for (int i = 0; i < LOOKS && status == FERRY_BUSY; i++) {
        if (i > 0)
            ferryi_clock_pause(LOOK_AGAIN_NS);
        status = create(port, k, usual_bytes(port), error);
    }
    return status;
}

/* Memory that has room for the message that is to be sent. */
static ferry_status provide(ferry_port *port, ferryi_lane *lane, keyed *k, ferryi_wait *wait) {
    uint64_t bytes = usual_bytes(port);
    if (port->options.memory_bytes == 0 && port->wanted_bytes > bytes &&
        port->options.payload != FERRY_PAYLOAD_TEXT)
        bytes = port->wanted_bytes;
    ferry_status status = FERRY_OK;
    if (k->memory.base != NULL && k->memory.size_bytes >= bytes)
        return FERRY_OK;
    detach(lane, k);
    while ((status = create(port, k, bytes, wait->error)) == FERRY_BUSY) {
        ferry_status pause = ferryi_wait_pause(wait, LOOK_AGAIN_NS);
        if (pause == FERRY_TIMEOUT) /* the sentence is that of create */
            break;
        if (pause != FERRY_OK)
            return pause;
    }
    note(lane, k);
    return status;
}

/* ---- being connected ---- */

static ferry_status open_semaphores(ferry_port *port, keyed *k, ferry_error *error) {
    bool creates = ferryi_port_is_sender(port);
    const char *lock_key = port->names[FERRY_PORT_LOCK];
    ferry_status status = FERRY_OK;
    if (lock_key[0] != '\0' && k->lock == NULL) /* of 1, and nobody's to set anew */
        status = ferryi_qt_semaphore_open(&k->lock, lock_key, 1, false, error);
    if (status == FERRY_OK && has_semaphores(port) && k->read == NULL)
        status =
            ferryi_qt_semaphore_open(&k->read, port->names[FERRY_PORT_READ], 0, creates, error);
    if (status == FERRY_OK && has_semaphores(port) && k->write == NULL)
        status =
            ferryi_qt_semaphore_open(&k->write, port->names[FERRY_PORT_WRITE], 0, creates, error);
    return status;
}

static ferry_status connect(ferry_port *port, ferry_error *error) {
    if (port->own == NULL)
        port->own = calloc(1, sizeof(keyed));
    keyed *k = port->own;
    if (k == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    ferry_status status = open_semaphores(port, k, error);
    if (status != FERRY_OK || !ferryi_port_is_sender(port) || k->memory.base != NULL ||
        usual_bytes(port) == 0)
        return status;
    status = create_at_first(port, k, error);
    note(&port->lanes[0], k);
    return status;
}

static bool stands(const ferry_port *port) {
    (void)port;
    return true; /* what is attached stays */
}

/* The last answer goes with its semaphore, if this side has made it: a sender that has not got as
 * far as its wait would miss it, and wait for ever. */
static void await_answered(const ferry_port *port, const keyed *k) {
    enum { LOOKS = 50 };
    if (ferryi_port_is_sender(port) || k->write == NULL || !ferryi_qt_semaphore_is_own(k->write))
        return;
    for (int i = 0; i < LOOKS && ferryi_qt_semaphore_value(k->write) > 0; i++)
        ferryi_clock_pause(LOOK_AGAIN_NS);
}

static void disconnect(ferry_port *port, bool removes) {
    (void)removes; /* the last to detach removes it */
    keyed *k = port->own;
    if (k == NULL)
        return;
    await_answered(port, k);
    detach(&port->lanes[0], k);
    ferryi_qt_semaphore_close(&k->lock);
    ferryi_qt_semaphore_close(&k->read);
    ferryi_qt_semaphore_close(&k->write);
    free(k);
    port->own = NULL;
}

/* ---- taking turns ---- */

static bool try_lock(void *object, int64_t timeout_ns) {
    keyed *k = object;
    return k->lock != NULL ? ferryi_qt_semaphore_acquire(k->lock, timeout_ns)
                           : ferryi_qt_memory_lock(&k->memory, timeout_ns);
}

static void unlock(keyed *k) {
    if (k->lock != NULL)
        ferryi_qt_semaphore_release(k->lock);
    else
        ferryi_qt_memory_unlock(&k->memory);
}

static bool try_semaphore(void *object, int64_t timeout_ns) {
    return ferryi_qt_semaphore_acquire(object, timeout_ns);
}

static ferry_status lock(keyed *k, ferryi_wait *wait) {
    return ferryi_wait_until(
        wait, &(ferryi_wait_for){.attempt = try_lock,
                                 .object = k,
                                 .role = FERRY_PORT_MEMORY,
                                 .meaning = "another program has the lock and does not release it",
                                 .may_break = true});
}

/* Whether a reader has taken the message, and may have been killed before it said so. */
static bool is_taken(const void *doubted) {
    const keyed *k = doubted;
    return ferryi_qt_semaphore_value(k->read) == 0;
}

static ferry_status drain(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    keyed *k = port->own;
    if (!has_semaphores(port) || !lane->is_owed)
        return FERRY_OK;
    ferry_status status = ferryi_wait_until(
        wait, &(ferryi_wait_for){.attempt = try_semaphore,
                                 .object = k->write,
                                 .role = FERRY_PORT_WRITE,
                                 .meaning = "the other side has not taken the last message yet",
                                 .may_break = true,
                                 .doubt = is_taken,
                                 .doubted = k});
    if (status == FERRY_OK)
        lane->is_owed = false;
    return status;
}

static ferry_status enter_send(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    keyed *k = port->own;
    ferry_status status = drain(port, lane, wait);
    if (status == FERRY_OK)
        status = provide(port, lane, k, wait);
    return status == FERRY_OK ? lock(k, wait) : status;
}

static void leave_send(ferry_port *port, ferryi_lane *lane, bool has_written) {
    keyed *k = port->own;
    unlock(k);
    if (!has_written || !has_semaphores(port))
        return;
    lane->is_owed = true;
    ferryi_qt_semaphore_release(k->read);
}

static ferry_status attach(ferry_port *port, ferryi_lane *lane, keyed *k, ferryi_wait *wait) {
    ferry_error missing;
    ferry_status status;
    while ((status = ferryi_qt_memory_attach(&k->memory, port->names[FERRY_PORT_MEMORY], false,
                                             &missing)) == FERRY_NO_PRODUCER) {
        status = ferryi_wait_pause(wait, LOOK_AGAIN_NS);
        if (status == FERRY_TIMEOUT)
            return ferryi_fail(wait->error, status, 0, "%s", missing.message);
        if (status != FERRY_OK)
            return status;
    }
    if (status != FERRY_OK)
        return ferryi_fail(wait->error, status, missing.os_code, "%s", missing.message);
    note(lane, k);
    status = lock(k, wait);
    if (status != FERRY_OK)
        detach(lane, k);
    return status;
}

static ferry_status enter_receive(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait) {
    keyed *k = port->own;
    ferry_status status = FERRY_OK;
    if (has_semaphores(port) && !lane->is_owed)
        status = ferryi_wait_until(
            wait, &(ferryi_wait_for){.attempt = try_semaphore,
                                     .object = k->read,
                                     .role = FERRY_PORT_READ,
                                     .meaning = "the other side has not written anything"});
    if (status != FERRY_OK)
        return status;
    lane->is_owed = true; /* an answer, also when the memory cannot be had in this call */
    return attach(port, lane, k, wait);
}

static void leave_receive(ferry_port *port, ferryi_lane *lane, bool is_handed_on) {
    (void)is_handed_on;
    keyed *k = port->own;
    unlock(k);
    detach(lane, k);
    lane->is_owed = false;
    if (has_semaphores(port))
        ferryi_qt_semaphore_release(k->write);
}

#define MAY_HAVE (1 << FERRY_PORT_LOCK | 1 << FERRY_PORT_READ | 1 << FERRY_PORT_WRITE)
#define PAYLOADS (1 << FERRY_PAYLOAD_IMAGE | 1 << FERRY_PAYLOAD_TEXT | 1 << FERRY_PAYLOAD_RAW)

static const ferryi_convention with_semaphores = {
    .dialect = FERRY_PORT_QT,
    .name = "qt",
    .names = {{FERRY_PORT_MEMORY, "share"}},
    .may_have = MAY_HAVE,
    .payloads = PAYLOADS,
    .text_bytes = 250,
    .announces = true,
    .has_keys = true,
    .resizes = true,
    .connect = connect,
    .stands = stands,
    .enter_send = enter_send,
    .leave_send = leave_send,
    .enter_receive = enter_receive,
    .leave_receive = leave_receive,
    .drain = drain,
    .disconnect = disconnect,
};

const ferryi_convention ferryi_convention_qt = {
    .dialect = FERRY_PORT_QT,
    .name = "qt",
    .names = {{FERRY_PORT_MEMORY, "share"}},
    .option = FERRY_PORT_READ,
    .with_option = &with_semaphores,
    .may_have = MAY_HAVE,
    .payloads = PAYLOADS,
    .text_bytes = 250,
    .has_keys = true,
    .resizes = true,
    .connect = connect,
    .stands = stands,
    .enter_send = enter_send,
    .leave_send = leave_send,
    .enter_receive = enter_receive,
    .leave_receive = leave_receive,
    .disconnect = disconnect,
};
