/* A request, from its first line to the end of its answer, and the ways to answer it. All calls are
 * for the thread of its connection. */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <microhttpd.h>

#include "encoding.h"
#include "feed.h"
#include "frame.h"
#include "host/inside.h"
#include "parameters.h"
#include "services.h"
#include "shared/line.h"
#include "visitors.h"
#include "waiting.h"

typedef struct request request;

/* Does the next thing: answers, or waits and leaves the rest to another step. */
typedef enum MHD_Result (*request_step)(request *r);

struct request {
    services *services;
    struct MHD_Connection *connection;
    visitor *visitor;
    char *target; /* as it came */
    uint64_t received_ns;
    bool has_begun;
    bool is_head;
    bool sets_cookie;
    target_path path;
    parameters parameters;
    request_step step; /* what is next; NULL: the request is to be read */
    request_step next; /* of pull.c: what is done with the frame */

    /* The things that it waits for, and those that it has got. */
    ticket ticket;
    waiting waiting;
    frame *frame;
    encoding *encoding;
    void *more; /* of one kind of answer, with what frees it */
    void (*free_more)(void *more);
};

/* NULL without memory. */
request *request_new(services *s, visitor *v, const char *target);

/* Ends all waiting, and frees what it has. NULL is accepted. */
void request_free(request *r);

/* Makes step the next one, and waits: until the ticket is over, or the encoding is made. The
 * connection is closed without an answer when it is gone. */
enum MHD_Result request_wait_for_frame(request *r, request_step step);
enum MHD_Result request_encode(request *r, const making_plan *plan, request_step step);

/* Drops the frame, or waits for none any more. What was made of it stays. */
void request_drop_frame(request *r);

/* The channel's name. */
const char *request_channel(const request *r);

/* ---- answers ---- */

/* Answers with a sentence. */
enum MHD_Result request_say(request *r, unsigned code, const char *format, ...) FERRYI_PRINTF(3, 4);

/* The same in answer to what the library says. */
enum MHD_Result request_fail(request *r, ferry_status status, const char *message);

/* Answers with the text of a line, which is taken. */
enum MHD_Result request_send_line(request *r, const char *type, app_line *line);

/* Answers with bytes that stay as they are for as long as the program runs. */
enum MHD_Result request_send_static(request *r, const char *type, const void *bytes, size_t length);

/* Answers with what the encoding has; the answer has a reference of its own, and the frame is given
 * up. */
enum MHD_Result request_send_encoding(request *r, const char *type);

/* Adds what there is to say of the frame. */
void request_add_frame_headers(const request *r, struct MHD_Response *response);

/* Sends an answer, with the headers that all have, and gives it up. bytes are those of its body,
 * for which the peer gets time in proportion. */
enum MHD_Result request_queue(request *r, unsigned code, struct MHD_Response *response,
                              uint64_t bytes);

/* The peer has until then to take so many bytes. */
uint64_t request_deadline_ns(uint64_t bytes);

#endif
