/* The producer's process. */
#ifndef FERRY_BENCH_PRODUCE_H
#define FERRY_BENCH_PRODUCE_H

#include "shared.h"

/* The whole life of the process. */
void produce_frames(const bench_transport *transport, bench_end *end, bench_shared *shared);

#endif
