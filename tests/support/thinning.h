/* Tests that run through every case of a kind run through every n-th one where all of them would
 * take minutes and another build or run tries them all: under a sanitizer, under an emulator, and
 * in scripts/test.sh --quick. The first one differs from run to run, so that in time all of them
 * are tried there as well. stress/harness.py does the same. */
#ifndef FERRY_TEST_THINNING_H
#define FERRY_TEST_THINNING_H

#include <stdlib.h>

#include <frameferry/frameferry.h>

static inline int cases_apart_in(const char *variable) {
    const char *text = getenv(variable);
    int apart = text != NULL ? atoi(text) : 1;
    return apart > 1 ? apart : 1;
}

/* The greater one of TEST_THINNED, which the build says, and TEST_APART, which the run does; 1,
 * which is every case, without them or if TEST_WHOLE is set. */
static inline int cases_apart(void) {
    if (getenv("TEST_WHOLE") != NULL)
        return 1;
    int build = cases_apart_in("TEST_THINNED"), run = cases_apart_in("TEST_APART");
    return build > run ? build : run;
}

/* Where to begin: from 0 to apart - 1. */
static inline int first_case(int apart) {
    return (int)(ferry_clock_ns() / 1000 % (uint64_t)apart);
}

#endif
