/* Frames that are read while they are written. */
#ifndef FERRYI_CHANNEL_FOLLOW_H
#define FERRYI_CHANNEL_FOLLOW_H

#include "channel/consumer_handle.h"

/* Copies the next frame, beginning before it is whole where that is possible. */
ferry_status ferryi_follow_copy(ferry_consumer *consumer, int64_t timeout_ns, ferry_image *image,
                                ferry_error *error);

#endif
