/* How requests end that bring no frame: what is told of it, and whether it may be tried again. For
 * the thread of the link. */
#ifndef PRODUCER_HTTP_END_H
#define PRODUCER_HTTP_END_H

#include "sources/http_transfer.h"

void http_end_with(http_transfer *t, http_end end, ferry_status status, const char *sentence);

/* By an answer without a frame, such as 404, and what the server has said. */
void http_end_by_status(http_transfer *t);

/* Without an answer, by what libcurl says. */
void http_end_badly(http_transfer *t, CURLcode code);

#endif
