/* The pollable of a consumer: a descriptor or handle for event loops, and a thread that sets it
 * when there may be news, as long as the consumer is attached to a stream that goes on.
 *
 * Both exist only after ferry_consumer_get_pollable; until then, every call here does nothing and
 * answers false. No news is lost, by the order of the acquiring thread: it clears the pollable and
 * then looks for a frame. News that it does not see set the pollable after that. */
#ifndef FERRYI_CHANNEL_CONSUMER_POLLABLE_H
#define FERRYI_CHANNEL_CONSUMER_POLLABLE_H

#include "channel/consumer_handle.h"

/* Sets it. From any thread, also from a signal handler. False: there is none. */
bool ferryi_consumer_pollable_set(ferry_consumer *consumer);

/* Clears it; true: it was set, so that the caller has to look once more. */
bool ferryi_consumer_pollable_clear(ferry_consumer *consumer);

/* Waits for it instead of the consumer's event, on which only one may sleep: true, whatever came of
 * it. False: there is none. */
bool ferryi_consumer_pollable_wait(ferry_consumer *consumer, int64_t timeout_ns);

/* Whether the thread has seen that the stream may be at its end. */
bool ferryi_consumer_pollable_saw_end(ferry_consumer *consumer);

/* The caller has been told how the stream ended: the pollable stays set, and the thread ends. */
void ferryi_consumer_pollable_finish(ferry_consumer *consumer);

/* Ends the thread, which uses what attaching has set: before that goes. The pollable stays. */
void ferryi_consumer_pollable_rest(ferry_consumer *consumer);

/* Starts the thread anew, if there is a pollable, and sets that. On failure there is no thread. */
ferry_status ferryi_consumer_pollable_resume(ferry_consumer *consumer, ferry_error *error);

/* Ends the thread and closes the pollable. ours: not in a forked child, which has no such thread.
 */
void ferryi_consumer_pollable_close(ferry_consumer *consumer, bool ours);

#endif
