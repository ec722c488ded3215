#include "dialect/baseimage_pixels.h"

#include <string.h>

#include "frame/format.h"

/* A copy that is made, or compared. */
typedef struct walk {
    const ferryi_baseimage_bytes *there;
    uint8_t *target;       /* NULL: it is compared */
    const uint8_t *copied; /* what it is compared with */
} walk;

static bool visit(const walk *w, size_t at, const uint8_t *shared, size_t bytes) {
    if (w->target == NULL)
        return memcmp(w->copied + at, shared, bytes) == 0;
    memcpy(w->target + at, shared, bytes);
    return true;
}

static bool visit_piecewise(const walk *w, size_t at, size_t from, size_t bytes) {
    uint8_t piece[FERRYI_SHM_PAGE];
    for (size_t done = 0; done < bytes; done += sizeof piece) {
        size_t count = bytes - done < sizeof piece ? bytes - done : sizeof piece;
        if (!ferryi_shm_read(w->there->object, w->there->offset_bytes + from + done, piece,
                             count) ||
            !visit(w, at + done, piece, count))
            return false;
    }
    return true;
}

/* at: in the copy; from: there. */
static bool visit_bytes(const walk *w, size_t at, size_t from, size_t bytes) {
    return w->there->memory != NULL ? visit(w, at, w->there->memory + from, bytes)
                                    : visit_piecewise(w, at, from, bytes);
}

/* Goes through a frame as long as its bytes agree. */
static bool visit_pixels(const walk *w, const ferry_frame_info *info, bool turned) {
    ferry_layout layout = {.plane_count = 0};
    size_t done = 0;
    /* The description has been made here: it has a layout. */
    if (turned && ferry_layout_compute(&layout, info->format, info->width, info->height,
                                       info->stride_bytes) != FERRY_OK)
        return false;
    for (uint32_t i = 0; i < layout.plane_count; i++) {
        const ferry_plane *p = &layout.planes[i];
        for (uint32_t y = 0; y < p->rows; y++)
            if (!visit_bytes(w, ferryi_plane_row(&layout, i, y),
                             ferryi_plane_row(&layout, i, p->rows - 1 - y), p->stride_bytes))
                return false;
        done = ferryi_plane_row(&layout, i, p->rows);
    }
    return visit_bytes(w, done, done, info->length_bytes - done);
}

ferryi_baseimage_bytes ferryi_baseimage_bytes_in(const ferryi_shm *object, uint64_t offset_bytes,
                                                 uint64_t length_bytes) {
    return (ferryi_baseimage_bytes){
        .memory = ferryi_shm_is_backed(object, offset_bytes, length_bytes)
                      ? object->base + offset_bytes
                      : NULL,
        .object = object,
        .offset_bytes = offset_bytes,
    };
}

void ferryi_baseimage_bytes_copy(const ferryi_baseimage_bytes *from, uint8_t *out, size_t bytes) {
    visit_bytes(&(walk){.there = from, .target = out}, 0, 0, bytes);
}

bool ferryi_baseimage_bytes_are(const ferryi_baseimage_bytes *now, const uint8_t *copy,
                                size_t bytes) {
    return visit_bytes(&(walk){.there = now, .copied = copy}, 0, 0, bytes);
}

void ferryi_baseimage_pixels_copy(const ferryi_baseimage_bytes *from, const ferry_frame_info *info,
                                  bool turned, uint8_t *out) {
    visit_pixels(&(walk){.there = from, .target = out}, info, turned);
}

bool ferryi_baseimage_pixels_are(const ferryi_baseimage_bytes *now, const ferry_frame_info *info,
                                 bool turned, const uint8_t *copy) {
    return visit_pixels(&(walk){.there = now, .copied = copy}, info, turned);
}
