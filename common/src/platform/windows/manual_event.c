/* Source: CreateEventW, OpenEventW, SetEvent, ResetEvent, WaitForSingleObject in the Win32 manual.
 */
#include "platform/manual_event.h"

#include <stdlib.h>
#include <windows.h>

#include "platform/windows/failure.h"
#include "platform/windows/kind.h"
#include "platform/windows/named.h"
#include "platform/windows/timeout.h"

struct ferryi_manual_event {
    HANDLE handle;
};

/* Takes over an event, unless it is of the wrong kind. Where the system does not tell, it is what
 * it should be. */
static ferry_status wrap(ferryi_manual_event **out, HANDLE handle, const char *name,
                         ferry_error *error) {
    bool is_manual, is_set;
    if (ferryi_kind_query_event(handle, &is_manual, &is_set) && !is_manual) {
        CloseHandle(handle);
        return ferryi_fail(error, FERRY_FOREIGN, 0,
                           "%s is an auto-reset event, which every wait resets, where this dialect "
                           "has one of manual reset: end the programs that use it, or choose "
                           "another name",
                           name);
    }
    ferryi_manual_event *event = malloc(sizeof *event);
    if (event == NULL) {
        CloseHandle(handle);
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    }
    event->handle = handle;
    *out = event;
    return FERRY_OK;
}

/* With the least rights that are needed; a peer may not give the one to ask for the kind. */
static HANDLE open_event(const wchar_t *path) {
    const DWORD rights = SYNCHRONIZE | EVENT_MODIFY_STATE;
    HANDLE handle = OpenEventW(rights | EVENT_QUERY_STATE, FALSE, path);
    if (handle == NULL && GetLastError() == ERROR_ACCESS_DENIED)
        handle = OpenEventW(rights, FALSE, path);
    return handle;
}

ferry_status ferryi_manual_event_make(ferryi_manual_event **out, const char *name, bool is_set,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    (void)lost;
    wchar_t path[FERRYI_NAMED_LENGTH];
    ferry_status status = ferryi_named_check(path, name, error);
    if (status != FERRY_OK)
        return status;
    SECURITY_ATTRIBUTES *security = ferryi_named_security(ferryi_sharing_mode(sharing, 1));
    HANDLE handle = security != NULL ? CreateEventW(security, TRUE, is_set, path) : NULL;
    DWORD code = GetLastError();
    if (handle == NULL && code == ERROR_ACCESS_DENIED) { /* a peer's, which gives fewer rights */
        handle = open_event(path);
        if (handle == NULL && GetLastError() != ERROR_FILE_NOT_FOUND)
            return ferryi_kind_refuse(GetLastError(), "event", path, name, error);
    }
    if (handle != NULL)
        return wrap(out, handle, name, error);
    return code == ERROR_INVALID_HANDLE ? ferryi_kind_refuse(code, "event", path, name, error)
                                        : ferryi_named_refuse(code, name, error);
}

ferry_status ferryi_manual_event_open(ferryi_manual_event **out, const char *name,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    (void)sharing;
    (void)lost;
    wchar_t path[FERRYI_NAMED_LENGTH];
    ferry_status status = ferryi_named_check(path, name, error);
    if (status != FERRY_OK)
        return status;
    HANDLE handle = open_event(path);
    return handle != NULL ? wrap(out, handle, name, error)
                          : ferryi_kind_refuse(GetLastError(), "event", path, name, error);
}

void ferryi_manual_event_set(ferryi_manual_event *event) {
    SetEvent(event->handle);
}

void ferryi_manual_event_reset(ferryi_manual_event *event) {
    ResetEvent(event->handle);
}

bool ferryi_manual_event_wait(ferryi_manual_event *event, int64_t timeout_ns) {
    return WaitForSingleObject(event->handle, ferryi_timeout_ms(timeout_ns)) == WAIT_OBJECT_0;
}

ferryi_standing ferryi_manual_event_standing(const ferryi_manual_event *event) {
    (void)event;
    return FERRYI_NAME_STANDS; /* nobody can take the name from an event that is open */
}

void ferryi_manual_event_close(ferryi_manual_event **event, bool removes) {
    (void)removes; /* it goes with the last handle to it */
    if (*event == NULL)
        return;
    CloseHandle((*event)->handle);
    free(*event);
    *event = NULL;
}
