/* The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/counting.h"

uint64_t ferryi_counting_received(ferry_consumer *c, uint64_t number) {
    uint64_t passed_over = number - c->last - 1;
    c->last = number;
    /* C1 pairs with C2 in consumer.c: a reader that sees a frame counted sees a head that covers
     * it. */
    uint64_t received = atomic_fetch_add_explicit(&c->received, 1, memory_order_release) + 1;
    uint64_t skipped =
        atomic_fetch_add_explicit(&c->skipped, passed_over, memory_order_release) + passed_over;
    /* Relaxed: figures. */
    if (c->record != NULL) {
        atomic_store_explicit(&c->record->received, received, memory_order_relaxed);
        atomic_store_explicit(&c->record->skipped, skipped, memory_order_relaxed);
    }
    return passed_over;
}

void ferryi_counting_overrun(ferry_consumer *c) {
    /* Relaxed: figures. */
    atomic_fetch_add_explicit(&c->overrun, 1, memory_order_relaxed);
    uint64_t received = atomic_fetch_sub_explicit(&c->received, 1, memory_order_relaxed) - 1;
    /* C1, as above: a reader that sees it counted as skipped no longer sees it counted as received.
     */
    uint64_t skipped = atomic_fetch_add_explicit(&c->skipped, 1, memory_order_release) + 1;
    atomic_store_explicit(&c->record->received, received, memory_order_relaxed);
    atomic_store_explicit(&c->record->skipped, skipped, memory_order_relaxed);
}
