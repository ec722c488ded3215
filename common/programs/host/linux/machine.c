#define _GNU_SOURCE /* CPU_COUNT */
#include "host/machine.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

uint64_t host_wall_clock_us(void) {
    struct timespec now = {.tv_sec = 0};
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

unsigned host_core_count(void) {
    cpu_set_t mine;
    /* It fails on machines with more processors than the set has room for. */
    if (sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) > 0)
        return (unsigned)CPU_COUNT(&mine);
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (unsigned)count;
}
