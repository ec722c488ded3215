/* The moments between two steps of a producer's claim and of its helper thread, at which a wake-up
 * could get lost. The system calls between those steps are replaced here by ones that let something
 * happen before them. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pollable_steps.h"

enum { SLOTS = 4 };

static char name[NAME_BYTES];
static ferry_producer *producer;
static ferry_consumer *consumer;
static ferry_claim own; /* what the program itself gives back */

static ferry_status look_once(ferry_claim *claim) {
    ferry_frame_info info = small_info();
    return ferry_producer_claim_timed(producer, &info, 0, claim, NULL);
}

static void come_to_rest(unsigned events) {
    ferry_claim claim;
    for (unsigned looks = 0; is_producer_readable(producer, 50); looks++) {
        assert_true(looks <= events);
        ferry_status status = look_once(&claim);
        assert_true(status == FERRY_TIMEOUT || status == FERRY_TOO_MANY_HELD);
    }
}

/* All slots are wanted, one of them by the program itself if it keeps it; and at rest. */
static void set_up(const char *tag, bool keeps) {
    ferry_frame_info info = small_info();
    producer = make_producer(own_name(name, tag), SLOTS, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(producer);
    consumer = open_every(name);
    if (keeps) {
        assert_int_equal(ferry_producer_claim(producer, &info, &own, NULL), FERRY_OK);
        paint(own.pixels, 1);
        assert_int_equal(ferry_producer_commit_keep(producer, &own, NULL, NULL), FERRY_OK);
    }
    send_up_to(producer, SLOTS);
    atomic_store(&bell, (int)pollable_of_producer(producer));
    before_still = NULL;
    come_to_rest(2);
}

static void take_down(void) {
    assert_null(before_still); /* the step has been reached */
    atomic_store(&bell, -1);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static uint64_t next_taken;

static void release_one(void) {
    take_and_release(consumer, next_taken++);
}

static void release_and_ring(void) {
    ring_by(release_one);
}

/* A ring for nothing makes the next look read the bell. */
static void ring_for_nothing(void) {
    ferryi_event_set(producer->objects.producer_event);
}

/* A slot comes free, and the bell is rung for it, after the look that does not find it and before
 * the bell is stilled. */
static void test_a_release_between_looking_and_stilling(void **state) {
    (void)state;
    ferry_claim claim;
    set_up("between", false);
    next_taken = 1;
    for (uint64_t number = SLOTS + 1; number <= SLOTS + 20; number++) {
        ring_by(ring_for_nothing);
        before_still = release_and_ring;
        assert_int_equal(look_once(&claim), FERRY_OK);
        assert_true(is_producer_readable(producer, 0)); /* there may be more */
        paint(claim.pixels, number);
        assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
        come_to_rest(3);
    }
    take_down();
}

/* The second of two that come free is still there when the look has taken the first. */
static void release_two_and_ring(void) {
    ring_by(release_one);
    ring_by(release_one);
}

static void test_two_releases_between_looking_and_stilling(void **state) {
    (void)state;
    ferry_claim first, second;
    set_up("two", false);
    next_taken = 1;
    ring_by(ring_for_nothing);
    before_still = release_two_and_ring;
    assert_int_equal(look_once(&first), FERRY_OK);
    assert_true(is_producer_readable(producer, 0));
    assert_int_equal(look_once(&second), FERRY_OK);
    take_down();
}

static void let_go(void) {
    ferry_producer_let_go(producer, &own);
}

static void let_go_and_ring(void) {
    ring_by(let_go);
}

/* By another thread, of a frame that no consumer wants any more. */
static void test_letting_go_between_looking_and_stilling(void **state) {
    (void)state;
    ferry_claim claim;
    set_up("let_go", true);
    next_taken = 1;
    release_one();
    come_to_rest(3);
    ring_by(ring_for_nothing);
    before_still = let_go_and_ring;
    assert_int_equal(look_once(&claim), FERRY_OK);
    take_down();
}

/* The same when the program has as many slots as it may: nobody but itself gives one back. */
static void abort_own(void) {
    ferry_producer_abort(producer, &own);
}

static void abort_and_ring(void) {
    ring_by(abort_own);
}

static void test_an_abort_while_too_many_are_open(void **state) {
    (void)state;
    ferry_claim claims[SLOTS - 1], more;
    producer = make_producer(own_name(name, "many"), SLOTS, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(producer);
    for (int i = 0; i < SLOTS - 1; i++)
        assert_int_equal(look_once(&claims[i]), FERRY_OK);
    own = claims[0];
    atomic_store(&bell, (int)pollable_of_producer(producer));
    before_still = abort_and_ring;
    assert_int_equal(look_once(&more), FERRY_OK);
    take_down();
}

static void interrupt(void) {
    ferry_producer_interrupt(producer);
}

static void test_an_interruption_between_looking_and_stilling(void **state) {
    (void)state;
    ferry_claim claim;
    set_up("interrupted", false);
    ring_by(ring_for_nothing);
    before_still = interrupt;
    assert_int_equal(look_once(&claim), FERRY_INTERRUPTED);
    assert_true(is_producer_readable(producer, 0));
    come_to_rest(2);
    take_down();
}

static void join_another(void) {
    ferry_consumer *other = open_latest(name);
    ferry_consumer_close(&other);
}

static void join_and_ring(void) {
    ring_by(join_another);
}

/* The news that a call which waits for something else has cleared was news for the claim too. */
static void test_a_consumer_between_looking_and_stilling(void **state) {
    (void)state;
    ferry_claim claim;
    set_up("comes", false);
    ring_by(ring_for_nothing);
    before_still = join_and_ring;
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT);
    assert_true(is_producer_readable(producer, 0)); /* the last claim found no slot */
    assert_int_equal(look_once(&claim), FERRY_TIMEOUT);
    take_down();
}

static void *ring_when_waiting(void *argument) {
    (void)argument;
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while (atomic_load(&waits) == 0 && ferry_clock_ns() < stuck_ns)
        sched_yield();
    ring_for_nothing();
    return NULL;
}

/* A call that blocks waits for the bell, since the helper sleeps on the event; and a ring for
 * nothing is stilled before it sleeps again: each ring and each slice is one wait. */
static void test_calls_that_block_sleep(void **state) {
    (void)state;
    enum { SLICES = 3 };
    for (int is_drain = 0; is_drain < 2; is_drain++) {
        ferry_frame_info info = small_info();
        ferry_claim claim;
        pthread_t thread;
        set_up("sleeps", false);
        ring_by(ring_for_nothing);
        atomic_store(&waits, 0);
        assert_int_equal(pthread_create(&thread, NULL, ring_when_waiting, NULL), 0);
        int64_t timeout_ns = SLICES * FERRYI_SLICE_NS;
        ferry_status status =
            is_drain != 0 ? ferry_producer_drain(producer, timeout_ns)
                          : ferry_producer_claim_timed(producer, &info, timeout_ns, &claim, NULL);
        assert_int_equal(status, FERRY_TIMEOUT);
        pthread_join(thread, NULL);
        assert_true(atomic_load(&waits) >= 1 && atomic_load(&waits) <= 4 * SLICES);
        take_down();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_release_between_looking_and_stilling, clean_up),
        cmocka_unit_test_teardown(test_two_releases_between_looking_and_stilling, clean_up),
        cmocka_unit_test_teardown(test_letting_go_between_looking_and_stilling, clean_up),
        cmocka_unit_test_teardown(test_an_abort_while_too_many_are_open, clean_up),
        cmocka_unit_test_teardown(test_an_interruption_between_looking_and_stilling, clean_up),
        cmocka_unit_test_teardown(test_a_consumer_between_looking_and_stilling, clean_up),
        cmocka_unit_test_teardown(test_calls_that_block_sleep, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
