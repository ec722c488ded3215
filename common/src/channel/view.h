/* A channel as it is read from outside (peek.h): private copies of parts of its objects. */
#ifndef FERRYI_CHANNEL_VIEW_H
#define FERRYI_CHANNEL_VIEW_H

#include "channel/geometry.h"
#include "platform/glance.h"

typedef struct ferryi_view {
    ferryi_glance frames;
    ferryi_geometry geometry;
    ferryi_block *block; /* a copy, which the next calls renew in part; NULL: there is none */
    uint32_t version;    /* of the layout, once a trailer of ours was found; else 0 */
} ferryi_view;

#define FERRYI_VIEW_INIT                                                                           \
    { .frames = FERRYI_GLANCE_INIT }

/* The newest frame, as it was found. */
typedef struct ferryi_newest {
    uint32_t slot;
    uint64_t generation;
    uint64_t fills;
    bool is_possible;      /* false: what the description says cannot be, if it is confirmed */
    ferry_frame_info info; /* with its number; the rest if it is possible */
} ferryi_newest;

/* Opens the frames object, which has the name that is given and keeps it, and copies what the block
 * says of the channel; frames.shm gets its key. Returns as ferryi_glance_open and
 * ferryi_geometry_read, and FERRY_NO_MEMORY; FERRY_MALFORMED also when the object is being cut
 * short. To be closed in any case. */
ferry_status ferryi_view_open(ferryi_view *out, const char *name, ferry_error *error);
void ferryi_view_close(ferryi_view *view);

/* Copies the descriptors of all slots. FERRY_MALFORMED. */
ferry_status ferryi_view_read_slots(ferryi_view *view);

/* Finds the newest frame, and copies its description, which is only good if ferryi_view_confirm
 * says so. FERRY_TIMEOUT: there is none, or the one slot is being written. FERRY_OVERTAKEN: try
 * again. FERRY_MALFORMED: no channel has such a newest frame. */
ferry_status ferryi_view_find_newest(ferryi_view *view, ferryi_newest *out);

/* Copies the pixels of a frame that was found and is possible, into room for info.length_bytes.
 * FERRY_MALFORMED: they are not there. */
ferry_status ferryi_view_read_pixels(const ferryi_view *view, const ferryi_newest *frame,
                                     uint8_t *out);

/* Whether all that was copied of a frame is of that frame. FERRY_OVERTAKEN: it was overwritten
 * meanwhile. FERRY_MALFORMED: the object has been cut short. */
ferry_status ferryi_view_confirm(ferryi_view *view, const ferryi_newest *frame);

#endif
