/* Slots in a consumer's hand. */
#ifndef FERRYI_CHANNEL_HOLD_H
#define FERRYI_CHANNEL_HOLD_H

#include "channel/consumer_handle.h"

/* Holds a slot and fills in the frame, if the slot still has that number. FERRY_OVERTAKEN: it has
 * not. FERRY_MALFORMED. The acquiring thread's. */
ferry_status ferryi_hold_take(ferry_consumer *consumer, uint64_t number, uint32_t slot,
                              ferry_frame *frame);

/* Whether a slot can be held. False: a frame where none can be, since it does not exist, or we hold
 * it and it is not filled anew. The acquiring thread's. */
bool ferryi_hold_can_begin(const ferry_consumer *consumer, uint32_t slot);

/* Ends the hold of a slot. Any thread. False: a peer has taken memory away. */
bool ferryi_hold_end(ferry_consumer *consumer, uint32_t slot);

/* Gives the record back to the registry, unless another thread does or has done that, or there is
 * none. When no frame is in hand. Any thread. */
void ferryi_hold_give_record_up(ferry_consumer *consumer);

/* Whether a frame is whole and has not been given back. Any thread. */
bool ferryi_hold_has(const ferry_consumer *consumer, const ferry_frame *frame);

/* Whether as many frames are in hand as may be. Then an event loop has nothing to do, whatever is
 * published, and the pollable is cleared: the next release sets it. */
bool ferryi_hold_is_full(ferry_consumer *consumer);

/* Whether a frame is the one that is followed, and not known to be whole yet. */
bool ferryi_hold_is_followed(const ferry_consumer *consumer, const ferry_frame *frame);

/* Gives it back: FERRY_ABANDONED, or FERRY_MALFORMED. FERRY_INVALID_ARGUMENT: it is not that one.
 */
ferry_status ferryi_hold_end_followed(ferry_consumer *consumer, ferry_frame *frame);

#endif
