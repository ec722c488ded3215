/* The system calls between the steps of a pollable's helper thread and of the thread that clears
 * it, replaced by ones that let something happen before them, count, and otherwise do the same. A
 * test program of its own includes this, since the calls are replaced in the whole of it. */
#ifndef FERRY_TEST_POLLABLE_STEPS_H
#define FERRY_TEST_POLLABLE_STEPS_H

#include <frameferry/clock.h>

#include "pollable_support.h"

static atomic_int bell = -1; /* whose reads and writes are watched; -1: none */
static atomic_uint rings, waits;
static void (*before_still)(void);

ssize_t read(int descriptor, void *bytes, size_t count) {
    void (*step)(void) = before_still;
    if (descriptor == atomic_load(&bell) && step != NULL) {
        before_still = NULL; /* once */
        step();
    }
    return (ssize_t)syscall(SYS_read, descriptor, bytes, count);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    ssize_t written = (ssize_t)syscall(SYS_write, descriptor, bytes, count);
    if (descriptor == atomic_load(&bell))
        atomic_fetch_add(&rings, 1);
    return written;
}

int ppoll(struct pollfd *wanted, nfds_t count, const struct timespec *timeout,
          const sigset_t *mask) {
    struct timespec left = *timeout; /* the system call writes to it */
    atomic_fetch_add(&waits, 1);
    return (int)syscall(SYS_ppoll, wanted, count, &left, mask, 0);
}

/* Lets something happen that makes the helper ring, and returns when it has rung. */
static void ring_by(void (*happen)(void)) {
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    unsigned before = atomic_load(&rings);
    happen();
    while (atomic_load(&rings) == before && ferry_clock_ns() < stuck_ns)
        sched_yield();
    assert_true(atomic_load(&rings) > before);
}

#endif
