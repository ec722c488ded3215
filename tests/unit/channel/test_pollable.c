/* What an event loop waits on: when it is readable, and when it is not. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/resource.h>

#include <frameferry/clock.h>

#include "pollable_support.h"

#define SHORT_NS INT64_C(20000000)

enum { IDLE_MS = 500 };

static char name[NAME_BYTES];

/* ---- what it costs ---- */

static void test_nothing_is_there_until_it_is_asked_for(void **state) {
    (void)state;
    char status[4096];
    ferry_producer *producer = open_channel(name, "asked", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    unsigned descriptors = count_descriptors();
    send_up_to(producer, 1);
    take_and_release(consumer, 1);
    assert_int_equal(count_helpers(status), 0);
    ferry_pollable pollable = pollable_of(consumer);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pollable_of(consumer), pollable);
    assert_int_equal(count_helpers(status), 1);
    assert_int_equal(count_descriptors(), descriptors + 1);
    assert_true((fcntl((int)pollable, F_GETFD) & FD_CLOEXEC) != 0);
    ferry_consumer_close(&consumer);
    wait_for_helpers(0);
    assert_int_equal(fcntl((int)pollable, F_GETFD), -1);
    close_both(&producer, &consumer);
}

/* Ten looks a second, and no news for the loop. */
static void test_idle(void **state) {
    (void)state;
    static const char field[] = "\nvoluntary_ctxt_switches:";
    ferry_producer *producer = open_channel(name, "idle", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    settle(consumer, 1);
    unsigned long long before = helper_number(field, 10);
    uint64_t start_ns = ferry_clock_ns();
    assert_false(is_readable(consumer, IDLE_MS));
    uint64_t looks = (ferry_clock_ns() - start_ns) / (uint64_t)FERRYI_SLICE_NS;
    assert_true(helper_number(field, 10) - before <= 2 * looks + 2); /* a page fault is one too */
    close_both(&producer, &consumer);
}

/* A signal is for the program's threads, unless this one brought it upon itself. */
static void test_signals_are_not_for_the_helper(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "signals", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    pollable_of(consumer);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    unsigned long long blocked = helper_number("\nSigBlk:", 16), bus = 1ULL << (SIGBUS - 1);
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while ((blocked & bus) != 0 && ferry_clock_ns() < stuck_ns) /* a thread begins with all */
        blocked = helper_number("\nSigBlk:", 16);
    static const int programs[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGALRM, SIGCHLD, SIGIO};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        assert_true((blocked >> (programs[i] - 1) & 1) != 0);
        assert_int_equal(sigismember(&after, programs[i]), sigismember(&before, programs[i]));
    }
    assert_true((blocked & bus) == 0); /* the guard's */
    close_both(&producer, &consumer);
}

/* ---- when it is readable ---- */

static void test_one_frame_at_a_time(void **state) {
    (void)state;
    for (int kind = LOOP_POLL; kind <= LOOP_EPOLL; kind++) {
        ferry_producer *producer = open_channel(name, "level", 6, FERRY_WHEN_FULL_WAIT);
        ferry_consumer *consumer = open_every(name);
        send_up_to(producer, 2);
        loop l = loop_open(consumer, (loop_kind)kind); /* what came before is not missed */
        for (uint64_t number = 1; number <= 2; number++) {
            assert_true(loop_wait(&l, 0));
            take_and_release(consumer, number);
        }
        settle(consumer, 3);
        send_up_to(producer, 5);
        for (uint64_t number = 3; number <= 5; number++) {
            assert_true(loop_wait(&l, STUCK_MS));
            take_and_release(consumer, number);
        }
        settle(consumer, 3);
        loop_close(&l);
        close_both(&producer, &consumer);
    }
}

/* Between the look that finds nothing and the wait is where a wake-up could get lost. */
static void test_a_frame_before_the_wait(void **state) {
    (void)state;
    for (int kind = LOOP_POLL; kind < LOOP_KINDS; kind++) {
        ferry_producer *producer = open_channel(name, "before", 4, FERRY_WHEN_FULL_WAIT);
        ferry_consumer *every = open_every(name), *latest = open_latest(name);
        loop one = loop_open(every, (loop_kind)kind), two = loop_open(latest, (loop_kind)kind);
        for (uint64_t number = 1; number <= 200; number++) {
            assert_none_yet(every);
            assert_none_yet(latest);
            send_up_to(producer, number);
            assert_true(loop_wait(&one, STUCK_MS));
            assert_true(loop_wait(&two, STUCK_MS));
            take_and_release(every, number);
            take_and_release(latest, number);
        }
        loop_close(&one);
        loop_close(&two);
        ferry_consumer_close(&latest);
        close_both(&producer, &every);
    }
}

static void test_wakes(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "woken", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    ferry_frame frame;
    settle(consumer, 1);
    for (int i = 0; i < 20; i++) {
        ferry_consumer_wake(consumer);
        assert_true(is_readable(consumer, STUCK_MS));
        assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_WOKEN);
        assert_true(is_readable(consumer, 0)); /* until a call says that there is no frame */
        settle(consumer, 1);
    }
    close_both(&producer, &consumer);
}

/* A frame that is found between stilling and returning leaves it readable for those behind it:
 * whoever sets the event knows nothing of what was taken. */
static void test_a_frame_that_was_stilled_away(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "stilled", 6, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    settle(consumer, 1);
    ferry_consumer_interrupt(consumer);
    send_up_to(producer, 2);
    assert_true(is_readable(consumer, STUCK_MS));
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_INTERRUPTED);
    assert_true(is_readable(consumer, 0));
    take_and_release(consumer, 1);
    assert_true(is_readable(consumer, 0));
    take_and_release(consumer, 2);
    settle(consumer, 4);
    close_both(&producer, &consumer);
}

/* ---- interruptions ---- */

static ferry_consumer *signalled;

static void on_signal(int number) {
    (void)number;
    ferry_consumer_interrupt(signalled);
}

static void *send_signal(void *argument) {
    pthread_kill(*(pthread_t *)argument, SIGUSR1);
    return NULL;
}

static void test_interruptions(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "interrupted", 4, FERRY_WHEN_FULL_WAIT);
    ferry_frame frame;
    signalled = open_latest(name);
    settle(signalled, 1);
    struct sigaction action = {.sa_handler = on_signal}, before;
    pthread_t thread, self = pthread_self();
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    for (int i = 0; i < 20; i++) {
        errno = 77;
        if (i % 2 == 0)
            ferry_consumer_interrupt(signalled);
        else
            assert_int_equal(pthread_create(&thread, NULL, send_signal, &self), 0);
        assert_true(i % 2 != 0 || errno == 77);   /* as a signal handler needs it */
        while (!is_readable(signalled, STUCK_MS)) /* the signal may end the wait */
            assert_int_equal(errno, EINTR);
        assert_int_equal(ferry_consumer_acquire(signalled, 0, &frame, NULL), FERRY_INTERRUPTED);
        if (i % 2 != 0)
            pthread_join(thread, NULL);
        settle(signalled, 1);
    }
    sigaction(SIGUSR1, &before, NULL);
    close_both(&producer, &signalled);
}

/* ---- calls with a timeout beside it ---- */

static void *send_one(void *argument) {
    send_next(argument);
    return NULL;
}

static void test_calls_that_block(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "blocks", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    ferry_frame frame;
    pollable_of(consumer);
    for (uint64_t number = 1; number <= 50; number++) {
        pthread_t thread;
        uint64_t start_ns = ferry_clock_ns();
        if (number % 10 == 0) {
            assert_int_equal(ferry_consumer_acquire(consumer, SHORT_NS, &frame, NULL),
                             FERRY_TIMEOUT);
            assert_true(ferry_clock_ns() - start_ns >= (uint64_t)SHORT_NS);
        }
        assert_int_equal(pthread_create(&thread, NULL, send_one, producer), 0);
        ferry_status status;
        uint64_t got = take_next(consumer, number % 2 ? FERRY_FOREVER : STUCK_NS, &frame, &status);
        pthread_join(thread, NULL);
        assert_int_equal(status, FERRY_OK);
        assert_int_equal(got, number);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    }
    settle(consumer, 50);
    close_both(&producer, &consumer);
}

/* ---- a full hand ---- */

static void test_a_full_hand(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "full", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    ferry_frame held[2], frame;
    send_up_to(producer, 3);
    assert_true(is_readable(consumer, 0));
    take_number(consumer, 1, &held[1]);
    take_number(consumer, 2, &held[0]);
    /* Frame 3 is there, and cannot be had. */
    for (int calls = 0; is_readable(consumer, 50); calls++) {
        assert_true(calls <= 4);
        assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_TOO_MANY_HELD);
    }
    for (uint64_t number = 3; number <= 20; number++) {
        assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_TOO_MANY_HELD);
        assert_int_equal(ferry_consumer_release(consumer, &held[number % 2]), FERRY_OK);
        assert_true(is_readable(consumer, STUCK_MS));
        take_number(consumer, number, &held[number % 2]);
        send_up_to(producer, number + 1);
    }
    close_both(&producer, &consumer);
}

/* ---- closing, and what cannot be ---- */

static void test_closing_while_it_is_waited_for(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "closing", 4, FERRY_WHEN_FULL_WAIT);
    unsigned descriptors = count_descriptors();
    enum { ROUNDS = 100 };
    uint64_t fastest_ns = UINT64_MAX;
    for (int i = 0; i < ROUNDS; i++) {
        ferry_consumer *consumer = i % 2 == 0 ? open_every(name) : open_latest(name);
        loop l = loop_open(consumer, LOOP_EPOLL);
        if (i % 3 == 0)
            assert_none_yet(consumer);
        if (i % 4 != 0)
            wait_until_asleep(&consumer->record->event);
        uint64_t start_ns = ferry_clock_ns();
        ferry_consumer_close(&consumer);
        uint64_t took_ns = ferry_clock_ns() - start_ns;
        if (i % 4 != 0 && took_ns < fastest_ns)
            fastest_ns = took_ns;
        assert_false(loop_wait(&l, 0));
        loop_close(&l);
    }
    /* The helper is woken, and does not wait for the end of its slice, which has just begun. On a
     * machine that is busy with much else any of them may take long, but not all. */
    assert_true(fastest_ns < (uint64_t)FERRYI_SLICE_NS / 2);
    wait_for_helpers(0);
    assert_int_equal(count_descriptors(), descriptors);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_arguments(void **state) {
    (void)state;
    ferry_error error = {0};
    ferry_producer *producer = open_channel(name, "arguments", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    assert_int_equal(ferry_consumer_get_pollable(consumer, NULL, &error), FERRY_INVALID_ARGUMENT);
    assert_int_equal(error.status, FERRY_INVALID_ARGUMENT);
    close_both(&producer, &consumer);
}

static void ask_without_descriptors(const void *argument) {
    struct rlimit none, before;
    ferry_error error = {0};
    ferry_pollable pollable = 77;
    ferry_consumer *consumer = make_consumer(argument, FERRY_DELIVERY_EVERY, NULL);
    CHILD_CHECK(consumer != NULL);
    CHILD_CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
    CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    ferry_status status = ferry_consumer_get_pollable(consumer, &pollable, &error);
    CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHILD_CHECK(status == FERRY_SYSTEM_ERROR && error.os_code == EMFILE);
    CHILD_CHECK(pollable == FERRY_POLLABLE_NONE && strlen(error.message) > 20);
    CHILD_CHECK(ferry_consumer_get_pollable(consumer, &pollable, &error) == FERRY_OK);
    ferry_consumer_close(&consumer);
}

static void test_no_descriptor_to_be_had(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "none", 4, FERRY_WHEN_FULL_WAIT);
    child *asking = start_child(ask_without_descriptors, name);
    assert_child_succeeds(asking);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_nothing_is_there_until_it_is_asked_for, clean_up),
        cmocka_unit_test_teardown(test_idle, clean_up),
        cmocka_unit_test_teardown(test_signals_are_not_for_the_helper, clean_up),
        cmocka_unit_test_teardown(test_one_frame_at_a_time, clean_up),
        cmocka_unit_test_teardown(test_a_frame_before_the_wait, clean_up),
        cmocka_unit_test_teardown(test_a_frame_that_was_stilled_away, clean_up),
        cmocka_unit_test_teardown(test_interruptions, clean_up),
        cmocka_unit_test_teardown(test_wakes, clean_up),
        cmocka_unit_test_teardown(test_calls_that_block, clean_up),
        cmocka_unit_test_teardown(test_a_full_hand, clean_up),
        cmocka_unit_test_teardown(test_closing_while_it_is_waited_for, clean_up),
        cmocka_unit_test_teardown(test_arguments, clean_up),
        cmocka_unit_test_teardown(test_no_descriptor_to_be_had, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
