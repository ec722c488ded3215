/* The objects of a channel: making them, taking a dead producer's place, removing their names. */
#ifndef FERRYI_CHANNEL_OBJECTS_H
#define FERRYI_CHANNEL_OBJECTS_H

#include "channel/layout.h"
#include "platform/event.h"
#include "platform/lease.h"
#include "platform/signal_event.h"

/* How often the dialect's event can be made anew. */
enum { FERRYI_COMPANIONS = 8 };

/* What a producer has of a channel. Must stay at its address. */
typedef struct ferryi_objects {
    ferryi_names names;
    ferryi_sharing sharing;
    uint32_t when_full; /* FERRYI_WHEN_FULL_..., for the block */
    ferryi_geometry geometry;
    uint64_t generation;
    bool adopts;   /* dialect: uses what has the name whatever it holds */
    uint32_t made; /* FERRYI_MADE_...; what stands in the block is for those who bury us */
    ferryi_shm frames, consumers;
    ferryi_leases frames_lease, consumers_lease;
    ferryi_event producer_event, record_event[FERRY_MAX_CONSUMERS];
    ferryi_signal_event *event; /* dialect only */
    /* Companions of the event, each of which took its name when that had been removed. Appended
     * under the producer's lock, since commits in other threads set them. */
    ferryi_signal_event *companion[FERRYI_COMPANIONS];
    _Atomic(uint32_t) companions;
    atomic_bool *lost; /* set when a peer has taken memory away; see guard.h */
} ferryi_objects;

/* Adds to the sentence of FERRY_NO_SPACE what can be done about it besides finding more space: a
 * native channel may have fewer or smaller slots, and one of the dialect always has the same one.
 * Returns status, whatever it is. */
ferry_status ferryi_objects_advise(const ferryi_geometry *geometry, ferry_status status,
                                   ferry_error *error);

/* Makes the objects for a new generation and gives them their names. names, sharing, when_full,
 * geometry (object_bytes 0: dialect), adopts and lost are set by the caller, everything else is
 * zero. What a dead producer left under the names is removed, in the dialect it is used again.
 * FERRY_BUSY: a live producer has the channel. FERRY_FOREIGN: something else has one of the names.
 * On failure nothing is left behind. */
ferry_status ferryi_objects_make(ferryi_objects *objects, ferry_error *error);

/* Tells the consumers that no more frames will come, once they are woken. */
void ferryi_objects_announce_end(ferryi_objects *objects);

/* Removes the names and closes everything. In the dialect the names stay as long as somebody else
 * uses the object. */
void ferryi_objects_end(ferryi_objects *objects);

/* Closes everything and touches nothing that others see: for a forked child. */
void ferryi_objects_abandon(ferryi_objects *objects);

/* Removes the names of a channel whose producer is dead or gone. In the dialect only what our
 * producers made, and only when nobody uses it any more. FERRY_OK also when there was nothing to
 * do, FERRY_BUSY when a producer lives, FERRY_FOREIGN. */
ferry_status ferryi_objects_bury(const ferryi_names *names, const ferryi_sharing *sharing,
                                 ferry_error *error);

/* The same for a consumer that leaves a channel of the dialect, where it counts who goes last:
 * waits up to a tenth of a second for others that are just leaving too. borrowed: the object is not
 * ours, and only what we put beside it goes. */
void ferryi_objects_bury_dialect(const ferryi_names *names, const ferryi_sharing *sharing,
                                 bool borrowed);

#endif
