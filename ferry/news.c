#include "news.h"

#include <stdio.h>

#include "shared/describe.h"

static void say(const news_reader *t, news_kind kind, const app_survey_entry *entry,
                const ferry_peek_consumer *consumer) {
    t->tell(t->argument, &(news_item){kind, entry, consumer, t->time_us});
}

static void tell_state(const news_reader *t, const app_survey_entry *now) {
    switch (now->peek.state) {
    case FERRY_PEEK_STARTING:
    case FERRY_PEEK_EMPTY: break;
    case FERRY_PEEK_LIVE: say(t, NEWS_LIVE, now, NULL); break;
    case FERRY_PEEK_IDLE: say(t, NEWS_IDLE, now, NULL); break;
    case FERRY_PEEK_ENDED: say(t, NEWS_ENDED, now, NULL); break;
    case FERRY_PEEK_DEAD: say(t, NEWS_DIED, now, NULL); break;
    default: say(t, NEWS_ODD, now, NULL); break;
    }
}

/* The same membership in the other look; NULL: it is not there. */
static const ferry_peek_consumer *find(const ferry_peek *p, const ferry_peek_consumer *c) {
    for (uint32_t i = 0; i < p->consumer_count; i++)
        if (p->consumer[i].index == c->index && p->consumer[i].info.joined_ns == c->info.joined_ns)
            return &p->consumer[i];
    return NULL;
}

static void tell_consumer(const news_reader *t, const app_survey_entry *now,
                          const ferry_peek_consumer *before, const ferry_peek_consumer *c) {
    bool was_alive = before == NULL || before->is_alive != 0;
    bool had_left = before != NULL && before->has_left != 0;
    bool was_evicted = before != NULL && before->info.evicted != 0;
    if (before == NULL)
        say(t, NEWS_CONSUMER_CAME, now, c);
    if (c->info.evicted != 0 && !was_evicted)
        say(t, NEWS_CONSUMER_EVICTED, now, c);
    if (c->is_alive == 0 && was_alive)
        say(t, NEWS_CONSUMER_DIED, now, c);
    else if (c->has_left != 0 && !had_left)
        say(t, NEWS_CONSUMER_LEFT, now, c);
}

/* before is NULL, or of the same producer. */
static void tell_consumers(const news_reader *t, const app_survey_entry *before,
                           const app_survey_entry *now) {
    if (now->peek.knows_consumers == 0)
        return;
    for (uint32_t i = 0; i < now->peek.consumer_count; i++) {
        const ferry_peek_consumer *c = &now->peek.consumer[i];
        tell_consumer(t, now, before != NULL ? find(&before->peek, c) : NULL, c);
    }
    for (uint32_t i = 0; before != NULL && i < before->peek.consumer_count; i++) {
        const ferry_peek_consumer *c = &before->peek.consumer[i];
        /* The record of one that died is cleared up later. */
        if (find(&now->peek, c) == NULL && c->is_alive != 0 && c->has_left == 0)
            say(t, NEWS_CONSUMER_LEFT, now, c);
    }
}

static void tell_shape(const news_reader *t, const app_survey_entry *before,
                       const app_survey_entry *now) {
    if (before->peek.has_newest != 0 && now->peek.has_newest != 0 &&
        !app_describe_is_same_shape(&before->peek.newest, &now->peek.newest))
        say(t, NEWS_RESIZED, now, NULL);
}

static bool is_same_producer(const ferry_peek *a, const ferry_peek *b) {
    return a->has_block == 0 || b->has_block == 0 || a->generation == b->generation;
}

/* Tells how the producer of the look before ended, unless that was told then. */
static void tell_fate(const news_reader *t, app_survey_entry *before, uint32_t fate) {
    if (before->peek.state > FERRY_PEEK_IDLE)
        return;
    before->peek.state = fate;
    tell_state(t, before);
}

/* A look that comes while names are taken away finds no block: then the look before says the
 * rest. */
static void complete(app_survey_entry *now, const app_survey_entry *before, uint32_t fate) {
    if (now->peek.has_block != 0 || before->peek.has_block == 0)
        return;
    now->peek = before->peek;
    now->peek.state = fate;
}

void news_compare(const news_reader *t, app_survey_entry *before, app_survey_entry *now,
                  uint32_t fate) {
    bool is_fate_known = fate == FERRY_PEEK_ENDED || fate == FERRY_PEEK_DEAD;
    if (now == NULL && before == NULL)
        return;
    if (before != NULL && is_fate_known) {
        if (now == NULL || now->peek.state > FERRY_PEEK_DEAD ||
            !is_same_producer(&before->peek, &now->peek))
            tell_fate(t, before, fate);
        else
            complete(now, before, fate);
    }
    if (now == NULL) {
        say(t, NEWS_GONE, before, NULL);
        return;
    }
    if (before != NULL && !is_same_producer(&before->peek, &now->peek))
        before = NULL;
    if (before == NULL)
        say(t, t->is_first ? NEWS_FOUND : NEWS_CAME, now, NULL);
    if (before == NULL ? !t->is_first : before->peek.state != now->peek.state)
        tell_state(t, now);
    if (before != NULL)
        tell_shape(t, before, now);
    tell_consumers(t, before, now);
}
