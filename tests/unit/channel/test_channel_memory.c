/* The memory that slots take, as it is used. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/mman.h>

#include <frameferry/guard.h>

#include "channel_support.h"
#include "sanitizer.h"

static char name[NAME_BYTES];

/* UINT64_MAX: it cannot be told. */
static uint64_t bytes_of(const char *object) {
    char path[PATH_BYTES];
    struct stat about;
    bool is_there = stat(shm_path(path, object), &about) == 0;
    return is_there ? (uint64_t)about.st_blocks * 512 : UINT64_MAX;
}

static uint64_t taken_bytes(void) {
    return bytes_of(name);
}

/* What the block and its neighbourhood may take beside the frames. */
#define LITTLE ((uint64_t)128 << 10)

static void send_sized(ferry_producer *producer, int32_t bytes) {
    ferry_frame_info info = {.width = bytes, .height = 1, .format = FERRY_FORMAT_GRAY};
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    memset(claim.pixels, 1, (size_t)bytes);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
}

static void take_any(ferry_consumer *consumer, ferry_frame *frame) {
    assert_int_equal(ferry_consumer_acquire(consumer, 0, frame, NULL), FERRY_OK);
}

static void test_memory_is_taken_only_as_needed(void **state) {
    (void)state;
    enum { BIG = 1 << 20, SMALL = 1000 };
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "memory");
    options.slots = FERRY_MAX_SLOTS;
    ferry_producer *producer = create_with(&options);
    ferry_consumer *consumer = open_every(name);
    ferry_producer_counters counters;
    ferry_frame frame, before;
    assert_true(taken_bytes() < LITTLE);
    for (int i = 0; i < 200; i++) {
        send_sized(producer, SMALL);
        take_any(consumer, &frame);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    }
    assert_true(taken_bytes() < LITTLE);
    /* Quick, but always one frame in its hand while the next one comes. */
    send_sized(producer, BIG);
    take_any(consumer, &before);
    for (int i = 0; i < 200; i++) {
        send_sized(producer, BIG);
        take_any(consumer, &frame);
        assert_true(frame.slot < 3);
        assert_int_equal(ferry_consumer_release(consumer, &before), FERRY_OK);
        before = frame;
    }
    uint64_t taken = taken_bytes();
    assert_true(taken >= 2 * (uint64_t)BIG && taken <= 3 * (uint64_t)BIG + LITTLE);
    ferry_producer_get_counters(producer, &counters);
    assert_true(counters.reserved_bytes >= 2 * (uint64_t)BIG && counters.reserved_bytes <= taken);
    assert_int_equal(counters.bytes, 200 * SMALL + 201 * (uint64_t)BIG);
    close_both(&producer, &consumer);
}

enum { CANNOT = 77 };

/* A program that wants all of its memory locked from now on. */
static void live_locked(const void *argument) {
    if (mlockall(MCL_FUTURE) != 0)
        _exit(CANNOT);
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    ferry_producer *producer = NULL;
    ferry_frame frame;
    ferry_status status;
    options.name = argument;
    CHILD_CHECK(ferry_producer_create(&producer, &options, NULL) == FERRY_OK);
    CHILD_CHECK(bytes_of(argument) < LITTLE);
    ferry_consumer *consumer = make_consumer(argument, FERRY_DELIVERY_EVERY, NULL);
    CHILD_CHECK(consumer != NULL && bytes_of(argument) < LITTLE);
    CHILD_CHECK(send_next(producer) == FERRY_OK);
    CHILD_CHECK(take_next(consumer, 0, &frame, &status) == 1);
    CHILD_CHECK(ferry_consumer_release(consumer, &frame) == FERRY_OK);
    CHILD_CHECK(bytes_of(argument) < LITTLE);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
}

static void test_a_program_that_locks_its_memory(void **state) {
    (void)state;
    char locked[NAME_BYTES];
    child *c = start_child(live_locked, own_name(locked, "locked"));
    int status = reap(c);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT) {
        print_message("skipped: locking memory needs more rights\n");
        skip();
    }
    assert_true(has_succeeded(status));
    assert_nothing_left();
}

/* A peer takes the memory away: the call that finds out ends the claim, kept or not. */
static void test_a_claim_whose_memory_is_taken_away(void **state) {
    (void)state;
    SKIP_MENDED_FAULTS();
    assert_int_equal(ferry_guard_install(), FERRY_OK);
    for (int keeps = 0; keeps < 2; keeps++) {
        char path[PATH_BYTES];
        ferry_producer *producer = open_channel(name, "away", 4, FERRY_WHEN_FULL_WAIT);
        ferry_frame_info info = small_info();
        ferry_claim claim;
        assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
        assert_int_equal(truncate(shm_path(path, name), 0), 0);
        ferry_status status = keeps ? ferry_producer_commit_keep(producer, &claim, NULL, NULL)
                                    : ferry_producer_commit(producer, &claim, NULL, NULL);
        assert_int_equal(status, FERRY_MALFORMED);
        assert_null(claim.pixels);
        ferry_producer_close(&producer);
        assert_nothing_left();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_memory_is_taken_only_as_needed, clean_up),
        cmocka_unit_test_teardown(test_a_program_that_locks_its_memory, clean_up),
        cmocka_unit_test_teardown(test_a_claim_whose_memory_is_taken_away, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
