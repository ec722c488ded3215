/* Source: CreateEventW, SetEvent, ResetEvent, WaitForSingleObject in the Win32 manual. */
#include "platform/pollable.h"

#include <windows.h>

#include "platform/windows/failure.h"
#include "platform/windows/timeout.h"

ferry_status ferryi_pollable_open(ferryi_pollable *out, ferry_error *error) {
    HANDLE event = CreateEventW(NULL, TRUE, TRUE, NULL);
    if (event == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot make an event for an event loop");
    out->handle = (intptr_t)event;
    return FERRY_OK;
}

void ferryi_pollable_set(const ferryi_pollable *pollable) {
    DWORD saved = GetLastError();
    SetEvent((HANDLE)pollable->handle);
    SetLastError(saved);
}

bool ferryi_pollable_clear(const ferryi_pollable *pollable) {
    if (WaitForSingleObject((HANDLE)pollable->handle, 0) != WAIT_OBJECT_0)
        return false;
    /* A ring that comes between the two calls is stilled as well, and answered with true. */
    ResetEvent((HANDLE)pollable->handle);
    return true;
}

void ferryi_pollable_wait(const ferryi_pollable *pollable, int64_t timeout_ns) {
    WaitForSingleObject((HANDLE)pollable->handle, ferryi_timeout_ms(timeout_ns));
}

void ferryi_pollable_close(ferryi_pollable *pollable) {
    CloseHandle((HANDLE)pollable->handle);
    pollable->handle = -1;
}
