/* Auto-reset events between processes: one sleeper each, any number of setters.
 *
 * Contract: a set that comes before a wait is not lost, several sets before a wait count as one.
 * The kernel is called only when somebody sleeps. Both sides always read-modify-write the word, so
 * its modification order decides which of them came first, and no wake-up is lost. Set may be
 * called from a signal handler and keeps errno. A peer may write any value into the word: the worst
 * result is a wait that ends too early or lasts for its whole timeout.
 *
 * On Linux the word is all (a futex). On Windows, where processes cannot sleep on a word in shared
 * memory, each word has a named event object, which is signalled only when the word says that
 * somebody sleeps. */
#ifndef FERRYI_PLATFORM_EVENT_H
#define FERRYI_PLATFORM_EVENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/shm.h"

enum { FERRYI_EVENT_IDLE = 0, FERRYI_EVENT_SET = 1, FERRYI_EVENT_SLEEPING = 2 };

typedef struct ferryi_event {
    _Atomic(uint32_t) *word; /* in shared memory; values above. NULL: closed */
    intptr_t handle;         /* the system's, beside it; only where it needs one */
} ferryi_event;

/* Opens the event of a word in an object that has its name and key; index tells the object's events
 * apart, and is the same for all who use that word. The first process to open it makes the
 * object that the system needs beside the word; mode says who may use that, as in chmod(2). */
ferry_status ferryi_event_open(ferryi_event *out, const ferryi_shm *shm, unsigned index,
                               _Atomic(uint32_t) *word, unsigned mode, ferry_error *error);

/* Sets the event. True when a sleeper had to be woken by a system call. */
bool ferryi_event_set(ferryi_event event);

/* Waits until the event is set, and resets it: true. False when timeout_ns is over, or for no
 * reason (a signal): look at what you wait for, then wait again. */
bool ferryi_event_wait(ferryi_event event, int64_t timeout_ns);

/* The system's part of the two calls above. Wakes a thread that sleeps on the event, or is about
 * to: one that has found the word idle and made it "sleeping". Keeps errno, or the last error. */
void ferryi_event_wake(ferryi_event event);

/* Sleeps until it is woken, timeout_ns is over, or for no reason; not at all once the word is no
 * longer "sleeping". */
void ferryi_event_sleep(ferryi_event event, int64_t timeout_ns);

/* Frees the handle, which no thread waits on or sets any more. */
void ferryi_event_close(ferryi_event *event);

#endif
