/* The named auto-reset event that programs of a single-slot dialect wait on.
 *
 * Contract: set wakes one waiter, or is kept until one comes; several sets count as one. There may
 * be waiters and setters that are not ours. On Linux this is a named semaphore whose value stays 0
 * or 1, on Windows an event object. A peer may write any value into the semaphore: the worst
 * result is a wait that ends too early or lasts for a whole slice. */
#ifndef FERRYI_PLATFORM_SIGNAL_EVENT_H
#define FERRYI_PLATFORM_SIGNAL_EVENT_H

#include <frameferry/status.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/sharing.h"
#include "platform/standing.h"

typedef struct ferryi_signal_event ferryi_signal_event;

/* Makes the event, or opens it when it exists: *created says which. *lost is set when a peer has
 * taken its memory away (see guard.h) and must outlive the handle. FERRY_FOREIGN: something else
 * has the name. FERRY_NOT_ALLOWED: sharing does not let this process use what has it, or permission
 * is denied. FERRY_NO_SPACE. FERRY_NOT_SUPPORTED: this system's events cannot be used. */
ferry_status ferryi_signal_event_create(ferryi_signal_event **out, const char *name,
                                        const ferryi_sharing *sharing, bool *created,
                                        atomic_bool *lost, ferry_error *error);

/* Opens an event. FERRY_NO_PRODUCER: there is none. Otherwise as above. */
ferry_status ferryi_signal_event_open(ferryi_signal_event **out, const char *name,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error);

/* Shares an event that has its name already, as ferryi_shm_share. */
ferry_status ferryi_signal_event_share(const ferryi_signal_event *event,
                                       const ferryi_sharing *sharing, ferry_error *error);

void ferryi_signal_event_set(ferryi_signal_event *event);

/* Whether it is set. This look does not take it. */
bool ferryi_signal_event_is_set(ferryi_signal_event *event);

/* Resets it; how often it was set since it was taken last, where that is counted: setters that are
 * not ours count as they like. 0: not at all. Never waits. */
uint32_t ferryi_signal_event_take_all(ferryi_signal_event *event);

/* Waits until it is set, and resets it: true. False after timeout_ns, or earlier: for no reason (a
 * signal), or since a slice is over (deadline.h). */
bool ferryi_signal_event_wait(ferryi_signal_event *event, int64_t timeout_ns);

/* Whether the name stands for this event, for nothing, or for something else. */
ferryi_standing ferryi_signal_event_standing(const ferryi_signal_event *event, const char *name);

/* Gives the event the name once more, which somebody has taken from it. False as in
 * ferryi_shm_name_again. */
bool ferryi_signal_event_name_again(const ferryi_signal_event *event, const char *name);

/* Whether this library made it, in this process or another one. Where an event goes with its last
 * user, this does not matter, and the answer is false. */
bool ferryi_signal_event_is_ours(const ferryi_signal_event *event);

void ferryi_signal_event_close(ferryi_signal_event **event);

/* Removes the name if it stands for this event. */
void ferryi_signal_event_remove_this(const ferryi_signal_event *event, const char *name);

/* Removes the name if what has it was made by this library, for this user. Whether that was so. */
bool ferryi_signal_event_remove(const char *name);

/* The same, if no process has it open either: for an event that a producer has left behind and no
 * process knows any more. */
bool ferryi_signal_event_remove_unused(const char *name);

/* Whether what has the name was made by this library, for this user, and stays when its last user
 * ends. Opens it for a moment, for reading. */
bool ferryi_signal_event_is_left(const char *name);

#endif
