/* The object that a producer of the baseimage dialect finds under its name, and whether it may use
 * that.
 *
 * It may be an image that another program made, which old receivers keep open, or memory of a
 * program that has nothing to do with images. Nothing in the object tells the two apart. But an
 * image has an event, or is so new that nobody has written into it. */
#ifndef FERRYI_DIALECT_BASEIMAGE_FOUND_H
#define FERRYI_DIALECT_BASEIMAGE_FOUND_H

#include "channel/producer_objects.h"

/* Opens the object that has the name of the frames, for writing, with the guard's watch. Writes
 * nothing into it. FERRY_NO_PRODUCER: nothing has the name. FERRY_FOREIGN: it may not be used; that
 * takes half a second, since a program of the old kind makes its mapping first, and its event a
 * moment later. FERRY_NOT_ALLOWED and others: the object, or its event, cannot be opened. */
ferry_status ferryi_baseimage_found_open(ferryi_objects *objects, ferry_error *error);

/* Whether the open object may still be used: the last look, before the first byte is written. */
ferry_status ferryi_baseimage_found_check(const ferryi_objects *objects, ferry_error *error);

#endif
