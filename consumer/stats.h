/* Figures at a steady interval (--stats). For the main thread. */
#ifndef CONSUMER_STATS_H
#define CONSUMER_STATS_H

#include <stdint.h>

#include "shared/histogram.h"
#include "shared/interval.h"

typedef struct receiver receiver;

typedef struct stats {
    app_interval interval;
    app_histogram latency; /* of the frames that have come in it, in nanoseconds */
} stats;

/* A frame has come: how long ago it was published, on the word of its producer. */
void stats_note(stats *s, int64_t latency_ns);

/* To be called as often as may be: says the figures when an interval is over. One that has taken
 * longer, because of a slow reader say, is said once, with the time that it has taken. */
void stats_tick(receiver *r);

/* How long a call may wait that could wait for limit_ns, for stats_tick to come in time. */
int64_t stats_slice_ns(const stats *s, int64_t limit_ns);

#endif
