/* The event that programs of the BaseImage kind wait for, on the side of a producer of ours: the
 * operations of channel/dialect.h that speak of what lies beside the object. */
#ifndef FERRYI_DIALECT_BASEIMAGE_EVENT_H
#define FERRYI_DIALECT_BASEIMAGE_EVENT_H

#include "channel/producer_handle.h"

/* How often the event can be made anew, when its name has been taken from it. */
enum { FERRYI_BASEIMAGE_COMPANIONS = 8 };

ferry_status ferryi_baseimage_event_open(ferryi_objects *objects, ferry_error *error);
void ferryi_baseimage_event_announce(ferry_producer *producer);
uint32_t ferryi_baseimage_event_keep(ferry_producer *producer, uint64_t *relinked);
void ferryi_baseimage_event_remove_own(ferryi_objects *objects);
void ferryi_baseimage_event_close(ferryi_objects *objects);

#endif
