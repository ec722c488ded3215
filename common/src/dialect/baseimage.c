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

#include "channel/advice.h"
#include "channel/consumer_handle.h"
#include "channel/counting.h"
#include "channel/explain.h"
#include "channel/liveness.h"
#include "dialect/baseimage_event.h"
#include "dialect/baseimage_found.h"
#include "dialect/baseimage_header.h"
#include "dialect/baseimage_pixels.h"
#include "dialect/baseimage_set.h"
#include "platform/fault_point.h"
#include "support/error.h"
#include "support/need.h"

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

static bool remove_beside(const ferryi_names *names) {
    return ferryi_signal_event_remove(names->event);
}

static bool remove_unused_beside(const ferryi_names *names) {
    return ferryi_signal_event_remove_unused(names->event);
}

static bool is_left_beside(const ferryi_names *names) {
    return ferryi_signal_event_is_left(names->event);
}

/* ---- receiving from a sender that knows only the convention ---- */

/* The format of the frames that have as many bits as it has: 0, or one that has rows. */
static ferry_status check_format(const ferry_consumer_options *o, ferry_error *error) {
    uint32_t bits = ferry_format_bit_count(o->bare_format);
    if (o->bare_format != 0 && bits == 0)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "bare_format is 0x%08lx: it has to be a format of this library that is "
                           "not compressed, or 0",
                           (unsigned long)o->bare_format);
    if (bits == 16 && o->bare_16bit_format != 0 && o->bare_16bit_format != o->bare_format)
        return ferryi_fail(
            error, FERRY_INVALID_ARGUMENT, 0,
            "bare_format is %s and bare_16bit_format is 0x%08lx, which both speak of "
            "16 bits: leave the latter at 0",
            ferry_format_name(o->bare_format), (unsigned long)o->bare_16bit_format);
    return FERRY_OK;
}

static ferry_status read_options(ferry_consumer_options *o, ferry_error *error) {
    ferry_status status = check_format(o, error);
    if (status != FERRY_OK)
        return status;
    if (o->bare_16bit_format == 0)
        o->bare_16bit_format = FERRY_FORMAT_GRAY16LE;
    if (o->bare_16bit_format != FERRY_FORMAT_GRAY16LE &&
        o->bare_16bit_format != FERRY_FORMAT_RGB565LE)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "bare_16bit_format is 0x%08lx: it has to be FERRY_FORMAT_GRAY16LE or "
                           "FERRY_FORMAT_RGB565LE",
                           (unsigned long)o->bare_16bit_format);
    status = ferryi_need_choice(o->bare_bottom_up, 1, "bare_bottom_up", "0 or 1", error);
    return status == FERRY_OK
               ? ferryi_need_choice(o->bare_images, 1, "bare_images", "0 or 1", error)
               : status;
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

/* Whether nothing has been announced since seen, neither to us nor to the thread of an event loop,
 * which may have the event in hand and not have counted it yet. That is as if it came right after
 * this look. */
static bool is_quiet(const ferry_consumer *c, uint64_t seen) {
    return !ferryi_signal_event_is_set(c->event) &&
           atomic_load_explicit(&c->seen, memory_order_relaxed) == seen;
}

static bool has_header(const ferry_consumer *c, const ferryi_header *before) {
    atomic_thread_fence(memory_order_acquire);
    ferryi_header after = read_header(c);
    return memcmp(&after, before, sizeof after) == 0;
}

/* A header that cannot be is nonsense, or one that is being overwritten: then the next frame is on
 * its way and will be announced. */
static ferry_status pass_over(ferry_consumer *c, uint64_t seen,
                              const ferryi_bare_refused *refused) {
    /* Relaxed: figures. */
    if (is_quiet(c, seen) && (refused->image != 0 || has_header(c, &refused->header))) {
        c->refused = *refused;
        atomic_fetch_add_explicit(&c->refused_count, 1, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&c->skipped, seen - c->taken, memory_order_relaxed);
    c->last += seen - c->taken;
    c->taken = seen;
    return is_taken_over(c) ? FERRY_PRODUCER_LOST : FERRY_TIMEOUT;
}

static ferry_status copy_one(ferry_consumer *c, ferry_image *image, uint64_t seen) {
    ferryi_header header = read_header(c);
    ferry_frame_info info;
    bool turned;
    if (ferryi_baseimage_describe(&info, &turned, &header, c->frames.size_bytes, &c->told) !=
        FERRY_OK)
        return pass_over(c, seen,
                         &(ferryi_bare_refused){.is_there = true,
                                                .header = header,
                                                .room_bytes = c->frames.size_bytes,
                                                .images = ferryi_baseimage_set_guess(c)});
    ferry_status status = ferry_image_reserve(image, info.length_bytes);
    if (status != FERRY_OK)
        return status;
    const ferryi_baseimage_bytes pixels =
        ferryi_baseimage_bytes_in(&c->frames, FERRY_HEADER_BYTES, info.length_bytes);
    ferryi_baseimage_pixels_copy(&pixels, &info, turned, image->pixels);
    FERRYI_FAULT("bare.copied");
    if (is_taken_over(c))
        return FERRY_PRODUCER_LOST;
    if (!has_header(c, &header) ||
        !ferryi_baseimage_pixels_are(&pixels, &info, turned, image->pixels) || !is_quiet(c, seen))
        return FERRY_OVERTAKEN;
    FERRYI_FAULT("bare.checked");
    info.number = c->last + seen - c->taken;
    c->taken = seen;
    info.capture_ns = info.publish_ns = ferry_clock_ns();
    image->info = info;
    image->skipped = ferryi_counting_received(c, info.number);
    image->generation = 0;
    return FERRY_OK;
}

static ferry_status copy_set(ferry_consumer *c, ferry_image *image, uint64_t seen) {
    ferryi_bare_refused refused;
    ferry_status status = ferryi_baseimage_set_copy(c, &refused);
    if (status == FERRY_MALFORMED)
        return pass_over(c, seen, &refused);
    if (status != FERRY_OK && status != FERRY_OVERTAKEN)
        return status;
    if (is_taken_over(c))
        return FERRY_PRODUCER_LOST;
    atomic_thread_fence(memory_order_acquire);
    if (status == FERRY_OVERTAKEN || !ferryi_baseimage_set_is_same(c) || !is_quiet(c, seen))
        return FERRY_OVERTAKEN;
    ferryi_baseimage_set_begin(c, seen - c->taken - 1);
    c->taken = seen;
    return ferryi_baseimage_set_next(c, image);
}

static ferry_status copy_picture(ferry_consumer *c, void *target) {
    if (c->set.left > 0) /* whole and in our memory, whatever has become of the sender */
        return ferryi_baseimage_set_next(c, target);
    take_events(c); /* what has been announced by now is what we look at */
    uint64_t seen = atomic_load_explicit(&c->seen, memory_order_relaxed);
    if (seen == c->taken)
        return FERRY_TIMEOUT;
    return c->told.has_images ? copy_set(c, target, seen) : copy_one(c, target, seen);
}

static void count_announced(const ferry_consumer *c, ferry_consumer_counters *out) {
    out->head = atomic_load_explicit(&c->seen, memory_order_relaxed) +
                atomic_load_explicit(&c->added, memory_order_relaxed);
}

static ferry_status explain_refused(const ferry_consumer *c, ferry_error *error) {
    return ferryi_baseimage_explain(&c->refused, &c->told, c->names.frames, error);
}

static const ferryi_upstream bare_sender = {
    .look = look_at_sender,
    .looks_always = true,
    .may_have_ended = sender_may_have_gone,
    .wait = wait_for_event,
    .copy = copy_picture,
    .count = count_announced,
    .explain = explain_refused,
};

/* Whether a producer of ours has left its block in the object, which shows that it is an image. */
static bool was_used_before(const ferry_consumer *c) {
    return c->block != NULL || ferryi_geometry_vacant_offset(&c->frames) != c->frames.size_bytes;
}

static ferry_status not_an_image(const ferry_consumer *c, ferry_error *error) {
    char advice[FERRYI_ADVICE_BYTES] = "";
    if (error != NULL)
        ferryi_advice_write(advice, c->names.frames, ferryi_shm_end(&c->frames));
    return ferryi_fail(
        error, FERRY_FOREIGN, 0,
        "%s exists, but is neither a channel nor an image of the BaseImage kind with "
        "its event %s: %s",
        c->names.frames, c->names.event, advice);
}

static ferry_status attach(ferry_consumer *c, ferry_error *error) {
    ferry_status status =
        ferryi_signal_event_open(&c->event, c->names.event, &c->sharing, &c->lost, error);
    if (status == FERRY_NO_PRODUCER && was_used_before(c))
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0, "channel %s has no live producer",
                           c->names.frames);
    if (status == FERRY_NO_PRODUCER)
        return not_an_image(c, error);
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
    .is_left_beside = is_left_beside,
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
