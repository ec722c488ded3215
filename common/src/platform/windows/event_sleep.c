/* Source: CreateEventW, SetEvent, WaitForSingleObject in the Win32 manual. WaitOnAddress, the like
 * of a futex, wakes threads of its own process only. */
#include "platform/event.h"

#include <windows.h>

#include "platform/windows/failure.h"
#include "platform/windows/named.h"
#include "platform/windows/timeout.h"

ferry_status ferryi_event_open(ferryi_event *out, const ferryi_shm *shm, unsigned index,
                               _Atomic(uint32_t) *word, unsigned mode, ferry_error *error) {
    wchar_t name[FERRYI_NAMED_LENGTH];
    SECURITY_ATTRIBUTES *security = ferryi_named_security(mode);
    ferryi_named_of(name, shm->name, "event", index, shm->key);
    HANDLE event = security != NULL ? CreateEventW(security, FALSE, FALSE, name) : NULL;
    if (event == NULL && GetLastError() == ERROR_ACCESS_DENIED) /* another user's: not all rights */
        event = OpenEventW(SYNCHRONIZE | EVENT_MODIFY_STATE, FALSE, name);
    if (event == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot open an event of %s", shm->name);
    *out = (ferryi_event){.word = word, .handle = (intptr_t)event};
    return FERRY_OK;
}

void ferryi_event_wake(ferryi_event event) {
    DWORD saved = GetLastError();
    /* The object keeps it for a sleeper that is not there yet. One that has stopped waiting just
     * before leaves the object signalled: the next wait ends at once, for no reason. */
    SetEvent((HANDLE)event.handle);
    SetLastError(saved);
}

void ferryi_event_sleep(ferryi_event event, int64_t timeout_ns) {
    WaitForSingleObject((HANDLE)event.handle, ferryi_timeout_ms(timeout_ns));
}

void ferryi_event_close(ferryi_event *event) {
    if (event->word != NULL)
        CloseHandle((HANDLE)event->handle);
    *event = (ferryi_event){.word = NULL};
}
