/* Frames that are read while they are written, in an event loop. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "early_support.h"
#include "pollable_support.h"

static void test_an_event_loop_follows(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer = make_producer(own_name(name, "loop"), 3, FERRY_WHEN_FULL_DROP, NULL);
    ferry_consumer *follower = open_latest(name);
    ferry_claim claim;
    ferry_frame frame;
    assert_true(is_readable(follower, STUCK_MS)); /* a new one is */
    assert_int_equal(ferry_consumer_acquire_early(follower, 0, &frame, NULL), FERRY_TIMEOUT);
    show_next(producer, &claim);
    write_to(producer, &claim, 1, 10);
    assert_true(is_readable(follower, STUCK_MS));
    follow(follower, &frame);
    assert_int_equal(wait_for(follower, &frame, 10), FERRY_OK);
    assert_int_equal(wait_for(follower, &frame, 20), FERRY_TIMEOUT);
    write_to(producer, &claim, 1, 20);
    assert_true(is_readable(follower, STUCK_MS));
    assert_int_equal(wait_for(follower, &frame, 20), FERRY_OK);
    assert_int_equal(wait_for(follower, &frame, FERRY_WHOLE), FERRY_TIMEOUT);
    finish(producer, &claim, 1);
    assert_true(is_readable(follower, STUCK_MS));
    end_whole(follower, &frame, 1);
    ferry_consumer_close(&follower);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_an_event_loop_follows, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
