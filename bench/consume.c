#include "consume.h"

#include <string.h>

#include "stamp.h"
#include "system.h"

/* The result of one look for a frame. */
typedef struct look {
    bench_news news;
    bool whole;
    uint64_t number;
    uint64_t woken_ns, received_ns;
} look;

static bench_news copy(const bench_transport *t, bench_end *end, const uint8_t **pixels) {
    if (t->copy != NULL)
        return t->copy(end, pixels);
    bench_news news = t->acquire(end, pixels);
    if (news != BENCH_FRAME)
        return news;
    memcpy(end->picture, *pixels, end->plan->length_bytes);
    *pixels = end->picture;
    return t->release(end);
}

static void take_copy(const bench_transport *t, bench_end *end, look *l) {
    const uint8_t *pixels = NULL;
    l->news = copy(t, end, &pixels);
    if (l->news != BENCH_FRAME)
        return;
    l->received_ns = end->plan->paced ? system_now_ns() : 0;
    l->whole = stamp_read(pixels, end->plan->length_bytes, &l->number);
}

/* The sum keeps the compiler from leaving the reading out. */
static volatile uint64_t read_in_place;

static void take_in_place(const bench_transport *t, bench_end *end, look *l) {
    const uint8_t *pixels = NULL;
    bool copies = end->plan->paced && end->plan->way == BENCH_SEND_COPY;
    l->news = t->acquire(end, &pixels);
    if (l->news != BENCH_FRAME)
        return;
    l->woken_ns = end->plan->paced ? system_now_ns() : 0;
    if (copies)
        memcpy(end->picture, pixels, end->plan->length_bytes);
    else if (end->plan->way != BENCH_CLAIM_ACQUIRE)
        read_in_place = stamp_sum(pixels, end->plan->length_bytes);
    if (!copies)
        l->whole = stamp_read(pixels, end->plan->length_bytes, &l->number);
    l->news = t->release(end);
    l->received_ns = end->plan->paced ? system_now_ns() : 0;
    if (copies)
        l->whole = stamp_read(end->picture, end->plan->length_bytes, &l->number);
}

static void take(const bench_transport *t, bench_end *end, look *l) {
    *l = (look){.news = BENCH_NONE};
    /* Where times are noted, the copy is made here, so that its begin can be told. */
    if (end->plan->way == BENCH_SEND_COPY && !(end->plan->paced && t->acquire != NULL))
        take_copy(t, end, l);
    else
        take_in_place(t, end, l);
}

/* Counts what came, and what is missing before it. */
static void count(const bench_transport *t, bench_end *end, bench_shared *shared, const look *l) {
    bench_side *side = end->side;
    if (l->news == BENCH_TORN || !l->whole) {
        side->torn++;
        return;
    }
    if (l->number <= side->last) {
        side->doubled++;
        return;
    }
    uint64_t passed_over = l->number - side->last - 1;
    if (end->plan->latest)
        side->skipped += passed_over;
    else if (!t->lossy)
        side->lost += passed_over;
    bool measured = l->number > shared->warm;
    if (measured && side->from_ns == 0) {
        side->from_ns = system_now_ns();
        side->cpu_ns = system_cpu_ns();
    } else if (measured) {
        side->frames++;
    }
    side->last = l->number;
    side->to_ns = system_now_ns();
    bench_times *times = shared_times(shared, end->plan, l->number);
    if (times != NULL && end->index == 0) {
        times->woken_ns = l->woken_ns;
        times->received_ns = l->received_ns;
    }
}

/* Whether there is nothing more to wait for. */
static bool is_over(const bench_transport *t, bench_end *end, bench_shared *shared, const look *l,
                    int *idle) {
    enum { IDLE_SLICES = 20 };
    uint64_t last = atomic_load(&shared->end);
    if (l->news == BENCH_CLOSED || atomic_load(&shared->broken) != 0)
        return true;
    if (last == 0)
        return false;
    *idle = l->news == BENCH_NONE ? *idle + 1 : 0;
    return end->side->last >= last || (t->lossy && *idle > 0) || *idle > IDLE_SLICES;
}

static void stand_still(const bench_plan *plan) {
    if (plan->pause > 0)
        system_sleep_until(system_now_ns() + (uint64_t)(plan->pause * 1e9));
}

static void receive_all(const bench_transport *t, bench_end *end, bench_shared *shared) {
    look l;
    int idle = 0;
    do {
        take(t, end, &l);
        if (l.news == BENCH_FRAME || l.news == BENCH_TORN)
            count(t, end, shared, &l);
        if (l.news == BENCH_FRAME && end->index == 0 && l.number % BENCH_PAUSE_FRAMES == 0)
            stand_still(end->plan);
    } while (!is_over(t, end, shared, &l, &idle));
}

static void finish(const bench_transport *t, bench_end *end, bench_shared *shared) {
    bench_side *side = end->side;
    side->cpu_ns = system_cpu_ns() - side->cpu_ns;
    uint64_t last = atomic_load(&shared->end);
    if (!t->lossy && last > side->last)
        side->lost += last - side->last;
    uint64_t resident = system_resident_bytes();
    uint64_t own = end->plan->way == BENCH_SEND_COPY ? end->plan->length_bytes : 0;
    side->resident_bytes = resident > own ? resident - own : 0;
    atomic_fetch_add(&shared->finished, 1);
}

void consume_frames(const bench_transport *t, bench_end *end, bench_shared *shared) {
    end->picture =
        end->plan->way == BENCH_SEND_COPY ? system_picture(end->plan->length_bytes) : NULL;
    while (atomic_load(&shared->open) == 0)
        if (!shared_pause(shared))
            return;
    if (!t->open_consumer(end)) {
        bench_fail(end, "the consumer could not be opened");
        return;
    }
    atomic_fetch_add(&shared->ready, 1);
    receive_all(t, end, shared);
    finish(t, end, shared);
    t->close_consumer(end);
}
