/* The pollable of a producer's event loop: when it is readable, when it is not, and what it costs.
 */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/resource.h>

#include <frameferry/clock.h>

#include "emulation.h"
#include "pollable_support.h"

enum { SLOTS = 4, IDLE_MS = 500 };

static char name[NAME_BYTES];

static ferry_status look_once(ferry_producer *producer, ferry_claim *claim) {
    ferry_frame_info info = small_info();
    return ferry_producer_claim_timed(producer, &info, 0, claim, NULL);
}

/* With no slot to be had, the pollable comes to rest after as many looks as there were events. */
static void come_to_rest(ferry_producer *producer, unsigned events) {
    ferry_claim claim;
    for (unsigned looks = 0; is_producer_readable(producer, 50); looks++) {
        assert_true(looks <= events);
        assert_int_equal(look_once(producer, &claim), FERRY_TIMEOUT);
    }
}

/* Waits for the pollable, and looks for a slot; publishes a frame in it. */
static void send_when_readable(ferry_producer *producer, const loop *l, uint64_t number) {
    ferry_claim claim;
    ferry_status status;
    while ((status = look_once(producer, &claim)) == FERRY_TIMEOUT)
        if (!loop_wait(l, STUCK_MS))
            fail_msg("not woken for frame %llu", (unsigned long long)number);
    assert_int_equal(status, FERRY_OK);
    paint(claim.pixels, number);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
}

/* ---- what it costs ---- */

static void test_nothing_is_there_until_it_is_asked_for(void **state) {
    (void)state;
    char status[4096];
    ferry_producer *producer = open_channel(name, "asked", SLOTS, FERRY_WHEN_FULL_WAIT);
    unsigned descriptors = count_descriptors();
    send_up_to(producer, 10);
    assert_int_equal(count_helpers(status), 0);
    ferry_pollable pollable = pollable_of_producer(producer);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pollable_of_producer(producer), pollable);
    assert_int_equal(count_helpers(status), 1);
    assert_int_equal(count_descriptors(), descriptors + 1);
    assert_true((fcntl((int)pollable, F_GETFD) & FD_CLOEXEC) != 0);
    ferry_producer_close(&producer);
    wait_for_helpers(0);
    assert_int_equal(fcntl((int)pollable, F_GETFD), -1);
    assert_nothing_left();
}

/* Ten looks a second, and no news for the loop, also while a claim has found no slot. */
static void test_idle(void **state) {
    (void)state;
    static const char field[] = "\nvoluntary_ctxt_switches:";
    ferry_producer *producer = open_channel(name, "idle", SLOTS, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    send_up_to(producer, SLOTS);
    come_to_rest(producer, 2);
    unsigned long long before = helper_number(field, 10);
    uint64_t start_ns = ferry_clock_ns();
    assert_false(is_producer_readable(producer, IDLE_MS));
    uint64_t looks = (ferry_clock_ns() - start_ns) / (uint64_t)FERRYI_SLICE_NS;
    assert_true(helper_number(field, 10) - before <= 2 * looks + 2); /* a page fault is one too */
    close_both(&producer, &consumer);
}

static void test_no_descriptor_is_left(void **state) {
    (void)state;
    struct rlimit before, none;
    ferry_pollable pollable = 7;
    ferry_error error = {0};
    ferry_producer *producer = open_channel(name, "rlimit", SLOTS, FERRY_WHEN_FULL_DROP);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    ferry_status status = ferry_producer_get_pollable(producer, &pollable, &error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, FERRY_SYSTEM_ERROR);
    assert_true(pollable == FERRY_POLLABLE_NONE && error.os_code == EMFILE);
    send_up_to(producer, 5);
    assert_int_equal(ferry_producer_get_pollable(producer, &pollable, NULL), FERRY_OK);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- when it is readable ---- */

/* As long as claims find slots, it is. */
static void test_free_slots(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "free", SLOTS, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    loop l = loop_over(pollable_of_producer(producer), LOOP_POLL);
    for (uint64_t number = 1; number <= SLOTS; number++) {
        assert_true(loop_wait(&l, 0));
        send_when_readable(producer, &l, number);
    }
    come_to_rest(producer, 3);
    close_both(&producer, &consumer);
}

/* Each slot comes free while the look before it finds out that there is none. */
static void test_a_release_wakes_the_loop(void **state) {
    (void)state;
    for (int kind = LOOP_POLL; kind < LOOP_KINDS; kind++) {
        ferry_producer *producer = open_channel(name, "release", SLOTS, FERRY_WHEN_FULL_WAIT);
        ferry_consumer *consumer = open_every(name);
        loop l = loop_over(pollable_of_producer(producer), (loop_kind)kind);
        ferry_claim claim;
        send_up_to(producer, SLOTS);
        for (uint64_t number = 1; number <= 300; number++) {
            assert_int_equal(look_once(producer, &claim), FERRY_TIMEOUT);
            take_and_release(consumer, number);
            assert_true(loop_wait(&l, STUCK_MS));
            send_when_readable(producer, &l, number + SLOTS);
        }
        loop_close(&l);
        assert_int_equal(dropped_by(producer), 0);
        close_both(&producer, &consumer);
    }
}

/* The policy of dropping: an ordinary claim is a look as well. */
static void test_an_ordinary_claim_that_drops(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "drops", SLOTS, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = small_info();
    ferry_claim claim;
    send_up_to(producer, SLOTS);
    for (unsigned looks = 0; is_producer_readable(producer, 50); looks++) {
        assert_true(looks <= 3);
        assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_FULL);
    }
    take_and_release(consumer, 1);
    assert_true(is_producer_readable(producer, STUCK_MS));
    assert_int_equal(send_next(producer), FERRY_OK);
    close_both(&producer, &consumer);
}

/* Claims that are open, and frames that are kept: the program itself gives them back, in any
 * thread. */
static void test_what_the_program_gives_back(void **state) {
    (void)state;
    for (int how = 0; how < 3; how++) {
        ferry_producer *producer = open_channel(name, "own", 3, FERRY_WHEN_FULL_WAIT);
        ferry_claim first, second, more;
        assert_int_equal(look_once(producer, &first), FERRY_OK);
        if (how == 2)
            assert_int_equal(ferry_producer_commit_keep(producer, &first, NULL, NULL), FERRY_OK);
        assert_int_equal(look_once(producer, &second), FERRY_OK);
        for (unsigned looks = 0; is_producer_readable(producer, 50); looks++) {
            assert_true(looks <= 2);
            assert_int_equal(look_once(producer, &more), FERRY_TOO_MANY_HELD);
        }
        if (how == 0)
            assert_int_equal(ferry_producer_commit(producer, &first, NULL, NULL), FERRY_OK);
        else if (how == 1)
            ferry_producer_abort(producer, &first);
        else
            ferry_producer_let_go(producer, &first);
        assert_true(is_producer_readable(producer, STUCK_MS));
        assert_int_equal(look_once(producer, &more), FERRY_OK);
        ferry_producer_close(&producer);
        assert_nothing_left();
    }
}

/* Level-triggered too, though slots are free all the time: a look for consumers stills it. */
static void test_consumers_that_come_and_go(void **state) {
    (void)state;
    for (int kind = LOOP_POLL; kind < LOOP_KINDS; kind++) {
        ferry_producer *producer = open_channel(name, "come", SLOTS, FERRY_WHEN_FULL_WAIT);
        loop l = loop_over(pollable_of_producer(producer), (loop_kind)kind);
        for (int i = 0; i < 20; i++) {
            while (loop_wait(&l, 20))
                assert_int_equal(ferry_producer_wait_consumer(producer, 0), FERRY_TIMEOUT);
            assert_int_equal(ferry_producer_wait_consumer(producer, 0), FERRY_TIMEOUT);
            ferry_consumer *consumer = open_latest(name);
            assert_true(loop_wait(&l, STUCK_MS));
            assert_int_equal(ferry_producer_wait_consumer(producer, 0), FERRY_OK);
            ferry_consumer_close(&consumer);
            assert_true(loop_wait(&l, STUCK_MS));
            assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 0);
        }
        loop_close(&l);
        ferry_producer_close(&producer);
        assert_nothing_left();
    }
}

/* News that a wait for something else clears is not lost on a loop that wants a slot. */
static void test_a_wait_does_not_still_it_for_a_claim(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "both", SLOTS, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    ferry_claim claim;
    send_up_to(producer, SLOTS);
    come_to_rest(producer, 3);
    take_and_release(consumer, 1);
    assert_true(is_producer_readable(producer, STUCK_MS));
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT);
    assert_true(is_producer_readable(producer, 0));
    assert_int_equal(ferry_producer_drain(producer, FERRY_SECOND_NS / 5), FERRY_TIMEOUT);
    assert_true(is_producer_readable(producer, 0));
    assert_int_equal(look_once(producer, &claim), FERRY_OK);
    close_both(&producer, &consumer);
}

/* ---- calls that block ---- */

static void *release_when_all_wait(void *argument) {
    ferry_consumer *consumer = argument;
    wait_until_asleep(&consumer->registry->producer_event); /* the helper does */
    take_and_release(consumer, 1);
    return NULL;
}

static void test_claims_that_block_go_on_working(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        ferry_producer *producer = open_channel(name, "blocks", SLOTS, FERRY_WHEN_FULL_WAIT);
        ferry_consumer *consumer = open_every(name);
        ferry_frame_info info = small_info();
        ferry_claim claim;
        pthread_t thread;
        send_up_to(producer, SLOTS);
        pollable_of_producer(producer);
        assert_int_equal(pthread_create(&thread, NULL, release_when_all_wait, consumer), 0);
        assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
        pthread_join(thread, NULL);
        assert_true(is_producer_readable(producer, 0)); /* no call has said that there is none */
        ferry_producer_abort(producer, &claim);
        close_both(&producer, &consumer);
    }
}

/* ---- interruptions ---- */

static ferry_producer *signalled;

static void on_signal(int number) {
    (void)number;
    ferry_producer_interrupt(signalled);
}

static void *send_signal(void *argument) {
    pthread_kill(*(pthread_t *)argument, SIGUSR1);
    return NULL;
}

static void test_interruptions(void **state) {
    (void)state;
    signalled = open_channel(name, "interrupted", SLOTS, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    send_up_to(signalled, SLOTS);
    come_to_rest(signalled, 3);
    struct sigaction action = {.sa_handler = on_signal}, before;
    pthread_t thread, self = pthread_self();
    ferry_claim claim;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    for (int i = 0; i < 20; i++) {
        errno = 77;
        if (i % 2 == 0)
            ferry_producer_interrupt(signalled);
        else
            assert_int_equal(pthread_create(&thread, NULL, send_signal, &self), 0);
        assert_true(i % 2 != 0 || errno == 77);            /* as a signal handler needs it */
        while (!is_producer_readable(signalled, STUCK_MS)) /* the signal may end the wait */
            assert_int_equal(errno, EINTR);
        assert_int_equal(look_once(signalled, &claim), FERRY_INTERRUPTED);
        if (i % 2 != 0)
            pthread_join(thread, NULL);
        assert_true(is_producer_readable(signalled, 0)); /* until a look finds no slot */
        come_to_rest(signalled, 1);
    }
    sigaction(SIGUSR1, &before, NULL);
    close_both(&signalled, &consumer);
}

/* ---- consumers that die, and that stand still ---- */

static void want_all(const void *argument) {
    (void)argument;
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
    CHILD_CHECK(consumer != NULL);
    child_say('r');
    child_rest();
}

/* It says so whether a claim waits or not, and not for ever. */
static void test_a_consumer_that_is_killed(void **state) {
    (void)state;
    for (int is_full = 0; is_full < 2; is_full++) {
        ferry_producer *producer = open_channel(name, "killed", SLOTS, FERRY_WHEN_FULL_WAIT);
        child *consumer = start_child(want_all, NULL);
        assert_int_equal(hear(consumer), 'r');
        ferry_claim claim;
        loop l = loop_over(pollable_of_producer(producer), LOOP_EPOLL_EDGE);
        if (is_full != 0) {
            send_up_to(producer, SLOTS);
            come_to_rest(producer, 3);
        }
        while (loop_wait(&l, 50)) {
        }
        kill_child(consumer);
        assert_true(loop_wait(&l, STUCK_MS));
        if (is_full != 0)
            send_when_readable(producer, &l, SLOTS + 1);
        assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 0);
        loop_wait(&l, 0); /* one ring may have been on its way */
        assert_false(loop_wait(&l, IDLE_MS));
        assert_int_equal(look_once(producer, &claim), FERRY_OK);
        loop_close(&l);
        ferry_producer_close(&producer);
        assert_nothing_left();
    }
}

/* No event tells that the limit is over: the loop is woken to find out. */
static void test_one_that_stands_still_is_evicted(void **state) {
    (void)state;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "stalls");
    options.slots = SLOTS;
    options.slot_bytes = 8192;
    options.stall_limit_ns = FERRY_SECOND_NS / 4;
    ferry_producer *producer = create_with(&options);
    ferry_consumer *consumer = open_every(name);
    loop l = loop_over(pollable_of_producer(producer), LOOP_EPOLL_EDGE);
    for (uint64_t number = 1; number <= SLOTS + 3; number++)
        send_when_readable(producer, &l, number);
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.evicted, 1);
    loop_close(&l);
    close_both(&producer, &consumer);
}

/* ---- forks ---- */

static void use_what_is_the_parents(const void *argument) {
    ferry_producer *producer = *(ferry_producer *const *)argument;
    ferry_pollable pollable = 77;
    ferry_error error = {0};
    ferry_claim claim;
    char status[4096];
    CHILD_CHECK(ferry_producer_get_pollable(producer, &pollable, &error) == FERRY_FORKED);
    CHILD_CHECK(pollable == FERRY_POLLABLE_NONE && error.status == FERRY_FORKED);
    CHILD_CHECK(look_once(producer, &claim) == FERRY_FORKED);
    ferry_producer_interrupt(producer);
    CHILD_CHECK(count_helpers(status) == 0);
    ferry_producer_close(&producer); /* must not wait for a thread that is not there */
    child_say('d');
    child_rest();
}

static void test_a_forked_child_has_no_use_for_it(void **state) {
    (void)state;
    SKIP_EMULATED("qemu-user 7.2 fails an assertion of its own in a child of several threads");
    ferry_producer *producer = open_channel(name, "fork", SLOTS, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    send_up_to(producer, SLOTS);
    come_to_rest(producer, 3);
    child *heir = start_child_with(use_what_is_the_parents, &producer, sizeof producer);
    assert_int_equal(hear(heir), 'd');
    assert_false(is_producer_readable(producer, 0));
    take_and_release(consumer, 1);
    assert_true(is_producer_readable(producer, STUCK_MS));
    kill_child(heir);
    close_both(&producer, &consumer);
}

/* ---- closing, and memory that is cut short ---- */

static void test_closing_while_it_is_waited_for(void **state) {
    (void)state;
    enum { ROUNDS = 50 };
    unsigned descriptors = count_descriptors();
    uint64_t fastest_ns = UINT64_MAX;
    for (int i = 0; i < ROUNDS; i++) {
        ferry_producer *producer = open_channel(name, "closing", SLOTS, FERRY_WHEN_FULL_WAIT);
        pollable_of_producer(producer);
        if (i % 2 == 0)
            wait_until_asleep(&producer->consumers->producer_event);
        uint64_t start_ns = ferry_clock_ns();
        ferry_producer_close(&producer);
        uint64_t took_ns = ferry_clock_ns() - start_ns;
        if (i % 2 == 0 && took_ns < fastest_ns)
            fastest_ns = took_ns;
    }
    /* The helper is woken, and does not wait for the end of its slice, which has just begun. On a
     * machine that is busy with much else any of them may take long, but not all. */
    assert_true(fastest_ns < (uint64_t)FERRYI_SLICE_NS / 2);
    wait_for_helpers(0);
    assert_int_equal(count_descriptors(), descriptors);
    assert_nothing_left();
}

static void cut_short(const void *argument) {
    char path[PATH_BYTES], object[NAME_BYTES + 16];
    snprintf(object, sizeof object, "%s~consumers", (const char *)argument);
    CHILD_CHECK(truncate(shm_path(path, object), 0) == 0);
}

/* The helper may be the first to touch what is gone: the guard handles it there. */
static void test_memory_that_is_cut_short(void **state) {
    (void)state;
    SKIP_MENDED_FAULTS();
    assert_int_equal(ferry_guard_install(), FERRY_OK);
    ferry_producer *producer = open_channel(name, "cut", SLOTS, FERRY_WHEN_FULL_WAIT);
    loop l = loop_over(pollable_of_producer(producer), LOOP_EPOLL_EDGE);
    while (loop_wait(&l, 50)) {
    }
    child *vandal = start_child(cut_short, name);
    assert_child_succeeds(vandal);
    assert_true(loop_wait(&l, STUCK_MS));
    ferry_claim claim;
    ferry_pollable pollable;
    assert_int_equal(look_once(producer, &claim), FERRY_MALFORMED);
    assert_true(is_producer_readable(producer, 0)); /* every call says so from now on */
    assert_int_equal(ferry_producer_get_pollable(producer, &pollable, NULL), FERRY_OK);
    loop_close(&l);
    ferry_producer_close(&producer);
    wait_for_helpers(0);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_nothing_is_there_until_it_is_asked_for, clean_up),
        cmocka_unit_test_teardown(test_idle, clean_up),
        cmocka_unit_test_teardown(test_no_descriptor_is_left, clean_up),
        cmocka_unit_test_teardown(test_free_slots, clean_up),
        cmocka_unit_test_teardown(test_a_release_wakes_the_loop, clean_up),
        cmocka_unit_test_teardown(test_an_ordinary_claim_that_drops, clean_up),
        cmocka_unit_test_teardown(test_what_the_program_gives_back, clean_up),
        cmocka_unit_test_teardown(test_consumers_that_come_and_go, clean_up),
        cmocka_unit_test_teardown(test_a_wait_does_not_still_it_for_a_claim, clean_up),
        cmocka_unit_test_teardown(test_claims_that_block_go_on_working, clean_up),
        cmocka_unit_test_teardown(test_interruptions, clean_up),
        cmocka_unit_test_teardown(test_a_consumer_that_is_killed, clean_up),
        cmocka_unit_test_teardown(test_one_that_stands_still_is_evicted, clean_up),
        cmocka_unit_test_teardown(test_a_forked_child_has_no_use_for_it, clean_up),
        cmocka_unit_test_teardown(test_closing_while_it_is_waited_for, clean_up),
        cmocka_unit_test_teardown(test_memory_that_is_cut_short, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
