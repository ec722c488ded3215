#include "own.h"

const bench_transport *const bench_transports[] = {
    &bench_ring,       &bench_parts_spinning,   &bench_parts_sleeping,
    &bench_frameferry, &bench_frameferry_early, &bench_socket,
    &bench_lockstep,   &bench_unpaced,          NULL,
};
