/* Programs of the dialect have an auto-reset event here, and a few a manual-reset event or a
 * semaphore, which are used as what they are.
 *
 * Source: CreateEventW, OpenEventW, SetEvent, ResetEvent, OpenSemaphoreW, ReleaseSemaphore,
 * WaitForSingleObject in the Win32 manual. */
#include "platform/signal_event.h"

#include <stdlib.h>
#include <windows.h>

#include "platform/fault_point.h"
#include "platform/windows/failure.h"
#include "platform/windows/kind.h"
#include "platform/windows/named.h"
#include "platform/windows/timeout.h"

/* A setter that raises a semaphore all the time keeps nobody in a loop for longer. */
enum { TAKEN_MOST = 4096 };

typedef enum kind {
    AUTO_RESET,
    MANUAL_RESET, /* a wait leaves it set */
    SEMAPHORE     /* counts how often it was set */
} kind;

struct ferryi_signal_event {
    HANDLE handle;
    kind kind;
};

/* Where the system does not tell, the event is of the kind that it should be. */
static kind kind_of_event(HANDLE event) {
    bool is_manual, is_set;
    return ferryi_kind_query_event(event, &is_manual, &is_set) && is_manual ? MANUAL_RESET
                                                                            : AUTO_RESET;
}

static ferry_status wrap(ferryi_signal_event **out, HANDLE handle, kind found, ferry_error *error) {
    ferryi_signal_event *event = malloc(sizeof *event);
    if (event == NULL) {
        CloseHandle(handle);
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    }
    *event = (ferryi_signal_event){.handle = handle, .kind = found};
    *out = event;
    return FERRY_OK;
}

/* Opens what has the name. */
static ferry_status find(ferryi_signal_event **out, const wchar_t *path, const char *name,
                         ferry_error *error) {
    HANDLE handle = OpenEventW(SYNCHRONIZE | EVENT_MODIFY_STATE | EVENT_QUERY_STATE, FALSE, path);
    if (handle != NULL)
        return wrap(out, handle, kind_of_event(handle), error);
    DWORD code = GetLastError();
    if (code == ERROR_FILE_NOT_FOUND)
        return ferryi_fail(error, FERRY_NO_PRODUCER, (int32_t)code, "there is no event %s", name);
    if (code != ERROR_INVALID_HANDLE)
        return ferryi_fail_win32(error, code, "cannot open the event %s", name);
    handle =
        OpenSemaphoreW(SYNCHRONIZE | SEMAPHORE_MODIFY_STATE | SEMAPHORE_QUERY_STATE, FALSE, path);
    if (handle != NULL)
        return wrap(out, handle, SEMAPHORE, error);
    code = GetLastError();
    if (code == ERROR_FILE_NOT_FOUND) /* it has gone */
        return ferryi_fail(error, FERRY_NO_PRODUCER, (int32_t)code, "there is no event %s", name);
    if (code != ERROR_INVALID_HANDLE)
        return ferryi_fail_win32(error, code, "cannot open the semaphore %s", name);
    return ferryi_fail(error, FERRY_FOREIGN, (int32_t)code,
                       "%s is %s, where programs of the BaseImage kind have an event: end the "
                       "programs that use it, or choose another name",
                       name, ferryi_kind_tell(path));
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
    /* A peer's which gives fewer rights, or is of another kind. */
    if (handle == NULL && (code == ERROR_ACCESS_DENIED || code == ERROR_INVALID_HANDLE))
        return find(out, path, name, error);
    if (handle == NULL)
        return ferryi_fail_win32(error, code, "cannot make the event %s", name);
    *created = code != ERROR_ALREADY_EXISTS;
    if (*created)
        FERRYI_FAULT("signal.made");
    return wrap(out, handle, *created ? AUTO_RESET : kind_of_event(handle), error);
}

ferry_status ferryi_signal_event_open(ferryi_signal_event **out, const char *name,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    (void)sharing;
    (void)lost;
    wchar_t path[FERRYI_NAMED_LENGTH];
    ferryi_named_make(path, name);
    return find(out, path, name, error);
}

ferry_status ferryi_signal_event_share(const ferryi_signal_event *event,
                                       const ferryi_sharing *sharing, ferry_error *error) {
    (void)event;
    (void)sharing;
    (void)error;
    return FERRY_OK; /* it keeps those whom it was made for */
}

void ferryi_signal_event_set(ferryi_signal_event *event) {
    if (event->kind != SEMAPHORE)
        SetEvent(event->handle);
    else if (!ferryi_signal_event_is_set(event)) /* several sets count as one */
        ReleaseSemaphore(event->handle, 1, NULL);
}

bool ferryi_signal_event_is_set(ferryi_signal_event *event) {
    uint32_t value;
    bool is_manual, is_set;
    if (event->kind == SEMAPHORE)
        return ferryi_kind_query_semaphore(event->handle, &value) && value != 0;
    return ferryi_kind_query_event(event->handle, &is_manual, &is_set) && is_set;
}

/* A wait for an event of manual reset leaves it set. A set between the wait and the reset is the
 * same news: whoever takes an event looks at the picture afterwards. */
static bool wait_and_reset(const ferryi_signal_event *event, DWORD timeout_ms) {
    if (WaitForSingleObject(event->handle, timeout_ms) != WAIT_OBJECT_0)
        return false;
    if (event->kind == MANUAL_RESET)
        ResetEvent(event->handle);
    return true;
}

uint32_t ferryi_signal_event_take_all(ferryi_signal_event *event) {
    uint32_t most = event->kind == SEMAPHORE ? TAKEN_MOST : 1, taken = 0;
    while (taken < most && wait_and_reset(event, 0))
        taken++;
    return taken;
}

bool ferryi_signal_event_wait(ferryi_signal_event *event, int64_t timeout_ns) {
    return wait_and_reset(event, ferryi_timeout_ms(timeout_ns));
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

bool ferryi_signal_event_remove(const char *name) {
    (void)name; /* it goes with the last handle to it */
    return false;
}

bool ferryi_signal_event_remove_unused(const char *name) {
    (void)name;
    return false;
}

bool ferryi_signal_event_is_left(const char *name) {
    (void)name;
    return false;
}
