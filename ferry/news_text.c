/* News as lines, and as objects. */
#include "news.h"

#include <inttypes.h>
#include <stdio.h>

#include "names.h"
#include "shared/describe.h"
#include "shared/human.h"
#include "shared/json.h"
#include "shared/text.h"
#include "shared/wall.h"

static const char *const events[] = {
    [NEWS_FOUND] = "found",
    [NEWS_CAME] = "came",
    [NEWS_LIVE] = "live",
    [NEWS_IDLE] = "idle",
    [NEWS_ENDED] = "ended",
    [NEWS_DIED] = "died",
    [NEWS_ODD] = "odd",
    [NEWS_GONE] = "gone",
    [NEWS_RESIZED] = "resized",
    [NEWS_CONSUMER_CAME] = "consumer_came",
    [NEWS_CONSUMER_LEFT] = "consumer_left",
    [NEWS_CONSUMER_DIED] = "consumer_died",
    [NEWS_CONSUMER_EVICTED] = "consumer_evicted",
};

enum { TEXT_BYTES = 512 };

static void print_producer(char *out, size_t capacity, const ferry_peek *p) {
    if (p->has_block != 0)
        snprintf(out, capacity, ": producer %s (process %" PRIu32 ")", p->producer.name,
                 p->producer.process_id);
    else
        out[0] = '\0';
}

static void print_consumer(char *out, size_t capacity, const news_item *item) {
    static const char *const what[] = {
        [NEWS_CONSUMER_CAME] = "came",
        [NEWS_CONSUMER_LEFT] = "left",
        [NEWS_CONSUMER_DIED] = "died",
        [NEWS_CONSUMER_EVICTED] = "was evicted",
    };
    const ferry_consumer_info *c = &item->consumer->info;
    if (item->kind == NEWS_CONSUMER_CAME)
        snprintf(out, capacity, "consumer %s (process %" PRIu32 ") came: %s", c->name,
                 c->process_id, names_delivery(c->delivery));
    else
        snprintf(out, capacity,
                 "consumer %s (process %" PRIu32 ") %s: %" PRIu64 " received, %" PRIu64 " skipped",
                 c->name, c->process_id, what[item->kind], c->received, c->skipped);
}

static void print_picture(char *out, size_t capacity, const ferry_frame_info *i) {
    char format[APP_DESCRIBE_FORMAT_BYTES];
    snprintf(out, capacity, "resized: %" PRId32 "x%" PRId32 " %s", i->width, i->height,
             app_describe_format(format, i->format));
}

/* Names go at once when a producer ends, and also when consumers clear up after one that was
 * killed. */
static void print_gone(char *out, size_t capacity, const ferry_peek *p) {
    if (p->has_block != 0 && p->state <= FERRY_PEEK_IDLE)
        snprintf(out, capacity,
                 "gone after %" PRIu64 " frames: producer %s (process %" PRIu32
                 ") has ended, or was killed",
                 p->head, p->producer.name, p->producer.process_id);
    else
        snprintf(out, capacity, "%s", events[NEWS_GONE]);
}

static void print_text(char out[TEXT_BYTES], const news_item *item) {
    const ferry_peek *p = &item->entry->peek;
    char producer[128], age[APP_HUMAN_BYTES];
    print_producer(producer, sizeof producer, p);
    app_human_time(age, p->newest_age_ns);
    switch (item->kind) {
    case NEWS_FOUND:
        snprintf(out, TEXT_BYTES, "found, %s%s", app_survey_state_text(item->entry), producer);
        break;
    case NEWS_CAME: snprintf(out, TEXT_BYTES, "came%s", producer); break;
    case NEWS_IDLE: snprintf(out, TEXT_BYTES, "idle: no frame for %s", age); break;
    case NEWS_ENDED:
    case NEWS_DIED:
        snprintf(out, TEXT_BYTES, "%s after %" PRIu64 " frames%s", events[item->kind], p->head,
                 producer);
        break;
    case NEWS_ODD:
        snprintf(out, TEXT_BYTES, "%s%s%s", app_survey_state_text(item->entry),
                 p->detail[0] != '\0' ? ": " : "", p->detail);
        break;
    case NEWS_RESIZED: print_picture(out, TEXT_BYTES, &p->newest); break;
    case NEWS_GONE: print_gone(out, TEXT_BYTES, p); break;
    case NEWS_LIVE: snprintf(out, TEXT_BYTES, "%s", events[item->kind]); break;
    default: print_consumer(out, TEXT_BYTES, item); break;
    }
}

void news_put(app_line *out, const news_item *item) {
    char text[TEXT_BYTES];
    app_wall when = app_wall_split(item->time_us);
    print_text(text, item);
    app_line_print(out, "%02u:%02u:%02u.%03uZ  %s  ", when.hour, when.minute, when.second,
                   when.microsecond / 1000, item->entry->name);
    app_text_put_escaped(out, text);
    app_line_put_text(out, "\n");
}

static void put_consumer(app_line *out, const ferry_consumer_info *c) {
    app_json_text(out, "consumer", c->name);
    app_json_number(out, "consumer_process_id", c->process_id);
    app_json_text(out, "delivery", names_delivery(c->delivery));
    app_json_number(out, "received", c->received);
    app_json_number(out, "skipped", c->skipped);
    app_json_number(out, "lag", c->lag);
}

void news_put_json(app_line *out, const news_item *item) {
    const ferry_peek *p = &item->entry->peek;
    bool has_block = p->has_block != 0;
    app_json_begin(out, events[item->kind], item->time_us);
    app_json_text(out, "channel", item->entry->name);
    app_json_text(out, "state", app_survey_state_text(item->entry));
    app_json_text(out, "detail", p->detail[0] != '\0' ? p->detail : NULL);
    app_json_text(out, "producer", has_block ? p->producer.name : NULL);
    if (has_block) {
        app_json_number(out, "process_id", p->producer.process_id);
        app_json_number(out, "frames", p->head);
    } else {
        app_json_text(out, "process_id", NULL);
        app_json_text(out, "frames", NULL);
    }
    if (item->kind == NEWS_RESIZED)
        app_describe_put_picture(out, &p->newest);
    if (item->consumer != NULL)
        put_consumer(out, &item->consumer->info);
    app_json_end(out);
}
