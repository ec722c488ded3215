/* How long Frameferry takes to make a channel and to attach to one, and what an idle one costs. */
#include <frameferry/frameferry.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "system.h"

static int compare(const void *a, const void *b) {
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static uint64_t median(uint64_t *times, size_t count) {
    qsort(times, count, sizeof *times, compare);
    return times[count / 2];
}

/* CPU time of a consumer that waits for a frame which does not come, in millionths. */
static bool measure_idle(const bench_plan *plan, uint64_t *millionths, ferry_error *error) {
    ferry_consumer *consumer;
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    ferry_frame frame;
    options.name = plan->channel;
    if (ferry_consumer_open(&consumer, &options, error) != FERRY_OK)
        return false;
    uint64_t begin_ns = system_now_ns(), cpu_ns = system_cpu_ns();
    ferry_status status =
        ferry_consumer_acquire(consumer, (int64_t)(plan->seconds * 1e9), &frame, error);
    cpu_ns = system_cpu_ns() - cpu_ns;
    *millionths = cpu_ns * 1000000 / (system_now_ns() - begin_ns);
    ferry_consumer_close(&consumer);
    return status == FERRY_TIMEOUT;
}

static bool open_producer(const bench_plan *plan, ferry_producer **producer, ferry_error *error) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = plan->channel;
    return ferry_producer_create(producer, &options, error) == FERRY_OK;
}

static bool measure(const bench_plan *plan, ferry_producer **producer, ferry_error *error) {
    enum { TIMES = 100 };
    uint64_t create_ns[TIMES], attach_ns[TIMES], idle = 0;
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = plan->channel;
    for (int i = 0; i < TIMES; i++) {
        ferry_consumer *consumer;
        uint64_t begin_ns = system_now_ns();
        if (!open_producer(plan, producer, error))
            return false;
        uint64_t created_ns = system_now_ns();
        if (ferry_consumer_open(&consumer, &options, error) != FERRY_OK)
            return false;
        create_ns[i] = created_ns - begin_ns;
        attach_ns[i] = system_now_ns() - created_ns;
        ferry_consumer_close(&consumer);
        ferry_producer_close(producer);
    }
    if (!open_producer(plan, producer, error) || !measure_idle(plan, &idle, error))
        return false;
    printf("{\"create_ns\":%llu,\"attach_ns\":%llu,", (unsigned long long)median(create_ns, TIMES),
           (unsigned long long)median(attach_ns, TIMES));
    printf("\"attach_max_ns\":%llu,\"idle_cpu_millionths\":%llu}\n",
           (unsigned long long)attach_ns[TIMES - 1], (unsigned long long)idle);
    return true;
}

int bench_attach(const bench_plan *plan) {
    ferry_producer *producer = NULL;
    ferry_error error = {.message = "a wait ended before its time"};
    bool well = measure(plan, &producer, &error);
    ferry_producer_close(&producer);
    if (!well)
        fprintf(stderr, "attach: %s\n", error.message);
    return well ? 0 : 1;
}
