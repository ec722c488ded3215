/* Pollables where not all is as usual: objects with one slot, senders that know only the BaseImage
 * layout, and processes that fork. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "emulation.h"
#include "plain_peer.h"
#include "pollable_support.h"

static char name[NAME_BYTES];

static void send_plainly(const plain_peer *peer, uint64_t number) {
    const plain_header header = {PIXELS, WIDTH, HEIGHT, 8};
    uint8_t pixels[PIXELS];
    paint(pixels, number);
    peer_send(peer, header, pixels);
}

static void close_plainly(plain_peer *peer, ferry_consumer **consumer) {
    ferry_consumer_close(consumer);
    peer_close(peer);
    peer_remove(name);
    assert_nothing_left();
}

/* ---- senders that know only the layout ---- */

static void test_a_plain_sender(void **state) {
    (void)state;
    plain_peer peer;
    ferry_image image = FERRY_IMAGE_INIT;
    for (int kind = LOOP_POLL; kind < LOOP_KINDS; kind++) {
        assert_true(peer_open(&peer, own_name(name, "plain"), true));
        ferry_consumer *consumer = open_latest(name);
        loop l = loop_open(consumer, (loop_kind)kind);
        for (uint64_t number = 1; number <= 300; number++) {
            assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_TIMEOUT);
            send_plainly(&peer, number);
            assert_true(loop_wait(&l, STUCK_MS));
            assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_OK);
            assert_int_equal(image.info.number, number);
            assert_true(is_painted(image.pixels, number));
        }
        settle(consumer, 2);
        loop_close(&l);
        close_plainly(&peer, &consumer);
    }
    ferry_image_free(&image);
}

/* Posts that the helper takes are counted as those that a call takes. */
static void test_pictures_of_a_plain_sender_that_are_skipped(void **state) {
    (void)state;
    plain_peer peer;
    ferry_image image = FERRY_IMAGE_INIT;
    assert_true(peer_open(&peer, own_name(name, "skipped"), true));
    ferry_consumer *consumer = open_latest(name);
    pollable_of(consumer);
    for (uint64_t number = 1; number <= 5; number++)
        send_plainly(&peer, number);
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while (atomic_load(&consumer->seen) < 5 && ferry_clock_ns() < stuck_ns)
        sched_yield();
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_OK);
    assert_true(image.info.number == 5 && image.skipped == 4);
    settle(consumer, 6);
    ferry_consumer_counters counters;
    ferry_consumer_get_counters(consumer, &counters);
    assert_true(counters.received == 1 && counters.skipped == 4 && counters.pending == 0);
    ferry_image_free(&image);
    close_plainly(&peer, &consumer);
}

static void test_an_interruption_without_an_event(void **state) {
    (void)state;
    plain_peer peer;
    ferry_image image = FERRY_IMAGE_INIT;
    assert_true(peer_open(&peer, own_name(name, "wish"), true));
    ferry_consumer *consumer = open_latest(name);
    settle(consumer, 1);
    ferry_consumer_interrupt(consumer);
    assert_true(is_readable(consumer, 0));
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_INTERRUPTED);
    settle(consumer, 1);
    ferry_image_free(&image);
    close_plainly(&peer, &consumer);
}

static void assert_lost(ferry_consumer *consumer) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_status status = FERRY_TIMEOUT;
    uint64_t start_ns = ferry_clock_ns();
    for (int calls = 0; status == FERRY_TIMEOUT && calls < 5; calls++) {
        assert_true(is_readable(consumer, STUCK_MS));
        status = ferry_consumer_copy(consumer, 0, &image, NULL);
    }
    assert_int_equal(status, FERRY_PRODUCER_LOST);
    assert_true(ferry_clock_ns() - start_ns < NOTICED_NS);
    assert_true(is_readable(consumer, 0));
    ferry_image_free(&image);
}

static void test_a_plain_sender_that_goes(void **state) {
    (void)state;
    plain_peer peer;
    assert_true(peer_open(&peer, own_name(name, "goes"), true));
    ferry_consumer *consumer = open_latest(name);
    settle(consumer, 1);
    peer_remove(name);
    assert_lost(consumer);
    close_plainly(&peer, &consumer);
}

static void test_a_producer_takes_the_object_over(void **state) {
    (void)state;
    plain_peer peer;
    assert_true(peer_open(&peer, own_name(name, "over"), true));
    ferry_consumer *consumer = open_latest(name);
    settle(consumer, 1);
    ferry_producer *producer = make_dialect(name);
    assert_non_null(producer);
    assert_lost(consumer);
    ferry_producer_close(&producer);
    close_plainly(&peer, &consumer);
}

/* ---- one object, two producers of ours ---- */

static void produce_and_die(const void *argument) {
    (void)argument;
    CHILD_CHECK(make_dialect(name) != NULL);
    child_say('r');
    child_rest();
}

static void test_another_producer_uses_the_object_again(void **state) {
    (void)state;
    own_name(name, "again");
    child *dead = start_child(produce_and_die, NULL);
    assert_int_equal(hear(dead), 'r');
    ferry_consumer *consumer = open_latest(name);
    settle(consumer, 1);
    kill_child(dead);
    ferry_producer *producer = make_dialect(name);
    assert_non_null(producer);
    assert_lost(consumer);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- forks ---- */

static void use_what_is_the_parents(const void *argument) {
    ferry_consumer *consumer = *(ferry_consumer *const *)argument;
    ferry_pollable pollable = 77;
    ferry_error error = {0};
    char status[4096];
    ferry_frame frame;
    CHILD_CHECK(ferry_consumer_get_pollable(consumer, &pollable, &error) == FERRY_FORKED);
    CHILD_CHECK(pollable == FERRY_POLLABLE_NONE && error.status == FERRY_FORKED);
    CHILD_CHECK(ferry_consumer_acquire(consumer, 0, &frame, NULL) == FERRY_FORKED);
    ferry_consumer_interrupt(consumer);
    CHILD_CHECK(count_helpers(status) == 0);
    ferry_consumer_close(&consumer); /* must not wait for a thread that is not there */
    consumer = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
    CHILD_CHECK(consumer != NULL);
    if (!UNDER_THREAD_SANITIZER) {
        CHILD_CHECK(ferry_consumer_get_pollable(consumer, &pollable, NULL) == FERRY_OK);
        CHILD_CHECK(count_helpers(status) == 1);
    }
    ferry_consumer_close(&consumer);
    child_say('d');
    child_rest();
}

static void test_a_forked_child_has_no_use_for_it(void **state) {
    (void)state;
    SKIP_EMULATED("qemu-user 7.2 fails an assertion of its own in a child of several threads");
    ferry_producer *producer = make_producer(own_name(name, "fork"), 4, FERRY_WHEN_FULL_WAIT, NULL);
    ferry_consumer *consumer = open_every(name), *never_asked = open_every(name);
    ferry_pollable pollable = FERRY_POLLABLE_NONE;
    settle(consumer, 1);
    child *heir = start_child_with(use_what_is_the_parents, &consumer, sizeof consumer);
    child *other = start_child_with(use_what_is_the_parents, &never_asked, sizeof never_asked);
    assert_int_equal(hear(heir), 'd');
    assert_int_equal(hear(other), 'd');
    assert_false(is_readable(consumer, 0));
    send_up_to(producer, 1);
    assert_true(is_readable(consumer, STUCK_MS));
    take_and_release(consumer, 1);
    take_and_release(never_asked, 1);
    settle(consumer, 1);
    assert_int_equal(ferry_consumer_get_pollable(never_asked, &pollable, NULL), FERRY_OK);
    ferry_consumer_close(&never_asked);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    kill_child(heir);
    kill_child(other);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_plain_sender, clean_up),
        cmocka_unit_test_teardown(test_pictures_of_a_plain_sender_that_are_skipped, clean_up),
        cmocka_unit_test_teardown(test_an_interruption_without_an_event, clean_up),
        cmocka_unit_test_teardown(test_a_plain_sender_that_goes, clean_up),
        cmocka_unit_test_teardown(test_a_producer_takes_the_object_over, clean_up),
        cmocka_unit_test_teardown(test_another_producer_uses_the_object_again, clean_up),
        cmocka_unit_test_teardown(test_a_forked_child_has_no_use_for_it, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
