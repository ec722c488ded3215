#include "shared/share.h"

#include <stddef.h>

#include <frameferry/channel.h>

#include "host/host.h"
#include "shared/message.h"

static int choose(app_share *share, ferry_sharing with) {
    if (share->with != FERRY_SHARING_NONE && share->with != (uint32_t)with)
        return app_message_usage("--group and --everyone exclude each other");
    share->with = (uint32_t)with;
    return APP_EXIT_NONE;
}

int app_share_with_group(app_share *share, const char *group) {
    if (group != NULL && *group == '\0')
        return app_message_usage("--group= needs the name of a group");
    share->group = group;
    return choose(share, FERRY_SHARING_GROUP);
}

int app_share_with_everyone(app_share *share) {
    return choose(share, FERRY_SHARING_EVERYONE);
}

bool app_share_may_mean(const app_share *share, const char *word) {
    return share->with == FERRY_SHARING_GROUP && share->group == NULL && word[0] != '-' &&
           ferry_name_check(word, NULL) == FERRY_OK;
}

void app_share_warn(const app_share *share, const char *consequence) {
    if (share->with == FERRY_SHARING_EVERYONE)
        app_message_warn("--everyone: %s", consequence);
}

bool app_share_tell_own_memory(const char *other_side) {
    if (!host_has_own_memory())
        return false;
    app_message_inform(
        "this container or mount namespace has its own /dev/shm: %s outside cannot be reached "
        "unless it shares the host's (docker run --ipc=host, or --volume /dev/shm:/dev/shm)",
        other_side);
    return true;
}
