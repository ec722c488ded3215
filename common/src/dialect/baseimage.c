#include "dialect/baseimage.h"

#include <string.h>

#include "platform/fault_point.h"
#include "support/error.h"
#include <frameferry/consumer.h>
#include <frameferry/frame.h>
#include <frameferry/producer.h>

/* The format that each bit count stands for in programs of this kind. */
static uint32_t format_of(int32_t bit_count, uint32_t format_16bit) {
    switch (bit_count) {
    case 8: return FERRY_FORMAT_GRAY;
    case 16: return format_16bit;
    case 24: return FERRY_FORMAT_BGR24;
    case 32: return FERRY_FORMAT_BGRA;
    default: return 0;
    }
}

bool ferryi_baseimage_has_16bit_format(uint32_t format) {
    return format == FERRY_FORMAT_GRAY16LE || format == FERRY_FORMAT_RGB565LE;
}

ferry_status ferryi_baseimage_describe(ferry_frame_info *out, const ferryi_header *header,
                                       uint64_t mapping_bytes, uint32_t format_16bit) {
    enum { DIB_ALIGN = 4 };
    uint32_t format = format_of(header->bit_count, format_16bit);
    if (format == 0 || header->length < 1 || header->width < 1 || header->height < 1 ||
        mapping_bytes < FERRY_HEADER_BYTES ||
        (uint64_t)header->length > mapping_bytes - FERRY_HEADER_BYTES)
        return FERRY_MALFORMED;
    uint64_t row = (uint64_t)header->width * ((uint64_t)header->bit_count / 8);
    uint64_t padded = (row + DIB_ALIGN - 1) / DIB_ALIGN * DIB_ALIGN;
    uint64_t length = (uint64_t)header->length;
    uint64_t rows = (uint64_t)header->height;
    /* Both factors are below 2^34 and 2^31; compared by division, so that nothing overflows. */
    if (row > length / rows)
        return FERRY_MALFORMED;
    bool is_padded = row * rows != length && padded <= length / rows;
    *out = (ferry_frame_info){.width = header->width,
                              .height = header->height,
                              .format = format,
                              .bit_count = (uint32_t)header->bit_count,
                              .stride_bytes = (uint32_t)(is_padded ? padded : row),
                              .length_bytes = (uint32_t)length};
    return FERRY_OK;
}

/* Whoever buries us goes by the block. */
static void note_made(ferryi_objects *o, uint32_t made) {
    volatile ferryi_block *block = ferryi_block_at(&o->frames, &o->geometry);
    block->made = o->made = made;
}

ferry_status ferryi_baseimage_make_event(ferryi_objects *o, ferry_error *error) {
    ferry_status status =
        ferryi_signal_event_open(&o->event, o->names.event, &o->sharing, o->lost, error);
    if (status == FERRY_OK && ferryi_signal_event_is_ours(o->event))
        note_made(o, o->made | FERRYI_MADE_EVENT); /* one that a dead producer has left behind */
    /* A dead producer's may have been shared with others. */
    if (status == FERRY_OK && (o->made & FERRYI_MADE_EVENT) != 0)
        status = ferryi_signal_event_share(o->event, &o->sharing, error);
    if (status != FERRY_NO_PRODUCER)
        return status;
    /* The intention first: one that is killed in here must not leave an event that nobody has
     * made. */
    uint32_t before = o->made;
    bool created = false;
    note_made(o, before | FERRYI_MADE_EVENT);
    FERRYI_FAULT("create.event_noted");
    status = ferryi_signal_event_create(&o->event, o->names.event, &o->sharing, &created, o->lost,
                                        error);
    FERRYI_FAULT("create.event_made");
    if (!created)
        note_made(o, before); /* somebody else was quicker, or it cannot be made */
    return status;
}

ferryi_signal_event *ferryi_baseimage_newest_event(const ferryi_objects *o) {
    /* Relaxed: only this thread changes it. */
    uint32_t count = atomic_load_explicit(&o->companions, memory_order_relaxed);
    return count == 0 ? o->event : o->companion[count - 1];
}

bool ferryi_baseimage_add_event(ferryi_objects *o) {
    uint32_t count = atomic_load_explicit(&o->companions, memory_order_relaxed);
    if (count == FERRYI_COMPANIONS)
        return false;
    ferryi_signal_event **place = &o->companion[count];
    uint32_t before = o->made;
    bool created = false;
    note_made(o, before | FERRYI_MADE_EVENT); /* first, as above */
    ferryi_signal_event_create(place, o->names.event, &o->sharing, &created, o->lost, NULL);
    if (created && *place != NULL) {
        atomic_store_explicit(&o->companions, count + 1, memory_order_relaxed);
        return true;
    }
    if (created) /* it has the name, and cannot be used */
        ferryi_signal_event_remove(o->names.event);
    note_made(o, before); /* somebody else was quicker, or it cannot be made */
    ferryi_signal_event_close(place);
    return false;
}

void ferryi_baseimage_announce(ferry_producer *p) {
    ferryi_signal_event_set(p->objects.event);
    /* Relaxed: one that was added just now hears of the next frame. */
    if (atomic_load_explicit(&p->objects.companions, memory_order_relaxed) == 0)
        return;
    ferryi_lock_take(p->lock);
    for (uint32_t i = 0; i < atomic_load_explicit(&p->objects.companions, memory_order_relaxed);
         i++)
        ferryi_signal_event_set(p->objects.companion[i]);
    ferryi_lock_give(p->lock);
}

/* Whether a producer of ours has taken the object over: its first step is to take the lease. */
static bool is_taken_over(const ferry_consumer *c) {
    return ferryi_producer_lives(c);
}

/* Whether a producer of ours has left its block in the object, which shows that it is an image. */
static bool was_used_before(const ferry_consumer *c) {
    return c->block != NULL || ferryi_vacant_offset(&c->frames) != c->frames.size_bytes;
}

ferry_status ferryi_baseimage_attach(ferry_consumer *c, ferry_error *error) {
    ferry_status status =
        ferryi_signal_event_open(&c->event, c->names.event, &c->sharing, &c->lost, error);
    if (status == FERRY_NO_PRODUCER && was_used_before(c))
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0, "channel %s has no live producer",
                           c->names.frames);
    if (status == FERRY_NO_PRODUCER)
        return ferryi_fail(error, FERRY_FOREIGN, 0,
                           "%s exists, but is neither a channel nor an image of the BaseImage kind "
                           "with its event %s: choose another name, or remove it",
                           c->names.frames, c->names.event);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("bare.opened");
    if (c->delivery == FERRY_DELIVERY_EVERY)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "channel %s has one slot (baseimage dialect), which cannot keep every "
                           "frame: receive the latest",
                           c->names.frames);
    if (is_taken_over(c)) /* and its block, which was not there a moment ago, is on its way */
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0, "channel %s is changing hands",
                           c->names.frames);
    c->block = NULL; /* what a dead producer of ours left behind, if anything */
    c->geometry = (ferryi_geometry){.dialect = FERRY_DIALECT_BASEIMAGE,
                                    .slots = 1,
                                    .slot_stride = c->frames.size_bytes,
                                    .object_bytes = c->frames.size_bytes};
    atomic_store_explicit(&c->first, 1, memory_order_relaxed);
    ferryi_shm_no_dump(&c->frames);
    return FERRY_OK;
}

ferry_status ferryi_baseimage_look(ferry_consumer *c) {
    bool gone = !ferryi_shm_has_name(&c->frames) || is_taken_over(c);
    return gone ? FERRY_PRODUCER_LOST : FERRY_OK;
}

/* Takes all that has been announced by now. A sender that posts without looking at the value lets
 * it grow while nobody receives; there is but one picture, so that the rest were passed over. */
static void take_events(ferry_consumer *c) {
    /* Relaxed: a figure. */
    atomic_fetch_add_explicit(&c->seen, ferryi_signal_event_take_all(c->event),
                              memory_order_relaxed);
}

bool ferryi_baseimage_wait(ferry_consumer *c, int64_t timeout_ns) {
    bool announced = ferryi_signal_event_wait(c->event, timeout_ns);
    if (announced)
        atomic_fetch_add_explicit(&c->seen, 1, memory_order_relaxed);
    return announced;
}

static ferryi_header read_header(const ferry_consumer *c) {
    if (!ferryi_shm_is_backed(&c->frames, 0, FERRY_HEADER_BYTES))
        return (ferryi_header){.length = 0}; /* announced, and never written */
    /* Volatile: each value is read once, so that what is checked is what is used. */
    const volatile ferryi_header *header = ferryi_header_at(&c->frames, &c->geometry, 0);
    return (ferryi_header){.length = header->length,
                           .width = header->width,
                           .height = header->height,
                           .bit_count = header->bit_count};
}

/* Each sees a row, or what is behind the last one, as it is in a copy and in the sender's memory.
 */
typedef bool visit_bytes(uint8_t *copy, const uint8_t *shared, size_t bytes);

static bool take_bytes(uint8_t *copy, const uint8_t *shared, size_t bytes) {
    memcpy(copy, shared, bytes);
    return true;
}

static bool are_same(uint8_t *copy, const uint8_t *shared, size_t bytes) {
    return memcmp(copy, shared, bytes) == 0;
}

/* Pixels that a sender has never written have no memory, and the mapping is not touched for them:
 * a sender that found no memory may have died half-way. */
static bool visit_piecewise(const ferry_consumer *c, uint8_t *copy, size_t at, size_t bytes,
                            visit_bytes *visit) {
    uint8_t piece[FERRYI_SHM_PAGE];
    for (size_t done = 0; done < bytes; done += sizeof piece) {
        size_t count = bytes - done < sizeof piece ? bytes - done : sizeof piece;
        if (!ferryi_shm_read(&c->frames, FERRY_HEADER_BYTES + at + done, piece, count) ||
            !visit(copy + done, piece, count))
            return false;
    }
    return true;
}

/* Goes through a frame as long as visit agrees. Rows that come from the bottom up are turned over.
 */
static bool visit_pixels(const ferry_consumer *c, const ferry_frame_info *info, uint8_t *copy,
                         visit_bytes *visit) {
    const uint8_t *shared = ferryi_pixels_at(&c->frames, &c->geometry, 0);
    size_t length = info->length_bytes, stride = info->stride_bytes;
    size_t rows = c->bare_bottom_up ? (size_t)info->height : 0, turned = rows * stride;
    bool is_backed = ferryi_shm_is_backed(&c->frames, FERRY_HEADER_BYTES, length);
    for (size_t y = 0; y < rows; y++) {
        size_t at = (rows - 1 - y) * stride;
        if (!(is_backed ? visit(copy + y * stride, shared + at, stride)
                        : visit_piecewise(c, copy + y * stride, at, stride, visit)))
            return false;
    }
    return is_backed ? visit(copy + turned, shared + turned, length - turned)
                     : visit_piecewise(c, copy + turned, turned, length - turned, visit);
}

/* Whether what was copied is what is still there, with nothing announced meanwhile: neither to us
 * nor to the thread of an event loop, which may have the event in hand and not have counted it yet.
 * That is as if it came right after this look. */
static bool is_unchanged(const ferry_consumer *c, const ferryi_header *before,
                         const ferry_frame_info *info, uint8_t *pixels, uint64_t seen) {
    atomic_thread_fence(memory_order_acquire);
    ferryi_header after = read_header(c);
    return memcmp(&after, before, sizeof after) == 0 && visit_pixels(c, info, pixels, are_same) &&
           !ferryi_signal_event_is_set(c->event) &&
           atomic_load_explicit(&c->seen, memory_order_relaxed) == seen;
}

/* A header that cannot be is nonsense, or one that is being overwritten: then the next frame is on
 * its way and will be announced. */
static ferry_status pass_over(ferry_consumer *c, uint64_t seen) {
    /* Relaxed: figures. */
    atomic_fetch_add_explicit(&c->skipped, seen - c->last, memory_order_relaxed);
    c->last = seen;
    return is_taken_over(c) ? FERRY_PRODUCER_LOST : FERRY_TIMEOUT;
}

ferry_status ferryi_baseimage_attempt(ferry_consumer *c, void *target) {
    ferry_image *image = target;
    take_events(c); /* what has been announced by now is what we look at */
    uint64_t seen = atomic_load_explicit(&c->seen, memory_order_relaxed);
    if (seen == c->last)
        return FERRY_TIMEOUT;
    ferryi_header header = read_header(c);
    ferry_frame_info info;
    if (ferryi_baseimage_describe(&info, &header, c->frames.size_bytes, c->bare_16bit_format) !=
        FERRY_OK)
        return pass_over(c, seen);
    ferry_status status = ferry_image_reserve(image, info.length_bytes);
    if (status != FERRY_OK)
        return status;
    visit_pixels(c, &info, image->pixels, take_bytes);
    FERRYI_FAULT("bare.copied");
    if (is_taken_over(c))
        return FERRY_PRODUCER_LOST;
    if (!is_unchanged(c, &header, &info, image->pixels, seen))
        return FERRY_OVERTAKEN;
    FERRYI_FAULT("bare.checked");
    info.number = seen;
    info.capture_ns = info.publish_ns = ferry_clock_ns();
    image->info = info;
    image->skipped = ferryi_count_received(c, seen);
    return FERRY_OK;
}
