/* The channels of this machine, for users who ask for one that is not there. Any thread. */
#ifndef HOST_CHANNELS_H
#define HOST_CHANNELS_H

#include <stdbool.h>

typedef enum host_channel_state {
    HOST_CHANNEL_LIVE,   /* a producer holds its lease */
    HOST_CHANNEL_DEAD,   /* none does */
    HOST_CHANNEL_UNKNOWN /* nothing tells: its sender knows only the BaseImage layout */
} host_channel_state;

/* A channel as its names show it from outside. */
typedef struct host_channel_sight {
    const char *name;  /* allowed by ferry_name_check */
    const char *owner; /* for people; NULL: this user */
    host_channel_state state;
} host_channel_sight;

/* Calls see for the channels that have names in shared memory, in no order, without opening or
 * mapping anything: nobody notices. Looks at some thousand names at most, and shows some dozens.
 * False: this system does not list them. */
bool host_visit_channels(void (*see)(void *argument, const host_channel_sight *sight),
                         void *argument);

/* Whether shared memory here is known to be another than that of the machine's other programs, as
 * in most containers. False: it is the same, or nothing tells. */
bool host_has_own_memory(void);

/* Whether named memory stays when the last process that has it open ends. */
bool host_memory_outlives_users(void);

#endif
