#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

#include "headers.h"
#include "pull.h"
#include "socket.h"

/* The end of a part is sent right behind it, since browsers show a part when they see its end. */
#define BOUNDARY "ferryframe"
#define PREAMBLE "--" BOUNDARY "\r\n"
#define BETWEEN "\r\n--" BOUNDARY "\r\n"
#define BLOCK_BYTES 65536
/* A stream without frames looks so often whether its producer is back. */
#define WAIT_NS (10 * (uint64_t)FERRY_SECOND_NS)
/* A peer that takes nothing for so long is gone. */
#define STALL_NS (30 * (uint64_t)FERRY_SECOND_NS)

/* The next thing to do. A frame is taken when the system has room for it, and not before: one that
 * waits to be sent only becomes old. */
typedef enum stage { ENCODE, PICTURE, SEND, ROOM, FRAME, TAKE } stage;

typedef struct stream {
    request *request;
    making_plan plan;
    stage stage;
    app_line head; /* of the part that is being sent */
    size_t sent;   /* of head, picture and what ends the part */
    bool has_begun;
    uint64_t number, generation; /* of the newest frame that it has had */
} stream;

static void free_stream(void *argument) {
    stream *s = argument;
    app_line_free(&s->head);
    free(s);
}

static void add_line(void *argument, const char *name, const char *value) {
    app_line_print(argument, "%s: %s\r\n", name, value);
}

/* The picture is made: its part begins, and the frame is not needed any more. */
static bool begin_part(stream *s) {
    request *r = s->request;
    const encoding *e = r->encoding;
    app_line_clear(&s->head);
    if (!s->has_begun)
        app_line_put_text(&s->head, PREAMBLE);
    app_line_print(&s->head, "Content-Type: image/jpeg\r\nContent-Length: %zu\r\n",
                   e->length_bytes);
    headers_visit_frame(r->frame, 0, add_line, &s->head);
    if (e->has_window)
        app_line_print(&s->head, "Ferry-Window: %.9g %.9g\r\n", e->low, e->high);
    app_line_put_text(&s->head, "\r\n");
    request_drop_frame(r);
    s->has_begun = true;
    s->sent = 0;
    visitor_set_deadline(r->visitor, request_deadline_ns(e->length_bytes));
    return !s->head.is_cut;
}

/* Copies what has not been sent of one piece, of length bytes from begin on in the part. */
static size_t copy_piece(size_t sent, size_t begin, const void *piece, size_t length, char *out,
                         size_t capacity) {
    if (sent < begin || sent >= begin + length)
        return 0;
    size_t left = begin + length - sent;
    size_t bytes = left < capacity ? left : capacity;
    memcpy(out, (const char *)piece + (sent - begin), bytes);
    return bytes;
}

static size_t copy_part(stream *s, char *out, size_t capacity) {
    const encoding *e = s->request->encoding;
    size_t behind = s->head.used + e->length_bytes;
    size_t end = behind + sizeof BETWEEN - 1;
    size_t used = 0;
    while (used < capacity && s->sent < end) {
        size_t room = capacity - used;
        size_t bytes = copy_piece(s->sent, 0, s->head.text, s->head.used, out + used, room);
        if (bytes == 0)
            bytes = copy_piece(s->sent, s->head.used, e->bytes, e->length_bytes, out + used, room);
        if (bytes == 0)
            bytes = copy_piece(s->sent, behind, BETWEEN, sizeof BETWEEN - 1, out + used, room);
        s->sent += bytes;
        used += bytes;
    }
    if (s->sent == end)
        s->stage = ROOM;
    return used;
}

/* ---- the stages: true, or the answer of read_stream in *result ---- */

static bool wait_for_room(stream *s, ssize_t *result) {
    visitor *v = s->request->visitor;
    if (socket_has_room(visitor_socket(v))) {
        s->stage = FRAME;
        return true;
    }
    visitor_set_deadline(v, ferry_clock_ns() + STALL_NS);
    *result = visitor_suspend(v, true) ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
    return false;
}

static bool ask_for_frame(stream *s, ssize_t *result) {
    request *r = s->request;
    r->ticket = (ticket){
        .has_after = true,
        .after = s->number,
        .has_generation = true,
        .generation = s->generation,
        .deadline_ns = ferry_clock_ns() + WAIT_NS,
    };
    visitor_set_deadline(r->visitor, UINT64_MAX);
    s->stage = TAKE;
    *result = request_wait_for_frame(r, NULL) == MHD_YES ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
    return false;
}

static bool take_frame(stream *s, ssize_t *result) {
    request *r = s->request;
    ticket *t = &r->ticket;
    *result = MHD_CONTENT_READER_END_OF_STREAM;
    s->stage = t->status == FERRY_TIMEOUT ? FRAME : ENCODE;
    r->frame = t->frame;
    t->frame = NULL;
    return t->status == FERRY_TIMEOUT || t->status == FERRY_OK;
}

static bool encode(stream *s, ssize_t *result) {
    request *r = s->request;
    s->number = r->frame->info.number;
    s->generation = r->frame->generation;
    s->stage = PICTURE;
    *result = request_encode(r, &s->plan, NULL) == MHD_YES ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
    return false;
}

/* A frame that was lost meanwhile, or for which there was no room, is left out. */
static bool take_picture(stream *s, ssize_t *result) {
    const encoding *e = s->request->encoding;
    if (e != NULL && e->state == ENCODING_DONE) {
        s->stage = SEND;
        *result = MHD_CONTENT_READER_END_WITH_ERROR;
        return begin_part(s);
    }
    if (e != NULL && (e->status == FERRY_OVERRUN || e->status == FERRY_NO_MEMORY)) {
        s->stage = FRAME;
        return true;
    }
    *result = MHD_CONTENT_READER_END_OF_STREAM;
    return false;
}

static bool send_part(stream *s, char *out, size_t capacity, ssize_t *result) {
    *result = (ssize_t)copy_part(s, out, capacity);
    return false;
}

static ssize_t read_stream(void *argument, uint64_t at, char *out, size_t capacity) {
    (void)at;
    stream *s = argument;
    ssize_t result = 0;
    bool goes_on = true;
    if (visitor_is_gone(s->request->visitor))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    while (goes_on) {
        switch (s->stage) {
        case ROOM: goes_on = wait_for_room(s, &result); break;
        case FRAME: goes_on = ask_for_frame(s, &result); break;
        case TAKE: goes_on = take_frame(s, &result); break;
        case ENCODE: goes_on = encode(s, &result); break;
        case PICTURE: goes_on = take_picture(s, &result); break;
        case SEND: goes_on = send_part(s, out, capacity, &result); break;
        }
    }
    return result;
}

static enum MHD_Result begin_stream(request *r) {
    stream *s = calloc(1, sizeof *s);
    enum MHD_Result result = MHD_NO;
    if (s == NULL)
        return MHD_NO;
    s->request = r;
    r->more = s;
    r->free_more = free_stream;
    if (!pull_plan_jpeg(r, &s->plan, &result))
        return result;
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, s, NULL);
    if (response == NULL)
        return MHD_NO;
    /* Without chunks, which programs that know no more than this may not know either. */
    MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    header_add(response, "Content-Type", "multipart/x-mixed-replace; boundary=" BOUNDARY);
    socket_keep_short(visitor_socket(r->visitor));
    return request_queue(r, MHD_HTTP_OK, response, 0);
}

enum MHD_Result stream_mjpeg(request *r) {
    return pull_frame(r, begin_stream);
}
