/* Being attached to a channel: beginning that, leaving, ending it. The acquiring thread's. */
#ifndef FERRYI_CHANNEL_MEMBERSHIP_H
#define FERRYI_CHANNEL_MEMBERSHIP_H

#include "channel/consumer_handle.h"

/* Waits for a producer, and attaches. Nothing is attached yet. Statuses are those of
 * ferry_consumer_attach; after a failure nothing of the handle is open but its pollable. */
ferry_status ferryi_membership_begin(ferry_consumer *consumer, int64_t timeout_ns,
                                     ferry_error *error);

/* Detaches, if there is something to detach from, and removes the names of a dead producer. No
 * frame in hand is used any more. */
void ferryi_membership_end(ferry_consumer *consumer);

/* Closes everything and touches nothing that others see: for a forked child. */
void ferryi_membership_forget(ferry_consumer *consumer);

#endif
