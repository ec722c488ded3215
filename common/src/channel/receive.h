/* Frames in place: acquiring and releasing, and what other ways to a frame share with them. */
#ifndef FERRYI_CHANNEL_RECEIVE_H
#define FERRYI_CHANNEL_RECEIVE_H

#include "channel/consumer_handle.h"

/* Takes a frame in place by such an attempt, if one can be taken; checks the arguments. */
ferry_status ferryi_receive_frame(ferry_consumer *consumer, int64_t timeout_ns,
                                  ferryi_attempt *attempt, ferry_frame *frame, ferry_error *error);

/* Copies a frame in hand and gives it back. copier: the handle's, for the acquiring thread; NULL
 * for any other. */
ferry_status ferryi_receive_copy(ferry_consumer *consumer, ferryi_copier *copier,
                                 ferry_frame *frame, ferry_image *image);

#endif
