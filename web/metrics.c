#include "metrics.h"

#include <inttypes.h>
#include <stdlib.h>

/* Metrics come one after the other with the lines of all channels, so that the channels are copied
 * first. */
typedef struct seen {
    app_survey_entry *entries;
    size_t count, capacity;
    bool is_cut;
} seen;

static void see(void *argument, const app_survey_entry *entry, bool is_served) {
    seen *s = argument;
    if (!is_served || entry->status != FERRY_OK || s->is_cut)
        return;
    if (s->count == s->capacity) {
        size_t capacity = s->capacity > 0 ? 2 * s->capacity : 4;
        app_survey_entry *more = realloc(s->entries, capacity * sizeof *more);
        s->is_cut = more == NULL;
        if (more == NULL)
            return;
        s->entries = more;
        s->capacity = capacity;
    }
    s->entries[s->count++] = *entry;
}

/* ---- of channels ---- */

static double is_live(const app_survey_entry *e) {
    return e->peek.has_block != 0 && e->peek.state <= FERRY_PEEK_IDLE ? 1 : 0;
}
static double frames(const app_survey_entry *e) {
    return (double)e->peek.head;
}
static double dropped(const app_survey_entry *e) {
    return (double)e->peek.dropped;
}
static double age(const app_survey_entry *e) {
    return e->peek.has_newest != 0 ? (double)e->peek.newest_age_ns / 1e9 : -1;
}
static double consumers(const app_survey_entry *e) {
    return e->alive;
}
static double slots(const app_survey_entry *e) {
    return e->peek.slots;
}
static double memory(const app_survey_entry *e) {
    return (double)e->peek.memory_bytes;
}

static const struct {
    const char *name, *type, *help;
    double (*value)(const app_survey_entry *e); /* below 0: there is none */
} of_channels[] = {
    {"channel_live", "gauge", "1: a producer lives.", is_live},
    {"channel_frames_total", "counter", "Frames that the producer has published.", frames},
    {"channel_dropped_total", "counter", "Frames that the producer has dropped.", dropped},
    {"channel_newest_age_seconds", "gauge", "Since the newest frame was published.", age},
    {"channel_consumers", "gauge", "Consumers that live.", consumers},
    {"channel_slots", "gauge", "Slots of the channel.", slots},
    {"channel_memory_bytes", "gauge", "Shared memory that the channel takes.", memory},
};

/* ---- of consumers ---- */

static double received(const ferry_peek_consumer *c) {
    return (double)c->info.received;
}
static double skipped(const ferry_peek_consumer *c) {
    return (double)c->info.skipped;
}
static double lag(const ferry_peek_consumer *c) {
    return (double)c->info.lag;
}
static double held(const ferry_peek_consumer *c) {
    return c->info.held;
}

static const struct {
    const char *name, *type, *help;
    double (*value)(const ferry_peek_consumer *c);
} of_consumers[] = {
    {"consumer_received_total", "counter", "Frames that the consumer has received.", received},
    {"consumer_skipped_total", "counter", "Frames that it has skipped.", skipped},
    {"consumer_lag", "gauge", "Published frames that it has neither received nor skipped.", lag},
    {"consumer_held", "gauge", "Frames in its hands.", held},
};

static void begin(app_line *line, const char *name, const char *type, const char *help) {
    app_line_print(line, "# HELP frameferry_%s %s\n# TYPE frameferry_%s %s\n", name, help, name,
                   type);
}

/* Names of channels have nothing to be escaped. Those of consumers are printable ASCII. */
static void put_label(app_line *line, const char *name) {
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            app_line_put(line, "\\", 1);
        app_line_put(line, c, 1);
    }
}

static void put_channels(app_line *line, const seen *s) {
    for (size_t i = 0; i < sizeof of_channels / sizeof of_channels[0]; i++) {
        begin(line, of_channels[i].name, of_channels[i].type, of_channels[i].help);
        for (size_t at = 0; at < s->count; at++) {
            double value = of_channels[i].value(&s->entries[at]);
            if (!(value < 0))
                app_line_print(line, "frameferry_%s{channel=\"%s\"} %.15g\n", of_channels[i].name,
                               s->entries[at].name, value);
        }
    }
}

static void put_consumers(app_line *line, const seen *s) {
    for (size_t i = 0; i < sizeof of_consumers / sizeof of_consumers[0]; i++) {
        begin(line, of_consumers[i].name, of_consumers[i].type, of_consumers[i].help);
        for (size_t at = 0; at < s->count; at++) {
            const ferry_peek *p = &s->entries[at].peek;
            for (uint32_t c = 0; c < p->consumer_count; c++) {
                app_line_print(line, "frameferry_%s{channel=\"%s\",consumer=\"",
                               of_consumers[i].name, s->entries[at].name);
                put_label(line, p->consumer[c].info.name);
                app_line_print(line, "\",process_id=\"%" PRIu32 "\",place=\"%" PRIu32 "\"} %.15g\n",
                               p->consumer[c].info.process_id, p->consumer[c].index,
                               of_consumers[i].value(&p->consumer[c]));
            }
        }
    }
}

/* ---- of this server ---- */

static void put_one(app_line *line, const char *name, const char *type, const char *help,
                    uint64_t value) {
    begin(line, name, type, help);
    app_line_print(line, "frameferry_%s %" PRIu64 "\n", name, value);
}

static void put_server(app_line *line, services *s) {
    visitors_counts v;
    unsigned active = 0;
    uint64_t taken = 0, made = 0, made_bytes = 0;
    visitors_get_counts(s->visitors, &v);
    feeds_get_counts(s->feeds, &active, &taken);
    encoders_get_counts(s->encoders, &made, &made_bytes);
    store_lock(&s->store);
    uint64_t used = s->store.used_bytes;
    store_unlock(&s->store);
    put_one(line, "web_connections", "gauge", "Connections.", v.connected);
    put_one(line, "web_waiting", "gauge", "Requests that wait.", v.waiting);
    put_one(line, "web_connections_total", "counter", "Connections that there have been.", v.came);
    put_one(line, "web_refused_total", "counter", "Of these, beyond the limit.", v.refused);
    put_one(line, "web_timed_out_total", "counter", "Of these, ended as too slow.", v.timed_out);
    put_one(line, "web_hung_up_total", "counter", "Of these, gone while their requests waited.",
            v.hung_up);
    put_one(line, "web_channels", "gauge", "Channels that somebody looks at.", active);
    put_one(line, "web_frames_total", "counter", "Frames taken from channels.", taken);
    put_one(line, "web_encoded_total", "counter", "Pictures encoded.", made);
    put_one(line, "web_encoded_bytes_total", "counter", "Bytes of these.", made_bytes);
    put_one(line, "web_memory_bytes", "gauge", "Memory for copies and pictures.", used);
}

enum MHD_Result metrics_send(request *r) {
    app_line line = APP_LINE_INIT;
    seen s = {.count = 0};
    channels_visit(r->services->channels, see, &s);
    put_channels(&line, &s);
    put_consumers(&line, &s);
    put_server(&line, r->services);
    line.is_cut = line.is_cut || s.is_cut;
    free(s.entries);
    return request_send_line(r, "text/plain; version=0.0.4; charset=utf-8", &line);
}
