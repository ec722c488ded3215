/* Channels on Windows: what a name's going with its users means for them, leases and threads, the
 * block in an object of another program's, pollables, handles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel_support.h"

static char name[NAME_BYTES];

static ferry_producer *make_with_slots_of(uint64_t slot_bytes) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.slots = 4;
    options.slot_bytes = slot_bytes;
    return create_with(&options);
}

/* ---- recreated while old consumers linger ---- */

static void test_a_larger_channel_is_larger(void **state) {
    (void)state;
    enum { SMALL = 8192, LARGE = 1 << 20 };
    static uint8_t pixels[LARGE - FERRY_HEADER_BYTES];
    own_name(name, "larger");
    ferry_producer *producer = make_with_slots_of(SMALL);
    ferry_consumer *old = open_every(name);
    ferry_frame held, frame;
    assert_int_equal(send_next(producer), FERRY_OK);
    take_number(old, 1, &held);
    ferry_producer_close(&producer);
    assert_int_equal(count_shared(name, false, false), 0); /* though its memory is still in use */

    producer = make_with_slots_of(LARGE);
    ferry_consumer *young = open_every(name);
    ferry_channel_info channel;
    ferry_consumer_get_channel(young, &channel);
    assert_int_equal(channel.slot_bytes, LARGE);
    fill_bytes(pixels, sizeof pixels, 5);
    ferry_frame_info info = {.width = sizeof pixels, .height = 1, .format = FERRY_FORMAT_GRAY};
    for (int i = 0; i < 8; i++) {
        assert_int_equal(ferry_producer_send(producer, &info, pixels, 0, NULL, NULL), FERRY_OK);
        assert_int_equal(ferry_consumer_acquire(young, STUCK_NS, &frame, NULL), FERRY_OK);
        assert_true(is_filled(frame.pixels, sizeof pixels, 5));
        assert_int_equal(ferry_consumer_release(young, &frame), FERRY_OK);
    }
    /* What the old one holds is as it was. */
    assert_true(is_painted(held.pixels, 1));
    assert_int_equal(ferry_consumer_release(old, &held), FERRY_OK);
    assert_int_equal(ferry_consumer_acquire(old, 0, &frame, NULL), FERRY_END_OF_STREAM);
    ferry_consumer_close(&old);
    assert_int_equal(count_shared(name, false, false), 2);
    ferry_consumer_close(&young);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* Holds its channel until it is killed. */
static void produce(const void *given) {
    ferry_producer *producer = make_producer(given, 4, FERRY_WHEN_FULL_DROP, NULL);
    CHILD_CHECK(producer != NULL && send_next(producer) == FERRY_OK);
    child_say('r');
    child_rest();
}

static void test_a_dead_producers_names_are_gone(void **state) {
    (void)state;
    child *dead = start_child(produce, own_name(name, "gone"));
    assert_int_equal(hear(dead), 'r');
    ferry_consumer *consumer = open_latest(name);
    ferry_frame frame;
    take_and_release(consumer, 1);
    uint64_t killed_ns = ferry_clock_ns();
    kill_child(dead);
    assert_int_equal(count_shared(name, false, false), 0);
    assert_int_equal(ferry_consumer_acquire(consumer, STUCK_NS, &frame, NULL), FERRY_PRODUCER_LOST);
    assert_true(ferry_clock_ns() - killed_ns < (uint64_t)NOTICED_NS);
    ferry_producer *next = make_producer(name, 4, FERRY_WHEN_FULL_DROP, NULL);
    assert_non_null(next);
    ferry_consumer_close(&consumer); /* and does not touch what has the name now */
    assert_int_equal(count_shared(name, false, false), 2);
    ferry_producer_close(&next);
    assert_nothing_left();
}

/* A program that only knows the dialect, and holds on to the object of a native channel. */
static void test_who_keeps_a_name_is_told_of(void **state) {
    (void)state;
    ferry_error error = {0};
    ferry_producer *producer = make_producer(own_name(name, "kept"), 4, FERRY_WHEN_FULL_DROP, NULL);
    HANDLE keeper = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
    ferry_producer_close(&producer);
    assert_true(shm_exists(name));
    assert_int_equal(try_producer(name, FERRY_DIALECT_NATIVE, &error), FERRY_FOREIGN);
    assert_sentence(&error, FERRY_FOREIGN, name);
    assert_int_equal(try_consumer(name, &error), FERRY_NO_PRODUCER);
    CloseHandle(keeper);
    assert_int_equal(try_producer(name, FERRY_DIALECT_NATIVE, &error), FERRY_OK);
    assert_nothing_left();
}

/* ---- threads ---- */

typedef struct taken {
    ferry_consumer *consumer;
    ferry_frame frame;
    ferry_status status;
} taken;

static void *open_and_acquire(void *argument) {
    taken *t = argument;
    t->consumer = make_consumer(name, FERRY_DELIVERY_EVERY, &t->status);
    if (t->status == FERRY_OK)
        t->status = ferry_consumer_acquire(t->consumer, STUCK_NS, &t->frame, NULL);
    return NULL;
}

static void test_a_lease_outlives_its_thread(void **state) {
    (void)state;
    enum { SLOTS = 4 };
    ferry_producer_counters counters;
    taken t = {.consumer = NULL};
    pthread_t thread;
    ferry_producer *producer =
        make_producer(own_name(name, "thread"), SLOTS, FERRY_WHEN_FULL_DROP, NULL);
    assert_int_equal(pthread_create(&thread, NULL, open_and_acquire, &t), 0);
    assert_int_equal(ferry_producer_wait_consumer(producer, STUCK_NS), FERRY_OK);
    assert_int_equal(send_next(producer), FERRY_OK);
    pthread_join(thread, NULL);
    assert_int_equal(t.status, FERRY_OK);

    /* It stands in the way, and is looked at, for longer than two slices. */
    uint64_t start_ns = ferry_clock_ns();
    while (ferry_clock_ns() - start_ns < 3 * (uint64_t)FERRYI_SLICE_NS)
        send_next(producer);
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.reclaimed, 0);
    assert_int_equal(counters.published, SLOTS);
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 1);
    assert_true(is_painted(t.frame.pixels, 1));
    assert_int_equal(ferry_consumer_release(t.consumer, &t.frame), FERRY_OK);
    for (uint64_t number = 2; number <= SLOTS; number++)
        take_and_release(t.consumer, number);
    ferry_consumer_close(&t.consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- the object of another program's, which cannot be made longer ---- */

enum { OLD_BYTES = 33554432, BLOCK_BYTES = 86016 };

static ferry_status send_bytes(ferry_producer *producer, const uint8_t *pixels, int32_t bytes) {
    ferry_frame_info info = {.width = bytes, .height = 1, .format = FERRY_FORMAT_GRAY};
    return ferry_producer_send(producer, &info, pixels, 0, NULL, NULL);
}

static void use_borrowed(const uint8_t *pixels) {
    enum { MOST = OLD_BYTES - BLOCK_BYTES - FERRY_HEADER_BYTES };
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_channel_info channel;
    ferry_producer *producer = make_dialect(name);
    assert_non_null(producer);
    ferry_consumer *consumer = open_latest(name);
    ferry_consumer_get_channel(consumer, &channel);
    assert_int_equal(channel.has_block, 1);
    assert_int_equal(channel.slot_bytes, OLD_BYTES - BLOCK_BYTES);
    assert_int_equal(send_bytes(producer, pixels, MOST), FERRY_OK);
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_OK);
    assert_int_equal(image.info.length_bytes, MOST);
    assert_true(memcmp(image.pixels, pixels, MOST) == 0);
    assert_int_equal(send_bytes(producer, pixels, MOST + 1), FERRY_TOO_LARGE);
    ferry_producer_close(&producer);
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_END_OF_STREAM);
    ferry_consumer_close(&consumer);
    ferry_image_free(&image);
}

static void test_a_block_inside_an_old_object(void **state) {
    (void)state;
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, OLD_BYTES,
                                        own_name(name, "inside"));
    uint8_t *view = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    uint8_t *pixels = malloc(OLD_BYTES);
    assert_true(view != NULL && pixels != NULL);
    fill_bytes(pixels, OLD_BYTES, 9);
    for (int i = 0; i < 2; i++) { /* the second time the place is vacant */
        use_borrowed(pixels);
        int32_t header[4];
        memcpy(header, view, sizeof header); /* what the old program sees */
        assert_int_equal(header[0], OLD_BYTES - BLOCK_BYTES - FERRY_HEADER_BYTES);
        assert_int_equal(header[3], 8);
        assert_true(memcmp(view + sizeof header, pixels, (size_t)header[0]) == 0);
        assert_int_equal(count_left(own_marker()), 1); /* its own, and nothing of ours */
    }
    free(pixels);
    UnmapViewOfFile(view);
    CloseHandle(mapping);
    assert_nothing_left();
}

static ferry_status try_to_adopt(uint32_t adopt) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.dialect = FERRY_DIALECT_BASEIMAGE;
    options.adopt = adopt;
    ferry_producer *producer = NULL;
    ferry_status status = ferry_producer_create(&producer, &options, NULL);
    ferry_producer_close(&producer);
    return status;
}

/* It is large enough for an image, and has the name. */
static void test_memory_of_another_program_is_left_alone(void **state) {
    (void)state;
    char event_name[NAME_BYTES + 16];
    own_name(name, "another");
    snprintf(event_name, sizeof event_name, "%sMutex", name);
    uint8_t *pixels = malloc(OLD_BYTES);
    assert_non_null(pixels);
    fill_bytes(pixels, OLD_BYTES, 3);
    for (int way = 0; way < 2; way++) {
        HANDLE mapping =
            CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, OLD_BYTES, name);
        uint8_t *view = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0);
        assert_non_null(view);
        memcpy(view, pixels, OLD_BYTES);
        assert_int_equal(try_to_adopt(0), FERRY_FOREIGN);
        assert_true(memcmp(view, pixels, OLD_BYTES) == 0);
        assert_int_equal(count_left(own_marker()), 1);
        HANDLE event = way == 0 ? CreateEventA(NULL, FALSE, FALSE, event_name) : NULL;
        assert_int_equal(try_to_adopt(way == 0 ? 0 : 1), FERRY_OK);
        if (event != NULL)
            CloseHandle(event);
        UnmapViewOfFile(view);
        CloseHandle(mapping);
        assert_nothing_left();
    }
    free(pixels);
}

/* ---- event loops, and what is left in the process ---- */

static void test_a_pollable_is_a_handle(void **state) {
    (void)state;
    ferry_producer *producer =
        make_producer(own_name(name, "pollable"), 4, FERRY_WHEN_FULL_DROP, NULL);
    ferry_consumer *consumer = open_latest(name);
    ferry_pollable pollable;
    ferry_frame frame;
    assert_int_equal(ferry_consumer_get_pollable(consumer, &pollable, NULL), FERRY_OK);
    HANDLE handle = (HANDLE)pollable;
    assert_none_yet(consumer); /* stills it */
    assert_int_equal(WaitForSingleObject(handle, 0), WAIT_TIMEOUT);
    for (uint64_t number = 1; number <= 100; number++) {
        assert_int_equal(send_next(producer), FERRY_OK);
        assert_int_equal(WaitForSingleObject(handle, STUCK_MS), WAIT_OBJECT_0);
        take_and_release(consumer, number);
        assert_none_yet(consumer);
        assert_int_equal(WaitForSingleObject(handle, 0), WAIT_TIMEOUT);
    }
    ferry_producer_close(&producer);
    assert_int_equal(WaitForSingleObject(handle, STUCK_MS), WAIT_OBJECT_0);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_END_OF_STREAM);
    ferry_consumer_close(&consumer);
    assert_nothing_left();
}

static void test_a_producers_pollable_is_a_handle(void **state) {
    (void)state;
    enum { SLOTS = 4 };
    ferry_producer *producer =
        make_producer(own_name(name, "pollable"), SLOTS, FERRY_WHEN_FULL_WAIT, NULL);
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = small_info();
    ferry_claim claim;
    ferry_pollable pollable;
    assert_int_equal(ferry_producer_get_pollable(producer, &pollable, NULL), FERRY_OK);
    HANDLE handle = (HANDLE)pollable;
    assert_int_equal(WaitForSingleObject(handle, 0), WAIT_OBJECT_0);
    send_up_to(producer, SLOTS);
    for (uint64_t number = 1; number <= 100; number++) {
        /* As many looks as there were events still it. */
        for (int looks = 0; WaitForSingleObject(handle, 20) == WAIT_OBJECT_0; looks++) {
            assert_true(looks < 4);
            assert_int_equal(ferry_producer_claim_timed(producer, &info, 0, &claim, NULL),
                             FERRY_TIMEOUT);
        }
        take_and_release(consumer, number);
        assert_int_equal(WaitForSingleObject(handle, STUCK_MS), WAIT_OBJECT_0);
        assert_int_equal(ferry_producer_claim_timed(producer, &info, 0, &claim, NULL), FERRY_OK);
        paint(claim.pixels, number + SLOTS);
        assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    }
    close_both(&producer, &consumer);
}

static DWORD open_handles(void) {
    DWORD count = 0;
    assert_true(GetProcessHandleCount(GetCurrentProcess(), &count));
    return count;
}

static void test_no_handle_stays(void **state) {
    (void)state;
    DWORD before = 0;
    for (int round = 0; round < 100; round++) {
        ferry_producer *producer =
            make_producer(own_name(name, "handles"), 4, FERRY_WHEN_FULL_DROP, NULL);
        for (int i = 0; i < 3; i++) {
            ferry_consumer *consumer = open_every(name);
            ferry_consumer_close(&consumer);
        }
        ferry_producer_close(&producer);
        producer = make_dialect(name);
        ferry_consumer *consumer = open_latest(name);
        ferry_consumer_close(&consumer);
        ferry_producer_close(&producer);
        if (round == 1) /* what is made once and kept is there */
            before = open_handles();
    }
    assert_int_equal(open_handles(), before);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_larger_channel_is_larger, clean_up),
        cmocka_unit_test_teardown(test_a_dead_producers_names_are_gone, clean_up),
        cmocka_unit_test_teardown(test_who_keeps_a_name_is_told_of, clean_up),
        cmocka_unit_test_teardown(test_a_lease_outlives_its_thread, clean_up),
        cmocka_unit_test_teardown(test_a_block_inside_an_old_object, clean_up),
        cmocka_unit_test_teardown(test_memory_of_another_program_is_left_alone, clean_up),
        cmocka_unit_test_teardown(test_a_pollable_is_a_handle, clean_up),
        cmocka_unit_test_teardown(test_a_producers_pollable_is_a_handle, clean_up),
        cmocka_unit_test_teardown(test_no_handle_stays, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
