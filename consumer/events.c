#include "events.h"

#include <frameferry/consumer.h>

#include "shared/json.h"
#include "shared/output.h"
#include "shared/wall.h"

static bool is_wanted(const receiver *r) {
    return r->options->common.json && !r->has_output_failed;
}

static void put(receiver *r, app_line *line) {
    app_json_end(line);
    if (!app_output_line(line))
        receive_fail(r);
    app_line_free(line);
}

static const char *when_full_of(const ferry_channel_info *channel) {
    switch (channel->when_full) {
    case FERRY_WHEN_FULL_WAIT: return "wait";
    case FERRY_WHEN_FULL_DROP: return "drop";
    default: return NULL;
    }
}

/* A producer of ours says what it is. */
static void put_producer(app_line *line, const ferry_channel_info *c) {
    const ferry_producer_info *p = &c->producer;
    app_json_text(line, "producer", c->has_block ? p->name : NULL);
    app_json_text(line, "user", c->has_block ? p->user : NULL);
    if (c->has_block)
        app_json_number(line, "process_id", p->process_id);
    else
        app_json_text(line, "process_id", NULL);
}

static void put_channel(app_line *line, const receiver *r) {
    const ferry_channel_info *c = &r->session.channel;
    app_json_text(line, "dialect", c->dialect == FERRY_DIALECT_NATIVE ? "native" : "baseimage");
    app_json_number(line, "slots", c->slots);
    app_json_number(line, "slot_bytes", c->slot_bytes);
    app_json_text(line, "when_full", when_full_of(c));
    app_json_text(line, "delivery",
                  r->session.delivery == FERRY_DELIVERY_EVERY ? "every" : "latest");
    app_json_number(line, "max_lag", c->max_lag);
    app_json_number(line, "hold_limit", c->hold_limit);
    put_producer(line, c);
}

/* A port has its dialect, and nothing else that a channel has: the fields are there, and null. */
static void put_port(app_line *line, const app_port *port) {
    static const char *const of_channel[] = {"slots",    "slot_bytes", "when_full",
                                             "delivery", "max_lag",    "hold_limit",
                                             "producer", "user",       "process_id"};
    app_json_text(line, "dialect", ferry_port_dialect_name(port->options.dialect));
    for (size_t i = 0; i < sizeof of_channel / sizeof of_channel[0]; i++)
        app_json_text(line, of_channel[i], NULL);
}

void events_attached(receiver *r) {
    if (!is_wanted(r))
        return;
    app_line line = APP_LINE_INIT;
    app_json_begin(&line, "attached", app_wall_at(ferry_clock_ns()));
    app_json_text(&line, "channel", r->options->common.name);
    if (r->options->from != NULL)
        put_port(&line, r->options->from);
    else
        put_channel(&line, r);
    put(r, &line);
}

static const char *event_of(ferry_status status) {
    switch (status) {
    case FERRY_END_OF_STREAM: return "ended";
    case FERRY_PRODUCER_LOST: return "lost";
    case FERRY_EVICTED: return "evicted";
    default: return "left";
    }
}

void events_detached(receiver *r, ferry_status status) {
    if (!is_wanted(r))
        return;
    app_session_counts counts;
    app_line line = APP_LINE_INIT;
    app_session_get_counts(&r->session, &counts);
    app_json_begin(&line, event_of(status), app_wall_at(ferry_clock_ns()));
    app_json_text(&line, "channel", r->options->common.name);
    app_json_number(&line, "received", counts.received);
    app_json_number(&line, "skipped", counts.skipped);
    app_json_number(&line, "dropped", counts.dropped);
    put(r, &line);
}
