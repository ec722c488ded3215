/* Nothing to guard against: nobody can make a section smaller, or take memory away from one that is
 * mapped, and all of it was committed when it was made (CreateFileMappingW, SEC_COMMIT). */
#include "platform/guard.h"

#include <frameferry/guard.h>

void ferryi_guard_watch(ferryi_shm *shm, ferryi_shm_access access, atomic_bool *hit) {
    (void)shm;
    (void)access;
    (void)hit;
}

void ferryi_guard_unwatch(ferryi_shm *shm) {
    (void)shm;
}

ferry_status ferry_guard_install(void) {
    return FERRY_OK;
}
