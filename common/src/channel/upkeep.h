/* The upkeep that a producer does about once a second, beside sending. */
#ifndef FERRYI_CHANNEL_UPKEEP_H
#define FERRYI_CHANNEL_UPKEEP_H

#include "channel/producer_handle.h"

/* Clears away dead consumers, and sees whether the channel's names still stand for its objects. At
 * most once a second; else it does nothing. Never waits. Returns the time at which it began. The
 * claiming thread's. */
uint64_t ferryi_upkeep_tend(ferry_producer *producer);

#endif
