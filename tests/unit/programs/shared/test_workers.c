/* The threads that save frames for ferry-consumer: what they finish comes back in the order in
 * which it was given, however long each of them takes. The encoders here are slow on demand: a job
 * is finished when the test says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "shared/workers.c"

#define JOBS_MAX 200
#define STUCK_NS (60 * FERRY_SECOND_NS)

typedef struct fake_job {
    int number;
    char *kept; /* stays from use to use */
} fake_job;

static struct {
    ferryi_lock *mutex;
    ferryi_condition *changed;
    bool waits; /* for permission */
    bool may_finish[JOBS_MAX];
    bool begun[JOBS_MAX];
    int at_once, at_once_most;
    int notified;
} fake;

static void encode_slowly(void *argument) {
    fake_job *job = argument;
    ferryi_lock_take(fake.mutex);
    fake.begun[job->number] = true;
    if (++fake.at_once > fake.at_once_most)
        fake.at_once_most = fake.at_once;
    ferryi_condition_broadcast(fake.changed);
    while (fake.waits && !fake.may_finish[job->number])
        ferryi_condition_wait(fake.changed, fake.mutex);
    fake.at_once--;
    ferryi_lock_give(fake.mutex);
    if (job->kept == NULL)
        job->kept = malloc(8);
}

static void free_kept(void *argument) {
    free(((fake_job *)argument)->kept);
}

static void count_notification(void *argument) {
    assert_ptr_equal(argument, &fake);
    ferryi_lock_take(fake.mutex);
    fake.notified++;
    ferryi_condition_broadcast(fake.changed);
    ferryi_lock_give(fake.mutex);
}

static int set_up(void **state) {
    (void)state;
    memset(&fake, 0, sizeof fake);
    fake.mutex = ferryi_lock_new();
    fake.changed = ferryi_condition_new();
    fake.waits = true;
    return fake.mutex == NULL || fake.changed == NULL;
}

static int tear_down(void **state) {
    (void)state;
    ferryi_condition_free(fake.changed);
    ferryi_lock_free(fake.mutex);
    return 0;
}

static app_workers *open_fake(unsigned threads) {
    const app_workers_plan plan = {.threads = threads,
                                   .job_bytes = sizeof(fake_job),
                                   .work = encode_slowly,
                                   .discard = free_kept,
                                   .notify = count_notification,
                                   .argument = &fake};
    app_workers *w = app_workers_open(&plan);
    assert_non_null(w);
    return w;
}

static void submit(app_workers *w, int number) {
    fake_job *job = app_workers_place(w, UINT32_MAX);
    assert_non_null(job);
    assert_ptr_equal(app_workers_place(w, UINT32_MAX), job); /* the same until it is submitted */
    job->number = number;
    app_workers_submit(w);
}

static void let_finish(int number) {
    ferryi_lock_take(fake.mutex);
    fake.may_finish[number] = true;
    ferryi_condition_broadcast(fake.changed);
    ferryi_lock_give(fake.mutex);
}

/* Waits until a condition holds that the fakes bring about. */
static void wait_for(bool (*holds)(int), int value) {
    uint64_t deadline_ns = ferry_clock_ns() + STUCK_NS;
    ferryi_lock_take(fake.mutex);
    bool in_time = true;
    while (!holds(value) && in_time)
        in_time = ferryi_condition_wait_until(fake.changed, fake.mutex, deadline_ns);
    ferryi_lock_give(fake.mutex);
    assert_true(in_time);
}

static bool has_begun(int number) {
    return fake.begun[number];
}

static bool is_notified(int times) {
    return fake.notified >= times;
}

static void take_back(app_workers *w, int number) {
    app_workers_wait(w, 0);
    fake_job *job = app_workers_finished(w);
    assert_non_null(job);
    assert_int_equal(job->number, number);
    assert_ptr_equal(app_workers_finished(w), job);
    app_workers_retire(w);
}

static void test_order_is_kept(void **state) {
    (void)state;
    app_workers *w = open_fake(4);
    for (int i = 0; i < 4; i++)
        submit(w, i);
    for (int i = 0; i < 4; i++)
        wait_for(has_begun, i); /* all four at once */
    assert_int_equal(app_workers_count(w), 4);
    for (int i = 3; i > 0; i--) {
        let_finish(i);
        assert_null(app_workers_finished(w));
    }
    assert_int_equal(fake.notified, 0);
    let_finish(0);
    wait_for(is_notified, 1);
    for (int i = 0; i < 4; i++)
        take_back(w, i);
    assert_int_equal(app_workers_count(w), 0);
    assert_null(app_workers_finished(w));
    app_workers_close(w);
}

/* Whoever becomes the oldest by the retirement of another one is announced too. */
static void test_each_oldest_is_announced(void **state) {
    (void)state;
    app_workers *w = open_fake(3);
    for (int i = 0; i < 3; i++)
        submit(w, i);
    let_finish(0);
    wait_for(is_notified, 1);
    take_back(w, 0);
    let_finish(2);
    let_finish(1);
    wait_for(is_notified, 2);
    take_back(w, 1);
    take_back(w, 2);
    app_workers_close(w);
}

static void test_room_is_limited(void **state) {
    (void)state;
    app_workers *w = open_fake(3);
    submit(w, 0);
    assert_null(app_workers_place(w, 0));
    assert_null(app_workers_place(w, 1));
    assert_non_null(app_workers_place(w, 2));
    submit(w, 1);
    submit(w, 2);
    assert_null(app_workers_place(w, UINT32_MAX)); /* as many as there are threads */
    /* Those behind the oldest make room without being taken back, but not for ever more. */
    let_finish(1);
    app_workers_wait(w, 3);
    submit(w, 3);
    wait_for(has_begun, 3); /* by the one that is free, while the others are busy */
    let_finish(2);
    app_workers_wait(w, 3);
    submit(w, 4);
    let_finish(3);
    app_workers_wait(w, 3);
    submit(w, 5);
    let_finish(4);
    let_finish(5);
    assert_int_equal(app_workers_count(w), 6);
    assert_null(app_workers_place(w, UINT32_MAX));
    let_finish(0);
    for (int i = 0; i < 6; i++)
        take_back(w, i);
    app_workers_wait(w, 0); /* nothing to wait for */
    app_workers_close(w);
}

/* What is under way when the workers are closed is finished first. */
static void test_closing_waits(void **state) {
    (void)state;
    app_workers *w = open_fake(2);
    fake.waits = false;
    submit(w, 0);
    submit(w, 1);
    app_workers_close(w);
    assert_true(fake.begun[0] && fake.begun[1]);
    app_workers_close(NULL);
}

static void test_many_jobs_in_order(void **state) {
    (void)state;
    for (unsigned threads = 1; threads <= 8; threads *= 2) {
        app_workers *w = open_fake(threads);
        fake.waits = false;
        fake.at_once_most = 0;
        int given = 0, taken = 0;
        while (taken < JOBS_MAX) {
            while (given < JOBS_MAX && app_workers_place(w, UINT32_MAX) != NULL)
                submit(w, given++);
            app_workers_wait(w, given < JOBS_MAX ? UINT32_MAX : 0);
            for (fake_job *job; (job = app_workers_finished(w)) != NULL; app_workers_retire(w))
                assert_int_equal(job->number, taken++);
        }
        assert_in_range(fake.at_once_most, 1, threads);
        app_workers_close(w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_each_oldest_is_announced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_room_is_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_closing_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_jobs_in_order, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
