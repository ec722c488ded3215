/* A consumer's process. */
#ifndef FERRY_BENCH_CONSUME_H
#define FERRY_BENCH_CONSUME_H

#include "shared.h"

/* The whole life of the process. */
void consume_frames(const bench_transport *transport, bench_end *end, bench_shared *shared);

#endif
