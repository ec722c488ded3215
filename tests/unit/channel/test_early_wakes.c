/* Who sleeps is woken for the bytes of a shown frame that it has asked for. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "early_support.h"

/* As much as has been asked for wakes, less does not; and only the one who asked. */
static void *wait_for_1000(void *argument) {
    ferry_consumer *consumer = argument;
    ferry_frame frame;
    uint32_t filled = 0;
    ferry_status status = ferry_consumer_acquire_early(consumer, FERRY_FOREVER, &frame, NULL);
    if (status == FERRY_OK)
        status = ferry_consumer_wait_filled(consumer, &frame, 1000, STUCK_NS, &filled, NULL);
    ferry_consumer_release(consumer, &frame);
    return status == FERRY_OK && filled == 1000 ? argument : NULL;
}

static void *sleep_for_whole(void *argument) {
    ferry_frame frame;
    return ferry_consumer_acquire(argument, STUCK_NS, &frame, NULL) == FERRY_OK ? argument : NULL;
}

static uint64_t wakeups_of(ferry_producer *producer) {
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    return counters.wakeups;
}

/* Whether it took one call for each wish. A sleeper whose slice is over just when what it waits for
 * comes needs none, and sees it by itself. */
static bool each_wish_takes_one_call(void) {
    char name[NAME_BYTES];
    ferry_producer *producer =
        make_producer(own_name(name, "sleep"), 4, FERRY_WHEN_FULL_DROP, NULL);
    ferry_consumer *follower = open_latest(name), *other = open_latest(name);
    pthread_t threads[2];
    ferry_claim claim;
    void *result;
    assert_int_equal(pthread_create(&threads[0], NULL, wait_for_1000, follower), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, sleep_for_whole, other), 0);
    wait_until_asleep(&other->record->event);
    wait_until_asleep(&follower->record->event);
    show_next(producer, &claim);
    bool well = wakeups_of(producer) == 0;
    write_to(producer, &claim, 1, 10);
    well &= wakeups_of(producer) == 1;
    while (atomic_load(&follower->record->awaits) != 1000)
        sched_yield();
    wait_until_asleep(&follower->record->event);
    write_to(producer, &claim, 1, 999);
    well &= wakeups_of(producer) == 1;
    write_to(producer, &claim, 1, 1000);
    well &= wakeups_of(producer) == 2;
    pthread_join(threads[0], &result);
    assert_ptr_equal(result, follower);
    assert_int_not_equal(atomic_load(&other->record->event), FERRYI_EVENT_SET);
    finish(producer, &claim, 1);
    pthread_join(threads[1], &result);
    assert_ptr_equal(result, other);
    ferry_consumer_close(&follower);
    ferry_consumer_close(&other);
    ferry_producer_close(&producer);
    assert_nothing_left();
    return well;
}

static void test_who_sleeps_is_woken_for_what_it_asked_for(void **state) {
    (void)state;
    bool well = false;
    for (int attempt = 0; attempt < 10 && !well; attempt++)
        well = each_wish_takes_one_call();
    assert_true(well);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_who_sleeps_is_woken_for_what_it_asked_for, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
