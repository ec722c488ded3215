/* The clock of another machine beside ours, by the times of requests and answers, as NTP has it
 * (RFC 5905, 8). No operating system: times are the caller's. For one thread. */
#ifndef PRODUCER_HTTP_CLOCK_H
#define PRODUCER_HTTP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* The best answer of each second of the last ten is kept. */
#define HTTP_CLOCK_SAMPLES 10
/* With a larger error, a time of the other clock would say less than the time of arrival. */
#define HTTP_CLOCK_ERROR_MAX_NS INT64_C(10000000)
/* How much two clocks may part: twice what NTP lets a clock be slewed, 500 in a million. */
#define HTTP_CLOCK_DRIFT_PPM 1000

typedef struct http_clock_sample {
    uint64_t at_ns;    /* when it was taken, on our clock; 0: there is none */
    int64_t offset_ns; /* their clock less ours, */
    int64_t error_ns;  /* at most so wrong */
} http_clock_sample;

/* Starts as all zeros. */
typedef struct http_clock {
    http_clock_sample samples[HTTP_CLOCK_SAMPLES];
} http_clock;

/* Four times: the request was not sent before asked_ns, on our clock; it came at received_ns and
 * its answer was made at sent_ns, on theirs; the answer's first byte was here by answered_ns. Times
 * that cannot be are left out. An answer that contradicts the others means that the other machine
 * has been started anew, and replaces them. */
void http_clock_note(http_clock *clock, uint64_t asked_ns, uint64_t received_ns, uint64_t sent_ns,
                     uint64_t answered_ns);

/* How wrong the best answer may be by now; INT64_MAX: there is none. */
int64_t http_clock_error_ns(const http_clock *clock, uint64_t now_ns);

/* A time of theirs on our clock, at least 1 and not after now_ns; 0: it is not known well enough,
 * or theirs_ns is 0. */
uint64_t http_clock_map(const http_clock *clock, uint64_t theirs_ns, uint64_t now_ns);

#endif
