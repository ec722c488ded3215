/* The channels of this machine, for users who ask for one that is not there. Any thread. */
#ifndef HOST_CHANNELS_H
#define HOST_CHANNELS_H

#include <stdbool.h>

typedef enum host_channel_state {
    HOST_CHANNEL_LIVE,   /* a producer holds its lease */
    HOST_CHANNEL_DEAD,   /* none does */
    HOST_CHANNEL_UNKNOWN /* nothing tells: its sender knows only the BaseImage layout */
} host_channel_state;

enum { HOST_CHANNEL_OWNER_BYTES = 64 };

/* A channel as its names show it from outside. */
typedef struct host_channel_sight {
    char owner[HOST_CHANNEL_OWNER_BYTES]; /* for people; empty: this user, or the system does not
                                           * tell
                                           */
    host_channel_state state;
} host_channel_sight;

/* Looks at a channel, whose name ferry_name_check allows, by its names alone, without mapping
 * anything: a process that asks whether an object is in use does not notice. (ferry_peek_look tells
 * more, and opens it.) False: no memory has the name. */
bool host_look_at_channel(host_channel_sight *out, const char *name);

/* Whether shared memory here is known to be another than that of the machine's other programs, as
 * in most containers. False: it is the same, or nothing tells. */
bool host_has_own_memory(void);

/* Whether named memory stays when the last process that has it open ends. */
bool host_memory_outlives_users(void);

#endif
