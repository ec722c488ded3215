#include "produce.h"

#include <string.h>

#include "stamp.h"
#include "system.h"

static bool is_in_place(const bench_transport *t, const bench_plan *plan) {
    /* Where times are noted, the copy is made here, so that its end can be told. */
    return bench_fills_in_place(plan) || (plan->paced && t->claim != NULL);
}

static bool send_in_place(const bench_transport *t, bench_end *end, uint64_t number,
                          bench_times *times) {
    uint8_t *to = t->claim(end);
    if (to == NULL)
        return false;
    if (end->plan->way == BENCH_FILL_READ)
        memset(to, (int)number, end->plan->length_bytes);
    else if (end->plan->way != BENCH_CLAIM_ACQUIRE)
        memcpy(to, end->picture, end->plan->length_bytes);
    if (bench_fills_in_place(end->plan))
        stamp_write(to, end->plan->length_bytes, number);
    if (times != NULL)
        times->published_ns = system_now_ns();
    return t->commit(end);
}

static bool send_one(const bench_transport *t, bench_end *end, bench_shared *shared,
                     uint64_t number) {
    bench_times *times = shared_times(shared, end->plan, number);
    if (!bench_fills_in_place(end->plan))
        stamp_write(end->picture, end->plan->length_bytes, number);
    if (times != NULL)
        times->begun_ns = system_now_ns();
    bool sent = is_in_place(t, end->plan) ? send_in_place(t, end, number, times)
                                          : t->send(end, end->picture);
    if (times != NULL)
        times->sent_ns = system_now_ns();
    return sent;
}

static void begin_measuring(bench_end *end) {
    end->side->cpu_ns = system_cpu_ns();
    end->side->from_ns = system_now_ns();
}

static uint64_t send_all(const bench_transport *t, bench_end *end, bench_shared *shared) {
    const bench_plan *plan = end->plan;
    uint64_t length_ns = (uint64_t)(plan->seconds * 1e9);
    uint64_t period_ns = plan->fps > 0 ? (uint64_t)(1e9 / plan->fps) : 0;
    uint64_t next_ns = system_now_ns() + period_ns;
    uint64_t number = 0;
    for (;;) {
        if (number == shared->warm)
            begin_measuring(end);
        if (number > shared->warm && system_now_ns() - end->side->from_ns >= length_ns)
            return number;
        /* A producer that is late does not catch up: a camera would not either. */
        if (period_ns != 0 && system_now_ns() < next_ns)
            system_sleep_until(next_ns);
        next_ns = next_ns + period_ns > system_now_ns() ? next_ns + period_ns : system_now_ns();
        if (!send_one(t, end, shared, number + 1))
            return number;
        number++;
    }
}

static void finish(bench_end *end, bench_shared *shared, uint64_t number) {
    bench_side *side = end->side;
    side->to_ns = system_now_ns();
    side->cpu_ns = system_cpu_ns() - side->cpu_ns;
    side->last = number;
    side->frames = number > shared->warm ? number - shared->warm : 0;
    uint64_t resident = system_resident_bytes();
    uint64_t own = bench_fills_in_place(end->plan) ? 0 : end->plan->length_bytes;
    side->resident_bytes = resident > own ? resident - own : 0;
    atomic_store(&shared->end, number);
    while (atomic_load(&shared->finished) < end->plan->consumers && shared_pause(shared)) {
    }
}

void produce_frames(const bench_transport *t, bench_end *end, bench_shared *shared) {
    bool sends = !bench_fills_in_place(end->plan);
    end->picture = sends ? system_picture(end->plan->length_bytes) : NULL;
    if ((sends && end->picture == NULL) || !t->open_producer(end)) {
        bench_fail(end, "out of memory");
        return;
    }
    atomic_store(&shared->open, 1);
    while ((atomic_load(&shared->ready) < end->plan->consumers ||
            (t->settled != NULL && !t->settled(end))) &&
           shared_pause(shared)) {
    }
    finish(end, shared, send_all(t, end, shared));
    t->close_producer(end);
}
