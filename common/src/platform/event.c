#include "platform/event.h"
#include "platform/fault_point.h"

bool ferryi_event_set(ferryi_event event) {
    /* E1 pairs with E2: release all that was written before the set to the thread that takes it. */
    uint32_t before = atomic_exchange_explicit(event.word, FERRYI_EVENT_SET, memory_order_acq_rel);
    if (before != FERRYI_EVENT_SLEEPING)
        return false;
    FERRYI_FAULT("event.set");
    ferryi_event_wake(event);
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
    /* From idle to sleeping in one step. A set before it is seen as "not idle". A set after it sees
     * "sleeping" and wakes, which is not lost on a sleeper that is not there yet (event.h).
     * Relaxed: all accesses to the one word have one order, whatever they ask for; a sleeper hands
     * nothing over, and gets what a setter hands over when it takes the set (E2). */
    if (!atomic_compare_exchange_strong_explicit(event.word, &idle, FERRYI_EVENT_SLEEPING,
                                                 memory_order_relaxed, memory_order_relaxed) &&
        idle == FERRYI_EVENT_SET)
        return take(event);

    FERRYI_FAULT("event.sleeping");
    ferryi_event_sleep(event, timeout_ns);
    FERRYI_FAULT("event.awake");
    return take(event);
}
