/* What tests of a channel inside one process share: pictures of any format and size, the sums that
 * every consumer keeps, and bounds on calls that would block. Include after cmocka.h; define
 * _GNU_SOURCE first. */
#ifndef FERRY_TEST_CHANNEL_SUPPORT_H
#define FERRY_TEST_CHANNEL_SUPPORT_H

#include <frameferry/clock.h>

#include "process_support.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "channel/consumer_handle.h"
#include "channel/producer_handle.h"

/* ---- pictures ---- */

static inline uint8_t byte_of(uint64_t seed, size_t index) {
    uint64_t mixed = (seed * 1000003 + index) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint8_t)(mixed >> 56);
}

static inline void fill_bytes(uint8_t *bytes, size_t length, uint64_t seed) {
    for (size_t i = 0; i < length; i++)
        bytes[i] = byte_of(seed, i);
}

static inline bool is_filled(const uint8_t *bytes, size_t length, uint64_t seed) {
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != byte_of(seed, i))
            return false;
    return true;
}

/* ---- frames of changing sizes that carry their number in all of their bytes ---- */

static inline ferry_frame_info numbered_info(uint64_t number) {
    return (ferry_frame_info){
        .width = (int32_t)(8 + number * 97 % 1000), .height = 8, .format = FERRY_FORMAT_GRAY};
}

static inline void fill_number(uint8_t *pixels, uint32_t length, uint64_t number) {
    for (uint32_t i = 0; i < length; i += sizeof number)
        memcpy(pixels + i, &number, sizeof number);
}

static inline bool is_whole(const uint8_t *pixels, const ferry_frame_info *info) {
    ferry_frame_info expected = numbered_info(info->number);
    if (info->width != expected.width ||
        info->length_bytes != (uint32_t)(expected.width * expected.height))
        return false;
    for (uint32_t i = 0; i < info->length_bytes; i += sizeof info->number)
        if (memcmp(pixels + i, &info->number, sizeof info->number) != 0)
            return false;
    return true;
}

/* Publishes the frame of this number, in place; nobody else publishes meanwhile. */
static inline ferry_status send_numbered(ferry_producer *producer, uint64_t number) {
    ferry_frame_info info = numbered_info(number);
    ferry_claim claim;
    ferry_status status = ferry_producer_claim(producer, &info, &claim, NULL);
    if (status != FERRY_OK)
        return status;
    fill_number(claim.pixels, claim.info.length_bytes, number);
    return ferry_producer_commit(producer, &claim, NULL, NULL);
}

/* ---- both ends ---- */

static inline ferry_producer *create_with(const ferry_producer_options *options) {
    ferry_producer *producer = NULL;
    ferry_error error = {0};
    if (ferry_producer_create(&producer, options, &error) != FERRY_OK)
        fail_msg("create: %s", error.message);
    return producer;
}

/* A producer whose claims wait for very long when the channel is full. The name goes to name. */
static inline ferry_producer *open_channel(char name[static NAME_BYTES], const char *tag,
                                           uint32_t slots, uint32_t when_full) {
    ferry_producer *producer = make_producer(own_name(name, tag), slots, when_full, NULL);
    assert_non_null(producer);
    return producer;
}

static inline ferry_consumer *open_every(const char *name) {
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
    assert_non_null(consumer);
    return consumer;
}

static inline ferry_consumer *open_latest(const char *name) {
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    assert_non_null(consumer);
    return consumer;
}

static inline void close_both(ferry_producer **producer, ferry_consumer **consumer) {
    ferry_consumer_close(consumer);
    assert_null(*consumer);
    ferry_producer_close(producer);
    assert_null(*producer);
    assert_nothing_left();
}

/* Sends frames until the channel has this number. */
static inline void send_up_to(ferry_producer *producer, uint64_t number) {
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    for (uint64_t next = counters.published + 1; next <= number; next++)
        assert_int_equal(send_next(producer), FERRY_OK);
}

/* Takes a frame that is there, whole, and has this number. */
static inline void take_number(ferry_consumer *consumer, uint64_t number, ferry_frame *frame) {
    ferry_status status;
    assert_int_equal(take_next(consumer, 0, frame, &status), number);
    assert_int_equal(status, FERRY_OK);
}

static inline void take_and_release(ferry_consumer *consumer, uint64_t number) {
    ferry_frame frame;
    take_number(consumer, number, &frame);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
}

static inline void assert_none_yet(ferry_consumer *consumer) {
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_TIMEOUT);
}

static inline uint64_t dropped_by(ferry_producer *producer) {
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    return counters.dropped;
}

/* ---- sums ---- */

static inline void assert_sums_hold(ferry_consumer *consumer) {
    ferry_consumer_counters c;
    ferry_consumer_get_counters(consumer, &c);
    assert_true(c.head - c.first + 1 == c.received + c.skipped + c.pending);
    assert_true(c.overrun <= c.skipped);
}

static inline void assert_counts(ferry_consumer *consumer, uint64_t first, uint64_t received,
                                 uint64_t skipped, uint64_t pending) {
    ferry_consumer_counters c;
    ferry_consumer_get_counters(consumer, &c);
    assert_int_equal(c.first, first);
    assert_int_equal(c.received, received);
    assert_int_equal(c.skipped, skipped);
    assert_int_equal(c.pending, pending);
    assert_sums_hold(consumer);
}

/* ---- calls that block ---- */

static inline void wait_until_asleep(_Atomic(uint32_t) *word) {
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while (atomic_load(word) != FERRYI_EVENT_SLEEPING && ferry_clock_ns() < stuck_ns)
        sched_yield();
}

/* Ends a producer's call that should not block, when it does for very long, so that the test fails
 * instead of hanging. */
typedef struct rescue {
    pthread_t thread;
    ferry_producer *producer;
    sem_t over;
} rescue;

static inline void *rescue_body(void *argument) {
    rescue *r = argument;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STUCK_MS / 1000;
    if (sem_timedwait(&r->over, &until) != 0)
        ferry_producer_interrupt(r->producer);
    return NULL;
}

static inline void rescue_start(rescue *r, ferry_producer *producer) {
    r->producer = producer;
    assert_int_equal(sem_init(&r->over, 0, 0), 0);
    assert_int_equal(pthread_create(&r->thread, NULL, rescue_body, r), 0);
}

static inline void rescue_end(rescue *r) {
    sem_post(&r->over);
    pthread_join(r->thread, NULL);
    sem_destroy(&r->over);
}

#endif
