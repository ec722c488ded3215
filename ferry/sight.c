#include "sight.h"

#include <stdlib.h>
#include <string.h>

uint32_t sight_fate(const sight *s, size_t at) {
    return at < s->count ? ferry_peek_keep_state(s->keep[at]) : FERRY_PEEK_STARTING;
}

static bool is_worth_keeping(const ferry_peek *p) {
    return p->has_block != 0 && p->dialect == FERRY_DIALECT_NATIVE && p->state <= FERRY_PEEK_IDLE;
}

ferry_peek_keep *sight_take(const char *channel, const ferry_peek *look) {
    /* Files that a look opens at the same time, and one more. Without these the next look at any
     * channel would fail, and what is kept would have made it fail. */
    enum { SPARE = 4 };
    ferry_peek_keep *taken = NULL, *spare[SPARE] = {NULL};
    if (!is_worth_keeping(look) ||
        ferry_peek_keep_open(&taken, channel, look->generation, NULL) != FERRY_OK)
        return NULL;
    bool has_room = true;
    for (int i = 0; i < SPARE && has_room; i++)
        has_room = ferry_peek_keep_open(&spare[i], channel, look->generation, NULL) == FERRY_OK;
    for (int i = 0; i < SPARE; i++)
        ferry_peek_keep_close(&spare[i]);
    /* The names may have gone meanwhile: then this is needed more than ever, and soon let go. */
    if (!has_room && ferry_peek_keep_state(taken) == FERRY_PEEK_LIVE)
        ferry_peek_keep_close(&taken);
    return taken;
}

/* The keep of the same producer, taken out of s; NULL: there is none. */
static ferry_peek_keep *move(sight *s, const app_survey *before, const app_survey_entry *entry) {
    for (size_t i = 0; i < before->count && i < s->count; i++) {
        const app_survey_entry *old = &before->entries[i];
        if (s->keep[i] != NULL && old->peek.generation == entry->peek.generation &&
            strcmp(old->name, entry->name) == 0) {
            ferry_peek_keep *found = s->keep[i];
            s->keep[i] = NULL;
            return found;
        }
    }
    return NULL;
}

void sight_renew(sight *s, const app_survey *before, const app_survey *now) {
    sight next = {.keep = calloc(now->count > 0 ? now->count : 1, sizeof(ferry_peek_keep *))};
    if (next.keep != NULL)
        next.count = now->count;
    for (size_t i = 0; i < next.count; i++)
        if (is_worth_keeping(&now->entries[i].peek))
            next.keep[i] = move(s, before, &now->entries[i]);
    sight_free(s); /* first, so that there is room */
    for (size_t i = 0; i < next.count; i++)
        if (next.keep[i] == NULL)
            next.keep[i] = sight_take(now->entries[i].name, &now->entries[i].peek);
    *s = next;
}

void sight_free(sight *s) {
    for (size_t i = 0; i < s->count; i++)
        ferry_peek_keep_close(&s->keep[i]);
    free(s->keep);
    *s = (sight){.count = 0};
}
