#include "port/lane.h"

#include <string.h>

#include "channel/geometry.h"
#include "port/payload.h"
#include "support/deadline.h"
#include "support/error.h"

/* How long memory that may not be written is looked at before it is refused. */
#define STRANGE_GRACE_NS (FERRY_SECOND_NS / 2)

void ferryi_lane_init(ferryi_lane *lane, ferry_port_object memory) {
    *lane = (ferryi_lane){.memory_role = memory, .memory = FERRYI_PLAIN_MEMORY_INIT};
}

bool ferryi_lane_is_written(const ferry_port *port, const ferryi_lane *lane) {
    bool is_back = lane == &port->lanes[1];
    return ferryi_port_is_sender(port) != is_back;
}

static ferryi_plain_access access_of(const ferry_port *port, const ferryi_lane *lane) {
    switch (port->options.access) {
    case FERRY_PORT_ACCESS_READ: return FERRYI_PLAIN_READ;
    case FERRY_PORT_ACCESS_WRITE: return FERRYI_PLAIN_WRITE;
    case FERRY_PORT_ACCESS_EXECUTE: return FERRYI_PLAIN_EXECUTE;
    default:
        if (!ferryi_lane_is_written(port, lane))
            return FERRYI_PLAIN_READ;
        return port->convention->is_executable ? FERRYI_PLAIN_EXECUTE : FERRYI_PLAIN_WRITE;
    }
}

static bool is_channel(const ferryi_plain_memory *memory) {
    uint8_t last[8];
    uint64_t bytes = memory->shm.size_bytes;
    return bytes >= FERRYI_SHM_PAGE && bytes % FERRYI_SHM_PAGE == 0 &&
           ferryi_shm_read(&memory->shm, bytes - sizeof last, last, sizeof last) &&
           ferryi_geometry_has_magic(last);
}

static ferry_status refuse_channel(const char *name, ferry_error *error) {
    return ferryi_fail(error, FERRY_BUSY, 0,
                       "%s is a channel of Frameferry: ferry-consumer --name %s receives from it, "
                       "without --dialect; or choose another name",
                       name, name);
}

ferry_status ferryi_lane_open(ferry_port *port, ferryi_lane *lane, ferry_error *error) {
    const char *name = port->names[lane->memory_role];
    if (lane->memory.shm.base != NULL)
        return FERRY_OK;
    ferryi_plain_access access = access_of(port, lane);
    ferry_status status = port->path != NULL
                              ? ferryi_plain_memory_file(&lane->memory, name, port->path, 0, access,
                                                         &port->sharing, &port->lost, error)
                              : ferryi_plain_memory_open(&lane->memory, name, access,
                                                         &port->sharing, &port->lost, error);
    if (status != FERRY_OK || !is_channel(&lane->memory))
        return status;
    ferryi_plain_memory_close(&lane->memory, false);
    return refuse_channel(name, error);
}

static ferryi_plain_access access_for_making(const ferry_port *port) {
    bool is_executable =
        port->options.access == FERRY_PORT_ACCESS_EXECUTE ||
        (port->options.access == FERRY_PORT_ACCESS_USUAL && port->convention->is_executable);
    return is_executable ? FERRYI_PLAIN_EXECUTE : FERRYI_PLAIN_WRITE;
}

ferry_status ferryi_lane_make(ferry_port *port, ferryi_lane *lane, ferry_error *error) {
    enum { ATTEMPTS = 5 }; /* others may make it, and remove it, at the same time */
    const char *name = port->names[lane->memory_role];
    ferry_status status = FERRY_BUSY;
    for (int i = 0; i < ATTEMPTS && status == FERRY_BUSY; i++) {
        status = ferryi_lane_open(port, lane, error);
        if (status != FERRY_NO_PRODUCER)
            return status;
        uint64_t bytes = ferryi_payload_memory_bytes(port);
        ferryi_plain_access access = access_for_making(port);
        status = port->path != NULL
                     ? ferryi_plain_memory_file(&lane->memory, name, port->path, bytes, access,
                                                &port->sharing, &port->lost, error)
                     : ferryi_plain_memory_make(&lane->memory, name, bytes, access, &port->sharing,
                                                &port->lost, error);
    }
    if (status != FERRY_BUSY)
        return status;
    return ferryi_fail(error, FERRY_NO_PRODUCER, 0,
                       "%s is just being made: it has no length yet. If the program that makes it "
                       "was killed, %s",
                       name, ferryi_shm_tell_freeing());
}

bool ferryi_lane_is_fresh(const ferryi_lane *lane) {
    enum { PIECE_BYTES = 16384 };
    const uint64_t most_bytes = UINT32_MAX; /* a message has less */
    static const uint8_t zeros[PIECE_BYTES];
    uint8_t piece[PIECE_BYTES];
    const ferryi_plain_memory *memory = &lane->memory;
    uint64_t bytes = ferryi_plain_memory_bytes(memory);
    if (bytes > most_bytes)
        bytes = most_bytes;
    for (uint64_t at = 0; at < bytes; at += sizeof piece) {
        size_t count = bytes - at < sizeof piece ? (size_t)(bytes - at) : sizeof piece;
        if (!ferryi_shm_read(&memory->shm, at, piece, count) || memcmp(piece, zeros, count) != 0)
            return false;
    }
    return true;
}

ferry_status ferryi_lane_check(ferry_port *port, ferryi_lane *lane, bool has_company,
                               ferry_error *error) {
    const char *name = port->path != NULL ? port->path : port->names[lane->memory_role];
    bool may = !ferryi_lane_is_written(port, lane) || has_company || port->options.adopt != 0 ||
               lane->memory.is_made || ferryi_lane_is_fresh(lane);
    uint64_t now_ns = ferry_clock_ns();
    if (may) {
        lane->strange_ns = 0;
        return FERRY_OK;
    }
    ferryi_plain_memory_close(&lane->memory, false);
    if (lane->strange_ns == 0)
        lane->strange_ns = now_ns;
    if (now_ns - lane->strange_ns < (uint64_t)STRANGE_GRACE_NS)
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0, "%s is just being made", name);
    return ferryi_fail(error, FERRY_FOREIGN, 0,
                       "%s exists, and a program has written into it, but nothing shows that it "
                       "belongs to the convention %s: it may be another program's memory. Choose "
                       "another name, or end that program; or turn adopting on (--adopt) to "
                       "overwrite it",
                       name, port->convention->name);
}

uint8_t *ferryi_lane_base(const ferryi_lane *lane) {
    return lane->attached != NULL ? lane->attached : lane->memory.shm.base;
}

ferry_status ferryi_lane_reserve(const ferryi_lane *lane, uint64_t bytes, ferry_error *error) {
    return lane->attached != NULL ? FERRY_OK
                                  : ferryi_plain_memory_reserve(&lane->memory, bytes, error);
}

void ferryi_lane_flush(const ferryi_lane *lane, uint64_t bytes) {
    if (lane->attached == NULL)
        ferryi_plain_memory_flush(&lane->memory, bytes);
}

uint64_t ferryi_lane_room(const ferryi_lane *lane) {
    if (lane->attached != NULL)
        return lane->attached_bytes;
    return lane->memory.shm.base != NULL ? ferryi_plain_memory_bytes(&lane->memory) : 0;
}

bool ferryi_lane_stands(const ferryi_lane *lane) {
    return lane->memory.shm.base == NULL || !ferryi_plain_memory_is_stale(&lane->memory);
}

void ferryi_lane_close(ferryi_lane *lane, bool removes) {
    ferryi_leases_close(&lane->writers); /* which has the memory open, too */
    lane->is_alone = false;
    ferryi_semaphore_close(&lane->turn, removes);
    ferryi_semaphore_close(&lane->read, removes);
    ferryi_semaphore_close(&lane->write, removes);
    ferryi_manual_event_close(&lane->reading, removes);
    ferryi_manual_event_close(&lane->writing, removes);
    ferryi_plain_memory_close(&lane->memory, removes);
    lane->is_owed = lane->has_read = lane->may_answer = false;
}
