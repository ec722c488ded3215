#include "shared/session_port.h"

#include <stdatomic.h>

#include <frameferry/clock.h>

#include "host/host.h"
#include "shared/limit.h"
#include "shared/message.h"

/* The first message may take so long before the user is told what is waited for. */
#define PATIENCE_NS (FERRY_SECOND_NS / 2)

void app_session_port_interrupt(app_session_port *s) {
    ferry_port_interrupt(atomic_load(&s->reachable)); /* which accepts NULL */
}

void app_session_port_wake(app_session_port *s) {
    ferry_port_wake(atomic_load(&s->reachable));
}

bool app_session_port_open(app_session_port *s, const app_port *plan, const app_share *share,
                           int64_t wait_ns) {
    ferry_error error;
    s->plan = plan;
    s->wait_ns = wait_ns;
    s->begin_ns = ferry_clock_ns();
    if (app_port_open(&s->port, plan, FERRY_PORT_RECEIVER, share, &error) == FERRY_OK) {
        atomic_store(&s->reachable, s->port);
        return true;
    }
    app_message_fail("%s", error.message);
    return false;
}

/* How long a call may wait before there is something to say. */
static int64_t slice_of(const app_session_port *s, int64_t left_ns) {
    int64_t until_told_ns = app_limit_left_ns(s->begin_ns, PATIENCE_NS);
    bool is_quiet = s->is_awaited || s->has_received;
    return is_quiet || left_ns < until_told_ns ? left_ns : until_told_ns;
}

/* The rest of a call's time, and of that for the first message. */
static int64_t left_of(const app_session_port *s, uint64_t begin_ns, int64_t timeout_ns) {
    int64_t left_ns = app_limit_left_ns(begin_ns, timeout_ns);
    int64_t first_ns = app_limit_left_ns(s->begin_ns, s->wait_ns);
    return s->has_received || left_ns < first_ns ? left_ns : first_ns;
}

static bool is_wait_over(const app_session_port *s) {
    return !s->has_received && app_limit_left_ns(s->begin_ns, s->wait_ns) == 0;
}

ferry_status app_session_port_copy(app_session_port *s, int64_t timeout_ns, ferry_image *image,
                                   ferry_error *error) {
    uint64_t begin_ns = ferry_clock_ns();
    for (;;) {
        int64_t left_ns = left_of(s, begin_ns, timeout_ns);
        ferry_status status = ferry_port_receive(s->port, image, slice_of(s, left_ns), error);
        bool is_lost = status == FERRY_MALFORMED || status == FERRY_OVERTAKEN;
        app_port_tell(&s->news, s->port, is_lost ? error : NULL);
        if (status == FERRY_OK) {
            s->has_received = true;
            app_port_answer(s->port, s->plan, image);
        }
        if (status == FERRY_MALFORMED && left_ns > 0)
            continue;
        if (status != FERRY_TIMEOUT)
            return status;
        if (is_wait_over(s))
            return FERRY_NO_PRODUCER;
        if (app_limit_left_ns(begin_ns, timeout_ns) == 0)
            return FERRY_TIMEOUT;
        if (!s->is_awaited && !s->has_received)
            app_message_inform("waiting for a message: %s", error->message);
        s->is_awaited = true;
    }
}

int app_session_port_explain(const app_session_port *s, int64_t timeout_ns, ferry_status status,
                             const ferry_error *error) {
    int64_t limit_ns = status == FERRY_NO_PRODUCER ? s->wait_ns : timeout_ns;
    switch (status) {
    case FERRY_OK:
    case FERRY_INTERRUPTED: return APP_EXIT_FINE;
    case FERRY_NO_PRODUCER:
    case FERRY_OVERTAKEN:
    case FERRY_TIMEOUT:
        app_message_fail("no message within %g s: %s", (double)limit_ns / 1e9, error->message);
        return APP_EXIT_TIMED_OUT;
    default: app_message_fail("%s", error->message); return APP_EXIT_FAILED;
    }
}

void app_session_port_close(app_session_port *s) {
    if (s->port == NULL)
        return;
    atomic_store(&s->reachable, NULL);
    host_settle_notify();
    app_port_sum_up(s->port);
    ferry_port_close(&s->port);
}
