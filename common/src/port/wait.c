#include "port/wait.h"

#include "platform/clock.h"
#include "support/deadline.h"
#include "support/error.h"

ferryi_wait ferryi_wait_begin(ferry_port *port, int64_t timeout_ns, ferry_error *error) {
    return (ferryi_wait){.port = port, .until_ns = ferryi_deadline(timeout_ns), .error = error};
}

ferry_status ferryi_wait_check(ferryi_wait *w) {
    /* Relaxed: nothing is handed over with a wish. */
    unsigned wishes = atomic_load_explicit(&w->port->wishes, memory_order_relaxed);
    if (wishes == 0)
        return FERRY_OK;
    bool interrupts = (wishes & FERRYI_PORT_WISH_INTERRUPT) != 0;
    unsigned taken = interrupts ? FERRYI_PORT_WISH_INTERRUPT : FERRYI_PORT_WISH_WAKE;
    atomic_fetch_and_explicit(&w->port->wishes, ~taken, memory_order_relaxed);
    return interrupts ? ferryi_fail(w->error, FERRY_INTERRUPTED, 0, "interrupted")
                      : ferryi_fail(w->error, FERRY_WOKEN, 0, "woken");
}

static const char *name_of(const ferry_port *port, ferry_port_object role) {
    return port->names[role];
}

/* Tries that lie farther apart than this do not belong to one wait: the holder may have been
 * another one each time. */
#define APART_NS (FERRY_SECOND_NS / 2)

/* Whether time has shown that the holder of what is waited for was killed. */
static bool is_broken(ferry_port *port, const ferryi_wait_for *what) {
    if (!what->may_break || (what->doubt != NULL && !what->doubt(what->doubted))) {
        port->kept_ns = 0;
        return false;
    }
    uint64_t now_ns = ferry_clock_ns();
    if (port->kept_ns == 0 || now_ns - port->tried_ns > (uint64_t)APART_NS)
        port->kept_ns = now_ns;
    port->tried_ns = now_ns;
    int64_t limit_ns = port->options.break_lock_ns;
    if (limit_ns == 0 || now_ns - port->kept_ns < (uint64_t)limit_ns)
        return false;
    port->counters.broken++;
    port->kept_ns = 0;
    return true;
}

/* The sentence for a wait in vain. A program that was killed leaves what it had as it was. */
static ferry_status refuse(const ferryi_wait *w, const ferryi_wait_for *what) {
    const ferry_port *port = w->port;
    bool may_be_dead = what->may_break && !what->is_usual && port->kept_ns != 0 &&
                       port->options.break_lock_ns == 0;
    return ferryi_fail(w->error, FERRY_TIMEOUT, 0, "%s: %s%s", name_of(port, what->role),
                       what->meaning,
                       may_be_dead ? "; if that program was killed, --break-lock SECONDS goes on "
                                     "without it"
                                   : "");
}

ferry_status ferryi_wait_until(ferryi_wait *w, const ferryi_wait_for *what) {
    for (;;) {
        ferry_status status = ferryi_wait_check(w);
        if (status != FERRY_OK)
            return status;
        int64_t left_ns = ferryi_deadline_left(w->until_ns, FERRYI_SLICE_NS);
        if (what->attempt(what->object, left_ns)) {
            w->port->kept_ns = 0;
            return FERRY_OK;
        }
        if (is_broken(w->port, what))
            return FERRY_OK;
        if (!w->port->convention->stands(w->port))
            return ferryi_fail(w->error, FERRY_NO_PRODUCER, 0, "%s is not there any more",
                               name_of(w->port, what->role));
        if (ferryi_deadline_left(w->until_ns, 1) == 0)
            return refuse(w, what);
    }
}

ferry_status ferryi_wait_pause(ferryi_wait *w, int64_t pause_ns) {
    ferry_status status = ferryi_wait_check(w);
    if (status != FERRY_OK)
        return status;
    int64_t left_ns = ferryi_deadline_left(w->until_ns, pause_ns);
    if (left_ns == 0)
        return FERRY_TIMEOUT;
    ferryi_clock_pause(left_ns);
    return FERRY_OK;
}
