/* The limit of cutting through: the bare ring once more, but each frame is passed on part by part,
 * so that it is copied out while it is still being copied in. One consumer spins, which is as soon
 * as it can be; the other sleeps when it has caught up. */
#include "own.h"

#include <stdatomic.h>
#include <string.h>

#include "system.h"

/* As large as those of ferry_producer_send. */
enum { PART_BYTES = 131072 };

typedef struct ring {
    _Alignas(64) _Atomic(uint64_t) written; /* bytes of all frames; the producer writes */
    _Atomic(uint32_t) parts;                /* a futex: raised with each */
    _Atomic(uint32_t) consumer_sleeps;
    _Alignas(64) _Atomic(uint32_t) tail; /* frames given back; the consumer writes */
    _Atomic(uint32_t) producer_sleeps;
    _Alignas(4096) uint8_t slots[];
} ring;

/* The place of one process in the ring, as it knows it. */
typedef struct place {
    uint64_t bytes; /* of all frames before */
    uint32_t frame;
} place;

static place here; /* each end is a process of its own */

static size_t stride_of(const bench_plan *plan) {
    return ((size_t)plan->length_bytes + 4095) / 4096 * 4096;
}

static void *prepare(const bench_plan *plan) {
    return system_share(sizeof(ring) + bench_slots(plan) * stride_of(plan));
}

static uint8_t *slot_here(const bench_end *end) {
    ring *r = end->common;
    return r->slots + here.frame % bench_slots(end->plan) * stride_of(end->plan);
}

static bool open_end(bench_end *end) {
    here = (place){0};
    return end->common != NULL;
}

static void close_end(bench_end *end) {
    (void)end;
}

static void wait_for_room(bench_end *end) {
    ring *r = end->common;
    for (;;) {
        uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
        if (here.frame - tail < bench_slots(end->plan))
            return;
        /* Sequentially consistent with give_back: we see tail moved, or are seen asleep. */
        atomic_store(&r->producer_sleeps, 1);
        if (atomic_load(&r->tail) == tail)
            system_futex_wait(&r->tail, tail);
        atomic_store_explicit(&r->producer_sleeps, 0, memory_order_relaxed);
    }
}

static bool send(bench_end *end, const uint8_t *pixels) {
    ring *r = end->common;
    uint32_t length = end->plan->length_bytes;
    wait_for_room(end);
    for (uint32_t done = 0; done < length;) {
        uint32_t part = length - done < PART_BYTES ? length - done : PART_BYTES;
        memcpy(slot_here(end) + done, pixels + done, part);
        done += part;
        atomic_store(&r->written, here.bytes + done);
        atomic_store(&r->parts, atomic_load_explicit(&r->parts, memory_order_relaxed) + 1);
        if (atomic_load(&r->consumer_sleeps) != 0)
            system_futex_wake(&r->parts);
    }
    here.bytes += length;
    here.frame++;
    return true;
}

/* How much of the frame is there, if it is more than was copied. */
static uint32_t look(const bench_end *end, uint32_t copied) {
    ring *r = end->common;
    uint64_t written = atomic_load(&r->written) - here.bytes;
    uint32_t length = end->plan->length_bytes;
    uint32_t there = written < length ? (uint32_t)written : length;
    return there > copied ? there : 0;
}

static uint32_t spin(const bench_end *end, uint32_t copied) {
    enum { LOOKS = 1000000 };
    uint32_t there = 0;
    for (int i = 0; there == 0 && i < LOOKS; i++)
        there = look(end, copied);
    return there;
}

static uint32_t sleep(const bench_end *end, uint32_t copied) {
    ring *r = end->common;
    uint32_t parts = atomic_load(&r->parts);
    uint32_t there = look(end, copied);
    if (there != 0)
        return there;
    atomic_store(&r->consumer_sleeps, 1);
    if (atomic_load(&r->parts) == parts)
        system_futex_wait(&r->parts, parts);
    atomic_store_explicit(&r->consumer_sleeps, 0, memory_order_relaxed);
    return look(end, copied);
}

static void give_back(const bench_end *end) {
    ring *r = end->common;
    here.bytes += end->plan->length_bytes;
    here.frame++;
    atomic_store(&r->tail, here.frame);
    if (atomic_load(&r->producer_sleeps) != 0)
        system_futex_wake(&r->tail);
}

static bench_news copy(bench_end *end, const uint8_t **pixels,
                       uint32_t (*wait)(const bench_end *, uint32_t)) {
    uint32_t copied = wait(end, 0);
    if (copied == 0)
        return BENCH_NONE;
    memcpy(end->picture, slot_here(end), copied);
    while (copied < end->plan->length_bytes) {
        uint32_t there = wait(end, copied);
        if (there == 0)
            continue;
        memcpy(end->picture + copied, slot_here(end) + copied, there - copied);
        copied = there;
    }
    *pixels = end->picture;
    give_back(end);
    return BENCH_FRAME;
}

static bench_news copy_spinning(bench_end *end, const uint8_t **pixels) {
    return copy(end, pixels, spin);
}

static bench_news copy_sleeping(bench_end *end, const uint8_t **pixels) {
    return copy(end, pixels, sleep);
}

const bench_transport bench_parts_spinning = {
    .name = "parts-spinning",
    .in_parts = true,
    .prepare = prepare,
    .open_producer = open_end,
    .send = send,
    .close_producer = close_end,
    .open_consumer = open_end,
    .copy = copy_spinning,
    .close_consumer = close_end,
};

const bench_transport bench_parts_sleeping = {
    .name = "parts-sleeping",
    .in_parts = true,
    .prepare = prepare,
    .open_producer = open_end,
    .send = send,
    .close_producer = close_end,
    .open_consumer = open_end,
    .copy = copy_sleeping,
    .close_consumer = close_end,
};
