#include "platform/event_watch.h"

#include <frameferry/clock.h>

/* docs/performance.md has figures for both. */
enum { WATCH_NS = 20000, SHORT_NS = 50000 };

/* Tells the processor that this is a loop which waits (x86: PAUSE, Arm: YIELD). */
static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

static bool is_set(ferryi_event event) {
    /* Relaxed: a hint; the wait that follows takes the set (E2). */
    return atomic_load_explicit(event.word, memory_order_relaxed) == FERRYI_EVENT_SET;
}

/* Whether the event is set within a moment. */
static bool is_set_soon(ferryi_event event) {
    enum { LOOKS = 8 }; /* for one at the clock */
    uint64_t until_ns = ferry_clock_ns() + WATCH_NS;
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (is_set(event))
                return true;
            relax();
        }
    } while (ferry_clock_ns() < until_ns);
    return false;
}

bool ferryi_watch_wait(ferryi_watch *w, ferryi_event event, int64_t timeout_ns) {
    enum { MOST_CREDIT = 8, REST = 256 };
    if (w->rest > 0 || is_set(event)) {
        w->rest -= w->rest > 0;
        return ferryi_event_wait(event, timeout_ns);
    }
    if (w->was_short && timeout_ns > WATCH_NS) {
        if (is_set_soon(event)) {
            w->credit += w->credit < MOST_CREDIT;
            return ferryi_event_wait(event, timeout_ns);
        }
        timeout_ns -= WATCH_NS;
        if (w->credit > 0)
            w->credit--;
        else
            w->rest = REST;
    }
    uint64_t begun_ns = ferry_clock_ns();
    bool woken = ferryi_event_wait(event, timeout_ns);
    w->was_short = ferry_clock_ns() - begun_ns < SHORT_NS;
    return woken;
}
