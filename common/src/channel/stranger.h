/* The answer when another user's object has a channel's name. */
#ifndef FERRYI_CHANNEL_STRANGER_H
#define FERRYI_CHANNEL_STRANGER_H

#include <stdbool.h>

#include "channel/object_names.h"

/* For a producer that was not allowed to have the names: writes anew, into error, why another
 * user's object stands in the way and what removes it, if that is what it was. FERRY_NOT_ALLOWED.
 */
ferry_status ferryi_stranger_blocks(const ferryi_names *names, ferry_error *error);

/* For a consumer that was not allowed to open the frames object. FERRY_NO_PRODUCER, with os_code
 * set: the object is a dead channel's, and error says whose, and what removes it. Otherwise
 * FERRY_NOT_ALLOWED, with what error says already, and more if it is not known. */
ferry_status ferryi_stranger_refuses(const ferryi_names *names, ferry_error *error);

/* For a consumer that may open the frames object, and to which nobody came. Whether that is a dead
 * channel of another user. Then error says whose, and what removes it, for FERRY_NO_PRODUCER with
 * os_code set. */
bool ferryi_stranger_lies_dead(const ferryi_names *names, ferry_error *error);

/* Whether a name could not be removed because it belongs to another user, who alone may do that.
 * Then error says so, for FERRY_NOT_ALLOWED. */
bool ferryi_stranger_keeps(const char *name, ferry_error *error);

#endif
