/* Frameferry, through its public calls only. */
#include <frameferry/frameferry.h>
#include <stdlib.h>

#include "own.h"

typedef struct sender {
    ferry_producer *producer;
    ferry_frame_info info;
    ferry_claim claim;
} sender;

typedef struct receiver {
    ferry_consumer *consumer;
    ferry_image image;
    ferry_frame frame;
    uint64_t skipped;
} receiver;

static bool make_producer(bench_end *end, bool early) {
    const bench_plan *plan = end->plan;
    sender *s = calloc(1, sizeof *s);
    if (s == NULL)
        return bench_fail(end, "out of memory");
    end->own = s;
    s->info = (ferry_frame_info){
        .width = (int32_t)plan->width,
        .height = (int32_t)plan->height,
        .format = plan->depth == 4   ? FERRY_FORMAT_BGRA
                  : plan->depth == 3 ? FERRY_FORMAT_BGR24
                                     : FERRY_FORMAT_GRAY,
    };
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = plan->channel;
    options.slots = plan->slots;
    if (plan->slots != 0)
        options.slot_bytes = plan->length_bytes + FERRY_HEADER_BYTES;
    options.early_bytes = early ? 1 : 0;
    ferry_error error;
    if (ferry_producer_create(&s->producer, &options, &error) != FERRY_OK)
        return bench_fail(end, "%s", error.message);
    return true;
}

static bool open_producer(bench_end *end) {
    return make_producer(end, false);
}

static bool open_producer_early(bench_end *end) {
    return make_producer(end, true);
}

static bool settled(bench_end *end) {
    sender *s = end->own;
    return ferry_producer_list_consumers(s->producer, NULL, 0) == end->plan->consumers;
}

static bool send(bench_end *end, const uint8_t *pixels) {
    sender *s = end->own;
    ferry_error error;
    if (ferry_producer_send(s->producer, &s->info, pixels, 0, NULL, &error) != FERRY_OK)
        return bench_fail(end, "%s", error.message);
    return true;
}

static uint8_t *claim(bench_end *end) {
    sender *s = end->own;
    ferry_error error;
    if (ferry_producer_claim(s->producer, &s->info, &s->claim, &error) == FERRY_OK)
        return s->claim.pixels;
    bench_fail(end, "%s", error.message);
    return NULL;
}

static bool commit(bench_end *end) {
    sender *s = end->own;
    ferry_error error;
    if (ferry_producer_commit(s->producer, &s->claim, NULL, &error) != FERRY_OK)
        return bench_fail(end, "%s", error.message);
    return true;
}

static void close_producer(bench_end *end) {
    sender *s = end->own;
    ferry_producer_counters counters;
    ferry_producer_get_counters(s->producer, &counters);
    end->side->wakeups = counters.wakeups;
    end->side->reserved_bytes = counters.reserved_bytes;
    end->side->slots_touched =
        counters.reserved_bytes / (end->plan->length_bytes + FERRY_HEADER_BYTES);
    ferry_producer_close(&s->producer);
    free(s);
}

static bool attach(bench_end *end, bool follow) {
    receiver *r = calloc(1, sizeof *r);
    if (r == NULL)
        return bench_fail(end, "out of memory");
    end->own = r;
    if (end->picture != NULL && (follow || !end->plan->paced)) { /* the library frees it */
        r->image.pixels = end->picture;
        r->image.capacity_bytes = end->plan->length_bytes;
        end->picture = NULL;
    }
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = end->plan->channel;
    options.follow_early = follow;
    options.delivery = end->plan->latest ? FERRY_DELIVERY_LATEST : FERRY_DELIVERY_EVERY;
    ferry_error error;
    if (ferry_consumer_open(&r->consumer, &options, &error) != FERRY_OK)
        return bench_fail(end, "%s", error.message);
    return true;
}

static bool open_consumer(bench_end *end) {
    return attach(end, false);
}

static bool open_follower(bench_end *end) {
    return attach(end, true);
}

static bench_news news_of(bench_end *end, ferry_status status, const ferry_error *error) {
    switch (status) {
    case FERRY_OK: return BENCH_FRAME;
    case FERRY_OVERRUN: return BENCH_TORN;
    case FERRY_TIMEOUT:
    case FERRY_OVERTAKEN: return BENCH_NONE;
    case FERRY_END_OF_STREAM: return BENCH_CLOSED;
    default: bench_fail(end, "%s", error->message); return BENCH_CLOSED;
    }
}

static bench_news copy(bench_end *end, const uint8_t **pixels) {
    receiver *r = end->own;
    ferry_error error;
    ferry_status status = ferry_consumer_copy(r->consumer, BENCH_SLICE_NS, &r->image, &error);
    if (status == FERRY_OK)
        r->skipped += r->image.skipped;
    *pixels = r->image.pixels;
    return news_of(end, status, &error);
}

static bench_news acquire(bench_end *end, const uint8_t **pixels) {
    receiver *r = end->own;
    ferry_error error;
    ferry_status status = ferry_consumer_acquire(r->consumer, BENCH_SLICE_NS, &r->frame, &error);
    if (status == FERRY_OK)
        r->skipped += r->frame.skipped;
    *pixels = r->frame.pixels;
    return news_of(end, status, &error);
}

static bench_news release(bench_end *end) {
    receiver *r = end->own;
    ferry_error error = {.status = FERRY_OK};
    return news_of(end, ferry_consumer_release(r->consumer, &r->frame), &error);
}

static void close_consumer(bench_end *end) {
    receiver *r = end->own;
    if (r->skipped != end->side->skipped)
        bench_fail(end, "the library counts %llu frames as skipped, and the numbers %llu",
                   (unsigned long long)r->skipped, (unsigned long long)end->side->skipped);
    ferry_consumer_close(&r->consumer);
    ferry_image_free(&r->image);
    free(r);
}

const bench_transport bench_frameferry = {
    .name = "frameferry",
    .many = true,
    .open_producer = open_producer,
    .settled = settled,
    .send = send,
    .claim = claim,
    .commit = commit,
    .close_producer = close_producer,
    .open_consumer = open_consumer,
    .copy = copy,
    .acquire = acquire,
    .release = release,
    .close_consumer = close_consumer,
};

/* The same, followed while it is written. */
const bench_transport bench_frameferry_early = {
    .name = "frameferry-early",
    .many = true,
    .in_parts = true,
    .open_producer = open_producer_early,
    .settled = settled,
    .send = send,
    .close_producer = close_producer,
    .open_consumer = open_follower,
    .copy = copy,
    .close_consumer = close_consumer,
};
