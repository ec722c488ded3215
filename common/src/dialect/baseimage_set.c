#include "dialect/baseimage_set.h"

#include <string.h>

#include <frameferry/clock.h>

#include "channel/counting.h"
#include "dialect/baseimage_header.h"
#include "dialect/baseimage_pixels.h"

enum { COUNT_BYTES = 4 };

/* Reads from the sender's memory, or from a copy of it that has this length. */
typedef struct source {
    const ferryi_shm *object; /* NULL: the copy */
    const uint8_t *copy;
    uint64_t length_bytes;
} source;

static bool read_at(const source *from, uint64_t at, void *out, size_t bytes) {
    if (from->length_bytes < bytes || at > from->length_bytes - bytes)
        return false;
    if (from->object != NULL)
        return ferryi_shm_read(from->object, at, out, bytes);
    memcpy(out, from->copy + at, bytes);
    return true;
}

/* One header and what it says. */
typedef struct image {
    ferryi_header header;
    ferry_frame_info info;
    bool turned;
} image;

static bool read_image(const source *from, const ferryi_bare_told *told, uint64_t at, image *out) {
    return read_at(from, at, &out->header, sizeof out->header) &&
           ferryi_baseimage_describe(&out->info, &out->turned, &out->header,
                                     from->length_bytes - at, told) == FERRY_OK;
}

/* Where the last image ends; 0: it is no set, and *refused says why. */
static uint64_t walk(const source *from, const ferryi_bare_told *told,
                     ferryi_bare_refused *refused) {
    uint64_t at = COUNT_BYTES;
    *refused = (ferryi_bare_refused){.is_there = true, .room_bytes = from->length_bytes};
    if (!read_at(from, 0, &refused->images, COUNT_BYTES) || refused->images < 1 ||
        refused->images > FERRYI_BASEIMAGE_IMAGES_MOST) {
        read_at(from, 0, &refused->header, sizeof refused->header);
        return 0;
    }
    for (int32_t i = 0; i < refused->images; i++) {
        image found = {.turned = false};
        if (!read_image(from, told, at, &found)) {
            refused->image = (uint32_t)i + 1;
            refused->header = found.header;
            refused->room_bytes = from->length_bytes - at;
            return 0;
        }
        at += FERRY_HEADER_BYTES + (uint64_t)found.header.length;
    }
    return at;
}

static source memory_of(const ferry_consumer *c) {
    return (source){.object = &c->frames, .length_bytes = c->frames.size_bytes};
}

static source copy_of(const ferryi_bare_set *set) {
    return (source){.copy = set->copy.pixels, .length_bytes = set->length_bytes};
}

ferry_status ferryi_baseimage_set_copy(ferry_consumer *c, ferryi_bare_refused *refused) {
    ferryi_bare_set *set = &c->set;
    const source memory = memory_of(c);
    set->left = 0;
    set->length_bytes = walk(&memory, &c->told, refused);
    if (set->length_bytes == 0)
        return FERRY_MALFORMED;
    ferry_status status = ferry_image_reserve(&set->copy, set->length_bytes);
    if (status != FERRY_OK)
        return status;
    ferryi_baseimage_bytes all = ferryi_baseimage_bytes_in(&c->frames, 0, set->length_bytes);
    ferryi_baseimage_bytes_copy(&all, set->copy.pixels, set->length_bytes);
    /* Headers may have changed since they were read: only those of the copy count. */
    const source copy = copy_of(set);
    ferryi_bare_refused ignored;
    return walk(&copy, &c->told, &ignored) == set->length_bytes ? FERRY_OK : FERRY_OVERTAKEN;
}

bool ferryi_baseimage_set_is_same(const ferry_consumer *c) {
    ferryi_baseimage_bytes now = ferryi_baseimage_bytes_in(&c->frames, 0, c->set.length_bytes);
    return ferryi_baseimage_bytes_are(&now, c->set.copy.pixels, c->set.length_bytes);
}

void ferryi_baseimage_set_begin(ferry_consumer *c, uint64_t passed_over) {
    int32_t images;
    memcpy(&images, c->set.copy.pixels, sizeof images);
    c->set.at = COUNT_BYTES;
    c->set.left = (uint32_t)images;
    c->set.copied_ns = ferry_clock_ns();
    c->set.passed_over = passed_over;
    /* Relaxed: C1 in counting.c releases it, with the first of them. The announcement itself counts
     * as one. */
    atomic_fetch_add_explicit(&c->added, (uint64_t)images - 1, memory_order_relaxed);
}

ferry_status ferryi_baseimage_set_next(ferry_consumer *c, ferry_image *out) {
    ferryi_bare_set *set = &c->set;
    const source copy = copy_of(set);
    image found;
    if (!read_image(&copy, &c->told, set->at, &found)) /* never: it has been walked through */
        return FERRY_MALFORMED;
    ferry_status status = ferry_image_reserve(out, found.info.length_bytes);
    if (status != FERRY_OK)
        return status;
    const ferryi_baseimage_bytes pixels = {.memory =
                                               set->copy.pixels + set->at + FERRY_HEADER_BYTES};
    ferryi_baseimage_pixels_copy(&pixels, &found.info, found.turned, out->pixels);
    set->at += FERRY_HEADER_BYTES + found.info.length_bytes;
    set->left--;
    found.info.number = c->last + set->passed_over + 1;
    found.info.capture_ns = found.info.publish_ns = set->copied_ns;
    set->passed_over = 0;
    out->info = found.info;
    out->skipped = ferryi_counting_received(c, found.info.number);
    out->generation = 0;
    return FERRY_OK;
}

int32_t ferryi_baseimage_set_guess(const ferry_consumer *c) {
    const source memory = memory_of(c);
    ferryi_bare_refused refused;
    return walk(&memory, &c->told, &refused) != 0 ? refused.images : 0;
}
