/* The parts of requests to a server: the link to it, and its transfers. http_link.h has what can be
 * done with them, http_end.h how they end. */
#ifndef PRODUCER_HTTP_TRANSFER_H
#define PRODUCER_HTTP_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/clock.h>
#include <frameferry/status.h>

#include "sources/http_curl.h"
#include "sources/http_header.h"
#include "sources/http_url.h"

/* Requests that may be under way at once. */
#define HTTP_REQUESTS_MAX 8u
/* A server that sends nothing for so long is given up. */
#define HTTP_SILENCE_NS (5 * FERRY_SECOND_NS)
/* A server's words about a failure are shown up to this length. */
#define HTTP_SAID_BYTES 240u

typedef enum http_end {
    HTTP_END_NONE,    /* it is under way, or not begun */
    HTTP_END_FRAME,   /* the headers have been checked, and the body is where it should be */
    HTTP_END_NOTHING, /* there was no frame in time */
    HTTP_END_REFUSED, /* by place, or the answer is none of ferry-web; error says why */
    HTTP_END_LOST,    /* no connection, or no longer, or not now: it may be tried again */
    HTTP_END_DENIED   /* trying again would not help */
} http_end;

typedef struct http_link http_link;

typedef struct http_transfer {
    http_answer answer;
    http_end end;
    ferry_error error;    /* unless it ended well */
    uint64_t asked_ns;    /* the request was not sent before, on ferry_clock_ns; */
    uint64_t answered_ns; /* and the first byte of the answer had come by then */
    uint8_t *body;        /* set by place: room for answer.body_bytes; NULL: they are not kept */
    void *owner;          /* what place has noted of it */
    uint64_t serial;      /* the same: which answer this is */

    /* Private. */
    http_link *link;
    CURL *easy;
    bool is_active;
    bool is_probe;       /* for the headers alone */
    bool is_exact;       /* the body is pixels */
    bool has_headers;    /* all of them */
    bool is_placed;      /* place has said where the body goes */
    bool is_paused;      /* until it does */
    uint64_t heard_ns;   /* when something came last */
    size_t filled_bytes; /* of the body */
    char said[HTTP_SAID_BYTES];
    char reason[CURL_ERROR_SIZE];
} http_transfer;

struct http_link {
    /* Set by the owner, before http_link_open. Strings stay the owner's. */
    const http_url *url;
    const char *token;     /* NULL: none */
    const char *authority; /* a file with certificates in PEM; NULL: those of the system */
    unsigned count;        /* of the transfers */

    /* Called when the headers of a frame have come: sets t->body. FERRY_OK; FERRY_TIMEOUT: there is
     * no place yet, and it is called again; anything else refuses the answer, with the error. */
    ferry_status (*place)(void *argument, http_transfer *t, ferry_error *error);
    void *argument;

    bool has_news; /* to be set in place: http_link_run returns soon */

    /* Private. */
    http_transfer transfers[HTTP_REQUESTS_MAX];
    const http_curl *curl;
    CURLM *multi;
    struct curl_slist *headers;
};

#endif
