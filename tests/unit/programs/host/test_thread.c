/* Threads, and what holds them together, as the programs have them; messages from several threads
 * at once. */
#define _GNU_SOURCE /* CPU_SET, fork */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <frameferry/clock.h>

#include "host/host.h"
#include "host/inside.h"

#include "shared/message.h"

#define THREADS 8
#define ROUNDS 500
#define STUCK_NS (60 * (uint64_t)FERRY_SECOND_NS)

static bool blocks_stops(void) {
    sigset_t set;
    return pthread_sigmask(SIG_BLOCK, NULL, &set) == 0 && sigismember(&set, SIGINT) == 1 &&
           sigismember(&set, SIGTERM) == 1 && sigismember(&set, SIGHUP) == 1;
}

static void note_mask(void *argument) {
    *(bool *)argument = blocks_stops();
}

static void test_stops_are_left_to_the_main_thread(void **state) {
    (void)state;
    bool blocked = false;
    ferryi_thread *thread = NULL;
    assert_int_equal(ferryi_thread_start(&thread, note_mask, &blocked, NULL), FERRY_OK);
    ferryi_thread_join(&thread);
    assert_null(thread);
    ferryi_thread_join(&thread);
    assert_true(blocked);
    assert_false(blocks_stops());
}

typedef struct tally {
    ferryi_lock *mutex;
    uint64_t count;
} tally;

static void add(void *argument) {
    tally *t = argument;
    for (int i = 0; i < 20 * ROUNDS; i++) {
        ferryi_lock_take(t->mutex);
        t->count++;
        ferryi_lock_give(t->mutex);
    }
}

/* Runs a function in several threads at once, until all have returned. */
static void run_together(void (*run)(void *), void *argument) {
    ferryi_thread *threads[THREADS] = {NULL};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(ferryi_thread_start(&threads[i], run, argument, NULL), FERRY_OK);
    for (int i = 0; i < THREADS; i++)
        ferryi_thread_join(&threads[i]);
}

static void test_one_at_a_time_has_the_mutex(void **state) {
    (void)state;
    tally t = {.mutex = ferryi_lock_new()};
    assert_non_null(t.mutex);
    run_together(add, &t);
    assert_int_equal(t.count, THREADS * 20 * ROUNDS);
    ferryi_lock_free(t.mutex);
    ferryi_lock_free(NULL);
}

typedef struct exchange {
    ferryi_lock *mutex;
    ferryi_condition *changed;
    uint64_t turn; /* even: the main thread's */
    unsigned waiting;
    bool open;
} exchange;

static void set_up(exchange *e) {
    *e = (exchange){.mutex = ferryi_lock_new(), .changed = ferryi_condition_new()};
    assert_non_null(e->mutex);
    assert_non_null(e->changed);
}

static void take_down(exchange *e) {
    ferryi_condition_free(e->changed);
    ferryi_lock_free(e->mutex);
}

static void take_turns(exchange *e, uint64_t mine) {
    ferryi_lock_take(e->mutex);
    for (int i = 0; i < ROUNDS; i++) {
        while (e->turn % 2 != mine)
            ferryi_condition_wait(e->changed, e->mutex);
        e->turn++;
        ferryi_condition_signal(e->changed);
    }
    ferryi_lock_give(e->mutex);
}

static void take_odd_turns(void *argument) {
    take_turns(argument, 1);
}

static void test_a_signal_wakes_the_other(void **state) {
    (void)state;
    exchange e;
    set_up(&e);
    ferryi_thread *thread = NULL;
    assert_int_equal(ferryi_thread_start(&thread, take_odd_turns, &e, NULL), FERRY_OK);
    take_turns(&e, 0);
    ferryi_thread_join(&thread);
    assert_int_equal(e.turn, 2 * ROUNDS);
    take_down(&e);
}

static void wait_at_the_gate(void *argument) {
    exchange *e = argument;
    ferryi_lock_take(e->mutex);
    e->waiting++;
    ferryi_condition_broadcast(e->changed);
    while (!e->open)
        ferryi_condition_wait(e->changed, e->mutex);
    ferryi_lock_give(e->mutex);
}

static void test_a_broadcast_wakes_all(void **state) {
    (void)state;
    exchange e;
    set_up(&e);
    ferryi_thread *threads[THREADS] = {NULL};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(ferryi_thread_start(&threads[i], wait_at_the_gate, &e, NULL), FERRY_OK);
    ferryi_lock_take(e.mutex);
    while (e.waiting < THREADS)
        ferryi_condition_wait(e.changed, e.mutex);
    e.open = true;
    ferryi_condition_broadcast(e.changed);
    ferryi_lock_give(e.mutex);
    for (int i = 0; i < THREADS; i++)
        ferryi_thread_join(&threads[i]);
    take_down(&e);
}

static void open_gate(void *argument) {
    exchange *e = argument;
    ferryi_lock_take(e->mutex);
    e->open = true;
    ferryi_condition_signal(e->changed);
    ferryi_lock_give(e->mutex);
}

static void test_a_wait_ends_at_its_time_or_before(void **state) {
    (void)state;
    exchange e;
    set_up(&e);
    ferryi_lock_take(e.mutex);
    uint64_t soon_ns = ferry_clock_ns() + FERRY_SECOND_NS / 20;
    while (ferryi_condition_wait_until(e.changed, e.mutex, soon_ns))
        assert_true(ferry_clock_ns() < soon_ns + STUCK_NS);
    assert_true(ferry_clock_ns() >= soon_ns);
    /* The mutex is locked again: nobody opens the gate before this thread waits. */
    ferryi_thread *thread = NULL;
    assert_int_equal(ferryi_thread_start(&thread, open_gate, &e, NULL), FERRY_OK);
    uint64_t far_ns = ferry_clock_ns() + STUCK_NS;
    assert_false(e.open);
    while (!e.open)
        assert_true(ferryi_condition_wait_until(e.changed, e.mutex, far_ns));
    ferryi_lock_give(e.mutex);
    ferryi_thread_join(&thread);
    take_down(&e);
}

static int count_on_one_core(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 77;
    size_t first = 0;
    while (!CPU_ISSET(first, &set))
        first++;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        return 77;
    return (int)host_core_count();
}

static void test_cores_are_those_of_the_process(void **state) {
    (void)state;
    assert_true(host_core_count() >= 1);
    pid_t id = fork();
    if (id == 0)
        _exit(count_on_one_core());
    int status = 0;
    assert_int_equal(waitpid(id, &status, 0), id);
    assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 77));
}

static void chatter(void *argument) {
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        app_message_progress("%d frames", i);
        app_message_usage("%d is wrong", i);
        app_message_warn("%d is odd", i);
    }
    app_message_clear_progress();
}

/* Without what the progress lines have left in front: they end with a carriage return. */
static const char *visible(const char *line) {
    const char *last = strrchr(line, '\r');
    return last == NULL ? line : last + 1;
}

static void check_lines(FILE *written) {
    char line[4096];
    unsigned warnings = 0, usages = 0;
    int number, end;
    while (fgets(line, sizeof line, written) != NULL) {
        const char *text = visible(line);
        end = 0;
        if (sscanf(text, "ferry-test: warning: %d is odd\n%n", &number, &end) == 1) {
            warnings++;
        } else {
            assert_int_equal(sscanf(text, "ferry-test: %d is wrong\n%n", &number, &end), 1);
            usages++;
            assert_non_null(fgets(line, sizeof line, written));
            assert_string_equal(line, "try ferry-test --help\n");
            continue;
        }
        assert_int_equal(text[end], '\0');
    }
    assert_int_equal(warnings, THREADS * ROUNDS);
    assert_int_equal(usages, THREADS * ROUNDS);
}

static void test_messages_do_not_mix(void **state) {
    (void)state;
    FILE *written = tmpfile();
    assert_non_null(written);
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && dup2(fileno(written), STDERR_FILENO) == STDERR_FILENO);
    app_message_start("ferry-test");
    run_together(chatter, NULL);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(written);
    check_lines(written);
    fclose(written);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stops_are_left_to_the_main_thread),
        cmocka_unit_test(test_one_at_a_time_has_the_mutex),
        cmocka_unit_test(test_a_signal_wakes_the_other),
        cmocka_unit_test(test_a_broadcast_wakes_all),
        cmocka_unit_test(test_a_wait_ends_at_its_time_or_before),
        cmocka_unit_test(test_cores_are_those_of_the_process),
        cmocka_unit_test(test_messages_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
