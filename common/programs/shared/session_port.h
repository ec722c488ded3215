/* The parts of a session (session.h) that differ when there is a port in place of a channel. For
 * the session alone. */
#ifndef APP_SESSION_PORT_H
#define APP_SESSION_PORT_H

#include "shared/session.h"

/* Opens the port. False: failed, which has been reported. */
bool app_session_port_open(app_session *s);

/* Receives the next message, and answers it where the convention wants an answer before it goes on.
 * As app_session_copy; FERRY_NO_PRODUCER: plan->wait_ns is over, and there was no message yet. */
ferry_status app_session_port_copy(app_session *s, int64_t timeout_ns, ferry_image *image,
                                   ferry_error *error);

/* Says what ended the session. Returns the exit code. */
int app_session_port_explain(const app_session *s, ferry_status status, const ferry_error *error);

/* Says what is worth it at the end, and closes the port. */
void app_session_port_close(app_session *s);

#endif
