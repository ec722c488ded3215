#include "shared.h"

#include <stdarg.h>
#include <stdio.h>

#include "system.h"

/* Only one measurement goes on in a process and its children. */
static bench_shared *made;

bench_shared *shared_new(void) {
    made = system_share(sizeof *made);
    return made;
}

bool bench_fail(bench_end *end, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (end->side->failure[0] == '\0')
        vsnprintf(end->side->failure, sizeof end->side->failure, format, arguments);
    va_end(arguments);
    atomic_store(&made->broken, 1);
    return false;
}

bool shared_pause(const bench_shared *shared) {
    enum { PAUSE_NS = 500000 };
    system_sleep_until(system_now_ns() + PAUSE_NS);
    return atomic_load(&shared->broken) == 0;
}

bench_times *shared_times(bench_shared *shared, const bench_plan *plan, uint64_t number) {
    if (!plan->paced || number <= shared->warm || number - shared->warm > BENCH_MAX_TIMES)
        return NULL;
    return &shared->times[number - shared->warm - 1];
}
