/* The end of a stream, and of its producer's handle. Claims may be open at the end of a stream, and
 * stay usable memory until the handle goes: a buffer that points there may outlive it. */
#include <stdlib.h>

#include "channel/early.h"
#include "channel/objects.h"
#include "channel/producer_handle.h"
#include "channel/producer_pollable.h"
#include "platform/fault_point.h"
#include "support/error.h"
#include "support/need.h"

/* False: the stream has ended before. */
static bool mark_ended(ferry_producer *p) {
    ferryi_lock_take(p->lock);
    /* Under the lock: a commit in another thread has published its frame, or publishes none. */
    bool first = !atomic_exchange_explicit(&p->ended, true, memory_order_relaxed);
    if (p->shown.slot != FERRYI_NO_SLOT)
        ferryi_early_abandon(p); /* before the end, so that its followers are told of it */
    ferryi_lock_give(p->lock);
    return first;
}

static void end_stream(ferry_producer *p) {
    if (!mark_ended(p))
        return;
    ferryi_objects_announce_end(&p->objects);
    FERRYI_FAULT("end.announced");
    ferryi_producer_wake_all(p);
    FERRYI_FAULT("end.woken");
    ferryi_objects_let_names_go(&p->objects);
}

ferry_status ferry_producer_end(ferry_producer *producer, ferry_error *error) {
    ferry_status status = ferryi_need(producer, "producer", error);
    if (status == FERRY_OK)
        status = ferryi_producer_check(producer, error);
    if (status == FERRY_OK)
        end_stream(producer);
    return status;
}

void ferry_producer_close(ferry_producer **producer) {
    if (producer == NULL || *producer == NULL)
        return;
    ferry_producer *p = *producer;
    *producer = NULL;
    ferryi_producer_pollable_close(p, p->fork_count == ferryi_self_fork_count());
    if (p->fork_count == ferryi_self_fork_count()) {
        end_stream(p);
        ferryi_objects_end(&p->objects);
    } else {
        ferryi_objects_abandon(&p->objects);
    }
    ferryi_lock_free(p->lock);
    free(p);
}
