/* Copying the newest frame of a channel without being its consumer. */
#include <frameferry/peek.h>

#include "channel/damage.h"
#include "channel/info.h"
#include "channel/names.h"
#include "channel/view.h"
#include "platform/clock.h"
#include "platform/lease.h"
#include "support/error.h"
#include "support/need.h"

/* Nothing tells when a frame is there: to be told, one has to be a consumer. */
enum { ATTEMPTS = 25, PAUSE_NS = 2000000 };

static ferry_status grab_once(ferryi_view *v, ferry_image *image) {
    ferryi_newest frame;
    ferry_status status = ferryi_view_find_newest(v, &frame);
    if (status == FERRY_OK && frame.is_possible)
        status = ferry_image_reserve(image, frame.info.length_bytes);
    if (status == FERRY_OK && frame.is_possible)
        status = ferryi_view_read_pixels(v, &frame, image->pixels);
    if (status == FERRY_OK)
        status = ferryi_view_confirm(v, &frame);
    /* A description that cannot be may have been half of one that was just being written. */
    if (status == FERRY_OK && !frame.is_possible)
        status = FERRY_MALFORMED;
    if (status != FERRY_OK)
        return status;
    /* Not as a whole: behind its metadata lies what the stack had there. */
    ferryi_info_copy(&image->info, &frame.info);
    image->skipped = 0;
    image->generation = frame.generation;
    return FERRY_OK;
}

static ferry_status explain(ferry_status status, const char *name, ferry_error *error) {
    switch (status) {
    case FERRY_OK: return status;
    case FERRY_TIMEOUT:
        return ferryi_fail(error, status, 0,
                           "channel %s has no frame, or its only one is being written: try again "
                           "later",
                           name);
    case FERRY_OVERTAKEN:
        return ferryi_fail(error, status, 0,
                           "channel %s has overwritten its newest frame during each of %d attempts "
                           "to copy it: receive it as a consumer",
                           name, ATTEMPTS);
    case FERRY_NO_MEMORY: return ferryi_fail(error, status, 0, "out of memory");
    default: return ferryi_damage_value("newest frame", error);
    }
}

static ferry_status grab(ferryi_view *v, ferry_image *image, ferry_error *error) {
    ferry_status status = FERRY_OVERTAKEN;
    for (int i = 0; i < ATTEMPTS; i++) {
        if (i > 0)
            ferryi_clock_pause(PAUSE_NS);
        status = grab_once(v, image);
        bool may_come = atomic_load_explicit(&v->block->head, memory_order_relaxed) != 0 &&
                        ferryi_lease_is_held(&v->frames.shm, FERRYI_LEASE_PRODUCER);
        if (status != FERRY_OVERTAKEN && !(status == FERRY_TIMEOUT && may_come))
            break;
    }
    return explain(status, v->frames.shm.name, error);
}

ferry_status ferry_peek_grab(const char *name, ferry_image *image, ferry_error *error) {
    ferryi_names names;
    ferry_status status = ferryi_need(image, "image", error);
    if (status == FERRY_OK)
        status = ferryi_names_make(&names, name, error);
    if (status != FERRY_OK)
        return status;
    ferryi_view view;
    status = ferryi_view_open(&view, names.frames, error);
    if (status == FERRY_OK)
        status = grab(&view, image, error);
    else if (status == FERRY_NO_PRODUCER)
        ferryi_fail(error, status, 0,
                    "there is no channel %s: start its producer, or give another name",
                    names.frames);
    else if (status == FERRY_FOREIGN && view.frames.shm.handle != -1 &&
             ferryi_glance_has_event(names.event))
        status = ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                             "the sender of channel %s knows only the BaseImage layout, which does "
                             "not say when a picture is whole: receive it as a consumer",
                             names.frames);
    ferryi_view_close(&view);
    return status;
}
