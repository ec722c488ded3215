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

int64_t ferryi_clock_wall_offset_ns(void) {
    struct timespec wall;
    uint64_t before_ns = ferry_clock_ns();
    clock_gettime(CLOCK_REALTIME, &wall);
    uint64_t between_ns = before_ns + (ferry_clock_ns() - before_ns) / 2;
    return (int64_t)wall.tv_sec * FERRY_SECOND_NS + wall.tv_nsec - (int64_t)between_ns;
}
