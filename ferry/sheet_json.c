/* The object "details". */
#include "sheet.h"

#include <inttypes.h>
#include <stdio.h>

#include "names.h"
#include "shared/describe.h"
#include "shared/json.h"
#include "shared/wall.h"

static void put_bool(app_line *out, const char *key, bool value) {
    app_json_key(out, key);
    app_line_put_text(out, value ? "true" : "false");
}

static void put_number(app_line *out, const char *key, bool is_known, uint64_t value) {
    if (is_known)
        app_json_number(out, key, value);
    else
        app_json_text(out, key, NULL);
}

static void put_channel(app_line *out, const ferry_peek *p) {
    bool has_block = p->has_block != 0;
    char mode[16];
    snprintf(mode, sizeof mode, "%04" PRIo32, p->mode);
    app_json_text(out, "user", has_block ? p->producer.user : NULL);
    put_number(out, "started_ns", has_block, p->producer.start_ns);
    put_bool(out, "own", p->is_own != 0);
    app_json_text(out, "mode", p->mode != 0 ? mode : NULL);
    app_json_number(out, "object_bytes", p->object_bytes);
    put_number(out, "layout_version", p->layout_version != 0, p->layout_version);
    app_json_text(out, "dialect", has_block ? names_dialect(p->dialect) : NULL);
    put_number(out, "slots", has_block, p->slots);
    put_number(out, "slot_bytes", has_block, p->slot_bytes);
    app_json_text(out, "when_full", has_block ? names_when_full(p->when_full) : NULL);
    put_number(out, "max_held", has_block, p->producer.max_held);
}

static void put_newest(app_line *out, const ferry_peek *p) {
    const ferry_frame_info *i = &p->newest;
    app_json_key(out, "newest");
    if (p->has_newest == 0) {
        app_line_put_text(out, "null");
        return;
    }
    app_line_print(out, "{\"frame\": %" PRIu64, i->number);
    app_describe_put_picture(out, i);
    app_json_number(out, "capture_ns", i->capture_ns);
    app_json_number(out, "publish_ns", i->publish_ns);
    app_describe_put_notes(out, i);
    app_describe_put_moment(out, i);
    app_line_put_text(out, "}");
}

static void put_slots(app_line *out, const ferry_peek *p) {
    app_json_key(out, "slot");
    app_line_put_text(out, "[");
    for (uint32_t i = 0; i < p->slots && i < FERRY_MAX_SLOTS; i++) {
        const ferry_peek_slot *s = &p->slot[i];
        const char *between = "";
        app_line_print(out, "%s{\"index\": %" PRIu32, i > 0 ? ", " : "", i);
        put_number(out, "frame", s->frame != 0, s->frame);
        app_json_number(out, "fills", s->fills);
        put_bool(out, "early", s->is_early != 0);
        app_json_key(out, "held_by");
        app_line_put_text(out, "[");
        for (uint32_t c = 0; c < FERRY_MAX_CONSUMERS; c++)
            if ((s->held_by >> c & 1) != 0) {
                app_line_print(out, "%s%" PRIu32, between, c);
                between = ", ";
            }
        app_line_put_text(out, "]}");
    }
    app_line_put_text(out, "]");
}

static void put_consumer(app_line *out, const ferry_peek_consumer *c,
                         const app_survey_consumer *f) {
    app_line_print(out, "{\"index\": %" PRIu32, c->index);
    app_json_text(out, "consumer", c->info.name);
    app_json_number(out, "process_id", c->info.process_id);
    app_json_text(out, "delivery", names_delivery(c->info.delivery));
    app_json_number(out, "max_lag", c->info.max_lag);
    app_json_text(out, "state", names_consumer_state(c));
    put_bool(out, "asleep", c->is_asleep != 0);
    app_json_number(out, "held", c->info.held);
    app_json_number(out, "received", c->info.received);
    app_json_number(out, "skipped", c->info.skipped);
    app_json_number(out, "lag", c->info.lag);
    if (f->fps >= 0)
        app_json_real(out, "fps", f->fps);
    else
        app_json_text(out, "fps", NULL);
    app_json_number(out, "stalled_ns", f->stalled_ns);
    app_json_number(out, "joined_ns", c->info.joined_ns);
    app_line_put_text(out, "}");
}

void sheet_put_json(app_line *out, const app_survey_entry *e) {
    const ferry_peek *p = &e->peek;
    app_json_begin(out, "details", app_wall_at(e->looked_ns));
    app_survey_put_json(out, e);
    put_channel(out, p);
    put_newest(out, p);
    put_slots(out, p);
    app_json_key(out, "consumer");
    app_line_put_text(out, "[");
    for (uint32_t i = 0; i < p->consumer_count; i++) {
        app_line_put_text(out, i > 0 ? ", " : "");
        put_consumer(out, &p->consumer[i], &e->consumer[i]);
    }
    app_line_put_text(out, "]");
    app_json_end(out);
}
