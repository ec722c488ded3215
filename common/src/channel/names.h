/* Names of channels, and of their objects. */
#ifndef FERRYI_CHANNEL_NAMES_H
#define FERRYI_CHANNEL_NAMES_H

#include <stdbool.h>

#include "channel/object_names.h"

/* The names of the objects of a channel: name may be NULL, for the default one. FERRY_BAD_NAME. */
ferry_status ferryi_names_make(ferryi_names *out, const char *name, ferry_error *error);

/* The channel whose consumers object has this name. False: none has. */
bool ferryi_names_of_consumers(char out[FERRY_NAME_MAX + 1], const char *object);

/* Takes the name of an object of other programs over, as the system wants it: any printable text
 * without a slash, but for a session's prefix, which is dropped where there are no sessions, and a
 * slash in front, as shm_open(3) has it, likewise. what ("the event") is for the sentence:
 * FERRY_BAD_NAME. */
ferry_status ferryi_names_take(char out[FERRYI_NAME_BYTES], const char *name, const char *what,
                               ferry_error *error);

#endif
