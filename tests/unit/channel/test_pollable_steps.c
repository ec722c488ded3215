/* The moments between two steps of a call and of the helper thread, at which a wake-up could get
 * lost. The system calls between those steps are replaced here by ones that let something happen
 * before them. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pollable_steps.h"

static char name[NAME_BYTES];
static ferry_producer *producer;
static ferry_consumer *consumer;

static void send_one(void) {
    assert_int_equal(send_next(producer), FERRY_OK);
}

static void send_one_and_ring(void) {
    ring_by(send_one);
}

static void send_two_and_ring(void) {
    ring_by(send_one);
    ring_by(send_one);
}

static void interrupt(void) {
    ferry_consumer_interrupt(consumer);
}

static void interrupt_and_ring(void) {
    ring_by(interrupt);
}

static void end_and_ring(void) {
    ferry_producer *ending = producer;
    producer = NULL;
    ferry_producer_close(&ending); /* sets the event */
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while (!is_readable(consumer, 1) && ferry_clock_ns() < stuck_ns) {
    }
}

static void set_up(const char *tag, uint32_t delivery) {
    producer = make_producer(own_name(name, tag), 6, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(producer);
    consumer = delivery == FERRY_DELIVERY_EVERY ? open_every(name) : open_latest(name);
    atomic_store(&bell, (int)pollable_of(consumer));
    before_still = NULL;
    settle(consumer, 1);
}

static void take_down(void) {
    assert_null(before_still); /* the step has been reached */
    atomic_store(&bell, -1);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* A frame is published, and the bell rung for it, after the look that does not find it and before
 * the bell is stilled. */
static void test_a_frame_between_looking_and_stilling(void **state) {
    (void)state;
    for (uint32_t delivery = 0; delivery <= FERRY_DELIVERY_EVERY; delivery++) {
        set_up("between", delivery);
        for (uint64_t number = 1; number <= 20; number++) {
            before_still = send_one_and_ring;
            take_and_release(consumer, number);
            settle(consumer, 3);
        }
        take_down();
    }
}

/* The second of two is still there when the call has taken the first, and its ring is spent. */
static void test_two_frames_between_looking_and_stilling(void **state) {
    (void)state;
    set_up("two", FERRY_DELIVERY_EVERY);
    for (uint64_t number = 1; number <= 20; number += 2) {
        before_still = send_two_and_ring;
        take_and_release(consumer, number);
        assert_true(is_readable(consumer, 0));
        take_and_release(consumer, number + 1);
        settle(consumer, 4);
    }
    take_down();
}

static void test_an_interruption_between_looking_and_stilling(void **state) {
    (void)state;
    ferry_frame frame;
    set_up("interrupted", FERRY_DELIVERY_LATEST);
    before_still = interrupt_and_ring;
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_INTERRUPTED);
    assert_true(is_readable(consumer, 0));
    settle(consumer, 2);
    take_down();
}

static void test_the_end_between_looking_and_stilling(void **state) {
    (void)state;
    ferry_frame frame;
    set_up("end", FERRY_DELIVERY_EVERY);
    before_still = end_and_ring;
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_END_OF_STREAM);
    assert_true(is_readable(consumer, 0));
    take_down();
}

/* The only frame that may be held is released while the call gets ready to say that it is held. */
static ferry_frame in_hand;

static void release(void) {
    assert_int_equal(ferry_consumer_release(consumer, &in_hand), FERRY_OK);
}

static void test_a_release_while_the_hand_is_full(void **state) {
    (void)state;
    ferry_frame frame;
    set_up("release", FERRY_DELIVERY_EVERY);
    consumer->hold_limit = 1;
    send_up_to(producer, 3);
    take_number(consumer, 1, &in_hand);
    before_still = release;
    ferry_status status = ferry_consumer_acquire(consumer, 0, &frame, NULL);
    assert_true(is_readable(consumer, 0));
    if (status == FERRY_TOO_MANY_HELD)
        take_number(consumer, 2, &frame);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    take_and_release(consumer, 3);
    settle(consumer, 4);
    take_down();
}

static void set_event(void) {
    ferryi_event_set(consumer->record_event);
}

static void *set_event_when_waiting(void *argument) {
    (void)argument;
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while (atomic_load(&waits) == 0 && ferry_clock_ns() < stuck_ns)
        sched_yield();
    set_event();
    return NULL;
}

/* A ring for nothing is stilled before the call sleeps again: each ring and each slice is one
 * wait. */
static void test_a_call_that_blocks_sleeps(void **state) {
    (void)state;
    enum { SLICES = 3 };
    ferry_frame frame;
    pthread_t thread;
    set_up("sleeps", FERRY_DELIVERY_EVERY);
    set_event();
    atomic_store(&waits, 0);
    assert_int_equal(pthread_create(&thread, NULL, set_event_when_waiting, NULL), 0);
    assert_int_equal(ferry_consumer_acquire(consumer, SLICES * FERRYI_SLICE_NS, &frame, NULL),
                     FERRY_TIMEOUT);
    pthread_join(thread, NULL);
    assert_true(atomic_load(&waits) <= 4 * SLICES);
    settle(consumer, 2);
    take_down();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_frame_between_looking_and_stilling, clean_up),
        cmocka_unit_test_teardown(test_two_frames_between_looking_and_stilling, clean_up),
        cmocka_unit_test_teardown(test_an_interruption_between_looking_and_stilling, clean_up),
        cmocka_unit_test_teardown(test_the_end_between_looking_and_stilling, clean_up),
        cmocka_unit_test_teardown(test_a_call_that_blocks_sleeps, clean_up),
        cmocka_unit_test_teardown(test_a_release_while_the_hand_is_full, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
