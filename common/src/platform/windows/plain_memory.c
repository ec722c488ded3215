/* Source: CreateFileMappingW, OpenFileMappingW, MapViewOfFile, VirtualQuery, FlushViewOfFile,
 * GetMappedFileNameW, GetFileInformationByHandle in the Win32 manual. */
#include "platform/plain_memory.h"

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include <psapi.h> /* needs windows.h */

#include "platform/windows/failure.h"
#include "platform/windows/kind.h"
#include "platform/windows/named.h"
#include "platform/windows/path.h"

/* The rights that this process asks for, which are never those to execute. */
static DWORD rights_of(ferryi_plain_access access) {
    return access == FERRYI_PLAIN_READ ? FILE_MAP_READ : FILE_MAP_READ | FILE_MAP_WRITE;
}

/* How much from the beginning on can be touched. A section that reserves its memory may have
 * committed less than all; what it has committed, nobody takes away again. */
static uint64_t committed(const uint8_t *base) {
    MEMORY_BASIC_INFORMATION about;
    bool is_there = VirtualQuery(base, &about, sizeof about) != 0 && about.State == MEM_COMMIT;
    return is_there ? (uint64_t)about.RegionSize : 0;
}

/* Maps the section, which is open. */
static ferry_status map(ferryi_plain_memory *memory, const char *name, ferryi_plain_access access,
                        ferry_error *error) {
    ferryi_shm *shm = &memory->shm;
    shm->base = MapViewOfFile((HANDLE)shm->handle, rights_of(access), 0, 0, 0);
    if (shm->base == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot map %.400s", name);
    shm->size_bytes = committed(shm->base);
    if (shm->size_bytes == 0)
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0,
                           "%.400s has no memory yet: nobody has committed any of it", name);
    return FERRY_OK;
}

/* Hands the memory over, or closes it. */
static ferry_status finish(ferryi_plain_memory *out, ferryi_plain_memory *memory,
                           ferry_status status) {
    if (status == FERRY_OK)
        *out = *memory;
    else
        ferryi_plain_memory_close(memory, true);
    return status;
}

ferry_status ferryi_plain_memory_open(ferryi_plain_memory *out, const char *name,
                                      ferryi_plain_access access, const ferryi_sharing *sharing,
                                      atomic_bool *lost, ferry_error *error) {
    (void)lost;
    wchar_t path[FERRYI_NAMED_LENGTH];
    ferryi_plain_memory memory = FERRYI_PLAIN_MEMORY_INIT;
    bool any_user = sharing->with != FERRY_SHARING_NONE;
    ferry_status status = ferryi_named_check(path, name, error);
    if (status != FERRY_OK)
        return status;
    HANDLE section =
        OpenFileMappingW(rights_of(access) | (any_user ? 0 : READ_CONTROL), FALSE, path);
    if (section == NULL)
        return ferryi_kind_refuse(GetLastError(), "mapping", path, name, error);
    memory.shm.name = name;
    memory.shm.handle = (intptr_t)section;
    if (!any_user)
        status = ferryi_named_check_owner(section, name, error);
    if (status == FERRY_OK)
        status = map(&memory, name, access, error);
    return finish(out, &memory, status);
}

/* ---- making ---- */

/* Makes a section of a file, or of the page file, or opens the one that has the name: then
 * GetLastError says ERROR_ALREADY_EXISTS. NULL: GetLastError. */
static HANDLE make_section(HANDLE file, const wchar_t *path, uint64_t bytes,
                           ferryi_plain_access access, const ferryi_sharing *sharing) {
    enum { HALF_BITS = 32 };
    SECURITY_ATTRIBUTES *security = ferryi_named_security(ferryi_sharing_mode(sharing, 1));
    DWORD high = (DWORD)(bytes >> HALF_BITS), low = (DWORD)bytes;
    HANDLE section = NULL;
    if (security == NULL)
        return NULL;
    if (access == FERRYI_PLAIN_EXECUTE) {
        section = CreateFileMappingW(file, security, PAGE_EXECUTE_READWRITE, high, low, path);
        if (section != NULL) /* else with what is allowed */
            return section;
    }
    bool only_reads = file != INVALID_HANDLE_VALUE && access == FERRYI_PLAIN_READ;
    return CreateFileMappingW(file, security, only_reads ? PAGE_READONLY : PAGE_READWRITE, high,
                              low, path);
}

/* Why a name could not be given to new memory. */
static ferry_status refuse_making(DWORD code, const wchar_t *path, const char *name, uint64_t bytes,
                                  ferry_error *error) {
    if (code == ERROR_ALREADY_EXISTS || code == ERROR_INVALID_HANDLE)
        return ferryi_fail(error, FERRY_BUSY, (int32_t)code,
                           "%s exists already, and is %s: end the programs that use it, or choose "
                           "another name",
                           name, ferryi_kind_tell(path));
    return ferryi_named_refuse_section(code, name, bytes, error);
}

ferry_status ferryi_plain_memory_make(ferryi_plain_memory *out, const char *name, uint64_t bytes,
                                      ferryi_plain_access access, const ferryi_sharing *sharing,
                                      atomic_bool *lost, ferry_error *error) {
    (void)lost;
    wchar_t path[FERRYI_NAMED_LENGTH];
    ferryi_plain_memory memory = FERRYI_PLAIN_MEMORY_INIT;
    ferry_status status = ferryi_named_check(path, name, error);
    if (status != FERRY_OK)
        return status;
    HANDLE section = make_section(INVALID_HANDLE_VALUE, path, bytes, access, sharing);
    DWORD code = GetLastError();
    if (section != NULL && code == ERROR_ALREADY_EXISTS) { /* one of any size */
        CloseHandle(section);
        section = NULL;
    }
    if (section == NULL)
        return refuse_making(code, path, name, bytes, error);
    memory.shm.name = name;
    memory.shm.handle = (intptr_t)section;
    memory.is_made = true;
    return finish(out, &memory, map(&memory, name, FERRYI_PLAIN_WRITE, error));
}

/* ---- files ---- */

static ferry_status refuse_file(const char *path, DWORD code, ferry_error *error) {
    switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
        return ferryi_fail(error, FERRY_NO_PRODUCER, (int32_t)code,
                           "there is no file %.400s: have it made first, or name another", path);
    case ERROR_FILE_INVALID: /* a section of nothing */
        return ferryi_fail(error, FERRY_NO_PRODUCER, (int32_t)code,
                           "%.400s is empty: nobody has given it a length yet", path);
    default: return ferryi_fail_win32(error, code, "cannot open %.400s", path);
    }
}

static ferry_status no_regular(const char *path, ferry_error *error) {
    return ferryi_fail(error, FERRY_FOREIGN, 0, "%.400s is no regular file: name another", path);
}

/* Opens a file as others may have it open too. INVALID_HANDLE_VALUE: GetLastError. */
static HANDLE open_file(const wchar_t *path, ferryi_plain_access access) {
    const DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    DWORD rights = access == FERRYI_PLAIN_READ ? GENERIC_READ : GENERIC_READ | GENERIC_WRITE;
    DWORD how = access == FERRYI_PLAIN_READ ? OPEN_EXISTING : OPEN_ALWAYS;
    HANDLE file = INVALID_HANDLE_VALUE;
    if (access == FERRYI_PLAIN_EXECUTE) /* which a section to execute needs */
        file = CreateFileW(path, rights | GENERIC_EXECUTE, shared, NULL, how, FILE_ATTRIBUTE_NORMAL,
                           NULL);
    if (file == INVALID_HANDLE_VALUE)
        file = CreateFileW(path, rights, shared, NULL, how, FILE_ATTRIBUTE_NORMAL, NULL);
    return file;
}

static ferry_status find_file(HANDLE *out, const char *path, ferryi_plain_access access,
                              ferry_error *error) {
    wchar_t *wide = ferryi_path_widen(path);
    if (wide == NULL)
        return refuse_file(path, GetLastError(), error);
    HANDLE file = open_file(wide, access);
    DWORD code = GetLastError();
    DWORD attributes = GetFileAttributesW(wide);
    free(wide);
    if (file == INVALID_HANDLE_VALUE) {
        bool is_folder =
            attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
        if (is_folder)
            return no_regular(path, error);
        /* One that writes would have made it: nobody is waited for. */
        return access != FERRYI_PLAIN_READ
                   ? ferryi_fail_win32(error, code, "cannot make %.400s", path)
                   : refuse_file(path, code, error);
    }
    if (GetFileType(file) != FILE_TYPE_DISK) {
        CloseHandle(file);
        return no_regular(path, error);
    }
    *out = file;
    return FERRY_OK;
}

/* Opens the file of a view, by the name that the kernel has for it, to look at. (Under Wine that
 * begins with \??\ instead of a device.) INVALID_HANDLE_VALUE: it is of no file. */
static HANDLE open_file_of(void *base) {
    enum { LENGTH = 2048 };
    static const wchar_t dos[] = L"\\??\\";
    const size_t dos_length = sizeof dos / sizeof dos[0] - 1;
    wchar_t mapped[LENGTH], path[LENGTH + 16];
    if (K32GetMappedFileNameW(GetCurrentProcess(), base, mapped, LENGTH) == 0)
        return INVALID_HANDLE_VALUE;
    if (wcsncmp(mapped, dos, dos_length) == 0)
        swprintf(path, LENGTH + 16, L"\\\\?\\%ls", mapped + dos_length);
    else
        swprintf(path, LENGTH + 16, L"\\\\?\\GLOBALROOT%ls", mapped);
    return CreateFileW(path, FILE_READ_ATTRIBUTES,
                       FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_ATTRIBUTE_NORMAL, NULL);
}

/* Whether a view is one of this file. */
static bool is_view_of(void *base, HANDLE file) {
    BY_HANDLE_FILE_INFORMATION ours, mapped;
    HANDLE found = open_file_of(base);
    if (found == INVALID_HANDLE_VALUE)
        return false;
    bool is_same = GetFileInformationByHandle(found, &mapped) != 0 &&
                   GetFileInformationByHandle(file, &ours) != 0 &&
                   mapped.dwVolumeSerialNumber == ours.dwVolumeSerialNumber &&
                   mapped.nFileIndexHigh == ours.nFileIndexHigh &&
                   mapped.nFileIndexLow == ours.nFileIndexLow;
    CloseHandle(found);
    return is_same;
}

/* Maps a file by a section of this name. One that has the name already has to be of the file. */
static ferry_status map_file(ferryi_plain_memory *memory, HANDLE file, const char *path,
                             uint64_t bytes, ferryi_plain_access access,
                             const ferryi_sharing *sharing, ferry_error *error) {
    const char *name = memory->shm.name;
    wchar_t wide[FERRYI_NAMED_LENGTH];
    LARGE_INTEGER length;
    ferry_status status = ferryi_named_check(wide, name, error);
    if (status != FERRY_OK)
        return status;
    if (!GetFileSizeEx(file, &length))
        return ferryi_fail_win32(error, GetLastError(), "cannot look at %.400s", path);
    bool grows = access != FERRYI_PLAIN_READ && (uint64_t)length.QuadPart < bytes;
    HANDLE section = make_section(file, wide, grows ? bytes : 0, access, sharing);
    DWORD code = GetLastError();
    if (section == NULL && code == ERROR_INVALID_HANDLE)
        return ferryi_kind_refuse(code, "mapping", wide, name, error);
    if (section == NULL && code == ERROR_ACCESS_DENIED) /* the name: the file is open */
        return ferryi_named_refuse(code, name, error);
    if (section == NULL)
        return refuse_file(path, code, error);
    memory->shm.handle = (intptr_t)section;
    if (code == ERROR_ALREADY_EXISTS && sharing->with == FERRY_SHARING_NONE)
        status = ferryi_named_check_owner(section, name, error);
    if (status == FERRY_OK)
        status = map(memory, path, access, error);
    if (status == FERRY_OK && code == ERROR_ALREADY_EXISTS && !is_view_of(memory->shm.base, file))
        return ferryi_fail(error, FERRY_FOREIGN, (int32_t)code,
                           "%s is a mapping, and not of %.300s: end the programs that use it, or "
                           "choose another name",
                           name, path);
    return status;
}

ferry_status ferryi_plain_memory_file(ferryi_plain_memory *out, const char *name, const char *path,
                                      uint64_t bytes, ferryi_plain_access access,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    (void)lost;
    ferryi_plain_memory memory = FERRYI_PLAIN_MEMORY_INIT;
    HANDLE file = INVALID_HANDLE_VALUE;
    ferry_status status = find_file(&file, path, access, error);
    if (status != FERRY_OK)
        return status;
    memory.is_file = true;
    memory.shm.name = name;
    status = map_file(&memory, file, path, bytes, access, sharing, error);
    CloseHandle(file); /* the section keeps it */
    return finish(out, &memory, status);
}

/* ---- the rest ---- */

uint64_t ferryi_plain_memory_bytes(const ferryi_plain_memory *memory) {
    return memory->shm.size_bytes; /* nobody can make a section smaller */
}

bool ferryi_plain_memory_is_stale(const ferryi_plain_memory *memory) {
    return memory->shm.base == NULL || committed(memory->shm.base) > memory->shm.size_bytes;
}

ferry_status ferryi_plain_memory_reserve(const ferryi_plain_memory *memory, uint64_t bytes,
                                         ferry_error *error) {
    (void)memory; /* what is committed, and the room in a file, is there */
    (void)bytes;
    (void)error;
    return FERRY_OK;
}

void ferryi_plain_memory_flush(const ferryi_plain_memory *memory, uint64_t bytes) {
    uint64_t size = memory->shm.size_bytes;
    if (memory->is_file && memory->shm.base != NULL)
        FlushViewOfFile(memory->shm.base, (SIZE_T)(bytes < size ? bytes : size));
}

void ferryi_plain_memory_close(ferryi_plain_memory *memory, bool removes) {
    (void)removes; /* the name goes with the last handle */
    ferryi_shm_close(&memory->shm);
}
