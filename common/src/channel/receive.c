/* The way of a frame out of shared memory: acquire and release; copy.c has copies.
 *
 * The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include <frameferry/clock.h>

#include "channel/consumer_handle.h"
#include "channel/lookout.h"
#include "dialect/baseimage.h"
#include "platform/fault_point.h"
#include "platform/self.h"
#include "support/error.h"
#include "support/need.h"

/* Looks in a row that the producer may overtake. On a native channel each of them means that it
 * published a frame within some ten instructions of ours. After so many, somebody is more likely to
 * tell lies: the call sleeps once before it says so, lest its caller spin. */
enum { ATTEMPTS = 100 };

static uint64_t bit_of(uint32_t slot) {
    return UINT64_C(1) << slot;
}

/* ---- what ends a stream ---- */

static bool is_final(ferry_status status) {
    return status == FERRY_END_OF_STREAM || status == FERRY_PRODUCER_LOST ||
           status == FERRY_EVICTED || status == FERRY_MALFORMED;
}

static ferry_status check(const ferry_consumer *c) {
    if (c->fork_count != ferryi_self_fork_count())
        return FERRY_FORKED;
    /* Relaxed: set by the signal handler of this thread, or of one that meets it anyway. */
    if (atomic_load_explicit(&c->lost, memory_order_relaxed))
        return FERRY_MALFORMED;
    return c->final;
}

static uint64_t next_lease_look_ns(const ferry_consumer *c) {
    return c->looked_ns + (uint64_t)FERRYI_SLICE_NS;
}

/* What the producer itself says of its end, or the next one about it. */
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

/* How the stream has ended, if it has. What was published before is still to be taken: the caller
 * looks for a frame once more, after this look. */
static ferry_status look_at_producer(ferry_consumer *c) {
    if (c->block == NULL)
        return ferryi_baseimage_look(c);
    ferry_status status = look_at_state(c);
    if (status != FERRY_OK)
        return status;
    uint64_t now_ns = ferry_clock_ns();
    if (now_ns < next_lease_look_ns(c) && !ferryi_lookout_saw_end(c))
        return FERRY_OK;
    c->looked_ns = now_ns;
    FERRYI_FAULT("receive.running");
    if (ferryi_producer_lives(c))
        return FERRY_OK;
    c->looked_ns = 0; /* a caller that first takes what was left finds it again at once */
    /* Once more: one that ends says so before it drops its lease, and may have done both since. */
    status = look_at_state(c);
    return status == FERRY_OK ? FERRY_PRODUCER_LOST : status;
}

/* How long to sleep: until the deadline, or the next look at the producer. A whole slice each time
 * would let one who is woken for nothing, or whose calls have short timeouts, be without a look for
 * almost two. */
static int64_t sleep_ns(const ferry_consumer *c, uint64_t deadline_ns) {
    if (c->block == NULL) /* which looks each time */
        return ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS);
    return ferryi_deadline_left(ferryi_deadline_earlier(deadline_ns, next_lease_look_ns(c)),
                                FERRYI_SLICE_NS);
}

static void sleep_until_news(ferry_consumer *c, int64_t slice_ns) {
    if (ferryi_lookout_wait(c, slice_ns))
        return;
    if (c->block == NULL)
        ferryi_baseimage_wait(c, slice_ns);
    else
        ferryi_event_wait(c->record_event, slice_ns);
}

ferry_status ferryi_look_once_a_slice(ferry_consumer *c) {
    return ferry_clock_ns() < next_lease_look_ns(c) ? FERRY_OK : look_at_producer(c);
}

/* An attempt was overtaken, *overtaken times by now: FERRY_OK: try again. FERRY_TIMEOUT: time is
 * over. Else what the call returns. *ending: the producer is gone, and only what it has left can be
 * taken: one more attempt tells. */
static ferry_status after_overtaken(ferry_consumer *c, uint64_t deadline_ns, int64_t timeout_ns,
                                    int *overtaken, ferry_status *ending) {
    if (*ending != FERRY_OK)
        return *ending; /* nobody overtakes any more: what is there cannot be had */
    *ending = ferryi_look_once_a_slice(c);
    bool in_time = ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS) > 0;
    if (++*overtaken < ATTEMPTS || *ending != FERRY_OK) {
        /* Relaxed: a figure. */
        atomic_fetch_add_explicit(&c->retries, 1, memory_order_relaxed);
        if (in_time || timeout_ns == 0)
            return FERRY_OK;
        ferryi_lookout_ring(c); /* there is a frame */
        return FERRY_TIMEOUT;
    }
    if (in_time)
        sleep_until_news(c, sleep_ns(c, deadline_ns)); /* a commit that overtook us has set it */
    return FERRY_OVERTAKEN;
}

/* An interruption comes first, and leaves a wake-up for the next call. */
static ferry_status answer_wishes(ferry_consumer *c, uint32_t asked) {
    if ((asked & FERRYI_WISH_INTERRUPT) == 0)
        return FERRY_WOKEN;
    /* Relaxed: as above. */
    (void)atomic_fetch_or_explicit(&c->wishes, asked & FERRYI_WISH_WAKE, memory_order_relaxed);
    return FERRY_INTERRUPTED;
}

/* Repeats an attempt until it has a frame, the stream ends, or time is over. *stilled: the bell of
 * an event loop was rung, and was stilled before the last attempt. */
static ferry_status repeat(ferry_consumer *c, int64_t timeout_ns, ferryi_attempt *attempt,
                           void *target, bool *stilled) {
    uint64_t deadline_ns = ferryi_deadline(timeout_ns);
    ferry_status ending = FERRY_OK;
    for (int overtaken = 0;;) {
        ferry_status status = check(c);
        if (status != FERRY_OK)
            return status;
        /* Relaxed: nothing is handed over but the wishes themselves. */
        uint32_t asked = atomic_exchange_explicit(&c->wishes, 0, memory_order_relaxed);
        if (asked != 0)
            return answer_wishes(c, asked);
        status = attempt(c, target);
        if (status == FERRY_OVERTAKEN) {
            status = after_overtaken(c, deadline_ns, timeout_ns, &overtaken, &ending);
            if (status == FERRY_OK)
                continue;
            return status;
        }
        if (status == FERRY_TIMEOUT && ending != FERRY_OK)
            status = ending; /* nothing came before the end either */
        if (status != FERRY_TIMEOUT)
            return status;
        /* Once for each sleep: whoever sets events all the time shall not keep us here. */
        if (!*stilled && (*stilled = ferryi_lookout_still(c)))
            continue;
        FERRYI_FAULT("receive.looking");
        ending = look_at_producer(c);
        if (ending != FERRY_OK)
            continue;
        if (ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS) == 0)
            return FERRY_TIMEOUT;
        sleep_until_news(c, sleep_ns(c, deadline_ns));
        *stilled = false;
    }
}

ferry_status ferryi_wait(ferry_consumer *c, int64_t timeout_ns, ferryi_attempt *attempt,
                         void *target) {
    bool stilled = false;
    ferry_status status = repeat(c, timeout_ns, attempt, target, &stilled);
    if (stilled && status != FERRY_TIMEOUT)
        ferryi_lookout_ring(c); /* there may be more: only "none yet" leaves it still */
    return status;
}

ferry_status ferryi_conclude(ferry_consumer *c, ferry_status status) {
    if (is_final(status)) {
        c->final = status;
        ferryi_lookout_finish(c);
    }
    return status;
}

static ferry_status receive(ferry_consumer *c, int64_t timeout_ns, ferryi_attempt *attempt,
                            void *target) {
    return ferryi_conclude(c, ferryi_wait(c, timeout_ns, attempt, target));
}

/* ---- counting ---- */

uint64_t ferryi_count_received(ferry_consumer *c, uint64_t number) {
    uint64_t passed_over = number - c->last - 1;
    c->last = number;
    /* C1 pairs with C2 in consumer.c: who sees a frame counted sees a head that covers it. */
    uint64_t received = atomic_fetch_add_explicit(&c->received, 1, memory_order_release) + 1;
    uint64_t skipped =
        atomic_fetch_add_explicit(&c->skipped, passed_over, memory_order_release) + passed_over;
    /* Relaxed: figures. */
    if (c->record != NULL) {
        atomic_store_explicit(&c->record->received, received, memory_order_relaxed);
        atomic_store_explicit(&c->record->skipped, skipped, memory_order_relaxed);
    }
    return passed_over;
}

static void count_overrun(ferry_consumer *c) {
    /* Relaxed: figures. */
    atomic_fetch_add_explicit(&c->overrun, 1, memory_order_relaxed);
    uint64_t received = atomic_fetch_sub_explicit(&c->received, 1, memory_order_relaxed) - 1;
    /* C1, as above: who sees it counted as skipped no longer sees it counted as received. */
    uint64_t skipped = atomic_fetch_add_explicit(&c->skipped, 1, memory_order_release) + 1;
    atomic_store_explicit(&c->record->received, received, memory_order_relaxed);
    atomic_store_explicit(&c->record->skipped, skipped, memory_order_relaxed);
}

/* ---- holding a slot ---- */

void ferryi_let_go(ferry_consumer *c, uint32_t slot) {
    /* Q3, then Q4: sequentially consistent with Q1 and Q2 in lookout.c. */
    atomic_fetch_and_explicit(&c->held, ~bit_of(slot), memory_order_seq_cst);
    bool wanted = atomic_load_explicit(&c->wants_release, memory_order_seq_cst);
    /* R1 pairs with R2 in slots.c: what was read under the hold was read before it is cleared. */
    atomic_fetch_and_explicit(&c->record->held, ~bit_of(slot), memory_order_release);
    FERRYI_FAULT("release.cleared");
    ferryi_event_set(c->producer_event);
    /* Relaxed: of several releases one answers the wish. */
    if (wanted && atomic_exchange_explicit(&c->wants_release, false, memory_order_relaxed))
        ferryi_lookout_ring(c);
}

/* Holds a slot and fills in the frame, if the slot still has that number. */
static ferry_status hold(ferry_consumer *c, uint64_t number, uint32_t slot, ferry_frame *frame) {
    if (slot >= c->geometry.slots ||
        (atomic_load_explicit(&c->held, memory_order_relaxed) & bit_of(slot)) != 0)
        return FERRY_MALFORMED; /* a frame where none can be: what we hold is not filled anew */
    const ferryi_descriptor *descriptor = &c->block->descriptor[slot];
    atomic_fetch_or_explicit(&c->held, bit_of(slot), memory_order_relaxed);
    FERRYI_FAULT("hold.begin");
    /* K3, then K4: sequentially consistent with K1 and K2 in slots.c. Either the producer sees
     * the hold and steps back, or we see that the frame is gone. K4 is also H2. */
    atomic_fetch_or_explicit(&c->record->held, bit_of(slot), memory_order_seq_cst);
    /* F4 pairs with F3 in slots.c: before K4, lest it be the count of the next filling. */
    frame->fills = atomic_load_explicit(&descriptor->fills, memory_order_acquire);
    FERRYI_FAULT("hold.set");
    if (atomic_load_explicit(&descriptor->frame, memory_order_seq_cst) != number) {
        FERRYI_FAULT("hold.overtaken");
        ferryi_let_go(c, slot);
        return FERRY_OVERTAKEN;
    }
    ferry_status status =
        ferryi_info_read(&frame->info, ferryi_header_at(&c->frames, &c->geometry, slot), descriptor,
                         ferryi_slot_capacity(&c->geometry));
    if (status != FERRY_OK) {
        ferryi_let_go(c, slot);
        return status;
    }
    frame->info.number = number;
    frame->pixels = ferryi_pixels_at(&c->frames, &c->geometry, slot);
    frame->slot = slot;
    atomic_store_explicit(&c->held_number[slot], number, memory_order_relaxed);
    return FERRY_OK;
}

/* Why the newest frame could not be taken. Its slot, and later its entry, are used again only after
 * a newer one has been published (K1 and H1 come after J3). If head is what it was, it tells of a
 * frame that has never been published: for us nothing has come. */
static ferry_status explain_passed(const ferry_consumer *c, uint64_t head) {
    /* Relaxed: a reader that has found something newer in slot or entry (K4, H2) sees the head that
     * came before it. */
    return atomic_load_explicit(&c->block->head, memory_order_relaxed) != head ? FERRY_OVERTAKEN
                                                                               : FERRY_TIMEOUT;
}

/* Whether there is a frame that has not been received: FERRY_OK and the newest one's number, or
 * what the attempt returns. */
static ferry_status look_at_head(const ferry_consumer *c, uint64_t *head) {
    /* H2 pairs with H1 in publish.c. */
    *head = atomic_load_explicit(&c->block->head, memory_order_acquire);
    if (*head == c->last)
        return FERRY_TIMEOUT;
    return *head < c->last || *head > FERRYI_FRAME_MAX ? FERRY_MALFORMED : FERRY_OK;
}

/* Holds a frame by its number; FERRY_OVERTAKEN: it is not there any more. */
static ferry_status hold_number(ferry_consumer *c, uint64_t number, ferry_frame *frame) {
    /* H2, as above. */
    uint64_t entry =
        atomic_load_explicit(&c->block->entry[number % FERRYI_ENTRIES], memory_order_acquire);
    if (ferryi_entry_frame(entry) != number)
        return FERRY_OVERTAKEN;
    return hold(c, number, ferryi_entry_slot(entry), frame);
}

static ferry_status attempt_latest(ferry_consumer *c, void *target) {
    ferry_frame *frame = target;
    uint64_t head;
    ferry_status status = look_at_head(c, &head);
    if (status != FERRY_OK)
        return status;
    status = hold_number(c, head, frame);
    if (status == FERRY_OK)
        frame->skipped = ferryi_count_received(c, head);
    return status == FERRY_OVERTAKEN ? explain_passed(c, head) : status;
}

static bool is_evicted(const ferry_consumer *c) {
    /* V2 pairs with V1 in claim.c. */
    return atomic_load_explicit(&c->record->evicted, memory_order_seq_cst) == c->join_id;
}

/* Why a frame that has been published, and that an "every" consumer still wants, is not there. The
 * producer does not even try for the slots of such frames. Nor can it use their entries again: for
 * frame wanted + FERRYI_ENTRIES it would need one slot more than there can be. It does either only
 * after an eviction (V1), and what is missed here was stored after that (H1, K1). So who has not
 * been evicted by now has met values that cannot be. */
static ferry_status explain_missing(const ferry_consumer *c) {
    return is_evicted(c) ? FERRY_EVICTED : FERRY_MALFORMED;
}

void ferryi_advance_next(ferry_consumer *c, uint64_t number) {
    /* N1 pairs with N2 in slots.c: the hold is visible before the reservation ends. The other way
     * round the producer could take the slot away in between. */
    atomic_store_explicit(&c->record->next, number + 1, memory_order_release);
    FERRYI_FAULT("every.advanced");
    /* No event for the producer: what the reservation kept, and no longer does, is the slot that is
     * now held. It becomes free when it is released, which is announced. */
}

static ferry_status attempt_every(ferry_consumer *c, void *target) {
    ferry_frame *frame = target;
    if (is_evicted(c))
        return FERRY_EVICTED;
    uint64_t wanted = c->last + 1, head;
    ferry_status status = look_at_head(c, &head);
    if (status != FERRY_OK)
        return status;
    status = hold_number(c, wanted, frame);
    if (status != FERRY_OK)
        return status == FERRY_OVERTAKEN ? explain_missing(c) : status;
    frame->skipped = ferryi_count_received(c, wanted);
    ferryi_advance_next(c, wanted);
    return FERRY_OK;
}

/* Whether a frame is there no more, as far as can be told without holding it. A slot that is held
 * only to find that out is missing to the producer, and letting go wakes it. */
static bool is_gone(const ferry_consumer *c, uint64_t number) {
    /* Relaxed, both: a reader that has seen a head of this number or a later one (H2) sees the
     * frame's entry and number, or what came after them. */
    uint64_t entry =
        atomic_load_explicit(&c->block->entry[number % FERRYI_ENTRIES], memory_order_relaxed);
    uint32_t slot = ferryi_entry_slot(entry);
    if (ferryi_entry_frame(entry) != number)
        return true;
    return slot < c->geometry.slots &&
           atomic_load_explicit(&c->block->descriptor[slot].frame, memory_order_relaxed) != number;
}

/* Each frame in order, as far as the bound and the producer let it. Whatever lies before the bound
 * the producer may take away, and the rest too when it has no other slot: so a frame is held as one
 * would hold the newest (K3, K4), and the first that is still there is the next one. */
static ferry_status attempt_bounded(ferry_consumer *c, void *target) {
    ferry_frame *frame = target;
    uint64_t head, limit = c->lag_limit < FERRYI_ENTRIES ? c->lag_limit : FERRYI_ENTRIES;
    if (is_evicted(c))
        return FERRY_EVICTED; /* by a producer that knows no bounds */
    ferry_status status = look_at_head(c, &head);
    if (status != FERRY_OK)
        return status;
    uint64_t number = head - c->last > limit ? head - limit + 1 : c->last + 1;
    /* The newest one is tried for in any case: what is found in its place tells why it is gone. */
    for (status = FERRY_OVERTAKEN; number <= head && status == FERRY_OVERTAKEN; number++)
        if (number == head || !is_gone(c, number))
            status = hold_number(c, number, frame);
    if (status == FERRY_OVERTAKEN)
        return explain_passed(c, head);
    if (status != FERRY_OK)
        return status;
    frame->skipped = ferryi_count_received(c, frame->info.number);
    ferryi_advance_next(c, frame->info.number);
    return FERRY_OK;
}

ferry_status ferryi_attempt_next(ferry_consumer *c, void *target) {
    if (c->delivery != FERRY_DELIVERY_EVERY)
        return attempt_latest(c, target);
    return c->lag_limit != 0 ? attempt_bounded(c, target) : attempt_every(c, target);
}

/* ---- in place ---- */

bool ferryi_is_in_hand(const ferry_consumer *c, const ferry_frame *frame) {
    return frame->pixels != NULL && frame->info.number != 0 && frame->slot < c->geometry.slots &&
           atomic_load_explicit(&c->held_number[frame->slot], memory_order_relaxed) ==
               frame->info.number;
}

/* Whether a frame can be taken in place now; if not, why. */
static ferry_status check_hand(ferry_consumer *consumer, ferry_error *error) {
    ferry_status status = check(consumer);
    if (status != FERRY_OK)
        return ferryi_explain(consumer, status, error);
    if (consumer->hold_limit == 0)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "channel %s has one slot, whose frame cannot be held: copy it instead",
                           consumer->names.frames);
    if (consumer->followed.is_open)
        return ferryi_fail(error, FERRY_TOO_MANY_HELD, 0,
                           "a frame that is not whole yet is in hand: wait for it, or release it");
    if (ferryi_hand_is_full(consumer))
        return ferryi_fail(error, FERRY_TOO_MANY_HELD, 0,
                           "%u frames are in hand, which is the limit for %u slots: release one",
                           (unsigned)consumer->hold_limit, (unsigned)consumer->geometry.slots);
    return FERRY_OK;
}

ferry_status ferryi_take(ferry_consumer *consumer, int64_t timeout_ns, ferryi_attempt *attempt,
                         ferry_frame *frame, ferry_error *error) {
    ferry_status status = ferryi_need(consumer, "consumer", error);
    if (status == FERRY_OK)
        status = ferryi_need(frame, "frame", error);
    if (status == FERRY_OK)
        status = ferryi_need_time(timeout_ns, "timeout_ns", error);
    if (status == FERRY_OK)
        status = check_hand(consumer, error);
    if (status != FERRY_OK)
        return status;
    status = receive(consumer, timeout_ns, attempt, frame);
    return status == FERRY_OK ? status : ferryi_explain(consumer, status, error);
}

ferry_status ferry_consumer_acquire(ferry_consumer *consumer, int64_t timeout_ns,
                                    ferry_frame *frame, ferry_error *error) {
    return ferryi_take(consumer, timeout_ns, ferryi_attempt_next, frame, error);
}

ferry_status ferry_consumer_release(ferry_consumer *consumer, ferry_frame *frame) {
    if (consumer == NULL || frame == NULL)
        return FERRY_INVALID_ARGUMENT;
    if (consumer->fork_count != ferryi_self_fork_count())
        return FERRY_FORKED;
    uint32_t slot = frame->slot;
    if (frame->pixels == NULL || slot >= consumer->geometry.slots)
        return FERRY_INVALID_ARGUMENT;
    /* Of two threads that release the same frame one gets the number. */
    uint64_t number = frame->info.number;
    if (number == 0)
        return ferryi_follow_release(consumer, frame);
    if (!atomic_compare_exchange_strong_explicit(&consumer->held_number[slot], &number, 0,
                                                 memory_order_relaxed, memory_order_relaxed))
        return FERRY_INVALID_ARGUMENT;
    frame->pixels = NULL;
    /* F2 pairs with F1 in slots.c: if any pixel that was read came from a later filling, fills
     * shows it now. */
    atomic_thread_fence(memory_order_acquire);
    bool whole = atomic_load_explicit(&consumer->block->descriptor[slot].fills,
                                      memory_order_relaxed) == frame->fills;
    ferryi_let_go(consumer, slot);
    /* After the look at fills: zero pages may have come in between. */
    if (atomic_load_explicit(&consumer->lost, memory_order_relaxed))
        return FERRY_MALFORMED;
    if (whole)
        return FERRY_OK;
    count_overrun(consumer);
    return FERRY_OVERRUN;
}
