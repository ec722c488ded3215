/* The only file of the channel that names a dialect. */
#include "channel/dialects.h"

#include <stdio.h>
#include <string.h>

#include "channel/layout.h"
#include "dialect/baseimage.h"
#include "support/need.h"

static const ferryi_dialect *const dialects[] = {&ferryi_dialect_baseimage};
enum { COUNT = sizeof dialects / sizeof dialects[0] };

_Static_assert(COUNT + 1 == FERRYI_DIALECT_COUNT,
               "each ferry_dialect but the native one has a row");

const ferryi_dialect *ferryi_dialects_find(uint32_t id) {
    for (size_t i = 0; i < COUNT; i++)
        if (dialects[i]->id == id)
            return dialects[i];
    return NULL;
}

ferry_status ferryi_dialects_check(uint32_t id, ferry_error *error) {
    char choices[256] = "FERRY_DIALECT_NATIVE";
    size_t used = strlen(choices);
    for (size_t i = 0; i < COUNT; i++)
        used += (size_t)snprintf(choices + used, sizeof choices - used, "%s%s",
                                 i + 1 < COUNT ? ", " : " or ", dialects[i]->constant);
    return ferryi_need_choice(id, COUNT, "dialect", choices, error);
}

void ferryi_dialects_name_beside(ferryi_names *names, const char *channel) {
    for (size_t i = 0; i < COUNT; i++)
        dialects[i]->name_beside(names, channel);
}

bool ferryi_dialects_remove_unused_beside(const ferryi_names *names) {
    bool removed = false;
    for (size_t i = 0; i < COUNT; i++)
        removed = dialects[i]->remove_unused_beside(names) || removed;
    return removed;
}

bool ferryi_dialects_are_left_beside(const ferryi_names *names) {
    bool left = false;
    for (size_t i = 0; i < COUNT && !left; i++)
        left = dialects[i]->is_left_beside(names);
    return left;
}

ferry_status ferryi_dialects_read_options(ferry_consumer_options *options, ferry_error *error) {
    ferry_status status = FERRY_OK;
    for (size_t i = 0; i < COUNT && status == FERRY_OK; i++)
        status = dialects[i]->read_options(options, error);
    return status;
}

ferry_status ferryi_dialects_attach(ferry_consumer *consumer, ferry_error *error) {
    ferry_status status = FERRY_FOREIGN;
    for (size_t i = 0; i < COUNT && status == FERRY_FOREIGN; i++)
        status = dialects[i]->attach(consumer, error);
    return status;
}
