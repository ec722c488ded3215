/* The loop of ferry-producer: from a source into the channel, at a steady pace. For the main
 * thread. */
#ifndef PRODUCER_STREAM_H
#define PRODUCER_STREAM_H

#include <stdint.h>

#include "launch.h"
#include "options.h"
#include "source.h"

typedef struct stream {
    const producer_options *options;
    source *source;
    ferry_producer *producer;
    launch *launch;

    /* Figures for the summary. */
    uint64_t attempts; /* frames sent or dropped */
    uint64_t first_ns; /* when the first and the last frame were sent */
    uint64_t last_ns;

    /* The pace: frame number `frame` of a round is due at begin_ns plus its share of the round,
     * which has options->rate.frames frames in options->rate.seconds seconds. Nothing but whole
     * rounds is ever added up, so that no rounding adds up either. */
    uint64_t begin_ns;
    uint64_t frame;
} stream;

/* Waits for the first consumer as the options say; from here on, a stop has to interrupt the
 * producer. Returns FERRYI_EXIT_FINE to go on, also when the
 * user asked to stop, or the exit code. */
int stream_wait_first(stream *s);

/* Sends frames until the source ends, the count is reached, the user asks to stop, or it fails.
 * Returns the exit code. */
int stream_run(stream *s);

#endif
