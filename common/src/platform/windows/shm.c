/* Sections of the page file, which have a name from the moment that they are made and lose it with
 * the last handle. Source: CreateFileMappingW, OpenFileMappingW, MapViewOfFile, VirtualAlloc,
 * VirtualQuery in the Win32 manual.
 *
 * No process may find half of an object: it is set up in memory of this process, and copied into
 * the section when that is made. While this happens, an event NAME~making exists. A process that
 * has opened a section and finds that event closes it and looks again. (It is there before the
 * section is, and goes when the copy is complete. Should its maker die in between, an object is
 * found whose last bytes, where the magic of a frames object is, are still zero.) */
#include "platform/shm.h"

#include <stdatomic.h>
#include <string.h>
#include <windows.h>

#include <psapi.h> /* needs windows.h */

#include <frameferry/channel.h>

#include "platform/clock.h"
#include "platform/fault_point.h"
#include "platform/windows/failure.h"
#include "platform/windows/named.h"

enum { OPEN_ATTEMPTS = 20, OPEN_PAUSE_NS = 1000000 };

static HANDLE handle_of(const ferryi_shm *shm) {
    return (HANDLE)shm->handle;
}

bool ferryi_shm_has_sessions(void) {
    return true;
}

/* ---- making ---- */

ferry_status ferryi_shm_create(ferryi_shm *out, const char *name, uint64_t size_bytes,
                               ferry_error *error) {
    void *base = VirtualAlloc(NULL, size_bytes, MEM_RESERVE, PAGE_READWRITE);
    if (base == NULL)
        return ferryi_fail_win32(error, GetLastError(), "no address space for %llu bytes",
                                 (unsigned long long)size_bytes);
    *out = (ferryi_shm)FERRYI_SHM_INIT;
    out->base = base;
    out->size_bytes = size_bytes;
    out->name = name;
    return FERRY_OK;
}

/* Copies what has been committed of an object's memory, its last bytes last. */
static void copy_committed(uint8_t *to, const uint8_t *from, uint64_t size_bytes) {
    enum { LAST_BYTES = 8 };
    uint64_t end = size_bytes - LAST_BYTES;
    bool has_last = false;
    for (uint64_t offset = 0; offset < end;) {
        MEMORY_BASIC_INFORMATION about;
        if (VirtualQuery(from + offset, &about, sizeof about) == 0)
            return;
        uint64_t bytes = about.RegionSize < end - offset ? about.RegionSize : end - offset;
        has_last = about.State == MEM_COMMIT;
        if (has_last)
            memcpy(to + offset, from + offset, bytes);
        offset += bytes;
    }
    atomic_thread_fence(memory_order_release);
    if (has_last)
        memcpy(to + end, from + end, LAST_BYTES);
}

static HANDLE make_section(const ferryi_shm *shm, SECURITY_ATTRIBUTES *security) {
    enum { HALF_BITS = 32 };
    wchar_t name[FERRYI_NAMED_LENGTH];
    ferryi_named_make(name, shm->name);
    HANDLE section =
        CreateFileMappingW(INVALID_HANDLE_VALUE, security, PAGE_READWRITE | SEC_COMMIT,
                           (DWORD)(shm->size_bytes >> HALF_BITS), (DWORD)shm->size_bytes, name);
    /* One that was there already, whatever its size. */
    if (section != NULL && GetLastError() == ERROR_ALREADY_EXISTS) {
        CloseHandle(section);
        SetLastError(ERROR_ALREADY_EXISTS);
        return NULL;
    }
    return section;
}

/* Makes the section and moves the object there. The caller holds the name's ~making. */
static ferry_status move_to_section(ferryi_shm *shm, SECURITY_ATTRIBUTES *security,
                                    ferry_error *error) {
    HANDLE section = make_section(shm, security);
    if (section == NULL)
        return ferryi_named_refuse_section(GetLastError(), shm->name, shm->size_bytes, error);
    FERRYI_FAULT("publish.section");
    void *base = MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, shm->size_bytes);
    if (base == NULL) {
        DWORD code = GetLastError();
        CloseHandle(section);
        return ferryi_fail_win32(error, code, "cannot map %llu bytes of shared memory",
                                 (unsigned long long)shm->size_bytes);
    }
    copy_committed(base, shm->base, shm->size_bytes);
    VirtualFree(shm->base, 0, MEM_RELEASE);
    shm->base = base;
    shm->handle = (intptr_t)section;
    FERRYI_FAULT("publish.copied");
    return FERRY_OK;
}

ferry_status ferryi_shm_publish(ferryi_shm *shm, const ferryi_sharing *sharing,
                                unsigned others_write, ferry_error *error) {
    wchar_t name[FERRYI_NAMED_LENGTH];
    SECURITY_ATTRIBUTES *security =
        ferryi_named_security(ferryi_sharing_mode(sharing, others_write));
    ferryi_named_beside(name, shm->name, "making");
    HANDLE making = security != NULL ? CreateEventW(security, TRUE, FALSE, name) : NULL;
    DWORD code = GetLastError();
    ferry_status status = making == NULL || code == ERROR_ALREADY_EXISTS
                              ? ferryi_named_refuse_section(code, shm->name, shm->size_bytes, error)
                              : move_to_section(shm, security, error);
    if (making != NULL)
        CloseHandle(making);
    return status;
}

ferry_status ferryi_shm_share(const ferryi_shm *shm, const ferryi_sharing *sharing,
                              unsigned others_write, ferry_error *error) {
    (void)shm;
    (void)sharing;
    (void)others_write;
    (void)error;
    return FERRY_OK; /* names go with their users, and take what they were made for with them */
}

/* ---- opening ---- */

static ferry_status refuse(DWORD code, const char *name, ferry_error *error) {
    switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
        return ferryi_fail(error, FERRY_NO_PRODUCER, (int32_t)code, "there is no %s", name);
    case ERROR_INVALID_HANDLE: /* an event, a mutex */
        return ferryi_fail(error, FERRY_FOREIGN, (int32_t)code, "%s is not a memory object", name);
    default: return ferryi_fail_win32(error, code, "cannot open %s", name);
    }
}

/* Takes the size that can be touched. A section that reserves its memory, as ours do not, may have
 * committed less than all; what it has committed, nobody takes away again. One of a file is none of
 * ours: reading it can fail. */
static ferry_status measure(ferryi_shm *shm, ferry_error *error) {
    MEMORY_BASIC_INFORMATION about;
    wchar_t file[2];
    bool is_memory = VirtualQuery(shm->base, &about, sizeof about) != 0 &&
                     about.State == MEM_COMMIT && about.RegionSize >= FERRYI_SHM_PAGE;
    SetLastError(ERROR_SUCCESS);
    bool is_file = K32GetMappedFileNameW(GetCurrentProcess(), shm->base, file,
                                         sizeof file / sizeof file[0]) != 0 ||
                   GetLastError() == ERROR_INSUFFICIENT_BUFFER;
    if (!is_memory || is_file)
        return ferryi_fail(error, FERRY_FOREIGN, 0, "%s is not a memory object of a channel",
                           shm->name);
    shm->size_bytes = (uint64_t)about.RegionSize & ~(uint64_t)(FERRYI_SHM_PAGE - 1);
    return FERRY_OK;
}

static ferry_status open_once(ferryi_shm *shm, ferryi_shm_access access,
                              const ferryi_sharing *sharing, ferry_error *error) {
    wchar_t name[FERRYI_NAMED_LENGTH];
    DWORD rights = access == FERRYI_SHM_WRITE ? FILE_MAP_READ | FILE_MAP_WRITE : FILE_MAP_READ;
    bool any_user = sharing->with != FERRY_SHARING_NONE;
    ferryi_named_make(name, shm->name);
    HANDLE section = OpenFileMappingW(rights | (any_user ? 0 : READ_CONTROL), FALSE, name);
    if (section == NULL)
        return refuse(GetLastError(), shm->name, error);
    shm->handle = (intptr_t)section;
    ferry_status status = any_user ? FERRY_OK : ferryi_named_check_owner(section, shm->name, error);
    if (status != FERRY_OK)
        return status;
    shm->base = MapViewOfFile(section, rights, 0, 0, 0);
    if (shm->base == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot map %s", shm->name);
    status = measure(shm, error);
    if (status != FERRY_OK)
        return status;
    ferryi_named_beside(name, shm->name, "making");
    if (ferryi_named_event_exists(name))
        return ferryi_fail(error, FERRY_BUSY, 0, "%s is just being made", shm->name);
    return FERRY_OK;
}

ferry_status ferryi_shm_open(ferryi_shm *out, const char *name, ferryi_shm_access access,
                             const ferryi_sharing *sharing, ferry_error *error) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    shm.name = name;
    ferry_status status = FERRY_BUSY;
    for (int attempt = 0; attempt < OPEN_ATTEMPTS && status == FERRY_BUSY; attempt++) {
        if (attempt > 0)
            ferryi_clock_pause(OPEN_PAUSE_NS);
        status = open_once(&shm, access, sharing, error);
        if (status != FERRY_OK)
            ferryi_shm_close(&shm);
    }
    if (status == FERRY_OK)
        *out = shm;
    else if (status == FERRY_BUSY)
        status = ferryi_fail(error, FERRY_NO_PRODUCER, 0, "%s is just being made", name);
    return status;
}

/* ---- the rest ---- */

ferry_status ferryi_shm_reserve(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes,
                                ferry_error *error) {
    if (shm->handle != -1) /* a section, which has all of its memory */
        return FERRY_OK;
    return VirtualAlloc(shm->base + offset_bytes, bytes, MEM_COMMIT, PAGE_READWRITE) != NULL
               ? FERRY_OK
               : ferryi_named_refuse_section(ERROR_COMMITMENT_LIMIT, shm->name, bytes, error);
}

bool ferryi_shm_give_back(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes) {
    (void)shm; /* the pages of a section stay as long as it does (VirtualFree) */
    (void)offset_bytes;
    (void)bytes;
    return false;
}

uint64_t ferryi_shm_end(const ferryi_shm *shm) {
    return shm->size_bytes; /* sections have whole pages */
}

uint64_t ferryi_shm_memory(const ferryi_shm *shm) {
    return shm->size_bytes;
}

ferry_status ferryi_shm_extend(ferryi_shm *shm, uint64_t size_bytes, ferry_error *error) {
    (void)size_bytes;
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0, "%s cannot be made longer", shm->name);
}

bool ferryi_shm_is_backed(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes) {
    (void)shm; /* all memory is promised when an object is made */
    (void)offset_bytes;
    (void)bytes;
    return true;
}

bool ferryi_shm_read(const ferryi_shm *shm, uint64_t offset_bytes, void *out, uint64_t bytes) {
    memcpy(out, shm->base + offset_bytes, (size_t)bytes);
    return true;
}

void ferryi_shm_no_dump(const ferryi_shm *shm) {
    (void)shm; /* dumps leave mappings out unless they are asked for all memory */
}

void ferryi_shm_let_name_go(ferryi_shm *shm) {
    if (shm->handle != -1)
        CloseHandle(handle_of(shm));
    shm->handle = -1;
}

ferryi_standing ferryi_shm_standing(const ferryi_shm *shm) {
    /* Nobody can take the name from an object that is open. */
    return shm->handle != -1 ? FERRYI_NAME_STANDS : FERRYI_NAME_GONE;
}

bool ferryi_shm_has_name(const ferryi_shm *shm) {
    return ferryi_shm_standing(shm) == FERRYI_NAME_STANDS;
}

bool ferryi_shm_name_again(const ferryi_shm *shm) {
    (void)shm;
    return false; /* it has it, or there is no handle any more */
}

bool ferryi_shm_remove_name(ferryi_shm *shm) {
    ferryi_shm_let_name_go(shm);
    wchar_t name[FERRYI_NAMED_LENGTH];
    ferryi_named_make(name, shm->name);
    HANDLE section = OpenFileMappingW(FILE_MAP_READ, FALSE, name);
    if (section == NULL)
        return GetLastError() == ERROR_FILE_NOT_FOUND;
    CloseHandle(section);
    return false;
}

/* Another user's object goes with its last user: there is nothing dead to look at. */
bool ferryi_shm_look(ferryi_shm_sight *out, const char *name) {
    (void)out;
    (void)name;
    return false;
}

bool ferryi_shm_tell_removal(char *out, size_t out_bytes, const char *frames, const char *consumers,
                             const char *event) {
    (void)frames;
    (void)consumers;
    (void)event;
    if (out_bytes > 0)
        out[0] = '\0';
    return false;
}

const char *ferryi_shm_tell_freeing(void) {
    return "end the programs that use it";
}

void ferryi_shm_close(ferryi_shm *shm) {
    MEMORY_BASIC_INFORMATION about;
    if (shm->base != NULL && VirtualQuery(shm->base, &about, sizeof about) != 0) {
        if (about.Type == MEM_PRIVATE)
            VirtualFree(shm->base, 0, MEM_RELEASE);
        else
            UnmapViewOfFile(shm->base);
    }
    ferryi_shm_let_name_go(shm);
    shm->base = NULL;
    shm->size_bytes = 0;
}

void ferryi_shm_watch_open(ferryi_shm_watch *watch) {
    watch->handle = -1; /* the system tells nobody of new names */
}

void ferryi_shm_watch_wait(ferryi_shm_watch *watch, int64_t timeout_ns) {
    (void)watch;
    const int64_t longest_ns = INT64_C(20000000);
    ferryi_clock_pause(timeout_ns < longest_ns ? timeout_ns : longest_ns);
}

void ferryi_shm_watch_close(ferryi_shm_watch *watch) {
    (void)watch;
}
