/* Calls that block: how long, what ends them, and what they find at the beginning and at the end of
 * a stream. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include <frameferry/clock.h>

#include "channel_support.h"

#define SHORT_NS INT64_C(20000000)

static char name[NAME_BYTES];

static ferry_producer *open_producer(const char *tag, uint32_t slots, int64_t full_timeout_ns) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, tag);
    options.slots = slots;
    options.slot_bytes = 8192;
    options.full_timeout_ns = full_timeout_ns;
    return create_with(&options);
}

/* ---- what a call that blocks is ---- */

/* One blocking call of either end, so that all of them go through the same tests. */
typedef struct blocker {
    ferry_producer *producer;
    ferry_consumer *consumer;
    ferry_status (*call)(struct blocker *, int64_t timeout_ns);
    _Atomic(uint32_t) *word;             /* of the event that it sleeps on */
    void (*interrupt)(struct blocker *); /* of the handle */
} blocker;

static ferry_status call_acquire(blocker *b, int64_t timeout_ns) {
    ferry_frame frame;
    return ferry_consumer_acquire(b->consumer, timeout_ns, &frame, NULL);
}

static ferry_status call_copy(blocker *b, int64_t timeout_ns) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_status status = ferry_consumer_copy(b->consumer, timeout_ns, &image, NULL);
    ferry_image_free(&image);
    return status;
}

static ferry_status call_claim(blocker *b, int64_t timeout_ns) {
    ferry_frame_info info = small_info();
    ferry_claim claim;
    b->producer->full_timeout_ns = timeout_ns; /* an option, not an argument */
    return ferry_producer_claim(b->producer, &info, &claim, NULL);
}

static ferry_status call_drain(blocker *b, int64_t timeout_ns) {
    return ferry_producer_drain(b->producer, timeout_ns);
}

static ferry_status call_wait(blocker *b, int64_t timeout_ns) {
    return ferry_producer_wait_consumer(b->producer, timeout_ns);
}

static void wake_consumer(blocker *b) {
    ferry_consumer_wake(b->consumer);
}

static void interrupt_consumer(blocker *b) {
    ferry_consumer_interrupt(b->consumer);
}

static void interrupt_producer(blocker *b) {
    ferry_producer_interrupt(b->producer);
}

enum { BLOCKERS = 6 };

/* A full channel whose consumers have nothing to take but what one of them leaves; and one without
 * consumers. */
typedef struct scene {
    ferry_producer *full, *alone;
    ferry_consumer *behind, *every, *latest;
    blocker blockers[BLOCKERS];
} scene;

static void set_scene(scene *s) {
    s->alone = open_producer("alone", 2, FERRY_FOREVER);
    s->full = open_producer("full", 2, FERRY_FOREVER);
    s->behind = open_every(name);
    s->every = open_every(name);
    s->latest = open_latest(name);
    send_up_to(s->full, 2);
    take_and_release(s->every, 1);
    take_and_release(s->every, 2);
    take_and_release(s->latest, 2);
    _Atomic(uint32_t) *full_word = &s->full->consumers->producer_event;
    const blocker blockers[BLOCKERS] = {
        {s->full, s->every, call_acquire, &s->every->record->event, interrupt_consumer},
        {s->full, s->every, call_copy, &s->every->record->event, interrupt_consumer},
        {s->full, s->latest, call_acquire, &s->latest->record->event, interrupt_consumer},
        {s->full, NULL, call_claim, full_word, interrupt_producer},
        {s->full, NULL, call_drain, full_word, interrupt_producer},
        {s->alone, NULL, call_wait, &s->alone->consumers->producer_event, interrupt_producer}};
    memcpy(s->blockers, blockers, sizeof blockers);
}

static void strike_scene(scene *s) {
    ferry_consumer_close(&s->every);
    ferry_consumer_close(&s->latest);
    ferry_consumer_close(&s->behind);
    ferry_producer_close(&s->full);
    ferry_producer_close(&s->alone);
    assert_nothing_left();
}

static void test_time_that_is_over(void **state) {
    (void)state;
    scene s;
    set_scene(&s);
    for (int i = 0; i < BLOCKERS; i++) {
        blocker *b = &s.blockers[i];
        assert_int_equal(b->call(b, 0), FERRY_TIMEOUT);
        uint64_t start_ns = ferry_clock_ns();
        assert_int_equal(b->call(b, SHORT_NS), FERRY_TIMEOUT);
        assert_true(ferry_clock_ns() - start_ns >= (uint64_t)SHORT_NS);
    }
    assert_int_equal(dropped_by(s.full), 0); /* under the wait policy the frame is the caller's */
    strike_scene(&s);
}

static void *interrupt_when_asleep(void *argument) {
    blocker *b = argument;
    wait_until_asleep(b->word);
    b->interrupt(b);
    return NULL;
}

static void test_interrupts_from_another_thread(void **state) {
    (void)state;
    scene s;
    set_scene(&s);
    for (int i = 0; i < 5 * BLOCKERS; i++) {
        blocker *b = &s.blockers[i % BLOCKERS];
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, interrupt_when_asleep, b), 0);
        ferry_status status = b->call(b, i < BLOCKERS ? FERRY_FOREVER : STUCK_NS);
        pthread_join(thread, NULL);
        assert_int_equal(status, FERRY_INTERRUPTED);
        assert_int_equal(b->call(b, 0), FERRY_TIMEOUT); /* one interruption ends one call */
    }
    strike_scene(&s);
}

/* ---- waking ---- */

enum { WAKEABLE = 3 }; /* of the blockers, those of consumers */

static void test_wakes_from_another_thread(void **state) {
    (void)state;
    scene s;
    set_scene(&s);
    for (int i = 0; i < 5 * WAKEABLE; i++) {
        blocker woken = s.blockers[i % WAKEABLE];
        woken.interrupt = wake_consumer;
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, interrupt_when_asleep, &woken), 0);
        ferry_status status = woken.call(&woken, i < WAKEABLE ? FERRY_FOREVER : STUCK_NS);
        pthread_join(thread, NULL);
        assert_int_equal(status, FERRY_WOKEN);
        assert_int_equal(woken.call(&woken, 0), FERRY_TIMEOUT); /* one wake-up ends one call */
    }
    strike_scene(&s);
}

static void test_wakes_before_the_call(void **state) {
    (void)state;
    scene s;
    set_scene(&s);
    for (int i = 0; i < WAKEABLE; i++) {
        blocker *b = &s.blockers[i];
        ferry_consumer_wake(b->consumer);
        ferry_consumer_wake(b->consumer); /* counts as one */
        assert_int_equal(b->call(b, FERRY_FOREVER), FERRY_WOKEN);
        assert_int_equal(b->call(b, SHORT_NS), FERRY_TIMEOUT);
        /* An interruption comes first, and takes no wake-up with it. */
        ferry_consumer_wake(b->consumer);
        ferry_consumer_interrupt(b->consumer);
        assert_int_equal(b->call(b, FERRY_FOREVER), FERRY_INTERRUPTED);
        assert_int_equal(b->call(b, FERRY_FOREVER), FERRY_WOKEN);
        assert_int_equal(b->call(b, 0), FERRY_TIMEOUT);
    }
    strike_scene(&s);
}

static void test_a_wake_takes_no_frame(void **state) {
    (void)state;
    scene s;
    set_scene(&s);
    ferry_consumer_wake(s.behind);
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(s.behind, FERRY_FOREVER, &frame, NULL), FERRY_WOKEN);
    take_and_release(s.behind, 1);
    take_and_release(s.behind, 2);
    assert_int_equal(ferry_consumer_acquire(s.behind, 0, &frame, NULL), FERRY_TIMEOUT);
    strike_scene(&s);
}

/* ---- before the call ---- */

static void test_interrupts_before_the_call(void **state) {
    (void)state;
    scene s;
    set_scene(&s);
    for (int i = 0; i < BLOCKERS; i++) {
        blocker *b = &s.blockers[i];
        b->interrupt(b);
        b->interrupt(b); /* counts as one */
        assert_int_equal(b->call(b, FERRY_FOREVER), FERRY_INTERRUPTED);
        assert_int_equal(b->call(b, SHORT_NS), FERRY_TIMEOUT);
    }
    /* Also when there is something to be had, which then stays. */
    ferry_consumer_interrupt(s.behind);
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(s.behind, 0, &frame, NULL), FERRY_INTERRUPTED);
    take_and_release(s.behind, 1);
    take_and_release(s.behind, 2);
    assert_counts(s.behind, 1, 2, 0, 0);
    strike_scene(&s);
}

#ifdef SIGUSR1 /* where there are signals between threads */

static blocker *signalled; /* whom the handler interrupts */
static atomic_int handled;

static void on_signal(int number) {
    (void)number;
    if (signalled != NULL)
        signalled->interrupt(signalled);
    atomic_store(&handled, 1);
}

typedef struct caller {
    blocker *b;
    pthread_t thread;
} caller;

static void *signal_when_asleep(void *argument) {
    caller *c = argument;
    wait_until_asleep(c->b->word);
    pthread_kill(c->thread, SIGUSR1);
    if (signalled != NULL)
        return NULL;
    /* A signal that means nothing to the library: the call goes on, and sleeps again. */
    while (atomic_load(&handled) == 0)
        sched_yield();
    wait_until_asleep(c->b->word);
    c->b->interrupt(c->b);
    return NULL;
}

static void test_interrupts_from_a_signal_handler(void **state) {
    (void)state;
    scene s;
    struct sigaction action = {.sa_handler = on_signal}, before;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    set_scene(&s);
    for (int i = 0; i < 2 * BLOCKERS; i++) {
        caller c = {&s.blockers[i / 2], pthread_self()};
        pthread_t thread;
        atomic_store(&handled, 0);
        signalled = i % 2 == 0 ? c.b : NULL;
        assert_int_equal(pthread_create(&thread, NULL, signal_when_asleep, &c), 0);
        ferry_status status = c.b->call(c.b, FERRY_FOREVER);
        pthread_join(thread, NULL);
        assert_int_equal(status, FERRY_INTERRUPTED);
        assert_int_equal(handled, 1);
    }
    sigaction(SIGUSR1, &before, NULL);
    strike_scene(&s);
}

#endif

/* ---- what a call waits for ---- */

typedef struct helper {
    blocker *b;
    void (*act)(scene *);
    scene *s;
} helper;

static void *act_when_asleep(void *argument) {
    helper *h = argument;
    wait_until_asleep(h->b->word);
    h->act(h->s);
    return NULL;
}

static void act_take(scene *s) {
    ferry_frame frame;
    if (ferry_consumer_acquire(s->behind, 0, &frame, NULL) == FERRY_OK)
        ferry_consumer_release(s->behind, &frame);
}

static void act_take_all(scene *s) {
    act_take(s);
    act_take(s);
}

static void act_send(scene *s) {
    act_take_all(s);
    send_next(s->full);
}

static void act_join(scene *s) {
    char other[NAME_BYTES];
    ferry_consumer_close(&s->behind);
    s->behind = make_consumer(own_name(other, "alone"), FERRY_DELIVERY_LATEST, NULL);
}

static void act_leave(scene *s) {
    ferry_consumer_close(&s->behind);
}

static void test_what_is_waited_for_comes(void **state) {
    (void)state;
    static const struct {
        int blocker;
        void (*act)(scene *);
    } cases[] = {{0, act_send},  {1, act_send},     {2, act_send},  {3, act_take},
                 {3, act_leave}, {4, act_take_all}, {4, act_leave}, {5, act_join}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scene s;
        set_scene(&s);
        helper h = {&s.blockers[cases[i].blocker], cases[i].act, &s};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, act_when_asleep, &h), 0);
        ferry_status status = h.b->call(h.b, STUCK_NS);
        pthread_join(thread, NULL);
        assert_int_equal(status, FERRY_OK);
        strike_scene(&s);
    }
}

/* A call that was not told looks again within a slice, so that only the events themselves show it.
 */
#define assert_told(word, action)                                                                  \
    do {                                                                                           \
        atomic_store(word, FERRYI_EVENT_IDLE);                                                     \
        action;                                                                                    \
        assert_int_equal(atomic_load(word), FERRYI_EVENT_SET);                                     \
    } while (0)

static void test_who_has_to_know_is_told(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("told", 4, 0);
    ferry_consumer *every, *latest;
    ferry_frame_info info = small_info();
    ferry_frame frame, latest_frame;
    ferry_claim claim;
    _Atomic(uint32_t) *word = &producer->consumers->producer_event;
    assert_told(word, every = open_every(name));
    assert_told(word, latest = open_latest(name));
    assert_told(&every->record->event, send_up_to(producer, 1));
    assert_told(&latest->record->event, send_up_to(producer, 2));
    take_number(every, 1, &frame); /* and holds it: no slot is free for that */
    assert_told(word, assert_int_equal(ferry_consumer_release(every, &frame), FERRY_OK));
    take_number(latest, 2, &latest_frame);
    assert_told(word, assert_int_equal(ferry_consumer_release(latest, &latest_frame), FERRY_OK));
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_told(word, ferry_producer_abort(producer, &claim));
    assert_told(word, ferry_producer_interrupt(producer));
    assert_told(&every->record->event, ferry_consumer_interrupt(every));
    assert_told(word, ferry_consumer_close(&latest));
    assert_told(&every->record->event, ferry_producer_close(&producer));
    close_both(&producer, &every);
}

static void test_drain(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("drain", 4, FERRY_FOREVER);
    ferry_frame frame, latest_frame;
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_OK);
    send_up_to(producer, 2); /* nobody wants them */
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_OK);
    ferry_consumer *every = open_every(name), *latest = open_latest(name);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_OK); /* latest: not waited for */
    send_up_to(producer, 3);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT);
    take_number(every, 3, &frame);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT); /* in its hand */
    take_number(latest, 3, &latest_frame);
    assert_int_equal(ferry_consumer_release(every, &frame), FERRY_OK);
    assert_int_equal(ferry_producer_drain(producer, SHORT_NS), FERRY_TIMEOUT);
    assert_int_equal(ferry_consumer_release(latest, &latest_frame), FERRY_OK);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_OK);
    send_up_to(producer, 4);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT);
    ferry_consumer_close(&every); /* with a frame that it never took */
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_OK);
    close_both(&producer, &latest);
}

static void test_wait_consumer(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("wait", 2, FERRY_FOREVER);
    assert_int_equal(ferry_producer_wait_consumer(producer, 0), FERRY_TIMEOUT);
    ferry_consumer *consumer = open_latest(name);
    assert_int_equal(ferry_producer_wait_consumer(producer, 0), FERRY_OK);
    ferry_consumer_close(&consumer);
    assert_int_equal(ferry_producer_wait_consumer(producer, 0), FERRY_TIMEOUT);
    close_both(&producer, &consumer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_time_that_is_over, clean_up),
        cmocka_unit_test_teardown(test_interrupts_from_another_thread, clean_up),
        cmocka_unit_test_teardown(test_wakes_from_another_thread, clean_up),
        cmocka_unit_test_teardown(test_wakes_before_the_call, clean_up),
        cmocka_unit_test_teardown(test_a_wake_takes_no_frame, clean_up),
        cmocka_unit_test_teardown(test_interrupts_before_the_call, clean_up),
#ifdef SIGUSR1
        cmocka_unit_test_teardown(test_interrupts_from_a_signal_handler, clean_up),
#endif
        cmocka_unit_test_teardown(test_what_is_waited_for_comes, clean_up),
        cmocka_unit_test_teardown(test_who_has_to_know_is_told, clean_up),
        cmocka_unit_test_teardown(test_drain, clean_up),
        cmocka_unit_test_teardown(test_wait_consumer, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
