/* Frames from standard input: a YUV4MPEG2 stream, or raw frames of one size and format. */
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/host.h>

#include "message.h"
#include "refuse.h"
#include "split.h"

#define LABEL "standard input: "
/* A program that is slow to begin needs no word. */
#define SILENCE_NS (2 * FERRY_SECOND_NS)

typedef struct film {
    source base;
    ferryi_input *input;
    split parts;
    ferry_frame_info info; /* of every frame */
    bool has_bytes;        /* of it have been read */
    bool has_begun;        /* the first frame has come, or silence before it has been told */
    uint8_t *planes;       /* a frame of 4:2:2 as it comes; NULL: frames are sent as they come */
} film;

/* There is no channel before the first bytes, and nothing else to be seen of this program. */
static void watch_silence(film *f) {
    if (f->has_begun || ferryi_host_await_input(f->input, SILENCE_NS))
        return;
    f->has_begun = true;
    if (f->has_bytes)
        ferryi_message_inform("no whole frame on standard input yet: waiting for the program that "
                              "writes it");
    else
        ferryi_message_inform("nothing on standard input yet: waiting for the program that writes "
                              "it; the channel is made when that begins");
}

/* Reads until the splitter has something to tell: FERRY_OK. FERRY_INTERRUPTED: nobody wants more.
 * Everything else is a failure with a sentence. */
static ferry_status pump(film *f, split_event *event, ferry_error *error) {
    for (;;) {
        *event = split_advance(&f->parts, error);
        if (*event != SPLIT_HUNGRY)
            return *event == SPLIT_BROKEN ? error->status : FERRY_OK;
        size_t room = 0;
        size_t got = 0;
        uint8_t *place = split_room(&f->parts, &room);
        watch_silence(f);
        ferry_status status = ferryi_host_read_input(f->input, place, room, &got, error);
        if (status == FERRY_END_OF_STREAM)
            split_end(&f->parts);
        else if (status == FERRY_OK)
            split_add(&f->parts, got);
        f->has_bytes = f->has_bytes || status == FERRY_OK;
        if (status != FERRY_OK && status != FERRY_END_OF_STREAM)
            return status;
    }
}

/* Bits of a pixel with which a raw stream that is cut short would have been whole frames of the
 * same size; 0: there are none. */
static uint32_t guess_bits(const film *f) {
    uint64_t total_bytes = f->parts.frames * f->parts.header.frame_bytes + f->parts.filled;
    uint32_t bits = 0;
    uint32_t format;
    for (size_t i = 0; (format = ferry_format_at(i)) != 0; i++) {
        ferry_layout layout;
        if (ferry_layout_compute(&layout, format, f->info.width, f->info.height, 0) == FERRY_OK &&
            total_bytes % layout.length_bytes == 0 && ferry_format_bit_count(format) > bits)
            bits = ferry_format_bit_count(format);
    }
    return bits;
}

/* Says why there are no more frames. */
static void report(const film *f, split_event event, const ferry_error *error) {
    char guess[80] = "";
    uint32_t bits = f->parts.is_raw ? guess_bits(f) : 0;
    if (event != SPLIT_BROKEN) { /* it names standard input itself */
        ferryi_message_fail("%s", error->message);
        return;
    }
    if (!f->parts.is_raw) {
        ferryi_message_fail(LABEL "%s", error->message);
        return;
    }
    if (bits != 0)
        snprintf(guess, sizeof guess, " (with %d bits a pixel all frames would be whole)",
                 (int)bits);
    ferryi_message_fail(LABEL "%s: is --raw %dx%d:%s right?%s", error->message, (int)f->info.width,
                        (int)f->info.height, ferry_format_name(f->info.format), guess);
}

/* The frame whose bytes have come, as it is sent. */
static void finish(film *f, ferry_image *into) {
    if (f->planes != NULL)
        y4m_interleave(&f->parts.header, f->planes, into->pixels);
    into->info = f->info;
    into->info.capture_ns = ferry_clock_ns();
    into->skipped = 0;
}

static bool film_next(source *self, ferry_image *into) {
    film *f = (film *)self;
    split_event event = SPLIT_HUNGRY;
    ferry_error error = {.message = "out of memory"};
    ferry_status status = FERRY_NO_MEMORY;
    if (source_reserve(into, f->info.length_bytes)) {
        split_begin(&f->parts, f->planes != NULL ? f->planes : into->pixels);
        status = pump(f, &event, &error);
    }
    if (status == FERRY_OK && event == SPLIT_FRAME) {
        f->has_begun = true;
        finish(f, into);
        return true;
    }
    /* Ctrl-C ends the writer too, and it may have been quicker. */
    if (status != FERRY_OK && status != FERRY_INTERRUPTED && ferryi_host_stop_count() == 0) {
        report(f, event, &error);
        f->base.is_broken = true;
    }
    return false;
}

static void film_interrupt(source *self) {
    ferryi_host_interrupt_input(((film *)self)->input);
}

static void film_close(source *self) {
    film *f = (film *)self;
    ferryi_host_close_input(&f->input);
    free(f->planes);
    free(f);
}

/* What the stream says of its frames. */
static void describe_y4m(film *f) {
    const y4m_header *header = &f->parts.header;
    f->info.width = header->width;
    f->info.height = header->height;
    f->info.format = header->format;
    f->info.color_range = header->color_range;
    f->base.rate = header->rate;
    if (header->is_interlaced)
        ferryi_message_warn(LABEL "it is interlaced, and each frame is sent with both of its "
                                  "fields; -vf yadif makes ffmpeg mend that");
}

static ferry_status no_memory(ferry_error *error) {
    return ferryi_refuse(error, FERRY_NO_MEMORY, "out of memory");
}

/* Fills in what follows from size and format, and checks that such frames can be sent, before
 * memory is taken for one. */
static ferry_status prepare(film *f, const stream_request *request, ferry_error *error) {
    ferry_layout layout;
    ferry_frame_info *info = &f->info;
    ferry_status status = ferry_layout_compute(&layout, info->format, info->width, info->height, 0);
    if (status != FERRY_OK)
        return ferryi_refuse(error, status, LABEL "there can be no such frames");
    info->bit_count = ferry_format_bit_count(info->format);
    info->stride_bytes = layout.planes[0].stride_bytes;
    info->length_bytes = layout.length_bytes;
    ferry_frame_info stored;
    status = arrange_describe(&request->how, info, &stored, error);
    if (status != FERRY_OK)
        return status;
    if (!source_fits("standard input", &stored, request->slot_bytes, request->how.dialect, error))
        return error->status;
    if (request->is_raw || info->format != FERRY_FORMAT_YUYV422)
        return FERRY_OK;
    f->planes = malloc(f->parts.header.frame_bytes);
    return f->planes == NULL ? no_memory(error) : FERRY_OK;
}

/* Reads as far as the first frame. */
static ferry_status begin(film *f, ferry_error *error) {
    split_event event = SPLIT_HUNGRY;
    ferry_error cause;
    ferry_status status = pump(f, &event, &cause);
    if (status == FERRY_INTERRUPTED)
        return ferryi_refuse(error, status, "interrupted");
    if (status != FERRY_OK)
        return ferryi_refuse(error, status, "%s%s", event == SPLIT_BROKEN ? LABEL : "",
                             cause.message);
    if (!f->parts.is_raw)
        describe_y4m(f);
    return FERRY_OK;
}

static ferry_status open_film(film *f, const stream_request *request, ferry_error *error) {
    f->base = (source){.rate = {.seconds = 1},
                       .next = film_next,
                       .interrupt = film_interrupt,
                       .close = film_close};
    ferry_status status = FERRY_OK;
    split_init_y4m(&f->parts);
    if (request->is_raw) {
        f->info.width = request->width;
        f->info.height = request->height;
        f->info.format = request->format;
        status = prepare(f, request, error);
        split_init_raw(&f->parts, f->info.length_bytes);
    }
    if (status == FERRY_OK)
        status = ferryi_host_open_input(&f->input, error);
    if (status == FERRY_OK)
        status = begin(f, error);
    if (status == FERRY_OK && !request->is_raw)
        status = prepare(f, request, error);
    return status;
}

ferry_status source_open_stream(source **out, const stream_request *request, ferry_error *error) {
    if (ferryi_host_is_terminal(stdin))
        return ferryi_refuse(error, FERRY_UNREADABLE,
                             LABEL
                             "it is a terminal, and not a program that writes frames, such as "
                             "ffmpeg -i FILM -f yuv4mpegpipe - | ferry-producer -");
    film *f = calloc(1, sizeof *f);
    if (f == NULL)
        return no_memory(error);
    ferry_status status = open_film(f, request, error);
    if (status == FERRY_OK)
        *out = &f->base;
    else
        film_close(&f->base);
    return status;
}
