/* Mutual exclusion between the threads of one process, and waiting for one another.
 *
 * Contract: not recursive; never held while waiting for another process. */
#ifndef FERRYI_PLATFORM_LOCK_H
#define FERRYI_PLATFORM_LOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct ferryi_lock ferryi_lock;

ferryi_lock *ferryi_lock_new(void);       /* NULL: out of memory */
void ferryi_lock_free(ferryi_lock *lock); /* nobody has it; NULL is accepted */
void ferryi_lock_take(ferryi_lock *lock);
void ferryi_lock_give(ferryi_lock *lock);

/* A lock that is always there and is never freed, for messages: they have to work when nothing else
 * does. */
ferryi_lock *ferryi_lock_for_messages(void);

typedef struct ferryi_condition ferryi_condition;

ferryi_condition *ferryi_condition_new(void);            /* NULL: out of memory */
void ferryi_condition_free(ferryi_condition *condition); /* nobody waits; NULL is accepted */

/* Gives the lock, which the caller has, sleeps until the condition is signalled, and takes the lock
 * again. May return for no reason: the caller looks again at what it waits for. */
void ferryi_condition_wait(ferryi_condition *condition, ferryi_lock *lock);

/* The same, but not beyond a time on ferry_clock_ns: false when that has come. */
bool ferryi_condition_wait_until(ferryi_condition *condition, ferryi_lock *lock,
                                 uint64_t deadline_ns);

void ferryi_condition_signal(ferryi_condition *condition);    /* wakes at least one that waits */
void ferryi_condition_broadcast(ferryi_condition *condition); /* wakes all that wait */

#endif
