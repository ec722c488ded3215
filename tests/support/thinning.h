/* Tests that run through every case of a kind run through every n-th one where all of them would
 * take minutes and another build runs them all: under a sanitizer and under an emulator. The first
 * one differs from run to run, so that in time all of them are tried there as well.
 * stress/harness.py does the same. */
#ifndef FERRY_TEST_THINNING_H
#define FERRY_TEST_THINNING_H

#include <stdlib.h>

#include <frameferry/frameferry.h>

/* From TEST_THINNED; 1, which is every case, without it or if TEST_WHOLE is set. */
static inline int cases_apart(void) {
    const char *text = getenv("TEST_WHOLE") == NULL ? getenv("TEST_THINNED") : NULL;
    int apart = text != NULL ? atoi(text) : 1;
    return apart > 1 ? apart : 1;
}

/* Where to begin: from 0 to apart - 1. */
static inline int first_case(int apart) {
    return (int)(ferry_clock_ns() / 1000 % (uint64_t)apart);
}

#endif
