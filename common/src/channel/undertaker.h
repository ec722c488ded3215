/* Clearing away after dead producers: burying a channel, and the steps that taking one over needs
 * too. The rules are in objects.c. */
#ifndef FERRYI_CHANNEL_UNDERTAKER_H
#define FERRYI_CHANNEL_UNDERTAKER_H

#include "channel/dialect.h"
#include "channel/object_names.h"
#include "platform/lease.h"
#include "platform/shm.h"

/* An undertaker is at work for a moment only. So one failure to get its lease is not yet "busy":
 * try this often, with such pauses. */
enum { FERRYI_SEIZE_ATTEMPTS = 20, FERRYI_SEIZE_PAUSE_NS = 5000000 };

/* Give up after this many looks that find an object of a dialect in use. A process that only looks,
 * because it leaves or waits for a producer, seems to use the object for a moment. One that seems
 * to use it this often stays. */
enum { FERRYI_LOOKS_IN_USE = 5 };

/* The names that were removed, and the memory of their objects: it comes back when the last process
 * that has it mapped ends. Counts on from what it holds. */
typedef struct ferryi_buried {
    uint32_t names; /* ferry_name_bits */
    uint64_t memory_bytes;
} ferryi_buried;

/* Takes a mapping from the guard's table and closes it with its leases. */
void ferryi_undertaker_close(ferryi_shm *shm, ferryi_leases *leases);

/* Takes the undertaker's lease on an open object that has its name and no living producer.
 * FERRY_BUSY when it has one, or another process clears it away, or the name has gone to another
 * object: look again.
 */
ferry_status ferryi_undertaker_seize(const ferryi_shm *shm, ferryi_leases *leases,
                                     ferry_error *error);

/* Removes the consumers object of a dead producer. FERRY_OK also when there is none. buried may be
 * NULL, here and below. FERRY_NOT_ALLOWED: it may not be used, or belongs to another user, who
 * alone may remove it. */
ferry_status ferryi_undertaker_bury_consumers(const ferryi_names *names,
                                              const ferryi_sharing *sharing, ferryi_buried *buried,
                                              ferry_error *error);

/* Removes the frames object while the caller holds the lease for that; closes the mapping.
 * dialect NULL: of a native channel. FERRY_FOREIGN: it has to stay, because a program that knows
 * only the dialect made it or still uses it (on a system where names cannot be taken from their
 * users, a process uses it). FERRY_NOT_ALLOWED as above. */
ferry_status ferryi_undertaker_remove_frames(const ferryi_names *names, ferryi_shm *shm,
                                             const ferryi_leases *leases,
                                             const ferryi_dialect *dialect, uint32_t made,
                                             ferryi_buried *buried, ferry_error *error);

/* Removes the names of a channel whose producer is dead or gone. In a dialect only what our
 * producers made, and only when nobody uses it any more. FERRY_OK also when there was nothing to
 * do, FERRY_BUSY when a producer lives, FERRY_FOREIGN. */
ferry_status ferryi_undertaker_bury(const ferryi_names *names, const ferryi_sharing *sharing,
                                    ferryi_buried *buried, ferry_error *error);

/* The same for a consumer that leaves a channel of a dialect, where it matters which process goes
 * last: waits up to a tenth of a second for others that are just leaving too. borrowed: the object
 * is not ours, and only what we put beside it goes. */
void ferryi_undertaker_bury_shared(const ferryi_names *names, const ferryi_sharing *sharing,
                                   bool borrowed);

#endif
