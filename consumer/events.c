#include "events.h"

#include "json.h"
#include "output.h"
#include "wall.h"

static bool is_wanted(const receiver *r) {
    return r->options->json && !r->is_mute;
}

static void put(receiver *r, ferryi_line *line) {
    ferryi_json_end(line);
    if (!ferryi_output_line(line))
        receive_fail(r);
    ferryi_line_free(line);
}

static const char *when_full_of(const ferry_channel_info *channel) {
    switch (channel->when_full) {
    case FERRY_WHEN_FULL_WAIT: return "wait";
    case FERRY_WHEN_FULL_DROP: return "drop";
    default: return NULL;
    }
}

void events_attached(receiver *r, uint32_t delivery) {
    if (!is_wanted(r))
        return;
    const ferry_channel_info *c = &r->channel;
    ferryi_line line = FERRYI_LINE_INIT;
    ferryi_json_begin(&line, "attached", ferryi_wall_at(ferry_clock_ns()));
    ferryi_json_text(&line, "channel", r->options->name);
    ferryi_json_text(&line, "dialect", c->dialect == FERRY_DIALECT_NATIVE ? "native" : "baseimage");
    ferryi_json_number(&line, "slots", c->slots);
    ferryi_json_number(&line, "slot_bytes", c->slot_bytes);
    ferryi_json_text(&line, "when_full", when_full_of(c));
    ferryi_json_text(&line, "delivery", delivery == FERRY_DELIVERY_EVERY ? "every" : "latest");
    ferryi_json_number(&line, "max_lag", c->max_lag);
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
    ferryi_line line = FERRYI_LINE_INIT;
    ferryi_json_begin(&line, event_of(status), ferryi_wall_at(ferry_clock_ns()));
    ferryi_json_text(&line, "channel", r->options->name);
    ferryi_json_number(&line, "received", r->totals.received);
    ferryi_json_number(&line, "skipped", r->totals.skipped);
    ferryi_json_number(&line, "dropped", r->totals.dropped);
    put(r, &line);
}
