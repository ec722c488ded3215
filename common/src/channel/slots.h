/* Choosing the slot that a frame goes into, and giving back the memory of those that lie idle. */
#ifndef FERRYI_CHANNEL_SLOTS_H
#define FERRYI_CHANNEL_SLOTS_H

#include "channel/producer_handle.h"

/* Takes a free slot that has, or can get, the memory: *slot, or FERRYI_NO_SLOT when all are in use.
 * A bounded consumer (ferryi_record.max_lag) keeps a slot only as long as another one is free.
 * FERRY_NO_SPACE: some are free, but there is no memory for them. Called under the lock. */
ferry_status ferryi_slots_choose(ferry_producer *producer, uint64_t pixel_bytes, uint32_t *slot,
                                 ferry_error *error);

/* Gives the memory of slots back that have not been filled for some seconds and that no consumer
 * wants. Called under the lock, about once a second. */
void ferryi_slots_give_back(ferry_producer *producer, uint64_t now_ns);

#endif
