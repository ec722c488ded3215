/* The inside of a consumer handle, shared by consumer.c (life and counters), attach.c (finding a
 * channel), receive.c (the way of a frame), copy.c, follow.c (frames that are not whole yet),
 * explain.c (what its calls say), lookout.c (event loops) and the dialect. */
#ifndef FERRYI_CHANNEL_CONSUMER_HANDLE_H
#define FERRYI_CHANNEL_CONSUMER_HANDLE_H

#include <frameferry/consumer.h>

#include "channel/objects.h"
#include "channel/registry.h"
#include "platform/guard.h"
#include "platform/signal_event.h"
#include "support/deadline.h"

typedef struct ferryi_lookout ferryi_lookout; /* lookout.h */

/* Why a call is to return before it has a frame. */
typedef enum ferryi_wish {
    FERRYI_WISH_INTERRUPT = 1, /* ferry_consumer_interrupt */
    FERRYI_WISH_WAKE = 2       /* ferry_consumer_wake */
} ferryi_wish;

/* A frame that is taken before it is whole. */
typedef struct ferryi_followed {
    bool is_open; /* there is one, and it is not known to be whole */
    uint32_t slot;
    uint64_t fills;        /* which filling of the slot */
    uint32_t length_bytes; /* as it was when the frame was taken */
    uint32_t filled;       /* of these, as far as is known */
} ferryi_followed;

struct ferry_consumer {
    ferryi_names names;
    char consumer_name[FERRY_CONSUMER_NAME_MAX + 1];
    uint32_t delivery;
    uint32_t max_lag; /* as the caller wants it; attaching makes a number of AS_CHANNEL */
    ferryi_sharing sharing;
    uint32_t fork_count;

    /* Set by attaching. Without block (an old sender) only frames and event are. */
    ferryi_shm frames, consumers;
    ferryi_leases leases;
    ferryi_geometry geometry;
    uint64_t generation;
    const ferryi_block *block;
    ferryi_consumers *registry;
    ferryi_record *record;
    uint32_t index;
    uint64_t join_id;
    ferryi_event record_event, producer_event;
    ferryi_signal_event *event;
    uint32_t hold_limit;
    uint32_t lag_limit;         /* "every": as the record's max_lag, for this channel */
    uint32_t bare_16bit_format; /* without block: what 16 bits are */
    bool bare_bottom_up;        /* without block: the last row comes first */
    bool borrowed; /* dialect: the object was made by a program that knows nothing else */

    atomic_bool lost;         /* a peer has taken memory away */
    _Atomic(uint32_t) wishes; /* a set of ferryi_wish; taken by the call that they end */

    _Atomic(ferryi_lookout *) lookout; /* NULL: nobody has asked for a pollable */
    atomic_bool wants_release;         /* acquire met a full hand: a release rings the bell */

    /* The acquiring thread's. */
    uint64_t last;      /* number of the last frame received or skipped */
    ferry_status final; /* what every further call answers; FERRY_OK: nothing yet */
    uint64_t looked_ns; /* when the producer's lease was last looked at; 0: never */
    bool follow_early;
    ferryi_followed followed;
    bool bereft;     /* the producer was gone in the midst of a frame that we followed */
    uint64_t awaits; /* as in the record */

    /* Relaxed atomics, since release and get_counters come from any thread. */
    _Atomic(uint64_t) first, received, skipped, overrun, retries;
    _Atomic(uint64_t) dropped;                      /* one slot: as the last frame told */
    _Atomic(uint64_t) held;                         /* mask of the slots in hand */
    _Atomic(uint64_t) held_number[FERRY_MAX_SLOTS]; /* frame in each of them */
    _Atomic(uint64_t) seen;                         /* without block: frames announced to us */
};

/* One attempt to attach to a live producer's channel: FERRY_OK, FERRY_NO_PRODUCER (try again), or
 * what stands in the way. On failure nothing is left attached. */
ferry_status ferryi_attach(ferry_consumer *consumer, ferry_error *error);

/* Leaves the registry and closes everything. */
void ferryi_detach(ferry_consumer *consumer);

/* Whether the producer's lease is held. */
bool ferryi_producer_lives(const ferry_consumer *consumer);

/* Whether the producer is dead, has ended the stream, or has been replaced. */
bool ferryi_has_ended(const ferry_consumer *consumer);

/* One look for a frame: FERRY_OK: taken. FERRY_TIMEOUT: none yet. FERRY_OVERTAKEN: look again at
 * once. Anything else is what the call returns. */
typedef ferry_status ferryi_attempt(ferry_consumer *consumer, void *target);

/* Fills in the sentence that goes with a status of a receiving call, and returns the status. */
ferry_status ferryi_explain(const ferry_consumer *consumer, ferry_status status,
                            ferry_error *error);

/* Notes a frame down as received, and those between it and the last one as skipped; returns how
 * many these are. */
uint64_t ferryi_count_received(ferry_consumer *consumer, uint64_t number);

/* ---- receive.c, for follow.c ---- */

/* Repeats an attempt until it has what it wants, the stream ends, or time is over. */
ferry_status ferryi_wait(ferry_consumer *consumer, int64_t timeout_ns, ferryi_attempt *attempt,
                         void *target);

/* For loops that repeat such a call: how the stream has ended, if it has, looked at once a slice;
 * FERRY_OK until then. */
ferry_status ferryi_look_once_a_slice(ferry_consumer *consumer);

/* Makes a status that stays so, if this is one, what every further call answers; returns it. */
ferry_status ferryi_conclude(ferry_consumer *consumer, ferry_status status);

/* Takes a frame in place by such an attempt, if one can be taken. */
ferry_status ferryi_take(ferry_consumer *consumer, int64_t timeout_ns, ferryi_attempt *attempt,
                         ferry_frame *frame, ferry_error *error);

/* One look for the next whole frame; target is a ferry_frame. */
ferry_status ferryi_attempt_next(ferry_consumer *consumer, void *target);

/* "every": ends the reservation of a frame that is in hand. */
void ferryi_advance_next(ferry_consumer *consumer, uint64_t number);

/* Whether a frame is whole and has not been given back. */
bool ferryi_is_in_hand(const ferry_consumer *consumer, const ferry_frame *frame);

/* Ends the hold of a slot. */
void ferryi_let_go(ferry_consumer *consumer, uint32_t slot);

/* ---- copy.c, for follow.c ---- */

/* Copies a frame in hand and gives it back. */
ferry_status ferryi_copy_held(ferry_consumer *consumer, ferry_frame *frame, ferry_image *image);

/* ---- follow.c ---- */

/* Copies the next frame, beginning before it is whole where that is possible. */
ferry_status ferryi_follow_copy(ferry_consumer *consumer, int64_t timeout_ns, ferry_image *image,
                                ferry_error *error);

/* Gives back a frame that is not known to be whole. */
ferry_status ferryi_follow_release(ferry_consumer *consumer, ferry_frame *frame);

#endif
