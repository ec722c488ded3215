/* Producers that are kept in sight from one look to the next, so that it is known how one ended
 * whose names are gone by then. For one thread. */
#ifndef SIGHT_H
#define SIGHT_H

#include "shared/survey.h"

/* Starts as all zeros. */
typedef struct sight {
    ferry_peek_keep **keep; /* one for each entry of a survey; NULL: it is not kept in sight */
    size_t count;
} sight;

/* Tells what has become of the producer of an entry, by its place in the survey of the last
 * renewal. FERRY_PEEK_STARTING: that is not known. */
uint32_t sight_fate(const sight *s, size_t at);

/* Goes on from the entries of one survey to those of the next, and lets go whatever is not needed
 * any more. Never fails: where the system gives no more, producers are not kept in sight. */
void sight_renew(sight *s, const app_survey *before, const app_survey *now);

/* Takes one producer into sight, which was just looked at. NULL: it cannot be. */
ferry_peek_keep *sight_take(const char *channel, const ferry_peek *look);

void sight_free(sight *s);

#endif
