/* A machine with weaker memory than the one it runs on.
 *
 * Actors are coroutines, of which one runs at a time; a seeded random choice says which, before
 * each access. Every place in memory keeps the history of what was stored there; every actor has a
 * view, which says how old a message it may still read at each place; a message carries the view
 * that whoever acquires it takes over. The rules are those of the view machine of Kang et al. (A
 * promising semantics for relaxed-memory concurrency, POPL 2017) without promises, and with the
 * sequentially consistent accesses of RC11 (Lahav et al., PLDI 2017):
 *
 *   - a load may read any message that is not older than the actor's view of the place. Acquiring,
 *     it joins the message's view at once, relaxed only at the next acquire fence;
 *   - a store goes to the end of the place's history. Releasing, it carries the actor's view,
 *     relaxed that of its last release fence;
 *   - a read-modify-write reads the newest message, and hands its view on (release sequence);
 *   - a sequentially consistent load reads nothing older than the last sequentially consistent
 *     store to the place; the fence joins what all earlier ones knew.
 *
 * Plain memory takes part word by word. Each access knows its actor's clock, and a view carries the
 * clocks of all it has seen, so that an access which is not ordered with an earlier one of another
 * actor is found: a data race. Where races are part of the plan (ferry_consumer_copy from one slot)
 * they are allowed instead, and plain words are read as stale, and as torn, as relaxed ones.
 *
 * What it leaves out: loads that see what is stored later (load buffering), and stores that go to
 * another place of the history than its end. */
#ifndef FERRY_TEST_WEAK_MACHINE_H
#define FERRY_TEST_WEAK_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEAK_ACTORS = 4, WEAK_PLACES = 512, WEAK_MESSAGES = 8192 };

typedef enum weak_order { RELAXED, ACQUIRE, RELEASE, ACQ_REL, SEQ_CST } weak_order;
typedef enum weak_op { OP_OR, OP_AND, OP_ADD, OP_SUB, OP_SET } weak_op;

/* Where in the code an access stands, for weak_weaken. */
typedef struct weak_site {
    const char *file, *function, *word;
    int line;
} weak_site;

enum { WEAK_CHANGES = 6, WEAK_LINES = 4 };

/* One access whose order is to be another. A site fits when its file ends with, its function is,
 * and the text of its word contains, what is given here, and its order was from. Of several in the
 * function, nth is the one that is met as such; 0: all. */
typedef struct weak_change {
    const char *file, *function, *word;
    weak_order from, to; /* to RELAXED for a fence: left out */
    int nth;
} weak_change;

/* Changes to make from now on; the list has WEAK_CHANGES, or ends
 * with a file that is NULL. NULL: none. */
void weak_weaken(const weak_change *changes);
/* Whether all changes of the list have been met by an access since then. */
bool weak_all_met(void);

/* ---- an execution ---- */

void weak_begin(uint64_t seed, bool races_allowed);
/* Memory whose accesses count from now on. All else is each actor's own. */
void weak_share(const volatile void *start, size_t bytes);
/* Before weak_run, or by an actor. Returns the actor's number. */
int weak_actor(void (*play)(void *), void *argument);
/* Runs all actors to their ends. Whenever all sleep, at_rest looks at the world, then time goes on
 * and all wake. */
void weak_run(void (*at_rest)(void *), void *argument);
/* Notes the first thing that must not be. */
void weak_fault(const char *what);
const char *weak_found(void); /* NULL: nothing */
uint64_t weak_random(uint64_t below);
uint64_t weak_steps(void);

/* ---- accesses ---- */

uint64_t weak_load(const volatile void *word, size_t bytes, weak_order order, weak_site site);
void weak_store(volatile void *word, size_t bytes, uint64_t value, weak_order order,
                weak_site site);
uint64_t weak_modify(volatile void *word, size_t bytes, weak_op op, uint64_t value,
                     weak_order order, weak_site site);
/* Returns what was found. */
uint64_t weak_compare(volatile void *word, size_t bytes, uint64_t expected, uint64_t value,
                      weak_order order, weak_order failing, weak_site site);
void weak_fence(weak_order order, weak_site site);
/* Plain memory, in words of 8 bytes, by both: what is shared goes through the machine. */
void weak_copy(void *to, const void *from, size_t bytes);

/* ---- what the system does ---- */

void weak_yield(void); /* to any, maybe oneself */
void weak_pause(void); /* a step at which nothing happens */
/* Sleeps until weak_wake, or until all sleep. */
void weak_sleep(const volatile void *on);
void weak_wake(const volatile void *on);
/* What a system call hands over: an order through an object of the kernel's, say a lease. */
void weak_hand_over(const void *object);
void weak_take_over(const void *object);

#endif
