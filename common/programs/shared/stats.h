/* Figures of a receiving program at a steady interval (--stats): frame rate, latency, counts. */
#ifndef APP_STATS_H
#define APP_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/histogram.h"
#include "shared/interval.h"

/* Starts as all zeros but for interval.length_ns; 0 there: no figures. */
typedef struct app_stats {
    app_interval interval;
    app_histogram latency; /* of the frames in this interval, in nanoseconds */
} app_stats;

typedef struct app_stats_figures {
    double seconds; /* the length of the interval */
    double fps;
    bool has_latency; /* a frame came in the interval */
    double p50_ms, p99_ms;
    uint64_t received, skipped, dropped, lag; /* of the whole run; filled in by the caller */
} app_stats_figures;

/* Notes a frame, with the time since it was published by the producer's own word. */
void app_stats_note(app_stats *s, int64_t latency_ns);

/* Whether an interval is over: then *out has its figures, but for the counts, and the next one
 * begins. An interval that took longer, because of a slow reader say, comes once, at its real
 * length. */
bool app_stats_take(app_stats *s, app_stats_figures *out);

/* Writes the figures to standard error for people, or as an object to standard output. False: it
 * failed, which has been reported. */
void app_stats_say(const app_stats_figures *f);
bool app_stats_write(const app_stats_figures *f);

/* How much of limit_ns a call may wait so that the next figures are in time. */
int64_t app_stats_slice_ns(const app_stats *s, int64_t limit_ns);

#endif
