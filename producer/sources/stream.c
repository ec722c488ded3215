/* Frames from standard input, a file or a pipe: a YUV4MPEG2 stream, or raw frames of one size and
 * format. */
#include <frameferry/clock.h>
#include <frameferry/frame.h>

#include "sources/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "host/inside.h"
#include "host/output.h"
#include "shared/message.h"
#include "shared/y4m.h"
#include "sources/split.h"

typedef struct film {
    source base;
    feed from;
    stream_request request;
    split parts;
    ferry_frame_info info; /* of every frame */
    ferry_layout padded;   /* of raw frames, where they lie otherwise than they are sent */
    uint8_t *planes; /* such a frame, or one of 10 bits, as it comes; NULL: frames are sent so */
} film;

static ferry_status no_memory(const film *f, ferry_error *error) {
    return ferryi_fail(error, FERRY_NO_MEMORY, 0,
                       "%.300s: no memory for frames of %d x %d pixels, which take %lu bytes each",
                       f->from.name, (int)f->info.width, (int)f->info.height,
                       (unsigned long)f->info.length_bytes);
}

/* Whether the user asks to stop. Ctrl-C ends the writer of a pipe too, in the midst of a frame, and
 * that may show a moment before the signal comes here. */
static bool is_stopped(const film *f, bool has_ended) {
    return host_stop_count() > 0 || (has_ended && !f->from.is_file &&
                                     host_sleep_until(ferry_clock_ns() + HOST_OUTPUT_GRACE_NS));
}

/* Reads until the splitter has an event: FERRY_OK. FERRY_INTERRUPTED: no more is wanted. Anything
 * else is a failure with a sentence. */
static ferry_status pump(film *f, split_event *event, ferry_error *error) {
    for (bool has_ended = false;;) {
        *event = split_advance(&f->parts, error);
        if (*event == SPLIT_BROKEN)
            return is_stopped(f, has_ended) ? FERRY_INTERRUPTED : error->status;
        if (*event != SPLIT_HUNGRY)
            return FERRY_OK;
        size_t room = 0;
        size_t got = 0;
        uint8_t *place = split_room(&f->parts, &room);
        ferry_status status = feed_read(&f->from, place, room, &got, error);
        has_ended = status == FERRY_END_OF_STREAM;
        if (has_ended)
            split_end(&f->parts);
        else if (status == FERRY_OK)
            split_add(&f->parts, got);
        if (status != FERRY_OK && status != FERRY_END_OF_STREAM)
            return status;
    }
}

/* Says why there are no more frames. */
static void report(const film *f, split_event event, const ferry_error *error) {
    char guess[RAW_GUESS_BYTES] = "";
    if (event != SPLIT_BROKEN) { /* it has the name in it */
        app_message_fail("%s", error->message);
        return;
    }
    if (!f->parts.is_raw) {
        app_message_fail("%s: %s", f->from.name, error->message);
        return;
    }
    raw_guess(guess, &f->request, f->parts.frames * f->parts.header.frame_bytes + f->parts.filled);
    app_message_fail("%s: %s: is --raw %dx%d:%s right?%s", f->from.name, error->message,
                     (int)f->info.width, (int)f->info.height, ferry_format_name(f->info.format),
                     guess);
}

/* Takes the padding out. */
static void pack(const film *f, uint8_t *pixels) {
    ferry_layout packed;
    ferry_layout_compute(&packed, f->info.format, f->info.width, f->info.height, 0);
    for (uint32_t i = 0; i < packed.plane_count; i++) {
        const ferry_plane *to = &packed.planes[i];
        const ferry_plane *from = &f->padded.planes[i];
        for (size_t y = 0; y < to->rows; y++)
            memcpy(pixels + to->offset_bytes + y * to->stride_bytes,
                   f->planes + from->offset_bytes + y * from->stride_bytes, to->row_bytes);
    }
}

/* The frame whose bytes have come, as it is sent. */
static void finish(film *f, ferry_image *into) {
    if (f->planes != NULL && f->request.is_raw)
        pack(f, into->pixels);
    else if (f->planes != NULL)
        app_y4m_p010_of_planes(f->info.width, f->info.height, f->planes, into->pixels);
    into->info = f->info;
    into->info.capture_ns = ferry_clock_ns();
    into->skipped = 0;
}

static void init_parts(film *f) {
    if (f->request.is_raw)
        split_init_raw(&f->parts, f->padded.length_bytes);
    else
        split_init_y4m(&f->parts);
}

/* Reads the file again, which must not have changed. */
static ferry_status begin_again(film *f, split_event *event, ferry_error *error) {
    const y4m_header before = f->parts.header;
    ferry_status status = feed_rewind(&f->from, error);
    init_parts(f);
    if (status != FERRY_OK)
        return status;
    status = pump(f, event, error);
    const y4m_header *after = &f->parts.header;
    if (status != FERRY_OK || f->request.is_raw ||
        (after->width == before.width && after->height == before.height &&
         after->format == before.format))
        return status;
    *event = SPLIT_BROKEN;
    return ferryi_fail(error, FERRY_UNREADABLE, 0,
                       "its frames have changed their size or format meanwhile");
}

/* Waits for the next frame. *event is not told when it fails for another reason than the stream. */
static ferry_status read_frame(film *f, ferry_image *into, split_event *event, ferry_error *error) {
    if (ferry_image_reserve(into, f->info.length_bytes) != FERRY_OK)
        return no_memory(f, error);
    split_begin(&f->parts, f->planes != NULL ? f->planes : into->pixels);
    return pump(f, event, error);
}

static bool film_next(source *self, ferry_image *into) {
    film *f = (film *)self;
    split_event event = SPLIT_HUNGRY;
    ferry_error error;
    ferry_status status = read_frame(f, into, &event, &error);
    if (status == FERRY_OK && event == SPLIT_ENDED && f->request.loop) {
        status = begin_again(f, &event, &error);
        if (status == FERRY_OK)
            status = read_frame(f, into, &event, &error);
    }
    if (status == FERRY_OK && event == SPLIT_FRAME) {
        feed_settle(&f->from);
        finish(f, into);
        return true;
    }
    if (status != FERRY_OK && status != FERRY_INTERRUPTED && host_stop_count() == 0) {
        report(f, event, &error);
        f->base.is_broken = true;
    }
    return false;
}

static void film_interrupt(source *self) {
    feed_interrupt(&((film *)self)->from);
}

static void film_close(source *self) {
    film *f = (film *)self;
    feed_close(&f->from);
    free(f->planes);
    free(f);
}

/* Describes the frames by the header of the stream. */
static void describe_y4m(film *f) {
    const y4m_header *header = &f->parts.header;
    f->info.width = header->width;
    f->info.height = header->height;
    f->info.format = header->format;
    f->info.color_range = header->color_range;
    f->info.color_matrix = header->color_matrix;
    f->info.chroma_site = header->chroma_site;
    f->info.field_order = header->field_order;
    f->info.pixel_aspect_num = header->pixel_aspect_num;
    f->info.pixel_aspect_den = header->pixel_aspect_den;
    f->info.frame_rate_num = (uint32_t)header->rate.frames;
    f->info.frame_rate_den = (uint32_t)header->rate.seconds;
    f->base.rate = header->rate;
    if (header->is_interlaced)
        app_message_warn("%s: the film is interlaced, and each frame has both fields; ffmpeg -vf "
                         "yadif deinterlaces it",
                         f->from.name);
}

/* Whether raw frames lie otherwise in the stream than they are sent. */
static bool is_padded(const film *f) {
    ferry_layout packed;
    return ferry_layout_compute(&packed, f->info.format, f->info.width, f->info.height, 0) !=
               FERRY_OK ||
           memcmp(&packed.planes, &f->padded.planes, sizeof packed.planes) != 0 ||
           packed.length_bytes != f->padded.length_bytes;
}

/* Fills in what follows from size and format, and checks that such frames can be sent, before
 * memory is taken for one. */
static ferry_status prepare(film *f, ferry_error *error) {
    ferry_layout layout;
    const stream_request *r = &f->request;
    ferry_frame_info *info = &f->info;
    ferry_status status = ferry_layout_compute(&layout, info->format, info->width, info->height, 0);
    if (status == FERRY_OK && r->is_raw)
        status = raw_layout(&f->padded, r);
    if (status != FERRY_OK)
        return ferryi_fail(error, status, 0,
                           "%.400s: the size or the stride of its frames is invalid", f->from.name);
    info->bit_count = ferry_format_bit_count(info->format);
    info->stride_bytes = layout.planes[0].stride_bytes;
    info->length_bytes = layout.length_bytes;
    ferry_frame_info stored;
    status = stored_describe(&r->form, info, &stored, error);
    if (status != FERRY_OK)
        return status;
    status = source_check_size(f->from.name, &stored, r->slot_bytes, r->form.dialect, error);
    if (status != FERRY_OK)
        return status;
    f->base.slot_bytes = source_needs(&stored);
    if (r->is_raw ? !is_padded(f) : info->format != FERRY_FORMAT_P010LE)
        return FERRY_OK;
    f->planes = malloc(r->is_raw ? f->padded.length_bytes : f->parts.header.frame_bytes);
    return f->planes == NULL ? no_memory(f, error) : FERRY_OK;
}

/* Reads as far as the first frame. */
static ferry_status begin(film *f, ferry_error *error) {
    split_event event = SPLIT_HUNGRY;
    ferry_error cause;
    ferry_status status = pump(f, &event, &cause);
    if (status == FERRY_INTERRUPTED)
        return ferryi_fail(error, status, 0, "interrupted");
    if (status != FERRY_OK)
        return ferryi_fail(error, status, 0, "%s%s%s", event == SPLIT_BROKEN ? f->from.name : "",
                           event == SPLIT_BROKEN ? ": " : "", cause.message);
    if (!f->parts.is_raw)
        describe_y4m(f);
    return FERRY_OK;
}

static ferry_status open_film(film *f, ferry_error *error) {
    const stream_request *r = &f->request;
    f->base = (source){.is_piped = !f->from.is_file,
                       .rate = {.seconds = 1},
                       .next = film_next,
                       .interrupt = film_interrupt,
                       .close = film_close};
    ferry_status status = FERRY_OK;
    if (r->is_raw) {
        f->info.width = r->width;
        f->info.height = r->height;
        f->info.format = r->format;
        status = prepare(f, error);
    }
    init_parts(f);
    if (status == FERRY_OK)
        status = begin(f, error);
    if (status == FERRY_OK && !r->is_raw)
        status = prepare(f, error);
    return status;
}

ferry_status source_open_stream(source **out, const feed *from, const stream_request *request,
                                ferry_error *error) {
    film *f = calloc(1, sizeof *f);
    if (f == NULL) {
        feed taken = *from;
        feed_close(&taken);
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    }
    f->from = *from;
    f->request = *request;
    ferry_status status = FERRY_OK;
    if (request->loop && !from->is_file)
        status = ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                             "%.400s cannot be repeated: leave out --loop", from->name);
    if (status == FERRY_OK)
        status = open_film(f, error);
    if (status == FERRY_OK)
        *out = &f->base;
    else
        film_close(&f->base);
    return status;
}
