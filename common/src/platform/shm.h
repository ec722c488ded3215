/* Named shared memory objects, mapped whole.
 *
 * Contract: an object gets its name only when it is complete, so that nobody can find half of one.
 * Names are those of the channel (checked by the caller) with a suffix of the library's own. Sizes
 * are in bytes and multiples of FERRYI_SHM_PAGE. A handle is not locked: one thread at a time. */
#ifndef FERRYI_PLATFORM_SHM_H
#define FERRYI_PLATFORM_SHM_H

#include <frameferry/status.h>
#include <stdbool.h>
#include <stdint.h>

/* The page size that the layout is made for. Systems with larger pages map multiples of it. */
#define FERRYI_SHM_PAGE 4096u

typedef enum ferryi_shm_access { FERRYI_SHM_READ, FERRYI_SHM_WRITE } ferryi_shm_access;

typedef struct ferryi_shm {
    uint8_t *base; /* NULL: not mapped */
    uint64_t size_bytes;
    int descriptor; /* valid while base is */
} ferryi_shm;

#define FERRYI_SHM_INIT                                                                            \
    { .base = NULL, .descriptor = -1 }

/* Makes an object without a name, zeroed and mapped for writing. No memory is taken before it is
 * reserved or touched. mode is that of chmod(2). */
ferry_status ferryi_shm_create(ferryi_shm *out, uint64_t size_bytes, unsigned mode,
                               ferry_error *error);

/* Gives an object its name. FERRY_BUSY: the name is taken. */
ferry_status ferryi_shm_publish(const ferryi_shm *shm, const char *name, ferry_error *error);

/* Opens and maps what has a name, up to its whole pages. FERRY_NO_PRODUCER: nothing has it, or what
 * nobody uses is just being removed.
 * FERRY_FOREIGN: it is no memory object, or empty. FERRY_NOT_ALLOWED: it is another user's and
 * any_user is false, or permission is denied. */
ferry_status ferryi_shm_open(ferryi_shm *out, const char *name, ferryi_shm_access access,
                             bool any_user, ferry_error *error);

/* Makes an object that is mapped for writing larger, with memory for what is added; its mapping may
 * move. On failure it is as it was. FERRY_NO_SPACE as in ferryi_shm_reserve. */
ferry_status ferryi_shm_extend(ferryi_shm *shm, uint64_t size_bytes, ferry_error *error);

/* Makes sure that bytes from offset on can be written without running out of memory: the system's
 * limit is met here, as FERRY_NO_SPACE, and not as a signal in the midst of a frame. May take
 * milliseconds even when the memory is there already: remember what has been reserved. */
ferry_status ferryi_shm_reserve(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes,
                                ferry_error *error);

/* Leaves the pixels out of core dumps. */
void ferryi_shm_no_dump(const ferryi_shm *shm);

/* Whether a name still stands for this object. */
bool ferryi_shm_has_name(const ferryi_shm *shm, const char *name);

/* Removes a name. Only for the holder of the producer's lease on the object that has it, who has
 * seen that it does: then nobody else can have put another object in its place in between. */
void ferryi_shm_remove_name(const char *name);

void ferryi_shm_close(ferryi_shm *shm);

/* Watches for objects that get a name: the event that a consumer waits for while there is no
 * producer. Where the system has none, wait sleeps for a short while. */
typedef struct ferryi_shm_watch {
    int descriptor;
} ferryi_shm_watch;

void ferryi_shm_watch_open(ferryi_shm_watch *watch);
void ferryi_shm_watch_wait(ferryi_shm_watch *watch, int64_t timeout_ns);
void ferryi_shm_watch_close(ferryi_shm_watch *watch);

#endif
