/* Shared memory and semaphores as Qt's QSharedMemory and QSystemSemaphore have them (Qt 5.15, the
 * files qsharedmemory*.cpp and qsystemsemaphore*.cpp): on Linux those of System V, found by a file
 * for each key; on Windows a section and a semaphore, both with a name that is made of the key.
 *
 * Contract: one thread at a time. A peer that is killed while it has a lock gives it back on Linux
 * (SEM_UNDO) and keeps it on Windows until the last handle goes. Nothing in the memory is
 * believed; System V's can neither be cut nor grow. */
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

/* Makes the memory of a key, with zeros, and attaches to it, as QSharedMemory::create. FERRY_BUSY:
 * a process has it, or one that was killed has left it behind (Linux: an attach and a detach clear
 * that). FERRY_NO_SPACE, FERRY_NOT_ALLOWED, FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR. */
ferry_status ferryi_qt_memory_create(ferryi_qt_memory *out, const char *key, uint64_t bytes,
                                     ferry_error *error);

/* Attaches for reading and writing, or for reading alone, as QSharedMemory::attach.
 * FERRY_NO_PRODUCER: there is none. Otherwise as above. */
ferry_status ferryi_qt_memory_attach(ferryi_qt_memory *out, const char *key, bool writes,
                                     ferry_error *error);

/* Takes the lock that goes with the memory: true. False after timeout_ns, or earlier: for no reason
 * (a signal), or since a slice is over (deadline.h). */
bool ferryi_qt_memory_lock(ferryi_qt_memory *memory, int64_t timeout_ns);

/* Gives the lock back, once for each lock that was taken. */
void ferryi_qt_memory_unlock(ferryi_qt_memory *memory);

/* Detaches, as QSharedMemory::detach: the last one removes memory, lock and their files. Detached
 * memory is accepted. */
void ferryi_qt_memory_detach(ferryi_qt_memory *memory);

/* A QSystemSemaphore. */
typedef struct ferryi_qt_semaphore ferryi_qt_semaphore;

/* Opens the semaphore of a key, or makes it with this value. creates says QSystemSemaphore::Create:
 * an existing one is set to the value too, and its name goes when it is closed; else
 * QSystemSemaphore::Open. FERRY_NOT_ALLOWED, FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR. */
ferry_status ferryi_qt_semaphore_open(ferryi_qt_semaphore **out, const char *key, uint32_t value,
                                      bool creates, ferry_error *error);

/* As ferryi_semaphore_wait and ferryi_semaphore_release, but the value has no bound. On Linux what
 * was taken is given back when the process dies (SEM_UNDO), as Qt has it. */
bool ferryi_qt_semaphore_acquire(ferryi_qt_semaphore *semaphore, int64_t timeout_ns);
void ferryi_qt_semaphore_release(ferryi_qt_semaphore *semaphore);
uint32_t ferryi_qt_semaphore_value(ferryi_qt_semaphore *semaphore);

/* NULL in *semaphore is accepted. */
void ferryi_qt_semaphore_close(ferryi_qt_semaphore **semaphore);

#endif
