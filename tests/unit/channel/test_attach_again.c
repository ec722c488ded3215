/* A handle that attaches to one producer after another. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"
#include "platform/pollable.h"

static char name[NAME_BYTES];

static ferry_consumer *new_with(const char *tag, uint32_t delivery) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = own_name(name, tag);
    options.delivery = delivery;
    ferry_consumer *consumer = NULL;
    assert_int_equal(ferry_consumer_new(&consumer, &options, NULL), FERRY_OK);
    return consumer;
}

static ferry_producer *make(void) {
    ferry_producer *producer = make_producer(name, 4, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(producer);
    return producer;
}

static void assert_nothing_counted(ferry_consumer *consumer) {
    static const ferry_consumer_counters none;
    static const ferry_channel_info nowhere;
    ferry_consumer_counters counters;
    ferry_channel_info channel;
    ferry_consumer_get_counters(consumer, &counters);
    ferry_consumer_get_channel(consumer, &channel);
    assert_memory_equal(&counters, &none, sizeof none);
    assert_memory_equal(&channel, &nowhere, sizeof nowhere);
}

static void test_a_new_handle_answers_at_once(void **state) {
    (void)state;
    ferry_consumer *consumer = new_with("new", FERRY_DELIVERY_EVERY);
    ferry_error error = {0};
    ferry_frame frame = FERRY_FRAME_INIT;
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_consumer_acquire(consumer, FERRY_FOREVER, &frame, &error),
                     FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    assert_int_equal(ferry_consumer_acquire_early(consumer, FERRY_FOREVER, &frame, NULL),
                     FERRY_NO_PRODUCER);
    assert_int_equal(ferry_consumer_copy(consumer, FERRY_FOREVER, &image, &error),
                     FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_INVALID_ARGUMENT);
    assert_false(ferry_consumer_slots_are_scarce(consumer));
    assert_nothing_counted(consumer);
    assert_int_equal(ferry_consumer_leave(consumer, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_attach(consumer, 0, &error), FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    ferry_consumer_close(&consumer);
    assert_nothing_left();
}

/* The options that ferry_consumer_open refuses, ferry_consumer_new refuses too. */
static void test_options_of_a_new_handle(void **state) {
    (void)state;
    ferry_consumer *consumer = (ferry_consumer *)&name;
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = ".no";
    assert_int_equal(ferry_consumer_new(&consumer, &options, NULL), FERRY_BAD_NAME);
    assert_null(consumer);
    options.name = "x";
    options.delivery = 7;
    assert_int_equal(ferry_consumer_new(&consumer, &options, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_consumer_new(&consumer, NULL, NULL), FERRY_OK);
    ferry_consumer_close(&consumer);
}

static uint64_t take_generation(ferry_consumer *consumer, uint64_t number) {
    ferry_frame frame;
    take_number(consumer, number, &frame);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    return frame.generation;
}

static void test_from_producer_to_producer(void **state) {
    (void)state;
    ferry_consumer *consumer = new_with("next", FERRY_DELIVERY_EVERY);
    uint64_t before = 0;
    for (int i = 0; i < 3; i++) {
        ferry_producer *producer = make();
        assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_OK);
        assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_OK); /* it is */
        assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 1);
        send_up_to(producer, 3);
        ferry_channel_info channel;
        ferry_consumer_get_channel(consumer, &channel);
        for (uint64_t number = 1; number <= 2; number++)
            assert_int_equal(take_generation(consumer, number), channel.generation);
        assert_int_not_equal(channel.generation, before);
        before = channel.generation;
        assert_counts(consumer, 1, 2, 0, 1);
        ferry_producer_close(&producer);
        /* The stream has ended, and nobody has been told. */
        assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_OK);
        ferry_image image = FERRY_IMAGE_INIT;
        assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_OK);
        assert_int_equal(image.generation, before);
        assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_END_OF_STREAM);
        ferry_image_free(&image);
        assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_NO_PRODUCER);
        assert_nothing_counted(consumer);
    }
    ferry_consumer_close(&consumer);
    assert_nothing_left();
}

static void test_frames_in_hand_keep_it_there(void **state) {
    (void)state;
    ferry_consumer *consumer = new_with("held", FERRY_DELIVERY_LATEST);
    ferry_producer *producer = make();
    assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_OK);
    send_up_to(producer, 1);
    ferry_frame frame, none;
    take_number(consumer, 1, &frame);
    ferry_producer_close(&producer);
    producer = make();
    send_up_to(producer, 1);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &none, NULL), FERRY_END_OF_STREAM);
    ferry_error error = {0};
    assert_int_equal(ferry_consumer_attach(consumer, STUCK_NS, &error), FERRY_TOO_MANY_HELD);
    assert_non_null(strstr(error.message, "1 frame"));
    assert_true(is_painted(frame.pixels, 1));
    assert_counts(consumer, 1, 1, 0, 0);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    assert_int_equal(ferry_consumer_attach(consumer, STUCK_NS, NULL), FERRY_OK);
    take_and_release(consumer, 1);
    close_both(&producer, &consumer);
}

static void test_after_an_eviction_and_leaving(void **state) {
    (void)state;
    ferry_consumer *consumer = new_with("evicted", FERRY_DELIVERY_EVERY);
    ferry_producer *producer = make();
    producer->stall_limit_ns = 1;
    assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_OK);
    send_up_to(producer, 10);
    ferry_frame none;
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &none, NULL), FERRY_EVICTED);
    assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_OK);
    send_up_to(producer, 11);
    assert_int_equal(take_generation(consumer, 11), producer->objects.generation);
    assert_int_equal(ferry_consumer_leave(consumer, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 0);
    assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_OK);
    send_up_to(producer, 12);
    assert_int_equal(take_generation(consumer, 12), producer->objects.generation);
    assert_counts(consumer, 12, 1, 0, 0);
    close_both(&producer, &consumer);
}

static void die_with_a_frame(const void *argument) {
    ferry_producer *producer = make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, NULL);
    child_say('m');
    CHILD_CHECK(ferry_producer_wait_consumer(producer, STUCK_NS) == FERRY_OK);
    CHILD_CHECK(send_next(producer) == FERRY_OK);
    child_say('s');
    child_rest();
}

static void test_after_a_death(void **state) {
    (void)state;
    ferry_consumer *consumer = new_with("death", FERRY_DELIVERY_EVERY);
    child *who = start_child(die_with_a_frame, name);
    assert_int_equal(hear(who), 'm');
    assert_int_equal(ferry_consumer_attach(consumer, STUCK_NS, NULL), FERRY_OK);
    assert_int_equal(hear(who), 's');
    kill_child(who);
    take_and_release(consumer, 1);
    ferry_frame none;
    assert_int_equal(ferry_consumer_acquire(consumer, STUCK_NS, &none, NULL), FERRY_PRODUCER_LOST);
    /* Detaching clears the dead one's names away. */
    assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_NO_PRODUCER);
    assert_nothing_left();
    ferry_producer *producer = make();
    assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_OK);
    close_both(&producer, &consumer);
}

/* Where one slot's object goes from one producer to the next. */
static void test_a_dialect_after_another(void **state) {
    (void)state;
    ferry_consumer *consumer = new_with("dialect", FERRY_DELIVERY_LATEST);
    ferry_image image = FERRY_IMAGE_INIT;
    for (int i = 0; i < 4; i++) {
        ferry_producer *producer = i != 2 ? make_dialect(name) : make();
        assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_OK);
        assert_int_equal(send_next(producer), FERRY_OK);
        assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
        assert_int_equal(image.generation, producer->objects.generation);
        assert_true(is_painted(image.pixels, 1));
        ferry_producer_close(&producer);
        assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL),
                         FERRY_END_OF_STREAM);
        /* A native producer needs the name, and hence the dialect's object unused. */
        assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_NO_PRODUCER);
    }
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
    assert_nothing_left();
}

/* ---- waiting, and being called away ---- */

typedef struct attacher {
    ferry_consumer *consumer;
    ferry_status status;
    sem_t begun;
} attacher;

static void *attach_for_ever(void *argument) {
    attacher *a = argument;
    sem_post(&a->begun);
    a->status = ferry_consumer_attach(a->consumer, FERRY_FOREVER, NULL);
    return NULL;
}

static pthread_t start_attaching(attacher *a, ferry_consumer *consumer) {
    pthread_t thread;
    a->consumer = consumer;
    assert_int_equal(sem_init(&a->begun, 0, 0), 0);
    assert_int_equal(pthread_create(&thread, NULL, attach_for_ever, a), 0);
    sem_wait(&a->begun);
    return thread;
}

static void test_a_wait_is_ended(void **state) {
    (void)state;
    ferry_consumer *consumer = new_with("interrupt", FERRY_DELIVERY_LATEST);
    static void (*const calls[])(ferry_consumer *) = {ferry_consumer_interrupt,
                                                      ferry_consumer_wake};
    static const ferry_status expected[] = {FERRY_INTERRUPTED, FERRY_WOKEN};
    for (int i = 0; i < 2; i++) {
        attacher a;
        pthread_t thread = start_attaching(&a, consumer);
        calls[i](consumer);
        pthread_join(thread, NULL);
        assert_int_equal(a.status, expected[i]);
        sem_destroy(&a.begun);
        /* One that comes before counts for the next call. */
        calls[i](consumer);
        assert_int_equal(ferry_consumer_attach(consumer, FERRY_FOREVER, NULL), expected[i]);
        assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_NO_PRODUCER);
    }
    ferry_consumer_close(&consumer);
}

static void test_a_wait_finds_the_producer(void **state) {
    (void)state;
    ferry_consumer *consumer = new_with("finds", FERRY_DELIVERY_EVERY);
    attacher a;
    pthread_t thread = start_attaching(&a, consumer);
    ferry_producer *producer = make();
    assert_int_equal(ferry_producer_wait_consumer(producer, STUCK_NS), FERRY_OK);
    pthread_join(thread, NULL);
    assert_int_equal(a.status, FERRY_OK);
    sem_destroy(&a.begun);
    send_up_to(producer, 1);
    take_and_release(consumer, 1);
    close_both(&producer, &consumer);
}

/* ---- the pollable ---- */

static bool is_readable(ferry_pollable pollable) {
    const ferryi_pollable p = {.handle = pollable};
    bool was_set = ferryi_pollable_clear(&p);
    if (was_set)
        ferryi_pollable_set(&p);
    return was_set;
}

static void wait_readable(ferry_pollable pollable) {
    const ferryi_pollable p = {.handle = pollable};
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while (!is_readable(pollable) && ferry_clock_ns() < stuck_ns)
        ferryi_pollable_wait(&p, STUCK_NS);
    assert_true(is_readable(pollable));
}

static void test_one_pollable_for_all_producers(void **state) {
    (void)state;
    ferry_consumer *consumer = new_with("pollable", FERRY_DELIVERY_EVERY);
    ferry_pollable pollable, again;
    assert_int_equal(ferry_consumer_get_pollable(consumer, &pollable, NULL), FERRY_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_NO_PRODUCER);
        assert_false(is_readable(pollable));
        ferry_consumer_wake(consumer);
        assert_true(is_readable(pollable));
        assert_int_equal(ferry_consumer_attach(consumer, STUCK_NS, NULL), FERRY_WOKEN);
        assert_false(is_readable(pollable));
        ferry_consumer_interrupt(consumer);
        assert_true(is_readable(pollable));
        ferry_consumer_wake(consumer); /* left for the next call, which a loop has to make */
        assert_int_equal(ferry_consumer_attach(consumer, STUCK_NS, NULL), FERRY_INTERRUPTED);
        assert_true(is_readable(pollable));
        assert_int_equal(ferry_consumer_attach(consumer, STUCK_NS, NULL), FERRY_WOKEN);
        assert_false(is_readable(pollable));
        ferry_producer *producer = make();
        assert_int_equal(ferry_consumer_attach(consumer, 0, NULL), FERRY_OK);
        assert_none_yet(consumer);
        assert_false(is_readable(pollable));
        send_up_to(producer, 1);
        wait_readable(pollable);
        take_and_release(consumer, 1);
        assert_none_yet(consumer);
        if (i == 0) {
            ferry_producer_close(&producer);
            wait_readable(pollable);
            ferry_frame none;
            assert_int_equal(ferry_consumer_acquire(consumer, 0, &none, NULL), FERRY_END_OF_STREAM);
        } else {
            assert_int_equal(ferry_consumer_leave(consumer, NULL), FERRY_OK);
            assert_true(is_readable(pollable));
            ferry_producer_close(&producer);
        }
        assert_int_equal(ferry_consumer_get_pollable(consumer, &again, NULL), FERRY_OK);
        assert_true(again == pollable);
    }
    ferry_consumer_close(&consumer);
}

/* ---- other threads meanwhile ---- */

enum { LIVES = 60 };

typedef struct onlooker {
    ferry_consumer *consumer;
    atomic_bool stop;
    bool sums_fail;
} onlooker;

/* All that any thread may do while another attaches again and again. */
static void *look_on(void *argument) {
    onlooker *o = argument;
    while (!atomic_load(&o->stop)) {
        ferry_consumer_counters c;
        ferry_channel_info channel;
        ferry_frame stale = {.pixels = (const uint8_t *)name, .slot = 1, .info.number = 5};
        ferry_consumer_get_counters(o->consumer, &c);
        ferry_consumer_get_channel(o->consumer, &channel);
        if (c.first != 0 && c.head - c.first + 1 != c.received + c.skipped + c.pending)
            o->sums_fail = true;
        if (channel.slots != 0 && channel.slots != 4)
            o->sums_fail = true;
        ferry_consumer_slots_are_scarce(o->consumer);
        ferry_consumer_wake(o->consumer);
        if (ferry_consumer_release(o->consumer, &stale) != FERRY_INVALID_ARGUMENT)
            o->sums_fail = true;
        sched_yield();
    }
    return NULL;
}

static ferry_status attach_in_spite_of_wakes(ferry_consumer *consumer) {
    ferry_status status;
    while ((status = ferry_consumer_attach(consumer, STUCK_NS, NULL)) == FERRY_WOKEN) {
    }
    return status;
}

static ferry_status acquire_in_spite_of_wakes(ferry_consumer *consumer, ferry_frame *frame) {
    ferry_status status;
    while ((status = ferry_consumer_acquire(consumer, STUCK_NS, frame, NULL)) == FERRY_WOKEN) {
    }
    return status;
}

static void *release_in_a_thread(void *argument) {
    ferry_frame *frame = ((void **)argument)[1];
    ferry_status status = ferry_consumer_release(((void **)argument)[0], frame);
    return status == FERRY_OK ? argument : NULL;
}

static void live_on(ferry_consumer *consumer, bool polls) {
    onlooker o = {.consumer = consumer};
    pthread_t looking;
    if (polls) {
        ferry_pollable pollable;
        assert_int_equal(ferry_consumer_get_pollable(consumer, &pollable, NULL), FERRY_OK);
    }
    assert_int_equal(pthread_create(&looking, NULL, look_on, &o), 0);
    for (int life = 0; life < LIVES; life++) {
        ferry_producer *producer = make();
        assert_int_equal(attach_in_spite_of_wakes(consumer), FERRY_OK);
        send_up_to(producer, 1);
        ferry_frame frame, none;
        assert_int_equal(acquire_in_spite_of_wakes(consumer, &frame), FERRY_OK);
        ferry_producer_close(&producer);
        /* The release may be under way when the next attachment begins. */
        pthread_t releasing;
        void *arguments[] = {consumer, &frame}, *result;
        assert_int_equal(acquire_in_spite_of_wakes(consumer, &none), FERRY_END_OF_STREAM);
        assert_int_equal(pthread_create(&releasing, NULL, release_in_a_thread, arguments), 0);
        ferry_status status;
        while ((status = ferry_consumer_attach(consumer, 0, NULL)) == FERRY_TOO_MANY_HELD)
            sched_yield();
        assert_true(status == FERRY_NO_PRODUCER || status == FERRY_WOKEN);
        pthread_join(releasing, &result);
        assert_non_null(result);
    }
    atomic_store(&o.stop, true);
    pthread_join(looking, NULL);
    assert_false(o.sums_fail);
    ferry_consumer_close(&consumer);
    assert_nothing_left();
}

static void test_others_look_on(void **state) {
    (void)state;
    live_on(new_with("others", FERRY_DELIVERY_EVERY), false);
}

static void test_others_look_on_a_pollable(void **state) {
    (void)state;
    live_on(new_with("polling", FERRY_DELIVERY_EVERY), true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_new_handle_answers_at_once, clean_up),
        cmocka_unit_test_teardown(test_options_of_a_new_handle, clean_up),
        cmocka_unit_test_teardown(test_from_producer_to_producer, clean_up),
        cmocka_unit_test_teardown(test_frames_in_hand_keep_it_there, clean_up),
        cmocka_unit_test_teardown(test_after_an_eviction_and_leaving, clean_up),
        cmocka_unit_test_teardown(test_after_a_death, clean_up),
        cmocka_unit_test_teardown(test_a_dialect_after_another, clean_up),
        cmocka_unit_test_teardown(test_a_wait_is_ended, clean_up),
        cmocka_unit_test_teardown(test_a_wait_finds_the_producer, clean_up),
        cmocka_unit_test_teardown(test_one_pollable_for_all_producers, clean_up),
        cmocka_unit_test_teardown(test_others_look_on, clean_up),
        cmocka_unit_test_teardown(test_others_look_on_a_pollable, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
