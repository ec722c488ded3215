/* Finding a channel and taking a place in it. */
#ifndef FERRYI_CHANNEL_ATTACH_H
#define FERRYI_CHANNEL_ATTACH_H

#include "channel/consumer_handle.h"

/* One attempt to attach to a live producer's channel: FERRY_OK, FERRY_NO_PRODUCER (try again), or
 * what stands in the way. Success opens the gate. On failure nothing is left attached. */
ferry_status ferryi_attach_try(ferry_consumer *consumer, ferry_error *error);

/* Leaves the registry and closes everything. The gate is shut, or nobody else has the handle. */
void ferryi_attach_undo(ferry_consumer *consumer);

#endif
