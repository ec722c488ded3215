/* Choosing the slot that a frame goes into, and giving back the memory of those that lie idle. */
#ifndef FERRYI_CHANNEL_SLOTS_H
#define FERRYI_CHANNEL_SLOTS_H

#include "channel/rotation.h"

/* The result of a look for a slot. */
typedef struct ferryi_choice {
    uint32_t slot;    /* FERRYI_NO_SLOT: none */
    uint64_t cold_ns; /* without a slot: FERRYI_NEVER, all are in use; else some are free, but cold,
                         and the claim waits for a warm one, and looks again then at the latest */
} ferryi_choice;

/* Takes a free slot that has, or can get, the memory. A bounded consumer (ferryi_record.max_lag)
 * keeps a slot only as long as another one is free. FERRY_OK, also if there is none; or
 * FERRY_NO_SPACE: some are free, but there is no memory for them. Called under the lock. */
ferry_status ferryi_slots_choose(ferry_producer *producer, const ferryi_request *request,
                                 ferryi_choice *choice, ferry_error *error);

/* Gives the memory of slots back that have not been filled for some seconds and that no consumer
 * wants. Called under the lock, about once a second. */
void ferryi_slots_give_back(ferry_producer *producer, uint64_t now_ns);

#endif
