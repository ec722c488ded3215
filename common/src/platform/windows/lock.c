/* Source: Slim Reader/Writer Locks, Condition Variables in the Win32 manual. */
#include "platform/lock.h"

#include <stdlib.h>
#include <windows.h>

#include <frameferry/clock.h>

#include "platform/windows/timeout.h"

struct ferryi_lock {
    SRWLOCK lock;
};

struct ferryi_condition {
    CONDITION_VARIABLE condition;
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

ferryi_lock *ferryi_lock_for_messages(void) {
    static ferryi_lock messages = {.lock = SRWLOCK_INIT};
    return &messages;
}

ferryi_condition *ferryi_condition_new(void) {
    ferryi_condition *condition = malloc(sizeof *condition);
    if (condition != NULL)
        InitializeConditionVariable(&condition->condition);
    return condition;
}

void ferryi_condition_free(ferryi_condition *condition) {
    free(condition);
}

void ferryi_condition_wait(ferryi_condition *condition, ferryi_lock *lock) {
    SleepConditionVariableSRW(&condition->condition, &lock->lock, INFINITE, 0);
}

bool ferryi_condition_wait_until(ferryi_condition *condition, ferryi_lock *lock,
                                 uint64_t deadline_ns) {
    uint64_t now_ns = ferry_clock_ns();
    int64_t left_ns = deadline_ns > now_ns ? (int64_t)(deadline_ns - now_ns) : 0;
    return SleepConditionVariableSRW(&condition->condition, &lock->lock, ferryi_timeout_ms(left_ns),
                                     0) ||
           ferry_clock_ns() < deadline_ns;
}

void ferryi_condition_signal(ferryi_condition *condition) {
    WakeConditionVariable(&condition->condition);
}

void ferryi_condition_broadcast(ferryi_condition *condition) {
    WakeAllConditionVariable(&condition->condition);
}
