/* The counters of a consumer, for its caller and for the producer's list. The sum in
 * ferry_consumer_counters holds at any moment. */
#ifndef FERRYI_CHANNEL_COUNTING_H
#define FERRYI_CHANNEL_COUNTING_H

#include "channel/consumer_handle.h"

/* Counts a frame as received, and those between it and the last one as skipped; returns how many
 * these are. The acquiring thread's. */
uint64_t ferryi_counting_received(ferry_consumer *consumer, uint64_t number);

/* Counts a frame that was received as skipped: it was overwritten while it was held. Any thread. */
void ferryi_counting_overrun(ferry_consumer *consumer);

#endif
