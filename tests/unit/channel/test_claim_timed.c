/* A claim with a limit of its own. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"

enum { SLOTS = 4 };

static char name[NAME_BYTES];

/* A channel all of whose slots a consumer of every frame wants, which has one of them in hand. */
typedef struct scene {
    ferry_producer *producer;
    ferry_consumer *consumer;
    ferry_frame frame;
} scene;

static scene fill_channel(const char *tag, uint32_t when_full) {
    scene s = {.producer = open_channel(name, tag, SLOTS, when_full)};
    s.consumer = open_every(name);
    send_up_to(s.producer, SLOTS);
    take_number(s.consumer, 1, &s.frame);
    return s;
}

static ferry_status claim_within(scene *s, int64_t timeout_ns, ferry_claim *claim) {
    ferry_frame_info info = small_info();
    ferry_error error = {0};
    memset(claim, 0xff, sizeof *claim);
    ferry_status status = ferry_producer_claim_timed(s->producer, &info, timeout_ns, claim, &error);
    assert_int_equal(error.status, status);
    assert_true((status == FERRY_OK) == (claim->pixels != NULL));
    return status;
}

static void let_one_go(scene *s) {
    assert_int_equal(ferry_consumer_release(s->consumer, &s->frame), FERRY_OK);
}

static void commit_as(scene *s, ferry_claim *claim, uint64_t wanted) {
    uint64_t number = 0;
    paint(claim->pixels, wanted);
    assert_int_equal(ferry_producer_commit(s->producer, claim, &number, NULL), FERRY_OK);
    assert_int_equal(number, wanted);
}

static void end(scene *s) {
    close_both(&s->producer, &s->consumer);
}

/* Under either policy; with the waiting one an ordinary claim would not return. */
static void test_one_look_drops_nothing(void **state) {
    (void)state;
    for (uint32_t policy = 0; policy <= FERRY_WHEN_FULL_DROP; policy++) {
        scene s = fill_channel("look", policy);
        ferry_claim claim;
        for (int i = 0; i < 3; i++)
            assert_int_equal(claim_within(&s, 0, &claim), FERRY_TIMEOUT);
        assert_int_equal(claim_within(&s, FERRY_SECOND_NS / 100, &claim), FERRY_TIMEOUT);
        assert_int_equal(dropped_by(s.producer), 0);
        let_one_go(&s);
        assert_int_equal(claim_within(&s, 0, &claim), FERRY_OK);
        commit_as(&s, &claim, SLOTS + 1);
        for (uint64_t number = 2; number <= SLOTS + 1; number++) {
            take_number(s.consumer, number, &s.frame);
            assert_int_equal(s.frame.info.dropped, 0);
            let_one_go(&s);
        }
        end(&s);
    }
}

/* The channel's policy is untouched: an ordinary claim drops as before. */
static void test_the_policy_is_the_ordinary_claims(void **state) {
    (void)state;
    scene s = fill_channel("policy", FERRY_WHEN_FULL_DROP);
    ferry_frame_info info = small_info();
    ferry_claim claim;
    assert_int_equal(claim_within(&s, 0, &claim), FERRY_TIMEOUT);
    assert_int_equal(ferry_producer_claim(s.producer, &info, &claim, NULL), FERRY_FULL);
    assert_int_equal(dropped_by(s.producer), 1);
    end(&s);
}

static void *release_when_asleep(void *argument) {
    scene *s = argument;
    wait_until_asleep(&s->producer->consumers->producer_event);
    let_one_go(s);
    return NULL;
}

/* Under the policy of dropping too, and for ever. */
static void test_it_waits_for_a_slot(void **state) {
    (void)state;
    for (uint32_t policy = 0; policy <= FERRY_WHEN_FULL_DROP; policy++) {
        scene s = fill_channel("waits", policy);
        pthread_t thread;
        ferry_claim claim;
        assert_int_equal(pthread_create(&thread, NULL, release_when_asleep, &s), 0);
        assert_int_equal(claim_within(&s, FERRY_FOREVER, &claim), FERRY_OK);
        pthread_join(thread, NULL);
        commit_as(&s, &claim, SLOTS + 1);
        assert_int_equal(dropped_by(s.producer), 0);
        end(&s);
    }
}

static void *interrupt_when_asleep(void *argument) {
    scene *s = argument;
    wait_until_asleep(&s->producer->consumers->producer_event);
    ferry_producer_interrupt(s->producer);
    return NULL;
}

static void test_it_can_be_interrupted(void **state) {
    (void)state;
    scene s = fill_channel("interrupt", FERRY_WHEN_FULL_DROP);
    pthread_t thread;
    ferry_claim claim;
    ferry_producer_interrupt(s.producer);
    assert_int_equal(claim_within(&s, 0, &claim), FERRY_INTERRUPTED);
    assert_int_equal(claim_within(&s, 0, &claim), FERRY_TIMEOUT);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_when_asleep, &s), 0);
    assert_int_equal(claim_within(&s, FERRY_FOREVER, &claim), FERRY_INTERRUPTED);
    pthread_join(thread, NULL);
    assert_int_equal(dropped_by(s.producer), 0);
    end(&s);
}

static void want_all(const void *argument) {
    char own[NAME_BYTES];
    ferry_consumer *consumer = make_consumer(own_name(own, argument), FERRY_DELIVERY_EVERY, NULL);
    CHILD_CHECK(consumer != NULL);
    child_say('r');
    child_rest();
}

/* By looks that do not wait: the first one that is due finds the death. */
static void test_a_dead_consumer_is_cleared_away(void **state) {
    (void)state;
    scene s = {.producer = open_channel(name, "dead", SLOTS, FERRY_WHEN_FULL_DROP)};
    child *consumer = start_child(want_all, "dead");
    assert_int_equal(hear(consumer), 'r');
    send_up_to(s.producer, SLOTS);
    ferry_claim claim;
    assert_int_equal(claim_within(&s, 0, &claim), FERRY_TIMEOUT);
    kill_child(consumer);
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    ferry_status status;
    while ((status = claim_within(&s, 0, &claim)) == FERRY_TIMEOUT && ferry_clock_ns() < stuck_ns)
        sched_yield();
    assert_int_equal(status, FERRY_OK);
    ferry_producer_counters counters;
    ferry_producer_get_counters(s.producer, &counters);
    assert_true(counters.reclaimed == 1 && counters.dropped == 0);
    ferry_producer_close(&s.producer);
    assert_nothing_left();
}

static void test_one_that_stands_still_is_evicted(void **state) {
    (void)state;
    scene s = fill_channel("evicted", FERRY_WHEN_FULL_WAIT);
    s.producer->stall_limit_ns = FERRY_SECOND_NS / 20;
    ferry_claim claim;
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    ferry_status status;
    while ((status = claim_within(&s, 0, &claim)) == FERRY_TIMEOUT && ferry_clock_ns() < stuck_ns)
        sched_yield();
    assert_int_equal(status, FERRY_OK);
    ferry_producer_counters counters;
    ferry_producer_get_counters(s.producer, &counters);
    assert_int_equal(counters.evicted, 1);
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(s.consumer, 0, &frame, NULL), FERRY_EVICTED);
    end(&s);
}

/* Too many claims are refused at once, whatever the limit of the call. */
static void test_too_many_claims(void **state) {
    (void)state;
    scene s = {.producer = open_channel(name, "many", 2, FERRY_WHEN_FULL_WAIT)};
    ferry_claim first, second;
    assert_int_equal(claim_within(&s, 0, &first), FERRY_OK);
    assert_int_equal(claim_within(&s, FERRY_FOREVER, &second), FERRY_TOO_MANY_HELD);
    ferry_producer_abort(s.producer, &first);
    assert_int_equal(claim_within(&s, 0, &second), FERRY_OK);
    ferry_producer_close(&s.producer);
    assert_nothing_left();
}

static void test_the_dialect(void **state) {
    (void)state;
    scene s = {.producer = make_dialect(own_name(name, "dialect"))};
    assert_non_null(s.producer);
    ferry_claim claim, more;
    for (uint64_t number = 1; number <= 3; number++) {
        assert_int_equal(claim_within(&s, 0, &claim), FERRY_OK);
        assert_int_equal(claim_within(&s, 0, &more), FERRY_TOO_MANY_HELD);
        commit_as(&s, &claim, number);
    }
    ferry_producer_close(&s.producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_one_look_drops_nothing, clean_up),
        cmocka_unit_test_teardown(test_the_policy_is_the_ordinary_claims, clean_up),
        cmocka_unit_test_teardown(test_it_waits_for_a_slot, clean_up),
        cmocka_unit_test_teardown(test_it_can_be_interrupted, clean_up),
        cmocka_unit_test_teardown(test_a_dead_consumer_is_cleared_away, clean_up),
        cmocka_unit_test_teardown(test_one_that_stands_still_is_evicted, clean_up),
        cmocka_unit_test_teardown(test_too_many_claims, clean_up),
        cmocka_unit_test_teardown(test_the_dialect, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
