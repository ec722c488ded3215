#include "channel/roll.h"

#include <stdlib.h>

#include "channel/consumers.h"
#include "platform/lease.h"
#include "support/error.h"

static ferry_status read_all(ferryi_roll *r, ferry_error *error) {
    if (r->object.shm.size_bytes < ferryi_consumers_bytes())
        return ferryi_consumers_check_copy(NULL, 0, error);
    r->copy = malloc(sizeof *r->copy);
    if (r->copy == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    if (!ferryi_glance_read(&r->object, 0, r->copy, sizeof *r->copy))
        return ferryi_consumers_check_copy(NULL, 0, error);
    r->object.shm.key = r->copy->generation;
    return ferryi_consumers_check_copy(r->copy, r->copy->generation, error);
}

ferry_status ferryi_roll_open(ferryi_roll *out, const char *name, ferry_error *error) {
    *out = (ferryi_roll)FERRYI_ROLL_INIT;
    ferry_status status = ferryi_glance_open(&out->object, name, error);
    return status == FERRY_OK ? read_all(out, error) : status;
}

void ferryi_roll_close(ferryi_roll *roll) {
    ferryi_glance_close(&roll->object);
    free(roll->copy);
    roll->copy = NULL;
}

bool ferryi_roll_read_again(ferryi_roll *roll, unsigned index) {
    ferryi_record *record = &roll->copy->record[index];
    uint64_t at = (uint64_t)((const uint8_t *)record - (const uint8_t *)roll->copy);
    return ferryi_glance_read(&roll->object, at, record, sizeof *record);
}

bool ferryi_roll_has_lease(const ferryi_roll *roll, unsigned index) {
    return ferryi_lease_is_held(&roll->object.shm, index);
}
