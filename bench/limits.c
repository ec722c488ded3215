/* The best that this machine can do: copying memory, and waking another process. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "system.h"

/* Pictures that a copy goes round over, so that they are not in the cache of one core. */
enum { PICTURES = 4, CORES = 2 };

typedef struct copying {
    uint32_t length_bytes;
    uint64_t length_ns;
    unsigned core;
    _Atomic(uint32_t) *started;
    uint64_t *copies; /* out, in a second */
} copying;

static void copy_round(void *argument) {
    copying *c = argument;
    uint8_t *from = system_picture((size_t)c->length_bytes * PICTURES);
    uint8_t *to = system_picture((size_t)c->length_bytes * PICTURES);
    system_pin(c->core);
    atomic_fetch_add(c->started, 1);
    uint64_t begin_ns = system_now_ns(), now_ns = begin_ns, copies = 0;
    while (from != NULL && to != NULL && now_ns - begin_ns < c->length_ns) {
        size_t at = copies % PICTURES * (size_t)c->length_bytes;
        memcpy(to + at, from + at, c->length_bytes);
        copies++;
        now_ns = system_now_ns();
    }
    *c->copies = now_ns > begin_ns ? copies * UINT64_C(1000000000) / (now_ns - begin_ns) : 0;
    free(from);
    free(to);
}

static uint64_t copies_on(const bench_plan *plan, unsigned cores) {
    struct {
        _Atomic(uint32_t) started;
        uint64_t copies[CORES];
    } *common = system_share(sizeof *common);
    if (common == NULL)
        return 0;
    static copying copyings[CORES];
    int children[CORES];
    for (unsigned i = 0; i < cores; i++) {
        copyings[i] = (copying){.length_bytes = plan->length_bytes,
                                .length_ns = (uint64_t)(plan->seconds * 1e9),
                                .core = i,
                                .started = &common->started,
                                .copies = &common->copies[i]};
        children[i] = system_spawn(copy_round, &copyings[i]);
    }
    system_wait(children, cores, (uint64_t)(plan->seconds * 5e9) + UINT64_C(10000000000));
    uint64_t sum = 0;
    for (unsigned i = 0; i < cores; i++)
        sum += common->copies[i];
    munmap(common, sizeof *common);
    return sum;
}

/* Copies into pages that nobody has touched yet. */
static uint64_t first_copies(const bench_plan *plan) {
    enum { TIMES = 4 };
    uint8_t *from = system_picture(plan->length_bytes);
    uint64_t took_ns = 0;
    for (int i = 0; i < TIMES && from != NULL; i++) {
        uint8_t *to = system_share(plan->length_bytes);
        if (to == NULL)
            break;
        uint64_t begin_ns = system_now_ns();
        memcpy(to, from, plan->length_bytes);
        took_ns += system_now_ns() - begin_ns;
        munmap(to, plan->length_bytes);
    }
    free(from);
    return took_ns == 0 ? 0 : TIMES * UINT64_C(1000000000) / took_ns;
}

/* ---- ping-pong ---- */

typedef struct table {
    _Alignas(64) _Atomic(uint32_t) ball;
    int there, back; /* eventfds */
    uint32_t rounds;
} table;

static void strike_futex(table *t, uint32_t mine) {
    for (uint32_t i = 0; i < t->rounds; i++) {
        for (;;) {
            uint32_t ball = atomic_load(&t->ball);
            if (ball % 2 == mine)
                break;
            system_futex_wait(&t->ball, ball);
        }
        atomic_fetch_add(&t->ball, 1);
        system_futex_wake(&t->ball);
    }
}

static void answer_futex(void *argument) {
    strike_futex(argument, 1);
}

static void strike_event(table *t, int from, int to) {
    uint64_t value = 1;
    for (uint32_t i = 0; i < t->rounds; i++)
        if (read(from, &value, sizeof value) != (ssize_t)sizeof value ||
            write(to, &value, sizeof value) != (ssize_t)sizeof value)
            return;
}

static void answer_event(void *argument) {
    table *t = argument;
    strike_event(t, t->there, t->back);
}

/* Nanoseconds from a wake-up until the other process runs: half of a round. */
static uint64_t ping_pong(bool futex) {
    enum { ROUNDS = 5000, LIMIT_NS = 2000000000 };
    table *t = system_share(sizeof *t);
    if (t == NULL)
        return 0;
    *t = (table){.rounds = ROUNDS, .there = eventfd(0, 0), .back = eventfd(1, 0)};
    int child = system_spawn(futex ? answer_futex : answer_event, t);
    uint64_t begin_ns = system_now_ns();
    if (futex)
        strike_futex(t, 0);
    else
        strike_event(t, t->back, t->there);
    uint64_t took_ns = system_now_ns() - begin_ns;
    system_wait(&child, 1, LIMIT_NS);
    close(t->there);
    close(t->back);
    munmap(t, sizeof *t);
    return took_ns / ROUNDS / 2;
}

int bench_limits(const bench_plan *plan) {
    printf("{\"copies_one_core\":%llu,\"copies_two_cores\":%llu,\"copies_first_touch\":%llu,",
           (unsigned long long)copies_on(plan, 1), (unsigned long long)copies_on(plan, 2),
           (unsigned long long)first_copies(plan));
    printf("\"futex_wake_ns\":%llu,\"eventfd_wake_ns\":%llu}\n",
           (unsigned long long)ping_pong(true), (unsigned long long)ping_pong(false));
    return 0;
}
