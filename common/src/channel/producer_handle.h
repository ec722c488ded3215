/* The inside of a producer handle, which the files of the sending side share; README.md has them in
 * the order in which they are best read. */
#ifndef FERRYI_CHANNEL_PRODUCER_HANDLE_H
#define FERRYI_CHANNEL_PRODUCER_HANDLE_H

#include <string.h>

#include <frameferry/producer.h>

#include "channel/bell.h"
#include "channel/copier.h"
#include "channel/producer_objects.h"
#include "channel/registry.h"
#include "platform/event_watch.h"
#include "platform/lock.h"
#include "platform/self.h"
#include "support/deadline.h"

#define FERRYI_NO_SLOT UINT32_MAX

/* The part of a frame's description that says how its pixels are to be read: all that is in front
 * of the flags, which are numbers of 32 bits without gaps. */
enum { FERRYI_SHAPE_WORDS = offsetof(ferry_frame_info, flags) / sizeof(uint32_t) };
typedef struct ferryi_shape {
    uint32_t word[FERRYI_SHAPE_WORDS];
} ferryi_shape;

/* The producer's own record of a slot. It acts on this and never on what it wrote into shared
 * memory, where others could have changed it. */
typedef struct ferryi_slot {
    uint64_t frame;     /* number held; 0: none */
    uint64_t fills;     /* times that filling it has begun */
    uint64_t reserved;  /* bytes made available from the slot's start on */
    uint64_t turn;      /* the rotation's, when it was claimed last; 0: never */
    ferryi_shape shape; /* as it was claimed for, or as consumers have been shown it: complete */
    uint64_t seen_fills, seen_ns; /* the fills that was found last, and when it was new */
} ferryi_slot;

/* The producer's record of an "every" consumer that stands in the way. Only going forward
 * counts as moving: a consumer that goes to and fro, or poses as another one time and again, stands
 * still.
 */
typedef struct ferryi_stall {
    uint64_t join_id; /* whose; 0: nobody's */
    uint64_t reached; /* the farthest that it stood in the way */
    uint64_t since_ns;
    uint64_t evicted; /* join_id of the one evicted */
    uint32_t lives;   /* new join_ids since it went forward */
} ferryi_stall;

/* How frames go round the slots; rotation.h. A ring needs three: one is being filled, one is wanted
 * next, and one is being read. */
enum { FERRYI_RING_SLOTS = 3, FERRYI_TURNS = 8 };
typedef struct ferryi_rotation {
    uint64_t turns;                 /* claims that got a slot */
    uint64_t turn_ns[FERRYI_TURNS]; /* when the last ones did; the place is turn % FERRYI_TURNS */
    uint64_t memory_mib_ns;         /* the least that a MiB of new memory took; 0: not known */
    uint64_t grown_turn[FERRYI_RING_SLOTS]; /* in which the first, second and third slot of the
                                               present size got their memory */
    uint64_t stood_at; /* what the slowest consumer wanted when waiting for it had been
                          in vain; 0: nothing */
} ferryi_rotation;

/* The claim that is shown early. */
typedef struct ferryi_shown {
    uint32_t slot;   /* FERRYI_NO_SLOT: there is none */
    uint32_t filled; /* bytes, as announced */
    uint32_t length_bytes;
} ferryi_shown;

struct ferry_producer {
    ferryi_objects objects;
    ferryi_block *block;
    ferryi_consumers *consumers;
    uint32_t fork_count;
    uint32_t when_full;
    int64_t full_timeout_ns;
    int64_t stall_limit_ns;
    uint64_t early_bytes; /* send shows frames of this many bytes or more early; 0: none */

    ferryi_bell_place pollable; /* producer_pollable.h */

    atomic_bool lost;          /* a peer has taken memory away */
    atomic_bool interrupted;   /* ferry_producer_interrupt; taken by the call that it ends */
    atomic_bool ended;         /* the stream is at its end; set under the lock, never taken back */
    _Atomic(uint64_t) wakeups; /* for the counters; relaxed: a figure, not under the lock */

    /* The claiming thread's. */
    ferryi_stall stall[FERRY_MAX_CONSUMERS];
    ferryi_copier copier;
    ferryi_watch watch;
    uint64_t looked_ns; /* when the leases of those in the way were last looked at */
    uint64_t tended_ns; /* when all leases and the names were */

    /* Under lock, since commit and abort come from any thread. */
    ferryi_lock *lock;
    ferryi_slot slot[FERRY_MAX_SLOTS];
    uint64_t open_claims; /* mask of slots */
    uint64_t kept;        /* mask of slots that were committed, and are not let go yet */
    bool wants_slot;      /* the last claim found none: it may be asleep */
    bool keeps_memory;    /* the system cannot give the memory of single slots back */
    uint64_t head;
    uint32_t newest; /* slot of frame head, or FERRYI_NO_SLOT */
    ferryi_rotation rotation;
    ferryi_shown shown;
    ferry_producer_counters counters;
};

/* Why a handle cannot be used: FERRY_FORKED or FERRY_MALFORMED. */
ferry_status ferryi_producer_refuse(const ferry_producer *producer, ferry_error *error);

/* FERRY_OK, or that: whether the handle can be used. Inline, since each frame passes it more than
 * once. */
static inline ferry_status ferryi_producer_check(const ferry_producer *p, ferry_error *error) {
    /* Relaxed: set by the signal handler of this thread, or of one that meets it anyway. */
    if (p->fork_count == ferryi_self_fork_count() &&
        !atomic_load_explicit(&p->lost, memory_order_relaxed))
        return FERRY_OK;
    return ferryi_producer_refuse(p, error);
}

/* Says that the stream has ended: FERRY_END_OF_STREAM. */
ferry_status ferryi_producer_refuse_more(const ferry_producer *producer, ferry_error *error);

/* FERRY_OK, or that, after ferry_producer_end: whether frames can still be published. The answer of
 * a call under the lock stays true until it gives the lock. Inline, as above. */
static inline ferry_status ferryi_producer_check_open(const ferry_producer *p, ferry_error *error) {
    /* Relaxed: under the lock, or in the thread that ended the stream. */
    if (!atomic_load_explicit(&p->ended, memory_order_relaxed))
        return FERRY_OK;
    return ferryi_producer_refuse_more(p, error);
}

/* Takes the interruption, if there is one. */
bool ferryi_producer_take_interrupt(ferry_producer *producer);

/* Clears away a dead consumer: true when there was one. */
bool ferryi_producer_reclaim(ferry_producer *producer, uint32_t index);

/* The number of the newest frame, which a commit in another thread may be raising. */
uint64_t ferryi_producer_head(ferry_producer *producer);

/* Whether the last claim found no slot. */
bool ferryi_producer_wants_slot(ferry_producer *producer);

/* As ferryi_info_complete. FERRY_NOT_SUPPORTED for a compressed frame in a channel of a dialect,
 * whose programs would take its bytes for pixels. */
ferry_status ferryi_producer_complete(const ferry_producer *p, ferry_frame_info *info,
                                      uint64_t capacity_bytes, ferry_error *error);

/* Whether the consumer that has a record now was evicted. */
bool ferryi_producer_has_evicted(const ferry_producer *producer, uint32_t index);

/* Sets the events of all attached consumers. */
void ferryi_producer_wake_all(ferry_producer *producer);

/* Whether a claim is one of ours and open, and no copy of one that was. Called under the lock. */
static inline bool ferryi_claim_is_open(const ferry_producer *p, const ferry_claim *claim) {
    return claim->pixels != NULL && claim->slot < p->objects.geometry.slots &&
           (p->open_claims >> claim->slot & 1) != 0 && p->slot[claim->slot].fills == claim->id;
}

/* Whether a claim is one of ours that was committed to be kept, and has not been let go. Called
 * under the lock. */
static inline bool ferryi_claim_is_kept(const ferry_producer *p, const ferry_claim *claim) {
    return claim->pixels != NULL && claim->slot < p->objects.geometry.slots &&
           (p->kept >> claim->slot & 1) != 0 && p->slot[claim->slot].fills == claim->id;
}

static inline ferryi_shape ferryi_shape_of(const ferry_frame_info *info) {
    ferryi_shape shape;
    memcpy(shape.word, info, sizeof shape.word);
    return shape;
}

/* Whether a claim still is what its slot was claimed for, or what has been shown of it. Without an
 * early end, so that it takes a few vectors: nearly all are. */
static inline bool ferryi_claim_keeps_shape(const ferry_producer *p, const ferry_claim *claim) {
    const ferryi_shape *shape = &p->slot[claim->slot].shape, now = ferryi_shape_of(&claim->info);
    uint32_t differences = 0;
    for (size_t i = 0; i < FERRYI_SHAPE_WORDS; i++)
        differences |= shape->word[i] ^ now.word[i];
    return differences == 0;
}

#endif
