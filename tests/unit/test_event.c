/* Auto-reset events between threads and between processes. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>

#include "channel_support.h"
#include "platform/event.h"

#define SHORT_NS INT64_C(20000000)

/* Nobody who is woken waits nearly that long: a wait that does has lost its wake-up. */
#define LOST_NS (60 * FERRY_SECOND_NS)

static void test_a_set_is_kept_for_the_next_wait(void **state) {
    (void)state;
    _Atomic(uint32_t) word = FERRYI_EVENT_IDLE;
    ferryi_event event = {.word = &word};
    for (int sets = 1; sets <= 3; sets++) {
        for (int i = 0; i < sets; i++)
            assert_false(ferryi_event_set(event)); /* nobody sleeps: no system call */
        assert_int_equal(word, FERRYI_EVENT_SET);
        assert_true(ferryi_event_wait(event, LOST_NS));
        assert_int_equal(word, FERRYI_EVENT_IDLE);
        assert_false(ferryi_event_wait(event, 1000)); /* several sets count as one */
    }
}

static void test_time_runs_out(void **state) {
    (void)state;
    _Atomic(uint32_t) word = FERRYI_EVENT_IDLE;
    ferryi_event event = {.word = &word};
    uint64_t start_ns = ferry_clock_ns();
    assert_false(ferryi_event_wait(event, SHORT_NS));
    assert_true(ferry_clock_ns() - start_ns >= (uint64_t)SHORT_NS);
    assert_int_equal(word, FERRYI_EVENT_IDLE);
    assert_false(ferryi_event_set(event)); /* no longer asleep */
    assert_true(ferryi_event_wait(event, LOST_NS));
    assert_false(ferryi_event_wait(event, 0));
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
    for (int round = 0; round < 200; round++) {
        _Atomic(uint32_t) word = FERRYI_EVENT_IDLE;
        sleeper s = {.event = {.word = &word}};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, sleep_on, &s), 0);
        wait_until_asleep(&word);
        errno = 77;
        bool called = ferryi_event_set(s.event);
        int after = errno;
        pthread_join(thread, NULL);
        assert_true(called);
        assert_int_equal(after, 77); /* a signal handler may set */
        assert_true(s.woken);
        assert_true(s.slept_ns < (uint64_t)LOST_NS);
        assert_int_equal(word, FERRYI_EVENT_IDLE);
    }
}

/* A peer can write anything: waits end in time, and a set mends it. */
static void test_values_that_cannot_be(void **state) {
    (void)state;
    static const uint32_t values[] = {FERRYI_EVENT_SLEEPING, 3, 77, UINT32_MAX};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        _Atomic(uint32_t) word = values[i];
        ferryi_event event = {.word = &word};
        uint64_t start_ns = ferry_clock_ns();
        assert_false(ferryi_event_wait(event, SHORT_NS));
        assert_true(ferry_clock_ns() - start_ns < (uint64_t)LOST_NS);
        assert_int_equal(word, FERRYI_EVENT_IDLE);
        word = values[i];
        ferryi_event_set(event);
        assert_true(ferryi_event_wait(event, LOST_NS));
    }
}

/* ---- no wake-up is lost ---- */

typedef struct table {
    _Atomic(uint32_t) word[2];
    _Atomic(uint64_t) ball; /* even: for player 0; odd: for player 1 */
    uint64_t begin_ns;
} table;

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
static bool play(table *t, unsigned player) {
    ferryi_event own = {.word = &t->word[player]}, other = {.word = &t->word[1 - player]};
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
    table *t;
    memcpy(&t, argument, sizeof t);
    CHILD_CHECK(play(t, 1));
}

static table *shared_table(void) {
    table *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(t != MAP_FAILED);
    t->begin_ns = ferry_clock_ns();
    return t;
}

static void test_ping_pong_of_two_processes(void **state) {
    (void)state;
    table *t = shared_table();
    child *second = start_child(play_second, &t);
    assert_true(play(t, 0));
    assert_child_succeeds(second);
    assert_true(t->ball == OVER);
    munmap(t, sizeof *t);
}

/* Several setters for one sleeper: whatever was set last is seen. */
static void set_often(const void *argument) {
    table *t;
    memcpy(&t, argument, sizeof t);
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add_explicit(&t->ball, 1, memory_order_relaxed);
        ferryi_event_set((ferryi_event){.word = &t->word[0]});
    }
}

static void test_many_setters(void **state) {
    (void)state;
    enum { SETTERS = 3 };
    table *t = shared_table();
    child *setters[SETTERS];
    for (int i = 0; i < SETTERS; i++)
        setters[i] = start_child(set_often, &t);
    while (atomic_load_explicit(&t->ball, memory_order_relaxed) < (uint64_t)SETTERS * ROUNDS) {
        uint64_t start_ns = ferry_clock_ns();
        ferryi_event_wait((ferryi_event){.word = &t->word[0]}, LOST_NS);
        assert_true(ferry_clock_ns() - start_ns < (uint64_t)LOST_NS);
    }
    for (int i = 0; i < SETTERS; i++)
        assert_child_succeeds(setters[i]);
    munmap(t, sizeof *t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_set_is_kept_for_the_next_wait),
        cmocka_unit_test(test_time_runs_out),
        cmocka_unit_test(test_a_sleeper_is_woken),
        cmocka_unit_test(test_values_that_cannot_be),
        cmocka_unit_test_teardown(test_ping_pong_of_two_processes, clean_up),
        cmocka_unit_test_teardown(test_many_setters, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
