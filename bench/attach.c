/* How long Frameferry takes to make a channel and to attach to one, and what an idle one costs. */
#include <frameferry/frameferry.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "shared.h"
#include "system.h"

enum { TIMES = 100 };

static int compare(const void *a, const void *b) {
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static uint64_t median(uint64_t *times, size_t count) {
    qsort(times, count, sizeof *times, compare);
    return times[count / 2];
}

static bool open_producer(const bench_plan *plan, ferry_producer **producer, ferry_error *error) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = plan->channel;
    return ferry_producer_create(producer, &options, error) == FERRY_OK;
}

/* ---- an idle channel: each end is a process of its own ---- */

typedef struct waiter {
    bench_shared *shared;
    bench_end end;
} waiter;

/* Waits for a frame that does not come. */
static void wait_in_vain(void *argument) {
    waiter *w = argument;
    bench_end *end = &w->end;
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    ferry_consumer *consumer;
    ferry_frame frame;
    ferry_error error;
    options.name = end->plan->channel;
    while (atomic_load(&w->shared->open) == 0)
        if (!shared_pause(w->shared))
            return;
    if (ferry_consumer_open(&consumer, &options, &error) != FERRY_OK) {
        bench_fail(end, "%s", error.message);
        return;
    }
    atomic_fetch_add(&w->shared->ready, 1);
    while (atomic_load(&w->shared->ready) < end->plan->consumers)
        if (!shared_pause(w->shared))
            break;
    uint64_t cpu_ns = system_cpu_ns();
    end->side->from_ns = system_now_ns();
    ferry_status status =
        ferry_consumer_acquire(consumer, (int64_t)(end->plan->seconds * 1e9), &frame, &error);
    end->side->to_ns = system_now_ns();
    end->side->cpu_ns = system_cpu_ns() - cpu_ns;
    if (status != FERRY_TIMEOUT)
        bench_fail(end, "a wait ended before its time");
    atomic_fetch_add(&w->shared->finished, 1);
    /* The producer looks at its own time before anyone leaves. */
    while (atomic_load(&w->shared->end) == 0 && shared_pause(w->shared)) {
    }
    ferry_consumer_close(&consumer);
}

/* As a producer does that has nothing to send. */
static void tend_until(ferry_producer *producer, uint64_t end_ns) {
    const uint64_t second_ns = 1000000000;
    while (system_now_ns() < end_ns) {
        ferry_producer_tend(producer);
        uint64_t next_ns = system_now_ns() + second_ns;
        system_sleep_until(next_ns < end_ns ? next_ns : end_ns);
    }
}

/* Has a producer that sends nothing. It sleeps for as long as the consumers wait. */
static void send_nothing(void *argument) {
    waiter *w = argument;
    bench_end *end = &w->end;
    ferry_producer *producer;
    ferry_error error;
    if (!open_producer(end->plan, &producer, &error)) {
        bench_fail(end, "%s", error.message);
        return;
    }
    atomic_store(&w->shared->open, 1);
    while (atomic_load(&w->shared->ready) < end->plan->consumers && shared_pause(w->shared)) {
    }
    uint64_t cpu_ns = system_cpu_ns();
    end->side->from_ns = system_now_ns();
    tend_until(producer, end->side->from_ns + (uint64_t)(end->plan->seconds * 1e9));
    end->side->to_ns = system_now_ns();
    end->side->cpu_ns = system_cpu_ns() - cpu_ns;
    atomic_store(&w->shared->end, 1);
    while (atomic_load(&w->shared->finished) < end->plan->consumers && shared_pause(w->shared)) {
    }
    ferry_producer_close(&producer);
}

static uint64_t millionths(const bench_side *side) {
    return side->cpu_ns * 1000000 / (side->to_ns - side->from_ns);
}

static bool run_idle(const bench_plan *plan, bench_shared *shared) {
    const double grace_s = 20;
    static waiter waiters[BENCH_MAX_CONSUMERS + 1];
    int children[BENCH_MAX_CONSUMERS + 1];
    for (uint32_t i = 0; i <= plan->consumers; i++) {
        bool produces = i == plan->consumers;
        bench_side *side = produces ? &shared->producer : &shared->consumer[i];
        waiters[i] = (waiter){.shared = shared, .end = {.plan = plan, .index = i, .side = side}};
        children[i] = system_spawn(produces ? send_nothing : wait_in_vain, &waiters[i]);
    }
    return system_wait(children, plan->consumers + 1, (uint64_t)((plan->seconds + grace_s) * 1e9));
}

static bool print_idle(const bench_plan *plan, const bench_shared *shared, ferry_error *error) {
    uint64_t consumers = 0;
    const char *failure = shared->producer.failure;
    for (uint32_t i = 0; i < plan->consumers; i++) {
        const bench_side *side = &shared->consumer[i];
        failure = failure[0] != '\0' ? failure : side->failure;
        consumers += side->to_ns > side->from_ns ? millionths(side) : 0;
    }
    if (failure[0] != '\0') {
        snprintf(error->message, sizeof error->message, "%s", failure);
        return false;
    }
    printf("{\"consumers\":%u,\"consumers_millionths\":%llu,\"producer_millionths\":%llu}",
           (unsigned)plan->consumers, (unsigned long long)consumers,
           (unsigned long long)millionths(&shared->producer));
    return true;
}

/* Processor time of a channel with so many consumers, in millionths of a core. */
static bool measure_idle(const bench_plan *plan, uint32_t consumers, ferry_error *error) {
    bench_plan idle = *plan;
    idle.consumers = consumers;
    bench_shared *shared = shared_new();
    if (shared == NULL || !run_idle(&idle, shared)) {
        snprintf(error->message, sizeof error->message, "a process failed or was stuck");
        return false;
    }
    return print_idle(&idle, shared, error);
}

/* ---- opening ---- */

static bool measure_opening(const bench_plan *plan, ferry_error *error) {
    uint64_t create_ns[TIMES], attach_ns[TIMES];
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = plan->channel;
    for (int i = 0; i < TIMES; i++) {
        ferry_producer *producer;
        ferry_consumer *consumer;
        uint64_t begin_ns = system_now_ns();
        if (!open_producer(plan, &producer, error))
            return false;
        uint64_t created_ns = system_now_ns();
        bool attached = ferry_consumer_open(&consumer, &options, error) == FERRY_OK;
        create_ns[i] = created_ns - begin_ns;
        attach_ns[i] = system_now_ns() - created_ns;
        if (attached)
            ferry_consumer_close(&consumer);
        ferry_producer_close(&producer);
        if (!attached)
            return false;
    }
    printf("\"create_ns\":%llu,\"attach_ns\":%llu,", (unsigned long long)median(create_ns, TIMES),
           (unsigned long long)median(attach_ns, TIMES));
    printf("\"attach_max_ns\":%llu}\n", (unsigned long long)attach_ns[TIMES - 1]);
    return true;
}

int bench_attach(const bench_plan *plan) {
    enum { MANY = 8 };
    ferry_error error = {.message = ""};
    printf("{\"idle\":[");
    bool well = measure_idle(plan, 1, &error);
    printf(",");
    well = well && measure_idle(plan, MANY, &error);
    printf("],");
    well = well && measure_opening(plan, &error); /* last: those before are forked */
    if (!well)
        fprintf(stderr, "attach: %s\n", error.message);
    return well ? 0 : 1;
}
