#include "channel/producer_pollable.h"

#include "platform/fault_point.h"
#include "platform/self.h"
#include "support/error.h"
#include "support/need.h"

/* ---- the thread ---- */

/* Whether the claiming thread has something to do that sets no event. Only that thread clears dead
 * consumers away and evicts those that stand still, so it is woken once a slice for it, as often as
 * a claim that blocks would look. */
static bool needs_a_look(ferry_producer *p) {
    if (p->stall_limit_ns != FERRY_FOREVER && ferryi_producer_wants_slot(p))
        return true;
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        if (ferryi_registry_seems_dead(&p->objects.consumers, i))
            return true;
    return false;
}

static void keep_watch(ferryi_bell *bell) {
    ferry_producer *p = bell->owner;
    bool lost = false;
    while (!lost && !ferryi_bell_is_ending(bell)) {
        bool news =
            ferryi_event_wait(p->objects.producer_event, FERRYI_SLICE_NS) || needs_a_look(p);
        /* Relaxed: set by the signal handler of this thread, or of one that meets it anyway. Every
         * call says so from now on. */
        lost = atomic_load_explicit(&p->lost, memory_order_relaxed);
        if (!news && !lost)
            continue;
        FERRYI_FAULT("watch.news");
        ferryi_pollable_set(&bell->pollable);
    }
}

/* ---- the producer's calls ---- */

bool ferryi_producer_pollable_set(ferry_producer *p) {
    return ferryi_bell_set(&p->pollable);
}

bool ferryi_producer_pollable_clear(ferry_producer *p) {
    return ferryi_bell_clear(&p->pollable);
}

void ferryi_producer_pollable_sleep(ferry_producer *p, uint64_t deadline_ns) {
    int64_t slice_ns = ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS);
    if (slice_ns > 0 && !ferryi_bell_wait(&p->pollable, slice_ns))
        ferryi_watch_wait(&p->watch, p->objects.producer_event, slice_ns);
}

void ferryi_producer_pollable_close(ferry_producer *p, bool ours) {
    ferryi_bell_close(&p->pollable, &p->objects.producer_event, ours);
}

/* ---- asking for one ---- */

ferry_status ferry_producer_get_pollable(ferry_producer *producer, ferry_pollable *out,
                                         ferry_error *error) {
    ferry_status status = ferryi_need(out, "out", error);
    if (status != FERRY_OK)
        return status;
    *out = FERRY_POLLABLE_NONE;
    status = ferryi_need(producer, "producer", error);
    if (status == FERRY_OK && producer->fork_count != ferryi_self_fork_count())
        status = ferryi_producer_refuse(producer, error);
    if (status != FERRY_OK)
        return status;
    return ferryi_bell_get(&producer->pollable, keep_watch, producer, true, out, error);
}
