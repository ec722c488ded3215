/* How long a death can go unnoticed, by construction: a slice. The clock and the sleeping of the
 * code under test are this test's own (the linker puts them in), so that no time passes but what it
 * sets, and every moment of waking can be tried. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel_support.h"
#include "thinning.h"

#define MS UINT64_C(1000000)
#define TICK_NS UINT64_C(100) /* for each look at the clock, so that a loop without sleep ends */
#define SLACK_NS MS           /* for all such looks of one case */

static char name[NAME_BYTES];

/* ---- time ---- */

typedef struct timing {
    uint64_t wake_ns;  /* somebody sets the event so often, for nothing; 0: nobody does */
    uint64_t death_ns; /* after the begin of the case */
    int64_t timeout_ns;
} timing;

static struct {
    bool running;
    uint64_t now_ns, wake_ns, next_wake_ns, death_ns, stuck_ns;
    uint64_t looks; /* at the clock */
    void (*die)(void);
} course;

static void die_in_time(void) {
    if (course.now_ns < course.death_ns || course.die == NULL)
        return;
    course.die();
    course.die = NULL;
}

uint64_t __real_ferry_clock_ns(void);
uint64_t __wrap_ferry_clock_ns(void);
bool __real_ferryi_event_wait(ferryi_event event, int64_t timeout_ns);
bool __wrap_ferryi_event_wait(ferryi_event event, int64_t timeout_ns);

uint64_t __wrap_ferry_clock_ns(void) {
    if (!course.running)
        return __real_ferry_clock_ns();
    course.now_ns += TICK_NS;
    course.looks++;
    die_in_time();
    assert_true(course.now_ns < course.stuck_ns);
    return course.now_ns;
}

bool __wrap_ferryi_event_wait(ferryi_event event, int64_t timeout_ns) {
    if (!course.running)
        return __real_ferryi_event_wait(event, timeout_ns);
    assert_true(timeout_ns >= 0 && timeout_ns <= FERRYI_SLICE_NS);
    assert_true(course.now_ns < course.stuck_ns);
    uint64_t until_ns = course.now_ns + (uint64_t)timeout_ns;
    bool woken = course.wake_ns != 0 && course.next_wake_ns <= until_ns;
    if (woken)
        until_ns = course.next_wake_ns;
    course.now_ns = until_ns > course.now_ns ? until_ns : course.now_ns;
    die_in_time();
    while (course.wake_ns != 0 && course.next_wake_ns <= course.now_ns)
        course.next_wake_ns += course.wake_ns;
    atomic_store(event.word, FERRYI_EVENT_IDLE);
    return woken;
}

static void begin(const timing *t, void (*die)(void)) {
    course.now_ns = __real_ferry_clock_ns();
    course.looks = 0;
    course.death_ns = course.now_ns + t->death_ns;
    course.stuck_ns = course.death_ns + 10 * (uint64_t)FERRY_SECOND_NS;
    course.wake_ns = t->wake_ns;
    course.next_wake_ns = course.now_ns + t->wake_ns;
    course.die = die;
    course.running = true;
}

/* How long after the death it is. */
static uint64_t end(void) {
    course.running = false;
    assert_null(course.die);
    return course.now_ns - course.death_ns;
}

/* Ways of being woken and of calling, each with deaths at many moments. */
static void try_all(void (*body)(const timing *)) {
    static const uint64_t wakes_ns[] = {0, 7 * MS, 49 * MS, 51 * MS, 60 * MS, 99 * MS, 100 * MS};
    static const int64_t timeouts_ns[] = {FERRY_FOREVER, 5 * MS, 60 * MS, 99 * MS, 130 * MS};
    int apart = cases_apart(), left = first_case(apart);
    for (size_t w = 0; w < sizeof wakes_ns / sizeof wakes_ns[0]; w++)
        for (size_t c = 0; c < sizeof timeouts_ns / sizeof timeouts_ns[0]; c++)
            for (uint64_t death_ns = MS; death_ns < 310 * MS; death_ns += 14 * MS) {
                if (left-- > 0)
                    continue;
                left = apart - 1;
                timing t = {wakes_ns[w], death_ns, timeouts_ns[c]};
                body(&t);
            }
}

/* ---- the two ends ---- */

static ferry_producer *producer;
static ferry_consumer *consumer;

static void producer_dies(void) {
    ferryi_leases_close(&producer->objects.frames_lease);
}

static void consumer_dies(void) {
    ferryi_leases_close(&consumer->leases);
}

static void lose_producer(const timing *t) {
    producer = make_producer(own_name(name, "lost"), 3, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(producer);
    consumer = open_latest(name);
    ferry_frame frame;
    ferry_status status;
    begin(t, producer_dies);
    do
        status = ferry_consumer_acquire(consumer, t->timeout_ns, &frame, NULL);
    while (status == FERRY_TIMEOUT);
    uint64_t noticed_ns = end();
    assert_int_equal(status, FERRY_PRODUCER_LOST);
    assert_true(noticed_ns <= (uint64_t)FERRYI_SLICE_NS + SLACK_NS);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void lose_consumer(const timing *t) {
    producer = make_producer(own_name(name, "way"), 3, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(producer);
    producer->full_timeout_ns = t->timeout_ns;
    consumer = open_every(name);
    send_up_to(producer, 3);
    ferry_status status;
    begin(t, consumer_dies);
    do
        status = send_next(producer);
    while (status == FERRY_TIMEOUT);
    uint64_t noticed_ns = end();
    assert_int_equal(status, FERRY_OK);
    assert_true(noticed_ns <= (uint64_t)FERRYI_SLICE_NS + SLACK_NS);
    consumer->record = NULL; /* the dead do not clear away after themselves */
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- lies that make a consumer look again and again ---- */

/* Each attempt takes some looks at the clock, and a hundred attempts come before a sleep. */
enum { LOOKS_A_SLEEP = 1000 };

static ferry_status acquire_one(int64_t timeout_ns) {
    ferry_frame frame;
    return ferry_consumer_acquire(consumer, timeout_ns, &frame, NULL);
}

static ferry_status copy_one(int64_t timeout_ns) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_status status = ferry_consumer_copy(consumer, timeout_ns, &image, NULL);
    ferry_image_free(&image);
    return status;
}

/* Repeats a call that does not succeed, as a program does that waits for frames, until the producer
 * is found dead. */
static void find_dead(const timing *t, ferry_status (*call)(int64_t timeout_ns)) {
    ferry_status status;
    begin(t, producer_dies);
    do
        status = call(t->timeout_ns);
    while (status == FERRY_TIMEOUT || status == FERRY_OVERTAKEN);
    uint64_t noticed_ns = end();
    assert_int_equal(status, FERRY_PRODUCER_LOST);
    assert_true(noticed_ns <= (uint64_t)FERRYI_SLICE_NS + SLACK_NS);
    /* A sleep lasts for a slice, until somebody sets the event, or until the call's time is over.
     */
    uint64_t all_ns = t->death_ns + noticed_ns;
    uint64_t sleeps = all_ns / (uint64_t)FERRYI_SLICE_NS + 1 + all_ns / (uint64_t)t->timeout_ns;
    sleeps += t->wake_ns != 0 ? all_ns / t->wake_ns : 0;
    assert_true(course.looks <= sleeps * LOOKS_A_SLEEP);
}

/* Whom the lies are told: one of every frame within a bound, or, at 0, one of the latest. */
static uint32_t victims_lag;

static void open_liar(void) {
    producer = make_producer(own_name(name, "liar"), 4, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(producer);
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.wait_ns = 0;
    options.delivery = victims_lag != 0 ? FERRY_DELIVERY_EVERY : FERRY_DELIVERY_LATEST;
    options.max_lag = victims_lag;
    options.follow_early = 1;
    assert_int_equal(ferry_consumer_open(&consumer, &options, NULL), FERRY_OK);
}

static void close_liar(void) {
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* Head tells of a frame that has no entry. */
static void raise_head(const timing *t) {
    open_liar();
    assert_int_equal(send_next(producer), FERRY_OK);
    assert_int_equal(acquire_one(0), FERRY_OK);
    atomic_fetch_add(&producer->block->head, 1);
    find_dead(t, acquire_one);
    close_liar();
}

/* Head and entry tell of a frame that its slot does not have. */
static void invent_frame(const timing *t) {
    open_liar();
    assert_int_equal(send_next(producer), FERRY_OK);
    assert_int_equal(acquire_one(0), FERRY_OK);
    atomic_store(&producer->block->entry[2], ferryi_entry_pack(2, 3));
    atomic_fetch_add(&producer->block->head, 1);
    find_dead(t, acquire_one);
    close_liar();
}

/* A frame is shown, and has been given up as well. */
static void show_abandoned(const timing *t) {
    open_liar();
    ferry_frame_info info = small_info();
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_OK);
    ferryi_descriptor *descriptor = &producer->block->descriptor[claim.slot];
    atomic_store(&descriptor->abandoned, atomic_load(&descriptor->fills));
    find_dead(t, copy_one);
    close_liar();
}

static void test_lies_hide_no_death(void **state) {
    (void)state;
    static const uint32_t lags[] = {0, 1, 2, UINT32_MAX - 1};
    for (size_t i = 0; i < sizeof lags / sizeof lags[0]; i++) {
        victims_lag = lags[i];
        try_all(raise_head);
        try_all(invent_frame);
        try_all(show_abandoned);
    }
}

static void test_a_consumer_notices_within_a_slice(void **state) {
    (void)state;
    try_all(lose_producer);
}

static void test_a_producer_goes_on_within_a_slice(void **state) {
    (void)state;
    try_all(lose_consumer);
}

/* In the dialect, the next producer stores "starting" and then takes the lease: it is not the one
 * that died. */
static void test_the_next_ones_lease_is_no_sign_of_life(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT;
    producer = make_dialect(own_name(name, "next"));
    assert_non_null(producer);
    consumer = open_latest(name);
    assert_int_equal(send_next(producer), FERRY_OK);
    atomic_store(&producer->block->state, FERRYI_STATE_STARTING);
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_PRODUCER_LOST);
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_consumer_notices_within_a_slice),
        cmocka_unit_test(test_a_producer_goes_on_within_a_slice),
        cmocka_unit_test(test_the_next_ones_lease_is_no_sign_of_life),
        cmocka_unit_test(test_lies_hide_no_death),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
