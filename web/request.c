#include "request.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

#include "headers.h"

/* A peer that takes less on average, after some time for everybody, is not waited for. */
#define GRACE_NS (60 * (uint64_t)FERRY_SECOND_NS)
#define BYTES_PER_SECOND 16384

/* ---- its life ---- */

request *request_new(services *s, visitor *v, const char *target) {
    request *r = calloc(1, sizeof *r);
    size_t bytes = strlen(target) + 1;
    char *copy = malloc(bytes);
    if (r == NULL || copy == NULL) {
        free(r);
        free(copy);
        return NULL;
    }
    memcpy(copy, target, bytes);
    r->services = s;
    r->visitor = v;
    r->target = copy;
    r->received_ns = ferry_clock_ns();
    return r;
}

static void drop_encoding(request *r) {
    if (r->encoding != NULL)
        encoding_drop(r->encoding, &r->waiting);
    r->encoding = NULL;
}

void request_drop_frame(request *r) {
    feeds_cancel(r->services->feeds, &r->ticket);
    if (r->ticket.frame != NULL)
        frame_drop(r->ticket.frame);
    if (r->frame != NULL)
        frame_drop(r->frame);
    r->ticket.frame = r->frame = NULL;
}

void request_free(request *r) {
    if (r == NULL)
        return;
    drop_encoding(r);
    request_drop_frame(r);
    if (r->free_more != NULL)
        r->free_more(r->more);
    free(r->target);
    free(r);
}

const char *request_channel(const request *r) {
    return r->path.part[0];
}

/* ---- waiting ---- */

static void wake(void *argument) {
    visitor_resume(argument);
}

enum MHD_Result request_wait_for_frame(request *r, request_step step) {
    request_drop_frame(r);
    r->ticket.wake = wake;
    r->ticket.argument = r->visitor;
    r->step = step;
    if (!visitor_suspend(r->visitor, false))
        return MHD_NO;
    if (!feeds_ask(r->services->feeds, request_channel(r), &r->ticket)) {
        visitor_resume(r->visitor);
        r->ticket.status = FERRY_NO_MEMORY;
        r->ticket.is_over = true;
        snprintf(r->ticket.message, sizeof r->ticket.message, "there is no memory for a frame now");
    }
    return MHD_YES;
}

enum MHD_Result request_encode(request *r, const making_plan *plan, request_step step) {
    drop_encoding(r);
    r->waiting = (waiting){.wake = wake, .argument = r->visitor};
    r->step = step;
    if (!visitor_suspend(r->visitor, false))
        return MHD_NO;
    r->encoding = encoding_ask(r->services->encoders, r->frame, plan, &r->waiting);
    if (r->encoding == NULL || encoding_is_over(r->encoding))
        visitor_resume(r->visitor);
    return MHD_YES;
}

/* ---- answers ---- */

#define POLICY "Content-Security-Policy"

uint64_t request_deadline_ns(uint64_t bytes) {
    return ferry_clock_ns() + GRACE_NS + bytes / BYTES_PER_SECOND * (uint64_t)FERRY_SECOND_NS;
}

enum MHD_Result request_queue(request *r, unsigned code, struct MHD_Response *response,
                              uint64_t bytes) {
    if (response == NULL)
        return MHD_NO;
    header_add(response, "Cache-Control", "no-store");
    header_add(response, "X-Content-Type-Options", "nosniff");
    header_add(response, "Cross-Origin-Resource-Policy", "same-origin");
    /* Frames of other sites' pages: the line above is for what is a part of the page itself. */
    if (MHD_get_response_header(response, POLICY) == NULL)
        header_add(response, POLICY, "frame-ancestors 'self'");
    header_add(response, "Ferry-Received-Ns", "%" PRIu64, r->received_ns);
    if (r->sets_cookie)
        header_add(response, "Set-Cookie", "%s=%s; Path=/; HttpOnly; SameSite=Strict%s",
                   r->services->gate.cookie, r->services->gate.token,
                   r->services->has_tls ? "; Secure" : "");
    if (visitor_is_beyond(r->visitor))
        header_add(response, "Connection", "close");
    visitor_set_deadline(r->visitor, request_deadline_ns(bytes));
    header_add(response, "Ferry-Sent-Ns", "%" PRIu64, ferry_clock_ns());
    enum MHD_Result result = MHD_queue_response(r->connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_line(request *r, unsigned code, const char *type, app_line *line) {
    if (line->is_cut) {
        app_line_free(line);
        return MHD_NO;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(line->used, line->text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        app_line_free(line);
        return MHD_NO;
    }
    header_add(response, "Content-Type", "%s", type);
    if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
        header_add(response, "Allow", "GET, HEAD");
    if (code == MHD_HTTP_UNAUTHORIZED)
        header_add(response, "WWW-Authenticate", "Bearer");
    if (code == MHD_HTTP_SERVICE_UNAVAILABLE)
        header_add(response, "Retry-After", "1");
    return request_queue(r, code, response, line->used);
}

enum MHD_Result request_send_line(request *r, const char *type, app_line *line) {
    return send_line(r, MHD_HTTP_OK, type, line);
}

enum MHD_Result request_say(request *r, unsigned code, const char *format, ...) {
    app_line line = APP_LINE_INIT;
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    app_line_print(&line, "%s\n", text);
    return send_line(r, code, "text/plain; charset=utf-8", &line);
}

static unsigned code_of(ferry_status status) {
    switch (status) {
    case FERRY_NOT_ALLOWED: return MHD_HTTP_FORBIDDEN;
    case FERRY_NOT_SUPPORTED:
    case FERRY_INVALID_ARGUMENT: return MHD_HTTP_NOT_ACCEPTABLE;
    case FERRY_TOO_MANY_CONSUMERS:
    case FERRY_NO_MEMORY:
    case FERRY_OVERRUN:
    case FERRY_INTERRUPTED: return MHD_HTTP_SERVICE_UNAVAILABLE;
    case FERRY_FOREIGN:
    case FERRY_MALFORMED:
    case FERRY_WRONG_VERSION:
    case FERRY_UNREADABLE: return MHD_HTTP_BAD_GATEWAY;
    default: return MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
}

enum MHD_Result request_fail(request *r, ferry_status status, const char *message) {
    return request_say(r, code_of(status), "%s",
                       *message != '\0' ? message : ferry_status_text(status));
}

enum MHD_Result request_send_static(request *r, const char *type, const void *bytes,
                                    size_t length) {
    /* It takes a pointer to what it will not change. */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    header_add(response, "Content-Type", "%s", type);
    header_add(response, POLICY,
               "default-src 'self'; base-uri 'none'; form-action 'none'; "
               "frame-ancestors 'self'");
    header_add(response, "Referrer-Policy", "no-referrer");
    return request_queue(r, MHD_HTTP_OK, response, length);
}

/* To one that has named the frame that it has, what it has missed since. */
void request_add_frame_headers(const request *r, struct MHD_Response *response) {
    const parameters *p = &r->parameters;
    bool is_same = parameters_has(p, PARAMETER_AFTER) &&
                   (!parameters_has(p, PARAMETER_GENERATION) ||
                    p->whole[PARAMETER_GENERATION] == r->frame->generation);
    uint64_t after = p->whole[PARAMETER_AFTER];
    uint64_t number = r->frame->info.number;
    headers_add_frame(response, r->frame, is_same && number > after ? number - after - 1 : 0);
}

static void drop_sent(void *argument) {
    waiting none = {.is_waiting = false};
    encoding_drop(argument, &none);
}

enum MHD_Result request_send_encoding(request *r, const char *type) {
    encoding *e = r->encoding;
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        e->length_bytes, e->bytes, drop_sent, e);
    if (response == NULL)
        return MHD_NO;
    r->encoding = NULL; /* the answer has it */
    header_add(response, "Content-Type", "%s", type);
    request_add_frame_headers(r, response);
    if (e->has_window)
        header_add(response, "Ferry-Window", "%.9g %.9g", e->low, e->high);
    request_drop_frame(r);
    return request_queue(r, MHD_HTTP_OK, response, e->length_bytes);
}
