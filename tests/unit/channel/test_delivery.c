/* What each delivery gets, and what consumers that are behind, stand still, hold frames or are
 * hostile do to the producer. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel/consumers.h"
#include "channel_support.h"

#define HOUR_NS (3600 * FERRY_SECOND_NS)

static char name[NAME_BYTES];

static ferry_producer *open_producer(const char *tag, uint32_t slots, uint32_t when_full) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, tag);
    options.slots = slots;
    options.slot_bytes = 8192;
    options.when_full = when_full;
    options.full_timeout_ns = 0;
    options.stall_limit_ns = HOUR_NS;
    return create_with(&options);
}

static ferry_status try_claim(ferry_producer *producer, ferry_error *error) {
    ferry_frame_info info = small_info();
    ferry_claim claim;
    return ferry_producer_claim(producer, &info, &claim, error);
}

/* ---- full ---- */

static void test_every_slot_is_used_before_the_channel_is_full(void **state) {
    (void)state;
    static const uint32_t counts[] = {2, 3, 8, 64};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        ferry_producer *producer = open_producer("full", counts[i], FERRY_WHEN_FULL_WAIT);
        ferry_consumer *consumer = open_every(name);
        ferry_error error = {0};
        uint64_t sent = counts[i];
        send_up_to(producer, sent);
        assert_int_equal(try_claim(producer, &error), FERRY_TIMEOUT);
        assert_non_null(strstr(error.message, name));
        for (uint64_t number = 1; number <= 100; number++) {
            ferry_frame frame;
            take_number(consumer, number, &frame);
            /* Taken is not yet given back. */
            assert_int_equal(send_next(producer), FERRY_TIMEOUT);
            assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
            send_up_to(producer, ++sent);
            assert_int_equal(send_next(producer), FERRY_TIMEOUT);
        }
        assert_int_equal(dropped_by(producer), 0);
        assert_counts(consumer, 1, 100, 0, counts[i]);
        close_both(&producer, &consumer);
    }
}

static void test_drops_are_counted_where_both_can_read_it(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("drops", 3, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_every(name);
    ferry_consumer_counters counters;
    ferry_frame frame;
    ferry_error error = {0};
    send_up_to(producer, 3);
    for (uint64_t drops = 1; drops <= 5; drops++) {
        assert_int_equal(try_claim(producer, &error), FERRY_FULL);
        assert_true(error.status == FERRY_FULL && strlen(error.message) > 20);
        assert_int_equal(dropped_by(producer), drops);
        ferry_consumer_get_counters(consumer, &counters);
        assert_int_equal(counters.dropped, drops);
    }
    ferry_producer_drop(producer);
    for (uint64_t number = 1; number <= 4; number++) {
        if (number == 2)
            send_up_to(producer, 4);
        take_number(consumer, number, &frame);
        assert_int_equal(frame.info.dropped, number < 4 ? 0 : 6);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    }
    assert_counts(consumer, 1, 4, 0, 0); /* a drop has no number: nothing was skipped */
    close_both(&producer, &consumer);
}

/* ---- latest ---- */

static void test_latest_is_never_in_the_way(void **state) {
    (void)state;
    enum { CONSUMERS = 3 };
    for (uint32_t slots = 2; slots <= 12; slots++) {
        ferry_producer *producer = open_producer("latest", slots, FERRY_WHEN_FULL_DROP);
        ferry_consumer *consumers[CONSUMERS];
        ferry_frame frames[FERRY_MAX_SLOTS];
        uint64_t number = 0;
        for (int i = 0; i < CONSUMERS; i++)
            consumers[i] = open_latest(name);
        uint32_t limit = consumers[0]->hold_limit, most = CONSUMERS * limit, held = 0;
        for (; held < most && slots >= 2 + held; held++) {
            send_up_to(producer, number + 100); /* slots >= 2 + held */
            number += 100;
            take_number(consumers[held / limit], number, &frames[held]);
        }
        ferry_status expected = slots >= 2 + held ? FERRY_OK : FERRY_FULL;
        /* One more than that: the newest frame, and one in a hand for each other slot. */
        if (expected == FERRY_FULL) {
            assert_int_equal(held, slots - 1);
            send_up_to(producer, ++number);
        }
        assert_int_equal(send_next(producer), expected);
        assert_int_equal(dropped_by(producer), expected == FERRY_FULL);
        for (uint32_t i = 0; i < held; i++)
            assert_int_equal(ferry_consumer_release(consumers[i / limit], &frames[i]), FERRY_OK);
        assert_int_equal(send_next(producer), FERRY_OK);
        for (int i = 0; i < CONSUMERS; i++) {
            assert_sums_hold(consumers[i]);
            ferry_consumer_close(&consumers[i]);
        }
        ferry_producer_close(&producer);
        assert_nothing_left();
    }
}

/* ---- the dead ---- */

/* What is left of a consumer whose process has died: its lease is free. */
static void die(ferry_consumer **consumer) {
    ferryi_leases_close(&(*consumer)->leases);
    (*consumer)->record = NULL; /* the dead do not clear away after themselves */
    ferry_consumer_close(consumer);
}

/* One in the way has died, and another one that lives still is: the call ends as it has to. */
static void test_clearing_away_the_dead_does_not_prolong_a_call(void **state) {
    (void)state;
    static const struct {
        uint32_t when_full;
        int64_t timeout_ns;
        ferry_status status;
    } cases[] = {{FERRY_WHEN_FULL_DROP, FERRY_FOREVER, FERRY_FULL},
                 {FERRY_WHEN_FULL_WAIT, 0, FERRY_TIMEOUT},
                 {FERRY_WHEN_FULL_WAIT, 20000000, FERRY_TIMEOUT}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_producer *producer = open_producer("dead", 3, cases[i].when_full);
        ferry_consumer *dying = open_every(name), *alive = open_every(name);
        ferry_producer_counters counters;
        rescue r;
        producer->full_timeout_ns = cases[i].timeout_ns;
        send_up_to(producer, 3);
        die(&dying);
        producer->looked_ns = 0; /* no look within the last slice */
        rescue_start(&r, producer);
        ferry_status status = try_claim(producer, NULL);
        rescue_end(&r);
        assert_int_equal(status, cases[i].status);
        ferry_producer_get_counters(producer, &counters);
        assert_int_equal(counters.reclaimed, 1);
        for (uint64_t number = 1; number <= 3; number++)
            take_and_release(alive, number);
        assert_int_equal(send_next(producer), FERRY_OK);
        close_both(&producer, &alive);
    }
}

/* ---- standing still ---- */

/* The channel is full, and the producer looks who is in the way. */
static void find_full(ferry_producer *producer) {
    producer->looked_ns = 0; /* no look within the last slice */
    assert_int_equal(send_next(producer), FERRY_FULL);
}

/* As if a consumer had stood where the producer found it for that long. */
static void let_pass(ferry_producer *producer, int64_t ns) {
    for (int i = 0; i < FERRY_MAX_CONSUMERS; i++)
        if (producer->stall[i].since_ns != 0)
            producer->stall[i].since_ns -= (uint64_t)ns;
    producer->looked_ns = 0;
}

static uint64_t evicted_by(ferry_producer *producer) {
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    return counters.evicted;
}

static void assert_evicted(ferry_consumer *consumer) {
    ferry_consumer_counters counters;
    ferry_frame frame;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error = {0};
    assert_int_equal(ferry_consumer_acquire(consumer, FERRY_FOREVER, &frame, &error),
                     FERRY_EVICTED);
    assert_true(error.status == FERRY_EVICTED && strlen(error.message) > 20);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_EVICTED);
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_EVICTED);
    ferry_consumer_get_counters(consumer, &counters);
    assert_int_equal(counters.evicted, 1);
    assert_sums_hold(consumer);
}

static void test_who_stands_still_is_evicted(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("stall", 4, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_every(name);
    ferry_consumer_info list[2];
    ferry_frame in_hand;
    send_up_to(producer, 4);
    take_number(consumer, 1, &in_hand);
    find_full(producer);
    let_pass(producer, HOUR_NS - FERRY_SECOND_NS * 60);
    assert_int_equal(send_next(producer), FERRY_FULL);
    assert_int_equal(evicted_by(producer), 0);
    let_pass(producer, FERRY_SECOND_NS * 60);
    assert_int_equal(send_next(producer), FERRY_OK);
    assert_int_equal(evicted_by(producer), 1);
    /* It is not waited for again, and what is in its hand stays. */
    send_up_to(producer, 100);
    assert_int_equal(ferry_producer_list_consumers(producer, list, 2), 1);
    assert_true(list[0].evicted == 1 && list[0].held == 1);
    assert_evicted(consumer);
    assert_true(is_painted(in_hand.pixels, 1));
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT); /* held, though */
    assert_int_equal(ferry_consumer_release(consumer, &in_hand), FERRY_OK);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_OK);
    assert_counts(consumer, 1, 1, 0, 99);
    assert_int_equal(evicted_by(producer), 1);

    /* Its place is as good as new. */
    uint32_t index = consumer->index;
    ferry_consumer_close(&consumer);
    consumer = open_every(name);
    assert_int_equal(consumer->index, index);
    for (uint64_t number = 101; number <= 110; number++) {
        send_up_to(producer, number);
        take_and_release(consumer, number);
    }
    assert_int_equal(ferry_producer_list_consumers(producer, list, 2), 1);
    assert_int_equal(list[0].evicted, 0);
    send_up_to(producer, 114);
    find_full(producer); /* waited for as any other */
    let_pass(producer, HOUR_NS);
    send_up_to(producer, 115);
    assert_int_equal(evicted_by(producer), 2);
    assert_evicted(consumer);
    close_both(&producer, &consumer);
}

static void test_who_moves_is_not_evicted(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("moves", 3, FERRY_WHEN_FULL_DROP);
    ferry_consumer *slow = open_every(name), *quick = open_every(name), *still = open_every(name);
    uint64_t head = 3;
    send_up_to(producer, head);
    for (uint64_t number = 1; number <= 20; number++, head++) {
        while (quick->last < head)
            take_and_release(quick, quick->last + 1);
        find_full(producer);
        take_and_release(slow, number);
        let_pass(producer, HOUR_NS);
        /* Whoever did not move is evicted, and nobody else. */
        assert_int_equal(send_next(producer), FERRY_OK);
        assert_int_equal(evicted_by(producer), 1);
    }
    assert_evicted(still);
    for (uint64_t number = 21; number <= head; number++)
        take_and_release(slow, number);
    ferry_consumer_close(&still);
    ferry_consumer_close(&quick);
    close_both(&producer, &slow);
}

/* The frame that it still wants is the newest one, which would not be overwritten anyway: evicting
 * it would make no room. */
static void test_who_is_not_in_the_way_is_not_evicted(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("aside", 2, FERRY_WHEN_FULL_DROP);
    ferry_consumer *every = open_every(name), *holder = open_latest(name);
    ferry_frame frame;
    send_up_to(producer, 1);
    take_number(holder, 1, &frame);
    take_and_release(every, 1);
    send_up_to(producer, 2);
    find_full(producer);
    let_pass(producer, HOUR_NS);
    assert_int_equal(send_next(producer), FERRY_FULL);
    assert_int_equal(evicted_by(producer), 0);
    take_and_release(every, 2);
    assert_int_equal(ferry_consumer_release(holder, &frame), FERRY_OK);
    ferry_consumer_close(&holder);
    close_both(&producer, &every);
}

/* The limit on the clock, with a producer that waits and consumers that never come back. */
static void test_a_waiting_producer_evicts(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("waits", 3, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *one = open_every(name), *two = open_every(name), *latest = open_latest(name);
    ferry_frame frame;
    rescue r;
    producer->full_timeout_ns = FERRY_FOREVER;
    producer->stall_limit_ns = 150000000;
    send_up_to(producer, 3);
    take_number(latest, 3, &frame);
    rescue_start(&r, producer);
    ferry_status status = send_next(producer);
    rescue_end(&r);
    assert_int_equal(status, FERRY_OK);
    assert_int_equal(evicted_by(producer), 2); /* a latest consumer never is */
    assert_evicted(one);
    assert_evicted(two);
    assert_int_equal(ferry_consumer_release(latest, &frame), FERRY_OK);
    take_and_release(latest, 4);
    ferry_consumer_close(&one);
    ferry_consumer_close(&two);
    close_both(&producer, &latest);
}

/* ---- hostile ---- */

/* A peer that may write the consumers object clears somebody's holds. */
static void clear_holds(const ferry_consumer *victim) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    assert_int_equal(
        ferryi_shm_open(&shm, victim->names.consumers, FERRYI_SHM_WRITE, FERRYI_NOT_SHARED, NULL),
        FERRY_OK);
    ferryi_record *record = &ferryi_consumers_at(&shm)->record[victim->index];
    assert_true(atomic_load(&record->held) != 0);
    atomic_store(&record->held, 0);
    ferryi_shm_close(&shm);
}

static void test_an_overrun_is_told(void **state) {
    (void)state;
    for (uint32_t delivery = FERRY_DELIVERY_LATEST; delivery <= FERRY_DELIVERY_EVERY; delivery++) {
        ferry_producer *producer = open_producer("overrun", 4, FERRY_WHEN_FULL_DROP);
        ferry_consumer *consumer = make_consumer(name, delivery, NULL);
        ferry_consumer_counters counters;
        ferry_frame robbed, spared;
        ferry_frame_info info = small_info();
        ferry_claim third;
        send_up_to(producer, 1);
        take_number(consumer, 1, &robbed);
        clear_holds(consumer);
        send_up_to(producer, 2);
        take_number(consumer, 2, &spared);
        assert_int_equal(ferry_producer_claim(producer, &info, &third, NULL), FERRY_OK);
        send_up_to(producer, 3); /* with the third slot taken, into that of frame 1 */
        ferry_producer_abort(producer, &third);
        assert_int_equal(ferry_consumer_release(consumer, &robbed), FERRY_OVERRUN);
        assert_counts(consumer, 1, 1, 1, 1);
        assert_int_equal(ferry_consumer_release(consumer, &robbed), FERRY_INVALID_ARGUMENT);
        assert_int_equal(ferry_consumer_release(consumer, &spared), FERRY_OK);
        ferry_consumer_get_counters(consumer, &counters);
        assert_true(counters.overrun == 1 && counters.held == 0);
        take_and_release(consumer, 3);
        assert_counts(consumer, 1, 2, 1, 0);
        /* Robbed, but not overwritten yet: what was read is whole. */
        send_up_to(producer, 4);
        take_number(consumer, 4, &robbed);
        clear_holds(consumer);
        assert_int_equal(ferry_consumer_release(consumer, &robbed), FERRY_OK);
        assert_counts(consumer, 1, 3, 1, 0);
        close_both(&producer, &consumer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_every_slot_is_used_before_the_channel_is_full, clean_up),
        cmocka_unit_test_teardown(test_drops_are_counted_where_both_can_read_it, clean_up),
        cmocka_unit_test_teardown(test_latest_is_never_in_the_way, clean_up),
        cmocka_unit_test_teardown(test_clearing_away_the_dead_does_not_prolong_a_call, clean_up),
        cmocka_unit_test_teardown(test_who_stands_still_is_evicted, clean_up),
        cmocka_unit_test_teardown(test_who_moves_is_not_evicted, clean_up),
        cmocka_unit_test_teardown(test_who_is_not_in_the_way_is_not_evicted, clean_up),
        cmocka_unit_test_teardown(test_a_waiting_producer_evicts, clean_up),
        cmocka_unit_test_teardown(test_an_overrun_is_told, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
