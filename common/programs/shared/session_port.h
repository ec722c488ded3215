/* The part of a session (session.h) that is a port in place of a channel: it is open from the
 * beginning to the end, and has no producer that could be seen to end. For the session alone. All
 * calls are for one thread, but app_session_port_interrupt and app_session_port_wake. */
#ifndef APP_SESSION_PORT_H
#define APP_SESSION_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/port.h"

/* Starts as all zeros. */
typedef struct app_session_port {
    ferry_port *port;                /* NULL: it is closed */
    _Atomic(ferry_port *) reachable; /* the same for other threads */
    const app_port *plan;
    int64_t wait_ns;    /* for the first message; FERRY_FOREVER: no limit */
    uint64_t begin_ns;  /* when it was opened */
    bool has_received;  /* a message */
    bool is_awaited;    /* the user knows that the program waits for the first one */
    app_port_news news; /* what has been told */
} app_session_port;

/* Opens the port; plan has to live as long. False: failed, which has been reported. */
bool app_session_port_open(app_session_port *s, const app_port *plan, const app_share *share,
                           int64_t wait_ns);

/* Receives the next message, and answers it where the convention wants an answer before it goes on.
 * Messages that cannot be are told and passed over. Returns as ferry_port_receive else;
 * FERRY_NO_PRODUCER: wait_ns is over, and there was no message yet. */
ferry_status app_session_port_copy(app_session_port *s, int64_t timeout_ns, ferry_image *image,
                                   ferry_error *error);

/* Says what ended the session; timeout_ns was that for each message. Returns the exit code. */
int app_session_port_explain(const app_session_port *s, int64_t timeout_ns, ferry_status status,
                             const ferry_error *error);

/* As app_session_interrupt and app_session_wake. */
void app_session_port_interrupt(app_session_port *s);
void app_session_port_wake(app_session_port *s);

/* Says what is worth it at the end, and closes the port. */
void app_session_port_close(app_session_port *s);

#endif
