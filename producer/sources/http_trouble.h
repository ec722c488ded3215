/* A server that cannot be reached, or answers wrongly: when to try again, and what is told of it.
 * For one thread at a time. */
#ifndef PRODUCER_HTTP_TROUBLE_H
#define PRODUCER_HTTP_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/status.h>

/* Starts as all zeros: there is none. */
typedef struct http_trouble {
    uint64_t retry_ns; /* when to try again, on ferry_clock_ns */

    uint64_t since_ns; /* 0: none */
    uint64_t pause_ns; /* before that try */
    bool is_told;
    char told[sizeof((ferry_error *)0)->message];
} http_trouble;

/* One more try has failed. A reason is told once, when the trouble has lasted for a while. */
void http_trouble_note(http_trouble *trouble, const char *address, const ferry_error *cause);

/* This reason has been told otherwise. */
void http_trouble_hush(http_trouble *trouble, const ferry_error *cause);

/* One has not. */
void http_trouble_end(http_trouble *trouble, const char *address);

#endif
