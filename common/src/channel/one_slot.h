/* Copying the newest frame of a channel of one slot, which the producer may overwrite meanwhile. */
#ifndef FERRYI_CHANNEL_ONE_SLOT_H
#define FERRYI_CHANNEL_ONE_SLOT_H

#include "channel/consumer_handle.h"

/* A ferryi_attempt, whose target is a ferry_image. */
ferry_status ferryi_one_slot_copy(ferry_consumer *consumer, void *target);

#endif
