#include "channel/remains.h"

#include "channel/dialects.h"
#include "channel/registry.h"
#include "channel/roll.h"
#include "channel/view.h"
#include "platform/lease.h"

/* Whether a producer holds its lease on an object, whatever else can be said of that: one that
 * takes a bare object over holds it before it writes there. */
static bool has_producer(ferryi_remains *r, const ferryi_glance *object, ferry_error *error) {
    if (object->shm.handle == -1)
        return false;
    ferry_status status = ferryi_leases_check(&object->shm, error);
    if (status != FERRY_OK)
        r->unusable = status;
    return ferryi_lease_is_held(&object->shm, FERRYI_LEASE_PRODUCER);
}

static void look_at_frames(ferryi_remains *r, const ferryi_names *names, ferry_error *error) {
    ferryi_view view;
    r->frames = ferryi_view_open(&view, names->frames, error);
    r->frames_bytes = view.frames.memory_bytes;
    r->has_producer = has_producer(r, &view.frames, error);
    if (r->frames == FERRY_OK && view.geometry.dialect != FERRY_DIALECT_NATIVE) {
        r->is_dialects = true;
        r->is_borrowed = (view.block->made & FERRYI_MADE_OBJECT) == 0;
    }
    ferryi_view_close(&view);
}

static uint32_t count_attached(const ferryi_roll *roll) {
    uint32_t attached = 0;
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        attached +=
            !ferryi_registry_is_at_rest(&roll->copy->record[i]) && ferryi_roll_has_lease(roll, i);
    return attached;
}

static void look_at_consumers(ferryi_remains *r, const ferryi_names *names, ferry_error *error) {
    ferryi_roll roll;
    bool is_second = r->frames != FERRY_OK && r->frames != FERRY_NO_PRODUCER;
    r->consumers = ferryi_roll_open(&roll, names->consumers, is_second ? NULL : error);
    r->consumers_bytes = roll.object.memory_bytes;
    r->has_producer = has_producer(r, &roll.object, error) || r->has_producer;
    if (r->consumers == FERRY_OK)
        r->attached = count_attached(&roll);
    ferryi_roll_close(&roll);
}

void ferryi_remains_look(ferryi_remains *out, const ferryi_names *names, ferry_error *error) {
    *out = (ferryi_remains){.unusable = FERRY_OK};
    look_at_frames(out, names, error);
    look_at_consumers(out, names, error);
    out->has_event = ferryi_dialects_are_left_beside(names);
    const ferry_status found[] = {out->frames, out->consumers};
    for (int i = 0; i < 2; i++)
        if (found[i] == FERRY_NO_MEMORY || found[i] == FERRY_SYSTEM_ERROR)
            out->unusable = found[i];
}

uint32_t ferryi_remains_names(const ferryi_names *names) {
    return (ferryi_glance_has_object(names->frames) ? FERRY_NAME_OF_FRAMES : 0u) |
           (ferryi_glance_has_object(names->consumers) ? FERRY_NAME_OF_CONSUMERS : 0u) |
           (ferryi_glance_has_event(names->event) ? FERRY_NAME_OF_EVENT : 0u);
}
