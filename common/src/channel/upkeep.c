/* A producer's upkeep: clearing away dead consumers that stand in nobody's way, keeping the names,
 * and giving back memory that lies idle.
 *
 * On Linux any process that may write to the folder can remove the name of an object that is in
 * use: a session's end that takes all of a user's objects with it, or a program that takes itself
 * for the last to use one. Attached processes do not notice, and newcomers find nothing. A name
 * goes back where the system gives it back; what something else has now is never touched. */
#include "channel/upkeep.h"

#include <frameferry/clock.h>

#include "channel/slots.h"
#include "platform/clock.h"
#include "platform/fault_point.h"
#include "support/bits.h"

#define TEND_NS UINT64_C(1000000000)

/* Whether the name stands, at the latest after this. */
static bool keep(const ferryi_shm *shm, bool may_link, uint64_t *relinked) {
    ferryi_standing standing = ferryi_shm_standing(shm);
    if (standing != FERRYI_NAME_GONE || !may_link)
        return standing == FERRYI_NAME_STANDS;
    if (!ferryi_shm_name_again(shm))
        return false;
    FERRYI_FAULT("tend.named");
    (*relinked)++;
    return true;
}

/* Consumers object first, as always. An object of another program's is not ours to name. */
static uint32_t keep_names(ferry_producer *p, uint64_t *relinked) {
    const ferryi_objects *o = &p->objects;
    bool borrowed = o->dialect != NULL && (o->made & FERRYI_MADE_OBJECT) == 0;
    uint32_t missing = 0;
    if (!keep(&o->consumers, true, relinked))
        missing |= FERRY_NAME_OF_CONSUMERS;
    if (!keep(&o->frames, !borrowed && missing == 0, relinked))
        missing |= FERRY_NAME_OF_FRAMES;
    if (o->dialect != NULL)
        missing |= o->dialect->keep_beside(p, relinked);
    return missing;
}

static void tend(ferry_producer *p, uint64_t now_ns) {
    p->tended_ns = now_ns;
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        ferryi_producer_reclaim(p, i);
    if (ferryi_producer_check_open(p, NULL) != FERRY_OK)
        return; /* the names are gone for good, and no frame comes any more */
    /* Relaxed: a figure. */
    atomic_store_explicit(&p->block->wall_offset_ns, ferryi_clock_wall_offset_ns(),
                          memory_order_relaxed);
    uint64_t relinked = 0;
    uint32_t missing = keep_names(p, &relinked);
    /* Names mostly go together. One that went when it had been looked at already is seen now. */
    if (missing != 0 && missing != p->counters.unlinked_names)
        missing = keep_names(p, &relinked);
    ferryi_lock_take(p->lock);
    p->counters.unlinked_names = missing;
    p->counters.unlinked = ferryi_bits_count(missing);
    p->counters.relinked += relinked;
    ferryi_slots_give_back(p, now_ns);
    ferryi_lock_give(p->lock);
}

uint64_t ferryi_upkeep_tend(ferry_producer *p) {
    uint64_t now_ns = ferry_clock_ns();
    if (now_ns - p->tended_ns >= TEND_NS)
        tend(p, now_ns);
    return now_ns;
}

void ferry_producer_tend(ferry_producer *producer) {
    if (producer != NULL && ferryi_producer_check(producer, NULL) == FERRY_OK)
        ferryi_upkeep_tend(producer);
}
