#include "platform/sharing.h"

#include <stddef.h>

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
    ferry_status status = ferryi_sharing_find_group(&out->group, group, error);
    out->has_group = status == FERRY_OK;
    return status;
}
