/* Events of the channel as objects of --json, between those of the frames. Nothing happens without
 * --json, or after standard output has failed. For the main thread. */
#ifndef CONSUMER_EVENTS_H
#define CONSUMER_EVENTS_H

#include "receive.h"

/* The session has attached to a producer. */
void events_attached(receiver *r);

/* The session has left the producer. status is what ended the receiving. */
void events_detached(receiver *r, ferry_status status);

#endif
