/* Which frame a consumer gets next: the newest, each in order, or each as far as a bound lets it.
 */
#ifndef FERRYI_CHANNEL_NEXT_H
#define FERRYI_CHANNEL_NEXT_H

#include "channel/consumer_handle.h"

/* One look for the next whole frame, which is held: a ferryi_attempt, whose target is a
 * ferry_frame.
 */
ferry_status ferryi_next_attempt(ferry_consumer *consumer, void *target);

/* "every": ends the reservation of a frame that is in hand. */
void ferryi_next_advance(ferry_consumer *consumer, uint64_t number);

#endif
