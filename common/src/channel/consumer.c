/* A consumer's handle: making and closing it, interrupting, counters. membership.c has the rest of
 * its life. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/attach.h"
#include "channel/consumer_handle.h"
#include "channel/consumer_pollable.h"
#include "channel/dialects.h"
#include "channel/gate.h"
#include "channel/membership.h"
#include "channel/names.h"
#include "channel/producer_info.h"
#include "platform/self.h"
#include "support/bits.h"
#include "support/error.h"
#include "support/need.h"

/* ---- making ---- */

static ferry_status check_options(const ferry_consumer_options *o, ferry_error *error) {
    ferry_status status =
        ferryi_need_choice(o->delivery, FERRY_DELIVERY_EVERY, "delivery",
                           "FERRY_DELIVERY_LATEST or FERRY_DELIVERY_EVERY", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(o->group_sharing, FERRY_SHARING_EVERYONE, "group_sharing",
                                    FERRYI_SHARING_CHOICES, error);
    if (status == FERRY_OK)
        status = ferryi_need_time(o->wait_ns, "wait_ns", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(o->follow_early, 1, "follow_early", "0 or 1", error);
    if (status == FERRY_OK && o->delivery != FERRY_DELIVERY_EVERY && o->max_lag != 0)
        status = ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                             "max_lag is %lu: only FERRY_DELIVERY_EVERY has a lag, else it is 0",
                             (unsigned long)o->max_lag);
    return status;
}

static ferry_status read_options(ferry_consumer_options *out, const ferry_consumer_options *given,
                                 ferry_error *error) {
    *out = (ferry_consumer_options)FERRY_CONSUMER_OPTIONS_INIT;
    ferry_status status =
        ferryi_need_options(out, sizeof *out, given, "FERRY_CONSUMER_OPTIONS_INIT", error);
    if (status != FERRY_OK)
        return status;
    if (out->consumer_name == NULL)
        out->consumer_name = ferryi_self_program_name();
    status = ferryi_dialects_read_options(out, error);
    return status == FERRY_OK ? check_options(out, error) : status;
}

/* Makes a handle that is not attached. */
static ferry_status make(ferry_consumer **out, const ferry_consumer_options *own,
                         ferry_error *error) {
    ferry_consumer *c = calloc(1, sizeof *c);
    if (c == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    c->frames = c->consumers = (ferryi_shm)FERRYI_SHM_INIT;
    c->leases = (ferryi_leases)FERRYI_LEASES_INIT;
    c->delivery = own->delivery;
    c->max_lag = own->max_lag;
    c->told = (ferryi_bare_told){.format_16bit = own->bare_16bit_format,
                                 .format = own->bare_format,
                                 .bottom_up = own->bare_bottom_up != 0,
                                 .has_images = own->bare_images != 0};
    c->follow_early = own->follow_early != 0;
    c->fork_count = ferryi_self_fork_count();
    c->final = FERRY_NO_PRODUCER;
    c->copier.delay = FERRYI_COPIER_FRAMES; /* the producer compares first */
    snprintf(c->consumer_name, sizeof c->consumer_name, "%s", own->consumer_name);
    ferry_status status = ferryi_names_make(&c->names, own->name, error);
    if (status == FERRY_OK && own->event_name != NULL)
        status = ferryi_names_take(c->names.event, own->event_name, "the event", error);
    if (status == FERRY_OK)
        status = ferryi_sharing_make(&c->sharing, own->group_sharing, own->group_name, error);
    if (status != FERRY_OK) {
        free(c);
        return status;
    }
    *out = c;
    return FERRY_OK;
}

/* *wait_ns is that of the options. */
static ferry_status make_by_options(ferry_consumer **out, const ferry_consumer_options *options,
                                    int64_t *wait_ns, ferry_error *error) {
    ferry_consumer_options own;
    ferry_status status = ferryi_need(out, "out", error);
    if (status != FERRY_OK)
        return status;
    *out = NULL;
    status = read_options(&own, options, error);
    *wait_ns = own.wait_ns;
    return status == FERRY_OK ? make(out, &own, error) : status;
}

ferry_status ferry_consumer_new(ferry_consumer **out, const ferry_consumer_options *options,
                                ferry_error *error) {
    int64_t unused;
    return make_by_options(out, options, &unused, error);
}

ferry_status ferry_consumer_open(ferry_consumer **out, const ferry_consumer_options *options,
                                 ferry_error *error) {
    int64_t wait_ns;
    ferry_status status = make_by_options(out, options, &wait_ns, error);
    if (status != FERRY_OK)
        return status;
    ferry_consumer *c = *out;
    *out = NULL; /* until it is attached: nobody else has it */
    status = ferryi_membership_begin(c, wait_ns, error);
    if (status == FERRY_OK)
        *out = c;
    else
        free(c); /* nothing of it is open */
    return status;
}

/* ---- closing ---- */

void ferry_consumer_close(ferry_consumer **consumer) {
    if (consumer == NULL || *consumer == NULL)
        return;
    ferry_consumer *c = *consumer;
    *consumer = NULL;
    bool ours = c->fork_count == ferryi_self_fork_count();
    ferryi_consumer_pollable_close(c, ours);
    if (ours)
        ferryi_membership_end(c);
    else
        ferryi_membership_forget(c);
    ferry_image_free(&c->set.copy);
    free(c);
}

/* ---- interrupting and waking ---- */

/* Leaves a wish in the handle and wakes the call that waits. */
static void leave_wish(ferry_consumer *consumer, ferryi_wish wish) {
    /* Relaxed: E1 in event.c, or the pollable, releases the wish to the sleeper. */
    (void)atomic_fetch_or_explicit(&consumer->wishes, wish, memory_order_relaxed);
    if (ferryi_consumer_pollable_set(consumer) || !ferryi_gate_enter(consumer))
        return;
    if (consumer->record != NULL)
        ferryi_event_set(consumer->record_event);
    ferryi_gate_exit(consumer);
}

void ferry_consumer_interrupt(ferry_consumer *consumer) {
    if (consumer != NULL && consumer->fork_count == ferryi_self_fork_count())
        leave_wish(consumer, FERRYI_WISH_INTERRUPT);
}

void ferry_consumer_wake(ferry_consumer *consumer) {
    if (consumer != NULL && consumer->fork_count == ferryi_self_fork_count())
        leave_wish(consumer, FERRYI_WISH_WAKE);
}

/* ---- looking ---- */

/* Inside the gate. */
static void count(const ferry_consumer *c, ferry_consumer_counters *out) {
    /* Relaxed: figures. C2 pairs with C1 in counting.c: what is counted as skipped is no longer
     * counted as received, and had been published (head is read later). */
    *out = (ferry_consumer_counters){
        .first = atomic_load_explicit(&c->first, memory_order_relaxed),
        .skipped = atomic_load_explicit(&c->skipped, memory_order_acquire),
        .overrun = atomic_load_explicit(&c->overrun, memory_order_relaxed),
        .retries = atomic_load_explicit(&c->retries, memory_order_relaxed),
        .refused = atomic_load_explicit(&c->refused_count, memory_order_relaxed),
    };
    out->received = atomic_load_explicit(&c->received, memory_order_acquire);
    uint64_t passed = out->first - 1 + out->received + out->skipped;
    uint64_t held = atomic_load_explicit(&c->held, memory_order_relaxed);
    out->held = (uint32_t)ferryi_consumer_held_count(held);
    c->upstream->count(c, out);
    if (out->head < passed)
        out->head = passed; /* in the dialect, a frame may be taken before head says so */
    out->pending = out->head - passed;
    if (c->record != NULL)
        out->evicted =
            atomic_load_explicit(&c->record->evicted, memory_order_relaxed) == c->join_id;
}

void ferry_consumer_get_counters(ferry_consumer *consumer, ferry_consumer_counters *out) {
    if (out == NULL)
        return;
    *out = (ferry_consumer_counters){0};
    if (consumer == NULL || !ferryi_gate_enter(consumer))
        return;
    count(consumer, out);
    ferryi_gate_exit(consumer);
}

ferry_status ferry_consumer_explain_refused(ferry_consumer *consumer, ferry_error *error) {
    ferry_status status = ferryi_need(consumer, "consumer", error);
    if (status != FERRY_OK || !consumer->refused.is_there)
        return status;
    return consumer->upstream->explain(consumer, error);
}

/* Inside the gate. */
static bool are_scarce(const ferry_consumer *consumer) {
    enum { LEFT_TO_PRODUCER = 2 }; /* the newest frame's slot, and one to write into */
    uint64_t held = 0;
    /* Relaxed: of two that ask at the same moment both may miss the other. Each asks again with its
     * next frame. */
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        held |= atomic_load_explicit(&consumer->registry->record[i].held, memory_order_relaxed);
    uint32_t slots = consumer->geometry.slots; /* consumers can write bits beyond them */
    uint64_t ours = held & (UINT64_MAX >> (FERRYI_BITS - slots));
    return ferryi_bits_count(ours) + LEFT_TO_PRODUCER > slots;
}

bool ferry_consumer_slots_are_scarce(const ferry_consumer *consumer) {
    /* A handle is never in memory that cannot be written. */
    ferry_consumer *c = (ferry_consumer *)consumer;
    if (c == NULL || !ferryi_gate_enter(c))
        return false;
    bool scarce = c->registry != NULL && are_scarce(c);
    ferryi_gate_exit(c);
    return scarce;
}

void ferry_consumer_get_channel(ferry_consumer *consumer, ferry_channel_info *out) {
    if (out == NULL)
        return;
    *out = (ferry_channel_info){0};
    if (consumer == NULL || !ferryi_gate_enter(consumer))
        return;
    *out = (ferry_channel_info){
        .dialect = consumer->geometry.dialect,
        .has_block = consumer->block != NULL,
        .slots = consumer->geometry.slots,
        .hold_limit = consumer->hold_limit,
        .max_lag = consumer->lag_limit,
        .when_full = consumer->block != NULL ? ferryi_geometry_when_full(consumer->block)
                                             : FERRY_WHEN_FULL_UNKNOWN,
        .slot_bytes = consumer->geometry.slot_stride,
        .generation = consumer->generation,
    };
    if (consumer->block != NULL)
        ferryi_producer_info_read(&out->producer, consumer->block);
    ferryi_gate_exit(consumer);
}
