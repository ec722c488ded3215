/* weak_orders play [EXECUTIONS]          the code as it is, in every scene: it has to pass
 * weak_orders weaken [EXECUTIONS [NUMBER]] each order, or this one, made weaker: found, or not, as
 *                                        recorded
 * weak_orders litmus                     whether the machine is one
 * weak_orders replay SCENE SEED [NUMBER] one execution, with the weakening of this number */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litmus.h"
#include "scenes.h"
#include "thinning.h"
#include "weakenings.h"

static const char *const order_names[] = {"relaxed", "acquire", "release", "acq_rel", "seq_cst"};

/* Executions of each scene, unless told otherwise; those that must show nothing are for a look. */
enum { PLAYED = 4000, LOOKED = 300, SEARCHED = 40000 };

static int play(uint64_t executions) {
    int faults = 0, apart = cases_apart();
    for (const scene *s = scenes; s->name != NULL; s++) {
        uint64_t steps = 0, played = 0;
        for (uint64_t seed = 1 + (uint64_t)first_case(apart); seed <= executions;
             seed += (uint64_t)apart, played++) {
            const char *fault = scene_play(s, seed);
            steps += weak_steps();
            if (fault == NULL)
                continue;
            faults++;
            printf("%s, seed %llu: %s\n", s->name, (unsigned long long)seed, fault);
            if (faults > 20)
                return 1;
        }
        printf("%s: %llu executions, %llu steps\n", s->name, (unsigned long long)played,
               (unsigned long long)steps);
    }
    return faults > 0;
}

static void print_changes(const weakening *x) {
    printf("%-10s", x->label);
    for (int i = 0; i < WEAK_CHANGES && x->changes[i].file != NULL; i++) {
        const weak_change *c = &x->changes[i];
        const char *slash = strrchr(c->file, '/');
        printf("%s%s %s %s", i > 0 ? " + " : " ", slash + 1, c->function, c->word);
        if (c->nth > 0)
            printf(" %d", c->nth);
        printf(": %s -> %s", order_names[c->from], order_names[c->to]);
    }
}

/* What shows the weakening, and where; NULL: nothing does. */
static const char *search(const weakening *x, uint64_t executions, const scene **where,
                          uint64_t *seed) {
    weak_weaken(x->changes);
    for (*seed = 1; *seed <= executions; ++*seed)
        for (*where = scenes; (*where)->name != NULL; ++*where) {
            const char *fault = scene_play(*where, *seed);
            if (fault != NULL)
                return fault;
        }
    return NULL;
}

static int weaken(uint64_t executions, const char *only) {
    int wrong = 0;
    for (const weakening *x = weakenings; x->label != NULL; x++) {
        if (only != NULL && atoi(only) != x - weakenings)
            continue;
        const scene *where = scenes;
        uint64_t seed, most = x->verdict == FOUND ? SEARCHED : LOOKED;
        const char *fault = search(x, executions != 0 ? executions : most, &where, &seed);
        bool all_met = fault != NULL || weak_all_met();
        weak_weaken(NULL);
        printf("%2d ", (int)(x - weakenings));
        print_changes(x);
        if (fault != NULL)
            printf("\n    %s, seed %llu: %s\n", where->name, (unsigned long long)seed, fault);
        else
            printf("\n    not found\n");
        if (!all_met)
            printf("    WRONG: there is no such access\n");
        else if ((fault != NULL) != (x->verdict == FOUND))
            printf("    WRONG: %s is recorded\n", x->verdict == FOUND ? "found" : "not found");
        wrong += !all_met || (fault != NULL) != (x->verdict == FOUND);
    }
    printf("%d verdicts are not as recorded\n", wrong);
    return wrong > 0;
}

static int replay(const char *name, uint64_t seed, const char *number) {
    const scene *s = scenes;
    while (s->name != NULL && strcmp(s->name, name) != 0)
        s++;
    if (s->name == NULL)
        return 2;
    if (number != NULL)
        weak_weaken(weakenings[atoi(number)].changes);
    const char *fault = scene_play(s, seed);
    printf("%s\n", fault != NULL ? fault : "nothing");
    return fault != NULL;
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *what = argc > 1 ? argv[1] : "";
    uint64_t executions = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
    if (strcmp(what, "play") == 0)
        return play(executions != 0 ? executions : PLAYED);
    if (strcmp(what, "weaken") == 0)
        return weaken(executions, argc > 3 ? argv[3] : NULL);
    if (strcmp(what, "litmus") == 0)
        return !litmus_run_all();
    if (strcmp(what, "replay") == 0 && argc > 3)
        return replay(argv[2], strtoull(argv[3], NULL, 0), argc > 4 ? argv[4] : NULL);
    fprintf(stderr, "usage: weak_orders play|weaken|litmus|replay ...\n");
    return 2;
}
