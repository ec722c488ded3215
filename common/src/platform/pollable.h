/* Something of this process that an event loop can wait on beside its other descriptors.
 *
 * Contract: a bell is rung or still. Ringing one that is rung already changes nothing, but who
 * waits for edges is told again where the system has edges (EPOLLET). Ring may be called from a
 * signal handler and keeps errno. A ring and a still that come at the same time are in one order:
 * either still answers true, or the bell stays rung. What was written before a ring is seen after a
 * still, or a wait, that met it: both are system calls on the same object. On POSIX this is an
 * eventfd, on Windows a manual-reset event. */
#ifndef FERRYI_PLATFORM_POLLABLE_H
#define FERRYI_PLATFORM_POLLABLE_H

#include <frameferry/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ferryi_pollable {
    intptr_t handle; /* what the event loop gets: a descriptor, on Windows a HANDLE */
} ferryi_pollable;

/* Makes a bell, which is rung. It does not go to programs that this process starts. */
ferry_status ferryi_pollable_open(ferryi_pollable *out, ferry_error *error);

void ferryi_pollable_set(const ferryi_pollable *bell);

/* Stills the bell; whether it was rung. */
bool ferryi_pollable_clear(const ferryi_pollable *bell);

/* Waits until it is rung, for timeout_ns, or no time at all (a signal); leaves it as it is. */
void ferryi_pollable_wait(const ferryi_pollable *bell, int64_t timeout_ns);

void ferryi_pollable_close(ferryi_pollable *bell);

#endif
