#include "litmus.h"

#include <stdio.h>
#include <string.h>

#include "machine.h"

enum { ACTORS_MOST = 4, WORDS = 3, RESULTS = 4, EXECUTIONS = 4000 };

/* Orders that vary within one shape; a fence of order RELAXED is none. */
typedef struct orders {
    weak_order store, load, fence;
} orders;

static struct {
    uint64_t word[WORDS], plain[1];
    uint64_t result[RESULTS];
    orders o;
} t;

#define SITE ((weak_site){__FILE__, __func__, "", __LINE__})

static void put(int word, uint64_t value, weak_order order) {
    weak_store(&t.word[word], sizeof t.word[word], value, order, SITE);
}

static uint64_t get(int word, weak_order order) {
    return weak_load(&t.word[word], sizeof t.word[word], order, SITE);
}

static uint64_t add(int word, weak_order order) {
    return weak_modify(&t.word[word], sizeof t.word[word], OP_ADD, 1, order, SITE);
}

static void fence(weak_order order) {
    if (order != RELAXED)
        weak_fence(order, SITE);
}

/* ---- the actors ---- */

static void buffer_0(void *unused) {
    (void)unused;
    put(0, 1, t.o.store);
    fence(t.o.fence);
    t.result[0] = get(1, t.o.load);
}

static void buffer_1(void *unused) {
    (void)unused;
    put(1, 1, t.o.store);
    fence(t.o.fence);
    t.result[1] = get(0, t.o.load);
}

static void pass(void *unused) {
    (void)unused;
    put(0, 1, RELAXED);
    fence(t.o.fence);
    put(1, 1, t.o.store);
}

static void pass_on(void *unused) {
    (void)unused;
    add(1, RELAXED);
}

static void receive(void *unused) {
    (void)unused;
    t.result[0] = get(1, t.o.load);
    fence(t.o.fence == RELAXED ? RELAXED : ACQUIRE);
    t.result[1] = get(0, RELAXED);
}

static void write_0(void *unused) {
    (void)unused;
    put(0, 1, t.o.store);
}

static void write_1(void *unused) {
    (void)unused;
    put(1, 1, t.o.store);
}

static void read_01(void *unused) {
    (void)unused;
    t.result[0] = get(0, t.o.load);
    t.result[1] = get(1, t.o.load);
}

static void read_10(void *unused) {
    (void)unused;
    t.result[2] = get(1, t.o.load);
    t.result[3] = get(0, t.o.load);
}

static void read_00(void *unused) {
    (void)unused;
    t.result[0] = get(0, t.o.load);
    t.result[1] = get(0, t.o.load);
}

static void pass_plain(void *unused) {
    (void)unused;
    uint64_t value = 1;
    weak_copy(&t.plain[0], &value, sizeof value);
    put(1, 1, t.o.store);
}

static void receive_plain(void *unused) {
    (void)unused;
    t.result[0] = get(1, t.o.load);
    if (t.result[0] == 1)
        weak_copy(&t.result[1], &t.plain[0], sizeof t.plain[0]);
}

static void read_then_pass(void *unused) {
    (void)unused;
    weak_copy(&t.result[1], &t.plain[0], sizeof t.plain[0]);
    put(1, 1, t.o.store);
}

static void overwrite(void *unused) {
    (void)unused;
    uint64_t value = 2;
    if (get(1, t.o.load) == 1)
        weak_copy(&t.plain[0], &value, sizeof value);
}

/* ---- the shapes ---- */

typedef void play(void *);

typedef struct litmus {
    const char *name;
    play *plays[ACTORS_MOST];
    uint64_t result[RESULTS]; /* asked for */
    orders o;
    bool happens; /* or the race does, where result is all zeros */
} litmus;

static const litmus all[] = {
    {"store buffering", {buffer_0, buffer_1}, {9, 9}, {RELAXED, RELAXED, RELAXED}, true},
    {"store buffering, release and acquire",
     {buffer_0, buffer_1},
     {9, 9},
     {RELEASE, ACQUIRE, RELAXED},
     true},
    {"store buffering, seq_cst", {buffer_0, buffer_1}, {9, 9}, {SEQ_CST, SEQ_CST, RELAXED}, false},
    {"store buffering, seq_cst stores only",
     {buffer_0, buffer_1},
     {9, 9},
     {SEQ_CST, ACQUIRE, RELAXED},
     true},
    {"store buffering, seq_cst fences",
     {buffer_0, buffer_1},
     {9, 9},
     {RELAXED, RELAXED, SEQ_CST},
     false},
    {"message passing", {pass, receive}, {1, 9}, {RELAXED, RELAXED, RELAXED}, true},
    {"message passing, release only", {pass, receive}, {1, 9}, {RELEASE, RELAXED, RELAXED}, true},
    {"message passing, acquire only", {pass, receive}, {1, 9}, {RELAXED, ACQUIRE, RELAXED}, true},
    {"message passing, both", {pass, receive}, {1, 9}, {RELEASE, ACQUIRE, RELAXED}, false},
    {"message passing, fences", {pass, receive}, {1, 9}, {RELAXED, RELAXED, RELEASE}, false},
    {"message passing, through a relaxed addition",
     {pass, pass_on, receive},
     {2, 9},
     {RELEASE, ACQUIRE, RELAXED},
     false},
    {"two writers, two readers",
     {write_0, write_1, read_01, read_10},
     {1, 9, 1, 9},
     {RELEASE, ACQUIRE, RELAXED},
     true},
    {"two writers, two readers, seq_cst",
     {write_0, write_1, read_01, read_10},
     {1, 9, 1, 9},
     {SEQ_CST, SEQ_CST, RELAXED},
     false},
    {"one word never goes back", {write_0, read_00}, {1, 9}, {RELAXED, RELAXED, RELAXED}, false},
    {"plain memory, relaxed", {pass_plain, receive_plain}, {0}, {RELAXED, ACQUIRE, RELAXED}, true},
    {"plain memory", {pass_plain, receive_plain}, {0}, {RELEASE, ACQUIRE, RELAXED}, false},
    {"plain memory read before, relaxed",
     {read_then_pass, overwrite},
     {0},
     {RELAXED, ACQUIRE, RELAXED},
     true},
    {"plain memory read before",
     {read_then_pass, overwrite},
     {0},
     {RELEASE, ACQUIRE, RELAXED},
     false},
};

static void nothing(void *unused) {
    (void)unused;
}

/* 9 in what is asked for stands for 0, and 0 for anything. */
static bool is_asked_for(const litmus *l) {
    bool any = false;
    for (int i = 0; i < RESULTS; i++) {
        uint64_t wanted = l->result[i] == 9 ? 0 : l->result[i];
        any = any || l->result[i] != 0;
        if (l->result[i] != 0 && t.result[i] != wanted)
            return false;
    }
    return any ? true : weak_found() != NULL;
}

bool litmus_run_all(void) {
    bool fine = true;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        bool happened = false;
        for (uint64_t seed = 1; seed <= EXECUTIONS; seed++) {
            memset(&t, 0, sizeof t);
            t.o = all[i].o;
            weak_begin(seed, false);
            weak_share(&t.word, sizeof t.word + sizeof t.plain);
            for (int k = 0; k < ACTORS_MOST && all[i].plays[k] != NULL; k++)
                weak_actor(all[i].plays[k], NULL);
            weak_run(nothing, NULL);
            happened = happened || is_asked_for(&all[i]);
        }
        if (happened != all[i].happens)
            fprintf(stderr, "litmus, %s: %s\n", all[i].name,
                    happened ? "happens, and must not" : "does not happen, and should");
        fine = fine && happened == all[i].happens;
    }
    return fine;
}
