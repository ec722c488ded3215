#include "news.h"

#include <inttypes.h>
#include <string.h>

#include <frameferry/producer.h>

#include "shared/describe.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/wall.h"
#include "shared/yuv.h"

/* How often the consumers are looked at. */
#define LOOK_NS (FERRY_SECOND_NS / 10)

static bool is_wanted(const news *n) {
    return n->json && !n->has_failed;
}

static void begin(app_line *line, const char *event) {
    *line = (app_line)APP_LINE_INIT;
    app_json_begin(line, event, app_wall_at(ferry_clock_ns()));
}

static void put(news *n, app_line *line) {
    app_json_end(line);
    if (!app_output_line(line))
        n->has_failed = true;
    app_line_free(line);
}

void news_created(news *n, uint32_t dialect) {
    app_line line;
    if (!is_wanted(n))
        return;
    ferry_producer_counters counters;
    ferry_producer_get_counters(n->producer, &counters);
    begin(&line, "created");
    app_json_text(&line, "channel", n->channel);
    app_json_text(&line, "dialect", dialect == FERRY_DIALECT_NATIVE ? "native" : "baseimage");
    app_json_number(&line, "slots", counters.slots);
    app_json_number(&line, "slot_bytes", counters.slot_bytes);
    put(n, &line);
}

/* ---- consumers that come and go ---- */

static void tell_attached(news *n, const ferry_consumer_info *c) {
    app_line line;
    begin(&line, "attached");
    app_json_text(&line, "consumer", c->name);
    app_json_number(&line, "process_id", c->process_id);
    app_json_text(&line, "delivery", c->delivery == FERRY_DELIVERY_EVERY ? "every" : "latest");
    app_json_number(&line, "max_lag", c->max_lag);
    put(n, &line);
}

/* With the figures of the last look: a record that has been left has none. */
static void tell_gone(news *n, const char *event, const ferry_consumer_info *c) {
    app_line line;
    begin(&line, event);
    app_json_text(&line, "consumer", c->name);
    app_json_number(&line, "process_id", c->process_id);
    app_json_number(&line, "received", c->received);
    app_json_number(&line, "skipped", c->skipped);
    put(n, &line);
}

/* One process may have several consumers of one name; its figures only grow. */
static bool is_same(const ferry_consumer_info *before, const ferry_consumer_info *now) {
    return before->process_id == now->process_id && before->delivery == now->delivery &&
           strcmp(before->name, now->name) == 0 && before->received <= now->received;
}

/* The one in the list that is this one and has not been found yet; NULL: there is none. */
static const ferry_consumer_info *find(const ferry_consumer_info *list, size_t count,
                                       const ferry_consumer_info *wanted, bool is_before,
                                       bool *found) {
    for (size_t i = 0; i < count; i++)
        if (!found[i] && (is_before ? is_same(&list[i], wanted) : is_same(wanted, &list[i]))) {
            found[i] = true;
            return &list[i];
        }
    return NULL;
}

static void look_at_consumers(news *n) {
    ferry_consumer_info now[FERRY_MAX_CONSUMERS];
    bool was_there[FERRY_MAX_CONSUMERS] = {false}, is_there[FERRY_MAX_CONSUMERS] = {false};
    size_t count = ferry_producer_list_consumers(n->producer, now, FERRY_MAX_CONSUMERS);
    for (size_t i = 0; i < n->consumer_count; i++)
        if (find(now, count, &n->consumers[i], false, is_there) == NULL)
            tell_gone(n, "left", &n->consumers[i]);
    for (size_t i = 0; i < count; i++) {
        const ferry_consumer_info *before =
            find(n->consumers, n->consumer_count, &now[i], true, was_there);
        if (before == NULL)
            tell_attached(n, &now[i]);
        if (now[i].evicted != 0 && (before == NULL || before->evicted == 0))
            tell_gone(n, "evicted", &now[i]);
    }
    memcpy(n->consumers, now, count * sizeof *now);
    n->consumer_count = count;
}

/* ---- figures ---- */

/* How far behind the slowest consumer is that has not been evicted. */
static uint64_t slowest_lag(const news *n) {
    ferry_consumer_info list[FERRY_MAX_CONSUMERS];
    size_t count = ferry_producer_list_consumers(n->producer, list, FERRY_MAX_CONSUMERS);
    uint64_t lag = 0;
    for (size_t i = 0; i < count; i++)
        if (list[i].evicted == 0 && list[i].lag > lag)
            lag = list[i].lag;
    return lag;
}

static void tell_figures(news *n, const ferry_producer_counters *now, uint64_t elapsed_ns) {
    double seconds = (double)elapsed_ns / 1e9;
    double fps = (double)(now->published - n->before.published) / seconds;
    double rate = (double)(now->bytes - n->before.bytes) / seconds / 1e6;
    uint64_t lag = slowest_lag(n);
    if (!n->json) {
        app_message_figures("%.1f fps, %.1f MB/s, %" PRIu32 " consumer%s, lag %" PRIu64 ", %" PRIu64
                            " sent, %" PRIu64 " dropped",
                            fps, rate, now->consumers, now->consumers == 1 ? "" : "s", lag,
                            now->published, now->dropped);
        return;
    }
    app_line line;
    begin(&line, "stats");
    app_json_real(&line, "seconds", seconds);
    app_json_real(&line, "fps", fps);
    app_json_real(&line, "megabytes_per_second", rate);
    app_json_number(&line, "consumers", now->consumers);
    app_json_number(&line, "lag", lag);
    app_json_number(&line, "sent", now->published);
    app_json_number(&line, "dropped", now->dropped);
    put(n, &line);
}

void news_tick(news *n) {
    uint64_t now_ns = ferry_clock_ns(), elapsed_ns = 0;
    if (n->has_failed)
        return;
    if (n->json && now_ns - n->looked_ns >= (uint64_t)LOOK_NS) {
        n->looked_ns = now_ns;
        look_at_consumers(n);
    }
    if (!app_interval_is_over(&n->interval, now_ns, &elapsed_ns))
        return;
    ferry_producer_counters now;
    ferry_producer_get_counters(n->producer, &now);
    tell_figures(n, &now, elapsed_ns);
    n->before = now;
}

/* ---- frames ---- */

void news_shape(news *n, const ferry_frame_info *info) {
    if (!is_wanted(n) || app_describe_is_same_shape(info, &n->shown))
        return;
    n->shown = *info;
    look_at_consumers(n); /* one that was waited for came before */
    app_line line;
    begin(&line, "resized");
    app_json_number(&line, "width", (uint64_t)info->width);
    app_json_number(&line, "height", (uint64_t)info->height);
    app_json_text(&line, "format", ferry_format_name(info->format));
    app_json_number(&line, "stride", info->stride_bytes);
    app_json_number(&line, "bytes", info->length_bytes);
    app_yuv_put_json(&line, info);
    app_describe_put_shape(&line, info);
    put(n, &line);
}

void news_ended(news *n, const ferry_producer_counters *counters) {
    app_line line;
    if (!is_wanted(n))
        return;
    look_at_consumers(n);
    begin(&line, "ended");
    app_json_text(&line, "channel", n->channel);
    app_json_number(&line, "sent", counters->published);
    app_json_number(&line, "dropped", counters->dropped);
    app_json_number(&line, "evicted", counters->evicted);
    put(n, &line);
}
