#include "platform/sharing.h"
#include "support/error.h"

ferry_status ferryi_sharing_find_group(uint32_t *out, const char *name, ferry_error *error) {
    (void)out;
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "on Windows a channel cannot be shared with a group by name (\"%.100s\"): "
                       "without a name it is shared with all users of the machine",
                       name);
}

unsigned ferryi_sharing_mode(const ferryi_sharing *sharing, unsigned others_write) {
    /* The group's bits stand for all users of the machine. */
    if (sharing->with == FERRY_SHARING_NONE)
        return 0600;
    return others_write ? 0660 : 0640;
}
