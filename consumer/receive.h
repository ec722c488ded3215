/* The way of frames through ferry-consumer: from a channel, by way of the threads that save them,
 * into the sinks. For the main thread. */
#ifndef CONSUMER_RECEIVE_H
#define CONSUMER_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "options.h"
#include "saver.h"
#include "sinks/sink.h"
#include "stats.h"

#define RECEIVE_SINKS_MAX 3

/* What became of the frames, of all producers together. */
typedef struct receiver_totals {
    uint64_t received;
    uint64_t skipped;
    uint64_t dropped; /* by the producers */
    uint64_t saved;
    uint64_t delivered; /* received, saved if that is wanted, and handed to the sinks */
} receiver_totals;

struct receiver {
    const consumer_options *options;
    saver saver;                    /* closed: frames are not saved */
    sink *pixels;                   /* takes frames with their pixels, before the others; NULL */
    sink *sinks[RECEIVE_SINKS_MAX]; /* in the order in which they take a frame */
    size_t sink_count;

    /* Of the producer that is attached to; see attach.h. */
    ferry_consumer *consumer;
    ferry_channel_info channel; /* stays from one to the next; all zeros before the first */
    bool copies;                /* frames are copied out, else they stay in place */
    ferry_image image;          /* the copy of a frame that is not saved */
    uint64_t here;              /* frames received from it */

    /* Frames of the next producer go on counting where those of the last one ended. */
    uint64_t last;     /* the producer's number of the last frame received, or missed */
    uint64_t offset;   /* from its numbers to ours */
    uint64_t carried;  /* frames that count as skipped before the next one that is handed on */
    uint64_t dropped;  /* by this producer, and in the totals already */
    bool has_received; /* of any producer */

    uint64_t ready_ns;  /* since when it could take the next frame, of whatever producer */
    ferry_status ended; /* what became of the last producer; FERRY_OK: there was none */

    receiver_totals totals;
    stats stats;
    bool has_warned;     /* of a channel of one slot */
    bool has_told_skips; /* of frames that this one was too slow for */
    bool has_failed;     /* and said so: the program ends with APP_EXIT_FAILED */
    bool is_mute;        /* a sink has failed: none gets anything any more */
};

/* Receives until the stream ends, the count is reached, the user asks to stop, or r->has_failed.
 * Frames that are being saved then are finished, and have been handed on when it returns. FERRY_OK,
 * or what ended it, with error.message. */
ferry_status receive_run(receiver *r, ferry_error *error);

/* Standard output or a sink has failed, which has been reported: nothing goes there any more. */
void receive_fail(receiver *r);

#endif
