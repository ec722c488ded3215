/* The pollable of a producer: a descriptor or handle for event loops, and a thread that sets it
 * when a slot may be free and when a consumer came or went. bell.h says how no news is lost. */
#ifndef FERRYI_CHANNEL_PRODUCER_POLLABLE_H
#define FERRYI_CHANNEL_PRODUCER_POLLABLE_H

#include "channel/producer_handle.h"

/* Sets it. From any thread, also from a signal handler. False: there is none. */
bool ferryi_producer_pollable_set(ferry_producer *producer);

/* Clears it; true: it was set, so that the caller has to look once more. */
bool ferryi_producer_pollable_clear(ferry_producer *producer);

/* Sleeps until there is news, the deadline comes, or a slice is over: on the pollable, if there is
 * one, since its thread is the one that sleeps on the producer's event. */
void ferryi_producer_pollable_sleep(ferry_producer *producer, uint64_t deadline_ns);

/* Ends the thread and closes the pollable, before the objects go. ours: not in a forked child. */
void ferryi_producer_pollable_close(ferry_producer *producer, bool ours);

#endif
