/* Starting children: what they get, what they do not get, and how they end. */
#define _GNU_SOURCE /* setenv, kill, setitimer */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <frameferry/child.h>
#include <frameferry/clock.h>

#include "emulation.h"

/* Far more than any of these commands takes. */
#define STUCK_NS (60 * FERRY_SECOND_NS)

static ferry_child_exit run(const char *command) {
    ferry_child *child = NULL;
    ferry_error error;
    assert_int_equal(ferry_child_start(&child, command, "camera", &error), FERRY_OK);
    ferry_child_exit how = {.code = -1};
    assert_int_equal(ferry_child_wait(child, STUCK_NS, &how), FERRY_OK);
    ferry_child_exit again = {.code = -1};
    assert_int_equal(ferry_child_wait(child, 0, &again), FERRY_OK);
    assert_true(again.exited == how.exited && again.code == how.code);
    ferry_child_free(&child);
    assert_null(child);
    return how;
}

static void assert_exits(const char *command, int code) {
    ferry_child_exit how = run(command);
    assert_true(how.exited);
    assert_int_equal(how.code, code);
}

static void assert_dies(const char *command, int signal_number) {
    ferry_child_exit how = run(command);
    assert_false(how.exited);
    assert_int_equal(how.code, signal_number);
}

static void test_exit_codes_come_back(void **state) {
    (void)state;
    assert_exits("true", 0);
    assert_exits("sh -c 'exit 3'", 3);
    assert_exits("sh -c 'exit 255'", 255);
    assert_dies("sh -c 'kill -KILL $$'", SIGKILL);
}

static void test_no_shell_runs(void **state) {
    (void)state;
    assert_exits("sh -c 'test \"$1\" = \"\\$HOME;*\"' name $HOME;*", 0);
}

static void test_the_name_of_the_channel_is_passed_on(void **state) {
    (void)state;
    unsetenv("FERRY_NAME");
    assert_exits("sh -c 'test \"$FERRY_NAME\" = camera'", 0);
    setenv("FERRY_NAME", "other", 1);
    setenv("FERRY_NAME_TOO", "kept", 1);
    assert_exits("sh -c 'test \"$FERRY_NAME\" = camera'", 0);
    /* A shell would hide that a variable is there twice. */
    assert_exits("sh -c 'test $(tr \"\\0\" \"\\n\" </proc/$$/environ | grep -c ^FERRY_NAME=) = 1'",
                 0);
    assert_exits("sh -c 'test \"$FERRY_NAME_TOO\" = kept'", 0);
    assert_string_equal(getenv("FERRY_NAME"), "other");
    unsetenv("FERRY_NAME");
    unsetenv("FERRY_NAME_TOO");
}

static void test_no_stray_descriptor_is_inherited(void **state) {
    (void)state;
    int null = open("/dev/null", O_RDONLY);
    assert_int_equal(dup2(null, 7), 7); /* without close-on-exec */
    assert_exits("sh -c 'test -e /proc/self/fd/2 && test ! -e /proc/self/fd/7'", 0);
    assert_int_not_equal(fcntl(7, F_GETFD), -1);
    close(7);
    close(null);
}

static void test_signals_are_as_if_freshly_logged_in(void **state) {
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    assert_dies("sh -c 'kill -PIPE $$; exit 0'", SIGPIPE);
    assert_dies("sh -c 'kill -TERM $$; exit 0'", SIGTERM);
    sigprocmask(SIG_SETMASK, &before, NULL);
    signal(SIGPIPE, SIG_DFL);
}

static void test_what_cannot_be_started_has_a_reason(void **state) {
    (void)state;
    SKIP_EMULATED(
        "qemu-user forks where the kernel's clone shares memory: posix_spawn hears nothing");
    ferry_child *child = NULL;
    ferry_error error = {.os_code = 0};
    assert_int_equal(ferry_child_start(&child, "no-such-program -x", "camera", &error),
                     FERRY_SYSTEM_ERROR);
    assert_int_equal(error.os_code, ENOENT);
    assert_non_null(strstr(error.message, "no-such-program"));
    assert_int_equal(ferry_child_start(&child, "/", "camera", &error), FERRY_SYSTEM_ERROR);
    assert_int_equal(error.os_code, EACCES);
    assert_int_equal(ferry_child_start(&child, "sh -c 'exit", "camera", &error),
                     FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_child_start(&child, " ", "camera", NULL), FERRY_INVALID_ARGUMENT);
    assert_null(child);
}

static void test_waiting_has_a_limit(void **state) {
    (void)state;
    ferry_child *child = NULL;
    assert_int_equal(ferry_child_start(&child, "sleep 1000", "camera", NULL), FERRY_OK);
    ferry_child_exit how = {.code = -1};
    assert_int_equal(ferry_child_wait(child, 0, &how), FERRY_TIMEOUT);
    uint64_t begin_ns = ferry_clock_ns();
    assert_int_equal(ferry_child_wait(child, FERRY_SECOND_NS / 20, &how), FERRY_TIMEOUT);
    assert_true(ferry_clock_ns() - begin_ns >= (uint64_t)(FERRY_SECOND_NS / 20));
    assert_int_equal(ferry_child_wait(child, -1, &how), FERRY_INVALID_ARGUMENT);
    kill((pid_t)ferry_child_id(child), SIGKILL);
    assert_int_equal(ferry_child_wait(child, FERRY_FOREVER, &how), FERRY_OK);
    assert_false(how.exited);
    assert_int_equal(how.code, SIGKILL);
    ferry_child_free(&child);
}

static void on_alarm(int signal_number) {
    (void)signal_number;
}

static void test_a_signal_handler_ends_the_wait(void **state) {
    (void)state;
    ferry_child *child = NULL;
    assert_int_equal(ferry_child_start(&child, "sleep 1000", "camera", NULL), FERRY_OK);
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    /* Again and again: the first may come before the wait has begun. */
    struct itimerval soon = {.it_value = {.tv_usec = 20000}, .it_interval = {.tv_usec = 20000}};
    setitimer(ITIMER_REAL, &soon, NULL);
    ferry_child_exit how;
    assert_int_equal(ferry_child_wait(child, STUCK_NS, &how), FERRY_INTERRUPTED);
    struct itimerval never = {.it_value = {.tv_usec = 0}};
    setitimer(ITIMER_REAL, &never, NULL);
    kill((pid_t)ferry_child_id(child), SIGKILL);
    assert_int_equal(ferry_child_wait(child, STUCK_NS, &how), FERRY_OK);
    ferry_child_free(&child);
}

static void test_a_child_that_is_forgotten_goes_on(void **state) {
    (void)state;
    ferry_child *child = NULL;
    assert_int_equal(ferry_child_start(&child, "sleep 1000", "camera", NULL), FERRY_OK);
    pid_t id = (pid_t)ferry_child_id(child);
    ferry_child_free(&child);
    ferry_child_free(&child);
    ferry_child_free(NULL);
    assert_int_equal(waitpid(id, NULL, WNOHANG), 0);
    kill(id, SIGKILL);
    assert_int_equal(waitpid(id, NULL, 0), id);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_codes_come_back),
        cmocka_unit_test(test_no_shell_runs),
        cmocka_unit_test(test_the_name_of_the_channel_is_passed_on),
        cmocka_unit_test(test_no_stray_descriptor_is_inherited),
        cmocka_unit_test(test_signals_are_as_if_freshly_logged_in),
        cmocka_unit_test(test_what_cannot_be_started_has_a_reason),
        cmocka_unit_test(test_waiting_has_a_limit),
        cmocka_unit_test(test_a_signal_handler_ends_the_wait),
        cmocka_unit_test(test_a_child_that_is_forgotten_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
