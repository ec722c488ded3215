/* Source: CreateEventW, OpenEventW, SetEvent, WaitForSingleObject in the Win32 manual.
 * NtQueryEvent, in ntdll since the first Windows NT and in no header, tells the state of an event
 * without taking it, which a wait does. */
#include "platform/signal_event.h"

#include <stdlib.h>
#include <windows.h>

#include "platform/fault_point.h"
#include "platform/windows/failure.h"
#include "platform/windows/named.h"
#include "platform/windows/timeout.h"

#ifndef EVENT_QUERY_STATE
#define EVENT_QUERY_STATE 0x0001
#endif

struct ferryi_signal_event {
    HANDLE handle;
};

/* The answer of NtQueryEvent for the class of information 0. */
typedef struct event_information {
    LONG type;
    LONG state; /* 0: not set */
} event_information;

typedef LONG NTAPI query_event(HANDLE event, int information_class, event_information *information,
                               ULONG bytes, ULONG *returned_bytes);

static ferry_status wrap(ferryi_signal_event **out, HANDLE handle, ferry_error *error) {
    ferryi_signal_event *event = malloc(sizeof *event);
    if (event == NULL) {
        CloseHandle(handle);
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    }
    event->handle = handle;
    *out = event;
    return FERRY_OK;
}

static HANDLE open_event(const wchar_t *name) {
    return OpenEventW(SYNCHRONIZE | EVENT_MODIFY_STATE | EVENT_QUERY_STATE, FALSE, name);
}

ferry_status ferryi_signal_event_create(ferryi_signal_event **out, const char *name,
                                        const ferryi_sharing *sharing, bool *created,
                                        atomic_bool *lost, ferry_error *error) {
    (void)lost;
    wchar_t path[FERRYI_NAMED_LENGTH];
    ferryi_named_make(path, name);
    *created = false;
    SECURITY_ATTRIBUTES *security = ferryi_named_security(ferryi_sharing_mode(sharing, 1));
    HANDLE handle = security != NULL ? CreateEventW(security, FALSE, FALSE, path) : NULL;
    DWORD code = GetLastError();
    if (handle == NULL && code == ERROR_ACCESS_DENIED) { /* a peer's, which gives fewer rights */
        handle = open_event(path);
    } else if (handle != NULL) {
        *created = code != ERROR_ALREADY_EXISTS;
    }
    if (handle == NULL)
        return ferryi_fail_win32(error, code, "cannot make the event %s", name);
    if (*created)
        FERRYI_FAULT("signal.made");
    return wrap(out, handle, error);
}

ferry_status ferryi_signal_event_open(ferryi_signal_event **out, const char *name,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    (void)sharing;
    (void)lost;
    wchar_t path[FERRYI_NAMED_LENGTH];
    ferryi_named_make(path, name);
    HANDLE handle = open_event(path);
    if (handle != NULL)
        return wrap(out, handle, error);
    DWORD code = GetLastError();
    if (code == ERROR_FILE_NOT_FOUND)
        return ferryi_fail(error, FERRY_NO_PRODUCER, (int32_t)code, "there is no event %s", name);
    return ferryi_fail_win32(error, code, "cannot open the event %s", name);
}

ferry_status ferryi_signal_event_share(const ferryi_signal_event *event,
                                       const ferryi_sharing *sharing, ferry_error *error) {
    (void)event;
    (void)sharing;
    (void)error;
    return FERRY_OK; /* it keeps those whom it was made for */
}

void ferryi_signal_event_set(ferryi_signal_event *event) {
    SetEvent(event->handle);
}

bool ferryi_signal_event_is_set(ferryi_signal_event *event) {
    /* Looked up each time: it costs less than the call itself. The cast goes by way of a pointer to
     * any function, since compilers warn of two kinds of function that do not fit. */
    void (*found)(void) =
        (void (*)(void))GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQueryEvent");
    query_event *query = (query_event *)found;
    event_information information = {0};
    return query != NULL && query(event->handle, 0, &information, sizeof information, NULL) >= 0 &&
           information.state != 0;
}

uint32_t ferryi_signal_event_take_all(ferryi_signal_event *event) {
    return ferryi_signal_event_wait(event, 0) ? 1 : 0;
}

bool ferryi_signal_event_wait(ferryi_signal_event *event, int64_t timeout_ns) {
    return WaitForSingleObject(event->handle, ferryi_timeout_ms(timeout_ns)) == WAIT_OBJECT_0;
}

ferryi_standing ferryi_signal_event_standing(const ferryi_signal_event *event, const char *name) {
    (void)event;
    (void)name;
    return FERRYI_NAME_STANDS; /* nobody can take the name from an event that is open */
}

bool ferryi_signal_event_name_again(const ferryi_signal_event *event, const char *name) {
    (void)event;
    (void)name;
    return false; /* it has it */
}

bool ferryi_signal_event_is_ours(const ferryi_signal_event *event) {
    (void)event;
    return false;
}

void ferryi_signal_event_close(ferryi_signal_event **event) {
    if (*event == NULL)
        return;
    CloseHandle((*event)->handle);
    free(*event);
    *event = NULL;
}

void ferryi_signal_event_remove_this(const ferryi_signal_event *event, const char *name) {
    (void)event;
    (void)name; /* it goes with the last handle to it */
}

void ferryi_signal_event_remove(const char *name) {
    (void)name; /* it goes with the last handle to it */
}

void ferryi_signal_event_remove_unused(const char *name) {
    (void)name;
}
