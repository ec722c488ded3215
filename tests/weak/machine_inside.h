/* The inside of the weak machine, shared by machine.c (actors, turns) and memory.c (views, places,
 * accesses). */
#ifndef FERRY_TEST_WEAK_MACHINE_INSIDE_H
#define FERRY_TEST_WEAK_MACHINE_INSIDE_H

#include <ucontext.h>

#include "machine.h"

typedef uint16_t instant; /* an index in a place's history, or a clock */

typedef struct view {
    instant at[WEAK_PLACES];
    instant clock[WEAK_ACTORS];
} view;

typedef struct message {
    uint64_t value;
    uint32_t before; /* the older message of the place */
    view seen;
} message;

typedef struct place {
    volatile void *word;
    size_t bytes;
    uint32_t newest; /* a message */
    instant last;    /* its index */
    instant last_sc; /* index of the last sequentially consistent store */
    int writer;      /* plain memory: who wrote last, and when by its clock; -1: nobody */
    instant written;
    instant read[WEAK_ACTORS]; /* plain memory: last read by each, by its clock */
} place;

typedef struct actor {
    ucontext_t context;
    void (*play)(void *);
    void *argument;
    bool over;
    const volatile void *asleep_on;
    int rank;      /* where ranks decide: the highest that is ready has the turn */
    view now;      /* what it has seen */
    view acquired; /* and what it will have seen at its next acquire fence */
    view released; /* what it had seen at its last release fence */
} actor;

enum { BUCKETS = 2048, RANGES = 16, OBJECTS = 128, RANK_CHANGES = 3 };

typedef struct machine {
    bool running, races_allowed;
    uint64_t random, steps;
    const char *fault;
    int switch_in, stale_in, of_stale; /* how often, as one, or some, in so many */
    bool ranked;                       /* turns go by rank, which changes at these steps */
    uint64_t changes[RANK_CHANGES];
    int lowest;

    actor actors[WEAK_ACTORS];
    int count, turn;
    ucontext_t outside;

    place places[WEAK_PLACES];
    uint16_t bucket[BUCKETS]; /* 1 + place */
    int place_count;
    uint32_t message_count;
    view fences; /* what sequentially consistent fences knew */

    struct {
        uintptr_t start;
        size_t bytes;
    } ranges[RANGES];
    int range_count;

    struct {
        const void *object;
        view seen;
    } objects[OBJECTS];
    int object_count;
} machine;

extern machine m;

void weak_broken(const char *why); /* the machine itself is; does not return */
void weak_step(void);              /* the turn may go to another one */

#endif
