#define _GNU_SOURCE
#include "../event.h"
#include "../../support/fault.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/frame.h>

/* A futex word is 32 bits by the kernel's definition (futex(2)); the C object must be no more. */
_Static_assert(sizeof(_Atomic(uint32_t)) == 4, "a futex word has 32 bits");

ferry_status ferryi_event_open(ferryi_event *out, const ferryi_shm *shm, unsigned index,
                               _Atomic(uint32_t) *word, unsigned mode, ferry_error *error) {
    (void)shm;
    (void)index;
    (void)mode;
    (void)error;
    *out = (ferryi_event){.word = word};
    return FERRY_OK;
}

bool ferryi_event_set(ferryi_event event) {
    /* E1 pairs with E2: release what was written before the set to the one who takes it. */
    uint32_t before = atomic_exchange_explicit(event.word, FERRYI_EVENT_SET, memory_order_acq_rel);
    if (before != FERRYI_EVENT_SLEEPING)
        return false;
    int saved = errno;
    FERRYI_FAULT("event.set");
    syscall(SYS_futex, event.word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    errno = saved;
    return true;
}

/* Takes a set, if there is one, and leaves the word at rest. */
static bool take(ferryi_event event) {
    /* E2 pairs with E1. */
    return atomic_exchange_explicit(event.word, FERRYI_EVENT_IDLE, memory_order_acq_rel) ==
           FERRYI_EVENT_SET;
}

bool ferryi_event_wait(ferryi_event event, int64_t timeout_ns) {
    uint32_t idle = FERRYI_EVENT_IDLE;
    /* From idle to sleeping in one step. A set before it is seen as "not idle"; a set after it sees
     * "sleeping" and calls the kernel, which compares the word again before it sleeps. Relaxed: all
     * accesses to the one word have one order, whatever they ask for; a sleeper hands nothing over,
     * and gets what a setter hands over when it takes the set (E2). */
    if (!atomic_compare_exchange_strong_explicit(event.word, &idle, FERRYI_EVENT_SLEEPING,
                                                 memory_order_relaxed, memory_order_relaxed) &&
        idle == FERRYI_EVENT_SET)
        return take(event);

    FERRYI_FAULT("event.sleeping");
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / FERRY_SECOND_NS),
                               .tv_nsec = (long)(timeout_ns % FERRY_SECOND_NS)};
    syscall(SYS_futex, event.word, FUTEX_WAIT, FERRYI_EVENT_SLEEPING, &timeout, NULL, 0);
    FERRYI_FAULT("event.awake");
    return take(event);
}

void ferryi_event_close(ferryi_event *event) {
    event->word = NULL;
}
