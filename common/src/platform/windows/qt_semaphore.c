/* Source: CreateSemaphoreW, ReleaseSemaphore in the Win32 manual; qsystemsemaphore_win.cpp of Qt
 * 5.15. NtQuerySemaphore, in ntdll since the first Windows NT and in no header, tells the value. */
#include "platform/qt_semaphore.h"

#include <stdlib.h>
#include <windows.h>

#include "platform/qt_key.h"
#include "platform/windows/failure.h"
#include "platform/windows/named.h"
#include "platform/windows/timeout.h"
#include "support/deadline.h"

enum { HIGHEST = 32767 /* Linux's: a key means the same everywhere */ };

struct ferryi_qt_semaphore {
    HANDLE handle;
};

/* The answer of NtQuerySemaphore for the class of information 0. */
typedef struct semaphore_information {
    ULONG value;
    ULONG highest;
} semaphore_information;

typedef LONG NTAPI query_semaphore(HANDLE semaphore, int information_class,
                                   semaphore_information *information, ULONG bytes,
                                   ULONG *returned_bytes);

static ferry_status open_handle(HANDLE *out, const char *name, uint32_t value, ferry_error *error) {
    wchar_t wide[FERRYI_NAMED_LENGTH];
    ferryi_named_make(wide, name);
    SECURITY_ATTRIBUTES *security = ferryi_named_security(0600);
    /* Opens it if it is there, for Create too. */
    HANDLE handle =
        security != NULL ? CreateSemaphoreW(security, (LONG)value, MAXLONG, wide) : NULL;
    if (handle == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot make the semaphore %s", name);
    ferry_status status = ferryi_named_check_owner(handle, name, error);
    if (status == FERRY_OK)
        *out = handle;
    else
        CloseHandle(handle);
    return status;
}

bool ferryi_qt_semaphore_acquire(ferryi_qt_semaphore *semaphore, int64_t timeout_ns) {
    DWORD limit_ms = ferryi_timeout_ms(timeout_ns > FERRYI_SLICE_NS ? FERRYI_SLICE_NS : timeout_ns);
    return WaitForSingleObject(semaphore->handle, limit_ms) == WAIT_OBJECT_0;
}

void ferryi_qt_semaphore_release(ferryi_qt_semaphore *semaphore) {
    ReleaseSemaphore(semaphore->handle, 1, NULL);
}

uint32_t ferryi_qt_semaphore_value(ferryi_qt_semaphore *semaphore) {
    /* As in signal_event.c. */
    void (*found)(void) =
        (void (*)(void))GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySemaphore");
    query_semaphore *query = (query_semaphore *)found;
    semaphore_information now = {.value = 0};
    bool known = query != NULL && query(semaphore->handle, 0, &now, sizeof now, NULL) >= 0;
    return known ? now.value : 0;
}

bool ferryi_qt_semaphore_is_own(const ferryi_qt_semaphore *semaphore) {
    (void)semaphore;
    return false; /* it goes with its last handle */
}

ferry_status ferryi_qt_semaphore_open(ferryi_qt_semaphore **out, const char *key, uint32_t value,
                                      bool creates, ferry_error *error) {
    (void)creates; /* it makes no difference here, as in Qt */
    char name[FERRYI_QT_NAME_BYTES];
    if (value > HIGHEST)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "a semaphore is at most %d, not %lu",
                           HIGHEST, (unsigned long)value);
    ferry_status status = ferryi_qt_key_name(name, FERRYI_QT_SEMAPHORE_PREFIX, key, error);
    if (status != FERRY_OK)
        return status;
    ferryi_qt_semaphore *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for a semaphore");
    status = open_handle(&made->handle, name, value, error);
    if (status == FERRY_OK)
        *out = made;
    else
        free(made);
    return status;
}

void ferryi_qt_semaphore_close(ferryi_qt_semaphore **semaphore) {
    if (*semaphore == NULL)
        return;
    CloseHandle((*semaphore)->handle);
    free(*semaphore);
    *semaphore = NULL;
}
