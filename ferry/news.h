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
    NEWS_ENDED, /* the stream */
    NEWS_DIED,  /* the producer */
    NEWS_ODD,   /* something else than a channel that can be used has the name now */
    NEWS_GONE,  /* nothing has the name any more. If the state of the entry is that of a producer
                   that lives, it is not known how it ended */
    NEWS_RESIZED,
    NEWS_CONSUMER_CAME,
    NEWS_CONSUMER_LEFT,
    NEWS_CONSUMER_DIED,
    NEWS_CONSUMER_EVICTED
} news_kind;

typedef struct news_item {
    news_kind kind;
    const app_survey_entry *entry; /* after it; of NEWS_GONE, and of a producer whose names have
                                      gone: before it, with the state that is known now */
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
 * happened. NULL: nothing had the name. fate is what has become of the producer of the look before,
 * a ferry_peek_state: FERRY_PEEK_ENDED or FERRY_PEEK_DEAD, if that is known although its names may
 * have gone. An entry of such a producer gets that state. */
void news_compare(const news_reader *reader, app_survey_entry *before, app_survey_entry *now,
                  uint32_t fate);

/* Puts a line for people, and an object of docs/json.md. */
void news_put(app_line *out, const news_item *item);
void news_put_json(app_line *out, const news_item *item);

#endif
