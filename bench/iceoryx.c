/* iceoryx through its C binding: chunks of shared memory that a daemon hands out. bench/run.py
 * starts the daemon, with room for the frames of all loads. */
#include <iceoryx_binding_c/log.h>
#include <iceoryx_binding_c/publisher.h>
#include <iceoryx_binding_c/runtime.h>
#include <iceoryx_binding_c/subscriber.h>
#include <iceoryx_binding_c/wait_set.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "system.h"

enum { PICTURE_ALIGNMENT = 4096 };

typedef struct sender {
    iox_pub_storage_t storage;
    iox_pub_t publisher;
    void *chunk;
} sender;

typedef struct receiver {
    iox_sub_storage_t storage;
    iox_sub_t subscriber;
    iox_ws_storage_t wait_storage;
    iox_ws_t wait_set;
    const void *chunk;
} receiver;

enum { NAME_BYTES = 100 };

static void name_of(char name[static NAME_BYTES], const bench_plan *plan, const char *role,
                    uint32_t index) {
    snprintf(name, NAME_BYTES, "%s-%s-%u", plan->channel, role, (unsigned)index);
}

static void start(const bench_end *end, const char *role) {
    char name[NAME_BYTES];
    iox_set_loglevel(Iceoryx_LogLevel_Error);
    name_of(name, end->plan, role, end->index);
    iox_runtime_init(name);
}

/* A process that has no destructors run leaves a lock file and a socket. */
static void remove_traces(const bench_plan *plan, const char *role, uint32_t index) {
    char name[NAME_BYTES], path[NAME_BYTES + 16];
    name_of(name, plan, role, index);
    snprintf(path, sizeof path, "/tmp/%s", name);
    remove(path);
    snprintf(path, sizeof path, "/tmp/%s.lock", name);
    remove(path);
}

static void clean(const bench_plan *plan) {
    remove_traces(plan, "producer", 0);
    for (uint32_t i = 0; i < plan->consumers; i++)
        remove_traces(plan, "consumer", i);
}

static bool open_producer(bench_end *end) {
    sender *s = calloc(1, sizeof *s);
    if (s == NULL)
        return bench_fail(end, "out of memory");
    end->own = s;
    start(end, "producer");
    iox_pub_options_t options;
    iox_pub_options_init(&options);
    options.historyCapacity = 0;
    options.subscriberTooSlowPolicy = ConsumerTooSlowPolicy_WAIT_FOR_CONSUMER;
    s->publisher = iox_pub_init(&s->storage, "bench", end->plan->channel, "frame", &options);
    return true;
}

static uint8_t *claim(bench_end *end) {
    sender *s = end->own;
    if (iox_pub_loan_aligned_chunk(s->publisher, &s->chunk, end->plan->length_bytes,
                                   PICTURE_ALIGNMENT) == AllocationResult_SUCCESS)
        return s->chunk;
    bench_fail(end, "the daemon has no chunk of %u bytes", (unsigned)end->plan->length_bytes);
    return NULL;
}

static bool commit(bench_end *end) {
    sender *s = end->own;
    iox_pub_publish_chunk(s->publisher, s->chunk);
    return true;
}

static bool send_frame(bench_end *end, const uint8_t *pixels) {
    uint8_t *to = claim(end);
    if (to == NULL)
        return false;
    memcpy(to, pixels, end->plan->length_bytes);
    return commit(end);
}

static void close_producer(bench_end *end) {
    sender *s = end->own;
    iox_pub_deinit(s->publisher);
    iox_runtime_shutdown();
    free(s);
}

/* One chunk is being filled and one is read. As it comes the queue has 256 places, which the ten
 * chunks of the daemon's largest pool cannot fill: the publisher would find none, and fail. */
static uint64_t queue_of(const bench_plan *plan) {
    enum { CHUNKS = 10 };
    uint32_t chunks = plan->slots != 0 ? plan->slots : CHUNKS;
    return chunks > 2 ? chunks - 2 : 1;
}

static bool open_consumer(bench_end *end) {
    enum { ATTEMPTS = 5000, PAUSE_NS = 1000000 };
    receiver *r = calloc(1, sizeof *r);
    if (r == NULL)
        return bench_fail(end, "out of memory");
    end->own = r;
    start(end, "consumer");
    iox_sub_options_t options;
    iox_sub_options_init(&options);
    options.historyRequest = 0;
    options.queueCapacity = queue_of(end->plan);
    options.queueFullPolicy = QueueFullPolicy_BLOCK_PRODUCER;
    r->subscriber = iox_sub_init(&r->storage, "bench", end->plan->channel, "frame", &options);
    r->wait_set = iox_ws_init(&r->wait_storage);
    iox_ws_attach_subscriber_state(r->wait_set, r->subscriber, SubscriberState_HAS_DATA, 0, NULL);
    for (int i = 0; i < ATTEMPTS; i++) {
        if (iox_sub_get_subscription_state(r->subscriber) == SubscribeState_SUBSCRIBED)
            return true;
        system_sleep_until(system_now_ns() + PAUSE_NS);
    }
    return bench_fail(end, "the daemon does not connect this subscriber");
}

static bench_news acquire(bench_end *end, const uint8_t **pixels) {
    receiver *r = end->own;
    if (iox_sub_take_chunk(r->subscriber, &r->chunk) != ChunkReceiveResult_SUCCESS) {
        struct timespec slice = {.tv_nsec = BENCH_SLICE_NS};
        iox_notification_info_t news;
        uint64_t missed;
        iox_ws_timed_wait(r->wait_set, slice, &news, 1, &missed);
        if (iox_sub_take_chunk(r->subscriber, &r->chunk) != ChunkReceiveResult_SUCCESS)
            return BENCH_NONE;
    }
    *pixels = r->chunk;
    return BENCH_FRAME;
}

static bench_news release(bench_end *end) {
    receiver *r = end->own;
    iox_sub_release_chunk(r->subscriber, r->chunk);
    return BENCH_FRAME;
}

static void close_consumer(bench_end *end) {
    receiver *r = end->own;
    iox_ws_detach_subscriber_state(r->wait_set, r->subscriber, SubscriberState_HAS_DATA);
    iox_ws_deinit(r->wait_set);
    iox_sub_deinit(r->subscriber);
    iox_runtime_shutdown();
    free(r);
}

static const bench_transport iceoryx = {
    .name = "iceoryx",
    .many = true,
    .clean = clean,
    .open_producer = open_producer,
    .send = send_frame,
    .claim = claim,
    .commit = commit,
    .close_producer = close_producer,
    .open_consumer = open_consumer,
    .acquire = acquire,
    .release = release,
    .close_consumer = close_consumer,
};

const bench_transport *const bench_transports[] = {&iceoryx, NULL};
