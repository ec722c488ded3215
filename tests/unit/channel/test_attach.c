/* How a consumer looks for its producer: at once where there is one, and with a watch on the names
 * where it has to wait. The system calls for that are counted here, in the place of the C
 * library's. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/inotify.h>

#include <frameferry/clock.h>

#include "process_support.h"

static char name[NAME_BYTES];
static unsigned watches, polls;
static bool comes_first;         /* a producer comes just before the watch is made */
static ferry_producer *producer; /* the one that came */

int inotify_init1(int flags) {
    watches++;
    if (comes_first && producer == NULL)
        producer = make_producer(name, 2, FERRY_WHEN_FULL_WAIT, NULL);
    return (int)syscall(SYS_inotify_init1, flags);
}

int poll(struct pollfd *wanted, nfds_t count, int timeout_ms) {
    struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                               .tv_nsec = timeout_ms % 1000 * 1000000L};
    polls++;
    return (int)syscall(SYS_ppoll, wanted, count, timeout_ms < 0 ? NULL : &timeout, NULL, 0);
}

static ferry_status open_and_close(int64_t wait_ns) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.wait_ns = wait_ns;
    ferry_consumer *consumer = NULL;
    watches = polls = 0;
    ferry_status status = ferry_consumer_open(&consumer, &options, NULL);
    ferry_consumer_close(&consumer);
    return status;
}

static void test_nothing_is_watched_where_a_producer_is(void **state) {
    (void)state;
    producer = make_producer(own_name(name, "there"), 2, FERRY_WHEN_FULL_WAIT, NULL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(open_and_close(FERRY_FOREVER), FERRY_OK);
        assert_true(watches == 0 && polls == 0);
    }
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_one_look_takes_no_watch(void **state) {
    (void)state;
    own_name(name, "nobody");
    assert_int_equal(open_and_close(0), FERRY_NO_PRODUCER);
    assert_true(watches == 0 && polls == 0);
}

static void test_a_name_that_comes_before_the_watch_is_found(void **state) {
    (void)state;
    own_name(name, "between");
    comes_first = true;
    assert_int_equal(open_and_close(STUCK_NS), FERRY_OK);
    comes_first = false;
    assert_int_equal(watches, 1);
    assert_int_equal(polls, 0); /* found by looking, not by waiting */
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_waiting_watches_once(void **state) {
    (void)state;
    own_name(name, "waits");
    assert_int_equal(open_and_close(FERRY_SECOND_NS / 4), FERRY_NO_PRODUCER);
    assert_int_equal(watches, 1);
    assert_true(polls > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_nothing_is_watched_where_a_producer_is, clean_up),
        cmocka_unit_test_teardown(test_one_look_takes_no_watch, clean_up),
        cmocka_unit_test_teardown(test_a_name_that_comes_before_the_watch_is_found, clean_up),
        cmocka_unit_test_teardown(test_waiting_watches_once, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
