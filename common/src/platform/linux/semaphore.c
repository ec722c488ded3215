/* A named semaphore of sem_open(3). Its value has no bound there, and what a peer has raised it to
 * counts: only our own releases stop at 1. */
#define _GNU_SOURCE
#include "platform/semaphore.h"

#include "platform/linux/glibc_semaphore.h"
#include "platform/linux/names.h"

struct ferryi_semaphore {
    ferryi_glibc_semaphore semaphore; /* alone here: one that is made, or opened, is this */
};

static const ferryi_glibc_use use = {
    .needs = "which this dialect needs to take turns: use the native dialect, or one without "
             "semaphores",
    .foreign = "is not a semaphore: remove it, or choose another name",
};

ferry_status ferryi_semaphore_make(ferryi_semaphore **out, const char *name, uint32_t value,
                                   const ferryi_sharing *sharing, atomic_bool *lost,
                                   ferry_error *error) {
    ferryi_glibc_semaphore *semaphore = NULL;
    ferry_status status =
        ferryi_glibc_semaphore_make(&semaphore, name, value, &use, sharing, lost, error);
    if (status == FERRY_OK)
        *out = (ferryi_semaphore *)semaphore;
    return status;
}

ferry_status ferryi_semaphore_open(ferryi_semaphore **out, const char *name,
                                   const ferryi_sharing *sharing, atomic_bool *lost,
                                   ferry_error *error) {
    ferryi_glibc_semaphore *semaphore = NULL;
    ferry_status status = ferryi_glibc_semaphore_open(&semaphore, name, &use, sharing, lost, error);
    if (status == FERRY_OK)
        *out = (ferryi_semaphore *)semaphore;
    return status;
}

bool ferryi_semaphore_wait(ferryi_semaphore *semaphore, int64_t timeout_ns) {
    return ferryi_glibc_semaphore_wait(&semaphore->semaphore, timeout_ns);
}

void ferryi_semaphore_release(ferryi_semaphore *semaphore) {
    ferryi_glibc_semaphore_raise(&semaphore->semaphore, 1);
}

uint32_t ferryi_semaphore_value(ferryi_semaphore *semaphore) {
    return ferryi_glibc_semaphore_value(&semaphore->semaphore);
}

bool ferryi_semaphore_has_waiter(ferryi_semaphore *semaphore) {
    return ferryi_glibc_semaphore_has_sleepers(&semaphore->semaphore);
}

ferryi_standing ferryi_semaphore_standing(const ferryi_semaphore *semaphore) {
    return ferryi_names_standing(semaphore->semaphore.path, (int)semaphore->semaphore.shm.handle);
}

void ferryi_semaphore_close(ferryi_semaphore **semaphore, bool removes) {
    ferryi_glibc_semaphore *closed = (ferryi_glibc_semaphore *)*semaphore;
    ferryi_glibc_semaphore_close(&closed, removes);
    *semaphore = NULL;
}
