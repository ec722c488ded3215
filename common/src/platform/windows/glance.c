/* Source: OpenFileMappingW, MapViewOfFile in the Win32 manual. A view cannot be cut short. */
#include "platform/glance.h"

#include <windows.h>

#include "platform/windows/named.h"
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

/* docs/decisions/0051-names-on-windows-are-not-listed.md */
ferry_status ferryi_glance_list(bool (*see)(void *argument, const char *name), void *argument,
                                ferry_error *error) {
    (void)see;
    (void)argument;
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "Windows has no documented list of shared memory: name the channel");
}
