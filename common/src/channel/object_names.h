/* The names that a channel's objects have. names.c makes them. */
#ifndef FERRYI_CHANNEL_OBJECT_NAMES_H
#define FERRYI_CHANNEL_OBJECT_NAMES_H

#include <frameferry/channel.h>

/* Room for a channel's name with the longest prefix and suffix. */
#define FERRYI_NAME_BYTES (FERRY_NAME_MAX + 24)

/* From a name that may carry a Local\ or Global\ prefix: theirs
 * have it too, on a system that knows what it means. */
typedef struct ferryi_names {
    char frames[FERRYI_NAME_BYTES];
    char consumers[FERRYI_NAME_BYTES];
    char event[FERRYI_NAME_BYTES]; /* beside the object of a dialect that has one */
} ferryi_names;

#endif
