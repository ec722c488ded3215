/* The way of frames through ferry-consumer: from a channel, through the threads that save them,
 * into the sinks. For the main thread. */
#ifndef CONSUMER_RECEIVE_H
#define CONSUMER_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "options.h"
#include "shared/saver.h"
#include "shared/session.h"
#include "shared/stats.h"
#include "sinks/sink.h"

#define RECEIVE_SINKS_MAX 3
#define RECEIVE_PIXEL_SINKS_MAX 3

typedef struct receiver {
    const consumer_options *options;
    app_session session;
    app_saver saver;                       /* closed: frames are not saved */
    sink *pixels[RECEIVE_PIXEL_SINKS_MAX]; /* take frames with their pixels, before the others */
    size_t pixel_count;
    sink *to;                       /* the one that feeds a port; NULL */
    sink *exec;                     /* the one of them that runs commands; NULL */
    sink *write;                    /* the one that makes a stream; NULL */
    sink *sinks[RECEIVE_SINKS_MAX]; /* in the order in which they take a frame */
    size_t sink_count;
    bool copies;       /* frames are copied out, else they are read in place */
    ferry_image image; /* the copy of a frame that is not saved */
    bool is_read;      /* the stream goes to somebody who reads it, and may be slow */

    uint64_t saved;
    uint64_t delivered; /* received, saved if that is wanted, and handed to the sinks */
    app_stats stats;
    bool has_told_skips;    /* the user knows that this consumer is too slow for some frames */
    bool has_told_refused;  /* the user knows that this producer's frames cannot be read */
    bool has_output_failed; /* no sink gets anything any more */
} receiver;

/* Prepares for the producer that the session has attached to. */
void receive_begin(receiver *r);

/* Receives until the stream ends, the count is reached, the user asks to stop, or the session has
 * failed. Frames that are being saved then are finished, and handed on before it returns. Returns
 * FERRY_OK, or what ended it, with error->message. */
ferry_status receive_run(receiver *r, ferry_error *error);

/* Says the figures of --stats when they are due, and looks whether somebody reads the stream. */
void receive_tick(receiver *r);

/* Standard output or a sink has failed, which has been reported: nothing goes there any more. */
void receive_fail(receiver *r);

#endif
