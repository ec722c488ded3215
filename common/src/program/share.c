#include "share.h"

#include <stddef.h>

#include <frameferry/producer.h>

#include "arguments.h"
#include "message.h"

static int choose(ferryi_share *share, ferry_sharing with) {
    if (share->with != FERRY_SHARING_NONE && share->with != (uint32_t)with)
        return ferryi_message_usage("--group and --everyone exclude each other");
    share->with = (uint32_t)with;
    return FERRYI_ARGUMENTS_RUN;
}

int ferryi_share_with_group(ferryi_share *share, const char *group) {
    if (group != NULL && *group == '\0')
        return ferryi_message_usage("--group= wants the name of a group");
    share->group = group;
    return choose(share, FERRY_SHARING_GROUP);
}

int ferryi_share_with_everyone(ferryi_share *share) {
    return choose(share, FERRY_SHARING_EVERYONE);
}

void ferryi_share_warn(const ferryi_share *share, const char *consequence) {
    if (share->with == FERRY_SHARING_EVERYONE)
        ferryi_message_warn("--everyone: %s", consequence);
}
