/* The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/liveness.h"

bool ferryi_liveness_has_producer(const ferry_consumer *c) {
    return ferryi_lease_is_held(&c->frames, FERRYI_LEASE_PRODUCER);
}

/* The lease first: one that takes a dead producer's place stores "starting" before it takes the
 * lease (S3 in objects.c), so that a look that finds its lease does not find the dead one's
 * "running". */
bool ferryi_liveness_is_running(const ferry_consumer *c) {
    /* S2 pairs with S1 and S3 in objects.c. Sequentially consistent for the look after W1: a
     * producer that has ended before it, and has not seen us (W4), is seen to have ended. */
    return ferryi_liveness_has_producer(c) &&
           atomic_load_explicit(&c->block->state, memory_order_seq_cst) == FERRYI_STATE_RUNNING;
}

bool ferryi_liveness_has_ended(const ferry_consumer *c) {
    /* Relaxed: what is done about it goes by the lease. */
    return !ferryi_liveness_is_running(c) ||
           atomic_load_explicit(&c->block->generation, memory_order_relaxed) != c->generation;
}
