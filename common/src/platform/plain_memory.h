/* Named memory as programs share it that know nothing of this library: of any size, without a sign
 * of life, and with bytes that anybody may write at any time.
 *
 * Contract: a handle is not locked: one thread at a time. Nothing in the memory is believed, and
 * its end may move: ferryi_plain_memory_bytes is asked before each access. On Linux a name is that
 * of shm_open(3), and stands until a process removes it. On Windows it is that of a section, which
 * goes with the last handle. */
#ifndef FERRYI_PLATFORM_PLAIN_MEMORY_H
#define FERRYI_PLATFORM_PLAIN_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <frameferry/status.h>

#include "platform/sharing.h"
#include "platform/shm.h"

/* The rights that memory is opened with, and made for. */
typedef enum ferryi_plain_access {
    FERRYI_PLAIN_READ,
    FERRYI_PLAIN_WRITE,
    /* Windows: PAGE_EXECUTE_READWRITE, for programs that ask for the right to execute. This process
     * never asks for it. The same as writing where memory is made without a protection. */
    FERRYI_PLAIN_EXECUTE
} ferryi_plain_access;

typedef struct ferryi_plain_memory {
    ferryi_shm shm; /* base, and size_bytes as it was when it was mapped; its name, for a file on
                       Linux its path, is the caller's, and outlives the handle */
    bool is_made;   /* by this user with this library, in whatever process, as far as that shows */
    bool is_file;   /* a file of a path, which stays */
} ferryi_plain_memory;

#define FERRYI_PLAIN_MEMORY_INIT                                                                   \
    { .shm = FERRYI_SHM_INIT }

/* Opens and maps what has a name. size_bytes is its real length where the system knows it (Linux),
 * else that of its whole pages. *lost is set when a peer has taken its memory away (guard.h), and
 * outlives the handle. FERRY_NO_PRODUCER: nothing has the name, or what has it is empty: it is just
 * being made. FERRY_FOREIGN: something else than memory has the name. FERRY_NOT_ALLOWED: sharing
 * does not let this process use it, or permission is denied. Also the other failures of
 * ferryi_shm_open. */
ferry_status ferryi_plain_memory_open(ferryi_plain_memory *out, const char *name,
                                      ferryi_plain_access access, const ferryi_sharing *sharing,
                                      atomic_bool *lost, ferry_error *error);

/* Makes memory of zeros under a name, of exactly this length where the system has such (Linux), and
 * maps it for writing. Nobody finds half of it. FERRY_BUSY: the name is taken. FERRY_NO_SPACE.
 * Otherwise as ferryi_shm_publish. */
ferry_status ferryi_plain_memory_make(ferryi_plain_memory *out, const char *name, uint64_t bytes,
                                      ferryi_plain_access access, const ferryi_sharing *sharing,
                                      atomic_bool *lost, ferry_error *error);

/* Maps a file, and on Windows gives the section this name, so that programs find it by either. One
 * that is to be written is made if it is not there, and made as long as bytes if it is shorter.
 * Others may read and write it meanwhile. FERRY_NO_PRODUCER: one that is to be read is not there,
 * or empty. FERRY_FOREIGN: it is no regular file. FERRY_NOT_ALLOWED, FERRY_NO_SPACE,
 * FERRY_SYSTEM_ERROR. */
ferry_status ferryi_plain_memory_file(ferryi_plain_memory *out, const char *name, const char *path,
                                      uint64_t bytes, ferryi_plain_access access,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error);

/* How many bytes are there now, of those that are mapped: a peer may have cut it short. A look, not
 * a promise. */
uint64_t ferryi_plain_memory_bytes(const ferryi_plain_memory *memory);

/* Whether the name no longer stands for this memory, or it has grown: then it has to be opened
 * anew. */
bool ferryi_plain_memory_is_stale(const ferryi_plain_memory *memory);

/* Makes sure that the first bytes can be written without running out of memory, as
 * ferryi_shm_reserve; FERRY_NO_SPACE. */
ferry_status ferryi_plain_memory_reserve(const ferryi_plain_memory *memory, uint64_t bytes,
                                         ferry_error *error);

/* Hands what was written to a file to the system (msync(2), FlushViewOfFile); nothing for other
 * memory. */
void ferryi_plain_memory_flush(const ferryi_plain_memory *memory, uint64_t bytes);

/* Unmaps and closes. With removes, the name goes too if is_made, the name still stands for it, and
 * no other process has it open: none that was made by others, or is in use, loses its name. Closed
 * memory is accepted. */
void ferryi_plain_memory_close(ferryi_plain_memory *memory, bool removes);

#endif
