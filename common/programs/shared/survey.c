#include "shared/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

#include "host/host.h"
#include "host/inside.h"
#include "shared/describe.h"
#include "shared/json.h"

/* ---- rates ---- */

static bool has_living_producer(const ferry_peek *p) {
    return p->has_block != 0 && p->state <= FERRY_PEEK_IDLE;
}

static void rate_frames(app_survey_entry *now, const app_survey_entry *before, double seconds) {
    const ferry_peek *p = &now->peek, *b = &before->peek;
    app_survey_rates *r = &now->rates;
    uint64_t frames = p->head - b->head;
    bool are_timed = p->has_newest != 0 && b->has_newest != 0 &&
                     p->newest.number > b->newest.number &&
                     p->newest.publish_ns > b->newest.publish_ns;
    if (are_timed) /* exact, however short the time between the looks was */
        r->fps = (double)(p->newest.number - b->newest.number) * FERRY_SECOND_NS /
                 (double)(p->newest.publish_ns - b->newest.publish_ns);
    else
        r->fps = (double)frames / seconds;
    if (frames == 0 && p->state == FERRY_PEEK_LIVE && p->newest_age_ns > 0)
        r->fps_below = (double)FERRY_SECOND_NS / (double)p->newest_age_ns;
    if (p->has_newest != 0)
        r->bytes_per_second = r->fps * p->newest.length_bytes;
    r->dropped_per_second = (double)(p->dropped - b->dropped) / seconds;
}

static const ferry_peek_consumer *find_consumer(const ferry_peek *p, const ferry_peek_consumer *c,
                                                uint32_t *at) {
    for (*at = 0; *at < p->consumer_count; ++*at)
        if (p->consumer[*at].index == c->index &&
            p->consumer[*at].info.joined_ns == c->info.joined_ns)
            return &p->consumer[*at];
    return NULL;
}

static uint64_t passed(const ferry_peek_consumer *c) {
    return c->info.received + c->info.skipped;
}

static void rate_consumers(app_survey_entry *now, const app_survey_entry *before, double seconds) {
    for (uint32_t i = 0; i < now->peek.consumer_count; i++) {
        const ferry_peek_consumer *c = &now->peek.consumer[i];
        app_survey_consumer *figures = &now->consumer[i];
        uint32_t at = 0;
        const ferry_peek_consumer *b = before != NULL ? find_consumer(&before->peek, c, &at) : NULL;
        bool has_advanced = b == NULL || passed(c) != passed(b) || c->info.lag == 0;
        figures->fps = -1;
        if (b != NULL && c->info.received >= b->info.received)
            figures->fps = (double)(c->info.received - b->info.received) / seconds;
        figures->advanced_ns = has_advanced ? now->looked_ns : before->consumer[at].advanced_ns;
        figures->stalled_ns = now->looked_ns - figures->advanced_ns;
    }
}

static void rate(app_survey_entry *now, const app_survey_entry *before) {
    const ferry_peek *p = &now->peek;
    double seconds = 0;
    if (before != NULL && now->looked_ns > before->looked_ns)
        seconds = (double)(now->looked_ns - before->looked_ns) / FERRY_SECOND_NS;
    bool is_same = seconds > 0 && before->peek.has_block != 0 &&
                   before->peek.generation == p->generation && before->peek.head <= p->head &&
                   before->peek.dropped <= p->dropped;
    now->rates.are_known = is_same && has_living_producer(p);
    if (now->rates.are_known)
        rate_frames(now, before, seconds);
    rate_consumers(now, is_same ? before : NULL, seconds);
}

/* ---- looking ---- */

static void look_at(app_survey_entry *entry, const char *name) {
    ferry_error error;
    memset(entry, 0, sizeof *entry);
    snprintf(entry->name, sizeof entry->name, "%s", name);
    entry->status = ferry_peek_look(name, &entry->peek, &error);
    entry->looked_ns = ferry_clock_ns();
    if (entry->status != FERRY_OK) {
        entry->peek.state = FERRY_PEEK_UNREADABLE;
        snprintf(entry->peek.detail, sizeof entry->peek.detail, "%.*s",
                 (int)sizeof entry->peek.detail - 1, error.message);
    }
    for (uint32_t i = 0; i < entry->peek.consumer_count; i++) {
        entry->alive += entry->peek.consumer[i].is_alive != 0;
        entry->dead += entry->peek.consumer[i].is_alive == 0;
    }
}

/* The entry of that name. Both lists have the same order, so that most are found at once. */
static const app_survey_entry *find(const app_survey *s, const char *name, size_t *at) {
    for (size_t i = 0; i < s->count; i++) {
        size_t here = (*at + i) % s->count;
        if (strcmp(s->entries[here].name, name) == 0) {
            *at = here + 1;
            return &s->entries[here];
        }
    }
    return NULL;
}

/* The names of all channels; the caller frees them. */
static ferry_status list_names(uint32_t which, ferry_peek_name **out, size_t *count,
                               ferry_error *error) {
    size_t room = 64; /* as many as most machines have */
    *out = NULL;
    for (;;) {
        free(*out);
        *out = calloc(room, sizeof **out);
        if (*out == NULL)
            return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
        ferry_status status = ferry_peek_list(*out, room, count, which, error);
        if (status != FERRY_OK || *count <= room)
            return status;
        room = *count + 64; /* more may come meanwhile */
    }
}

/* names is NULL: those that the caller gave. */
static ferry_status look_at_all(app_survey *s, const ferry_peek_name *names, size_t count,
                                ferry_error *error) {
    size_t at = 0, used = 0, most = count < APP_SURVEY_MAX ? count : APP_SURVEY_MAX;
    app_survey_entry *entries = calloc(most > 0 ? most : 1, sizeof *entries);
    if (entries == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    for (size_t i = 0; i < most; i++) {
        const char *name = names != NULL ? names[i].name : s->names[i];
        app_survey_entry *entry = &entries[used];
        look_at(entry, name);
        if (names != NULL && entry->status == FERRY_NO_PRODUCER)
            continue;
        rate(entry, find(s, name, &at));
        used++;
    }
    free(s->entries);
    s->entries = entries;
    s->count = used;
    s->left_out = count - most;
    return FERRY_OK;
}

ferry_status app_survey_look(app_survey *s, ferry_error *error) {
    ferry_peek_name *names = NULL;
    size_t count = s->name_count;
    ferry_status status = FERRY_OK;
    if (s->names == NULL)
        status = list_names(s->which, &names, &count, error);
    if (status == FERRY_OK)
        status = look_at_all(s, names, count, error);
    free(names);
    return status;
}

ferry_status app_survey_look_twice(app_survey *s, ferry_error *error) {
    ferry_status status = app_survey_look(s, error);
    if (status != FERRY_OK || s->count == 0 ||
        host_sleep_until(ferry_clock_ns() + APP_SURVEY_PAUSE_NS))
        return status;
    return app_survey_look(s, error);
}

void app_survey_free(app_survey *s) {
    free(s->entries);
    s->entries = NULL;
    s->count = 0;
}

/* ---- telling ---- */

const char *app_survey_state_text(const app_survey_entry *entry) {
    if (entry->status == FERRY_NO_PRODUCER)
        return "gone";
    return ferry_peek_state_text(entry->peek.state);
}

static void put_real(app_line *line, const char *key, bool is_known, double value) {
    if (is_known)
        app_json_real(line, key, value);
    else
        app_json_text(line, key, NULL);
}

static void put_number(app_line *line, const char *key, bool is_known, uint64_t value) {
    if (is_known)
        app_json_number(line, key, value);
    else
        app_json_text(line, key, NULL);
}

static void put_rates(app_line *line, const app_survey_rates *r) {
    put_real(line, "fps", r->are_known && r->fps_below == 0, r->fps);
    put_real(line, "fps_below", r->fps_below > 0, r->fps_below);
    put_real(line, "bytes_per_second", r->are_known, r->bytes_per_second);
    put_real(line, "dropped_per_second", r->are_known, r->dropped_per_second);
}

void app_survey_put_json(app_line *line, const app_survey_entry *entry) {
    const ferry_peek *p = &entry->peek;
    const ferry_frame_info *i = &p->newest;
    bool has_newest = p->has_newest != 0, has_block = p->has_block != 0;
    char format[APP_DESCRIBE_FORMAT_BYTES], generation[24];
    snprintf(generation, sizeof generation, "%016llx", (unsigned long long)p->generation);
    app_json_text(line, "channel", entry->name);
    app_json_text(line, "state", app_survey_state_text(entry));
    app_json_text(line, "detail", p->detail[0] != '\0' ? p->detail : NULL);
    app_json_text(line, "generation", has_block ? generation : NULL);
    app_json_text(line, "producer", has_block ? p->producer.name : NULL);
    put_number(line, "process_id", has_block, p->producer.process_id);
    app_json_text(line, "owner", p->owner[0] != '\0' ? p->owner : NULL);
    put_number(line, "width", has_newest, (uint64_t)i->width);
    put_number(line, "height", has_newest, (uint64_t)i->height);
    app_json_text(line, "format", has_newest ? app_describe_format(format, i->format) : NULL);
    put_rates(line, &entry->rates);
    put_number(line, "frames", has_block, p->head);
    put_number(line, "dropped", has_block, p->dropped);
    put_number(line, "consumers", p->knows_consumers != 0, entry->alive);
    put_number(line, "dead_consumers", p->knows_consumers != 0, entry->dead);
    app_json_number(line, "memory_bytes", p->memory_bytes);
    put_number(line, "age_ns", has_newest, p->newest_age_ns);
}
