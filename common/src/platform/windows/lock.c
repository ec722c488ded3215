/* Source: Slim Reader/Writer Locks in the Win32 manual. */
#include "../lock.h"

#include <stdlib.h>
#include <windows.h>

struct ferryi_lock {
    SRWLOCK lock;
};

ferryi_lock *ferryi_lock_new(void) {
    ferryi_lock *lock = malloc(sizeof *lock);
    if (lock != NULL)
        InitializeSRWLock(&lock->lock);
    return lock;
}

void ferryi_lock_free(ferryi_lock *lock) {
    free(lock);
}

void ferryi_lock_take(ferryi_lock *lock) {
    AcquireSRWLockExclusive(&lock->lock);
}

void ferryi_lock_give(ferryi_lock *lock) {
    ReleaseSRWLockExclusive(&lock->lock);
}
