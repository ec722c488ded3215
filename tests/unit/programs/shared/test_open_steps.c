/* How long something foreign under a channel's name is borne with: an old sender makes its mapping
 * first and its event a moment later. The places that wait for producers are compiled into this
 * program once more, with looks that follow a script and a clock that only moves while they
 * wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ferry_clock_ns scripted_clock_ns
#define ferryi_attach_try scripted_attach
#define ferryi_shm_watch_wait scripted_wait
#include <frameferry/clock.h>

#include "channel/attach.h"
#include "channel/consumer.c"
#include "channel/membership.c"
#undef FOREIGN_GRACE_NS
#define host_stop_count scripted_stop_count
#include "shared/session.c"

#define STEP_NS (FERRY_SECOND_NS / 100)

/* What is found for so long, one after the other. */
typedef struct scripted_part {
    ferry_status status;
    int64_t ns; /* 0: to the end */
} scripted_part;

static const scripted_part *part;
static uint64_t now_ns, part_began_ns;

static void play(const scripted_part *parts) {
    part = parts;
    now_ns = part_began_ns = 3 * (uint64_t)FERRY_SECOND_NS;
}

static ferry_status look(void) {
    while (part->ns != 0 && now_ns - part_began_ns >= (uint64_t)part->ns) {
        part_began_ns += (uint64_t)part->ns;
        part++;
    }
    return part->status;
}

uint64_t scripted_clock_ns(void) {
    return now_ns;
}

ferry_status scripted_attach(ferry_consumer *consumer, ferry_error *error) {
    (void)consumer;
    return ferryi_fail(error, look(), 0, "scripted");
}

void scripted_wait(ferryi_shm_watch *watch, int64_t timeout_ns) {
    (void)watch;
    now_ns += (uint64_t)(timeout_ns < STEP_NS ? timeout_ns : STEP_NS);
}

int scripted_stop_count(void) {
    return 0;
}

static void do_nothing(void *argument) {
    (void)argument;
}

static const scripted_part late[] = {
    {FERRY_NO_PRODUCER, 7 * FERRY_SECOND_NS}, {FERRY_FOREIGN, FERRY_SECOND_NS / 3}, {FERRY_OK, 0}};
static const scripted_part twice[] = {{FERRY_FOREIGN, FERRY_SECOND_NS / 3},
                                      {FERRY_NO_PRODUCER, FERRY_SECOND_NS / 5},
                                      {FERRY_FOREIGN, FERRY_SECOND_NS / 3},
                                      {FERRY_OK, 0}};
static const scripted_part for_ever[] = {{FERRY_NO_PRODUCER, FERRY_SECOND_NS}, {FERRY_FOREIGN, 0}};

static ferry_status open_library(int64_t wait_ns) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = "scripted";
    options.wait_ns = wait_ns;
    ferry_consumer *consumer = NULL;
    ferry_status status = ferry_consumer_open(&consumer, &options, NULL);
    free(consumer); /* nothing of it is open */
    return status;
}

static ferry_status open_session(int64_t wait_ns) {
    const app_session_plan plan = {.channel = "scripted",
                                   .wait_ns = wait_ns,
                                   .timeout_ns = FERRY_FOREVER,
                                   .tick = do_nothing,
                                   .attached = do_nothing};
    app_session session = {.plan = &plan};
    int code = 0;
    bool opened = attach(&session, false, &code);
    free(session.handle); /* nothing of it is open */
    return opened ? FERRY_OK : code == APP_EXIT_TIMED_OUT ? FERRY_NO_PRODUCER : FERRY_FOREIGN;
}

static void check_grace(ferry_status (*open)(int64_t wait_ns)) {
    play(late);
    assert_int_equal(open(FERRY_FOREVER), FERRY_OK);
    play(twice);
    assert_int_equal(open(FERRY_FOREVER), FERRY_OK);
    play(for_ever);
    assert_int_equal(open(FERRY_FOREVER), FERRY_FOREIGN);
    uint64_t spent_ns = now_ns - 3 * (uint64_t)FERRY_SECOND_NS;
    assert_in_range(spent_ns, 1.4 * FERRY_SECOND_NS, 1.8 * FERRY_SECOND_NS);
    /* But never beyond what the caller would wait. */
    play(&for_ever[1]);
    assert_int_equal(open(0), FERRY_FOREIGN);
    assert_int_equal(now_ns, 3 * (uint64_t)FERRY_SECOND_NS);
    play(for_ever);
    assert_int_equal(open(FERRY_SECOND_NS / 2), FERRY_NO_PRODUCER);
}

static void test_the_library_gives_it_time(void **state) {
    (void)state;
    check_grace(open_library);
}

static void test_the_session_gives_it_time(void **state) {
    (void)state;
    check_grace(open_session);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_library_gives_it_time),
        cmocka_unit_test(test_the_session_gives_it_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
