/* How evenly the frames of a channel are published, by the times that its producer gives them. */
#ifndef BEAT_H
#define BEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frame.h>

#include "shared/histogram.h"

/* Frames that went by, and what their times say. */
typedef struct beat_figures {
    double seconds;     /* the time that was looked at */
    uint64_t frames;    /* published in it, by their numbers */
    uint64_t seen;      /* of these, how many were the newest at a look: the times of the others are
                           not known */
    bool has_rate;      /* two frames were seen */
    double fps;         /* from the first to the last one that was seen */
    bool has_jitter;    /* two frames in a row were seen */
    uint64_t period_ns; /* the median of the times between two frames in a row */
    uint64_t p50_ns, p99_ns, most_ns; /* jitter: how far times between frames are off that */
    uint64_t gaps; /* times between frames of more than one and a half periods; of frames that were
                      not seen those that must have been there */
    uint64_t dropped; /* by the producer */
    uint64_t lost;    /* by its source, which has numbers of its own */
} beat_figures;

/* From one frame that was seen to the next one that was, with others in between. */
typedef struct beat_span {
    uint64_t ns;
    uint64_t frames;
} beat_span;

/* Starts as all zeros. */
typedef struct beat {
    bool has_last;
    ferry_frame_info last; /* the newest frame that was seen */

    /* Since the figures were last taken. */
    uint64_t begin_ns;
    ferry_frame_info first; /* the last one seen before; beat_take says which */
    bool has_first;
    uint64_t *interval_ns; /* between frames in a row */
    size_t intervals, capacity;
    beat_span *span; /* between frames with others in between */
    size_t spans, span_capacity;
    uint64_t seen, lost;

    /* All of it. */
    beat_figures all;
    uint64_t all_begin_ns;
    ferry_frame_info all_first;
    bool has_all_first;
    app_histogram jitter, period;
} beat;

/* Notes the newest frame at a look; the same one again is no news. False: out of memory. */
bool beat_note(beat *b, const ferry_frame_info *newest);

/* Figures since the last call, or since beat_begin; then all of it. */
void beat_begin(beat *b, uint64_t now_ns);
void beat_take(beat *b, uint64_t now_ns, beat_figures *out);
void beat_sum_up(beat *b, uint64_t now_ns, beat_figures *out);

void beat_free(beat *b);

#endif
