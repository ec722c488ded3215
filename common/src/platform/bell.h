/* Something of this process that an event loop can wait on beside its other descriptors.
 *
 * Contract: a bell is rung or still. Ringing one that is rung already changes nothing, but who
 * waits for edges is told again where the system has edges (EPOLLET). Ring may be called from a
 * signal handler and keeps errno. A ring and a still that come at the same time are in one order:
 * either still answers true, or the bell stays rung. What was written before a ring is seen after a
 * still, or a wait, that met it: both are system calls on the same object. On POSIX this is an
 * eventfd, on Windows a manual-reset event. */
#ifndef FERRYI_PLATFORM_BELL_H
#define FERRYI_PLATFORM_BELL_H

#include <frameferry/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ferryi_bell {
    intptr_t handle; /* what the event loop gets: a descriptor, on Windows a HANDLE */
} ferryi_bell;

/* Makes a bell, which is rung. It does not go to programs that this process starts. */
ferry_status ferryi_bell_open(ferryi_bell *out, ferry_error *error);

void ferryi_bell_ring(const ferryi_bell *bell);

/* Stills the bell; whether it was rung. */
bool ferryi_bell_still(const ferryi_bell *bell);

/* Waits until it is rung, for timeout_ns, or no time at all (a signal); leaves it as it is. */
void ferryi_bell_wait(const ferryi_bell *bell, int64_t timeout_ns);

void ferryi_bell_close(ferryi_bell *bell);

#endif
