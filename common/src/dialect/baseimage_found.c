#include "dialect/baseimage_found.h"

#include <string.h>

#include <frameferry/clock.h>

#include "channel/advice.h"
#include "platform/clock.h"
#include "platform/fault_point.h"
#include "platform/guard.h"
#include "platform/signal_event.h"
#include "support/deadline.h"
#include "support/error.h"

/* How long what may not be used is looked at: as long as consumers do. */
#define FOREIGN_GRACE_NS (FERRY_SECOND_NS / 2)
enum { LOOK_AGAIN_NS = 5000000 };

/* Whether the event is there. One that cannot be opened is a failure: our producer could not set
 * it, and has to know that before it touches the object. */
static ferry_status look_for_event(const ferryi_objects *o, bool *is_there, ferry_error *error) {
    ferryi_signal_event *event = NULL;
    atomic_bool lost = false; /* an event that is cut short is none that could be set */
    ferry_status status =
        ferryi_signal_event_open(&event, o->names.event, &o->sharing, &lost, error);
    *is_there = status == FERRY_OK;
    ferryi_signal_event_close(&event);
    return status == FERRY_NO_PRODUCER ? FERRY_OK : status;
}

/* Whether nobody has written a header yet. Looking takes no memory. */
static bool is_fresh(const ferryi_shm *frames) {
    static const uint8_t zeros[FERRY_HEADER_BYTES];
    uint8_t header[FERRY_HEADER_BYTES];
    return ferryi_shm_read(frames, 0, header, sizeof header) &&
           memcmp(header, zeros, sizeof header) == 0;
}

static ferry_status too_small(const ferryi_objects *o, ferry_error *error) {
    char advice[FERRYI_ADVICE_BYTES] = "";
    uint64_t end_bytes = ferryi_shm_end(&o->frames);
    if (error != NULL)
        ferryi_advice_write(advice, o->names.frames, end_bytes);
    return ferryi_fail(error, FERRY_FOREIGN, 0,
                       "%s exists and is not a channel, and with %llu bytes it is too small for an "
                       "image of the BaseImage kind, which has %u: %s",
                       o->names.frames, (unsigned long long)end_bytes, FERRY_DEFAULT_SLOT_BYTES,
                       advice);
}

static ferry_status not_an_image(const ferryi_objects *o, ferry_error *error) {
    char advice[FERRYI_ADVICE_BYTES] = "";
    if (error != NULL)
        ferryi_advice_write(advice, o->names.frames, ferryi_shm_end(&o->frames));
    return ferryi_fail(error, FERRY_FOREIGN, 0,
                       "%s exists, and a program has written into it, but it has no event %s as an "
                       "image of the BaseImage kind would: %s; or turn adopting on (--adopt) to "
                       "overwrite it",
                       o->names.frames, o->names.event, advice);
}

ferry_status ferryi_baseimage_found_check(const ferryi_objects *o, ferry_error *error) {
    ferryi_geometry geometry;
    bool has_event = false;
    if (ferryi_geometry_read(&geometry, &o->frames, NULL) != FERRY_FOREIGN)
        return FERRY_OK; /* a channel, which has rules of its own */
    if (o->frames.size_bytes < FERRY_DEFAULT_SLOT_BYTES)
        return too_small(o, error);
    ferry_status status = look_for_event(o, &has_event, error);
    if (status != FERRY_OK)
        return status;
    /* A vacant block is what a producer of ours left behind: it was an image before. */
    bool was_image = ferryi_geometry_vacant_offset(&o->frames) != o->frames.size_bytes;
    if (has_event || was_image || o->adopts || is_fresh(&o->frames))
        return FERRY_OK;
    return not_an_image(o, error);
}

static ferry_status open_once(ferryi_objects *o, ferry_error *error) {
    ferry_status status =
        ferryi_shm_open(&o->frames, o->names.frames, FERRYI_SHM_WRITE, &o->sharing, error);
    if (status == FERRY_FOREIGN)
        return ferryi_advice_refuse(o->names.frames, error);
    if (status != FERRY_OK)
        return status;
    ferryi_guard_watch(&o->frames, FERRYI_SHM_WRITE, o->lost);
    status = ferryi_baseimage_found_check(o, error);
    if (status != FERRY_OK) {
        ferryi_guard_unwatch(&o->frames);
        ferryi_shm_close(&o->frames);
    }
    return status;
}

ferry_status ferryi_baseimage_found_open(ferryi_objects *o, ferry_error *error) {
    uint64_t until_ns = ferryi_deadline(FOREIGN_GRACE_NS);
    for (;;) {
        ferry_status status = open_once(o, error);
        if (status != FERRY_FOREIGN || ferryi_deadline_left(until_ns, LOOK_AGAIN_NS) == 0)
            return status;
        ferryi_clock_pause(LOOK_AGAIN_NS);
    }
}
