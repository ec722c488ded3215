/* The waits of a port: up to a deadline, in slices, between which it looks around. */
#ifndef FERRYI_PORT_WAIT_H
#define FERRYI_PORT_WAIT_H

#include "port/port_handle.h"

/* A call that waits. */
typedef struct ferryi_wait {
    ferry_port *port;
    uint64_t until_ns; /* a deadline of deadline.h */
    ferry_error *error;
} ferryi_wait;

ferryi_wait ferryi_wait_begin(ferry_port *port, int64_t timeout_ns, ferry_error *error);

/* FERRY_OK, or the wish of another thread, which it takes: FERRY_INTERRUPTED, FERRY_WOKEN. */
ferry_status ferryi_wait_check(ferryi_wait *wait);

/* One of the system's waits: true when it got what it waits for. */
typedef bool ferryi_wait_try(void *object, int64_t timeout_ns);

/* Whether what is waited for can be kept from this side only by a process that was killed. NULL in
 * place of such a function: always. */
typedef bool ferryi_wait_doubt(const void *doubted);

/* A wait for an object of a lane, whose role is for the sentence. */
typedef struct ferryi_wait_for {
    ferryi_wait_try *attempt;
    void *object;
    ferry_port_object role;
    const char *meaning; /* how the sentence goes on: "the other side has not ..." */
    bool may_break;
    bool is_usual; /* to wait long means nothing, so that the sentence does not speak of a death */
    ferryi_wait_doubt *doubt;
    const void *doubted;
} ferryi_wait_for;

/* Waits for an object. FERRY_OK; FERRY_TIMEOUT;
 * FERRY_INTERRUPTED, FERRY_WOKEN. FERRY_NO_PRODUCER: a name has gone, and objects have to be opened
 * anew. With may_break, break_lock_ns counts: when it is over, that is FERRY_OK too. */
ferry_status ferryi_wait_until(ferryi_wait *wait, const ferryi_wait_for *what);

/* Sleeps for up to this long, and no longer than the deadline. FERRY_OK; FERRY_TIMEOUT: the
 * deadline is over, and the caller says for what; FERRY_INTERRUPTED, FERRY_WOKEN. */
ferry_status ferryi_wait_pause(ferryi_wait *wait, int64_t pause_ns);

#endif
