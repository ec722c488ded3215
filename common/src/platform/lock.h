/* Mutual exclusion between the threads of one process.
 *
 * Contract: not recursive; never held while waiting for another process. */
#ifndef FERRYI_PLATFORM_LOCK_H
#define FERRYI_PLATFORM_LOCK_H

typedef struct ferryi_lock ferryi_lock;

ferryi_lock *ferryi_lock_new(void); /* NULL: out of memory */
void ferryi_lock_free(ferryi_lock *lock);
void ferryi_lock_take(ferryi_lock *lock);
void ferryi_lock_give(ferryi_lock *lock);

#endif
