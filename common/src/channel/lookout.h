/* What an event loop waits on: a bell, and a thread that rings it when there may be news.
 *
 * Both exist only after ferry_consumer_get_pollable; until then, every call here does nothing and
 * answers false. What makes the bell sure is the order of the acquiring thread: it stills the bell
 * and then looks for a frame. News that it does not see ring the bell after that. */
#ifndef FERRYI_CHANNEL_LOOKOUT_H
#define FERRYI_CHANNEL_LOOKOUT_H

#include "channel/consumer_handle.h"

/* Rings the bell. From any thread, also from a signal handler. False: there is none. */
bool ferryi_lookout_ring(ferry_consumer *consumer);

/* Stills the bell; true: it was rung, so that the caller has to look once more. */
bool ferryi_lookout_still(ferry_consumer *consumer);

/* Waits for the bell instead of the consumer's event, on which only one may sleep: true, whatever
 * came of it. False: there is no bell. */
bool ferryi_lookout_wait(ferry_consumer *consumer, int64_t timeout_ns);

/* Whether the thread has seen that the stream may be at its end. */
bool ferryi_lookout_saw_end(ferry_consumer *consumer);

/* The caller has been told how the stream ended: the bell rings for ever, and the thread ends. */
void ferryi_lookout_finish(ferry_consumer *consumer);

/* Whether as many frames are in hand as may be. Then an event loop has nothing to do, whatever is
 * published, and the bell is stilled: the next release rings it. */
bool ferryi_hand_is_full(ferry_consumer *consumer);

/* Ends the thread and closes the bell. ours: not in a forked child, which has no such thread. */
void ferryi_lookout_close(ferry_consumer *consumer, bool ours);

#endif
