/* Ending a stream while claims are open, and waiting until everything has been received. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"

static char name[NAME_BYTES];

/* On Windows events and leases have names besides, which are of this generation alone, and go with
 * the handle. */
static void assert_name_is_free(void) {
    if (!ferryi_shm_has_sessions())
        assert_nothing_left();
    assert_int_equal(try_consumer(name, NULL), FERRY_NO_PRODUCER);
    assert_int_equal(try_producer(name, FERRY_DIALECT_NATIVE, NULL), FERRY_OK);
}

static ferry_claim claim_small(ferry_producer *producer) {
    ferry_frame_info info = small_info();
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    return claim;
}

static void test_a_claim_stays_memory(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "claim", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    send_up_to(producer, 2);
    ferry_claim claim = claim_small(producer), other = claim_small(producer);
    uint8_t *pixels = claim.pixels;
    assert_int_equal(ferry_producer_end(producer, NULL), FERRY_OK);
    assert_name_is_free();
    /* The frames that were published are there, then comes the end. */
    take_and_release(consumer, 1);
    ferry_frame frame;
    take_number(consumer, 2, &frame);
    ferry_frame none;
    assert_int_equal(ferry_consumer_acquire(consumer, STUCK_NS, &none, NULL), FERRY_END_OF_STREAM);
    /* Late writes reach nobody. */
    memset(pixels, 0xff, claim.info.length_bytes);
    assert_true(is_painted(frame.pixels, 2));
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    ferry_error error = {0};
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, &error), FERRY_END_OF_STREAM);
    assert_sentence(&error, FERRY_END_OF_STREAM, name);
    assert_null(claim.pixels);
    assert_int_equal(producer->open_claims, UINT64_C(1) << other.slot);
    memset(pixels, 0xee, claim.info.length_bytes);
    ferry_producer_abort(producer, &other);
    assert_int_equal(producer->open_claims, 0);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_what_calls_answer_after_the_end(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "calls", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    send_up_to(producer, 1);
    ferry_claim shown = claim_small(producer), open = claim_small(producer), fresh;
    assert_int_equal(ferry_producer_show_early(producer, &shown, NULL), FERRY_OK);
    ferry_producer_drop(producer);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ferry_producer_end(producer, NULL), FERRY_OK);
    ferry_frame_info info = small_info();
    uint8_t pixels[4096] = {0};
    assert_int_equal(ferry_producer_claim(producer, &info, &fresh, NULL), FERRY_END_OF_STREAM);
    assert_int_equal(ferry_producer_send(producer, &info, pixels, 0, NULL, NULL),
                     FERRY_END_OF_STREAM);
    assert_int_equal(ferry_producer_show_early(producer, &open, NULL), FERRY_END_OF_STREAM);
    assert_int_equal(ferry_producer_advance(producer, &shown, 1, NULL), FERRY_END_OF_STREAM);
    assert_int_equal(ferry_producer_wait_consumer(producer, 0), FERRY_END_OF_STREAM);
    assert_int_equal(ferry_producer_wait_consumer(producer, -1), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_producer_wait_consumer(NULL, 0), FERRY_INVALID_ARGUMENT);
    ferry_producer_drop(producer);
    assert_int_equal(dropped_by(producer), 1);
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 1);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT);
    assert_int_equal(ferry_producer_wait_received(producer, 0), FERRY_TIMEOUT);
    ferry_frame frame;
    take_number(consumer, 1, &frame);
    assert_int_equal(ferry_producer_wait_received(producer, 0), FERRY_OK);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    assert_int_equal(ferry_producer_drain(producer, STUCK_NS), FERRY_OK);
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.published, 1);
    assert_int_equal(counters.consumers, 1);
    close_both(&producer, &consumer);
}

static void test_an_early_frame_is_given_up(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "early", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_latest(name);
    ferry_claim shown = claim_small(producer);
    assert_int_equal(ferry_producer_show_early(producer, &shown, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_advance(producer, &shown, 1, NULL), FERRY_OK);
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire_early(consumer, STUCK_NS, &frame, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_end(producer, NULL), FERRY_OK);
    assert_int_equal(
        ferry_consumer_wait_filled(consumer, &frame, FERRY_WHOLE, STUCK_NS, NULL, NULL),
        FERRY_ABANDONED);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_ABANDONED);
    assert_int_equal(ferry_consumer_acquire(consumer, STUCK_NS, &frame, NULL), FERRY_END_OF_STREAM);
    ferry_producer_abort(producer, &shown);
    close_both(&producer, &consumer);
}

/* The name is free, and the handle that ended touches nothing of its successor. */
static void test_the_next_producer_comes_at_once(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "next", 4, FERRY_WHEN_FULL_WAIT);
    ferry_claim claim = claim_small(producer);
    assert_int_equal(ferry_producer_end(producer, NULL), FERRY_OK);
    ferry_producer *next = make_producer(name, 4, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(next);
    ferry_consumer *consumer = open_every(name);
    send_up_to(next, 1);
    memset(claim.pixels, 0xff, claim.info.length_bytes);
    producer->tended_ns = 0; /* a second is over */
    ferry_producer_tend(producer);
    ferry_producer_close(&producer);
    next->tended_ns = 0;
    ferry_producer_tend(next);
    ferry_producer_counters counters;
    ferry_producer_get_counters(next, &counters);
    assert_int_equal(counters.unlinked, 0);
    assert_int_equal(counters.relinked, 0);
    take_and_release(consumer, 1);
    close_both(&next, &consumer);
}

static void test_upkeep_puts_no_name_back(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "upkeep", 4, FERRY_WHEN_FULL_WAIT);
    assert_int_equal(ferry_producer_end(producer, NULL), FERRY_OK);
    producer->tended_ns = 0;
    ferry_producer_tend(producer);
    assert_name_is_free();
    ferry_producer_close(&producer);
}

/* There the next producer would use the memory that a claim may still write. */
static void test_the_dialect_keeps_its_names(void **state) {
    (void)state;
    own_name(name, "dialect");
    ferry_producer *producer = make_dialect(name);
    ferry_consumer *consumer = open_latest(name);
    assert_int_equal(send_next(producer), FERRY_OK);
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
    ferry_claim claim = claim_small(producer);
    assert_int_equal(ferry_producer_end(producer, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_END_OF_STREAM);
    assert_int_equal(try_producer(name, FERRY_DIALECT_BASEIMAGE, NULL), FERRY_BUSY);
    assert_int_equal(try_producer(name, FERRY_DIALECT_NATIVE, NULL), FERRY_BUSY);
    assert_int_equal(try_consumer(name, NULL), FERRY_NO_PRODUCER);
    memset(claim.pixels, 0xff, claim.info.length_bytes);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_END_OF_STREAM);
    ferry_producer_close(&producer);
    producer = make_dialect(name);
    assert_int_equal(send_next(producer), FERRY_OK);
    ferry_image_free(&image);
    close_both(&producer, &consumer);
}

/* ---- waiting for what was received ---- */

static void test_received_is_not_released(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "received", 6, FERRY_WHEN_FULL_WAIT);
    assert_int_equal(ferry_producer_wait_received(producer, 0), FERRY_OK);
    ferry_consumer *every = open_every(name), *latest = open_latest(name);
    send_up_to(producer, 2);
    ferry_frame first, second, newest;
    take_number(every, 1, &first);
    take_number(latest, 2, &newest);
    assert_int_equal(ferry_producer_wait_received(producer, 0), FERRY_TIMEOUT);
    take_number(every, 2, &second);
    assert_int_equal(ferry_producer_wait_received(producer, 0), FERRY_OK);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT);
    assert_int_equal(ferry_producer_wait_received(producer, -1), FERRY_INVALID_ARGUMENT);
    send_up_to(producer, 3);
    ferry_producer_interrupt(producer);
    assert_int_equal(ferry_producer_wait_received(producer, STUCK_NS), FERRY_INTERRUPTED);
    assert_int_equal(ferry_consumer_release(every, &first), FERRY_OK);
    assert_int_equal(ferry_consumer_release(every, &second), FERRY_OK);
    assert_int_equal(ferry_consumer_release(latest, &newest), FERRY_OK);
    ferry_consumer_close(&latest);
    /* One that goes without its frames wants none. */
    ferry_consumer_close(&every);
    assert_int_equal(ferry_producer_wait_received(producer, 0), FERRY_OK);
    ferry_producer_close(&producer);
}

/* Claims are committed in one thread while another ends the stream: a commit says OK for just those
 * frames that consumers get. */
enum { CLAIMS = 3 };

typedef struct committer {
    ferry_producer *producer;
    ferry_claim claims[CLAIMS];
    pthread_barrier_t start;
    uint64_t published;
} committer;

static void *commit_all(void *argument) {
    committer *c = argument;
    pthread_barrier_wait(&c->start);
    for (int i = 0; i < CLAIMS; i++) {
        ferry_status status = ferry_producer_commit(c->producer, &c->claims[i], NULL, NULL);
        c->published += status == FERRY_OK;
        if (status != FERRY_OK && status != FERRY_END_OF_STREAM)
            c->published = UINT64_MAX / 2;
    }
    return NULL;
}

static void test_a_commit_beside_the_end(void **state) {
    (void)state;
    for (int round = 0; round < 50; round++) {
        committer c = {.producer = open_channel(name, "beside", CLAIMS + 1, FERRY_WHEN_FULL_WAIT)};
        ferry_consumer *consumer = open_latest(name);
        for (int i = 0; i < CLAIMS; i++)
            c.claims[i] = claim_small(c.producer);
        assert_int_equal(pthread_barrier_init(&c.start, NULL, 2), 0);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, commit_all, &c), 0);
        pthread_barrier_wait(&c.start);
        assert_int_equal(ferry_producer_end(c.producer, NULL), FERRY_OK);
        pthread_join(thread, NULL);
        ferry_consumer_counters counters;
        ferry_consumer_get_counters(consumer, &counters);
        assert_int_equal(counters.head, c.published);
        pthread_barrier_destroy(&c.start);
        close_both(&c.producer, &consumer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_claim_stays_memory, clean_up),
        cmocka_unit_test_teardown(test_what_calls_answer_after_the_end, clean_up),
        cmocka_unit_test_teardown(test_an_early_frame_is_given_up, clean_up),
        cmocka_unit_test_teardown(test_the_next_producer_comes_at_once, clean_up),
        cmocka_unit_test_teardown(test_upkeep_puts_no_name_back, clean_up),
        cmocka_unit_test_teardown(test_the_dialect_keeps_its_names, clean_up),
        cmocka_unit_test_teardown(test_received_is_not_released, clean_up),
        cmocka_unit_test_teardown(test_a_commit_beside_the_end, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
