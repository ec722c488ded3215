#include "own.h"

const bench_transport *const bench_transports[] = {
    &bench_ring, &bench_frameferry, &bench_socket, &bench_lockstep, &bench_unpaced, NULL,
};
