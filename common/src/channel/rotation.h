/* How frames go round the slots, and whether a claim waits for a slot that was filled a moment ago.
 *
 * A ring of three slots lets both sides work at once. A producer that is quicker than its consumers
 * would walk through all slots all the same, and each frame would meet a slot that has left the
 * cache, or new memory, which is 10 to 40 times as slow. So a claim may wait for a warm slot while
 * a cold one is free. docs/decisions/0053 has the bounds, docs/performance.md the figures. */
#ifndef FERRYI_CHANNEL_ROTATION_H
#define FERRYI_CHANNEL_ROTATION_H

#include "channel/producer_handle.h"
#include "support/bits.h"

/* Of smaller frames the caches keep all slots, or enough of them. */
#define FERRYI_SMALL_FRAME_BYTES 1310720u

/* A claim that looks for a slot. */
typedef struct ferryi_request {
    uint64_t pixel_bytes;
    uint64_t begun_ns, now_ns; /* of the claim, and of this look */
    bool can_wait;             /* it sleeps and looks again when it gets none */
} ferryi_request;

/* Whether a slot is one that frames go through now: one of the lowest, which they come back to, or,
 * while consumers hold these, one that was claimed as lately as a ring needs. Slots whose claims
 * are open do not go round. Called under the lock, as all of these. */
static inline bool ferryi_rotation_is_warm(const ferry_producer *p, uint32_t slot) {
    uint64_t turn = p->slot[slot].turn;
    return slot < FERRYI_RING_SLOTS ||
           (turn != 0 &&
            p->rotation.turns - turn < FERRYI_RING_SLOTS + ferryi_bits_count(p->open_claims));
}

/* Notes down that a slot has been claimed. */
static inline void ferryi_rotation_advance(ferry_producer *p, uint32_t slot, uint64_t now_ns) {
    ferryi_rotation *r = &p->rotation;
    r->turns++;
    r->turn_ns[r->turns % FERRYI_TURNS] = now_ns;
    p->slot[slot].turn = r->turns;
}

/* Notes down that a slot has got its memory: bytes more than before, in took_ns. */
void ferryi_rotation_note_memory(ferry_producer *producer, uint32_t slot, uint64_t bytes,
                                 uint64_t took_ns);

/* When a claim that waits for a warm slot looks again, while a cold one is free; 0: it takes the
 * cold one. wanted: the frame that the slowest consumer of every frame wants next; it has work
 * until then. */
uint64_t ferryi_rotation_wait_until(ferry_producer *producer, const ferryi_request *request,
                                    uint64_t wanted);

#endif
