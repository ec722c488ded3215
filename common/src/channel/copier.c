#include "channel/copier.h"

#include <frameferry/clock.h>

#include "support/copy.h"

/* A comparison has two halves: the usual way, then the other one. The first frames of a half still
 * find the slots as the other way has left them. */
enum { HALF = FERRYI_COPIER_FRAMES / 2, UNSETTLED = 3 };

/* ---- what frames took ---- */

static void add(ferryi_tally *t, uint64_t ns) {
    t->sum_ns += ns;
    if (ns > t->longest_ns) {
        t->second_ns = t->longest_ns;
        t->longest_ns = ns;
    } else if (ns > t->second_ns) {
        t->second_ns = ns;
    }
}

static uint64_t without_longest(const ferryi_tally *t) {
    return t->sum_ns - t->longest_ns - t->second_ns;
}

/* 1: this is clearly less than that, -1: that is less, 0: neither, by a twentieth. */
static int compare(const ferryi_tally *this, const ferryi_tally *that) {
    uint64_t a = without_longest(this), b = without_longest(that);
    return a < b - b / 20 ? 1 : b < a - a / 20 ? -1 : 0;
}

/* The period counts first: it has what a way costs the other side, when one of them waits for the
 * other. With a pace from outside it is the same in both ways. */
static bool other_is_better(const ferryi_copier *c) {
    int better = compare(&c->other.period, &c->usual.period);
    return better != 0 ? better > 0 : compare(&c->other.own, &c->usual.own) > 0;
}

/* ---- when to compare ---- */

/* A consumer that has every frame from the first on counts the same frames as its producer. Rests
 * are an odd number of comparisons long, so that the two hardly ever compare at the same time if
 * their first comparisons were apart. */
static void rest(ferryi_copier *c, bool switched) {
    enum { LEAST = 3 * FERRYI_COPIER_FRAMES, MOST = 31 * FERRYI_COPIER_FRAMES };
    if (switched || c->last_rest == 0)
        c->last_rest = LEAST;
    else if (c->last_rest < MOST)
        c->last_rest = 2 * c->last_rest + FERRYI_COPIER_FRAMES;
    c->rest = c->last_rest;
}

static void begin_size(ferryi_copier *c, size_t bytes) {
    enum { FIRST_FRAMES = 8 }; /* new memory on both sides */
    *c = (ferryi_copier){.delay = c->delay, .bytes = bytes, .rest = FIRST_FRAMES + c->delay};
}

/* Counts a frame of a comparison, and ends that with its last one. */
static void count(ferryi_copier *c, uint64_t period_ns, uint64_t own_ns) {
    uint32_t at = c->compared++;
    if (at % HALF >= UNSETTLED) {
        ferryi_pace *pace = at < HALF ? &c->usual : &c->other;
        add(&pace->period, period_ns);
        add(&pace->own, own_ns);
    }
    if (c->compared < FERRYI_COPIER_FRAMES)
        return;
    bool switches = other_is_better(c);
    c->through_cache ^= switches;
    c->usual = c->other = (ferryi_pace){0};
    c->compared = 0;
    rest(c, switches);
}

/* ---- copying ---- */

void ferryi_copier_copy(ferryi_copier *c, void *to, const void *from, size_t bytes) {
    if (bytes < FERRYI_LARGE_COPY_BYTES) {
        ferryi_copy_through_cache(to, from, bytes);
        return;
    }
    if (bytes != c->bytes)
        begin_size(c, bytes);
    bool tries_other = c->compared >= HALF;
    uint64_t begun_ns = ferry_clock_ns();
    if (c->through_cache != tries_other)
        ferryi_copy_through_cache(to, from, bytes);
    else
        ferryi_copy_past_cache(to, from, bytes);
    if (c->rest > 0)
        c->rest--;
    else
        count(c, begun_ns - c->begun_ns, ferry_clock_ns() - begun_ns);
    c->begun_ns = begun_ns;
}
