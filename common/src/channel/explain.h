/* The sentences beside a status of a consumer's call: what has happened, and what to do. */
#ifndef FERRYI_CHANNEL_EXPLAIN_H
#define FERRYI_CHANNEL_EXPLAIN_H

#include "channel/consumer_handle.h"

/* Fills in the sentence that goes with a status of a receiving call, and returns the status. */
ferry_status ferryi_explain(const ferry_consumer *consumer, ferry_status status,
                            ferry_error *error);

/* FERRY_NOT_SUPPORTED: a consumer of every frame, on a channel of a dialect, which has one slot. */
ferry_status ferryi_explain_one_slot(const ferry_consumer *consumer, const ferryi_dialect *dialect,
                                     ferry_error *error);

#endif
