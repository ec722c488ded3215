/* Named semaphores of 0 or 1, by which programs that know nothing of this library take turns.
 *
 * Contract: any thread. Peers may be killed while they have it, and may write any value: the worst
 * result is a wait that ends too early or lasts for a whole slice (deadline.h). On Linux it is a
 * semaphore of sem_open(3), and stands until a process removes its name; on Windows a semaphore
 * object of at most 1, which goes with the last handle. */
#ifndef FERRYI_PLATFORM_SEMAPHORE_H
#define FERRYI_PLATFORM_SEMAPHORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <frameferry/status.h>

#include "platform/sharing.h"
#include "platform/standing.h"

typedef struct ferryi_semaphore ferryi_semaphore;

/* Makes the semaphore with this value, 0 or 1, or opens it when it exists, whatever its value.
 * *lost is set when a peer has taken its memory away (guard.h), and outlives the handle. Failures
 * as ferryi_signal_event_create; FERRY_FOREIGN names the kind of object that has the name, where
 * the system tells. */
ferry_status ferryi_semaphore_make(ferryi_semaphore **out, const char *name, uint32_t value,
                                   const ferryi_sharing *sharing, atomic_bool *lost,
                                   ferry_error *error);

/* Opens a semaphore. FERRY_NO_PRODUCER: there is none. Otherwise as above. */
ferry_status ferryi_semaphore_open(ferryi_semaphore **out, const char *name,
                                   const ferryi_sharing *sharing, atomic_bool *lost,
                                   ferry_error *error);

/* Waits until its value is above 0, and lowers it by 1: true. False after timeout_ns, or earlier:
 * for no reason (a signal), or since a slice is over. */
bool ferryi_semaphore_wait(ferryi_semaphore *semaphore, int64_t timeout_ns);

/* Raises the value to 1 and wakes a waiter; one that is above 0 stays as it is. */
void ferryi_semaphore_release(ferryi_semaphore *semaphore);

/* Returns the value, at most 1 of which means anything; 0 also where the system does not tell. */
uint32_t ferryi_semaphore_value(ferryi_semaphore *semaphore);

/* Whether a thread waits for it, or was killed while it did. False also where the system does not
 * tell (Windows). */
bool ferryi_semaphore_has_waiter(ferryi_semaphore *semaphore);

/* Whether the name stands for this semaphore, for nothing, or for something else. */
ferryi_standing ferryi_semaphore_standing(const ferryi_semaphore *semaphore);

/* Closes it. With removes, the name goes too if this user has made it with this library, in
 * whatever process, the name still stands for it, and no other process has it open: the last one of
 * several sees to it. NULL in *semaphore is accepted. */
void ferryi_semaphore_close(ferryi_semaphore **semaphore, bool removes);

#endif
