#include "channel/rotation.h"

#include "support/deadline.h"

enum { MIB_BITS = 20 };

/* ---- the price of new memory ---- */

/* How many slots have as much memory as this one. */
static uint32_t count_as_large(const ferry_producer *p, uint32_t slot) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->objects.geometry.slots; i++)
        count += p->slot[i].reserved >= p->slot[slot].reserved;
    return count;
}

void ferryi_rotation_note_memory(ferry_producer *p, uint32_t slot, uint64_t bytes,
                                 uint64_t took_ns) {
    ferryi_rotation *r = &p->rotation;
    uint32_t has_as_much = count_as_large(p, slot);
    if (has_as_much <= FERRYI_RING_SLOTS)
        r->grown_turn[has_as_much - 1] = r->turns + 1;
    uint64_t mib = bytes >> MIB_BITS;
    if (mib == 0)
        return; /* the call itself takes longer than the memory */
    /* The least that was seen: anything else may have been an interruption. */
    uint64_t mib_ns = took_ns / mib + 1; /* 0: not known */
    if (r->memory_mib_ns == 0 || mib_ns < r->memory_mib_ns)
        r->memory_mib_ns = mib_ns;
}

/* The time that filling a new slot takes, beyond filling a warm one. The system takes about as long
 * again for the first access to each page as for its memory. A system that gives the memory only
 * then has answered at once: no processor clears memory and maps it at more than 10 GB/s. */
static uint64_t price_of_new_slot(const ferryi_rotation *r, uint64_t pixel_bytes) {
    enum { LEAST_MIB_NS = 50000, MOST_MIB_NS = 1000000 };
    uint64_t mib_ns = r->memory_mib_ns;
    mib_ns = mib_ns < LEAST_MIB_NS ? LEAST_MIB_NS : mib_ns > MOST_MIB_NS ? MOST_MIB_NS : mib_ns;
    return 2 * mib_ns * (pixel_bytes >> 10) >> (MIB_BITS - 10);
}

/* ---- waiting for a warm slot ---- */

static uint64_t claimed_ns(const ferryi_rotation *r, uint64_t turn) {
    return r->turn_ns[turn % FERRYI_TURNS];
}

/* Whether frames pass faster than a core reads them (128 GB/s): nobody looks at all of their bytes,
 * no slot gets cold, and what counts is that nobody sleeps. */
static bool pass_unread(const ferryi_rotation *r, uint64_t pixel_bytes) {
    enum { INTERVALS = 4 };
    return r->turns > INTERVALS && claimed_ns(r, r->turns) - claimed_ns(r, r->turns - INTERVALS) <
                                       INTERVALS * (pixel_bytes >> 7);
}

/* A claim waits as long as the claim three before it is no farther back than a new slot costs. So a
 * producer with a pace of its own never waits, unless its last three frames came within that time.
 * One that is as quick is late by that time at most when its consumer stands still: after that no
 * claim waits before the consumer has gone on. */
static uint64_t end_of_patience(const ferryi_rotation *r, const ferryi_request *request) {
    enum { BACK = 3 };
    uint64_t price_ns = price_of_new_slot(r, request->pixel_bytes);
    uint64_t from = r->turns >= BACK ? r->turns + 1 - BACK : 1;
    /* The first frames of a size find new memory, with or without waiting: that does not count. */
    uint64_t prices = 1;
    for (uint32_t i = 0; i < FERRYI_RING_SLOTS; i++)
        prices += r->grown_turn[i] >= from;
    return ferryi_deadline_earlier(claimed_ns(r, from) + prices * price_ns,
                                   request->begun_ns + price_ns);
}

uint64_t ferryi_rotation_wait_until(ferry_producer *p, const ferryi_request *request,
                                    uint64_t wanted) {
    enum { PARTS = 8 };
    ferryi_rotation *r = &p->rotation;
    uint64_t bytes = request->pixel_bytes, now_ns = request->now_ns;
    if (bytes <= FERRYI_SMALL_FRAME_BYTES || p->objects.geometry.slots <= FERRYI_RING_SLOTS ||
        r->turns == 0 || wanted == r->stood_at || pass_unread(r, bytes))
        return 0;
    uint64_t until_ns = end_of_patience(r, request);
    if (request->can_wait && now_ns < until_ns)
        /* Consumers that take frames set no event: they could run dry meanwhile. */
        return ferryi_deadline_earlier(until_ns, now_ns + price_of_new_slot(r, bytes) / PARTS);
    if (now_ns > request->begun_ns || now_ns >= until_ns)
        r->stood_at = wanted;
    return 0;
}
