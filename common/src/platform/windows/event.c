/* Source: CreateEventW, SetEvent, WaitForSingleObject in the Win32 manual. WaitOnAddress, the like
 * of a futex, wakes threads of its own process only. */
#include "../event.h"
#include "../../support/fault.h"

#include <windows.h>

#include "failure.h"
#include "named.h"
#include "timeout.h"

ferry_status ferryi_event_open(ferryi_event *out, const ferryi_shm *shm, unsigned index,
                               _Atomic(uint32_t) *word, unsigned mode, ferry_error *error) {
    wchar_t name[FERRYI_NAMED_LENGTH];
    SECURITY_ATTRIBUTES *security = ferryi_security_of(mode);
    ferryi_named_of(name, shm->name, "event", index, shm->key);
    HANDLE event = security != NULL ? CreateEventW(security, FALSE, FALSE, name) : NULL;
    if (event == NULL && GetLastError() == ERROR_ACCESS_DENIED) /* another user's: not all rights */
        event = OpenEventW(SYNCHRONIZE | EVENT_MODIFY_STATE, FALSE, name);
    if (event == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot open an event of %s", shm->name);
    *out = (ferryi_event){.word = word, .handle = (intptr_t)event};
    return FERRY_OK;
}

bool ferryi_event_set(ferryi_event event) {
    /* E1 pairs with E2: release what was written before the set to the one who takes it. */
    uint32_t before = atomic_exchange_explicit(event.word, FERRYI_EVENT_SET, memory_order_acq_rel);
    if (before != FERRYI_EVENT_SLEEPING)
        return false;
    DWORD saved = GetLastError();
    FERRYI_FAULT("event.set");
    SetEvent((HANDLE)event.handle);
    SetLastError(saved);
    return true;
}

/* Takes a set, if there is one, and leaves the word at rest. */
static bool take(ferryi_event event) {
    /* E2 pairs with E1. */
    return atomic_exchange_explicit(event.word, FERRYI_EVENT_IDLE, memory_order_acq_rel) ==
           FERRYI_EVENT_SET;
}

bool ferryi_event_wait(ferryi_event event, int64_t timeout_ns) {
    uint32_t idle = FERRYI_EVENT_IDLE;
    /* From idle to sleeping in one step. A set before it is seen as "not idle"; a set after it sees
     * "sleeping" and signals the event object, which keeps that for a sleeper who is not there yet.
     * One who has stopped waiting just before leaves the object signalled: the next wait ends at
     * once, for no reason. Relaxed: all accesses to the one word have one order, whatever they ask
     * for; a sleeper hands nothing over, and gets what a setter hands over when it takes the set
     * (E2). */
    if (!atomic_compare_exchange_strong_explicit(event.word, &idle, FERRYI_EVENT_SLEEPING,
                                                 memory_order_relaxed, memory_order_relaxed) &&
        idle == FERRYI_EVENT_SET)
        return take(event);

    FERRYI_FAULT("event.sleeping");
    WaitForSingleObject((HANDLE)event.handle, ferryi_timeout_ms(timeout_ns));
    FERRYI_FAULT("event.awake");
    return take(event);
}

void ferryi_event_close(ferryi_event *event) {
    if (event->word != NULL)
        CloseHandle((HANDLE)event->handle);
    *event = (ferryi_event){.word = NULL};
}
