/* Names of channels, and of their objects. */
#ifndef FERRYI_CHANNEL_NAMES_H
#define FERRYI_CHANNEL_NAMES_H

#include "channel/object_names.h"

/* The names of the objects of a channel: name may be NULL, for the default one. FERRY_BAD_NAME. */
ferry_status ferryi_names_make(ferryi_names *out, const char *name, ferry_error *error);

#endif
