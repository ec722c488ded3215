/* Named manual-reset events, which stay set until they are reset, whoever waits for them.
 *
 * Contract: any thread. On Windows it is an event object. Linux has none: there it is a semaphore
 * of sem_open(3) whose value is 1 while it is set and 0 while it is not, so that a ported program
 * waits by sem_wait(3) and a sem_post(3) behind it, and resets by sem_trywait(3). Peers may write
 * any value: the worst result is a wait that ends too early or lasts for a whole slice
 * (deadline.h). */
#ifndef FERRYI_PLATFORM_MANUAL_EVENT_H
#define FERRYI_PLATFORM_MANUAL_EVENT_H

#include <stdatomic.h>
#include <stdbool.h>

#include <frameferry/status.h>

#include "platform/sharing.h"
#include "platform/standing.h"

typedef struct ferryi_manual_event ferryi_manual_event;

/* Makes the event, set or not, or opens it when it exists, as it is. *lost is set when a peer has
 * taken its memory away (guard.h), and outlives the handle. Failures as ferryi_signal_event_create.
 * FERRY_FOREIGN: another kind of object has the name; on Windows also an auto-reset event, which
 * the sentence says. */
ferry_status ferryi_manual_event_make(ferryi_manual_event **out, const char *name, bool is_set,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error);

/* Opens an event. FERRY_NO_PRODUCER: there is none. Otherwise as above. */
ferry_status ferryi_manual_event_open(ferryi_manual_event **out, const char *name,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error);

/* Sets it, which all waiters see. */
void ferryi_manual_event_set(ferryi_manual_event *event);

void ferryi_manual_event_reset(ferryi_manual_event *event);

/* Waits until it is set, and leaves it so: true. False after timeout_ns, or earlier: for no reason
 * (a signal), or since a slice is over. */
bool ferryi_manual_event_wait(ferryi_manual_event *event, int64_t timeout_ns);

/* Whether the name stands for this event, for nothing, or for something else. */
ferryi_standing ferryi_manual_event_standing(const ferryi_manual_event *event);

/* Closes it. With removes, as ferryi_semaphore_close. NULL in *event is accepted. */
void ferryi_manual_event_close(ferryi_manual_event **event, bool removes);

#endif
