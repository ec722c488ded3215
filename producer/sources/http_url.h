/* Addresses of channels on other machines: http://HOST:PORT/CHANNEL, and what may stand behind
 * them. No operating system: any thread. */
#ifndef PRODUCER_HTTP_URL_H
#define PRODUCER_HTTP_URL_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/channel.h>
#include <frameferry/status.h>

#define HTTP_URL_MAX 1024u
#define HTTP_PICTURE_BYTES 160u
/* The port of ferry-web, for hints. */
#define HTTP_USUAL_PORT 8090

typedef struct http_url {
    char base[HTTP_URL_MAX];          /* up to the channel, without a slash behind it */
    char channel[FERRY_NAME_MAX + 1]; /* the last part of the path, decoded */
    bool is_secret;                   /* https */
    bool is_loopback;                 /* the host is this machine, by its name or number */
    bool has_port;
    bool is_jpeg;                     /* ?format=jpeg */
    char picture[HTTP_PICTURE_BYTES]; /* with JPEG: "&q=80&w=640" and the like; or empty */
} http_url;

/* Whether a SOURCE is such an address, right or wrong. */
bool http_url_is(const char *text);

/* Reads an address. Returns FERRY_INVALID_ARGUMENT, or FERRY_BAD_NAME for a channel that cannot be,
 * with a sentence. */
ferry_status http_url_parse(http_url *out, const char *text, ferry_error *error);

/* Which frame is asked for. */
typedef struct http_wish {
    bool is_raw;   /* its pixels, whatever the address says: for a first look */
    bool has_last; /* one that is newer than this: */
    uint64_t frame;
    uint64_t generation;
    unsigned wait_seconds; /* how long the other side may wait for it */
} http_wish;

/* Writes the address of a request. */
#define HTTP_REQUEST_BYTES (HTTP_URL_MAX + HTTP_PICTURE_BYTES + 120u)
void http_url_request(const http_url *url, const http_wish *wish, char out[HTTP_REQUEST_BYTES]);

#endif
