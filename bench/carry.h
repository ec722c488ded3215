/* What the processes of one measurement share beside the transport. */
#ifndef FERRY_BENCH_CARRY_H
#define FERRY_BENCH_CARRY_H

#include <stdatomic.h>

#include "bench.h"

typedef struct carry {
    _Atomic(uint32_t) open;     /* 1: the producer is there */
    _Atomic(uint32_t) ready;    /* consumers that are */
    _Atomic(uint32_t) finished; /* consumers that have what they wanted */
    _Atomic(uint64_t) end;      /* number of the last frame; 0: not known yet */
    _Atomic(uint32_t) broken;   /* a process has failed */
    uint64_t warm;              /* frames that are not measured */
    bench_side producer, consumer[BENCH_MAX_CONSUMERS];
    bench_times times[BENCH_MAX_TIMES]; /* of frame number warm + 1 + index; consumer 0's */
} carry;

/* Each is the whole life of one process. */
void carry_produce(const bench_transport *transport, bench_end *end, carry *shared);
void carry_consume(const bench_transport *transport, bench_end *end, carry *shared);

/* Waits for another process of the measurement: false when one has failed. */
bool carry_pause(const carry *shared);

/* The place for the times of a frame; NULL: it is not noted. */
bench_times *carry_times(carry *shared, const bench_plan *plan, uint64_t number);

#endif
