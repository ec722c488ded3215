/* What happens to the channel, as objects of --json between those of the frames. Without --json, or
 * after standard output has failed, they do nothing. For the main thread. */
#ifndef CONSUMER_EVENTS_H
#define CONSUMER_EVENTS_H

#include "receive.h"

/* A producer was attached to; delivery is what was asked for, a ferry_delivery. */
void events_attached(receiver *r, uint32_t delivery);

/* The producer has been left, and what was received from it is in the totals. status is what ended
 * the receiving. */
void events_detached(receiver *r, ferry_status status);

#endif
