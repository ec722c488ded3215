/* Shared memory as QSharedMemory has it (Qt 5.15, qsharedmemory*.cpp): on Linux that of System V,
 * found by a file for each key; on Windows a section whose name is made of the key (qt_key.h). The
 * lock that goes with it is a QSystemSemaphore of the same key (qt_semaphore.h).
 *
 * Contract: one thread at a time. A peer that is killed while it has the lock gives it back on
 * Linux (SEM_UNDO) and keeps it on Windows until the last handle goes. Nothing in the memory is
 * believed; System V's can neither be cut nor grow. Only what belongs to this user, and to nobody
 * else, is used. */
#ifndef FERRYI_PLATFORM_QT_MEMORY_H
#define FERRYI_PLATFORM_QT_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/status.h>

typedef struct ferryi_qt_memory {
    uint8_t *base;       /* NULL: not attached */
    uint64_t size_bytes; /* as QSharedMemory::size says: exact on Linux, whole pages on Windows */
    struct ferryi_qt_handles *handles; /* the system's */
} ferryi_qt_memory;

#define FERRYI_QT_MEMORY_INIT                                                                      \
    { .base = NULL }

/* Makes the memory of a key, with zeros, and attaches to it, as QSharedMemory::create. bytes: from
 * 1 to INT32_MAX, which is Qt's limit. FERRY_BUSY: a process has it, or one that was killed has
 * left it behind (Linux: an attach and a detach clear that). FERRY_INVALID_ARGUMENT: bytes, or the
 * key (qt_key.h). FERRY_NO_SPACE, FERRY_NOT_ALLOWED, FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR. Takes up
 * to a second where the lock of memory that is not there has been left taken. */
ferry_status ferryi_qt_memory_create(ferryi_qt_memory *out, const char *key, uint64_t bytes,
                                     ferry_error *error);

/* Attaches for reading and writing, or for reading alone, as QSharedMemory::attach, but waits for
 * the lock for no longer than a slice (deadline.h): one that has it for longer is attached, so that
 * the memory stays. FERRY_NO_PRODUCER: there is none. Otherwise as above. */
ferry_status ferryi_qt_memory_attach(ferryi_qt_memory *out, const char *key, bool writes,
                                     ferry_error *error);

/* Takes the lock that goes with the memory, which this end does not have yet: true. False after
 * timeout_ns, or earlier: for no reason (a signal), or since a slice is over (deadline.h). */
bool ferryi_qt_memory_lock(ferryi_qt_memory *memory, int64_t timeout_ns);

/* Gives the lock back, once for each lock that was taken. */
void ferryi_qt_memory_unlock(ferryi_qt_memory *memory);

/* Detaches, as QSharedMemory::detach: the last one removes memory, lock and their files. Takes up
 * to a second where another process keeps the lock. Detached memory is accepted. */
void ferryi_qt_memory_detach(ferryi_qt_memory *memory);

#endif
