/* The headers of an answer of ferry-web, which are described in docs/http.md: they come from
 * another machine, and nothing in them is believed. No operating system, no network: any thread. */
#ifndef PRODUCER_HTTP_HEADER_H
#define PRODUCER_HTTP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frame.h>
#include <frameferry/status.h>

/* All headers of one answer together. Those of ferry-web take less than 4 KiB. */
#define HTTP_HEADERS_MAX 32768u

typedef struct http_answer {
    int status;          /* 200, for example; 0: no status line has come */
    uint32_t seen;       /* which fields have come, a bit for each row of the table */
    const char *wrong;   /* the first field that cannot be, or came twice; NULL: none */
    size_t total_bytes;  /* of all lines so far */
    uint64_t body_bytes; /* Content-Length */
    ferry_frame_info info;
    uint64_t frame;       /* the frame's number in the channel over there, from 1 on */
    uint64_t generation;  /* of that channel */
    uint64_t received_ns; /* on the other machine's clock: when the request came, */
    uint64_t sent_ns;     /* and when the headers were made */
} http_answer;

/* Takes one line, with or without its end. The line of a status begins an answer anew, since an
 * answer that goes before the real one (100) is none. Returns false when the answer cannot be one
 * of ferry-web: it is too long to be read on. */
bool http_answer_take(http_answer *answer, const char *line, size_t length);

/* Whether both times of the other clock have come. */
bool http_answer_has_times(const http_answer *answer);

/* Checks the headers of an answer with a frame, once all have come, and completes answer->info. Its
 * length is that of the body if is_exact, which has the pixels; else the body is a JPEG of it, and
 * planes, stride and length are left out. Returns FERRY_UNREADABLE (it has no frame of ferry-web,
 * or one that cannot be), or FERRY_TOO_LARGE (2 GiB), with the end of a sentence about the answer.
 */
ferry_status http_answer_check(http_answer *answer, bool is_exact, ferry_error *error);

#endif
