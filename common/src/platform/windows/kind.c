/* Source: OpenEventW, OpenSemaphoreW, OpenMutexW, OpenFileMappingW, OpenWaitableTimerW,
 * OpenJobObjectW in the Win32 manual. NtQueryEvent and NtQuerySemaphore are in ntdll since the
 * first Windows NT and in no header. */
#include "platform/windows/kind.h"

#include "platform/windows/failure.h"

typedef HANDLE WINAPI open_object(DWORD rights, BOOL inherits, LPCWSTR name);

const char *ferryi_kind_tell(const wchar_t *path) {
    static const struct {
        const char *name;
        open_object *open;
        DWORD rights; /* the least that there are */
    } kinds[] = {
        {"a mapping", OpenFileMappingW, FILE_MAP_READ},
        {"a semaphore", OpenSemaphoreW, SYNCHRONIZE},
        {"an event", OpenEventW, SYNCHRONIZE},
        {"a mutex", OpenMutexW, SYNCHRONIZE},
        {"a timer", OpenWaitableTimerW, SYNCHRONIZE},
        {"a job", OpenJobObjectW, SYNCHRONIZE},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        HANDLE object = kinds[i].open(kinds[i].rights, FALSE, path);
        bool is_it = object != NULL || GetLastError() == ERROR_ACCESS_DENIED;
        if (object != NULL)
            CloseHandle(object);
        if (is_it)
            return kinds[i].name;
    }
    return "an object of another kind";
}

ferry_status ferryi_kind_refuse(DWORD code, const char *kind, const wchar_t *path, const char *name,
                                ferry_error *error) {
    switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
        return ferryi_fail(
            error, FERRY_NO_PRODUCER, (int32_t)code,
            "there is no %s %s: nobody has made it yet, or all who had it have ended", kind, name);
    case ERROR_INVALID_HANDLE:
        return ferryi_fail(error, FERRY_FOREIGN, (int32_t)code,
                           "%s is %s and no %s: end the programs that use it, or choose another "
                           "name",
                           name, ferryi_kind_tell(path), kind);
    default: return ferryi_fail_win32(error, code, "cannot open the %s %s", kind, name);
    }
}

/* ---- states ---- */

/* The answers for the class of information 0. */
typedef struct event_information {
    LONG type;  /* 0: of manual reset (NotificationEvent) */
    LONG state; /* 0: not set */
} event_information;

typedef struct semaphore_information {
    LONG count;
    LONG maximum;
} semaphore_information;

typedef LONG NTAPI query_object(HANDLE object, int information_class, void *information,
                                ULONG bytes, ULONG *returned_bytes);

static bool query(const char *call, HANDLE object, void *information, ULONG bytes) {
    /* Looked up each time: it costs less than the call itself. The cast goes by way of a pointer to
     * any function, since compilers warn of two kinds of function that do not fit. */
    void (*found)(void) = (void (*)(void))GetProcAddress(GetModuleHandleW(L"ntdll.dll"), call);
    query_object *ask = (query_object *)found;
    return ask != NULL && ask(object, 0, information, bytes, NULL) >= 0;
}

bool ferryi_kind_query_event(HANDLE event, bool *is_manual, bool *is_set) {
    event_information about = {0};
    bool known = query("NtQueryEvent", event, &about, sizeof about);
    *is_manual = known && about.type == 0;
    *is_set = known && about.state != 0;
    return known;
}

bool ferryi_kind_query_semaphore(HANDLE semaphore, uint32_t *value) {
    semaphore_information about = {0};
    bool known = query("NtQuerySemaphore", semaphore, &about, sizeof about);
    *value = (uint32_t)about.count;
    return known;
}
