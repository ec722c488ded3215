#include "share.h"

#include <stddef.h>

#include <frameferry/frame.h>
#include <frameferry/host.h>
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

bool ferryi_share_may_mean(const ferryi_share *share, const char *word) {
    return share->with == FERRY_SHARING_GROUP && share->group == NULL && word[0] != '-' &&
           ferry_name_check(word, NULL) == FERRY_OK;
}

void ferryi_share_warn(const ferryi_share *share, const char *consequence) {
    if (share->with == FERRY_SHARING_EVERYONE)
        ferryi_message_warn("--everyone: %s", consequence);
}

bool ferryi_share_tell_own_memory(const char *other_side) {
    if (!ferryi_host_has_own_memory())
        return false;
    ferryi_message_inform("this is a container, or a mount namespace, with a /dev/shm of its own: "
                          "%s outside are not met unless it gets the host's (docker run "
                          "--ipc=host, or --volume /dev/shm:/dev/shm)",
                          other_side);
    return true;
}
