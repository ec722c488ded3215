/* A channel whose ends are threads of one process on one mapping (one_mapping.h), so that
 * ThreadSanitizer sees that both touch the same pixels, headers and descriptors. Two mappings of
 * the same memory are different memory to it.
 *
 * Native channels only: copying from one slot races on purpose, and ThreadSanitizer knows neither
 * that nor the fences that make it harmless. Exits with 0 when every frame was whole. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/frameferry.h>

#include "idle_support.h"
#include "one_mapping.h"

enum { BYTES = 256, SLOTS = 6, VISITS = 40, LAG = 2 };

static uint64_t frames = 3000; /* unless the first argument says otherwise */
static atomic_int faults;

static void expect(bool fine, const char *fault) {
    if (fine)
        return;
    fprintf(stderr, "%s\n", fault);
    atomic_fetch_add(&faults, 1);
}

/* Every third frame is shown while it is written, and some of these are given up first. */
static ferry_status send_shown(ferry_producer *producer, const ferry_frame_info *info,
                               const uint8_t *pixels) {
    ferry_claim claim;
    for (int give_up = info->capture_ns % 2 == 0; give_up >= 0; give_up--) {
        ferry_status status = ferry_producer_claim(producer, info, &claim, NULL);
        if (status != FERRY_OK)
            return status;
        expect(ferry_producer_show_early(producer, &claim, NULL) == FERRY_OK, "showing");
        memcpy(claim.pixels, pixels, BYTES / 2);
        expect(ferry_producer_advance(producer, &claim, BYTES / 2, NULL) == FERRY_OK, "advancing");
        memcpy(claim.pixels + BYTES / 2, pixels + BYTES / 2, BYTES / 2);
        if (give_up > 0)
            ferry_producer_abort(producer, &claim);
    }
    return ferry_producer_commit(producer, &claim, NULL, NULL);
}

static void *produce(void *argument) {
    ferry_producer *producer = argument;
    uint8_t pixels[BYTES];
    for (uint64_t number = 1; number <= frames; number++) {
        ferry_frame_info info = {
            .width = BYTES, .height = 1, .format = FERRY_FORMAT_GRAY, .capture_ns = number};
        memset(pixels, (int)(number & 0xff), sizeof pixels);
        ferry_status status = number % 3 == 0
                                  ? send_shown(producer, &info, pixels)
                                  : ferry_producer_send(producer, &info, pixels, 0, NULL, NULL);
        expect(status == FERRY_OK, "sending");
        if (number % 8 == 0)
            give_idle_back(producer);
    }
    ferry_producer_close(&producer);
    return NULL;
}

static void look_at(ferry_consumer *consumer, ferry_frame *frame) {
    bool whole = frame->info.capture_ns == frame->info.number;
    for (uint32_t i = 0; i < frame->info.length_bytes; i++)
        whole = whole && frame->pixels[i] == (uint8_t)frame->info.number;
    expect(whole, "torn");
    expect(ferry_consumer_release(consumer, frame) == FERRY_OK, "releasing");
}

static ferry_consumer *open_one(uint32_t delivery, uint32_t max_lag) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = "races";
    options.delivery = delivery;
    options.max_lag = max_lag;
    options.wait_ns = 0;
    ferry_consumer *consumer = NULL;
    ferry_status status = ferry_consumer_open(&consumer, &options, NULL);
    expect(status == FERRY_OK || status == FERRY_NO_PRODUCER, "opening");
    return consumer;
}

static void *take_every(void *argument) {
    ferry_consumer *consumer = argument;
    ferry_frame frame;
    ferry_status status;
    uint64_t last = 0;
    while ((status = ferry_consumer_acquire(consumer, FERRY_FOREVER, &frame, NULL)) == FERRY_OK) {
        expect(frame.info.number == last + 1, "missing");
        last = frame.info.number;
        look_at(consumer, &frame);
    }
    expect(status == FERRY_END_OF_STREAM && last == frames, "the end");
    ferry_consumer_close(&consumer);
    return NULL;
}

/* Never sleeps, since what an event hands over could stand in for what the frame has to. Of one
 * that may skip frames, too. */
static void *take_some(void *argument) {
    ferry_consumer *consumer = argument;
    ferry_frame frame;
    ferry_status status;
    uint64_t last = 0;
    while ((status = ferry_consumer_acquire(consumer, 0, &frame, NULL)) != FERRY_END_OF_STREAM) {
        expect(status == FERRY_OK || status == FERRY_TIMEOUT, "taking some");
        if (status != FERRY_OK) {
            sched_yield();
            continue;
        }
        expect(frame.info.number == last + 1 + frame.skipped, "not counted");
        last = frame.info.number;
        look_at(consumer, &frame);
    }
    expect(last == frames, "the last one");
    ferry_consumer_close(&consumer);
    return NULL;
}

/* Reads what is there of frames that are being written, and never sleeps either. */
static void *follow(void *argument) {
    ferry_consumer *consumer = argument;
    ferry_frame frame;
    ferry_status status;
    while ((status = ferry_consumer_acquire_early(consumer, 0, &frame, NULL)) !=
           FERRY_END_OF_STREAM) {
        expect(status == FERRY_OK || status == FERRY_TIMEOUT, "following");
        bool given_up = false;
        uint32_t there = 0;
        for (uint32_t wanted = 1; status == FERRY_OK && frame.info.number == 0 && !given_up;) {
            ferry_status more =
                ferry_consumer_wait_filled(consumer, &frame, wanted, 0, &there, NULL);
            given_up = more == FERRY_ABANDONED;
            expect(more == FERRY_OK || more == FERRY_TIMEOUT || given_up, "waiting for more");
            for (uint32_t i = 1; i < there; i++)
                expect(frame.pixels[i] == frame.pixels[0], "torn in the making");
            wanted = there + 1;
            sched_yield();
        }
        if (given_up)
            expect(ferry_consumer_release(consumer, &frame) == FERRY_ABANDONED, "giving up");
        else if (status == FERRY_OK)
            look_at(consumer, &frame);
        else
            sched_yield();
    }
    ferry_consumer_close(&consumer);
    return NULL;
}

static void *visit(void *unused) {
    (void)unused;
    for (int i = 0; i < VISITS; i++) {
        ferry_consumer *consumer = i % 2 == 0 ? open_one(FERRY_DELIVERY_EVERY, i % 4 == 0 ? LAG : 0)
                                              : open_one(FERRY_DELIVERY_LATEST, 0);
        ferry_frame frame;
        for (int k = 0; k < 4 && consumer != NULL; k++) {
            if (ferry_consumer_acquire(consumer, FERRY_SECOND_NS, &frame, NULL) != FERRY_OK)
                break;
            look_at(consumer, &frame);
        }
        ferry_consumer_close(&consumer);
    }
    return NULL;
}

static void give_back(void *start, size_t bytes) {
    memset(start, 0, bytes);
}

int main(int argc, char **argv) {
    one_mapping.gives_back = give_back;
    if (argc > 1)
        frames = strtoull(argv[1], NULL, 10);
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = "races";
    options.slots = SLOTS;
    options.slot_bytes = 2 * FERRYI_SHM_PAGE; /* one of which can be given back */
    options.full_timeout_ns = FERRY_FOREVER;
    options.stall_limit_ns = FERRY_FOREVER;
    ferry_producer *producer = NULL;
    if (ferry_producer_create(&producer, &options, NULL) != FERRY_OK)
        return 2;
    ferry_consumer *every = open_one(FERRY_DELIVERY_EVERY, 0);
    ferry_consumer *latest = open_one(FERRY_DELIVERY_LATEST, 0);
    ferry_consumer *bounded = open_one(FERRY_DELIVERY_EVERY, LAG);
    ferry_consumer *followers[] = {open_one(FERRY_DELIVERY_EVERY, 0),
                                   open_one(FERRY_DELIVERY_LATEST, 0)};
    if (every == NULL || latest == NULL || bounded == NULL || followers[0] == NULL ||
        followers[1] == NULL)
        return 2;
    pthread_t threads[7];
    int failed = pthread_create(&threads[0], NULL, take_every, every) |
                 pthread_create(&threads[1], NULL, take_some, latest) |
                 pthread_create(&threads[2], NULL, visit, NULL) |
                 pthread_create(&threads[3], NULL, follow, followers[0]) |
                 pthread_create(&threads[4], NULL, follow, followers[1]) |
                 pthread_create(&threads[5], NULL, take_some, bounded) |
                 pthread_create(&threads[6], NULL, produce, producer);
    if (failed)
        return 2;
    for (int i = 0; i < 7; i++)
        pthread_join(threads[i], NULL);
    expect(one_mapping_count() == 0, "an object is left");
    return atomic_load(&faults) != 0;
}
