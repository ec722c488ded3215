#include "sharing.h"

#include <unistd.h>

#include <frameferry/producer.h>

#include "../../support/error.h"

unsigned ferryi_sharing_mode(const ferryi_sharing *sharing, unsigned others_write) {
    if (sharing->with == FERRY_SHARING_NONE)
        return 0600;
    return others_write ? 0660 : 0640;
}

ferry_status ferryi_sharing_check(const ferryi_sharing *sharing, const struct stat *about,
                                  const char *path, ferry_error *error) {
    if (sharing->with != FERRY_SHARING_NONE || about->st_uid == geteuid())
        return FERRY_OK;
    return ferryi_fail(error, FERRY_NOT_ALLOWED, 0,
                       "%s belongs to another user (id %u); both sides have to turn group "
                       "sharing on to use it",
                       path, (unsigned)about->st_uid);
}
