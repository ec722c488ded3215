/* The cost of Frameferry's own calls: both ends are in one process and in step, so that nobody
 * sleeps and nothing but the calls is measured. */
#include <frameferry/frameferry.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "stamp.h"
#include "system.h"

typedef struct ends {
    ferry_producer *producer;
    ferry_consumer *consumer[BENCH_MAX_CONSUMERS];
    uint32_t consumers;
    ferry_frame_info info;
    ferry_error error;
    uint64_t number;
} ends;

typedef struct price {
    uint64_t producer_ns, consumer_ns; /* in all */
    uint64_t frames;
} price;

static bool open_ends(ends *e, const bench_plan *plan) {
    ferry_producer_options producing = FERRY_PRODUCER_OPTIONS_INIT;
    producing.name = plan->channel;
    producing.slots = plan->slots;
    producing.slot_bytes = plan->length_bytes + FERRY_HEADER_BYTES;
    e->info = (ferry_frame_info){
        .width = (int32_t)plan->length_bytes, .height = 1, .format = FERRY_FORMAT_GRAY};
    if (ferry_producer_create(&e->producer, &producing, &e->error) != FERRY_OK)
        return false;
    ferry_consumer_options consuming = FERRY_CONSUMER_OPTIONS_INIT;
    consuming.name = plan->channel;
    consuming.delivery = plan->latest ? FERRY_DELIVERY_LATEST : FERRY_DELIVERY_EVERY;
    for (e->consumers = 0; e->consumers < plan->consumers; e->consumers++)
        if (ferry_consumer_open(&e->consumer[e->consumers], &consuming, &e->error) != FERRY_OK)
            return false;
    return true;
}

static void close_ends(ends *e) {
    for (uint32_t i = 0; i < e->consumers; i++)
        ferry_consumer_close(&e->consumer[i]);
    ferry_producer_close(&e->producer);
}

/* The number is written, and looked for, between the calls, and that is not measured: touching far
 * pages costs something too. */
static bool publish(ends *e, price *p) {
    ferry_claim claim;
    uint64_t begin_ns = system_now_ns();
    if (ferry_producer_claim(e->producer, &e->info, &claim, &e->error) != FERRY_OK)
        return false;
    uint64_t claimed_ns = system_now_ns();
    stamp_write(claim.pixels, claim.info.length_bytes, ++e->number);
    uint64_t filled_ns = system_now_ns();
    if (ferry_producer_commit(e->producer, &claim, NULL, &e->error) != FERRY_OK)
        return false;
    p->producer_ns += claimed_ns - begin_ns + system_now_ns() - filled_ns;
    return true;
}

static bool take(ends *e, price *p, uint32_t index) {
    ferry_frame frame;
    uint64_t number;
    uint64_t begin_ns = system_now_ns();
    if (ferry_consumer_acquire(e->consumer[index], 0, &frame, &e->error) != FERRY_OK)
        return false;
    uint64_t acquired_ns = system_now_ns();
    bool right = stamp_read(frame.pixels, frame.info.length_bytes, &number) && number == e->number;
    if (!right)
        e->error = (ferry_error){.message = "a frame is torn, or not the one that was published"};
    uint64_t read_ns = system_now_ns();
    right = ferry_consumer_release(e->consumer[index], &frame) == FERRY_OK && right;
    p->consumer_ns += acquired_ns - begin_ns + system_now_ns() - read_ns;
    return right;
}

static bool run_step(ends *e, price *p) {
    if (!publish(e, p))
        return false;
    for (uint32_t i = 0; i < e->consumers; i++)
        if (!take(e, p, i))
            return false;
    p->frames++;
    return true;
}

static bool run_steps(ends *e, double seconds, price *p) {
    enum { WARM_UP = 16 };
    price warm_up = {0};
    while (warm_up.frames < WARM_UP)
        if (!run_step(e, &warm_up))
            return false;
    uint64_t end_ns = system_now_ns() + (uint64_t)(seconds * 1e9);
    while (system_now_ns() < end_ns)
        if (!run_step(e, p))
            return false;
    return true;
}

int bench_price(const bench_plan *plan) {
    ends e = {.consumers = 0};
    price p = {0};
    bool well = open_ends(&e, plan) && run_steps(&e, plan->seconds, &p);
    close_ends(&e);
    if (!well || p.frames == 0) {
        fprintf(stderr, "price: %s\n", e.error.message);
        return 1;
    }
    printf("{\"frames\":%llu,\"producer_ns\":%.1f,\"consumer_ns\":%.1f}\n",
           (unsigned long long)p.frames, (double)p.producer_ns / (double)p.frames,
           plan->consumers == 0 ? 0.0 : (double)p.consumer_ns / (double)p.frames / plan->consumers);
    return 0;
}
