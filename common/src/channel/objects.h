/* The objects of a channel: making them, taking a dead producer's place, removing their names. */
#ifndef FERRYI_CHANNEL_OBJECTS_H
#define FERRYI_CHANNEL_OBJECTS_H

#include "channel/producer_objects.h"

/* Adds to the sentence of FERRY_NO_SPACE what can be done about it besides finding more space: a
 * native channel may have fewer or smaller slots, and one of the dialect always has the same one.
 * Returns status, whatever it is. */
ferry_status ferryi_objects_advise(const ferryi_geometry *geometry, ferry_status status,
                                   ferry_error *error);

/* Makes the objects for a new generation and gives them their names. names, sharing, dialect,
 * slot_bytes, when_full, geometry (of a native channel), adopts and lost are set by the caller,
 * everything else is zero. Objects that a dead producer left under the names are removed, in a
 * dialect they are used again. FERRY_BUSY: a live producer has the channel. FERRY_FOREIGN:
 * something else has one of the names. On failure nothing is left behind. */
ferry_status ferryi_objects_make(ferryi_objects *objects, ferry_error *error);

/* Tells the consumers that no more frames will come, once they are woken. */
void ferryi_objects_announce_end(ferryi_objects *objects);

/* Removes the names of a native channel, whose memory stays mapped: the next producer makes objects
 * of its own. Does nothing in a dialect, whose next producer uses this very memory: the names stay,
 * and so does the lease that keeps it away, until ferryi_objects_end. */
void ferryi_objects_let_names_go(ferryi_objects *objects);

/* Removes the names and closes everything. In a dialect the names stay as long as another
 * process uses the object. */
void ferryi_objects_end(ferryi_objects *objects);

/* Closes everything and touches nothing that others see: for a forked child. */
void ferryi_objects_abandon(ferryi_objects *objects);

#endif
