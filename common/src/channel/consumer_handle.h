/* The inside of a consumer handle, which the files of the receiving side share; README.md has them
 * in the order in which they are best read. */
#ifndef FERRYI_CHANNEL_CONSUMER_HANDLE_H
#define FERRYI_CHANNEL_CONSUMER_HANDLE_H

#include <frameferry/consumer.h>

#include "channel/bare.h"
#include "channel/bell.h"
#include "channel/copier.h"
#include "channel/dialect.h"
#include "channel/geometry.h"
#include "channel/registry.h"
#include "channel/upstream.h"
#include "platform/event_watch.h"
#include "platform/guard.h"
#include "platform/signal_event.h"
#include "support/deadline.h"

/* Why a call is to return before it has a frame. */
typedef enum ferryi_wish {
    FERRYI_WISH_INTERRUPT = 1, /* ferry_consumer_interrupt */
    FERRYI_WISH_WAKE = 2       /* ferry_consumer_wake */
} ferryi_wish;

/* Beside the number of frames in hand: the consumer has left, and the record goes with the last of
 * them. One word for both, so that a release which lowers the number learns what was true then: a
 * moment later the handle may be attached again, hold other frames, and have left again. */
#define FERRYI_HELD_LEFT (UINT64_C(1) << 63)

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

    /* Whether calls from any thread may use what attaching sets, and how many do; gate.h. */
    atomic_bool is_open;
    _Atomic(uint32_t) visitors;

    /* Set by attaching. Of a bare sender only frames, event and upstream are. */
    const ferryi_upstream *upstream;
    const ferryi_dialect *dialect; /* NULL: a native channel */
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
    uint32_t lag_limit;    /* "every": as the record's max_lag, for this channel */
    ferryi_bare_told told; /* bare sender: what the caller has said of it */
    bool borrowed;         /* the object was made by a program that knows nothing but the dialect */

    atomic_bool has_given_up; /* the record has gone, after leaving or in detaching */

    atomic_bool lost;         /* a peer has taken memory away */
    _Atomic(uint32_t) wishes; /* a set of ferryi_wish; taken by the call that they end */

    ferryi_bell_place pollable; /* consumer_pollable.h */
    /* Relaxed, both: each says "look", and what is looked at has its own order. */
    atomic_bool saw_end;       /* the pollable's thread found that the stream may be at its end */
    atomic_bool knows_end;     /* the caller has been told that it is */
    atomic_bool wants_release; /* acquire met a full hand: a release sets the pollable */

    /* The acquiring thread's. */
    uint64_t last;      /* number of the last frame received or skipped */
    ferry_status final; /* what every further call answers; FERRY_OK: nothing yet;
                           FERRY_NO_PRODUCER: not attached, or it has left */
    uint64_t looked_ns; /* when the producer's lease was last looked at; 0: never */
    bool follow_early;
    ferryi_followed followed;
    bool ended_in_frame; /* the producer was gone in the midst of a frame that we followed */
    uint64_t awaits;     /* as in the record */
    ferryi_copier copier;
    ferryi_watch watch;
    uint64_t taken;              /* bare sender: of what it announced, received or passed over */
    ferryi_bare_set set;         /* bare sender: images that came together */
    ferryi_bare_refused refused; /* bare sender: the newest frame that was */

    /* Relaxed atomics, since release and get_counters come from any thread. */
    _Atomic(uint64_t) first, received, skipped, overrun, retries;
    _Atomic(uint64_t) dropped;                      /* one slot: as the last frame told */
    _Atomic(uint64_t) held;                         /* frames in hand, and FERRYI_HELD_LEFT */
    _Atomic(uint64_t) held_number[FERRY_MAX_SLOTS]; /* in each slot; 0: none, or not whole yet */
    _Atomic(uint64_t) seen;                         /* bare sender: what was announced to us */
    _Atomic(uint64_t) added;                        /* bare sender: images beside the first in it */
    _Atomic(uint64_t) refused_count;                /* bare sender: of the skipped */
};

/* The number in such a word. */
static inline uint64_t ferryi_consumer_held_count(uint64_t held) {
    return held & ~FERRYI_HELD_LEFT;
}

/* When the producer's lease is to be looked at again. */
static inline uint64_t ferryi_consumer_next_look_ns(const ferry_consumer *c) {
    return c->looked_ns + (uint64_t)FERRYI_SLICE_NS;
}

#endif
