/* A consumer's handle: opening, closing, interrupting, counters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

#include "channel/attach.h"
#include "channel/consumer_handle.h"
#include "channel/consumer_pollable.h"
#include "channel/dialects.h"
#include "channel/liveness.h"
#include "channel/names.h"
#include "channel/producer_info.h"
#include "channel/stranger.h"
#include "channel/undertaker.h"
#include "platform/fault_point.h"
#include "platform/self.h"
#include "support/bits.h"
#include "support/error.h"
#include "support/need.h"

/* How long something that is not a channel may stand under the name: an old sender makes its
 * mapping first and its event a moment later. */
#define FOREIGN_GRACE_NS (FERRY_SECOND_NS / 2)

/* ---- opening ---- */

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

static ferry_status nobody_came(const ferry_consumer *c, int64_t wait_ns, ferry_error *error) {
    if (wait_ns == 0)
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0,
                           "channel %s has no live producer: start one first, or wait for it",
                           c->names.frames);
    return ferryi_fail(error, FERRY_NO_PRODUCER, 0,
                       "no producer came to channel %s within %.1f s: start one, or wait longer",
                       c->names.frames, (double)wait_ns / (double)FERRY_SECOND_NS);
}

/* Attaches as soon as there is a producer. A watch can take longer than all the rest, so that one
 * is made only when there is something to wait for. A name that came before the watch is found by
 * the look that follows. */
static ferry_status wait_and_attach(ferry_consumer *c, int64_t wait_ns, ferry_error *error) {
    uint64_t deadline_ns = ferryi_deadline(wait_ns);
    uint64_t foreign_until_ns = 0; /* it runs from the first sight */
    ferryi_shm_watch watch;
    bool watching = false;
    ferry_status status;
    for (;;) {
        status = ferryi_attach_try(c, error);
        bool foreign = status == FERRY_FOREIGN;
        /* A dead channel, whosever it is, is as good as none: its user may start it anew. */
        bool strange = status == FERRY_NOT_ALLOWED;
        if (strange)
            status = ferryi_stranger_refuses(&c->names, error);
        if (status != FERRY_NO_PRODUCER && !foreign)
            break;
        if (!foreign)
            foreign_until_ns = 0;
        else if (foreign_until_ns == 0)
            foreign_until_ns = ferryi_deadline(FOREIGN_GRACE_NS);
        int64_t slice_ns = ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS);
        if (foreign && ferryi_deadline_left(foreign_until_ns, FERRYI_SLICE_NS) < slice_ns)
            slice_ns = ferryi_deadline_left(foreign_until_ns, FERRYI_SLICE_NS);
        if (slice_ns == 0) {
            if (!foreign && !strange && !ferryi_stranger_lies_dead(&c->names, error))
                status = nobody_came(c, wait_ns, error);
            break;
        }
        if (watching)
            ferryi_shm_watch_wait(&watch, slice_ns);
        else
            ferryi_shm_watch_open(&watch);
        watching = true;
    }
    if (watching)
        ferryi_shm_watch_close(&watch);
    return status;
}

ferry_status ferry_consumer_open(ferry_consumer **out, const ferry_consumer_options *options,
                                 ferry_error *error) {
    ferry_consumer_options own;
    ferry_status status = ferryi_need(out, "out", error);
    if (status != FERRY_OK)
        return status;
    *out = NULL;
    status = read_options(&own, options, error);
    if (status != FERRY_OK)
        return status;
    ferry_consumer *c = calloc(1, sizeof *c);
    if (c == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    c->frames = c->consumers = (ferryi_shm)FERRYI_SHM_INIT;
    c->leases = (ferryi_leases)FERRYI_LEASES_INIT;
    c->delivery = own.delivery;
    c->max_lag = own.max_lag;
    c->bare_16bit_format = own.bare_16bit_format;
    c->bare_bottom_up = own.bare_bottom_up != 0;
    c->follow_early = own.follow_early != 0;
    c->fork_count = ferryi_self_fork_count();
    snprintf(c->consumer_name, sizeof c->consumer_name, "%s", own.consumer_name);
    /* An attempt that fails and is repeated must not show in the caller's error. */
    ferry_error last = {0};
    status = ferryi_names_make(&c->names, own.name, &last);
    if (status == FERRY_OK)
        status = ferryi_sharing_make(&c->sharing, own.group_sharing, own.group_name, &last);
    if (status == FERRY_OK)
        status = wait_and_attach(c, own.wait_ns, &last);
    if (status != FERRY_OK) {
        if (error != NULL)
            *error = last;
        free(c);
        return status;
    }
    *out = c;
    return FERRY_OK;
}

/* ---- closing ---- */

void ferry_consumer_close(ferry_consumer **consumer) {
    if (consumer == NULL || *consumer == NULL)
        return;
    ferry_consumer *c = *consumer;
    *consumer = NULL;
    bool ours = c->fork_count == ferryi_self_fork_count();
    ferryi_consumer_pollable_close(c, ours);
    if (!ours)
        c->record = NULL; /* it is the parent's */
    bool dead = ours && c->block != NULL && (c->final != FERRY_OK || ferryi_liveness_has_ended(c));
    bool dialect = c->dialect != NULL;
    ferryi_attach_undo(c);
    FERRYI_FAULT("close.detached");
    /* A dead producer's names are of no use: consumers that are attached have the memory. */
    if (ours && dialect && (dead || c->borrowed))
        ferryi_undertaker_bury_shared(&c->names, &c->sharing, c->borrowed);
    else if (dead)
        ferryi_undertaker_bury(&c->names, &c->sharing, NULL);
    free(c);
}

/* ---- interrupting and waking ---- */

/* Leaves a wish in the handle and wakes the call that waits. */
static void leave_wish(ferry_consumer *consumer, ferryi_wish wish) {
    /* Relaxed: E1 in event.c, or the pollable, releases the wish to the sleeper. */
    (void)atomic_fetch_or_explicit(&consumer->wishes, wish, memory_order_relaxed);
    if (!ferryi_consumer_pollable_set(consumer) && consumer->record != NULL)
        ferryi_event_set(consumer->record_event);
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

void ferry_consumer_get_counters(ferry_consumer *consumer, ferry_consumer_counters *out) {
    ferry_consumer *c = consumer;
    if (out == NULL)
        return;
    *out = (ferry_consumer_counters){0};
    if (c == NULL)
        return;
    /* Relaxed: figures. C2 pairs with C1 in counting.c: what is counted as skipped is no longer
     * counted as received, and had been published (head is read later). */
    *out = (ferry_consumer_counters){
        .first = atomic_load_explicit(&c->first, memory_order_relaxed),
        .skipped = atomic_load_explicit(&c->skipped, memory_order_acquire),
        .overrun = atomic_load_explicit(&c->overrun, memory_order_relaxed),
        .retries = atomic_load_explicit(&c->retries, memory_order_relaxed),
    };
    out->received = atomic_load_explicit(&c->received, memory_order_acquire);
    uint64_t passed = out->first - 1 + out->received + out->skipped;
    uint64_t held = atomic_load_explicit(&c->held, memory_order_relaxed);
    out->held = ferryi_bits_count(held);
    if (c->upstream != NULL)
        c->upstream->count(c, out);
    if (out->head < passed)
        out->head = passed; /* in the dialect, a frame may be taken before head says so */
    out->pending = out->head - passed;
    if (c->record != NULL)
        out->evicted =
            atomic_load_explicit(&c->record->evicted, memory_order_relaxed) == c->join_id;
}

bool ferry_consumer_slots_are_scarce(const ferry_consumer *consumer) {
    enum { LEFT_TO_PRODUCER = 2 }; /* the newest frame's slot, and one to write into */
    if (consumer == NULL || consumer->registry == NULL)
        return false;
    uint64_t held = 0;
    /* Relaxed: of two that ask at the same moment both may miss the other. Each asks again with its
     * next frame. */
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        held |= atomic_load_explicit(&consumer->registry->record[i].held, memory_order_relaxed);
    uint32_t slots = consumer->geometry.slots; /* consumers can write bits beyond them */
    uint64_t ours = held & (UINT64_MAX >> (FERRYI_BITS - slots));
    return ferryi_bits_count(ours) + LEFT_TO_PRODUCER > slots;
}

void ferry_consumer_get_channel(ferry_consumer *consumer, ferry_channel_info *out) {
    if (out == NULL)
        return;
    *out = (ferry_channel_info){0};
    if (consumer == NULL)
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
}
