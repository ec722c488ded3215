/* Compares an unknown word with known ones, for "did you mean ...?". */
#ifndef APP_NEAR_H
#define APP_NEAR_H

#include <stdbool.h>

/* Returned by app_near_distance for words that have little in common, or are very long. */
#define APP_NEAR_FAR 100u

/* The number of letters to add, leave out, change, or exchange with the next one to turn one word
 * into the other. Upper and lower case are the same, and so are '-' and '_'. */
unsigned app_near_distance(const char *a, const char *b);

/* Whether a word is near enough to a known one to be meant: the longer the shorter of the two is,
 * the more may differ. */
bool app_near_is(const char *word, const char *known);

#endif
