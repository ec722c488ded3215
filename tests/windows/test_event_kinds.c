/* Objects that may have the name of the dialect's event: one of auto reset, which it should be, one
 * of manual reset, a semaphore, or something that cannot be used and is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <windows.h>

#include "channel_support.h"
#include "platform/glance.h"
#include "platform/signal_event.h"

static char name[NAME_BYTES];
static atomic_bool lost;

static ferryi_signal_event *open_it(void) {
    ferryi_signal_event *event = NULL;
    assert_int_equal(ferryi_signal_event_open(&event, name, FERRYI_NOT_SHARED, &lost, NULL),
                     FERRY_OK);
    assert_non_null(event);
    return event;
}

/* The program that made it sets it as often as it likes. */
static void assert_works(ferryi_signal_event *event, void (*set)(HANDLE made), HANDLE made,
                         uint32_t counted) {
    assert_false(ferryi_signal_event_is_set(event));
    assert_int_equal(ferryi_signal_event_take_all(event), 0);
    assert_false(ferryi_signal_event_wait(event, 0));
    set(made);
    set(made);
    assert_true(ferryi_signal_event_is_set(event)); /* a look does not take it */
    assert_true(ferryi_signal_event_is_set(event));
    assert_int_equal(ferryi_signal_event_take_all(event), counted);
    assert_false(ferryi_signal_event_is_set(event));
    set(made);
    assert_true(ferryi_signal_event_wait(event, STUCK_NS));
    assert_false(ferryi_signal_event_wait(event, 0));
    /* Ours counts once, however often it is set. */
    ferryi_signal_event_set(event);
    ferryi_signal_event_set(event);
    assert_int_equal(ferryi_signal_event_take_all(event), 1);
}

static void set_event(HANDLE made) {
    assert_true(SetEvent(made));
}

static void release(HANDLE made) {
    assert_true(ReleaseSemaphore(made, 1, NULL));
}

static void test_events(void **state) {
    (void)state;
    for (int manual = 0; manual < 2; manual++) {
        HANDLE made = CreateEventA(NULL, manual, FALSE, own_name(name, "event"));
        ferryi_signal_event *opened = open_it(), *found = NULL;
        bool created = true;
        assert_works(opened, set_event, made, 1);
        assert_int_equal(
            ferryi_signal_event_create(&found, name, FERRYI_NOT_SHARED, &created, &lost, NULL),
            FERRY_OK);
        assert_false(created);
        assert_works(found, set_event, made, 1);
        assert_true(ferryi_glance_has_event(name));
        assert_false(ferryi_glance_has_semaphore(name));
        ferryi_signal_event_close(&found);
        ferryi_signal_event_close(&opened);
        CloseHandle(made);
    }
    assert_false(ferryi_glance_has_event(name));
}

static void test_a_semaphore(void **state) {
    (void)state;
    enum { MANY = 10000 };
    HANDLE made = CreateSemaphoreA(NULL, 0, MANY, own_name(name, "semaphore"));
    ferryi_signal_event *opened = open_it(), *found = NULL;
    bool created = true;
    assert_works(opened, release, made, 2);
    assert_int_equal(
        ferryi_signal_event_create(&found, name, FERRYI_NOT_SHARED, &created, &lost, NULL),
        FERRY_OK);
    assert_false(created);
    assert_works(found, release, made, 2);
    assert_true(ferryi_glance_has_semaphore(name));
    assert_true(ferryi_glance_has_event(name)); /* it stands for one */

    /* All that has piled up is taken, if not at once. */
    uint32_t taken = 0;
    assert_true(ReleaseSemaphore(made, MANY, NULL));
    for (int i = 0; i < MANY && ferryi_signal_event_is_set(opened); i++)
        taken += ferryi_signal_event_take_all(opened);
    assert_int_equal(taken, MANY);
    ferryi_signal_event_close(&found);
    ferryi_signal_event_close(&opened);
    CloseHandle(made);
    assert_false(ferryi_glance_has_semaphore(name));
}

static void assert_refused(const char *kind) {
    ferry_error error = {0};
    ferryi_signal_event *event = NULL;
    bool created = true;
    assert_int_equal(ferryi_signal_event_open(&event, name, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_FOREIGN);
    assert_non_null(strstr(error.message, kind));
    assert_non_null(strstr(error.message, "end the programs that use it"));
    error.message[0] = '\0';
    assert_int_equal(
        ferryi_signal_event_create(&event, name, FERRYI_NOT_SHARED, &created, &lost, &error),
        FERRY_FOREIGN);
    assert_non_null(strstr(error.message, kind));
    assert_false(created);
    assert_null(event);
    assert_false(ferryi_glance_has_event(name));
}

static void test_what_cannot_be_used(void **state) {
    (void)state;
    HANDLE made = CreateMutexA(NULL, FALSE, own_name(name, "mutex"));
    assert_refused(" is a mutex, ");
    CloseHandle(made);
    made = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096,
                              own_name(name, "mapping"));
    assert_refused(" is a mapping, ");
    CloseHandle(made);
    made = CreateWaitableTimerA(NULL, FALSE, own_name(name, "timer"));
    assert_refused(" is a timer, ");
    CloseHandle(made);
    made = CreateJobObjectA(NULL, own_name(name, "job"));
    assert_refused(" is a job, ");
    CloseHandle(made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_a_semaphore),
        cmocka_unit_test(test_what_cannot_be_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
