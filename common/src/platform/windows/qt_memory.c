/* Source: CreateFileMappingW, OpenFileMappingW, MapViewOfFile, VirtualQuery in the Win32 manual;
 * qsharedmemory_win.cpp of Qt 5.15.
 *
 * Qt holds the lock while it makes memory, and while it attaches and detaches. It is not needed for
 * that: memory is made at once, whole and zero, and goes with the last handle. */
#include "platform/qt_memory.h"

#include <stdlib.h>
#include <windows.h>

#include "platform/qt_key.h"
#include "platform/qt_semaphore.h"
#include "platform/windows/failure.h"
#include "platform/windows/named.h"

typedef struct ferryi_qt_handles {
    char name[FERRYI_QT_NAME_BYTES];
    HANDLE section;
    ferryi_qt_semaphore *lock;
} ferryi_qt_handles;

/* ---- parts ---- */

static void end(ferryi_qt_handles *handles) {
    if (handles->section != NULL)
        CloseHandle(handles->section);
    ferryi_qt_semaphore_close(&handles->lock);
    free(handles);
}

/* Opens the lock, too. */
static ferry_status start(ferryi_qt_handles **out, const char *key, ferry_error *error) {
    ferryi_qt_handles *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for Qt's memory");
    ferry_status status = ferryi_qt_key_name(made->name, FERRYI_QT_MEMORY_PREFIX, key, error);
    if (status == FERRY_OK)
        status = ferryi_qt_semaphore_open(&made->lock, key, 1, false, error);
    if (status == FERRY_OK)
        *out = made;
    else
        end(made);
    return status;
}

static ferry_status map(ferryi_qt_memory *out, ferryi_qt_handles *handles, DWORD rights,
                        ferry_error *error) {
    MEMORY_BASIC_INFORMATION about;
    void *base = MapViewOfFile(handles->section, rights, 0, 0, 0);
    if (base == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot map %s", handles->name);
    /* A section may only be reserved: nothing in it can be touched. Qt makes none. */
    if (VirtualQuery(base, &about, sizeof about) == 0 || about.State != MEM_COMMIT) {
        UnmapViewOfFile(base);
        return ferryi_fail(error, FERRY_NOT_ALLOWED, 0, "%s is no memory of Qt's kind",
                           handles->name);
    }
    out->base = base;
    out->size_bytes = about.RegionSize;
    out->handles = handles;
    return FERRY_OK;
}

/* ---- making ---- */

static ferry_status refuse_name(DWORD code, const char *name, ferry_error *error) {
    switch (code) {
    case ERROR_ALREADY_EXISTS:
    case ERROR_INVALID_HANDLE: /* it is the name of something else than a section */
        return ferryi_fail(error, FERRY_BUSY, (int32_t)code, "%s exists already", name);
    default: return ferryi_fail_win32(error, code, "cannot make the memory %s", name);
    }
}

static ferry_status make_section(ferryi_qt_handles *handles, uint64_t bytes, ferry_error *error) {
    wchar_t wide[FERRYI_NAMED_LENGTH];
    ferryi_named_make(wide, handles->name);
    SECURITY_ATTRIBUTES *security = ferryi_named_security(0600);
    if (security != NULL)
        handles->section = CreateFileMappingW(INVALID_HANDLE_VALUE, security, PAGE_READWRITE, 0,
                                              (DWORD)bytes, wide);
    DWORD code = GetLastError();
    if (handles->section == NULL || code == ERROR_ALREADY_EXISTS)
        return refuse_name(code, handles->name, error);
    return FERRY_OK;
}

ferry_status ferryi_qt_memory_create(ferryi_qt_memory *out, const char *key, uint64_t bytes,
                                     ferry_error *error) {
    ferryi_qt_handles *handles = NULL;
    if (bytes == 0 || bytes > INT32_MAX)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "memory of Qt has from 1 to %ld bytes, not %llu", (long)INT32_MAX,
                           (unsigned long long)bytes);
    ferry_status status = start(&handles, key, error);
    if (status != FERRY_OK)
        return status;
    status = make_section(handles, bytes, error);
    if (status == FERRY_OK)
        status = map(out, handles, FILE_MAP_READ | FILE_MAP_WRITE, error);
    if (status != FERRY_OK)
        end(handles);
    return status;
}

/* ---- using ---- */

static ferry_status open_section(ferryi_qt_handles *handles, DWORD rights, ferry_error *error) {
    wchar_t wide[FERRYI_NAMED_LENGTH];
    ferryi_named_make(wide, handles->name);
    handles->section = OpenFileMappingW(rights | READ_CONTROL, FALSE, wide);
    if (handles->section == NULL && GetLastError() == ERROR_FILE_NOT_FOUND)
        return ferryi_fail(error, FERRY_NO_PRODUCER, ERROR_FILE_NOT_FOUND, "there is no %s",
                           handles->name);
    if (handles->section == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot open %s", handles->name);
    return ferryi_named_check_owner(handles->section, handles->name, error);
}

ferry_status ferryi_qt_memory_attach(ferryi_qt_memory *out, const char *key, bool writes,
                                     ferry_error *error) {
    ferryi_qt_handles *handles = NULL;
    DWORD rights = writes ? FILE_MAP_READ | FILE_MAP_WRITE : FILE_MAP_READ;
    ferry_status status = start(&handles, key, error);
    if (status != FERRY_OK)
        return status;
    status = open_section(handles, rights, error);
    if (status == FERRY_OK)
        status = map(out, handles, rights, error);
    if (status != FERRY_OK)
        end(handles);
    return status;
}

bool ferryi_qt_memory_lock(ferryi_qt_memory *memory, int64_t timeout_ns) {
    return ferryi_qt_semaphore_acquire(memory->handles->lock, timeout_ns);
}

void ferryi_qt_memory_unlock(ferryi_qt_memory *memory) {
    ferryi_qt_semaphore_release(memory->handles->lock);
}

void ferryi_qt_memory_detach(ferryi_qt_memory *memory) {
    if (memory->base == NULL)
        return;
    UnmapViewOfFile(memory->base);
    end(memory->handles);
    *memory = (ferryi_qt_memory)FERRYI_QT_MEMORY_INIT;
}
