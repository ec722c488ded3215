/* The consumers object as it is read from outside (peek.h): a private copy of it. */
#ifndef FERRYI_CHANNEL_ROLL_H
#define FERRYI_CHANNEL_ROLL_H

#include "channel/layout.h"
#include "platform/glance.h"

typedef struct ferryi_roll {
    ferryi_glance object;
    ferryi_consumers *copy; /* NULL: none was made */
} ferryi_roll;

#define FERRYI_ROLL_INIT                                                                           \
    { .object = FERRYI_GLANCE_INIT }

/* Opens the consumers object, which has the name that is given and keeps it, and copies it; it gets
 * its key. Whichever generation it is of: whether that is the one of the frames is for the caller.
 * Returns as ferryi_glance_open and ferryi_consumers_check, and FERRY_NO_MEMORY. To be closed in
 * any case. */
ferry_status ferryi_roll_open(ferryi_roll *out, const char *name, ferry_error *error);
void ferryi_roll_close(ferryi_roll *roll);

/* Copies one record anew. False: it cannot be read, and the copy is undefined. */
bool ferryi_roll_read_again(ferryi_roll *roll, unsigned index);

/* Whether a lease on the object is held: of a consumer's record, or the producer's. */
bool ferryi_roll_has_lease(const ferryi_roll *roll, unsigned index);

#endif
