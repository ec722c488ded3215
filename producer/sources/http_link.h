/* Requests to a server, several at a time, over connections that stay open, by libcurl. It knows
 * what an answer of ferry-web looks like, and nothing of slots. Made by the main thread, then for
 * one thread at a time. */
#ifndef PRODUCER_HTTP_LINK_H
#define PRODUCER_HTTP_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/status.h>

#include "sources/http_transfer.h"

/* Loads libcurl and makes what requests need; nothing is sent. Returns FERRY_NOT_SUPPORTED,
 * FERRY_NO_MEMORY, or FERRY_SYSTEM_ERROR (a file of certificates that cannot be read), with a
 * sentence. The owner ends it with http_link_close, also after a failure. */
ferry_status http_link_open(http_link *link, ferry_error *error);

/* A transfer that can begin; NULL: all are under way. */
http_transfer *http_link_find_free(http_link *link);

/* How many are under way, and how many of these still wait for their headers. */
unsigned http_link_count(const http_link *link, unsigned *waiting);

/* Begins a request. is_probe: for the headers alone. */
ferry_status http_link_begin(http_link *link, http_transfer *t, const http_wish *wish,
                             bool is_probe, ferry_error *error);

/* Goes on with all of them until one has ended, which it returns: it can begin again. NULL: it is
 * deadline_ns on ferry_clock_ns, a signal came, or there is news. */
http_transfer *http_link_run(http_link *link, uint64_t deadline_ns);

/* Gives all up. quick: the program ends, and a search for a host's name, which nothing can stop, is
 * not waited for. */
void http_link_close(http_link *link, bool quick);

#endif
