/* Steps that all calls of a producer share.
 *
 * The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/producer_handle.h"

#include "channel/dialect.h"
#include "channel/info.h"
#include "platform/fault_point.h"
#include "support/error.h"

ferry_status ferryi_producer_refuse(const ferry_producer *p, ferry_error *error) {
    if (p->fork_count != ferryi_self_fork_count())
        return ferryi_fail(
            error, FERRY_FORKED, 0,
            "this producer was made before a fork and belongs to the parent process");
    return ferryi_fail(
        error, FERRY_MALFORMED, 0,
        "a peer has cut the shared memory of channel %s short: close it and create it "
        "anew",
        p->objects.names.frames);
}

ferry_status ferryi_producer_refuse_more(const ferry_producer *p, ferry_error *error) {
    return ferryi_fail(error, FERRY_END_OF_STREAM, 0,
                       "this producer has ended the stream of channel %s: create another one to go "
                       "on sending",
                       p->objects.names.frames);
}

bool ferryi_producer_take_interrupt(ferry_producer *p) {
    /* Relaxed: nothing is handed over but the wish itself. */
    return atomic_exchange_explicit(&p->interrupted, false, memory_order_relaxed);
}

bool ferryi_producer_reclaim(ferry_producer *p, uint32_t index) {
    if (!ferryi_registry_reclaim(&p->objects.consumers, &p->objects.consumers_lease, index))
        return false;
    FERRYI_FAULT("reclaim.found");
    p->stall[index] = (ferryi_stall){0};
    p->counters.reclaimed++;
    return true;
}

uint64_t ferryi_producer_head(ferry_producer *p) {
    ferryi_lock_take(p->lock);
    uint64_t head = p->head;
    ferryi_lock_give(p->lock);
    return head;
}

bool ferryi_producer_wants_slot(ferry_producer *p) {
    ferryi_lock_take(p->lock);
    bool wants_slot = p->wants_slot;
    ferryi_lock_give(p->lock);
    return wants_slot;
}

ferry_status ferryi_producer_complete(const ferry_producer *p, ferry_frame_info *info,
                                      uint64_t capacity_bytes, ferry_error *error) {
    ferry_status status = ferryi_info_complete(info, capacity_bytes, error);
    if (status == FERRY_OK && p->objects.dialect != NULL &&
        ferry_format_is_compressed(info->format))
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "%s is compressed: programs of the %s kind would take it for pixels; "
                           "decode it, or use a native channel",
                           ferry_format_name(info->format), p->objects.dialect->name);
    return status;
}

bool ferryi_producer_has_evicted(const ferry_producer *p, uint32_t index) {
    if (p->stall[index].evicted == 0)
        return false;
    /* Relaxed: a look that reads the record's next first (N2) finds the join_id that it goes with,
     * which was written before it. */
    return atomic_load_explicit(&p->consumers->record[index].join_id, memory_order_relaxed) ==
           p->stall[index].evicted;
}

void ferryi_producer_wake_all(ferry_producer *p) {
    uint64_t wakeups = 0;
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++) {
        const ferryi_record *record = &p->consumers->record[i];
        FERRYI_FAULT("wake.record");
        /* W4 pairs with W1 in registry.c: head was stored (W3) before this look at the state. */
        if (atomic_load_explicit(&record->state, memory_order_seq_cst) == FERRYI_RECORD_TAKEN)
            wakeups += ferryi_event_set(p->objects.record_event[i]);
    }
    if (wakeups != 0)
        atomic_fetch_add_explicit(&p->wakeups, wakeups, memory_order_relaxed);
}
