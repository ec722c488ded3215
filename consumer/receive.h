/* The loop of ferry-consumer: attaching, and from the channel into the sinks. For the main thread.
 */
#ifndef CONSUMER_RECEIVE_H
#define CONSUMER_RECEIVE_H

#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "sink.h"

#define RECEIVE_SINKS_MAX 3

typedef struct receiver {
    const consumer_options *options;
    ferry_consumer *consumer;
    sink *sinks[RECEIVE_SINKS_MAX]; /* in the order in which they take a frame */
    size_t sink_count;
    bool copies;       /* frames are copied out, else only looked at in place */
    ferry_image image; /* the copy */
    uint64_t saved;
} receiver;

/* Attaches, waiting for a producer. *exit_code is FERRYI_EXIT_FINE when r->consumer is NULL because
 * the user asked to stop. Returns whether there is a consumer now. */
bool receive_open(receiver *r, int *exit_code);

/* Receives until the stream ends, the count is reached, the user asks to stop, or it fails. Returns
 * the exit code. */
int receive_run(receiver *r);

#endif
