/* BaseImage: header and pixels at the start of a mapping, and an auto-reset event NAMEMutex.
 *
 * Sending is the channel's own protocol with one slot, and the event (baseimage_event.c). Here is
 * the rest: the row of the table, and receiving from a sender that knows only the mapping and the
 * event. Such a sender writes header and pixels without any lock, then sets the event; it leaves no
 * sign of life. Everything that can be seen from outside is checked: the header's values against
 * the mapping, and after the copy whether header, pixels and event are still as they were. A sender
 * that was half-way through a frame during all of that is not noticed. */
#include "dialect/baseimage.h"

#include <stdio.h>
#include <string.h>

#include <frameferry/clock.h>

#include "channel/consumer_handle.h"
#include "channel/counting.h"
#include "channel/explain.h"
#include "channel/liveness.h"
#include "dialect/baseimage_event.h"
#include "dialect/baseimage_found.h"
#include "platform/fault_point.h"
#include "support/error.h"
#include "support/need.h"

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

/* ---- what a producer of ours asks for ---- */

static ferry_status plan(uint64_t *slot_bytes, const ferry_producer_options *options,
                         ferry_error *error) {
    bool has_slots = options->slots > 1;
    *slot_bytes = FERRY_DEFAULT_SLOT_BYTES;
    if (!has_slots && (options->slot_bytes == 0 || options->slot_bytes == *slot_bytes))
        return FERRY_OK;
    return ferryi_fail(
        error, FERRY_INVALID_ARGUMENT, 0,
        "%s is %llu: the baseimage dialect has one slot of %u bytes; leave it at its default",
        has_slots ? "slots" : "slot_bytes",
        (unsigned long long)(has_slots ? options->slots : options->slot_bytes),
        FERRY_DEFAULT_SLOT_BYTES);
}

/* ---- what lies beside the object ---- */

static void name_beside(ferryi_names *names, const char *channel) {
    snprintf(names->event, sizeof names->event, "%sMutex", channel);
}

static void remove_beside(const ferryi_names *names) {
    ferryi_signal_event_remove(names->event);
}

static void remove_unused_beside(const ferryi_names *names) {
    ferryi_signal_event_remove_unused(names->event);
}

/* ---- receiving from a sender that knows only the convention ---- */

static ferry_status read_options(ferry_consumer_options *o, ferry_error *error) {
    if (o->bare_16bit_format == 0)
        o->bare_16bit_format = FERRY_FORMAT_GRAY16LE;
    if (o->bare_16bit_format != FERRY_FORMAT_GRAY16LE &&
        o->bare_16bit_format != FERRY_FORMAT_RGB565LE)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "bare_16bit_format is 0x%08lx: it has to be FERRY_FORMAT_GRAY16LE or "
                           "FERRY_FORMAT_RGB565LE",
                           (unsigned long)o->bare_16bit_format);
    return ferryi_need_choice(o->bare_bottom_up, 1, "bare_bottom_up", "0 or 1", error);
}

/* Whether a producer of ours has taken the object over: its first step is to take the lease. */
static bool is_taken_over(const ferry_consumer *c) {
    return ferryi_liveness_has_producer(c);
}

/* Whether the sender has gone: another object has the name, or a producer of ours has taken the
 * object over. */
static ferry_status look_at_sender(ferry_consumer *c) {
    bool gone = !ferryi_shm_has_name(&c->frames) || is_taken_over(c);
    return gone ? FERRY_PRODUCER_LOST : FERRY_OK;
}

static bool sender_may_have_gone(ferry_consumer *c) {
    return look_at_sender(c) != FERRY_OK;
}

static bool wait_for_event(ferry_consumer *c, ferryi_watch *watch, int64_t timeout_ns) {
    (void)watch; /* the system's own object, which cannot be looked at without a call */
    bool announced = ferryi_signal_event_wait(c->event, timeout_ns);
    if (announced)
        atomic_fetch_add_explicit(&c->seen, 1, memory_order_relaxed);
    return announced;
}

/* Takes all that has been announced by now. A sender that posts without looking at the value lets
 * it grow while nobody receives; there is but one picture, so that the rest were passed over. */
static void take_events(ferry_consumer *c) {
    /* Relaxed: a figure. */
    atomic_fetch_add_explicit(&c->seen, ferryi_signal_event_take_all(c->event),
                              memory_order_relaxed);
}

static ferryi_header read_header(const ferry_consumer *c) {
    if (!ferryi_shm_is_backed(&c->frames, 0, FERRY_HEADER_BYTES))
        return (ferryi_header){.length = 0}; /* announced, and never written */
    /* Volatile: each value is read once, so that what is checked is what is used. */
    const volatile ferryi_header *header = ferryi_geometry_header(&c->frames, &c->geometry, 0);
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
    const uint8_t *shared = ferryi_geometry_pixels(&c->frames, &c->geometry, 0);
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

static ferry_status copy_picture(ferry_consumer *c, void *target) {
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
    image->skipped = ferryi_counting_received(c, seen);
    image->generation = 0;
    return FERRY_OK;
}

static void count_announced(const ferry_consumer *c, ferry_consumer_counters *out) {
    out->head = atomic_load_explicit(&c->seen, memory_order_relaxed);
}

static const ferryi_upstream bare_sender = {
    .look = look_at_sender,
    .looks_always = true,
    .may_have_ended = sender_may_have_gone,
    .wait = wait_for_event,
    .copy = copy_picture,
    .count = count_announced,
};

/* Whether a producer of ours has left its block in the object, which shows that it is an image. */
static bool was_used_before(const ferry_consumer *c) {
    return c->block != NULL || ferryi_geometry_vacant_offset(&c->frames) != c->frames.size_bytes;
}

static ferry_status attach(ferry_consumer *c, ferry_error *error) {
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
        return ferryi_explain_one_slot(c, &ferryi_dialect_baseimage, error);
    if (is_taken_over(c)) /* and its block, which was not there a moment ago, is on its way */
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0, "channel %s is changing hands",
                           c->names.frames);
    c->block = NULL; /* what a dead producer of ours left behind, if anything */
    c->generation = 0;
    c->upstream = &bare_sender;
    c->dialect = &ferryi_dialect_baseimage;
    c->geometry = (ferryi_geometry){.dialect = FERRY_DIALECT_BASEIMAGE,
                                    .slots = 1,
                                    .slot_stride = c->frames.size_bytes,
                                    .object_bytes = c->frames.size_bytes};
    atomic_store_explicit(&c->first, 1, memory_order_relaxed);
    ferryi_shm_no_dump(&c->frames);
    return FERRY_OK;
}

const ferryi_dialect ferryi_dialect_baseimage = {
    .id = FERRY_DIALECT_BASEIMAGE,
    .name = "baseimage",
    .constant = "FERRY_DIALECT_BASEIMAGE",
    .name_beside = name_beside,
    .remove_beside = remove_beside,
    .remove_unused_beside = remove_unused_beside,
    .plan = plan,
    .open_found = ferryi_baseimage_found_open,
    .check_found = ferryi_baseimage_found_check,
    .open_beside = ferryi_baseimage_event_open,
    .announce = ferryi_baseimage_event_announce,
    .keep_beside = ferryi_baseimage_event_keep,
    .remove_own_beside = ferryi_baseimage_event_remove_own,
    .close_beside = ferryi_baseimage_event_close,
    .read_options = read_options,
    .attach = attach,
};
