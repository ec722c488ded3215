/* Reports of ferry-producer besides warnings: figures at a steady interval (--stats), and events as
 * objects on standard output (--json). For the main thread. */
#ifndef PRODUCER_NEWS_H
#define PRODUCER_NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "shared/interval.h"

typedef struct news {
    ferry_producer *producer;
    const char *channel;
    bool json;
    app_interval interval; /* between figures */
    bool has_failed;       /* standard output takes no more, which has been reported */

    ferry_producer_counters before;                     /* the figures when the interval began */
    uint64_t looked_ns;                                 /* when the consumers were last looked at */
    ferry_consumer_info consumers[FERRY_MAX_CONSUMERS]; /* as they were then */
    size_t consumer_count;
    ferry_frame_info shown; /* whose size and format have been told last */
} news;

/* The channel has been made. */
void news_created(news *n, uint32_t dialect);

/* To be called as often as may be: tells which consumers have come and gone, and the figures when
 * an interval is over. One that has taken longer is told once, with the time that it has taken. */
void news_tick(news *n);

/* To be called for each frame that is about to be sent, described as it will be stored. */
void news_shape(news *n, const ferry_frame_info *info);

/* The stream is about to end, with these figures: looks at the consumers once more before it says
 * so.
 */
void news_ended(news *n, const ferry_producer_counters *counters);

#endif
