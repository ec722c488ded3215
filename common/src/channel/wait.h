/* Waiting for what an attempt finds, until time is over or the stream ends. The acquiring thread's.
 */
#ifndef FERRYI_CHANNEL_WAIT_H
#define FERRYI_CHANNEL_WAIT_H

#include "channel/consumer_handle.h"

/* Whether the handle can be used: FERRY_OK, FERRY_FORKED, or what every call answers from now on.
 */
ferry_status ferryi_wait_check(const ferry_consumer *consumer);

/* Repeats an attempt until it has what it wants, the stream ends, or time is over. */
ferry_status ferryi_wait_for(ferry_consumer *consumer, int64_t timeout_ns, ferryi_attempt *attempt,
                             void *target);

/* For loops that repeat such a call: how the stream has ended, if it has, looked at once a slice;
 * FERRY_OK until then. */
ferry_status ferryi_wait_look(ferry_consumer *consumer);

/* Makes a status that stays so, if this is one, what every further call answers; returns it. */
ferry_status ferryi_wait_conclude(ferry_consumer *consumer, ferry_status status);

#endif
