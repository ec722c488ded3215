/* Named semaphores as glibc has them, used without glibc's own calls: sem_post(3) and sem_wait(3)
 * take from the shared file how they have to call the kernel, and abort, or sleep without end, when
 * a peer has written nonsense there. Programs that know nothing of us go on using them on the same
 * file.
 *
 * Contract: any thread. A peer may write any value: the worst result is a wait that ends too early
 * or lasts for a whole slice (deadline.h). */
#ifndef FERRYI_PLATFORM_LINUX_GLIBC_SEMAPHORE_H
#define FERRYI_PLATFORM_LINUX_GLIBC_SEMAPHORE_H

#include <frameferry/status.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/linux/names.h"
#include "platform/sharing.h"
#include "platform/shm.h"
#include "platform/standing.h"

typedef struct ferryi_glibc_semaphore {
    struct ferryi_glibc_words *words;
    ferryi_shm shm; /* the mapping of the file, for the guard; each handle has its own */
    bool is_made;   /* by this handle: it did not exist before */
    char path[FERRYI_NAMES_BYTES]; /* as it was opened */
} ferryi_glibc_semaphore;

/* How sentences speak of what a semaphore is used as. */
typedef struct ferryi_glibc_use {
    const char *needs;   /* "which ...", of a C library whose semaphores cannot be used */
    const char *foreign; /* "is not ...", of anything else that has the name */
} ferryi_glibc_use;

/* Makes the semaphore with this value, or opens it when it exists. *created says which. *lost is
 * set when a peer has taken its memory away (guard.h), and outlives the handle. FERRY_FOREIGN:
 * something else has the name. FERRY_NOT_ALLOWED: sharing does not let this process use what has
 * it, or permission is denied. FERRY_NO_SPACE, FERRY_BAD_NAME, FERRY_NO_MEMORY.
 * FERRY_NOT_SUPPORTED: this C library has other semaphores. */
ferry_status ferryi_glibc_semaphore_make(ferryi_glibc_semaphore **out, const char *name,
                                         uint32_t value, const ferryi_glibc_use *use,
                                         const ferryi_sharing *sharing, atomic_bool *lost,
                                         ferry_error *error);

/* Opens a semaphore. FERRY_NO_PRODUCER: there is none. Otherwise as above. */
ferry_status ferryi_glibc_semaphore_open(ferryi_glibc_semaphore **out, const char *name,
                                         const ferryi_glibc_use *use, const ferryi_sharing *sharing,
                                         atomic_bool *lost, ferry_error *error);

/* Raises the value from 0 to 1; one that is above 0 stays as it is. Either way as many sleepers are
 * woken. */
void ferryi_glibc_semaphore_raise(ferryi_glibc_semaphore *semaphore, int wakes);

/* Lowers the value by at most this much; by how much. Never waits. */
uint32_t ferryi_glibc_semaphore_lower(ferryi_glibc_semaphore *semaphore, uint32_t most);

/* Returns the value. This look takes nothing, and hands nothing over. */
uint32_t ferryi_glibc_semaphore_value(ferryi_glibc_semaphore *semaphore);

/* Whether a thread sleeps, or was killed while it did. */
bool ferryi_glibc_semaphore_has_sleepers(const ferryi_glibc_semaphore *semaphore);

/* Waits until the value is above 0, and lowers it by 1: true. False after timeout_ns, or earlier:
 * for no reason (a signal), or since a slice is over. */
bool ferryi_glibc_semaphore_wait(ferryi_glibc_semaphore *semaphore, int64_t timeout_ns);

/* The same, but leaves the value as it is, so that all others who sleep see it too. */
bool ferryi_glibc_semaphore_await(ferryi_glibc_semaphore *semaphore, int64_t timeout_ns);

/* Whether this library made it, in this process or another one. */
bool ferryi_glibc_semaphore_is_ours(const ferryi_glibc_semaphore *semaphore);

/* Closes it. With removes, the name goes too if this user has made it with this library, in
 * whatever process, the name still stands for it, and no other process has it open. NULL in
 * *semaphore is accepted. */
void ferryi_glibc_semaphore_close(ferryi_glibc_semaphore **semaphore, bool removes);

/* Removes a path if what has it was made by this library, for this user; only_unused: and no
 * process has it open. Whether that was so. */
bool ferryi_glibc_semaphore_remove(const char *path, bool only_unused);

/* Whether what has a path was made by this library, for this user. Opens it for a moment. */
bool ferryi_glibc_semaphore_is_own(const char *path);

#endif
