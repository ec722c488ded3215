/* Whether the producer of the channel that a consumer is attached to lives. Any thread. */
#ifndef FERRYI_CHANNEL_LIVENESS_H
#define FERRYI_CHANNEL_LIVENESS_H

#include "channel/consumer_handle.h"

/* Whether the producer's lease is held. */
bool ferryi_liveness_has_producer(const ferry_consumer *consumer);

/* Whether a producer lives and says that it is running. There is a block. */
bool ferryi_liveness_is_running(const ferry_consumer *consumer);

/* Whether the producer is dead, has ended the stream, or has been replaced. There is a block. */
bool ferryi_liveness_has_ended(const ferry_consumer *consumer);

#endif
