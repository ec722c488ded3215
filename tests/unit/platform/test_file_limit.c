/* A limit on the size of files, as of ulimit -f: a status, and never the signal that the system has
 * for it. Every case runs in a child, which the limit stays with. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/resource.h>

#include <frameferry/image.h>
#include <frameferry/producer.h>

#include "plain_peer.h"
#include "platform/signal_event.h"
#include "process_support.h"
#include "surroundings.h"

enum { KIB = 1024 };

static void limit_files(rlim_t bytes) {
    CHILD_CHECK(setrlimit(RLIMIT_FSIZE, &(struct rlimit){bytes, RLIM_INFINITY}) == 0);
}

static void check_said_as(ferry_status expected, ferry_status status, const ferry_error *error) {
    CHILD_CHECK(status == expected && error->status == status && error->os_code == EFBIG);
    CHILD_CHECK(strstr(error->message, "ulimit -f") != NULL);
}

static void check_said(ferry_status status, const ferry_error *error) {
    check_said_as(FERRY_NO_SPACE, status, error);
}

/* The signal's action is the system's: one that is met ends the child. */
static void use_a_channel(const void *argument) {
    ferry_error error = {0};
    limit_files(1000 * KIB);
    for (uint32_t dialect = 0; dialect <= FERRY_DIALECT_BASEIMAGE; dialect++)
        check_said(try_producer(argument, dialect, &error), &error);
    limit_files(64 * KIB); /* not even the consumers object's */
    check_said(try_producer(argument, FERRY_DIALECT_NATIVE, &error), &error);
    limit_files(0);
    check_said(try_producer(argument, FERRY_DIALECT_NATIVE, &error), &error);
    /* What fits is made. */
    limit_files(1000 * KIB);
    ferry_producer *producer = make_producer(argument, 2, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL && send_next(producer) == FERRY_OK);
    ferry_producer_close(&producer);
}

static void test_making_a_channel(void **state) {
    (void)state;
    char name[NAME_BYTES];
    assert_child_succeeds(start_child(use_a_channel, own_name(name, "made")));
    assert_nothing_left();
}

/* The object was there before, and is to be made longer. */
static void take_over(const void *argument) {
    ferry_error error = {0};
    limit_files(PEER_BYTES);
    check_said(try_producer(argument, FERRY_DIALECT_BASEIMAGE, &error), &error);
}

static void test_taking_over(void **state) {
    (void)state;
    char name[NAME_BYTES];
    plain_peer peer;
    assert_true(peer_open(&peer, own_name(name, "taken"), true));
    assert_child_succeeds(start_child(take_over, name));
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

static void make_an_event(const void *argument) {
    static const rlim_t limits[] = {0, 16};
    atomic_bool lost = false;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        ferryi_signal_event *event = NULL;
        ferry_error error = {0};
        bool created = true;
        limit_files(limits[i]);
        check_said(ferryi_signal_event_create(&event, argument, FERRYI_NOT_SHARED, &created, &lost,
                                              &error),
                   &error);
        CHILD_CHECK(!created);
    }
}

static void test_making_an_event(void **state) {
    (void)state;
    char name[NAME_BYTES];
    assert_child_succeeds(start_child(make_an_event, own_name(name, "event")));
    assert_nothing_left();
}

/* ---- saving ---- */

static void check_not_saved(const char *folder, const char *file) {
    enum { SIDE = 200 };
    static uint8_t pixels[SIDE * SIDE * 3];
    ferry_frame_info info = {.width = SIDE, .height = SIDE, .format = FERRY_FORMAT_RGB24};
    char path[2 * PATH_BYTES];
    ferry_error error = {0};
    snprintf(path, sizeof path, "%s/%s", folder, file);
    uint32_t noise = 1; /* which no kind of file makes much smaller */
    for (uint32_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)((noise = noise * 1664525 + 1013904223) >> 24);
    check_said_as(FERRY_SYSTEM_ERROR, ferry_image_save(path, &info, pixels, NULL, &error), &error);
    CHILD_CHECK(rmdir(folder) == 0 && mkdir(folder, 0700) == 0); /* it is empty */
}

static void save(const void *argument) {
    limit_files(4 * KIB);
    static const char *const files[] = {"a.png", "a.bmp", "a.jpg", "a.tga", "a.raw"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        check_not_saved(argument, files[i]);
}

static void test_saving_a_picture(void **state) {
    (void)state;
    char folder[PATH_BYTES];
    assert_true(make_temporary_folder(folder, sizeof folder));
    assert_child_succeeds(start_child(save, folder));
    assert_int_equal(rmdir(folder), 0);
}

/* ---- the program's own signals ---- */

static volatile sig_atomic_t caught;

static void on_signal(int number) {
    caught += number == SIGXFSZ;
}

static bool is_in(int (*fill)(sigset_t *)) {
    sigset_t set;
    sigemptyset(&set);
    return fill(&set) == 0 && sigismember(&set, SIGXFSZ) == 1;
}

static int fill_blocked(sigset_t *set) {
    return pthread_sigmask(SIG_BLOCK, NULL, set);
}

static void keep_signals(const void *argument) {
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, SIGXFSZ);
    CHILD_CHECK(signal(SIGXFSZ, on_signal) != SIG_ERR);
    limit_files(KIB);
    CHILD_CHECK(try_producer(argument, FERRY_DIALECT_NATIVE, NULL) == FERRY_NO_SPACE);
    CHILD_CHECK(caught == 0 && !is_in(fill_blocked) && !is_in(sigpending));
    raise(SIGXFSZ);
    CHILD_CHECK(caught == 1);
    /* One that is the program's own stays. */
    pthread_sigmask(SIG_BLOCK, &only, NULL);
    CHILD_CHECK(try_producer(argument, FERRY_DIALECT_NATIVE, NULL) == FERRY_NO_SPACE);
    CHILD_CHECK(is_in(fill_blocked) && !is_in(sigpending));
    raise(SIGXFSZ);
    CHILD_CHECK(try_producer(argument, FERRY_DIALECT_NATIVE, NULL) == FERRY_NO_SPACE);
    CHILD_CHECK(is_in(fill_blocked) && is_in(sigpending));
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    CHILD_CHECK(caught == 2);
}

static void test_the_programs_signals_are_kept(void **state) {
    (void)state;
    char name[NAME_BYTES];
    assert_child_succeeds(start_child(keep_signals, own_name(name, "signals")));
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_making_a_channel, clean_up),
        cmocka_unit_test_teardown(test_taking_over, clean_up),
        cmocka_unit_test_teardown(test_making_an_event, clean_up),
        cmocka_unit_test_teardown(test_saving_a_picture, clean_up),
        cmocka_unit_test_teardown(test_the_programs_signals_are_kept, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
