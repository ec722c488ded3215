/* Source: OpenFileMappingW, MapViewOfFile in the Win32 manual. A view cannot be cut short. */
#include "platform/glance.h"

#include <stdio.h>
#include <wchar.h>
#include <windows.h>

#include "platform/windows/failure.h"
#include "platform/windows/named.h"
#include "platform/windows/sections.h"
#include "support/error.h"

/* Whether the object can be opened is all that is asked of its permissions. */
ferry_status ferryi_glance_open(ferryi_glance *out, const char *name, ferry_error *error) {
    const ferryi_sharing anybody = {.with = FERRY_SHARING_EVERYONE};
    *out = (ferryi_glance)FERRYI_GLANCE_INIT;
    out->shm.name = name;
    ferry_status status = ferryi_shm_open(&out->shm, name, FERRYI_SHM_READ, &anybody, error);
    if (status == FERRY_OK) /* a section has all of its memory */
        out->object_bytes = out->memory_bytes = out->shm.size_bytes;
    return status;
}

bool ferryi_glance_read(const ferryi_glance *glance, uint64_t offset_bytes, void *out,
                        uint64_t bytes) {
    if (offset_bytes > glance->shm.size_bytes || bytes > glance->shm.size_bytes - offset_bytes)
        return false;
    return ferryi_shm_read(&glance->shm, offset_bytes, out, bytes);
}

void ferryi_glance_close(ferryi_glance *glance) {
    ferryi_shm_close(&glance->shm);
}

bool ferryi_glance_lets_names_go(void) {
    return false;
}

void ferryi_glance_name_owner(const ferryi_glance *glance,
                              char text[static FERRYI_GLANCE_OWNER_BYTES]) {
    (void)glance;
    text[0] = '\0';
}

bool ferryi_glance_has_object(const char *name) {
    wchar_t wide[FERRYI_NAMED_LENGTH];
    ferryi_named_make(wide, name);
    HANDLE section = OpenFileMappingW(FILE_MAP_READ, FALSE, wide);
    if (section == NULL)
        return GetLastError() == ERROR_ACCESS_DENIED;
    CloseHandle(section);
    return true;
}

/* A semaphore may stand in an event's place (signal_event.c), and nothing else. */
bool ferryi_glance_has_event(const char *name) {
    wchar_t wide[FERRYI_NAMED_LENGTH];
    ferryi_named_make(wide, name);
    HANDLE event = OpenEventW(SYNCHRONIZE, FALSE, wide);
    if (event == NULL)
        return GetLastError() == ERROR_INVALID_HANDLE ? ferryi_glance_has_semaphore(name)
                                                      : GetLastError() != ERROR_FILE_NOT_FOUND;
    CloseHandle(event);
    return true;
}

bool ferryi_glance_has_semaphore(const char *name) {
    wchar_t wide[FERRYI_NAMED_LENGTH];
    ferryi_named_make(wide, name);
    HANDLE semaphore = OpenSemaphoreW(SYNCHRONIZE, FALSE, wide);
    if (semaphore == NULL)
        return GetLastError() == ERROR_ACCESS_DENIED;
    CloseHandle(semaphore);
    return true;
}

/* ---- names ---- */

#define GLOBAL L"\\BaseNamedObjects"
#define GLOBAL_PREFIX "Global\\"

typedef struct names {
    bool (*see)(void *argument, const char *name);
    void *argument;
    const char *prefix;
    int left;
    bool is_over;
} names;

static bool see_name(void *argument, const char *name) {
    names *n = argument;
    char whole[FERRYI_NAMED_LENGTH];
    size_t length = (size_t)snprintf(whole, sizeof whole, "%s%s", n->prefix, name);
    if (length < sizeof whole) /* no name of a channel's is longer */
        n->is_over = !n->see(n->argument, whole) || --n->left == 0;
    return !n->is_over;
}

static ferry_status refuse_names(int32_t code, ferry_error *error) {
    if (code == FERRYI_SECTIONS_NO_CALL)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, code,
                           "this Windows does not list its named objects: name the channel");
    return ferryi_fail(
        error, FERRY_NOT_SUPPORTED, code,
        "Windows does not let this process list the named objects of its session, as "
        "in an app container (NTSTATUS 0x%08lx): name the channel",
        (unsigned long)(uint32_t)code);
}

/* Programs of a session find their names in its own directory, and those with Global\ in front in
 * that of session 0. */
ferry_status ferryi_glance_list(bool (*see)(void *argument, const char *name), void *argument,
                                ferry_error *error) {
    enum { NAMES_MOST = 65536, DIRECTORY_LENGTH = 64 };
    wchar_t own[DIRECTORY_LENGTH] = GLOBAL;
    DWORD session = 0;
    names n = {.see = see, .argument = argument, .prefix = "", .left = NAMES_MOST};
    if (!ProcessIdToSessionId(GetCurrentProcessId(), &session))
        return ferryi_fail_win32(error, GetLastError(), "cannot tell the session of this process");
    if (session != 0)
        swprintf(own, DIRECTORY_LENGTH, L"\\Sessions\\%lu" GLOBAL, session);
    int32_t code = ferryi_sections_list(own, see_name, &n);
    if (code < 0)
        return refuse_names(code, error);
    n.prefix = GLOBAL_PREFIX;
    if (session != 0 && !n.is_over)
        ferryi_sections_list(GLOBAL, see_name, &n); /* what this process may not see is left out */
    return FERRY_OK;
}
