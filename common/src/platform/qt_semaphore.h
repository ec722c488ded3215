/* Semaphores as QSystemSemaphore has them (Qt 5.15, qsystemsemaphore*.cpp): on Linux those of
 * System V, found by a file for each key; on Windows a semaphore object whose name is made of the
 * key (qt_key.h).
 *
 * Contract: one thread at a time. Peers may be killed, and may write any value: the worst result is
 * a wait that ends too early or lasts for a whole slice (deadline.h). Only what belongs to this
 * user, and to nobody else, is used.
 *
 * Linux: a side that said Create, or came first, removes the semaphore at its end, while others
 * may be waiting. They make it again, with their own first value, and so does this.
 *
 * In one thing this differs from Qt on purpose. Qt has the system undo all that a process has done
 * when it ends (SEM_UNDO), which is right for a lock. For one who takes here and gives there, the
 * undoing of N rounds raises one semaphore by N and empties the other, and after 32767 rounds the
 * system refuses more (ERANGE). Here the death of a process gives back what it took last, unless it
 * has begun to take again, and nothing else; closing gives nothing back. */
#ifndef FERRYI_PLATFORM_QT_SEMAPHORE_H
#define FERRYI_PLATFORM_QT_SEMAPHORE_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/status.h>

typedef struct ferryi_qt_semaphore ferryi_qt_semaphore;

/* Opens the semaphore of a key, or makes it with this value. creates says QSystemSemaphore::Create:
 * on Linux an existing one is set to the value too, and it goes when this is closed; else
 * QSystemSemaphore::Open. On Windows it goes with the last handle, and an existing one is never
 * set. FERRY_INVALID_ARGUMENT: the key (qt_key.h), or the value is above 32767. FERRY_NOT_ALLOWED,
 * FERRY_NO_SPACE, FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR. */
ferry_status ferryi_qt_semaphore_open(ferryi_qt_semaphore **out, const char *key, uint32_t value,
                                      bool creates, ferry_error *error);

/* Waits until its value is above 0, and lowers it by 1: true. False after timeout_ns, or earlier:
 * for no reason (a signal, a semaphore that was made anew), or since a slice is over. */
bool ferryi_qt_semaphore_acquire(ferryi_qt_semaphore *semaphore, int64_t timeout_ns);

/* Raises the value by 1 and wakes a waiter. A value that was taken from a semaphore which somebody
 * has removed or set meanwhile is not given back to it: there, nothing is missing. */
void ferryi_qt_semaphore_release(ferryi_qt_semaphore *semaphore);

/* Returns the value; 0 also where the system does not tell. */
uint32_t ferryi_qt_semaphore_value(ferryi_qt_semaphore *semaphore);

/* Whether it goes when this process closes it, whoever else uses it. */
bool ferryi_qt_semaphore_is_own(const ferryi_qt_semaphore *semaphore);

/* NULL in *semaphore is accepted. */
void ferryi_qt_semaphore_close(ferryi_qt_semaphore **semaphore);

#endif
