/* A producer's handle: making it, waiting for consumers, looking at them. The way of a frame is in
 * claim.c and publish.c, the end in producer_end.c. */
#include <stdlib.h>
#include <string.h>

#include "channel/dialects.h"
#include "channel/names.h"
#include "channel/objects.h"
#include "channel/producer_handle.h"
#include "channel/producer_pollable.h"
#include "channel/upkeep.h"
#include "platform/fault_point.h"
#include "platform/self.h"
#include "support/bits.h"
#include "support/error.h"
#include "support/need.h"

/* ---- creating ---- */

/* Checks that need neither the geometry nor the group. */
static ferry_status check_options(const ferry_producer_options *o, ferry_error *error) {
    ferry_status status = ferryi_dialects_check(o->dialect, error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(o->when_full, FERRY_WHEN_FULL_DROP, "when_full",
                                    "FERRY_WHEN_FULL_WAIT or FERRY_WHEN_FULL_DROP", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(o->group_sharing, FERRY_SHARING_EVERYONE, "group_sharing",
                                    FERRYI_SHARING_CHOICES, error);
    if (status == FERRY_OK)
        status = ferryi_need_time(o->full_timeout_ns, "full_timeout_ns", error);
    if (status == FERRY_OK)
        status = ferryi_need_time(o->stall_limit_ns, "stall_limit_ns", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(o->adopt, 1, "adopt", "0 or 1", error);
    return status;
}

static ferry_status read_options(ferry_producer_options *out, const ferry_producer_options *given,
                                 ferry_error *error) {
    *out = (ferry_producer_options)FERRY_PRODUCER_OPTIONS_INIT;
    ferry_status status =
        ferryi_need_options(out, sizeof *out, given, "FERRY_PRODUCER_OPTIONS_INIT", error);
    return status == FERRY_OK ? check_options(out, error) : status;
}

/* How many frames a consumer may have in hand, if the caller says so. */
static ferry_status plan_held(ferryi_geometry *out, uint32_t max_held, uint32_t slots,
                              ferry_error *error) {
    uint32_t most = ferryi_geometry_most_held(slots);
    if (max_held > most)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "max_held is %u: with %u slots a consumer can hold %u",
                           (unsigned)max_held, (unsigned)slots, (unsigned)most);
    if (max_held != 0)
        out->max_held = max_held;
    return FERRY_OK;
}

/* Which dialect, and how large slots are. */
static ferry_status plan(ferryi_objects *out, const ferry_producer_options *options,
                         ferry_error *error) {
    out->dialect = ferryi_dialects_find(options->dialect);
    ferry_status status;
    if (out->dialect != NULL)
        status = out->dialect->plan(&out->slot_bytes, options, error);
    else
        status = ferryi_geometry_make(
            &out->geometry, options->slots != 0 ? options->slots : FERRY_DEFAULT_SLOTS,
            options->slot_bytes != 0 ? options->slot_bytes : FERRY_DEFAULT_SLOT_BYTES, error);
    if (status != FERRY_OK)
        return status;
    return plan_held(&out->geometry, options->max_held,
                     out->dialect != NULL ? 1 : out->geometry.slots, error);
}

static ferry_status set_up(ferry_producer *p, const ferry_producer_options *options,
                           ferry_error *error) {
    ferryi_names *names = &p->objects.names;
    ferry_status status = ferryi_names_make(names, options->name, error);
    if (status == FERRY_OK && options->event_name != NULL)
        status = ferryi_names_take(names->event, options->event_name, "the event", error);
    if (status == FERRY_OK)
        status = plan(&p->objects, options, error);
    if (status == FERRY_OK)
        status = ferryi_sharing_make(&p->objects.sharing, options->group_sharing,
                                     options->group_name, error);
    if (status != FERRY_OK)
        return status;
    p->lock = ferryi_lock_new();
    if (p->lock == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    const char *name =
        options->producer_name != NULL ? options->producer_name : ferryi_self_program_name();
    strncpy(p->objects.producer_name, name, FERRY_PRODUCER_NAME_MAX); /* the last byte stays 0 */
    p->objects.adopts = options->adopt != 0;
    p->objects.lost = &p->lost;
    p->objects.when_full =
        options->when_full == FERRY_WHEN_FULL_DROP ? FERRYI_WHEN_FULL_DROP : FERRYI_WHEN_FULL_WAIT;
    p->when_full = options->when_full;
    p->full_timeout_ns = options->full_timeout_ns;
    p->stall_limit_ns = options->stall_limit_ns;
    p->early_bytes = options->early_bytes;
    p->newest = FERRYI_NO_SLOT;
    p->shown.slot = FERRYI_NO_SLOT;
    p->fork_count = ferryi_self_fork_count();
    status = ferryi_objects_make(&p->objects, error);
    if (status != FERRY_OK)
        return status;
    p->block = ferryi_geometry_block(&p->objects.frames, &p->objects.geometry);
    p->consumers = ferryi_consumers_at(&p->objects.consumers);
    return FERRY_OK;
}

ferry_status ferry_producer_create(ferry_producer **out, const ferry_producer_options *options,
                                   ferry_error *error) {
    ferry_producer_options own;
    ferry_status status = ferryi_need(out, "out", error);
    if (status != FERRY_OK)
        return status;
    *out = NULL;
    status = read_options(&own, options, error);
    if (status != FERRY_OK)
        return status;
    ferry_producer *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    /* An attempt that fails and is repeated must not show in the caller's error. */
    ferry_error last = {0};
    status = set_up(p, &own, &last);
    if (status != FERRY_OK) {
        if (error != NULL)
            *error = last;
        ferryi_lock_free(p->lock);
        free(p);
        return status;
    }
    *out = p;
    return FERRY_OK;
}

/* ---- waiting ---- */

typedef bool condition(ferry_producer *producer);

/* *touched: the pollable was set, and has been cleared. */
static ferry_status repeat(ferry_producer *p, condition *is_met, int64_t timeout_ns,
                           bool *touched) {
    uint64_t deadline_ns = ferryi_deadline(timeout_ns);
    bool cleared = false; /* before the last look */
    for (;;) {
        ferry_status status = ferryi_producer_check(p, NULL);
        if (status != FERRY_OK)
            return status;
        if (ferryi_producer_take_interrupt(p))
            return FERRY_INTERRUPTED;
        ferryi_upkeep_tend(p);
        if (is_met(p))
            return FERRY_OK;
        /* Once for each sleep: a peer that sets events all the time shall not keep us here. */
        if (!cleared && (cleared = ferryi_producer_pollable_clear(p))) {
            *touched = true;
            continue;
        }
        if (ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS) == 0)
            return FERRY_TIMEOUT;
        ferryi_producer_pollable_sleep(p, deadline_ns);
        cleared = false;
    }
}

static ferry_status wait_until(ferry_producer *p, condition *is_met, int64_t timeout_ns) {
    if (p == NULL || timeout_ns < 0)
        return FERRY_INVALID_ARGUMENT;
    bool touched = false;
    ferry_status status = repeat(p, is_met, timeout_ns, &touched);
    /* The news that was cleared may have been that of a free slot, and the program may wait for
     * one. */
    if (touched && (status != FERRY_TIMEOUT || ferryi_producer_wants_slot(p)))
        ferryi_producer_pollable_set(p);
    return status;
}

/* Whether a record has a live consumer; a dead one is cleared away. */
static bool is_attached(ferry_producer *p, uint32_t index) {
    const ferryi_record *record = &p->consumers->record[index];
    /* Acquire, for the sake of the fields that are read after it: they are of this life. */
    return !ferryi_producer_reclaim(p, index) &&
           atomic_load_explicit(&record->state, memory_order_acquire) == FERRYI_RECORD_TAKEN;
}

/* Whether a record is that of a consumer that has frames to give back: one that is attached, or one
 * that has left and still has some in hand. Called after is_attached, which clears the dead away.
 */
static bool keeps_holds(const ferry_producer *p, uint32_t index) {
    uint32_t state = atomic_load_explicit(&p->consumers->record[index].state, memory_order_relaxed);
    return state == FERRYI_RECORD_TAKEN || state == FERRYI_RECORD_LEFT;
}

/* Whether a consumer has its place in the stream. One that has a record, and is still to decide
 * where it begins, may find the next frame there already and begin behind it. */
static bool has_consumer(ferry_producer *p) {
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        /* J6 pairs with J5 in attach.c. */
        if (is_attached(p, i) &&
            atomic_load_explicit(&p->consumers->record[i].first, memory_order_acquire) != 0)
            return true;
    return false;
}

ferry_status ferry_producer_wait_consumer(ferry_producer *producer, int64_t timeout_ns) {
    if (producer == NULL || timeout_ns < 0)
        return FERRY_INVALID_ARGUMENT;
    ferry_status status = ferryi_producer_check(producer, NULL);
    if (status == FERRY_OK) /* no consumer finds a stream that has ended */
        status = ferryi_producer_check_open(producer, NULL);
    return status == FERRY_OK ? wait_until(producer, has_consumer, timeout_ns) : status;
}

/* Whether a consumer still wants frames up to head. */
static bool still_wants(const ferry_producer *p, uint32_t index, uint64_t head) {
    /* N2 pairs with N1 in next.c. Sequentially consistent like J4 in slots.c: a joiner whose
     * reservation (J1) is not seen here has seen this head. */
    uint64_t next = atomic_load_explicit(&p->consumers->record[index].next, memory_order_seq_cst);
    return !ferryi_producer_has_evicted(p, index) && next <= head;
}

static bool is_received(ferry_producer *p) {
    uint64_t head = ferryi_producer_head(p);
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        if (is_attached(p, i) && still_wants(p, i, head))
            return false;
    return true;
}

static bool is_drained(ferry_producer *p) {
    uint64_t head = ferryi_producer_head(p);
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++) {
        if (is_attached(p, i) && still_wants(p, i, head))
            return false;
        /* R2 pairs with R1 in hold.c. After next (N2): a look that finds that advanced finds the
         * hold that came before it. Sequentially consistent like K2 in slots.c: the hold of a frame
         * that was given up after it had been shown came before B1, and this look after. */
        const ferryi_record *record = &p->consumers->record[i];
        if (keeps_holds(p, i) && atomic_load_explicit(&record->held, memory_order_seq_cst) != 0)
            return false;
    }
    return true;
}

ferry_status ferry_producer_drain(ferry_producer *producer, int64_t timeout_ns) {
    return wait_until(producer, is_drained, timeout_ns);
}

ferry_status ferry_producer_wait_received(ferry_producer *producer, int64_t timeout_ns) {
    return wait_until(producer, is_received, timeout_ns);
}

void ferry_producer_interrupt(ferry_producer *producer) {
    if (producer == NULL || producer->fork_count != ferryi_self_fork_count())
        return;
    atomic_store_explicit(&producer->interrupted, true, memory_order_relaxed);
    /* E1 in event.c, or the pollable, releases the wish to the sleeper. */
    if (!ferryi_producer_pollable_set(producer))
        ferryi_event_set(producer->objects.producer_event);
}

/* ---- looking ---- */

size_t ferry_producer_list_consumers(ferry_producer *producer, ferry_consumer_info *list,
                                     size_t capacity) {
    if (producer == NULL || ferryi_producer_check(producer, NULL) != FERRY_OK)
        return 0;
    if (list == NULL)
        capacity = 0;
    uint64_t head = ferryi_producer_head(producer);
    size_t count = 0;
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++) {
        if (!is_attached(producer, i))
            continue;
        if (count < capacity)
            ferryi_registry_describe(&list[count], &producer->consumers->record[i], head,
                                     ferryi_producer_has_evicted(producer, i));
        count++;
    }
    return count;
}

void ferry_producer_get_counters(ferry_producer *producer, ferry_producer_counters *out) {
    if (out == NULL)
        return;
    *out = (ferry_producer_counters){0};
    if (producer == NULL || producer->fork_count != ferryi_self_fork_count())
        return;
    ferryi_lock_take(producer->lock);
    *out = producer->counters;
    out->published = producer->head;
    ferryi_lock_give(producer->lock);
    out->wakeups = atomic_load_explicit(&producer->wakeups, memory_order_relaxed);
    out->slots = producer->objects.geometry.slots;
    out->slot_bytes = producer->objects.geometry.slot_stride;
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        out->consumers += atomic_load_explicit(&producer->consumers->record[i].state,
                                               memory_order_relaxed) == FERRYI_RECORD_TAKEN;
}
