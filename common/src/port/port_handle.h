/* A port's handle. Ports of all conventions have the same one: what their objects have in common is
 * in lanes, and what one convention alone has is behind `own`. */
#ifndef FERRYI_PORT_PORT_HANDLE_H
#define FERRYI_PORT_PORT_HANDLE_H

#include <frameferry/port.h>
#include <stdatomic.h>

#include "channel/object_names.h"
#include "platform/lease.h"
#include "platform/manual_event.h"
#include "platform/plain_memory.h"
#include "platform/semaphore.h"
#include "platform/sharing.h"
#include "port/convention.h"

/* Room for the name of an object with the longest prefix. */
enum { FERRYI_PORT_NAME_BYTES = FERRYI_NAME_BYTES };

/* One direction: memory, and what orders the accesses to it. An object that a convention does not
 * have is NULL. */
typedef struct ferryi_lane {
    ferry_port_object memory_role;
    ferryi_plain_memory memory;
    uint8_t
        *attached; /* memory that the convention has by means of its own; NULL: it is the above */
    uint64_t attached_bytes;
    ferryi_semaphore *turn;       /* mutex: had by whoever is at work; duplex in turns: "written" */
    ferryi_semaphore *read;       /* lockstep: "written, read it" */
    ferryi_semaphore *write;      /* lockstep: "read, write the next" */
    ferryi_manual_event *reading; /* rwevents: reset while a reader is at work */
    ferryi_manual_event *writing; /* reset while a writer is at work */
    ferryi_leases
        writers;       /* lockstep: by which writers of this library keep out of each other's way */
    bool is_alone;     /* this one has that */
    uint64_t stale_ns; /* since when an answer has been there that nobody takes; 0: none is */
    bool is_owed;      /* this side has written, and the other has not said yet that it has read */
    bool has_read;     /* lockstep: a message has been received through this port */
    bool may_answer;   /* duplex in turns: a message of the other side has been received */
    uint64_t strange_ns; /* since when memory has been there that is not the convention's; 0 */
} ferryi_lane;

/* The last message that was received, or refused, by which news is known where nothing tells. */
typedef struct ferryi_seen {
    uint8_t *bytes; /* as they lay in the memory */
    size_t count;
    size_t capacity;
    bool is_any; /* false: there was none yet */
} ferryi_seen;

struct ferry_port {
    const ferryi_convention *convention;
    ferry_port_options options; /* with defaults filled in; names and group_name are the caller's,
                                   and gone */
    char order[4];              /* of the header */
    char names[FERRY_PORT_OBJECTS][FERRYI_PORT_NAME_BYTES]; /* as the system wants them */
    bool is_named_usually; /* the memory has the convention's own name */
    char *path;            /* of the file; NULL: none */
    ferryi_sharing sharing;
    uint32_t fork_count;

    bool is_connected;    /* all objects are open */
    ferryi_lane lanes[2]; /* from the sender to the receiver, and back; the second is duplex's */
    uint64_t kept_ns;     /* since when a wait for a turn has been in vain; 0: it was not */
    uint64_t tried_ns;    /* when the last try of that wait was in vain */
    atomic_uint wishes;   /* of ferry_port_interrupt and ferry_port_wake */
    atomic_bool lost;     /* a peer has taken memory away */

    uint64_t wanted_bytes; /* of the message that is to be sent; 0: none */
    ferryi_seen seen;
    ferry_port_counters counters;
    void *own; /* what the convention has beside; NULL */
};

enum { FERRYI_PORT_WISH_INTERRUPT = 1, FERRYI_PORT_WISH_WAKE = 2 };

static inline bool ferryi_port_is_sender(const ferry_port *port) {
    return port->options.role == FERRY_PORT_SENDER;
}

/* The lanes that this side writes and reads. Without a lane back they are the same. */
static inline ferryi_lane *ferryi_port_lane_out(ferry_port *port) {
    return &port->lanes[port->convention->has_back && !ferryi_port_is_sender(port) ? 1 : 0];
}

static inline ferryi_lane *ferryi_port_lane_in(ferry_port *port) {
    return &port->lanes[port->convention->has_back && ferryi_port_is_sender(port) ? 1 : 0];
}

#endif
