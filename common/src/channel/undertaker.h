/* Clearing away after dead producers: the steps that burying and taking over share. The rules are
 * in objects.c. */
#ifndef FERRYI_CHANNEL_UNDERTAKER_H
#define FERRYI_CHANNEL_UNDERTAKER_H

#include "channel/layout.h"
#include "platform/lease.h"

/* An undertaker is at work for a moment only. So one failure to get its lease is not yet "busy":
 * look so often, with such pauses. */
enum { FERRYI_SEIZE_ATTEMPTS = 20, FERRYI_SEIZE_PAUSE_NS = 5000000 };

/* Who only looks at an object of the dialect, because it leaves or waits for a producer, seems to
 * use it for that moment. So often in use is in use; a program that stays is not worth the whole
 * wait. */
enum { FERRYI_LOOKS_IN_USE = 5 };

/* Takes a mapping from the guard's table and closes it with its leases. */
void ferryi_object_close(ferryi_shm *shm, ferryi_leases *leases);

/* Takes the undertaker's lease on an open object that has its name and no living producer.
 * FERRY_BUSY when it has one, or somebody else clears it away, or the name has gone to another
 * object: look again.
 */
ferry_status ferryi_seize(const ferryi_shm *shm, ferryi_leases *leases, ferry_error *error);

/* Removes the consumers object of a dead producer. FERRY_OK also when there is none.
 * FERRY_NOT_ALLOWED: it may not be used, or is another user's, who alone may remove it. */
ferry_status ferryi_bury_consumers(const ferryi_names *names, const ferryi_sharing *sharing,
                                   ferry_error *error);

/* Removes the frames object while the caller holds the lease for that; closes the mapping.
 * FERRY_FOREIGN: it has to stay, because a program that knows only the dialect made it or still
 * uses it (on a system where names cannot be taken from their users, somebody uses it).
 * FERRY_NOT_ALLOWED as above. */
ferry_status ferryi_remove_frames(const ferryi_names *names, ferryi_shm *shm,
                                  const ferryi_leases *leases, bool dialect, uint32_t made,
                                  ferry_error *error);

/* The FERRYI_MADE_... bits in a block. */
uint32_t ferryi_made_bits(const ferryi_shm *frames, const ferryi_geometry *geometry);

#endif
