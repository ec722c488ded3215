/* A lease is that a named event exists: the system removes it with the last handle to it, hence
 * with the process, however that ends. Nobody waits on it. A mutex, which is made for exclusion,
 * belongs to a thread, and would be gone with the thread that happened to take it. Source:
 * CreateEventW, OpenEventW in the Win32 manual. */
#include "platform/lease.h"

#include <stdlib.h>

#include "platform/windows/failure.h"
#include "platform/windows/named.h"

typedef struct ferryi_holder {
    const char *name; /* of the object */
    uint64_t key;
    HANDLE held[FERRYI_LEASES]; /* NULL: not */
} ferryi_holder;

static void name_of(wchar_t out[FERRYI_NAMED_LENGTH], const char *name, unsigned index,
                    uint64_t key) {
    ferryi_named_of(out, name, "lease", index, key);
}

ferry_status ferryi_leases_check(const ferryi_shm *shm, ferry_error *error) {
    (void)shm;
    (void)error;
    return FERRY_OK;
}

ferry_status ferryi_leases_open(ferryi_leases *out, const ferryi_shm *shm, ferry_error *error) {
    ferryi_holder *holder = calloc(1, sizeof *holder);
    if (holder == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    holder->name = shm->name;
    holder->key = shm->key;
    out->holder = holder;
    return FERRY_OK;
}

bool ferryi_lease_take(const ferryi_leases *leases, unsigned index) {
    ferryi_holder *holder = leases->holder;
    if (holder == NULL)
        return false;
    if (holder->held[index] != NULL)
        return true;
    wchar_t name[FERRYI_NAMED_LENGTH];
    name_of(name, holder->name, index, holder->key);
    /* Its security descriptor does not matter: a process that may not open it sees that it is
     * there. */
    HANDLE lease = CreateEventW(NULL, TRUE, FALSE, name);
    if (lease == NULL)
        return false;
    if (GetLastError() == ERROR_ALREADY_EXISTS) {
        CloseHandle(lease);
        return false;
    }
    holder->held[index] = lease;
    return true;
}

void ferryi_lease_drop(const ferryi_leases *leases, unsigned index) {
    ferryi_holder *holder = leases->holder;
    if (holder == NULL || holder->held[index] == NULL)
        return;
    CloseHandle(holder->held[index]);
    holder->held[index] = NULL;
}

bool ferryi_lease_is_held(const ferryi_shm *shm, unsigned index) {
    wchar_t name[FERRYI_NAMED_LENGTH];
    name_of(name, shm->name, index, shm->key);
    return ferryi_named_event_exists(name);
}

bool ferryi_leases_alone(const ferryi_leases *leases) {
    if (leases->holder == NULL)
        return false;
    /* The caller has closed its own handle: if nobody else has one, the name is gone already. */
    wchar_t name[FERRYI_NAMED_LENGTH];
    ferryi_named_make(name, leases->holder->name);
    HANDLE object = OpenFileMappingW(FILE_MAP_READ, FALSE, name);
    if (object == NULL)
        return GetLastError() == ERROR_FILE_NOT_FOUND;
    CloseHandle(object);
    return false;
}

void ferryi_leases_close(ferryi_leases *leases) {
    if (leases->holder == NULL)
        return;
    for (unsigned i = 0; i < FERRYI_LEASES; i++)
        ferryi_lease_drop(leases, i);
    free(leases->holder);
    leases->holder = NULL;
}
