/* Programs of the dialect have an auto-reset event here, and a few a manual-reset event or a
 * semaphore, which are used as what they are.
 *
 * Source: CreateEventW, OpenEventW, SetEvent, ResetEvent, OpenSemaphoreW, ReleaseSemaphore,
 * WaitForSingleObject in the Win32 manual. NtQueryEvent and NtQuerySemaphore, in ntdll since the
 * first Windows NT and in no header, tell the kind of an event, and the state of both without
 * taking it, which a wait does. */
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
#ifndef SEMAPHORE_QUERY_STATE
#define SEMAPHORE_QUERY_STATE 0x0001
#endif

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

/* The answers of NtQueryEvent and NtQuerySemaphore for the class of information 0. */
typedef struct event_information {
    LONG type;  /* 0: manual-reset (NotificationEvent), 1: auto-reset (SynchronizationEvent) */
    LONG state; /* 0: not set */
} event_information;

typedef struct semaphore_information {
    LONG count;
    LONG maximum;
} semaphore_information;

typedef LONG NTAPI query_object(HANDLE object, int information_class, void *information,
                                ULONG bytes, ULONG *returned_bytes);

/* Looked up each time: it costs less than the call itself. */
static bool query(HANDLE object, const char *call, void *information, ULONG bytes) {
    /* The cast goes by way of a pointer to any function, since compilers warn of two kinds of
     * function that do not fit. */
    void (*found)(void) = (void (*)(void))GetProcAddress(GetModuleHandleW(L"ntdll.dll"), call);
    query_object *ask = (query_object *)found;
    return ask != NULL && ask(object, 0, information, bytes, NULL) >= 0;
}

/* Where the system does not tell, the event is of the kind that it should be. */
static kind kind_of_event(HANDLE event) {
    event_information about = {.type = 1};
    return query(event, "NtQueryEvent", &about, sizeof about) && about.type == 0 ? MANUAL_RESET
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

/* For sentences: what has a name that neither an event nor a semaphore has. */
static const char *tell_kind(const wchar_t *path) {
    static const struct {
        const char *name;
        HANDLE(WINAPI *open)(DWORD rights, BOOL inherits, LPCWSTR name);
    } kinds[] = {
        {"a mutex", OpenMutexW}, {"a mapping", OpenFileMappingW}, {"a timer", OpenWaitableTimerW}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        /* A mapping's right of this number is to be looked at; the others can be waited for. */
        DWORD rights = kinds[i].open == OpenFileMappingW ? FILE_MAP_READ : SYNCHRONIZE;
        HANDLE handle = kinds[i].open(rights, FALSE, path);
        if (handle != NULL)
            CloseHandle(handle);
        if (handle != NULL || GetLastError() == ERROR_ACCESS_DENIED)
            return kinds[i].name;
    }
    return "an object of another kind";
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
                       name, tell_kind(path));
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
    semaphore_information counted = {0};
    event_information about = {0};
    if (event->kind == SEMAPHORE)
        return query(event->handle, "NtQuerySemaphore", &counted, sizeof counted) &&
               counted.count != 0;
    return query(event->handle, "NtQueryEvent", &about, sizeof about) && about.state != 0;
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

void ferryi_signal_event_remove(const char *name) {
    (void)name; /* it goes with the last handle to it */
}

void ferryi_signal_event_remove_unused(const char *name) {
    (void)name;
}
