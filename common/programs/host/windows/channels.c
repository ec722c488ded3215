/* Names of objects go with the last process that has them (docs/decisions/0016). */
#include "host/channels.h"

#include <stdio.h>

#include <frameferry/channel.h>

#include "platform/glance.h"

/* Consumers do not keep the name of the consumers object: it is there as long as the producer. */
bool host_look_at_channel(host_channel_sight *out, const char *name) {
    char consumers[2 * FERRY_NAME_MAX];
    snprintf(consumers, sizeof consumers, "%s~consumers", name);
    *out = (host_channel_sight){.state = HOST_CHANNEL_UNKNOWN};
    if (!ferryi_glance_has_object(name))
        return false;
    if (ferryi_glance_has_object(consumers))
        out->state = HOST_CHANNEL_LIVE;
    return true;
}

bool host_has_own_memory(void) {
    return false;
}

bool host_memory_outlives_users(void) {
    return false; /* it goes with the last handle */
}
