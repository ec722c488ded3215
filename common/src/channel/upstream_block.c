/* A consumer's other side when that has a block: a producer of this library.
 *
 * The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include <frameferry/clock.h>

#include "channel/consumer_handle.h"
#include "channel/consumer_pollable.h"
#include "channel/liveness.h"
#include "channel/one_slot.h"
#include "platform/fault_point.h"

/* The end as the producer itself tells it, or the next producer. */
static ferry_status look_at_state(const ferry_consumer *c) {
    /* S2 pairs with S1, then D2 with D1 in objects.c: a new state comes with its generation. */
    uint32_t state = atomic_load_explicit(&c->block->state, memory_order_acquire);
    if (atomic_load_explicit(&c->block->generation, memory_order_acquire) != c->generation)
        return FERRY_PRODUCER_LOST;
    if (state == FERRYI_STATE_ENDED)
        return FERRY_END_OF_STREAM;
    /* Ours was running when we came. "Starting" is stored over a dead one's state, by the next one,
     * whose lease would soon seem to be that of ours. */
    return state == FERRYI_STATE_RUNNING ? FERRY_OK : FERRY_PRODUCER_LOST;
}

/* How the stream has ended, if it has. Frames that were published before are still to be taken: the
 * caller looks for a frame once more, after this look. */
static ferry_status look_at_producer(ferry_consumer *c) {
    ferry_status status = look_at_state(c);
    if (status != FERRY_OK)
        return status;
    uint64_t now_ns = ferry_clock_ns();
    if (now_ns < ferryi_consumer_next_look_ns(c) && !ferryi_consumer_pollable_saw_end(c))
        return FERRY_OK;
    c->looked_ns = now_ns;
    FERRYI_FAULT("receive.running");
    if (ferryi_liveness_has_producer(c))
        return FERRY_OK;
    c->looked_ns = 0; /* a caller that first takes what was left finds it again at once */
    /* Once more: one that ends says so before it drops its lease, and may have done both since. */
    status = look_at_state(c);
    return status == FERRY_OK ? FERRY_PRODUCER_LOST : status;
}

static bool may_have_ended(ferry_consumer *c) {
    return ferryi_liveness_has_ended(c);
}

static bool wait_for_record(ferry_consumer *c, ferryi_watch *watch, int64_t timeout_ns) {
    return watch != NULL ? ferryi_watch_wait(watch, c->record_event, timeout_ns)
                         : ferryi_event_wait(c->record_event, timeout_ns);
}

/* The figures of the producer. */
static void count_published(const ferry_consumer *c, ferry_consumer_counters *out) {
    out->head = atomic_load_explicit(&c->block->head, memory_order_relaxed);
    out->dropped = atomic_load_explicit(&c->block->dropped, memory_order_relaxed);
    /* D2 pairs with D1 in objects.c: these may be the figures of a new producer, which took the
     * memory over and counts from 1 again. Of the old one's, those that we have met are left. */
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&c->block->generation, memory_order_relaxed) == c->generation)
        return;
    out->head = 0;
    out->dropped = atomic_load_explicit(&c->dropped, memory_order_relaxed);
}

const ferryi_upstream ferryi_upstream_block = {
    .look = look_at_producer,
    .looks_always = false,
    .may_have_ended = may_have_ended,
    .wait = wait_for_record,
    .copy = ferryi_one_slot_copy,
    .count = count_published,
};
