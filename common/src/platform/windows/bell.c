/* Source: CreateEventW, SetEvent, ResetEvent, WaitForSingleObject in the Win32 manual. */
#include "../bell.h"

#include <windows.h>

#include "failure.h"
#include "timeout.h"

ferry_status ferryi_bell_open(ferryi_bell *out, ferry_error *error) {
    HANDLE event = CreateEventW(NULL, TRUE, TRUE, NULL);
    if (event == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot make an event for an event loop");
    out->handle = (intptr_t)event;
    return FERRY_OK;
}

void ferryi_bell_ring(const ferryi_bell *bell) {
    DWORD saved = GetLastError();
    SetEvent((HANDLE)bell->handle);
    SetLastError(saved);
}

bool ferryi_bell_still(const ferryi_bell *bell) {
    if (WaitForSingleObject((HANDLE)bell->handle, 0) != WAIT_OBJECT_0)
        return false;
    /* A ring that comes between the two calls is stilled as well, and answered with true. */
    ResetEvent((HANDLE)bell->handle);
    return true;
}

void ferryi_bell_wait(const ferryi_bell *bell, int64_t timeout_ns) {
    WaitForSingleObject((HANDLE)bell->handle, ferryi_timeout_ms(timeout_ns));
}

void ferryi_bell_close(ferryi_bell *bell) {
    CloseHandle((HANDLE)bell->handle);
    bell->handle = -1;
}
