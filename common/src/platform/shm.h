/* Named shared memory objects, mapped whole.
 *
 * Contract: an object gets its name only when it is complete, so that nobody can find half of one.
 * Names are those of the channel (checked by the caller) with a suffix of the library's own. Sizes
 * are in bytes and multiples of FERRYI_SHM_PAGE. A handle is not locked: one thread at a time.
 *
 * On Linux a name is an entry in a folder: it stands until a process removes it, even when no
 * process has the object, and a new object can have it while the old one is still in use. On
 * Windows it belongs to the object, and goes with the last handle to it. The calls below hold for
 * both. */
#ifndef FERRYI_PLATFORM_SHM_H
#define FERRYI_PLATFORM_SHM_H

#include <frameferry/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/sharing.h"
#include "platform/standing.h"

/* The page size that the layout is made for. Systems with larger pages map multiples of it. */
#define FERRYI_SHM_PAGE 4096u

typedef enum ferryi_shm_access { FERRYI_SHM_READ, FERRYI_SHM_WRITE } ferryi_shm_access;

typedef struct ferryi_shm {
    uint8_t *base; /* NULL: not mapped */
    uint64_t size_bytes;
    intptr_t handle; /* the system's: a descriptor, a HANDLE; -1: none */
    const char
        *name; /* the object's, or that it is going to have; the caller's, and outlives this */
    /* Tells an object from another one that had the same name before, where leases and events have
     * names that are made of the object's: the generation, in both objects of a native channel and
     * in every consumers object; 0 in a dialect's frames object, which changes hands. Set by
     * the process that makes the object, or has read its generation, before it uses leases or
     * events. */
    uint64_t key;
    unsigned watch; /* guard.h's; 0: it is not watched */
} ferryi_shm;

#define FERRYI_SHM_INIT                                                                            \
    { .base = NULL, .handle = -1 }

/* Whether a name may say which session of the system an object lives in (Local\, Global\). */
bool ferryi_shm_has_sessions(void);

/* Makes an object that is going to have this name, zeroed and mapped for writing. Only what has
 * been reserved may be touched, and no memory is taken for anything else before publishing. */
ferry_status ferryi_shm_create(ferryi_shm *out, const char *name, uint64_t size_bytes,
                               ferry_error *error);

/* Gives an object its name; its mapping may move. Those whom it is shared with may read it, and
 * write it if others_write. FERRY_BUSY: the name is taken. FERRY_NOT_ALLOWED: it cannot be shared
 * with this group. FERRY_NO_SPACE as in ferryi_shm_reserve, on a system that reserves all of an
 * object at once. */
ferry_status ferryi_shm_publish(ferryi_shm *shm, const ferryi_sharing *sharing,
                                unsigned others_write, ferry_error *error);

/* Shares an object that has its name already, if it is this user's: with those of its new producer
 * and no longer with others, as far as they have not mapped it. On Windows an object keeps those
 * whom it was made for. */
ferry_status ferryi_shm_share(const ferryi_shm *shm, const ferryi_sharing *sharing,
                              unsigned others_write, ferry_error *error);

/* Opens and maps what has a name, up to its whole pages. FERRY_NO_PRODUCER: nothing has it, or what
 * nobody uses is just being removed, or it is just being made.
 * FERRY_FOREIGN: it is no memory object, or empty. FERRY_NOT_ALLOWED: sharing does not
 * let this process use it, or permission is denied. */
ferry_status ferryi_shm_open(ferryi_shm *out, const char *name, ferryi_shm_access access,
                             const ferryi_sharing *sharing, ferry_error *error);

/* Where an object ends: behind its whole pages, there may be part of one. */
uint64_t ferryi_shm_end(const ferryi_shm *shm);

/* The memory that an object takes now. On Windows all of it, from its beginning. */
uint64_t ferryi_shm_memory(const ferryi_shm *shm);

/* Makes an object that is mapped for writing larger, with memory for what is added; its mapping may
 * move. On failure it is as it was. FERRY_NO_SPACE as in ferryi_shm_reserve, FERRY_NOT_SUPPORTED on
 * a system whose objects keep their size. */
ferry_status ferryi_shm_extend(ferryi_shm *shm, uint64_t size_bytes, ferry_error *error);

/* Makes sure that bytes from offset on can be written without running out of memory: the system's
 * limit is met here, as FERRY_NO_SPACE, and not as a signal in the midst of a frame. May take
 * milliseconds even when the memory is there already: remember what has been reserved. */
ferry_status ferryi_shm_reserve(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes,
                                ferry_error *error);

/* Gives memory back that has been reserved: whole pages, which nobody reads any more, and which
 * read as zeros when they have been reserved again. False: this system keeps it. */
bool ferryi_shm_give_back(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes);

/* Whether all of these bytes have memory already. Those that nobody has reserved or written read as
 * zeros, but touching them takes memory, which there may not be, and then is a signal. For objects
 * that other programs may have made. */
bool ferryi_shm_is_backed(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes);

/* Copies bytes of an object that need not be backed. False: they are gone, for a peer has cut the
 * object short. */
bool ferryi_shm_read(const ferryi_shm *shm, uint64_t offset_bytes, void *out, uint64_t bytes);

/* Leaves the pixels out of core dumps. */
void ferryi_shm_no_dump(const ferryi_shm *shm);

/* From here on this process does not count as a user of the name: where it goes with its last user,
 * it goes with the others. The mapping stays. Then the object is no longer one to seize, to remove
 * or to ask for its name. */
void ferryi_shm_let_name_go(ferryi_shm *shm);

/* Whether the name stands for this object, for nothing, or for something else. */
ferryi_standing ferryi_shm_standing(const ferryi_shm *shm);

/* Whether the name still stands for this object. */
bool ferryi_shm_has_name(const ferryi_shm *shm);

/* Gives an object its name once more, which somebody has taken from it. Only for the holder of the
 * producer's lease. False: something else has the name, or the system does not do it (Linux: when
 * the object has no name left at all). */
bool ferryi_shm_name_again(const ferryi_shm *shm);

/* Removes the name; the object may be closed already. Only for the holder of a lease on the object
 * that has it, after a look that showed that it does: then no other process can have put another
 * object in its place in between. False, and the name stands: somebody uses the object, on a system
 * where it stands as long as that; or it is another user's, in a folder where only that user may
 * remove it. */
bool ferryi_shm_remove_name(ferryi_shm *shm);

/* Another user's object as it is seen from outside, without mapping it. */
typedef struct ferryi_shm_sight {
    char owner[64];    /* for people */
    bool is_readable;  /* false: the fields below are unknown */
    bool has_producer; /* the lease of one is held */
    uint8_t first[8];  /* the first and the last bytes of its whole pages */
    uint8_t last[8];
    int32_t os_code; /* the system's number for "not allowed" */
} ferryi_shm_sight;

/* Looks at what has a name. False: nothing has it, it is this user's, or the system has no way to
 * look. */
bool ferryi_shm_look(ferryi_shm_sight *out, const char *name);

/* Writes, for people, the command that removes those names of a channel that another user has left
 * (event: the dialect's). False: it has no room, and something shorter is written. */
bool ferryi_shm_tell_removal(char *out, size_t out_bytes, const char *frames, const char *consumers,
                             const char *event);

/* For sentences, what frees a name that another program's object has: "remove it", or what the user
 * does where a name goes with the last user of the object. Static storage. */
const char *ferryi_shm_tell_freeing(void);

/* Unmaps and closes; name and key stay. */
void ferryi_shm_close(ferryi_shm *shm);

/* Watches for objects that get a name: the event that a consumer waits for while there is no
 * producer. Where the system has no such event, wait sleeps for a short while. */
typedef struct ferryi_shm_watch {
    intptr_t handle; /* -1: none */
} ferryi_shm_watch;

void ferryi_shm_watch_open(ferryi_shm_watch *watch);
void ferryi_shm_watch_wait(ferryi_shm_watch *watch, int64_t timeout_ns);
void ferryi_shm_watch_close(ferryi_shm_watch *watch);

#endif
