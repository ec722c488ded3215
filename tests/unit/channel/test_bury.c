/* Clearing away what dead producers have left, and leaving all else alone: on every system. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"
#include "platform/glance.h"
#include "thinning.h"

static char name[NAME_BYTES];
static ferry_bury_report report;
static ferry_error error;

static ferry_status bury(uint32_t flags) {
    memset(&report, 0xff, sizeof report);
    memset(&error, 0, sizeof error);
    ferry_status status = ferry_channel_bury(name, flags, &report, &error);
    if (status == FERRY_OK)
        assert_int_equal(error.status, FERRY_OK); /* a look that succeeds leaves it alone */
    else
        assert_sentence(&error, status, name);
    return status;
}

static void assert_refused(ferry_status status) {
    for (uint32_t flags = 0; flags <= FERRY_BURY_DRY_RUN; flags++) {
        assert_int_equal(bury(flags), status);
        assert_int_equal(report.removed, 0);
        assert_int_equal(report.memory_bytes, 0);
    }
}

static void produce(const void *argument) {
    ferry_producer *producer = make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL && send_next(producer) == FERRY_OK);
    child_say('r');
    child_rest();
}

static void test_nothing_there(void **state) {
    (void)state;
    own_name(name, "nothing");
    assert_refused(FERRY_NO_PRODUCER);
    assert_int_equal(report.left, 0);
    assert_nothing_left();
}

static void test_a_live_channel(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "live", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    for (int i = 0; i < 3; i++)
        assert_refused(FERRY_BUSY);
    assert_int_equal(report.left, FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_CONSUMERS);
    assert_int_equal(report.consumers, 0);
    assert_int_equal(send_next(producer), FERRY_OK);
    take_and_release(consumer, 1);
    close_both(&producer, &consumer);
}

static void test_a_live_channel_of_the_dialect(void **state) {
    (void)state;
    ferry_producer *producer = make_dialect(own_name(name, "dialect"));
    assert_non_null(producer);
    assert_refused(FERRY_BUSY);
    /* Its names and its claims stay until the handle is closed. */
    assert_int_equal(ferry_producer_end(producer, NULL), FERRY_OK);
    assert_refused(FERRY_BUSY);
    assert_int_equal(report.left,
                     FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_CONSUMERS | FERRY_NAME_OF_EVENT);
    ferry_producer_close(&producer);
    assert_refused(FERRY_NO_PRODUCER);
    assert_nothing_left();
}

static void test_a_producer_that_was_killed(void **state) {
    (void)state;
    child *producer = start_child(produce, own_name(name, "killed"));
    assert_int_equal(hear(producer), 'r');
    assert_refused(FERRY_BUSY);
    kill_child(producer);
    ferry_status status = bury(0);
    assert_int_equal(status, NAMES_GO_WITH_USERS ? FERRY_NO_PRODUCER : FERRY_OK);
    assert_int_equal(report.left, 0);
    assert_refused(FERRY_NO_PRODUCER);
    assert_nothing_left();
}

static void test_no_report_and_no_error(void **state) {
    (void)state;
    child *producer = start_child(produce, own_name(name, "short"));
    assert_int_equal(hear(producer), 'r');
    assert_int_equal(ferry_channel_bury(name, 0, NULL, NULL), FERRY_BUSY);
    kill_child(producer);
    ferry_channel_bury(name, 0, NULL, NULL);
    assert_nothing_left();
}

/* ---- a producer that starts has its name ---- */

#define IN_DIALECT "dialect"

/* Whether others that only look can make an object seem used. */
static bool may_seem_used(const char *channel) {
    return NAMES_GO_WITH_USERS || strstr(channel, IN_DIALECT) != NULL;
}

/* Buries for as long as it is not told to end. */
static void bury_on(const void *argument) {
    while (!child_is_told()) {
        ferry_status status = ferry_channel_bury(argument, 0, NULL, NULL);
        CHILD_CHECK(status == FERRY_OK || status == FERRY_BUSY || status == FERRY_NO_PRODUCER ||
                    (status == FERRY_FOREIGN && may_seem_used(argument)));
    }
}

static void assert_keeps_names(const ferry_producer *producer) {
    enum { LOOKS = 20 };
    for (int i = 0; i < LOOKS; i++) {
        CHILD_CHECK(ferryi_shm_has_name(&producer->objects.frames));
        CHILD_CHECK(ferryi_shm_has_name(&producer->objects.consumers));
        CHILD_CHECK(producer->objects.dialect == NULL ||
                    ferryi_glance_has_event(producer->objects.names.event));
        sched_yield();
    }
}

/* Tries again after it has waited in vain: on a busy machine a burial can take long. NULL: others
 * had the name each time. */
static ferry_producer *make_among_buriers(const char *channel, uint32_t dialect) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    ferry_producer *producer = NULL;
    ferry_status status;
    uint64_t begin_ns = ferry_clock_ns();
    options.name = channel;
    options.dialect = dialect;
    options.slots = dialect == FERRY_DIALECT_NATIVE ? 4 : 0;
    do
        status = ferry_producer_create(&producer, &options, NULL);
    while (status == FERRY_BUSY && !NAMES_GO_WITH_USERS &&
           ferry_clock_ns() - begin_ns < (uint64_t)STUCK_NS);
    return producer;
}

/* Starts, publishes, and is killed. It never finds a live producer, since there is none. */
static void live_and_die(ferry_producer *producer) {
    if (NAMES_GO_WITH_USERS && producer == NULL)
        child_die(); /* one of those who bury had the name each time */
    CHILD_CHECK(producer != NULL);
    CHILD_CHECK(send_next(producer) == FERRY_OK);
    assert_keeps_names(producer);
    child_die();
}

static void live_and_die_native(const void *argument) {
    live_and_die(make_among_buriers(argument, FERRY_DIALECT_NATIVE));
}

static void live_and_die_in_dialect(const void *argument) {
    live_and_die(make_among_buriers(argument, FERRY_DIALECT_BASEIMAGE));
}

/* As many rounds as that, but on a busy machine no more than fit some seconds. */
static void try_rounds(const char *tag, child_body *life, int rounds) {
    enum { BURIERS = 2, FEW = 50, ENOUGH_SECONDS = 10 };
    child *burier[BURIERS];
    own_name(name, tag);
    for (int i = 0; i < BURIERS; i++)
        burier[i] = start_child(bury_on, name);
    int done = 0;
    uint64_t begin_ns = ferry_clock_ns();
    while (
        done < rounds / cases_apart() &&
        (done < FEW || ferry_clock_ns() - begin_ns < (uint64_t)ENOUGH_SECONDS * FERRY_SECOND_NS)) {
        assert_true(was_killed(reap(start_child(life, name))));
        done++;
    }
    print_message("%d rounds\n", done);
    for (int i = 0; i < BURIERS; i++) {
        tell_child(burier[i], 'e');
        assert_child_succeeds(burier[i]);
    }
    bury(0);
    assert_nothing_left();
}

static void test_the_living_win(void **state) {
    (void)state;
    try_rounds("win", live_and_die_native, 1000);
}

static void test_the_living_win_in_the_dialect(void **state) {
    (void)state;
    try_rounds("win" IN_DIALECT, live_and_die_in_dialect, 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_nothing_there, clean_up),
        cmocka_unit_test_teardown(test_a_live_channel, clean_up),
        cmocka_unit_test_teardown(test_a_live_channel_of_the_dialect, clean_up),
        cmocka_unit_test_teardown(test_a_producer_that_was_killed, clean_up),
        cmocka_unit_test_teardown(test_no_report_and_no_error, clean_up),
        cmocka_unit_test_teardown(test_the_living_win, clean_up),
        cmocka_unit_test_teardown(test_the_living_win_in_the_dialect, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
