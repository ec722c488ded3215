/* Standard input: pipes, files and sockets, and a read that ends when it has to. Each test runs in
 * a process of its own, whose standard input is what it is about. */
#define _GNU_SOURCE /* F_GETPIPE_SZ */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/host.h"

#define STUCK_SECONDS 60

/* The exit code of a process that runs a function with a standard input, and which is killed when
 * it is stuck; 255: it did not exit. */
static int run_apart(int (*function)(int other), int input, int other) {
    pid_t id = fork();
    if (id == 0) {
        alarm(STUCK_SECONDS);
        if (dup2(input, STDIN_FILENO) < 0)
            _exit(254);
        close(input);
        _exit(function(other));
    }
    close(input);
    if (other >= 0)
        close(other);
    int status = 0;
    assert_int_equal(waitpid(id, &status, 0), id);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int run_with_pipe(int (*function)(int writer)) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    return run_apart(function, ends[0], ends[1]);
}

static void *begin_stop(void *argument) {
    (void)argument;
    usleep(50000); /* so that the signal meets the read more often than not */
    kill(getpid(), SIGINT);
    return NULL;
}

/* Reads everything there is; the number of bytes, -1 when it failed. */
static long read_all(host_input *input, char *bytes, size_t room) {
    size_t count = 0;
    for (;;) {
        size_t got = 0;
        ferry_status status = host_read_input(input, bytes + count, room - count, &got, NULL);
        if (status == FERRY_END_OF_STREAM)
            return (long)count;
        if (status != FERRY_OK || got == 0 || got > room - count)
            return -1;
        count += got;
    }
}

static int reads_pieces(int writer) {
    host_input *input;
    char bytes[16] = "";
    size_t got = 0;
    if (host_open_input(&input, NULL) != FERRY_OK)
        return 1;
    if (write(writer, "hello, world", 12) != 12)
        return 2;
    if (host_read_input(input, bytes, 5, &got, NULL) != FERRY_OK || got != 5)
        return 3;
    close(writer);
    if (read_all(input, bytes + 5, 11) != 7 || memcmp(bytes, "hello, world", 12) != 0)
        return 4;
    host_close_input(&input);
    host_close_input(&input);
    return input == NULL ? 0 : 5;
}

static void test_a_pipe_is_read_to_its_end(void **state) {
    (void)state;
    assert_int_equal(run_with_pipe(reads_pieces), 0);
}

static int reads_socket(int writer) {
    host_input *input;
    char bytes[8];
    if (host_open_input(&input, NULL) != FERRY_OK)
        return 1;
    if (write(writer, "abc", 3) != 3 || shutdown(writer, SHUT_WR) != 0)
        return 2;
    return read_all(input, bytes, 8) == 3 ? 0 : 3;
}

static void test_a_socket_is_read_to_its_end(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(run_apart(reads_socket, ends[0], ends[1]), 0);
}

/* More than one call reads. */
#define FILE_BYTES (9 << 20)

static int reads_file(int unused) {
    (void)unused;
    host_input *input;
    char *bytes = calloc(1, FILE_BYTES + 1);
    if (bytes == NULL || host_open_input(&input, NULL) != FERRY_OK)
        return 1;
    if (read_all(input, bytes, FILE_BYTES + 1) != FILE_BYTES)
        return 2;
    return bytes[0] == 0 && bytes[FILE_BYTES - 1] == 'x' ? 0 : 3;
}

static void test_a_file_is_read_to_its_end(void **state) {
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fseek(file, FILE_BYTES - 1, SEEK_SET), 0);
    assert_true(fputc('x', file) == 'x' && fflush(file) == 0);
    assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
    assert_int_equal(run_apart(reads_file, dup(fileno(file)), -1), 0);
    fclose(file);
}

/* A descriptor that does not block is waited for all the same. */
static void *write_late(void *argument) {
    usleep(50000);
    if (write(*(int *)argument, "z", 1) == 1)
        close(*(int *)argument);
    return NULL;
}

static int reads_what_does_not_block(int writer) {
    host_input *input;
    char bytes[8];
    pthread_t thread;
    if (fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) != 0 ||
        host_open_input(&input, NULL) != FERRY_OK ||
        pthread_create(&thread, NULL, write_late, &writer) != 0)
        return 1;
    long count = read_all(input, bytes, 8);
    pthread_join(thread, NULL);
    return count == 1 && bytes[0] == 'z' ? 0 : 2;
}

static void test_what_does_not_block_is_waited_for(void **state) {
    (void)state;
    assert_int_equal(run_with_pipe(reads_what_does_not_block), 0);
}

static int fails_on_a_directory(int unused) {
    (void)unused;
    host_input *input;
    ferry_error error = {.message = ""};
    char byte;
    size_t got = 0;
    if (host_open_input(&input, NULL) != FERRY_OK)
        return 1;
    if (host_read_input(input, &byte, 1, &got, &error) != FERRY_SYSTEM_ERROR)
        return 2;
    return error.os_code == EISDIR && strstr(error.message, "standard input") != NULL ? 0 : 3;
}

static void test_a_directory_is_an_error(void **state) {
    (void)state;
    int directory = open("/", O_RDONLY | O_DIRECTORY);
    assert_true(directory >= 0);
    assert_int_equal(run_apart(fails_on_a_directory, directory, -1), 0);
}

static ferry_status read_byte(host_input *input) {
    char byte;
    size_t got = 0;
    return host_read_input(input, &byte, 1, &got, NULL);
}

/* A stop before the read, with bytes waiting and without. */
static int stop_comes_first(int writer) {
    host_input *input;
    if (host_catch_stop(NULL, NULL, NULL) != FERRY_OK || host_open_input(&input, NULL) != FERRY_OK)
        return 1;
    if (write(writer, "ab", 2) != 2 || read_byte(input) != FERRY_OK)
        return 2;
    raise(SIGTERM);
    return read_byte(input) == FERRY_INTERRUPTED && read_byte(input) == FERRY_INTERRUPTED ? 0 : 3;
}

/* The signal goes to a thread that does not read, as in a program that works ahead. */
static int stop_comes_meanwhile(int writer) {
    (void)writer;
    host_input *input;
    pthread_t thread;
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    if (host_catch_stop(NULL, NULL, NULL) != FERRY_OK ||
        host_open_input(&input, NULL) != FERRY_OK ||
        pthread_create(&thread, NULL, begin_stop, NULL) != 0)
        return 1;
    pthread_sigmask(SIG_BLOCK, &stops, NULL);
    ferry_status status = read_byte(input);
    pthread_join(thread, NULL);
    return status == FERRY_INTERRUPTED && host_stop_count() == 1 ? 0 : 2;
}

static void test_a_stop_ends_every_read(void **state) {
    (void)state;
    assert_int_equal(run_with_pipe(stop_comes_first), 0);
    assert_int_equal(run_with_pipe(stop_comes_meanwhile), 0);
}

static void *begin_interrupt(void *argument) {
    usleep(50000);
    host_interrupt_input(argument);
    return NULL;
}

static int is_interrupted(int writer) {
    host_input *input;
    pthread_t thread;
    if (host_open_input(&input, NULL) != FERRY_OK ||
        pthread_create(&thread, NULL, begin_interrupt, input) != 0)
        return 1;
    ferry_status status = read_byte(input);
    pthread_join(thread, NULL);
    if (status != FERRY_INTERRUPTED || write(writer, "a", 1) != 1)
        return 2;
    return read_byte(input) == FERRY_INTERRUPTED ? 0 : 3;
}

static void test_a_read_can_be_interrupted(void **state) {
    (void)state;
    assert_int_equal(run_with_pipe(is_interrupted), 0);
}

/* Handlers of other signals change nothing. */
static void on_other(int signal_number) {
    (void)signal_number;
}

static void *disturb(void *argument) {
    for (int i = 0; i < 5; i++) {
        usleep(10000);
        kill(getpid(), SIGUSR1);
    }
    return write_late(argument);
}

static int is_disturbed(int writer) {
    host_input *input;
    pthread_t thread;
    char bytes[8];
    sigset_t other;
    struct sigaction action = {.sa_handler = on_other};
    sigemptyset(&other);
    sigaddset(&other, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &other, NULL);
    if (sigaction(SIGUSR1, &action, NULL) != 0 || host_catch_stop(NULL, NULL, NULL) != FERRY_OK ||
        host_open_input(&input, NULL) != FERRY_OK ||
        pthread_create(&thread, NULL, disturb, &writer) != 0)
        return 1;
    pthread_sigmask(SIG_UNBLOCK, &other, NULL);
    long count = read_all(input, bytes, 8);
    pthread_join(thread, NULL);
    return count == 1 ? 0 : 2;
}

static void test_other_signals_do_not_end_a_read(void **state) {
    (void)state;
    assert_int_equal(run_with_pipe(is_disturbed), 0);
}

/* What is started later reads nothing and keeps no writer waiting: it does not have the pipe. */
static int children_get_nothing(int writer) {
    host_input *input;
    struct stat found;
    char command[128];
    if (fcntl(writer, F_SETFD, FD_CLOEXEC) != 0 || fstat(STDIN_FILENO, &found) != 0 ||
        write(writer, "word\n", 5) != 5 || host_open_input(&input, NULL) != FERRY_OK)
        return 1;
    snprintf(command, sizeof command,
             "! read word && ! ls -l /proc/self/fd | grep -q 'pipe:.%lu.$'",
             (unsigned long)found.st_ino);
    char byte;
    if (system(command) != 0 || read(STDIN_FILENO, &byte, 1) != 0)
        return 2;
    return read_byte(input) == FERRY_OK ? 0 : 3;
}

static int closing_ends_the_pipe(int writer) {
    host_input *input;
    signal(SIGPIPE, SIG_IGN);
    if (host_open_input(&input, NULL) != FERRY_OK || write(writer, "x", 1) != 1)
        return 1;
    host_close_input(&input);
    /* The process that started this one may have its copy of the other end for a moment longer. */
    struct pollfd end = {.fd = writer};
    if (poll(&end, 1, -1) != 1 || (end.revents & POLLERR) == 0)
        return 2;
    return write(writer, "x", 1) == -1 && errno == EPIPE ? 0 : 3;
}

static void test_standard_input_is_taken_over(void **state) {
    (void)state;
    assert_int_equal(run_with_pipe(children_get_nothing), 0);
    assert_int_equal(run_with_pipe(closing_ends_the_pipe), 0);
}

/* Where the system allows it: the limit of all pipes of a user may be reached. */
static int pipe_is_wide(int writer) {
    host_input *input;
    int before = fcntl(writer, F_GETPIPE_SZ);
    if (host_open_input(&input, NULL) != FERRY_OK)
        return 1;
    int after = fcntl(writer, F_GETPIPE_SZ);
    if (after == before)
        return fcntl(writer, F_SETPIPE_SZ, 1 << 20) < 0 ? 0 : 2;
    return after == 1 << 20 ? 0 : 3;
}

static int wide_pipe_stays_wide(int writer) {
    host_input *input;
    int before = fcntl(writer, F_SETPIPE_SZ, 2 << 20);
    if (before < 0)
        return 0; /* only root may, and not everywhere */
    if (host_open_input(&input, NULL) != FERRY_OK)
        return 1;
    return fcntl(writer, F_GETPIPE_SZ) == before ? 0 : 2;
}

static void test_pipes_are_made_wide(void **state) {
    (void)state;
    assert_int_equal(run_with_pipe(pipe_is_wide), 0);
    assert_int_equal(run_with_pipe(wide_pipe_stays_wide), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pipe_is_read_to_its_end),
        cmocka_unit_test(test_a_socket_is_read_to_its_end),
        cmocka_unit_test(test_a_file_is_read_to_its_end),
        cmocka_unit_test(test_what_does_not_block_is_waited_for),
        cmocka_unit_test(test_a_directory_is_an_error),
        cmocka_unit_test(test_a_stop_ends_every_read),
        cmocka_unit_test(test_a_read_can_be_interrupted),
        cmocka_unit_test(test_other_signals_do_not_end_a_read),
        cmocka_unit_test(test_standard_input_is_taken_over),
        cmocka_unit_test(test_pipes_are_made_wide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
