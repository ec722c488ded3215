/* Leaving a stream with frames in hand: the producer goes on, and the frames stay whole. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"

static char name[NAME_BYTES];

static const ferryi_record *record_of(const ferry_producer *producer) {
    return &producer->consumers->record[0];
}

static void assert_at_rest(const ferry_producer *producer) {
    const ferryi_record *record = record_of(producer);
    assert_int_equal(record->state, FERRYI_RECORD_FREE);
    assert_int_equal(record->held, 0);
    assert_int_equal(record->next, FERRYI_NEXT_NONE);
    assert_false(ferryi_lease_is_held(&producer->objects.consumers, 0));
}

static void test_the_producer_goes_on(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "goeson", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    send_up_to(producer, 2);
    ferry_frame frame;
    take_number(consumer, 1, &frame);
    assert_int_equal(ferry_consumer_leave(consumer, NULL), FERRY_OK);
    rescue r;
    rescue_start(&r, producer);
    send_up_to(producer, 1002);
    rescue_end(&r);
    assert_true(is_painted(frame.pixels, 1));
    assert_int_equal(record_of(producer)->state, FERRYI_RECORD_LEFT);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    assert_at_rest(producer);
    close_both(&producer, &consumer);
}

static void test_what_calls_answer_after_leaving(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "calls", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    send_up_to(producer, 3);
    ferry_frame frame, held;
    ferry_image image = FERRY_IMAGE_INIT;
    take_number(consumer, 1, &held);
    take_number(consumer, 2, &frame);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ferry_consumer_leave(consumer, NULL), FERRY_OK);
    ferry_error error = {0};
    ferry_frame none;
    assert_int_equal(ferry_consumer_acquire(consumer, FERRY_FOREVER, &none, &error),
                     FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    assert_int_equal(ferry_consumer_acquire_early(consumer, FERRY_FOREVER, &none, NULL),
                     FERRY_NO_PRODUCER);
    assert_int_equal(ferry_consumer_copy(consumer, FERRY_FOREVER, &image, NULL), FERRY_NO_PRODUCER);
    /* A frame in hand is still one. */
    assert_int_equal(ferry_consumer_wait_filled(consumer, &held, FERRY_WHOLE, 0, NULL, NULL),
                     FERRY_OK);
    assert_int_equal(ferry_consumer_copy_held(consumer, &held, &image, NULL), FERRY_OK);
    assert_true(is_painted(image.pixels, 1));
    assert_int_equal(image.generation, producer->objects.generation);
    /* The producer does not count it, and drain waits for what it holds. */
    assert_int_equal(ferry_producer_wait_consumer(producer, 0), FERRY_TIMEOUT);
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 0);
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.consumers, 0);
    assert_int_equal(ferry_producer_wait_received(producer, 0), FERRY_OK);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT);
    send_up_to(producer, 4);
    assert_counts(consumer, 1, 2, 0, 2);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_OK);
    assert_at_rest(producer);
    ferry_image_free(&image);
    close_both(&producer, &consumer);
}

static void test_without_frames_the_record_goes_at_once(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "atonce", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    assert_int_equal(ferry_consumer_leave(consumer, NULL), FERRY_OK);
    assert_at_rest(producer);
    /* Its record is another's now, and closing leaves that alone. */
    ferry_consumer *other = open_every(name);
    assert_ptr_equal(other->record - other->registry->record, 0);
    ferry_consumer_close(&consumer);
    assert_int_equal(record_of(producer)->state, FERRYI_RECORD_TAKEN);
    send_up_to(producer, 1);
    take_and_release(other, 1);
    close_both(&producer, &other);
}

static void test_closing_gives_the_rest_back(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "close", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    send_up_to(producer, 1);
    ferry_frame frame;
    take_number(consumer, 1, &frame);
    assert_int_equal(ferry_consumer_leave(consumer, NULL), FERRY_OK);
    ferry_consumer_close(&consumer);
    assert_at_rest(producer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* A sleeping claim goes on when the one in its way leaves. */
static void *leave_when_asleep(void *argument) {
    ferry_consumer *consumer = argument;
    wait_until_asleep(&consumer->registry->producer_event);
    ferry_consumer_leave(consumer, NULL);
    return NULL;
}

static void test_leaving_wakes_the_producer(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "wakes", 3, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    send_up_to(producer, 3);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, leave_when_asleep, consumer), 0);
    rescue r;
    rescue_start(&r, producer);
    send_up_to(producer, 4);
    rescue_end(&r);
    pthread_join(thread, NULL);
    close_both(&producer, &consumer);
}

static void test_slots_of_the_left_count(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "scarce", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *left = open_every(name), *other = open_latest(name);
    send_up_to(producer, 3);
    ferry_frame frames[2], third;
    take_number(left, 1, &frames[0]);
    take_number(left, 2, &frames[1]);
    assert_int_equal(ferry_consumer_leave(left, NULL), FERRY_OK);
    assert_false(ferry_consumer_slots_are_scarce(other));
    assert_false(ferry_consumer_slots_are_scarce(left));
    take_number(other, 3, &third);
    assert_true(ferry_consumer_slots_are_scarce(other));
    assert_true(ferry_consumer_slots_are_scarce(left));
    for (int i = 0; i < 2; i++)
        assert_int_equal(ferry_consumer_release(left, &frames[i]), FERRY_OK);
    assert_false(ferry_consumer_slots_are_scarce(left));
    assert_int_equal(ferry_consumer_release(other, &third), FERRY_OK);
    ferry_consumer_close(&left);
    close_both(&producer, &other);
}

/* One that follows can only let go. */
static void test_leaving_while_following(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "follow", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = small_info();
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_advance(producer, &claim, 9, NULL), FERRY_OK);
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire_early(consumer, STUCK_NS, &frame, NULL), FERRY_OK);
    assert_int_equal(frame.generation, producer->objects.generation);
    assert_int_equal(ferry_consumer_leave(consumer, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    assert_int_equal(
        ferry_consumer_wait_filled(consumer, &frame, FERRY_WHOLE, STUCK_NS, NULL, NULL),
        FERRY_NO_PRODUCER);
    assert_int_equal(record_of(producer)->next, FERRYI_NEXT_NONE);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_ABANDONED);
    assert_at_rest(producer);
    close_both(&producer, &consumer);
}

/* ---- several threads release the last frames ---- */

enum { HANDS = 6, ROUNDS = 300 };

typedef struct releaser {
    ferry_consumer *consumer;
    ferry_frame frame;
    pthread_barrier_t *start;
    ferry_status status;
} releaser;

static void *release_one(void *argument) {
    releaser *r = argument;
    pthread_barrier_wait(r->start);
    r->status = ferry_consumer_release(r->consumer, &r->frame);
    return NULL;
}

/* Leaving and the releases at once: the record comes to rest just once, and whoever has it next
 * keeps it. The leaver attaches again, which waits for the last of them. */
static void test_releases_beside_leaving(void **state) {
    (void)state;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "beside");
    options.slots = HANDS + 2;
    options.slot_bytes = 8192;
    ferry_producer *producer = create_with(&options);
    ferry_consumer *consumer = open_every(name);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        pthread_barrier_t start;
        releaser hands[HANDS];
        pthread_t threads[HANDS];
        assert_int_equal(pthread_barrier_init(&start, NULL, HANDS + 1), 0);
        for (uint64_t i = 0; i < HANDS; i++) {
            send_up_to(producer, round * HANDS + i + 1);
            hands[i] = (releaser){.consumer = consumer, .start = &start};
            take_number(consumer, round * HANDS + i + 1, &hands[i].frame);
            assert_int_equal(pthread_create(&threads[i], NULL, release_one, &hands[i]), 0);
        }
        pthread_barrier_wait(&start);
        assert_int_equal(ferry_consumer_leave(consumer, NULL), FERRY_OK);
        ferry_status status;
        while ((status = ferry_consumer_attach(consumer, STUCK_NS, NULL)) == FERRY_TOO_MANY_HELD)
            sched_yield();
        assert_int_equal(status, FERRY_OK);
        for (int i = 0; i < HANDS; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(hands[i].status, FERRY_OK);
        }
        pthread_barrier_destroy(&start);
        assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 1);
        assert_int_equal(consumer->record->held, 0);
    }
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.reclaimed, 0);
    close_both(&producer, &consumer);
}

/* ---- deaths and lies ---- */

static void leave_and_rest(const void *argument) {
    ferry_consumer *consumer = make_consumer(argument, FERRY_DELIVERY_EVERY, NULL);
    ferry_frame frame;
    ferry_status status;
    child_say('a');
    CHILD_CHECK(take_next(consumer, STUCK_NS, &frame, &status) == 1);
    CHILD_CHECK(ferry_consumer_leave(consumer, NULL) == FERRY_OK);
    child_say('l');
    child_rest();
}

static void test_one_that_left_dies(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "dies", 2, FERRY_WHEN_FULL_WAIT);
    child *who = start_child(leave_and_rest, name);
    assert_int_equal(hear(who), 'a');
    send_up_to(producer, 1);
    assert_int_equal(hear(who), 'l');
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_TIMEOUT);
    kill_child(who);
    rescue r;
    rescue_start(&r, producer);
    send_up_to(producer, 4); /* of two slots one was held */
    rescue_end(&r);
    assert_int_equal(ferry_producer_drain(producer, STUCK_NS), FERRY_OK);
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.reclaimed, 1);
    assert_at_rest(producer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* A record that says it has left, and still wants frames; and states that are none. */
static void test_states_that_cannot_be(void **state) {
    (void)state;
    static const uint32_t states[] = {FERRYI_RECORD_LEFT, 3, UINT32_MAX};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        bool left = states[i] == FERRYI_RECORD_LEFT;
        ferry_producer *producer = open_channel(name, "lies", 4, FERRY_WHEN_FULL_DROP);
        producer->stall_limit_ns = 1;
        ferry_consumer *liar = open_every(name), *honest = open_latest(name);
        atomic_store(&liar->record->next, 1);
        atomic_store(&liar->record->state, states[i]);
        for (int n = 0; n < 100; n++) {
            ferry_status status = send_next(producer);
            assert_true(status == FERRY_OK || (!left && status == FERRY_FULL));
            producer->looked_ns = 0; /* a slice is over */
        }
        ferry_producer_counters counters;
        ferry_producer_get_counters(producer, &counters);
        assert_int_equal(counters.evicted, left ? 0 : 1);
        assert_int_equal(counters.consumers, 1);
        assert_true(counters.published > 50);
        assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 1);
        assert_int_equal(ferry_producer_wait_received(producer, 0), FERRY_OK);
        assert_int_equal(ferry_producer_drain(producer, 0), FERRY_OK);
        /* Its holds count for drain only in a state that may hold. */
        atomic_store(&liar->record->held, UINT64_MAX);
        assert_int_equal(ferry_producer_drain(producer, 0), left ? FERRY_TIMEOUT : FERRY_OK);
        atomic_store(&liar->record->held, 0);
        ferry_frame frame;
        take_number(honest, counters.published, &frame);
        assert_int_equal(ferry_consumer_release(honest, &frame), FERRY_OK);
        ferry_consumer_close(&honest);
        close_both(&producer, &liar);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_producer_goes_on, clean_up),
        cmocka_unit_test_teardown(test_what_calls_answer_after_leaving, clean_up),
        cmocka_unit_test_teardown(test_without_frames_the_record_goes_at_once, clean_up),
        cmocka_unit_test_teardown(test_closing_gives_the_rest_back, clean_up),
        cmocka_unit_test_teardown(test_leaving_wakes_the_producer, clean_up),
        cmocka_unit_test_teardown(test_slots_of_the_left_count, clean_up),
        cmocka_unit_test_teardown(test_leaving_while_following, clean_up),
        cmocka_unit_test_teardown(test_releases_beside_leaving, clean_up),
        cmocka_unit_test_teardown(test_one_that_left_dies, clean_up),
        cmocka_unit_test_teardown(test_states_that_cannot_be, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
