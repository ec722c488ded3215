#include "channels.h"

#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>
#include <frameferry/peek.h>

#include "host/inside.h"

#define FRESH_NS ((uint64_t)FERRY_SECOND_NS)
/* Rates since a look that is older than this would say little of now. */
#define STALE_NS (10 * (uint64_t)FERRY_SECOND_NS)
#define MODE_OF_GROUP 060u
#define MODE_OF_OTHERS 06u

struct channels {
    const char *const *names;
    size_t name_count;
    app_share share;
    ferryi_lock *lock; /* of the survey */
    app_survey survey;
    uint64_t looked_ns; /* 0: never */
};

channels *channels_open(const char *const *names, size_t count, const app_share *share) {
    channels *all = calloc(1, sizeof *all);
    if (all == NULL)
        return NULL;
    all->names = names;
    all->name_count = count;
    all->share = *share;
    all->lock = ferryi_lock_new();
    if (all->lock == NULL) {
        free(all);
        return NULL;
    }
    return all;
}

void channels_close(channels *all) {
    if (all == NULL)
        return;
    app_survey_free(&all->survey);
    ferryi_lock_free(all->lock);
    free(all);
}

static bool is_named(const channels *all, const char *name) {
    for (size_t i = 0; i < all->name_count; i++)
        if (strcmp(all->names[i], name) == 0)
            return true;
    return false;
}

/* Another user's is served if that user and this one want it; attaching has the last word. */
static bool is_allowed(const channels *all, const ferry_peek *p) {
    if (p->state >= FERRY_PEEK_OTHER_VERSION)
        return false;
    if (p->is_own == 1)
        return true;
    if (all->share.with == FERRY_SHARING_GROUP)
        return (p->mode & MODE_OF_GROUP) != 0;
    return all->share.with == FERRY_SHARING_EVERYONE && (p->mode & MODE_OF_OTHERS) != 0;
}

static bool is_served(const channels *all, const app_survey_entry *e) {
    return all->name_count > 0 ? is_named(all, e->name)
                               : e->status == FERRY_OK && is_allowed(all, &e->peek);
}

channels_answer channels_find(channels *all, const char *name) {
    if (is_named(all, name))
        return CHANNELS_SERVED;
    ferry_peek *p = malloc(sizeof *p);
    channels_answer answer = CHANNELS_MISSING;
    if (p != NULL && ferry_peek_look(name, p, NULL) == FERRY_OK)
        answer = all->name_count == 0 && is_allowed(all, p) ? CHANNELS_SERVED : CHANNELS_NOT_SERVED;
    free(p);
    return answer;
}

/* With the lock. The channels that were seen before stay when looking fails. */
static void look(channels *all) {
    uint64_t now_ns = ferry_clock_ns();
    if (all->looked_ns != 0 && now_ns - all->looked_ns < FRESH_NS)
        return;
    if (now_ns - all->looked_ns > STALE_NS)
        app_survey_free(&all->survey);
    app_survey_look(&all->survey, NULL);
    all->looked_ns = now_ns;
}

void channels_visit(channels *all,
                    void (*see)(void *argument, const app_survey_entry *entry, bool is_served),
                    void *argument) {
    ferryi_lock_take(all->lock);
    look(all);
    for (size_t i = 0; i < all->survey.count; i++)
        see(argument, &all->survey.entries[i], is_served(all, &all->survey.entries[i]));
    ferryi_lock_give(all->lock);
}

typedef struct listing {
    app_line *line;
    unsigned count;
} listing;

static void list(void *argument, const app_survey_entry *entry, bool is_served) {
    listing *l = argument;
    if (is_served)
        app_line_print(l->line, "%s%s", l->count++ == 0 ? "there are: " : ", ", entry->name);
}

void channels_put_list(channels *all, app_line *line) {
    listing l = {.line = line};
    channels_visit(all, list, &l);
    if (l.count == 0)
        app_line_put_text(line, "there is none");
}
