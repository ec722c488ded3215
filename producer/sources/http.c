/* Frames of a channel of another machine: requests to ferry-web, the newest frame each time. A
 * frame goes straight into a slot (fill), or into an image where it has to become another one
 * (next). */
#include "sources/source.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/image.h>

#include "host/host.h"
#include "host/inside.h"
#include "pace.h"
#include "shared/message.h"
#include "sources/http_clock.h"
#include "sources/http_link.h"
#include "sources/http_picture.h"
#include "sources/http_token.h"
#include "sources/http_trouble.h"

#define SLICE_NS (FERRY_SECOND_NS / 10)
/* How long the server may wait for a frame: shorter than the silence that means it is gone. */
#define WAIT_SECONDS 2

/* Which frame of the channel over there. */
typedef struct remote_frame {
    bool is_known;
    uint64_t frame;
    uint64_t generation;
} remote_frame;

typedef struct http {
    source base;
    http_request request;
    http_url url;
    char token[HTTP_TOKEN_MAX + 1];
    http_link link;
    http_clock clock;
    pace pace;
    http_trouble trouble;
    uint64_t room_bytes; /* of a slot */
    atomic_bool is_interrupted;

    remote_frame newest;  /* that an answer has told of */
    remote_frame handed;  /* the last that was handed out, */
    uint64_t serial;      /* and the number of its answer */
    uint64_t last_serial; /* of the answers */
    uint32_t refused[2];  /* the size of frames that do not fit, which has been told */
    char spoiled[sizeof((ferry_error *)0)->message]; /* why a frame was left out last */
    ferry_status no_slot;     /* since the last look: FERRY_OK, FERRY_TIMEOUT or FERRY_FULL */
    ferry_producer *producer; /* NULL: frames go into images */
    ferry_claim claims[HTTP_REQUESTS_MAX];
    ferry_image images[HTTP_REQUESTS_MAX];
} http;

static size_t index_of(const http *h, const http_transfer *t) {
    return (size_t)(t - h->link.transfers);
}

/* ---- places for frames ---- */

static bool is_before(const remote_frame *a, const remote_frame *b) {
    return a->is_known && b->is_known && a->generation == b->generation && a->frame < b->frame;
}

static bool is_same(const remote_frame *a, const http_transfer *t) {
    return a->is_known && a->generation == t->answer.generation && a->frame == t->answer.frame;
}

/* How a frame will be stored, and whether that fits. */
static ferry_status check_size(const http *h, const ferry_frame_info *info, uint64_t slot_bytes,
                               ferry_frame_info *stored, ferry_error *error) {
    ferry_status status = stored_describe(&h->request.form, info, stored, error);
    if (status != FERRY_OK)
        return status;
    return source_check_size(h->url.base, stored, slot_bytes, h->request.form.dialect, error);
}

/* A frame that the sender makes larger than the first one was. */
static void tell_refused(http *h, const ferry_frame_info *info, const ferry_error *error) {
    uint32_t size[2] = {(uint32_t)info->width, (uint32_t)info->height};
    h->handed = h->newest;
    if (h->producer != NULL)
        ferry_producer_drop(h->producer);
    else
        h->request.losses->frames++;
    if (memcmp(size, h->refused, sizeof size) != 0)
        app_message_warn("%s; such frames are dropped", error->message);
    http_trouble_hush(&h->trouble, error);
    memcpy(h->refused, size, sizeof size);
}

static ferry_status place_in_slot(http *h, http_transfer *t, ferry_error *error) {
    ferry_claim *claim = &h->claims[index_of(h, t)];
    ferry_status status = ferry_producer_claim(h->producer, &t->answer.info, claim, error);
    if (status == FERRY_OK) {
        t->body = claim->pixels;
        t->owner = claim;
        return status;
    }
    h->link.has_news = true;
    if (status == FERRY_INTERRUPTED)
        status = FERRY_TIMEOUT;
    if (status == FERRY_TIMEOUT || status == FERRY_FULL)
        h->no_slot = status;
    return status == FERRY_FULL ? FERRY_OK : status; /* the bytes of a dropped frame are read */
}

static ferry_status place_in_image(http *h, http_transfer *t, ferry_error *error) {
    ferry_image *image = &h->images[index_of(h, t)];
    if (ferry_image_reserve(image, (size_t)t->answer.body_bytes) != FERRY_OK)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for a frame of %llu bytes",
                           (unsigned long long)t->answer.body_bytes);
    t->body = image->pixels;
    t->owner = image;
    return FERRY_OK;
}

/* Each answer counts once, when its place is asked for first. */
static ferry_status note_answer(http *h, http_transfer *t, ferry_error *error) {
    remote_frame now = {
        .is_known = true, .frame = t->answer.frame, .generation = t->answer.generation};
    if (t->serial != 0)
        return FERRY_OK;
    t->serial = ++h->last_serial;
    if (h->newest.is_known && h->newest.generation == now.generation &&
        !is_before(&h->newest, &now))
        return ferryi_fail(error, FERRY_UNREADABLE, 0,
                           "frame %" PRIu64 " came after frame %" PRIu64, now.frame,
                           h->newest.frame);
    h->newest = now;
    h->link.has_news = true; /* the next one can be asked for */
    return FERRY_OK;
}

/* For http_link_run. */
static ferry_status place(void *argument, http_transfer *t, ferry_error *error) {
    http *h = argument;
    ferry_frame_info stored;
    ferry_status status = note_answer(h, t, error);
    if (status == FERRY_OK && t->is_exact) {
        status = check_size(h, &t->answer.info, h->room_bytes, &stored, error);
        if (status != FERRY_OK)
            tell_refused(h, &t->answer.info, error);
    } else if (status == FERRY_OK && t->answer.body_bytes > FERRY_IMAGE_MAX_BYTES) {
        status = ferryi_fail(error, FERRY_TOO_LARGE, 0, "a JPEG of %llu bytes is none",
                             (unsigned long long)t->answer.body_bytes);
    }
    if (status != FERRY_OK)
        return status;
    return h->producer != NULL ? place_in_slot(h, t, error) : place_in_image(h, t, error);
}

/* ---- what has come ---- */

/* When the picture was taken, on our clock, and whose number it has. */
static void translate(http *h, const http_transfer *t, ferry_frame_info *info) {
    const http_answer *answer = &t->answer;
    uint64_t now_ns = ferry_clock_ns();
    uint64_t mapped_ns = http_clock_map(&h->clock, answer->info.capture_ns, now_ns);
    info->capture_ns = mapped_ns != 0 ? mapped_ns : t->answered_ns;
    if ((info->flags & FERRY_FRAME_HAS_SEQUENCE) == 0) {
        info->flags |= FERRY_FRAME_HAS_SEQUENCE;
        info->sequence = answer->frame;
    }
}

/* Whether a frame is the newest that has come whole; counts those between the last one and it. */
static bool is_next(http *h, const http_transfer *t) {
    remote_frame now = {
        .is_known = true, .frame = t->answer.frame, .generation = t->answer.generation};
    if (t->serial < h->serial)
        return false;
    if (is_before(&h->handed, &now))
        h->request.losses->frames += now.frame - h->handed.frame - 1;
    h->handed = now;
    h->serial = t->serial;
    return true;
}

static void note_clock(http *h, const http_transfer *t) {
    if (t->answered_ns != 0 && http_answer_has_times(&t->answer))
        http_clock_note(&h->clock, t->asked_ns, t->answer.received_ns, t->answer.sent_ns,
                        t->answered_ns);
}

static const ferry_error nothing_yet = {.status = FERRY_TIMEOUT,
                                        .message = "there is no frame yet"};

static const ferry_error not_waiting = {
    .status = FERRY_TIMEOUT,
    .message = "it says that there is no new frame, and does not wait for one"};

/* A server that waits less than it was asked to would be asked again and again. */
static bool is_early(const http_transfer *t) {
    return ferry_clock_ns() - t->asked_ns < (uint64_t)(WAIT_SECONDS * FERRY_SECOND_NS / 2);
}

/* Returns the meaning of a transfer's end: FERRY_OK, a frame is whole; FERRY_WOKEN, it goes on. */
static ferry_status settle(http *h, http_transfer *t, ferry_error *error) {
    note_clock(h, t);
    switch (t->end) {
    case HTTP_END_FRAME:
        http_trouble_end(&h->trouble, h->url.base);
        if (t->is_probe)
            return FERRY_OK;
        return is_next(h, t) && t->owner != NULL ? FERRY_OK : FERRY_WOKEN;
    case HTTP_END_NOTHING:
        if (t->is_probe || is_early(t))
            http_trouble_note(&h->trouble, h->url.base, t->is_probe ? &nothing_yet : &not_waiting);
        else
            http_trouble_end(&h->trouble, h->url.base);
        return FERRY_WOKEN;
    case HTTP_END_DENIED:
        return ferryi_fail(error, t->error.status, 0, "%.200s: %.290s", h->url.base,
                           t->error.message);
    default: break;
    }
    if (t->is_probe && t->end == HTTP_END_REFUSED)
        return ferryi_fail(error, FERRY_UNREADABLE, 0,
                           "%.200s does not answer as ferry-web does: %.150s; for a film or a "
                           "camera, give ffmpeg the address",
                           h->url.base, t->error.message);
    if (is_same(&h->newest, t))
        h->newest = h->handed; /* it is asked for once more */
    bool is_ours = t->error.status == FERRY_NO_MEMORY || t->error.status == FERRY_NO_SPACE ||
                   t->error.status == FERRY_TOO_MANY_HELD || t->error.status == FERRY_MALFORMED;
    if (t->end == HTTP_END_REFUSED && is_ours) {
        *error = t->error;
        return t->error.status;
    }
    http_trouble_note(&h->trouble, h->url.base, &t->error);
    return FERRY_WOKEN;
}

/* ---- asking ---- */

/* Asks for one more frame where it is time. *until_ns: when to look again at the latest. */
static ferry_status ask(http *h, bool is_probe, uint64_t *until_ns, ferry_error *error) {
    unsigned waiting = 0;
    uint64_t now_ns = ferry_clock_ns();
    unsigned active = http_link_count(&h->link, &waiting);
    uint64_t due_ns = pace_due_ns(&h->pace);
    if (due_ns < h->trouble.retry_ns)
        due_ns = h->trouble.retry_ns;
    if (waiting > 0 || active == h->link.count)
        return FERRY_OK;
    if (now_ns < due_ns) {
        if (due_ns < *until_ns)
            *until_ns = due_ns;
        return FERRY_OK;
    }
    http_wish wish = {.is_raw = is_probe,
                      .has_last = h->newest.is_known,
                      .frame = h->newest.frame,
                      .generation = h->newest.generation,
                      .wait_seconds = WAIT_SECONDS};
    http_transfer *t = http_link_find_free(&h->link);
    pace_take(&h->pace, now_ns);
    t->serial = 0;
    return http_link_begin(&h->link, t, &wish, is_probe, error);
}

/* Waits for a frame, or for the headers of one. */
static ferry_status await_answer(http *h, bool is_probe, uint64_t deadline_ns, http_transfer **out,
                                 ferry_error *error) {
    for (;;) {
        uint64_t until_ns = deadline_ns;
        if (host_stop_count() > 0 || atomic_load(&h->is_interrupted))
            return ferryi_fail(error, FERRY_INTERRUPTED, 0, "interrupted");
        ferry_status status = ask(h, is_probe, &until_ns, error);
        if (status != FERRY_OK)
            return status;
        http_transfer *t = http_link_run(&h->link, until_ns);
        *out = t;
        status = t == NULL ? FERRY_WOKEN : settle(h, t, error);
        if (status != FERRY_OK && t != NULL && t->owner != NULL && h->producer != NULL)
            ferry_producer_abort(h->producer, t->owner);
        if (status == FERRY_WOKEN && h->no_slot != FERRY_OK)
            status = h->no_slot;
        if (status != FERRY_OK)
            h->no_slot = FERRY_OK;
        if (status != FERRY_WOKEN || ferry_clock_ns() >= deadline_ns)
            return status;
    }
}

/* ---- the source ---- */

static ferry_status http_fill(source *self, ferry_producer *producer, uint64_t deadline_ns,
                              ferry_claim *filled, ferry_error *error) {
    http *h = (http *)self;
    http_transfer *t = NULL;
    h->producer = producer;
    ferry_status status = await_answer(h, false, deadline_ns, &t, error);
    if (status != FERRY_OK)
        return status;
    *filled = *(ferry_claim *)t->owner;
    translate(h, t, &filled->info);
    return FERRY_OK;
}

/* The frame of an answer, as an image. False: it cannot be had, which counts as trouble. */
static bool take(http *h, const http_transfer *t, ferry_image *into) {
    ferry_error error;
    ferry_image *from = t->owner;
    ferry_frame_info stored;
    ferry_status status = t->is_exact
                              ? http_picture_pack(&t->answer, from, into, &error)
                              : http_picture_unpack(&t->answer, h->url.base, from, into, &error);
    if (status == FERRY_OK && !t->is_exact) {
        status = check_size(h, &into->info, h->room_bytes, &stored, &error);
        if (status != FERRY_OK)
            tell_refused(h, &into->info, &error);
    }
    if (status == FERRY_OK) {
        into->skipped = 0;
        into->generation = 0;
        translate(h, t, &into->info);
        return true;
    }
    if (status != FERRY_TOO_LARGE && strcmp(h->spoiled, error.message) != 0)
        app_message_warn("%s: a frame is left out: %s", h->url.base, error.message);
    memcpy(h->spoiled, error.message, sizeof h->spoiled);
    http_trouble_note(&h->trouble, h->url.base, &error); /* so that it is not tried all the time */
    return false;
}

static bool http_next(source *self, ferry_image *into) {
    http *h = (http *)self;
    http_transfer *t = NULL;
    ferry_error error;
    for (;;) {
        ferry_status status =
            await_answer(h, false, ferry_clock_ns() + (uint64_t)SLICE_NS, &t, &error);
        if (status == FERRY_OK && take(h, t, into))
            return true;
        if (status == FERRY_OK || status == FERRY_WOKEN)
            continue;
        if (status != FERRY_INTERRUPTED) {
            app_message_fail("%s", error.message);
            h->base.is_broken = true;
        }
        return false;
    }
}

static void http_interrupt(source *self) {
    atomic_store(&((http *)self)->is_interrupted, true);
}

static void http_close(source *self) {
    http *h = (http *)self;
    http_link_close(&h->link, host_stop_count() > 0);
    for (size_t i = 0; i < HTTP_REQUESTS_MAX; i++)
        ferry_image_free(&h->images[i]);
    free(h);
}

/* ---- opening ---- */

/* Describes the frames to come: of a JPEG the largest that its picture can become. */
static ferry_frame_info expect(const http *h, const http_answer *answer) {
    ferry_frame_info info = answer->info;
    ferry_layout layout;
    if (h->url.is_jpeg) {
        info.format = FERRY_FORMAT_RGB24;
        info.bit_count = info.stride_bytes = info.plane_count = info.length_bytes = 0;
        if (ferry_layout_compute(&layout, info.format, info.width, info.height, 0) == FERRY_OK)
            info.length_bytes = layout.length_bytes;
    }
    return info;
}

/* Waits for the first frame and learns its size. */
static ferry_status probe(http *h, ferry_error *error) {
    ferry_status status = FERRY_WOKEN;
    http_transfer *t = NULL;
    ferry_frame_info stored;
    while (status == FERRY_WOKEN)
        status = await_answer(h, true, ferry_clock_ns() + (uint64_t)SLICE_NS, &t, error);
    if (status != FERRY_OK)
        return status;
    ferry_frame_info first = expect(h, &t->answer);
    status = check_size(h, &first, h->request.slot_bytes, &stored, error);
    if (status != FERRY_OK)
        return status;
    h->base.slot_bytes = source_needs(&stored);
    h->room_bytes = h->request.room_bytes;
    if (h->room_bytes == 0)
        h->room_bytes = h->base.slot_bytes > FERRY_DEFAULT_SLOT_BYTES ? h->base.slot_bytes
                                                                      : FERRY_DEFAULT_SLOT_BYTES;
    return FERRY_OK;
}

static ferry_status open_link(http *h, ferry_error *error) {
    const http_request *r = &h->request;
    ferry_status status = http_url_parse(&h->url, r->address, error);
    if (status == FERRY_OK)
        status = http_token_read(h->token, r->token_file, r->token, error);
    if (status != FERRY_OK)
        return status;
    if (h->token[0] != '\0' && !h->url.is_secret && !h->url.is_loopback)
        app_message_warn("the token goes through the network as plain text: https:// hides it");
    h->link.url = &h->url;
    h->link.token = h->token[0] != '\0' ? h->token : NULL;
    h->link.authority = r->authority;
    h->link.count = r->requests;
    h->link.place = place;
    h->link.argument = h;
    return http_link_open(&h->link, error);
}

ferry_status source_open_http(source **out, const http_request *request, ferry_error *error) {
    http *h = calloc(1, sizeof *h);
    if (h == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    h->request = *request;
    h->base = (source){.live = true,
                       .is_piped = true,
                       .rate = {.seconds = 1},
                       .next = http_next,
                       .interrupt = http_interrupt,
                       .close = http_close};
    h->pace.rate = (app_rate){.seconds = 1};
    ferry_status status = open_link(h, error);
    if (status == FERRY_OK)
        status = probe(h, error);
    if (status != FERRY_OK) {
        http_close(&h->base);
        return status;
    }
    h->pace.rate = request->pace;
    if (!h->url.is_jpeg)
        h->base.fill = http_fill;
    *out = &h->base;
    return FERRY_OK;
}
