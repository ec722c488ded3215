/* Frames that are shown while they are written, on the producer's side. */
#ifndef FERRYI_CHANNEL_EARLY_H
#define FERRYI_CHANNEL_EARLY_H

#include "channel/producer_handle.h"

/* ---- called under the lock ---- */

/* The shown frame is about to be published: no longer offers it to consumers that would follow it,
 * and completes its description. */
void ferryi_early_complete(ferry_producer *producer, const ferry_frame_info *info);

/* The shown frame will not be whole. */
void ferryi_early_abandon(ferry_producer *producer);

/* ---- not under the lock ---- */

/* Sets the events of the consumers that wait for this many bytes, or fewer, of a frame that is
 * shown. */
void ferryi_early_wake(ferry_producer *producer, uint64_t filled);
#define FERRYI_EARLY_ALL UINT64_MAX

#endif
