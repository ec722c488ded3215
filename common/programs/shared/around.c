#include "shared/around.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/channel.h>
#include <frameferry/clock.h>
#include <frameferry/peek.h>

#include "host/host.h"
#include "shared/line.h"
#include "shared/message.h"
#include "shared/near.h"
#include "shared/share.h"
#include "shared/text.h"

#define LOOK_NS (2 * (uint64_t)FERRY_SECOND_NS)

enum { SEEN_MOST = 64, SHOWN_MOST = 8 };

typedef struct seen {
    char name[FERRY_NAME_MAX + 1];
    char owner[HOST_CHANNEL_OWNER_BYTES]; /* empty: this user */
} seen;

/* The channels with a producer, as far as is known, but for the one that is waited for. */
typedef struct view {
    const char *channel; /* without "Local\\" or "Global\\" */
    const char *given;   /* with it */
    bool can_list;
    bool is_dead; /* the channel that is waited for is there, and this user's */
    seen list[SEEN_MOST];
    size_t count;
    const seen *meant; /* the one with the nearest name; NULL: none is near */
} view;

/* "Local\" and "Global\" are no part of the name in memory. */
static const char *plain_name(const char *channel) {
    const char *prefix = strrchr(channel, '\\');
    return prefix != NULL ? prefix + 1 : channel;
}

static void see(view *v, const char *name, const host_channel_sight *sight) {
    bool is_dead = sight->state == HOST_CHANNEL_DEAD;
    if (strcmp(name, v->channel) == 0 || strcmp(name, v->given) == 0) {
        v->is_dead = is_dead && sight->owner[0] == '\0';
        return;
    }
    if (is_dead || v->count == SEEN_MOST)
        return;
    seen *s = &v->list[v->count++];
    snprintf(s->name, sizeof s->name, "%s", name);
    snprintf(s->owner, sizeof s->owner, "%s", sight->owner);
}

/* Neither call opens an object of a channel: a producer of the dialect that is just ending would
 * take it for used. False: this system does not list them. */
static bool see_all(view *v) {
    enum { LOOKED_AT_MOST = 256 };
    ferry_peek_name *names = calloc(LOOKED_AT_MOST, sizeof *names);
    size_t count = 0;
    bool can_list = names != NULL && ferry_peek_list(names, LOOKED_AT_MOST, &count,
                                                     FERRY_PEEK_CHANNELS, NULL) == FERRY_OK;
    for (size_t i = 0; i < count && i < LOOKED_AT_MOST; i++) {
        host_channel_sight sight;
        if (host_look_at_channel(&sight, names[i].name))
            see(v, names[i].name, &sight);
    }
    free(names);
    return can_list;
}

static int compare(const void *a, const void *b) {
    return app_text_compare_natural(((const seen *)a)->name, ((const seen *)b)->name);
}

static void look(view *v, const char *channel) {
    unsigned least = APP_NEAR_FAR;
    *v = (view){.channel = plain_name(channel), .given = channel};
    v->can_list = see_all(v);
    qsort(v->list, v->count, sizeof *v->list, compare);
    for (size_t i = 0; i < v->count; i++) {
        unsigned distance = app_near_distance(v->channel, v->list[i].name);
        if (distance < least && app_near_is(v->channel, v->list[i].name)) {
            least = distance;
            v->meant = &v->list[i];
        }
    }
}

static void put_name(app_line *line, const seen *s) {
    app_line_put_text(line, s->name);
    if (s->owner[0] != '\0')
        app_line_print(line, " (of another user, %s)", s->owner);
}

static void put_advice(app_line *line, const seen *meant) {
    app_line_print(
        line, "did you mean --name %s%s?", meant->name,
        meant->owner[0] != '\0' ? ", with --group on both sides since it is another user's" : "");
}

static void say(app_line *line) {
    app_line_put(line, "", 1);
    if (!line->is_cut)
        app_message_inform("%s", line->text);
    app_line_free(line);
}

static void say_list(const view *v) {
    app_line line = APP_LINE_INIT;
    bool has_others = false;
    app_line_print(&line, v->count == 1 ? "the only channel here is " : "channels here are ");
    for (size_t i = 0; i < v->count && i < SHOWN_MOST; i++) {
        app_line_put_text(&line, i > 0 ? ", " : "");
        put_name(&line, &v->list[i]);
        has_others = has_others || v->list[i].owner[0] != '\0';
    }
    if (v->count > SHOWN_MOST)
        app_line_print(&line, " and %zu more", v->count - SHOWN_MOST);
    if (v->meant != NULL) {
        app_line_put_text(&line, "; ");
        put_advice(&line, v->meant);
    } else if (has_others) {
        app_line_put_text(&line, "; those of others need --group on both sides");
    }
    say(&line);
}

static void say_meant(const view *v) {
    app_line line = APP_LINE_INIT;
    app_line_put_text(&line, "there is a channel ");
    put_name(&line, v->meant);
    app_line_put_text(&line, ": ");
    put_advice(&line, v->meant);
    say(&line);
}

/* Whether one of these is the likely reason, which is said. */
static bool say_reason(const view *v) {
    if (v->is_dead)
        app_message_inform(
            "channel %s was left behind by a killed producer: start the producer again",
            v->channel);
    bool is_apart = app_share_tell_own_memory("producers");
    return v->is_dead || is_apart;
}

void app_around_tell(app_around *a, const char *channel, bool is_explained) {
    view v;
    look(&v, channel);
    a->looked_ns = ferry_clock_ns();
    a->has_advised = v.meant != NULL;
    is_explained = say_reason(&v) || is_explained;
    if (v.count > 0 && (!v.is_dead || v.meant != NULL))
        say_list(&v);
    else if (!is_explained)
        app_message_inform("%sstart one with: ferry-producer --name %s ...",
                           v.can_list ? "there is no channel with a producer: " : "", channel);
}

void app_around_advise(app_around *a, const char *channel) {
    view v;
    if (a->looked_ns != 0)
        return;
    look(&v, channel);
    a->looked_ns = ferry_clock_ns();
    say_reason(&v);
    if (v.meant != NULL)
        say_meant(&v);
}

void app_around_look_again(app_around *a, const char *channel) {
    view v;
    uint64_t now_ns = ferry_clock_ns();
    if (a->looked_ns == 0 || a->has_advised || now_ns - a->looked_ns < LOOK_NS)
        return;
    look(&v, channel);
    a->looked_ns = now_ns;
    a->has_advised = v.meant != NULL;
    if (v.meant != NULL)
        say_meant(&v);
}
