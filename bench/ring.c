/* The least that carries whole frames between two processes: memory that both map, a count of
 * published frames and one of frames that were given back, and a futex call when the other side
 * sleeps. No names, no checks, no deaths, no second consumer. As it comes it has three slots. */
#include "own.h"

#include <stdatomic.h>
#include <string.h>

#include "system.h"

typedef struct ring {
    _Alignas(64) _Atomic(uint32_t) head; /* frames published; the producer writes */
    _Atomic(uint32_t) consumer_sleeps;
    _Alignas(64) _Atomic(uint32_t) tail; /* frames given back; the consumer writes */
    _Atomic(uint32_t) producer_sleeps;
    _Alignas(4096) uint8_t slots[];
} ring;

static size_t stride_of(const bench_plan *plan) {
    return ((size_t)plan->length_bytes + 4095) / 4096 * 4096;
}

static void *prepare(const bench_plan *plan) {
    return system_share(sizeof(ring) + bench_slots(plan) * stride_of(plan));
}

static uint8_t *slot_at(const bench_end *end, uint32_t frame) {
    ring *r = end->common;
    return r->slots + frame % bench_slots(end->plan) * stride_of(end->plan);
}

static bool open_end(bench_end *end) {
    return end->common != NULL;
}

static void close_end(bench_end *end) {
    (void)end;
}

static uint8_t *claim(bench_end *end) {
    ring *r = end->common;
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed); /* our own */
    for (;;) {
        uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
        if (head - tail < bench_slots(end->plan))
            return slot_at(end, head);
        /* Sequentially consistent with release: either we see tail moved, or we are seen asleep. */
        atomic_store(&r->producer_sleeps, 1);
        if (atomic_load(&r->tail) == tail)
            system_futex_wait(&r->tail, tail);
        atomic_store_explicit(&r->producer_sleeps, 0, memory_order_relaxed);
    }
}

static bool commit(bench_end *end) {
    ring *r = end->common;
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
    atomic_store(&r->head, head + 1);
    if (atomic_load(&r->consumer_sleeps) != 0)
        system_futex_wake(&r->head);
    return true;
}

static bool send(bench_end *end, const uint8_t *pixels) {
    memcpy(claim(end), pixels, end->plan->length_bytes);
    return commit(end);
}

static bench_news acquire(bench_end *end, const uint8_t **pixels) {
    ring *r = end->common;
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed); /* our own */
    *pixels = slot_at(end, tail);
    if (atomic_load_explicit(&r->head, memory_order_acquire) != tail)
        return BENCH_FRAME;
    atomic_store(&r->consumer_sleeps, 1);
    if (atomic_load(&r->head) == tail)
        system_futex_wait(&r->head, tail);
    atomic_store_explicit(&r->consumer_sleeps, 0, memory_order_relaxed);
    return atomic_load_explicit(&r->head, memory_order_acquire) != tail ? BENCH_FRAME : BENCH_NONE;
}

static bench_news release(bench_end *end) {
    ring *r = end->common;
    atomic_store(&r->tail, atomic_load_explicit(&r->tail, memory_order_relaxed) + 1);
    if (atomic_load(&r->producer_sleeps) != 0)
        system_futex_wake(&r->tail);
    return BENCH_FRAME;
}

const bench_transport bench_ring = {
    .name = "ring",
    .prepare = prepare,
    .open_producer = open_end,
    .send = send,
    .claim = claim,
    .commit = commit,
    .close_producer = close_end,
    .open_consumer = open_end,
    .acquire = acquire,
    .release = release,
    .close_consumer = close_end,
};
