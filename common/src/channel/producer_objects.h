/* The objects of a channel as its producer has them: what they hold, for the files that work on
 * them (objects.c, the dialects). */
#ifndef FERRYI_CHANNEL_PRODUCER_OBJECTS_H
#define FERRYI_CHANNEL_PRODUCER_OBJECTS_H

#include "channel/dialect.h"
#include "channel/geometry.h"
#include "platform/event.h"
#include "platform/lease.h"

/* A producer's part of a channel. Must stay at its address. */
struct ferryi_objects {
    ferryi_names names;
    ferryi_sharing sharing;
    const ferryi_dialect *dialect; /* NULL: a native channel */
    uint64_t slot_bytes;           /* dialect: what is in front of the block of a new object */
    uint32_t when_full;            /* FERRYI_WHEN_FULL_..., for the block */
    char producer_name[FERRY_PRODUCER_NAME_MAX + 1]; /* for the block */
    ferryi_geometry
        geometry; /* native: as planned; dialect: of the object that was found or made */
    uint64_t generation;
    bool adopts;   /* dialect: uses what has the name whatever it holds */
    uint32_t made; /* FERRYI_MADE_...; what stands in the block is for processes that bury us */
    ferryi_shm frames, consumers;
    ferryi_leases frames_lease, consumers_lease;
    ferryi_event producer_event, record_event[FERRY_MAX_CONSUMERS];
    void *beside;      /* dialect: what it has beside the object, and only it knows */
    atomic_bool *lost; /* set when a peer has taken memory away; see guard.h */
};

#endif
