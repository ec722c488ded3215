/* A handle of this process that an event loop can wait on beside its other descriptors.
 *
 * Contract: a pollable is set or clear. Setting one that is set changes nothing, but tells a loop
 * that waits for edges once more (EPOLLET). Set may be called from a signal handler and keeps
 * errno. A set and a clear at the same time have one order: either clear returns true, or the
 * pollable stays set. All that was written before a set is seen after the clear, or the wait, that
 * met it: both are system calls on the same object. On Linux this is an eventfd, on Windows a
 * manual-reset event. */
#ifndef FERRYI_PLATFORM_POLLABLE_H
#define FERRYI_PLATFORM_POLLABLE_H

#include <frameferry/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ferryi_pollable {
    intptr_t handle; /* what the event loop gets: a descriptor, on Windows a HANDLE */
} ferryi_pollable;

/* Makes a pollable, which is set. It does not go to programs that this process starts. */
ferry_status ferryi_pollable_open(ferryi_pollable *out, ferry_error *error);

void ferryi_pollable_set(const ferryi_pollable *pollable);

/* Clears it, and returns whether it was set. */
bool ferryi_pollable_clear(const ferryi_pollable *pollable);

/* Waits until it is set, timeout_ns is over, or for no reason (a signal); leaves it as it is. */
void ferryi_pollable_wait(const ferryi_pollable *pollable, int64_t timeout_ns);

void ferryi_pollable_close(ferryi_pollable *pollable);

#endif
