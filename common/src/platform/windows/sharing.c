#include "platform/sharing.h"

#include <frameferry/channel.h>

#include "support/error.h"

ferry_status ferryi_sharing_make(ferryi_sharing *out, uint32_t with, const char *group,
                                 ferry_error *error) {
    *out = (ferryi_sharing){.with = with};
    if (group == NULL)
        return FERRY_OK;
    if (with != FERRY_SHARING_GROUP)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "group_name is \"%.100s\", but sharing is not with a group: turn group "
                           "sharing on",
                           group);
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "on Windows a channel cannot be shared with a group by name (\"%.100s\"): "
                       "without a name it is shared with all users of the machine",
                       group);
}

unsigned ferryi_sharing_mode(const ferryi_sharing *sharing, unsigned others_write) {
    /* The group's bits stand for all users of the machine. */
    if (sharing->with == FERRY_SHARING_NONE)
        return 0600;
    return others_write ? 0660 : 0640;
}
