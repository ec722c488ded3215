/* Names that go when nobody uses their file, while others open it, close it and take the name. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>

#include "platform/clock.h"
#include "platform/linux/names.h"
#include "platform/signal_event.h"
#include "process_support.h"

static char name[NAME_BYTES], path[PATH_BYTES];
static int other =
    -1; /* another descriptor of the file; closed at the third pause if it `closes` */
static bool closes, replaces;
static unsigned pauses;
static const char *lost_name; /* goes when a semaphore that was found is prepared */

static int make_file(void) {
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(descriptor >= 0);
    return descriptor;
}

/* The time between two questions. */
void __wrap_ferryi_clock_pause(int64_t pause_ns);
void __wrap_ferryi_clock_pause(int64_t pause_ns) {
    (void)pause_ns;
    if (++pauses != 3 || !closes)
        return;
    close(other);
    other = -1;
    if (replaces) {
        assert_int_equal(unlink(path), 0);
        close(make_file());
    }
}

ferry_status __real_ferryi_shm_reserve(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes,
                                       ferry_error *error);
ferry_status __wrap_ferryi_shm_reserve(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes,
                                       ferry_error *error);
ferry_status __wrap_ferryi_shm_reserve(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes,
                                       ferry_error *error) {
    if (lost_name != NULL)
        assert_int_equal(unlink(lost_name), 0);
    lost_name = NULL;
    return __real_ferryi_shm_reserve(shm, offset_bytes, bytes, error);
}

static int begin(const char *tag) {
    shm_path(path, own_name(name, tag));
    other = -1;
    closes = replaces = false;
    pauses = 0;
    return make_file();
}

static bool has_file(void) {
    return access(path, F_OK) == 0;
}

static void test_unused(void **state) {
    (void)state;
    int descriptor = begin("unused");
    assert_true(ferryi_names_remove_unused(path, descriptor));
    assert_false(has_file());
    assert_int_equal(pauses, 0);
    close(descriptor);
}

static void test_used(void **state) {
    (void)state;
    int descriptor = begin("used");
    other = open(path, O_RDONLY | O_CLOEXEC);
    assert_false(ferryi_names_remove_unused(path, descriptor));
    assert_true(has_file() && pauses > 3);
    close(other);
    close(descriptor);
    unlink(path);
}

static void test_used_for_a_moment(void **state) {
    (void)state;
    int descriptor = begin("moment");
    other = open(path, O_RDONLY | O_CLOEXEC);
    closes = true;
    assert_true(ferryi_names_remove_unused(path, descriptor));
    assert_false(has_file());
    close(descriptor);
}

/* Another one that clears away is quicker, and the next producer has the name by then. */
static void test_name_of_the_next_one(void **state) {
    (void)state;
    int descriptor = begin("next");
    other = open(path, O_RDONLY | O_CLOEXEC);
    closes = replaces = true;
    assert_false(ferryi_names_remove_unused(path, descriptor));
    assert_true(has_file() && other < 0);
    assert_false(ferryi_names_remove_unused(path, descriptor));
    assert_true(has_file());
    close(descriptor);
    unlink(path);
}

static void test_event_that_goes_while_it_is_opened(void **state) {
    (void)state;
    ferryi_signal_event *event = NULL;
    atomic_bool lost = false;
    bool created = false;
    char file[NAME_BYTES + 4];
    own_name(name, "event");
    snprintf(file, sizeof file, "sem.%s", name);
    shm_path(path, file);
    assert_int_equal(
        ferryi_signal_event_create(&event, name, FERRYI_NOT_SHARED, &created, &lost, NULL),
        FERRY_OK);
    assert_true(created && has_file());
    ferryi_signal_event_close(&event);
    lost_name = path;
    ferry_error error;
    assert_int_equal(ferryi_signal_event_open(&event, name, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_NO_PRODUCER);
    assert_null(event);
    assert_non_null(strstr(error.message, name));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_unused, clean_up),
        cmocka_unit_test_teardown(test_used, clean_up),
        cmocka_unit_test_teardown(test_used_for_a_moment, clean_up),
        cmocka_unit_test_teardown(test_name_of_the_next_one, clean_up),
        cmocka_unit_test_teardown(test_event_that_goes_while_it_is_opened, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
