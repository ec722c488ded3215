/* The transports that need no library but ours. */
#ifndef FERRY_BENCH_OWN_H
#define FERRY_BENCH_OWN_H

#include "bench.h"

extern const bench_transport bench_ring, bench_parts_spinning, bench_parts_sleeping,
    bench_frameferry, bench_frameferry_early, bench_socket, bench_lockstep, bench_unpaced;

#endif
