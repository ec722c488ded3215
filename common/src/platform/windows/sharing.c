#include "../sharing.h"

#include <frameferry/producer.h>

unsigned ferryi_sharing_mode(const ferryi_sharing *sharing, unsigned others_write) {
    if (sharing->with == FERRY_SHARING_NONE)
        return 0600;
    return others_write ? 0660 : 0640;
}
