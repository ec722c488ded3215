/* Children that we end, with what they have started. */
#define _GNU_SOURCE /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/child.h>
#include <frameferry/clock.h>

/* Far more than any of these commands takes. */
#define STUCK_NS (60 * FERRY_SECOND_NS)
#define STUCK_MS ((int)(STUCK_NS / 1000000))
#define SHORT_NS (FERRY_SECOND_NS / 20)

static char folder[] = "/tmp/ferry-launch-XXXXXX";
static ferry_child *current;
static int heard; /* what the child and those that it has started write to */

static int enter_folder(void **state) {
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 && mkfifo("words", 0600) == 0 &&
                   mkfifo("gate", 0600) == 0
               ? 0
               : -1;
}

static int leave_folder(void **state) {
    (void)state;
    unlink("words");
    unlink("gate");
    return rmdir(folder);
}

static int open_words(void **state) {
    (void)state;
    heard = open("words", O_RDONLY | O_NONBLOCK);
    return heard >= 0 ? 0 : -1;
}

static int end_current(void **state) {
    (void)state;
    ferry_child_end(current, true);
    ferry_child_wait(current, STUCK_NS, NULL);
    ferry_child_free(&current);
    close(heard);
    return 0;
}

static void start_group(const char *command) {
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.command = command;
    options.own_group = 1;
    assert_int_equal(ferry_child_start_with(&current, &options, NULL), FERRY_OK);
}

static void assert_dies(int signal_number) {
    ferry_child_exit how = {.exited = true};
    assert_int_equal(ferry_child_wait(current, STUCK_NS, &how), FERRY_OK);
    assert_false(how.exited);
    assert_int_equal(how.code, signal_number);
}

/* The next line that is written; "" when nobody is left who could. */
static void assert_hears(const char *line) {
    char word[16] = "";
    struct pollfd news = {.fd = heard, .events = POLLIN};
    size_t used = 0;
    do {
        assert_int_equal(poll(&news, 1, STUCK_MS), 1);
        ssize_t count = read(heard, word + used, 1);
        assert_true(count >= 0);
        if (count == 0)
            break;
        used++;
    } while (used < sizeof word - 1 && word[used - 1] != '\n');
    assert_string_equal(word, line);
}

static void test_ending_asks_or_forces(void **state) {
    (void)state;
    start_group("sh -c 'exec >words; trap \"\" TERM; sleep 1000 & echo begun;"
                " while :; do wait; done'");
    assert_hears("begun\n");
    ferry_child_end(current, false);
    assert_int_equal(ferry_child_wait(current, SHORT_NS, NULL), FERRY_TIMEOUT);
    ferry_child_end(current, true);
    assert_dies(SIGKILL);
    assert_hears("");               /* the sleeper has gone too */
    ferry_child_end(current, true); /* nothing is left to end */
    assert_dies(SIGKILL);
    ferry_child_end(NULL, true);
}

/* Waits until the child is dead, and leaves it there to be found. */
static void await_death(void) {
    char path[64];
    char state = '?';
    const struct timespec moment = {.tv_nsec = 1000000};
    uint64_t begin_ns = ferry_clock_ns();
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)ferry_child_id(current));
    while (state != 'Z') {
        assert_true(ferry_clock_ns() - begin_ns < (uint64_t)STUCK_NS);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
        fclose(file);
        nanosleep(&moment, NULL);
    }
}

/* As one that is just being started, and does not get the signal, it is asked again. */
static void test_who_missed_the_signal_gets_it_again(void **state) {
    (void)state;
    start_group("sh -c 'exec >words; (trap \"\" TERM; echo deaf; read go <gate; trap - TERM;"
                " echo open; exec sleep 1000) & wait'");
    assert_hears("deaf\n");
    ferry_child_end(current, false);
    await_death();
    int gate = open("gate", O_WRONLY);
    assert_int_equal(write(gate, "go\n", 3), 3);
    close(gate);
    assert_hears("open\n");
    assert_dies(SIGTERM);
    assert_hears("");
}

/* A child that ends by itself leaves what it has started alone. */
static void test_only_who_is_ended_takes_others_along(void **state) {
    (void)state;
    start_group("sh -c 'exec >words; (read go <gate; echo alive) & echo begun; exit 0'");
    assert_hears("begun\n");
    ferry_child_exit how = {.exited = false};
    assert_int_equal(ferry_child_wait(current, STUCK_NS, &how), FERRY_OK);
    assert_true(how.exited);
    int gate = open("gate", O_WRONLY);
    assert_int_equal(write(gate, "go\n", 3), 3);
    close(gate);
    assert_hears("alive\n");
    assert_hears("");
}

static void test_one_that_was_not_waited_for_is_ended(void **state) {
    (void)state;
    ferry_child *alone = NULL;
    assert_int_equal(ferry_child_start(&alone, "sleep 1000", "camera", NULL), FERRY_OK);
    ferry_child_end(alone, false);
    ferry_child_exit how = {.exited = true};
    assert_int_equal(ferry_child_wait(alone, STUCK_NS, &how), FERRY_OK);
    assert_int_equal(how.code, SIGTERM);
    ferry_child_free(&alone);
}

#define WITH_CHILD(test) cmocka_unit_test_setup_teardown(test, open_words, end_current)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_CHILD(test_ending_asks_or_forces),
        WITH_CHILD(test_who_missed_the_signal_gets_it_again),
        WITH_CHILD(test_only_who_is_ended_takes_others_along),
        WITH_CHILD(test_one_that_was_not_waited_for_is_ended),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
