#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine_inside.h"

/* A frame takes the producer some 60 steps. */
enum { STACK_BYTES = 256 * 1024, LAST_CHANGE = 500 };

machine m;

static char stacks[WEAK_ACTORS][STACK_BYTES];

void weak_broken(const char *why) {
    fprintf(stderr, "weak machine: %s\n", why);
    abort();
}

void weak_fault(const char *what) {
    if (m.fault == NULL)
        m.fault = what;
}

const char *weak_found(void) {
    return m.fault;
}

uint64_t weak_steps(void) {
    return m.steps;
}

uint64_t weak_random(uint64_t below) {
    uint64_t z = m.random += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

/* ---- taking turns ---- */

static void go_to(int next) {
    int last = m.turn;
    if (next == last)
        return;
    m.turn = next;
    swapcontext(&m.actors[last].context, &m.actors[next].context);
}

static bool is_ready(int i) {
    return !m.actors[i].over && m.actors[i].asleep_on == NULL;
}

/* One who is ready; -1: nobody is. */
static int pick(void) {
    int picked = -1, start = (int)weak_random((uint64_t)m.count);
    for (int i = 0; i < m.count; i++) {
        int candidate = (start + i) % m.count;
        if (is_ready(candidate) &&
            (picked < 0 || (m.ranked && m.actors[candidate].rank > m.actors[picked].rank)))
            picked = candidate;
    }
    return picked;
}

void weak_yield(void) {
    if (!m.running)
        return;
    m.actors[m.turn].rank = m.lowest--;
    go_to(pick());
}

/* Either anybody may have the next step, more or less often, or one goes on until it cannot, or its
 * rank falls: so that one stands still for long, at any place, while another goes far (Burckhardt
 * et al., A randomized scheduler with probabilistic guarantees of finding bugs, ASPLOS 2010). */
void weak_step(void) {
    if (++m.steps > 200000)
        weak_broken("no end in sight");
    for (int i = 0; m.ranked && i < RANK_CHANGES; i++)
        if (m.changes[i] == m.steps)
            m.actors[m.turn].rank = m.lowest--;
    if (m.ranked || weak_random((uint64_t)m.switch_in) == 0)
        go_to(pick());
}

void weak_pause(void) {
    if (m.running)
        weak_step();
}

/* The actor cannot go on. */
static void leave(void) {
    int next = pick();
    if (next >= 0) {
        go_to(next);
    } else {
        int last = m.turn;
        m.turn = -1;
        swapcontext(&m.actors[last].context, &m.outside);
    }
}

void weak_sleep(const volatile void *on) {
    if (!m.running)
        return;
    m.actors[m.turn].asleep_on = on;
    leave();
}

void weak_wake(const volatile void *on) {
    for (int i = 0; i < m.count; i++)
        if (m.actors[i].asleep_on == on)
            m.actors[i].asleep_on = NULL;
}

static void act(void) {
    actor *a = &m.actors[m.turn];
    a->play(a->argument);
    a->over = true;
    leave();
    weak_broken("an actor came back");
}

/* ---- an execution ---- */

void weak_begin(uint64_t seed, bool races_allowed) {
    memset(m.bucket, 0, sizeof m.bucket);
    memset(&m.fences, 0, sizeof m.fences);
    m.running = false;
    m.races_allowed = races_allowed;
    m.random = seed * UINT64_C(0x2545f4914f6cdd1d);
    m.steps = 0;
    m.fault = NULL;
    m.count = m.place_count = m.range_count = m.object_count = 0;
    m.message_count = 0;
    m.switch_in = 2 << weak_random(6);
    m.ranked = weak_random(2) == 0;
    m.lowest = -1;
    for (int i = 0; i < RANK_CHANGES; i++)
        m.changes[i] = weak_random(LAST_CHANGE);
    m.stale_in = 8;
    m.of_stale = (int)weak_random(7);
}

void weak_share(const volatile void *start, size_t bytes) {
    if (m.range_count == RANGES)
        weak_broken("out of ranges");
    m.ranges[m.range_count].start = (uintptr_t)start;
    m.ranges[m.range_count++].bytes = bytes;
}

int weak_actor(void (*play)(void *), void *argument) {
    if (m.count == WEAK_ACTORS)
        weak_broken("out of actors");
    actor *a = &m.actors[m.count];
    memset(a, 0, sizeof *a);
    a->play = play;
    a->argument = argument;
    getcontext(&a->context);
    a->context.uc_stack.ss_sp = stacks[m.count];
    a->context.uc_stack.ss_size = STACK_BYTES;
    a->context.uc_link = NULL;
    a->rank = (int)weak_random(WEAK_ACTORS);
    makecontext(&a->context, act, 0);
    return m.count++;
}

void weak_run(void (*at_rest)(void *), void *argument) {
    m.running = true;
    for (;;) {
        int next = pick();
        if (next < 0)
            break;
        m.turn = next;
        swapcontext(&m.outside, &m.actors[next].context);
        bool over = true;
        for (int i = 0; i < m.count; i++)
            over = over && m.actors[i].over;
        if (!over)
            at_rest(argument);
        for (int i = 0; i < m.count; i++)
            m.actors[i].asleep_on = NULL;
    }
    m.running = false;
}
