/* The memory that the processes of one measurement share, beside that of the transport. */
#ifndef FERRY_BENCH_SHARED_H
#define FERRY_BENCH_SHARED_H

#include <stdatomic.h>

#include "bench.h"

typedef struct bench_shared {
    _Atomic(uint32_t) open;     /* 1: the producer is there */
    _Atomic(uint32_t) ready;    /* consumers that are */
    _Atomic(uint32_t) finished; /* consumers that have what they wanted */
    _Atomic(uint64_t) end;      /* number of the last frame; 0: not known yet */
    _Atomic(uint32_t) broken;   /* a process has failed */
    uint64_t warm;              /* frames that are not measured */
    bench_side producer, consumer[BENCH_MAX_CONSUMERS];
    bench_times times[BENCH_MAX_TIMES]; /* of frame number warm + 1 + index; consumer 0's */
} bench_shared;

/* Makes the memory, once in a process and its children, which have it too. NULL: there is none. */
bench_shared *shared_new(void);

/* Waits for another process of the measurement: false when one has failed. */
bool shared_pause(const bench_shared *shared);

/* The place for the times of a frame; NULL: it is not noted. */
bench_times *shared_times(bench_shared *shared, const bench_plan *plan, uint64_t number);

#endif
