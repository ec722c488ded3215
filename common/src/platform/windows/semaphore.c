/* Source: CreateSemaphoreW, OpenSemaphoreW, ReleaseSemaphore, WaitForSingleObject in the Win32
 * manual. */
#include "platform/semaphore.h"

#include <stdlib.h>
#include <windows.h>

#include "platform/windows/failure.h"
#include "platform/windows/kind.h"
#include "platform/windows/named.h"
#include "platform/windows/timeout.h"

struct ferryi_semaphore {
    HANDLE handle;
};

static ferry_status wrap(ferryi_semaphore **out, HANDLE handle, ferry_error *error) {
    ferryi_semaphore *semaphore = malloc(sizeof *semaphore);
    if (semaphore == NULL) {
        CloseHandle(handle);
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    }
    semaphore->handle = handle;
    *out = semaphore;
    return FERRY_OK;
}

/* With the least rights that are needed; a peer may not give the one to ask for the value. */
static HANDLE open_semaphore(const wchar_t *path) {
    const DWORD rights = SYNCHRONIZE | SEMAPHORE_MODIFY_STATE;
    HANDLE handle = OpenSemaphoreW(rights | SEMAPHORE_QUERY_STATE, FALSE, path);
    if (handle == NULL && GetLastError() == ERROR_ACCESS_DENIED)
        handle = OpenSemaphoreW(rights, FALSE, path);
    return handle;
}

ferry_status ferryi_semaphore_make(ferryi_semaphore **out, const char *name, uint32_t value,
                                   const ferryi_sharing *sharing, atomic_bool *lost,
                                   ferry_error *error) {
    (void)lost;
    wchar_t path[FERRYI_NAMED_LENGTH];
    ferry_status status = ferryi_named_check(path, name, error);
    if (status != FERRY_OK)
        return status;
    SECURITY_ATTRIBUTES *security = ferryi_named_security(ferryi_sharing_mode(sharing, 1));
    HANDLE handle = security != NULL ? CreateSemaphoreW(security, (LONG)value, 1, path) : NULL;
    DWORD code = GetLastError();
    if (handle == NULL && code == ERROR_ACCESS_DENIED) { /* a peer's, which gives fewer rights */
        handle = open_semaphore(path);
        if (handle == NULL && GetLastError() != ERROR_FILE_NOT_FOUND)
            return ferryi_kind_refuse(GetLastError(), "semaphore", path, name, error);
    }
    if (handle != NULL)
        return wrap(out, handle, error);
    return code == ERROR_INVALID_HANDLE ? ferryi_kind_refuse(code, "semaphore", path, name, error)
                                        : ferryi_named_refuse(code, name, error);
}

ferry_status ferryi_semaphore_open(ferryi_semaphore **out, const char *name,
                                   const ferryi_sharing *sharing, atomic_bool *lost,
                                   ferry_error *error) {
    (void)sharing;
    (void)lost;
    wchar_t path[FERRYI_NAMED_LENGTH];
    ferry_status status = ferryi_named_check(path, name, error);
    if (status != FERRY_OK)
        return status;
    HANDLE handle = open_semaphore(path);
    return handle != NULL ? wrap(out, handle, error)
                          : ferryi_kind_refuse(GetLastError(), "semaphore", path, name, error);
}

bool ferryi_semaphore_wait(ferryi_semaphore *semaphore, int64_t timeout_ns) {
    return WaitForSingleObject(semaphore->handle, ferryi_timeout_ms(timeout_ns)) == WAIT_OBJECT_0;
}

void ferryi_semaphore_release(ferryi_semaphore *semaphore) {
    /* One that a peer has made may count to more than 1. */
    if (ferryi_semaphore_value(semaphore) == 0)
        ReleaseSemaphore(semaphore->handle, 1, NULL);
}

uint32_t ferryi_semaphore_value(ferryi_semaphore *semaphore) {
    uint32_t value = 0;
    return ferryi_kind_query_semaphore(semaphore->handle, &value) ? value : 0;
}

bool ferryi_semaphore_has_waiter(ferryi_semaphore *semaphore) {
    (void)semaphore;
    return false; /* no call tells */
}

ferryi_standing ferryi_semaphore_standing(const ferryi_semaphore *semaphore) {
    (void)semaphore;
    return FERRYI_NAME_STANDS; /* nobody can take the name from a semaphore that is open */
}

void ferryi_semaphore_close(ferryi_semaphore **semaphore, bool removes) {
    (void)removes; /* it goes with the last handle to it */
    if (*semaphore == NULL)
        return;
    CloseHandle((*semaphore)->handle);
    free(*semaphore);
    *semaphore = NULL;
}
