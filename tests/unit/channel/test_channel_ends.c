/* The beginning and the end of a stream, and who comes late to it. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel_support.h"

#define SHORT_NS INT64_C(20000000)

static char name[NAME_BYTES];

/* ---- beginnings ---- */

typedef struct opener {
    int64_t wait_ns;
    ferry_status status;
    ferry_consumer *consumer;
    sem_t begun;
} opener;

static void *open_waiting(void *argument) {
    opener *o = argument;
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.wait_ns = o->wait_ns;
    sem_post(&o->begun);
    o->status = ferry_consumer_open(&o->consumer, &options, NULL);
    return NULL;
}

static void test_open_waits_for_a_producer(void **state) {
    (void)state;
    opener o = {.wait_ns = 0};
    pthread_t thread;
    assert_int_equal(sem_init(&o.begun, 0, 0), 0);
    own_name(name, "open");
    open_waiting(&o);
    assert_int_equal(o.status, FERRY_NO_PRODUCER);
    uint64_t start_ns = ferry_clock_ns();
    o.wait_ns = SHORT_NS;
    open_waiting(&o);
    assert_int_equal(o.status, FERRY_NO_PRODUCER);
    assert_true(ferry_clock_ns() - start_ns >= (uint64_t)SHORT_NS);
    assert_null(o.consumer);
    o.wait_ns = STUCK_NS;
    while (sem_trywait(&o.begun) == 0) {
    }
    assert_int_equal(pthread_create(&thread, NULL, open_waiting, &o), 0);
    sem_wait(&o.begun);
    ferry_producer *producer = make_producer(name, 2, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(producer);
    assert_int_equal(ferry_producer_wait_consumer(producer, STUCK_NS), FERRY_OK);
    pthread_join(thread, NULL);
    assert_int_equal(o.status, FERRY_OK);
    send_up_to(producer, 1);
    take_and_release(o.consumer, 1);
    sem_destroy(&o.begun);
    close_both(&producer, &o.consumer);
}

static void test_who_comes_late(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "late", 4, FERRY_WHEN_FULL_WAIT);
    send_up_to(producer, 10);
    ferry_consumer *latest = open_latest(name), *every = open_every(name);
    assert_counts(latest, 10, 0, 0, 1);
    assert_counts(every, 11, 0, 0, 0);
    take_and_release(latest, 10);
    assert_none_yet(latest);
    assert_none_yet(every);
    send_up_to(producer, 12);
    take_and_release(every, 11);
    take_and_release(latest, 12);
    take_and_release(every, 12);
    assert_counts(latest, 10, 2, 1, 0);
    assert_counts(every, 11, 2, 0, 0);
    ferry_consumer_close(&latest);
    close_both(&producer, &every);
}

/* ---- ends ---- */

static void assert_ended(ferry_consumer *consumer) {
    ferry_frame frame;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error = {0};
    assert_int_equal(ferry_consumer_acquire(consumer, FERRY_FOREVER, &frame, &error),
                     FERRY_END_OF_STREAM);
    assert_true(error.status == FERRY_END_OF_STREAM && strlen(error.message) > 10);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_END_OF_STREAM);
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_END_OF_STREAM);
}

static void test_the_end_of_a_stream(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "end", 8, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *every = open_every(name), *latest = open_latest(name), *idle = open_every(name);
    ferry_frame first;
    send_up_to(producer, 5);
    take_number(every, 1, &first);
    for (uint64_t number = 1; number <= 5; number++)
        take_and_release(idle, number);
    ferry_producer_close(&producer);
    assert_int_equal(count_shared(own_marker(), false, false), 0); /* nobody new can come */
    /* What was published can still be read, and only then is it over. */
    for (uint64_t number = 2; number <= 5; number++)
        take_and_release(every, number);
    take_and_release(latest, 5);
    assert_ended(every);
    assert_ended(latest);
    assert_ended(idle);
    assert_true(is_painted(first.pixels, 1));
    assert_int_equal(ferry_consumer_release(every, &first), FERRY_OK);
    assert_counts(every, 1, 5, 0, 0);
    assert_counts(latest, 1, 1, 4, 0);
    ferry_consumer_close(&latest);
    ferry_consumer_close(&idle);
    close_both(&producer, &every);
}

typedef struct closer {
    ferry_producer *producer;
    _Atomic(uint32_t) *word;
} closer;

static void *close_when_asleep(void *argument) {
    closer *c = argument;
    wait_until_asleep(c->word);
    ferry_producer_close(&c->producer);
    return NULL;
}

static void test_the_end_wakes_who_waits(void **state) {
    (void)state;
    for (uint64_t frames = 0; frames < 3; frames++) {
        ferry_producer *producer = open_channel(name, "wakes", 4, FERRY_WHEN_FULL_WAIT);
        ferry_consumer *consumer = open_every(name);
        send_up_to(producer, frames);
        for (uint64_t number = 1; number <= frames; number++)
            take_and_release(consumer, number);
        closer c = {producer, &consumer->record->event};
        ferry_frame frame;
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, close_when_asleep, &c), 0);
        ferry_status status = ferry_consumer_acquire(consumer, STUCK_NS, &frame, NULL);
        pthread_join(thread, NULL);
        assert_int_equal(status, FERRY_END_OF_STREAM);
        close_both(&c.producer, &consumer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_open_waits_for_a_producer, clean_up),
        cmocka_unit_test_teardown(test_who_comes_late, clean_up),
        cmocka_unit_test_teardown(test_the_end_of_a_stream, clean_up),
        cmocka_unit_test_teardown(test_the_end_wakes_who_waits, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
