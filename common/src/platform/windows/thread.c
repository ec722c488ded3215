/* Source: _beginthreadex in the manual of the C run-time library; Slim Reader/Writer Locks,
 * Condition Variables, GetProcessAffinityMask in the Win32 manual. */
#include <frameferry/thread.h>

#include <process.h>
#include <stdlib.h>
#include <windows.h>

#include <frameferry/frame.h>

#include "platform/windows/timeout.h"

struct ferryi_thread {
    HANDLE handle;
    void (*run)(void *argument);
    void *argument;
};

struct ferryi_mutex {
    SRWLOCK lock;
};

struct ferryi_condition {
    CONDITION_VARIABLE condition;
};

static unsigned __stdcall begin(void *argument) {
    ferryi_thread *thread = argument;
    thread->run(thread->argument);
    return 0;
}

bool ferryi_thread_start(ferryi_thread **out, void (*run)(void *argument), void *argument) {
    ferryi_thread *thread = malloc(sizeof *thread);
    if (thread == NULL)
        return false;
    thread->run = run;
    thread->argument = argument;
    thread->handle = (HANDLE)_beginthreadex(NULL, 0, begin, thread, 0, NULL);
    if (thread->handle == NULL) {
        free(thread);
        return false;
    }
    *out = thread;
    return true;
}

void ferryi_thread_join(ferryi_thread **thread) {
    if (*thread == NULL)
        return;
    WaitForSingleObject((*thread)->handle, INFINITE);
    CloseHandle((*thread)->handle);
    free(*thread);
    *thread = NULL;
}

unsigned ferryi_host_core_count(void) {
    DWORD_PTR mine = 0, all = 0;
    unsigned count = 0;
    /* No more than 64, the processors of one group: a process stays in one unless it asks. */
    if (GetProcessAffinityMask(GetCurrentProcess(), &mine, &all))
        for (; mine != 0; mine &= mine - 1)
            count++;
    return count < 1 ? 1 : count;
}

ferryi_mutex *ferryi_mutex_new(void) {
    ferryi_mutex *mutex = malloc(sizeof *mutex);
    if (mutex != NULL)
        InitializeSRWLock(&mutex->lock);
    return mutex;
}

void ferryi_mutex_free(ferryi_mutex *mutex) {
    free(mutex);
}

void ferryi_mutex_lock(ferryi_mutex *mutex) {
    AcquireSRWLockExclusive(&mutex->lock);
}

void ferryi_mutex_unlock(ferryi_mutex *mutex) {
    ReleaseSRWLockExclusive(&mutex->lock);
}

ferryi_mutex *ferryi_mutex_for_messages(void) {
    static ferryi_mutex messages = {.lock = SRWLOCK_INIT};
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

void ferryi_condition_wait(ferryi_condition *condition, ferryi_mutex *mutex) {
    SleepConditionVariableSRW(&condition->condition, &mutex->lock, INFINITE, 0);
}

bool ferryi_condition_wait_until(ferryi_condition *condition, ferryi_mutex *mutex,
                                 uint64_t deadline_ns) {
    uint64_t now_ns = ferry_clock_ns();
    int64_t left_ns = deadline_ns > now_ns ? (int64_t)(deadline_ns - now_ns) : 0;
    return SleepConditionVariableSRW(&condition->condition, &mutex->lock,
                                     ferryi_timeout_ms(left_ns), 0) ||
           ferry_clock_ns() < deadline_ns;
}

void ferryi_condition_signal(ferryi_condition *condition) {
    WakeConditionVariable(&condition->condition);
}

void ferryi_condition_broadcast(ferryi_condition *condition) {
    WakeAllConditionVariable(&condition->condition);
}
