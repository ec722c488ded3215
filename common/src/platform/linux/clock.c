#define _GNU_SOURCE
#include "platform/clock.h"

#include <errno.h>
#include <frameferry/clock.h>
#include <time.h>

uint64_t ferry_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void ferryi_clock_pause(int64_t pause_ns) {
    struct timespec pause = {.tv_sec = (time_t)(pause_ns / FERRY_SECOND_NS),
                             .tv_nsec = (long)(pause_ns % FERRY_SECOND_NS)};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}
