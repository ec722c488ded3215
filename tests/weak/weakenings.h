/* The ordered accesses of the channel, each with a weaker order: what the machine finds, and what
 * it does not. */
#ifndef FERRY_TEST_WEAK_WEAKENINGS_H
#define FERRY_TEST_WEAK_WEAKENINGS_H

#include "machine.h"

typedef enum verdict { FOUND, MISSED } verdict;

typedef struct weakening {
    const char *label; /* of docs/memory-model.md; "-" where there is none */
    verdict verdict;
    weak_change changes[WEAK_CHANGES];
} weakening;

/* Ends with a label that is NULL. */
extern const weakening weakenings[];

#endif
