/* Auto-reset events between threads and between processes. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include <frameferry/clock.h>

#include "channel_support.h"
#include "platform/event.h"

#define SHORT_NS INT64_C(20000000)

/* Nobody who is woken waits nearly that long: a wait that does has lost its wake-up. */
#define LOST_NS (60 * FERRY_SECOND_NS)

/* What lies in shared memory. */
typedef struct table {
    _Atomic(uint32_t) word[2];
    _Atomic(uint64_t) ball; /* even: for player 0; odd: for player 1 */
    uint64_t begin_ns;
} table;

typedef struct scene {
    char name[NAME_BYTES];
    ferryi_shm shm;
    table *table;
    ferryi_event event[2];
} scene;

/* True when it could be done, in either process. */
static bool open_events(scene *s) {
    s->table = (table *)(void *)s->shm.base;
    for (unsigned i = 0; i < 2; i++)
        if (ferryi_event_open(&s->event[i], &s->shm, i, &s->table->word[i], 0600, NULL) != FERRY_OK)
            return false;
    return true;
}

static void set_scene(scene *s, const char *tag) {
    own_name(s->name, tag);
    assert_int_equal(ferryi_shm_create(&s->shm, s->name, FERRYI_SHM_PAGE, NULL), FERRY_OK);
    assert_int_equal(ferryi_shm_reserve(&s->shm, 0, FERRYI_SHM_PAGE, NULL), FERRY_OK);
    assert_int_equal(ferryi_shm_publish(&s->shm, FERRYI_NOT_SHARED, 0, NULL), FERRY_OK);
    assert_true(open_events(s));
    s->table->begin_ns = ferry_clock_ns();
}

/* For a child. */
static void join_scene(scene *s, const char *name) {
    CHILD_CHECK(ferryi_shm_open(&s->shm, name, FERRYI_SHM_WRITE, FERRYI_NOT_SHARED, NULL) ==
                FERRY_OK);
    CHILD_CHECK(open_events(s));
}

static void strike_scene(scene *s) {
    for (int i = 0; i < 2; i++)
        ferryi_event_close(&s->event[i]);
    ferryi_shm_remove_name(&s->shm);
    ferryi_shm_close(&s->shm);
    assert_nothing_left();
}

static void test_a_set_is_kept_for_the_next_wait(void **state) {
    (void)state;
    scene stage;
    set_scene(&stage, "kept");
    ferryi_event event = stage.event[0];
    _Atomic(uint32_t) *word = event.word;
    for (int sets = 1; sets <= 3; sets++) {
        for (int i = 0; i < sets; i++)
            assert_false(ferryi_event_set(event)); /* nobody sleeps: no system call */
        assert_int_equal(*word, FERRYI_EVENT_SET);
        assert_true(ferryi_event_wait(event, LOST_NS));
        assert_int_equal(*word, FERRYI_EVENT_IDLE);
        assert_false(ferryi_event_wait(event, 1000)); /* several sets count as one */
    }
    strike_scene(&stage);
}

static void test_time_runs_out(void **state) {
    (void)state;
    scene stage;
    set_scene(&stage, "time");
    ferryi_event event = stage.event[0];
    _Atomic(uint32_t) *word = event.word;
    uint64_t start_ns = ferry_clock_ns();
    assert_false(ferryi_event_wait(event, SHORT_NS));
    assert_true(ferry_clock_ns() - start_ns >= (uint64_t)SHORT_NS);
    assert_int_equal(*word, FERRYI_EVENT_IDLE);
    assert_false(ferryi_event_set(event)); /* no longer asleep */
    assert_true(ferryi_event_wait(event, LOST_NS));
    assert_false(ferryi_event_wait(event, 0));
    strike_scene(&stage);
}

typedef struct sleeper {
    ferryi_event event;
    bool woken;
    uint64_t slept_ns;
} sleeper;

static void *sleep_on(void *argument) {
    sleeper *s = argument;
    uint64_t start_ns = ferry_clock_ns();
    s->woken = ferryi_event_wait(s->event, LOST_NS);
    s->slept_ns = ferry_clock_ns() - start_ns;
    return NULL;
}

static void test_a_sleeper_is_woken(void **state) {
    (void)state;
    scene stage;
    set_scene(&stage, "woken");
    ferryi_event event = stage.event[0];
    _Atomic(uint32_t) *word = event.word;
    for (int round = 0; round < 200; round++) {
        sleeper s = {.event = event};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, sleep_on, &s), 0);
        wait_until_asleep(word);
        errno = 77;
        bool called = ferryi_event_set(s.event);
        int after = errno;
        pthread_join(thread, NULL);
        assert_true(called);
        assert_int_equal(after, 77); /* a signal handler may set */
        assert_true(s.woken);
        assert_true(s.slept_ns < (uint64_t)LOST_NS);
        assert_int_equal(*word, FERRYI_EVENT_IDLE);
    }
    strike_scene(&stage);
}

/* A peer can write anything: waits end in time, and a set mends it. */
static void test_values_that_cannot_be(void **state) {
    (void)state;
    scene stage;
    set_scene(&stage, "values");
    ferryi_event event = stage.event[0];
    _Atomic(uint32_t) *word = event.word;
    static const uint32_t values[] = {FERRYI_EVENT_SLEEPING, 3, 77, UINT32_MAX};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        *word = values[i];
        uint64_t start_ns = ferry_clock_ns();
        assert_false(ferryi_event_wait(event, SHORT_NS));
        assert_true(ferry_clock_ns() - start_ns < (uint64_t)LOST_NS);
        assert_int_equal(*word, FERRYI_EVENT_IDLE);
        *word = values[i];
        ferryi_event_set(event);
        assert_true(ferryi_event_wait(event, LOST_NS));
    }
    strike_scene(&stage);
}

/* ---- no wake-up is lost ---- */

/* On a machine that is busy with much else every turn may take its time: then fewer have to do. */
enum { ROUNDS = 40000, FEWEST_ROUNDS = 400 };
#define ENOUGH_NS (10 * FERRY_SECOND_NS)

static bool is_enough(const table *t, uint64_t rounds) {
    return rounds >= ROUNDS ||
           (rounds >= FEWEST_ROUNDS && ferry_clock_ns() - t->begin_ns > (uint64_t)ENOUGH_NS);
}

/* The ball of a game that is over. */
#define OVER UINT64_MAX

/* False when a wake-up was lost. */
static bool play(const scene *s, unsigned player) {
    table *t = s->table;
    ferryi_event own = s->event[player], other = s->event[1 - player];
    for (uint64_t ball = player;; ball += 2) {
        /* The event, not the ball, has to say when: relaxed, so that the event alone orders. */
        uint64_t found;
        while ((found = atomic_load_explicit(&t->ball, memory_order_relaxed)) != ball) {
            if (found == OVER)
                return true;
            uint64_t start_ns = ferry_clock_ns();
            if (!ferryi_event_wait(own, LOST_NS) &&
                ferry_clock_ns() - start_ns >= (uint64_t)LOST_NS)
                return false;
        }
        bool over = is_enough(t, ball);
        atomic_store_explicit(&t->ball, over ? OVER : ball + 1, memory_order_relaxed);
        ferryi_event_set(other);
        if (over)
            return true;
    }
}

static void play_second(const void *argument) {
    scene s;
    join_scene(&s, argument);
    CHILD_CHECK(play(&s, 1));
}

static void test_ping_pong_of_two_processes(void **state) {
    (void)state;
    scene s;
    set_scene(&s, "ping-pong");
    child *second = start_child(play_second, s.name);
    assert_true(play(&s, 0));
    assert_child_succeeds(second);
    assert_true(s.table->ball == OVER);
    strike_scene(&s);
}

/* Several setters for one sleeper: whatever was set last is seen. */
static void set_often(const void *argument) {
    scene s;
    join_scene(&s, argument);
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add_explicit(&s.table->ball, 1, memory_order_relaxed);
        ferryi_event_set(s.event[0]);
    }
}

static void test_many_setters(void **state) {
    (void)state;
    enum { SETTERS = 3 };
    scene s;
    set_scene(&s, "setters");
    child *setters[SETTERS];
    for (int i = 0; i < SETTERS; i++)
        setters[i] = start_child(set_often, s.name);
    while (atomic_load_explicit(&s.table->ball, memory_order_relaxed) <
           (uint64_t)SETTERS * ROUNDS) {
        uint64_t start_ns = ferry_clock_ns();
        ferryi_event_wait(s.event[0], LOST_NS);
        assert_true(ferry_clock_ns() - start_ns < (uint64_t)LOST_NS);
    }
    for (int i = 0; i < SETTERS; i++)
        assert_child_succeeds(setters[i]);
    strike_scene(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_set_is_kept_for_the_next_wait, clean_up),
        cmocka_unit_test_teardown(test_time_runs_out, clean_up),
        cmocka_unit_test_teardown(test_a_sleeper_is_woken, clean_up),
        cmocka_unit_test_teardown(test_values_that_cannot_be, clean_up),
        cmocka_unit_test_teardown(test_ping_pong_of_two_processes, clean_up),
        cmocka_unit_test_teardown(test_many_setters, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
