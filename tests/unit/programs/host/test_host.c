/* What the programs need of the operating system: stopping, sleeping, directories. Each test of
 * stopping runs in a process of its own, since a stop is not taken back. */
#define _GNU_SOURCE /* mkdtemp, fork */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <frameferry/clock.h>

#include "host/host.h"

#define STUCK_NS (60 * (uint64_t)FERRY_SECOND_NS)

static char root[512];

static int make_root(void **state) {
    (void)state;
    const char *parent = getenv("TMPDIR");
    snprintf(root, sizeof root, "%s/ferry-host-XXXXXX", parent != NULL ? parent : "/tmp");
    return mkdtemp(root) == NULL || chdir(root) != 0;
}

static int remove_root(void **state) {
    (void)state;
    char command[sizeof root + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return chdir("/") != 0 || system(command) != 0;
}

/* The exit code of a process that runs a function; 255: it did not exit. */
static int run_apart(int (*function)(void)) {
    pid_t id = fork();
    if (id == 0)
        _exit(function());
    int status = 0;
    assert_int_equal(waitpid(id, &status, 0), id);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int notified;

static void notify(void *argument) {
    notified += *(int *)argument;
}

static int stops_end_sleeps(void) {
    int step = 10;
    if (host_catch_stop(notify, &step, NULL) != FERRY_OK || host_stop_count() != 0)
        return 1;
    uint64_t soon_ns = ferry_clock_ns() + FERRY_SECOND_NS / 50;
    if (host_sleep_until(soon_ns) || ferry_clock_ns() < soon_ns)
        return 2;
    raise(SIGTERM); /* before the sleep: it must not be lost */
    if (host_stop_count() != 1 || notified != 10)
        return 3;
    uint64_t far_ns = ferry_clock_ns() + STUCK_NS;
    if (!host_sleep_until(far_ns) || !host_sleep_until(far_ns))
        return 4;
    raise(SIGINT);
    return host_stop_count() == 2 && notified == 20 && ferry_clock_ns() < far_ns ? 0 : 5;
}

static void test_a_stop_ends_every_sleep(void **state) {
    (void)state;
    assert_int_equal(run_apart(stops_end_sleeps), 0);
}

static void *stop_here(void *argument) {
    (void)argument;
    usleep(50000); /* so that the signal meets the sleep more often than not */
    raise(SIGINT); /* handled by this thread */
    return NULL;
}

static int sleep_is_woken(void) {
    if (host_catch_stop(NULL, NULL, NULL) != FERRY_OK)
        return 1;
    uint64_t far_ns = ferry_clock_ns() + STUCK_NS;
    pthread_t thread;
    if (pthread_create(&thread, NULL, stop_here, NULL) != 0)
        return 2;
    bool stopped = host_sleep_until(far_ns);
    pthread_join(thread, NULL);
    return stopped && ferry_clock_ns() < far_ns ? 0 : 3;
}

static void test_a_signal_wakes_a_sleep_of_another_thread(void **state) {
    (void)state;
    assert_int_equal(run_apart(sleep_is_woken), 0);
}

static int third_stop(void) {
    host_catch_stop(NULL, NULL, NULL);
    raise(SIGINT);
    raise(SIGTERM);
    raise(SIGINT);
    return 0;
}

static void test_the_third_stop_ends_the_process(void **state) {
    (void)state;
    assert_int_equal(run_apart(third_stop), 130);
}

/* A terminal that goes away is told of by the kernel, the shell and the session. */
static int many_hang_ups(void) {
    host_catch_stop(NULL, NULL, NULL);
    for (int i = 0; i < 5; i++)
        raise(SIGHUP);
    if (host_stop_count() != 1)
        return 1;
    raise(SIGTERM);
    raise(SIGHUP);
    return host_stop_count() == 2 ? 0 : 2;
}

static void test_hang_ups_are_one_stop(void **state) {
    (void)state;
    assert_int_equal(run_apart(many_hang_ups), 0);
}

static int ignored_hang_up(void) {
    signal(SIGHUP, SIG_IGN);
    host_catch_stop(NULL, NULL, NULL);
    raise(SIGHUP);
    return host_stop_count();
}

static void test_an_ignored_hang_up_stays_ignored(void **state) {
    (void)state;
    assert_int_equal(run_apart(ignored_hang_up), 0);
}

static int closed_pipe(void) {
    int ends[2];
    host_catch_stop(NULL, NULL, NULL);
    if (pipe(ends) != 0)
        return 1;
    close(ends[0]);
    return write(ends[1], "", 1) == -1 ? 0 : 2;
}

static void test_a_closed_pipe_is_a_failed_write(void **state) {
    (void)state;
    assert_int_equal(run_apart(closed_pipe), 0);
}

static void touch(const char *path) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void test_directories_list_their_files(void **state) {
    (void)state;
    assert_int_equal(mkdir("list", 0700), 0);
    assert_int_equal(mkdir("list/folder", 0700), 0);
    touch("list/b");
    touch("list/.hidden");
    touch("list/a c");
    assert_int_equal(symlink("b", "list/link"), 0);
    assert_int_equal(symlink("folder", "list/link-to-folder"), 0);
    assert_int_equal(symlink("nowhere", "list/link-to-nothing"), 0);
    assert_int_equal(mkfifo("list/pipe", 0600), 0);
    char **names = NULL;
    size_t count = 0;
    assert_int_equal(host_list_directory("list", &names, &count, NULL), FERRY_OK);
    assert_int_equal(count, 4);
    qsort(names, count, sizeof *names, compare_names);
    assert_string_equal(names[0], "a c");
    assert_string_equal(names[1], "b");
    assert_string_equal(names[2], "link");
    assert_string_equal(names[3], "link-to-nothing");
    host_free_names(names, count);

    ferry_error error;
    assert_int_equal(host_list_directory("list/b", &names, &count, &error), FERRY_SYSTEM_ERROR);
    assert_non_null(strstr(error.message, "list/b"));
    assert_true(host_is_directory("list/link-to-folder"));
    assert_false(host_is_directory("list/b"));
    assert_false(host_is_directory("list/none"));
}

static void test_long_directories_are_listed_whole(void **state) {
    (void)state;
    assert_int_equal(mkdir("long", 0700), 0);
    for (int i = 0; i < 300; i++) {
        char path[32];
        snprintf(path, sizeof path, "long/%d", i);
        touch(path);
    }
    char **names = NULL;
    size_t count = 0;
    assert_int_equal(host_list_directory("long", &names, &count, NULL), FERRY_OK);
    assert_int_equal(count, 300);
    host_free_names(names, count);
}

static void test_directories_are_made_with_those_above(void **state) {
    (void)state;
    assert_int_equal(host_make_directories("one/two//three/", NULL), FERRY_OK);
    assert_true(host_is_directory("one/two/three"));
    assert_int_equal(host_make_directories("one/two/three", NULL), FERRY_OK);
    assert_int_equal(host_make_directories("/dev", NULL), FERRY_OK);
    touch("one/file");
    ferry_error error;
    assert_int_equal(host_make_directories("one/file", &error), FERRY_SYSTEM_ERROR);
    assert_int_equal(error.os_code, ENOTDIR);
    assert_int_equal(host_make_directories("one/file/four", &error), FERRY_SYSTEM_ERROR);
    assert_non_null(strstr(error.message, "one/file/four"));
    assert_int_not_equal(host_make_directories("", &error), FERRY_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stop_ends_every_sleep),
        cmocka_unit_test(test_a_signal_wakes_a_sleep_of_another_thread),
        cmocka_unit_test(test_the_third_stop_ends_the_process),
        cmocka_unit_test(test_hang_ups_are_one_stop),
        cmocka_unit_test(test_an_ignored_hang_up_stays_ignored),
        cmocka_unit_test(test_a_closed_pipe_is_a_failed_write),
        cmocka_unit_test(test_directories_list_their_files),
        cmocka_unit_test(test_long_directories_are_listed_whole),
        cmocka_unit_test(test_directories_are_made_with_those_above),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
