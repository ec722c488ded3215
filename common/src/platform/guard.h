/* The ranges that ferry_guard_install (guard.h of the public headers) protects.
 *
 * Contract: watch and unwatch from any thread; *hit is set from a signal handler. */
#ifndef FERRYI_PLATFORM_GUARD_H
#define FERRYI_PLATFORM_GUARD_H

#include <stdatomic.h>
#include <stdbool.h>

#include "platform/shm.h"

/* Enters a mapping; hit is set when its memory has been taken away. Both have to stay until
 * unwatch, which comes before the mapping is closed. When the table is full the mapping
 * goes unprotected. */
void ferryi_guard_watch(ferryi_shm *shm, ferryi_shm_access access, atomic_bool *hit);

/* Ends what watch has begun for this handle, and nothing of another one, though it may have the
 * same mapping. */
void ferryi_guard_unwatch(ferryi_shm *shm);

#endif
