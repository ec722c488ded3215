#include "pull.h"

#include <stdlib.h>

#include <frameferry/clock.h>

#include "headers.h"

#define WAIT_USUAL_NS (10 * (uint64_t)FERRY_SECOND_NS)
#define QUALITY_USUAL 80
#define BINS_USUAL 256
/* A response keeps so much of what it is about to send. */
#define BLOCK_BYTES 262144

/* ---- the frame ---- */

static enum MHD_Result say_missing(request *r, const char *what) {
    app_line list = APP_LINE_INIT;
    channels_put_list(r->services->channels, &list);
    enum MHD_Result result = request_say(r, MHD_HTTP_NOT_FOUND, "%s; %.*s", what, (int)list.used,
                                         list.text != NULL ? list.text : "");
    app_line_free(&list);
    return result;
}

/* Answers unless the channel is there and served. One that somebody looks at was there, and may
 * come back. */
static bool check_channel(request *r, enum MHD_Result *result) {
    const char *name = request_channel(r);
    ferry_error error;
    if (ferry_name_check(name, &error) != FERRY_OK) {
        *result = request_say(r, MHD_HTTP_NOT_FOUND, "%s", error.message);
        return false;
    }
    if (feeds_is_looked_at(r->services->feeds, name))
        return true;
    switch (channels_find(r->services->channels, name)) {
    case CHANNELS_SERVED: return true;
    case CHANNELS_NOT_SERVED: *result = say_missing(r, "the channel is not served here"); break;
    default: *result = say_missing(r, "there is no such channel"); break;
    }
    return false;
}

static enum MHD_Result send_nothing(request *r) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    return request_queue(r, MHD_HTTP_NO_CONTENT, response, 0);
}

static enum MHD_Result go_on(request *r, request_step step) {
    if (r->parameters.whole[PARAMETER_KEEP] == 1)
        kept_add(&r->services->kept, request_channel(r), r->frame);
    return step(r);
}

static enum MHD_Result find_frame(request *r, request_step step) {
    const parameters *p = &r->parameters;
    uint64_t number = p->whole[PARAMETER_FRAME];
    const uint64_t *generation =
        parameters_has(p, PARAMETER_GENERATION) ? &p->whole[PARAMETER_GENERATION] : NULL;
    r->frame = kept_find(&r->services->kept, request_channel(r), number, generation);
    if (r->frame == NULL)
        r->frame = feeds_find(r->services->feeds, request_channel(r), number, generation);
    if (r->frame == NULL)
        return request_say(r, MHD_HTTP_GONE,
                           "the frame is gone: only the newest is there, and those that frame.jpg "
                           "with keep=1 has asked for within a minute");
    return go_on(r, step);
}

static enum MHD_Result take_frame(request *r) {
    ticket *t = &r->ticket;
    if (t->status == FERRY_TIMEOUT)
        return send_nothing(r);
    if (t->status != FERRY_OK)
        return request_fail(r, t->status, t->message);
    r->frame = t->frame;
    t->frame = NULL;
    return go_on(r, r->next);
}

enum MHD_Result pull_frame(request *r, request_step step) {
    const parameters *p = &r->parameters;
    enum MHD_Result result = MHD_NO;
    if (!check_channel(r, &result))
        return result;
    if (parameters_has(p, PARAMETER_FRAME))
        return find_frame(r, step);
    uint64_t wait_ns = parameters_has(p, PARAMETER_WAIT) ? p->whole[PARAMETER_WAIT] : WAIT_USUAL_NS;
    r->ticket = (ticket){
        .has_after = parameters_has(p, PARAMETER_AFTER),
        .after = p->whole[PARAMETER_AFTER],
        .has_generation = parameters_has(p, PARAMETER_GENERATION),
        .generation = p->whole[PARAMETER_GENERATION],
        .deadline_ns = ferry_clock_ns() + wait_ns,
    };
    r->next = step;
    return request_wait_for_frame(r, take_frame);
}

/* ---- what is encoded ---- */

static enum MHD_Result send_encoding(request *r, const char *type) {
    encoding *e = r->encoding;
    if (e == NULL)
        return request_fail(r, FERRY_NO_MEMORY, "there is no memory for a picture now");
    if (e->state != ENCODING_DONE)
        return request_fail(r, e->status, e->message);
    return request_send_encoding(r, type);
}

static enum MHD_Result send_jpeg(request *r) {
    return send_encoding(r, "image/jpeg");
}

static enum MHD_Result send_png(request *r) {
    return send_encoding(r, "image/png");
}

bool pull_plan_jpeg(request *r, making_plan *plan, enum MHD_Result *result) {
    const parameters *p = &r->parameters;
    *plan = (making_plan){
        .kind = MAKING_JPEG,
        .quality = parameters_has(p, PARAMETER_Q) ? (unsigned)p->whole[PARAMETER_Q] : QUALITY_USUAL,
        .width = (unsigned)p->whole[PARAMETER_W],
        .has_low = parameters_has(p, PARAMETER_LO),
        .has_high = parameters_has(p, PARAMETER_HI),
        .low = p->real[PARAMETER_LO],
        .high = p->real[PARAMETER_HI],
    };
    if (!plan->has_low || !plan->has_high || plan->low < plan->high)
        return true;
    *result = request_say(r, MHD_HTTP_BAD_REQUEST, "lo has to be less than hi");
    return false;
}

static enum MHD_Result encode_jpeg(request *r) {
    making_plan plan;
    enum MHD_Result result = MHD_NO;
    if (!pull_plan_jpeg(r, &plan, &result))
        return result;
    return request_encode(r, &plan, send_jpeg);
}

static enum MHD_Result send_histogram(request *r) {
    return send_encoding(r, "application/json");
}

static enum MHD_Result make_histogram(request *r) {
    const parameters *p = &r->parameters;
    const making_plan plan = {
        .kind = MAKING_HISTOGRAM,
        .bins = parameters_has(p, PARAMETER_BINS) ? (unsigned)p->whole[PARAMETER_BINS] : BINS_USUAL,
    };
    return request_encode(r, &plan, send_histogram);
}

static enum MHD_Result encode_png(request *r) {
    const making_plan plan = {.kind = MAKING_PNG};
    return request_encode(r, &plan, send_png);
}

enum MHD_Result pull_jpeg(request *r) {
    return pull_frame(r, encode_jpeg);
}

enum MHD_Result pull_histogram(request *r) {
    return pull_frame(r, make_histogram);
}

enum MHD_Result pull_png(request *r) {
    return pull_frame(r, encode_png);
}

/* ---- the pixels as they are ---- */

/* A frame that turns out to be lost is not sent to its end: the connection is closed instead. */
static ssize_t read_block(void *argument, uint64_t at, char *out, size_t capacity) {
    frame *f = argument;
    uint64_t left = f->info.length_bytes - at;
    size_t bytes = left < capacity ? (size_t)left : capacity;
    return frame_read(f, at, out, bytes) ? (ssize_t)bytes : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void drop_frame(void *argument) {
    frame_drop(argument);
}

static enum MHD_Result send_raw(request *r) {
    uint64_t bytes = r->frame->info.length_bytes;
    struct MHD_Response *response = MHD_create_response_from_callback(
        bytes, bytes < BLOCK_BYTES ? (size_t)bytes : BLOCK_BYTES, read_block, r->frame, drop_frame);
    if (response == NULL)
        return MHD_NO;
    frame_keep(r->frame);
    header_add(response, "Content-Type", "application/octet-stream");
    request_add_frame_headers(r, response);
    return request_queue(r, MHD_HTTP_OK, response, bytes);
}

enum MHD_Result pull_raw(request *r) {
    return pull_frame(r, send_raw);
}
