#include "channel/damage.h"

#include <frameferry/version.h>

#include "support/error.h"

ferry_status ferryi_damage_version(uint32_t version, ferry_error *error) {
    return ferryi_fail(error, FERRY_WRONG_VERSION, 0,
                       "the channel has layout version %u and this program %d: use programs of the "
                       "same version on both sides",
                       (unsigned)version, FERRY_LAYOUT_VERSION);
}

ferry_status ferryi_damage_value(const char *what, ferry_error *error) {
    return ferryi_fail(error, FERRY_MALFORMED, 0,
                       "the channel's shared memory is damaged (%s): restart its producer", what);
}
