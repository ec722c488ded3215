/* Slots that lie idle, without waiting for it. */
#ifndef FERRY_TEST_IDLE_SUPPORT_H
#define FERRY_TEST_IDLE_SUPPORT_H

#include "channel/producer_handle.h"
#include "channel/slots.h"

/* Does what the producer's sweep does when nothing has been filled for long: the slots that nobody
 * holds or wants give their memory back. Each has a page more than its frame takes, so that there
 * is one to give. Called by the thread that claims, of a channel whose slots have two pages. */
static inline void give_idle_back(ferry_producer *p) {
    const ferryi_geometry *g = &p->objects.geometry;
    uint64_t least = FERRY_HEADER_BYTES + FERRYI_SHM_PAGE;
    ferryi_lock_take(p->lock);
    for (uint32_t i = 0; i < g->slots; i++) {
        ferryi_slot *s = &p->slot[i];
        s->seen_fills = s->fills;
        s->seen_ns = 0;
        if (s->reserved >= least || s->fills == 0 ||
            ferryi_shm_reserve(&p->objects.frames, ferryi_geometry_slot_offset(g, i), least,
                               NULL) != FERRY_OK)
            continue;
        p->counters.reserved_bytes += least - s->reserved;
        s->reserved = least;
    }
    ferryi_slots_give_back(p, UINT64_MAX / 2);
    ferryi_lock_give(p->lock);
}

#endif
