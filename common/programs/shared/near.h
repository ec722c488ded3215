/* Whether a word that is not known is a slip for one that is: "did you mean ...?". */
#ifndef APP_NEAR_H
#define APP_NEAR_H

#include <stdbool.h>

/* What app_near_distance answers for words that have little in common, or are very long. */
#define APP_NEAR_FAR 100u

/* How many letters have to be added, left out, changed, or exchanged with the next one to make one
 * word of the other. Upper and lower case are the same, and so are '-' and '_'. */
unsigned app_near_distance(const char *a, const char *b);

/* Whether a word is so near to a known one that it may be meant: the longer the shorter of the
 * two, the more may differ. */
bool app_near_is(const char *word, const char *known);

#endif
