/* The events of a channel between two looks. */
#ifndef NEWS_H
#define NEWS_H

#include "shared/line.h"
#include "shared/survey.h"

typedef enum news_kind {
    NEWS_FOUND, /* it was there at the first look */
    NEWS_CAME,  /* it is there, or a new producer is */
    NEWS_LIVE,
    NEWS_IDLE,
    NEWS_ENDED, /* the stream; its names are still there */
    NEWS_DIED,  /* the producer */
    NEWS_ODD,   /* something else than a channel that can be used has the name now */
    NEWS_GONE,  /* nothing has the name any more. Of a producer that lived at the look before
                   it is not known how it ended */
    NEWS_RESIZED,
    NEWS_CONSUMER_CAME,
    NEWS_CONSUMER_LEFT,
    NEWS_CONSUMER_DIED,
    NEWS_CONSUMER_EVICTED
} news_kind;

typedef struct news_item {
    news_kind kind;
    const app_survey_entry *entry;       /* after it, but of NEWS_GONE: before it */
    const ferry_peek_consumer *consumer; /* of news about one; else NULL */
    uint64_t time_us; /* of the look that has shown it, as app_wall_at gives it */
} news_item;

/* Where news go. */
typedef struct news_reader {
    void (*tell)(void *argument, const news_item *item);
    void *argument;
    uint64_t time_us; /* of the look */
    bool is_first;    /* there was no look before */
} news_reader;

/* Tells all that differs between two looks at one channel, in the order in which it may have
 * happened. NULL: nothing had the name. */
void news_compare(const news_reader *reader, const app_survey_entry *before,
                  const app_survey_entry *now);

/* Puts a line for people, and an object of docs/json.md. */
void news_put(app_line *out, const news_item *item);
void news_put_json(app_line *out, const news_item *item);

#endif
