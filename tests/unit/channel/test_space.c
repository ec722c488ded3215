/* Shared memory that runs out: a /dev/shm of a few MB, private to a child in a mount namespace of
 * its own. */
#define _GNU_SOURCE /* pipe2, unshare */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "plain_peer.h"
#include "process_support.h"
#include "small_room.h"

enum { MIB = 1 << 20, SLOTS = 8 };

/* ---- channels in it ---- */

static ferry_producer *make_large(const char *name, uint32_t when_full, int64_t timeout_ns) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.slots = SLOTS;
    options.slot_bytes = 4 * MIB;
    options.when_full = when_full;
    options.full_timeout_ns = timeout_ns;
    ferry_producer *producer = NULL;
    CHILD_CHECK(ferry_producer_create(&producer, &options, NULL) == FERRY_OK);
    return producer;
}

static ferry_frame_info info_of(uint32_t bytes) {
    return (ferry_frame_info){.width = (int32_t)bytes, .height = 1, .format = FERRY_FORMAT_GRAY};
}

/* Sends a frame of so many bytes, all of them the low part of its number. */
static ferry_status send_bytes(ferry_producer *producer, uint32_t bytes, ferry_error *error) {
    ferry_claim claim;
    ferry_frame_info info = info_of(bytes);
    ferry_producer_counters counters;
    ferry_status status = ferry_producer_claim(producer, &info, &claim, error);
    if (status != FERRY_OK)
        return status;
    ferry_producer_get_counters(producer, &counters);
    memset(claim.pixels, (int)((counters.published + 1) & 0xff), bytes);
    return ferry_producer_commit(producer, &claim, NULL, error);
}

static void expect_frame(ferry_consumer *consumer, uint64_t number, uint32_t bytes) {
    ferry_frame frame;
    CHILD_CHECK(ferry_consumer_acquire(consumer, 0, &frame, NULL) == FERRY_OK);
    CHILD_CHECK(frame.info.number == number && frame.info.length_bytes == bytes);
    for (uint32_t i = 0; i < bytes; i++)
        CHILD_CHECK(frame.pixels[i] == (uint8_t)number);
    CHILD_CHECK(ferry_consumer_release(consumer, &frame) == FERRY_OK);
}

static void expect_no_space(ferry_status status, const ferry_error *error) {
    CHILD_CHECK(status == FERRY_NO_SPACE && error->status == FERRY_NO_SPACE);
    CHILD_CHECK(strlen(error->message) > 40);
    CHILD_CHECK(strstr(error->message, SHM_FOLDER) != NULL ||
                strstr(error->message, own_marker()) != NULL);
}

/* A frame that does not fit any more: a status, and everything else goes on. */
static void a_frame_too_many(const void *argument) {
    (void)argument;
    char name[NAME_BYTES];
    ferry_error error = {0};
    ferry_producer_counters before, after;
    make_room("4m");
    ferry_producer *producer = make_large(own_name(name, "frame"), FERRY_WHEN_FULL_WAIT, STUCK_NS);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
    CHILD_CHECK(send_bytes(producer, MIB, NULL) == FERRY_OK);
    ferry_producer_get_counters(producer, &before);
    uint64_t room = room_left();
    expect_no_space(send_bytes(producer, 4 * MIB - 16, &error), &error);
    ferry_producer_get_counters(producer, &after);
    CHILD_CHECK(room_left() == room);
    CHILD_CHECK(after.published == before.published && after.dropped == 0);
    CHILD_CHECK(after.reserved_bytes == before.reserved_bytes);
    CHILD_CHECK(send_bytes(producer, 1000, NULL) == FERRY_OK);
    CHILD_CHECK(send_bytes(producer, MIB, NULL) == FERRY_OK);
    expect_frame(consumer, 1, MIB);
    expect_frame(consumer, 2, 1000);
    expect_frame(consumer, 3, MIB);
    ferry_producer_close(&producer);
    ferry_consumer_close(&consumer);
    CHILD_CHECK(count_shared(name, true, false) == 0);
    CHILD_CHECK(room_left() >= 4 * MIB - 65536);
}

static void test_a_frame_too_many(void **state) {
    (void)state;
    run(a_frame_too_many);
}

/* Two or three slots have got memory, the others cannot: the channel goes on with those, and waits
 * for them when they are in use, but not for what none of them can hold. */
static void the_slots_that_have_memory(const void *argument) {
    (void)argument;
    char name[NAME_BYTES];
    ferry_error error = {0};
    ferry_producer_counters counters;
    uint64_t published = 0, received = 0;
    make_room("4m");
    ferry_producer *producer = make_large(own_name(name, "slots"), FERRY_WHEN_FULL_WAIT, 0);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
    while (published < SLOTS && send_bytes(producer, MIB, &error) == FERRY_OK)
        published++;
    CHILD_CHECK(error.status == FERRY_TIMEOUT);
    CHILD_CHECK(published >= 2 && published < SLOTS);
    expect_no_space(send_bytes(producer, 2 * MIB, &error), &error);
    for (int i = 0; i < 30; i++) {
        expect_frame(consumer, ++received, MIB);
        CHILD_CHECK(send_bytes(producer, MIB, &error) == FERRY_OK);
        published++;
    }
    while (received < published)
        expect_frame(consumer, ++received, MIB);
    ferry_producer_get_counters(producer, &counters);
    CHILD_CHECK(counters.published == published && counters.dropped == 0);
    CHILD_CHECK(counters.reserved_bytes <= 4 * MIB);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    CHILD_CHECK(count_shared(name, true, false) == 0);
}

static void test_the_slots_that_have_memory(void **state) {
    (void)state;
    run(the_slots_that_have_memory);
}

enum { STREAM = 40 };

static void *receive_all(void *argument) {
    for (uint64_t number = 1; number <= STREAM; number++) {
        ferry_frame frame;
        CHILD_CHECK(ferry_consumer_acquire(argument, STUCK_NS, &frame, NULL) == FERRY_OK);
        CHILD_CHECK(frame.info.number == number && frame.pixels[MIB - 1] == (uint8_t)number);
        CHILD_CHECK(ferry_consumer_release(argument, &frame) == FERRY_OK);
    }
    return NULL;
}

/* More frames than there is memory for, with a consumer that wants each of them. */
static void a_stream_through_a_small_room(const void *argument) {
    (void)argument;
    char name[NAME_BYTES];
    pthread_t thread;
    make_room("4m");
    ferry_producer *producer = make_large(own_name(name, "stream"), FERRY_WHEN_FULL_WAIT, STUCK_NS);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
    CHILD_CHECK(pthread_create(&thread, NULL, receive_all, consumer) == 0);
    for (int i = 0; i < STREAM; i++)
        CHILD_CHECK(send_bytes(producer, MIB, NULL) == FERRY_OK);
    CHILD_CHECK(pthread_join(thread, NULL) == 0);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
}

static void test_a_stream_through_a_small_room(void **state) {
    (void)state;
    run(a_stream_through_a_small_room);
}

/* The lowest free slots cannot grow, higher ones have what it takes. */
static void memory_in_higher_slots(const void *argument) {
    (void)argument;
    char name[NAME_BYTES];
    make_room("6m");
    ferry_producer *producer = make_large(own_name(name, "higher"), FERRY_WHEN_FULL_WAIT, STUCK_NS);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
    static const uint32_t sizes[] = {1000, 1000, MIB, MIB};
    for (uint64_t i = 0; i < 4; i++)
        CHILD_CHECK(send_bytes(producer, sizes[i], NULL) == FERRY_OK);
    for (uint64_t i = 0; i < 4; i++)
        expect_frame(consumer, i + 1, sizes[i]);
    fill_room(4096);
    for (uint64_t number = 5; number < 15; number++) {
        CHILD_CHECK(send_bytes(producer, MIB, NULL) == FERRY_OK);
        expect_frame(consumer, number, MIB);
    }
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    CHILD_CHECK(count_shared(name, true, false) == 0);
}

static void test_memory_in_higher_slots(void **state) {
    (void)state;
    run(memory_in_higher_slots);
}

/* Small frames go on while there is no memory for large ones, which come back with it. */
static void room_comes_back(const void *argument) {
    (void)argument;
    char name[NAME_BYTES];
    ferry_error error = {0};
    make_room("6m");
    ferry_producer *producer = make_large(own_name(name, "back"), FERRY_WHEN_FULL_DROP, 0);
    CHILD_CHECK(send_bytes(producer, 1000, NULL) == FERRY_OK);
    fill_room(MIB / 2);
    expect_no_space(send_bytes(producer, MIB, &error), &error);
    for (int i = 0; i < 20; i++)
        CHILD_CHECK(send_bytes(producer, 1000, NULL) == FERRY_OK);
    empty_room();
    for (int i = 0; i < 20; i++)
        CHILD_CHECK(send_bytes(producer, MIB, NULL) == FERRY_OK);
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    CHILD_CHECK(counters.published == 41 && counters.dropped == 0);
    ferry_producer_close(&producer);
}

static void test_room_comes_back(void **state) {
    (void)state;
    run(room_comes_back);
}

/* ---- making a channel ---- */

static void no_room_for_a_channel(const void *argument) {
    (void)argument;
    char name[NAME_BYTES];
    ferry_error error;
    make_room("4m");
    own_name(name, "none");
    /* None at all, not enough for the consumers object, and not enough for the block as well. */
    static const uint64_t rooms[] = {0, 4096, 12288, 16384, 20480};
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        fill_room(rooms[i]);
        uint64_t before = room_left();
        for (uint32_t dialect = 0; dialect <= FERRY_DIALECT_BASEIMAGE; dialect++) {
            error = (ferry_error){0};
            ferry_status status = try_producer(name, dialect, &error);
            expect_no_space(status, &error);
            CHILD_CHECK(count_shared(name, true, false) == 0);
            CHILD_CHECK(room_left() == before);
        }
        empty_room();
    }
    CHILD_CHECK(try_producer(name, FERRY_DIALECT_NATIVE, &error) == FERRY_OK);
    CHILD_CHECK(try_producer(name, FERRY_DIALECT_BASEIMAGE, &error) == FERRY_OK);
    CHILD_CHECK(count_shared(name, true, false) == 0);
}

static void test_no_room_for_a_channel(void **state) {
    (void)state;
    run(no_room_for_a_channel);
}

/* The objects fit, the semaphore does not. */
static void no_room_for_the_event(const void *argument) {
    (void)argument;
    char name[NAME_BYTES];
    ferry_error error = {0};
    make_room("4m");
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "event");
    options.dialect = FERRY_DIALECT_BASEIMAGE;
    ferry_producer *producer = NULL;
    uint64_t empty = room_left();
    CHILD_CHECK(ferry_producer_create(&producer, &options, NULL) == FERRY_OK);
    uint64_t needed = empty - room_left();
    ferry_producer_close(&producer);
    CHILD_CHECK(room_left() == empty);
    for (uint64_t short_of = 4096; short_of <= needed; short_of += 4096) {
        fill_room(needed - short_of);
        expect_no_space(ferry_producer_create(&producer, &options, &error), &error);
        CHILD_CHECK(producer == NULL && count_shared(name, true, false) == 0);
        empty_room();
        CHILD_CHECK(room_left() == empty);
    }
    fill_room(needed);
    CHILD_CHECK(ferry_producer_create(&producer, &options, &error) == FERRY_OK);
    ferry_frame_info info = info_of(100000);
    uint8_t *pixels = calloc(1, 100000);
    expect_no_space(ferry_producer_send(producer, &info, pixels, 0, NULL, &error), &error);
    free(pixels);
    ferry_producer_close(&producer);
    CHILD_CHECK(count_shared(name, true, false) == 0);
}

static void test_no_room_for_the_event(void **state) {
    (void)state;
    run(no_room_for_the_event);
}

/* Another program's object, which would have to grow for the block. */
static void no_room_in_a_borrowed_object(const void *argument) {
    (void)argument;
    char name[NAME_BYTES];
    plain_peer peer;
    struct stat before, after;
    char path[PATH_BYTES];
    ferry_error error = {0};
    make_room("4m");
    CHILD_CHECK(peer_open(&peer, own_name(name, "borrow"), true));
    CHILD_CHECK(stat(shm_path(path, name), &before) == 0);
    fill_room(20480); /* enough for the consumers object */
    expect_no_space(try_producer(name, FERRY_DIALECT_BASEIMAGE, &error), &error);
    CHILD_CHECK(stat(path, &after) == 0 && after.st_size == before.st_size);
    CHILD_CHECK(count_shared(name, false, false) == 2);
    empty_room();
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    CHILD_CHECK(consumer != NULL);
    ferry_consumer_close(&consumer);
    CHILD_CHECK(try_producer(name, FERRY_DIALECT_BASEIMAGE, &error) == FERRY_OK);
    peer_close(&peer);
}

static void test_no_room_in_a_borrowed_object(void **state) {
    (void)state;
    run(no_room_in_a_borrowed_object);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_frame_too_many, clean_up),
        cmocka_unit_test_teardown(test_the_slots_that_have_memory, clean_up),
        cmocka_unit_test_teardown(test_a_stream_through_a_small_room, clean_up),
        cmocka_unit_test_teardown(test_memory_in_higher_slots, clean_up),
        cmocka_unit_test_teardown(test_room_comes_back, clean_up),
        cmocka_unit_test_teardown(test_no_room_for_a_channel, clean_up),
        cmocka_unit_test_teardown(test_no_room_for_the_event, clean_up),
        cmocka_unit_test_teardown(test_no_room_in_a_borrowed_object, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
