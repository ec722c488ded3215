/* Children with a standard input of ours. */
#define _GNU_SOURCE /* setitimer, mkdtemp, sigtimedwait */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <frameferry/child.h>
#include <frameferry/clock.h>

#include "emulation.h"

/* Far more than any of these commands takes. */
#define STUCK_NS (60 * FERRY_SECOND_NS)
#define SHORT_NS (FERRY_SECOND_NS / 20)

/* A frame of 2048 x 4096 pixels of 4 bytes, and something uneven: far more than any pipe holds. */
enum { LARGE_BYTES = 2048 * 4096 * 4 + 123 };

static uint8_t *large;
static char folder[] = "/tmp/ferry-launch-XXXXXX";
static ferry_child *current; /* what a test that fails leaves behind */

static int make_large(void **state) {
    (void)state;
    uint32_t random = 1;
    large = malloc(LARGE_BYTES);
    if (large == NULL || mkdtemp(folder) == NULL)
        return -1;
    for (size_t i = 0; i < LARGE_BYTES; i++) {
        random = random * 1664525 + 1013904223;
        large[i] = (uint8_t)(random >> 24);
    }
    return 0;
}

static const char *path_of(const char *name) {
    static char path[sizeof folder + 32];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int remove_all(void **state) {
    (void)state;
    unlink(path_of("large"));
    rmdir(folder);
    free(large);
    return 0;
}

static int end_current(void **state) {
    (void)state;
    signal(SIGPIPE, SIG_DFL);
    ferry_child_end(current, true);
    ferry_child_wait(current, STUCK_NS, NULL);
    ferry_child_free(&current);
    return 0;
}

static ferry_child *start_piped(const char *command) {
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.command = command;
    options.pipe_input = 1;
    options.own_group = 1;
    ferry_child_free(&current);
    assert_int_equal(ferry_child_start_with(&current, &options, NULL), FERRY_OK);
    return current;
}

static void assert_exits(int code) {
    ferry_child_exit how = {.code = -1};
    assert_int_equal(ferry_child_wait(current, STUCK_NS, &how), FERRY_OK);
    assert_true(how.exited);
    assert_int_equal(how.code, code);
}

static void assert_dies(int signal_number) {
    ferry_child_exit how = {.exited = true};
    assert_int_equal(ferry_child_wait(current, STUCK_NS, &how), FERRY_OK);
    assert_false(how.exited);
    assert_int_equal(how.code, signal_number);
}

/* ---- writing ---- */

static void test_all_bytes_arrive(void **state) {
    (void)state;
    FILE *file = fopen(path_of("large"), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(large, 1, LARGE_BYTES, file), LARGE_BYTES);
    assert_int_equal(fclose(file), 0);
    char command[128];
    size_t written = 0;
    snprintf(command, sizeof command, "cmp - %s", path_of("large"));
    start_piped(command);
    assert_int_equal(ferry_child_write(current, large, 1, STUCK_NS, &written), FERRY_OK);
    assert_int_equal(written, 1);
    assert_int_equal(ferry_child_write(current, large, 0, 0, &written), FERRY_OK);
    assert_int_equal(written, 0);
    assert_int_equal(ferry_child_write(current, large + 1, LARGE_BYTES - 1, STUCK_NS, &written),
                     FERRY_OK);
    assert_int_equal(written, LARGE_BYTES - 1);
    ferry_child_close_input(current);
    assert_exits(0);
}

/* A socket could not be opened as /dev/stdin, and a child's read that answers "try again" ends most
 * programs. */
static void test_the_child_gets_a_pipe_that_blocks(void **state) {
    (void)state;
    start_piped("sh -c 'test -p /dev/stdin && grep -q \"^flags:.0*$\" /proc/self/fdinfo/0'");
    assert_exits(0);
}

static volatile sig_atomic_t pipe_signals;

static void on_pipe(int signal_number) {
    (void)signal_number;
    pipe_signals++;
}

static void assert_write_breaks(void) {
    size_t written = LARGE_BYTES;
    assert_int_equal(ferry_child_write(current, large, LARGE_BYTES, STUCK_NS, &written),
                     FERRY_END_OF_STREAM);
    assert_true(written < LARGE_BYTES);
    assert_int_equal(ferry_child_write(current, large, 1, STUCK_NS, &written), FERRY_END_OF_STREAM);
    assert_int_equal(written, 0);
}

static bool is_pending(int signal_number) {
    sigset_t pending;
    assert_int_equal(sigpending(&pending), 0);
    return sigismember(&pending, signal_number) == 1;
}

static void test_a_child_need_not_read(void **state) {
    (void)state;
    start_piped("true");
    assert_write_breaks(); /* and we live: SIGPIPE has its default action */
    assert_exits(0);
    start_piped("head -c 100000");
    assert_write_breaks();
    assert_exits(0);
    start_piped("sh -c 'exec <&-; sleep 1000'");
    assert_write_breaks();
    assert_int_equal(ferry_child_wait(current, 0, NULL), FERRY_TIMEOUT);
    ferry_child_end(current, false);
    assert_dies(SIGTERM);
}

static void test_no_pipe_signal_gets_through(void **state) {
    (void)state;
    struct sigaction action = {.sa_handler = on_pipe};
    struct sigaction after;
    sigset_t blocked;
    sigset_t mask;
    sigemptyset(&action.sa_mask);
    sigaction(SIGPIPE, &action, NULL);
    start_piped("true");
    assert_write_breaks();
    assert_int_equal(pipe_signals, 0);
    assert_int_equal(sigaction(SIGPIPE, NULL, &after), 0);
    assert_ptr_equal(after.sa_handler, on_pipe);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    assert_int_equal(sigismember(&mask, SIGPIPE), 0);

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGPIPE);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &blocked, NULL), 0);
    start_piped("true");
    assert_write_breaks();
    assert_false(is_pending(SIGPIPE));
    raise(SIGPIPE); /* this one is somebody else's */
    start_piped("true");
    assert_write_breaks();
    assert_true(is_pending(SIGPIPE));
    assert_int_equal(pipe_signals, 0);
    assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &blocked, NULL), 0);
    assert_int_equal(pipe_signals, 1);
}

static void test_writing_has_a_limit(void **state) {
    (void)state;
    size_t first = 0;
    size_t written = 1;
    start_piped("sleep 1000");
    assert_int_equal(ferry_child_write(current, large, LARGE_BYTES, 0, &first), FERRY_TIMEOUT);
    assert_in_range(first, 4096, LARGE_BYTES - 1);
    uint64_t begin_ns = ferry_clock_ns();
    assert_int_equal(ferry_child_write(current, large, LARGE_BYTES, SHORT_NS, &written),
                     FERRY_TIMEOUT);
    assert_true(ferry_clock_ns() - begin_ns >= (uint64_t)SHORT_NS);
    assert_int_equal(written, 0);
    assert_int_equal(ferry_child_wait(current, 0, NULL), FERRY_TIMEOUT);
}

static void on_alarm(int signal_number) {
    (void)signal_number;
}

static void test_a_signal_handler_ends_the_writing(void **state) {
    (void)state;
    start_piped("sleep 1000");
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    /* Again and again: the first may come before the sleep has begun. */
    struct itimerval soon = {.it_value = {.tv_usec = 20000}, .it_interval = {.tv_usec = 20000}};
    setitimer(ITIMER_REAL, &soon, NULL);
    size_t written = 0;
    assert_int_equal(ferry_child_write(current, large, LARGE_BYTES, STUCK_NS, &written),
                     FERRY_INTERRUPTED);
    struct itimerval never = {.it_value = {.tv_usec = 0}};
    setitimer(ITIMER_REAL, &never, NULL);
    assert_in_range(written, 4096, LARGE_BYTES - 1);
}

static void test_a_child_that_ended_does_not_read(void **state) {
    (void)state;
    start_piped("sh -c 'exec 3<&0; sleep 1000 <&3 >/dev/null 2>&1 & exit 4'");
    pid_t group = (pid_t)ferry_child_id(current);
    ferry_status status = ferry_child_write(current, large, LARGE_BYTES, STUCK_NS, NULL);
    assert_int_equal(kill(-group, SIGKILL), 0); /* the sleeper, which had the pipe */
    assert_int_equal(status, FERRY_END_OF_STREAM);
    assert_exits(4);
}

/* What it reads from is gone: the write says so, no signal does. */
static void test_bytes_that_cannot_be_read(void **state) {
    (void)state;
    SKIP_EMULATED("qemu-user does not hand on that write cannot read its bytes");
    size_t written = 1;
    start_piped("cat");
    assert_int_equal(ferry_child_write(current, (const void *)8, 100, STUCK_NS, &written),
                     FERRY_SYSTEM_ERROR);
    assert_int_equal(written, 0);
}

/* ---- descriptors ---- */

static unsigned count_descriptors(void) {
    unsigned count = 0;
    DIR *open_ones = opendir("/proc/self/fd");
    assert_non_null(open_ones);
    while (readdir(open_ones) != NULL)
        count++;
    closedir(open_ones);
    return count;
}

static void test_nothing_leaks(void **state) {
    (void)state;
    SKIP_EMULATED(
        "qemu-user forks where the kernel's clone shares memory: posix_spawn hears nothing");
    ferry_child_free(&current);
    unsigned before = count_descriptors();
    ferry_child *none = NULL;
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.command = "no-such-program";
    options.pipe_input = 1;
    assert_int_equal(ferry_child_start_with(&none, &options, NULL), FERRY_SYSTEM_ERROR);
    assert_null(none);
    assert_int_equal(count_descriptors(), before);
    start_piped("true");
    assert_exits(0);
    ferry_child_free(&current);
    assert_int_equal(count_descriptors(), before);
    start_piped("cat");
    ferry_child_close_input(current);
    ferry_child_close_input(current);
    assert_exits(0);
    ferry_child_free(&current);
    assert_int_equal(count_descriptors(), before);
}

static void test_no_other_child_keeps_the_pipe_open(void **state) {
    (void)state;
    char *words[] = {(char[]){"sleep"}, (char[]){"1000"}, NULL};
    char *nothing[] = {NULL};
    pid_t other;
    start_piped("cat");
    assert_int_equal(posix_spawnp(&other, words[0], NULL, NULL, words, nothing), 0);
    ferry_child_close_input(current);
    ferry_child_exit how = {.code = -1};
    ferry_status status = ferry_child_wait(current, STUCK_NS, &how);
    kill(other, SIGKILL);
    assert_int_equal(waitpid(other, NULL, 0), other);
    assert_int_equal(status, FERRY_OK);
    assert_int_equal(how.code, 0);
}

/* ---- wrong calls ---- */

static void assert_refused(const ferry_child_options *options) {
    ferry_child *none = NULL;
    ferry_error error = {.status = FERRY_OK};
    assert_int_equal(ferry_child_start_with(&none, options, &error), FERRY_INVALID_ARGUMENT);
    assert_int_equal(error.status, FERRY_INVALID_ARGUMENT);
    assert_null(none);
}

static void test_wrong_calls_are_refused(void **state) {
    (void)state;
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    assert_refused(NULL);
    assert_refused(&options);
    options.command = "true";
    options.pipe_input = 2;
    assert_refused(&options);
    options.pipe_input = 0;
    options.size = 0;
    assert_refused(&options);
    options.size = sizeof options;
    assert_int_equal(ferry_child_start_with(&current, &options, NULL), FERRY_OK);
    size_t written = 7;
    assert_int_equal(ferry_child_write(current, large, 1, 0, &written), FERRY_INVALID_ARGUMENT);
    assert_int_equal(written, 0);
    assert_int_equal(ferry_child_write(NULL, large, 1, 0, NULL), FERRY_INVALID_ARGUMENT);
    start_piped("true");
    assert_int_equal(ferry_child_write(current, NULL, 1, 0, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_child_write(current, large, 1, -1, NULL), FERRY_INVALID_ARGUMENT);
    ferry_child_close_input(current);
    assert_int_equal(ferry_child_write(current, large, 1, 0, NULL), FERRY_INVALID_ARGUMENT);
    ferry_child_close_input(NULL);
}

#define WITH_CHILD(test) cmocka_unit_test_teardown(test, end_current)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_CHILD(test_all_bytes_arrive),
        WITH_CHILD(test_the_child_gets_a_pipe_that_blocks),
        WITH_CHILD(test_a_child_need_not_read),
        WITH_CHILD(test_no_pipe_signal_gets_through),
        WITH_CHILD(test_writing_has_a_limit),
        WITH_CHILD(test_a_signal_handler_ends_the_writing),
        WITH_CHILD(test_a_child_that_ended_does_not_read),
        WITH_CHILD(test_bytes_that_cannot_be_read),
        WITH_CHILD(test_nothing_leaks),
        WITH_CHILD(test_no_other_child_keeps_the_pipe_open),
        WITH_CHILD(test_wrong_calls_are_refused),
    };
    return cmocka_run_group_tests(tests, make_large, remove_all);
}
