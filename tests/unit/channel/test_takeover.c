/* One producer after another, and several at once: who has the name, and what is left behind. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>

#include <frameferry/clock.h>

#include "channel/consumers.h"
#include "channel/names.h"
#include "channel/objects.h"
#include "channel/undertaker.h"
#include "process_support.h"

/* Makes a channel when told 'c' (answer: 'w' won, 'b' busy), sends a frame when told 's' and ends
 * when told 'e'; else waits to be killed. */
static void produce(const void *argument) {
    ferry_producer *producer = NULL;
    for (;;) {
        ferry_status status = FERRY_OK;
        switch (child_hear()) {
        case 'c':
            producer = make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, &status);
            CHILD_CHECK(status == FERRY_OK || status == FERRY_BUSY);
            child_say(status == FERRY_OK ? 'w' : 'b');
            break;
        case 's':
            CHILD_CHECK(send_next(producer) == FERRY_OK);
            child_say('s');
            break;
        default: ferry_producer_close(&producer); child_say('e');
        }
    }
}

static child *start_producer(const char *name, int frames) {
    child *producer = start_child(produce, name);
    tell_child(producer, 'c');
    assert_int_equal(hear(producer), 'w');
    for (int i = 0; i < frames; i++) {
        tell_child(producer, 's');
        assert_int_equal(hear(producer), 's');
    }
    return producer;
}

static uint64_t generation_of(ferry_consumer *consumer) {
    ferry_channel_info info;
    ferry_consumer_get_channel(consumer, &info);
    return info.generation;
}

static void assert_lost(ferry_consumer *consumer) {
    ferry_frame frame;
    ferry_error error = {0};
    uint64_t start_ns = ferry_clock_ns();
    assert_int_equal(ferry_consumer_acquire(consumer, STUCK_NS, &frame, &error),
                     FERRY_PRODUCER_LOST);
    assert_true(ferry_clock_ns() - start_ns < NOTICED_NS);
    assert_true(strlen(error.message) > 20);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_PRODUCER_LOST);
}

static void assert_no_names(const char *name) {
    ferryi_names names;
    assert_int_equal(ferryi_names_make(&names, name, NULL), FERRY_OK);
    assert_false(shm_exists(names.frames));
    assert_false(shm_exists(names.consumers));
}

/* Those who have left the dead channel have not touched the one that took its place: young, which
 * has been sent 20 frames, and whoever comes now. */
static void leave_the_living_alone(const char *name, ferry_consumer **young,
                                   ferry_producer **producer) {
    ferry_status status;
    ferry_frame frame;
    assert_int_equal(take_next(*young, 0, &frame, &status), 20);
    assert_int_equal(ferry_consumer_release(*young, &frame), FERRY_OK);
    ferry_consumer *late = make_consumer(name, FERRY_DELIVERY_EVERY, &status);
    assert_int_equal(status, FERRY_OK);
    assert_true(generation_of(late) == generation_of(*young));
    ferry_producer_close(producer);
    ferry_consumer_close(&late);
    ferry_consumer_close(young);
    assert_nothing_left();
}

static void test_a_dead_producer_is_replaced(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_status status;
    ferry_frame in_hand, frame;
    child *dead = start_child(produce, own_name(name, "replaced"));
    tell_child(dead, 'c');
    assert_int_equal(hear(dead), 'w');
    ferry_consumer *every = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
    ferry_consumer *latest = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    for (int i = 0; i < 2; i++) {
        tell_child(dead, 's');
        assert_int_equal(hear(dead), 's');
    }
    assert_int_equal(take_next(every, STUCK_NS, &in_hand, &status), 1);
    kill_child(dead);

    ferry_producer *producer = make_producer(name, 4, FERRY_WHEN_FULL_WAIT, &status);
    assert_int_equal(status, FERRY_OK);
    ferry_consumer *young = make_consumer(name, FERRY_DELIVERY_LATEST, &status);
    assert_int_equal(status, FERRY_OK);
    for (int i = 0; i < 20; i++)
        assert_int_equal(send_next(producer), FERRY_OK);
    /* What the dead one had published is still there, and then comes the end. */
    assert_int_equal(take_next(every, 0, &frame, &status), 2);
    assert_int_equal(ferry_consumer_release(every, &frame), FERRY_OK);
    assert_int_equal(take_next(latest, 0, &frame, &status), 2);
    assert_lost(every);
    assert_lost(latest);
    assert_true(is_painted(in_hand.pixels, 1));
    assert_int_equal(ferry_consumer_release(every, &in_hand), FERRY_OK);
    assert_true(generation_of(young) != generation_of(every));
    ferry_consumer_close(&every);
    ferry_consumer_close(&latest);
    leave_the_living_alone(name, &young, &producer);
}

static void test_a_living_producer_is_not(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_status status;
    ferry_frame frame;
    ferry_error error = {0};
    child *first = start_producer(own_name(name, "living"), 1);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    ferry_producer *second = (void *)&options;
    assert_int_equal(ferry_producer_create(&second, &options, &error), FERRY_BUSY);
    assert_null(second);
    assert_non_null(strstr(error.message, name));
    options.dialect = FERRY_DIALECT_BASEIMAGE;
    assert_int_equal(ferry_producer_create(&second, &options, &error), FERRY_BUSY);
    tell_child(first, 's');
    assert_int_equal(take_next(consumer, STUCK_NS, &frame, &status), 2);
    assert_int_equal(hear(first), 's');
    tell_child(first, 'e');
    assert_int_equal(hear(first), 'e');
    ferry_consumer_close(&consumer);
    kill_child(first);
    assert_nothing_left();
}

/* Whether the channel is the one and only: it has both names, one generation, one producer. */
static uint64_t look_at_channel(const char *name) {
    ferry_status status;
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, &status);
    assert_int_equal(status, FERRY_OK);
    uint64_t generation = generation_of(consumer);
    ferry_consumer_close(&consumer);
    return generation;
}

/* In every round all try to take the place of the one that won the round before, and was killed. */
static void test_one_of_many_wins(void **state) {
    (void)state;
    enum { RACERS = 4, ROUNDS = 30 };
    char name[NAME_BYTES];
    child *racer[RACERS] = {NULL};
    uint64_t before = 0;
    own_name(name, "race");
    for (int round = 0; round < ROUNDS; round++) {
        int winner = -1;
        for (int i = 0; i < RACERS; i++)
            if (racer[i] == NULL)
                racer[i] = start_child(produce, name);
        for (int i = 0; i < RACERS; i++)
            tell_child(racer[i], 'c');
        for (int i = 0; i < RACERS; i++) {
            char result = hear(racer[i]);
            assert_true(result == 'b' || (result == 'w' && winner < 0));
            if (result == 'w')
                winner = i;
        }
        assert_true(winner >= 0);
        uint64_t generation = look_at_channel(name);
        assert_true(generation != before);
        before = generation;
        /* The winner's own frame arrives: the name is his and no dead one's. */
        tell_child(racer[winner], 's');
        assert_int_equal(hear(racer[winner]), 's');
        assert_int_equal(count_shared(name, false, false), 2);
        kill_child(racer[winner]);
        racer[winner] = NULL;
    }
    ferry_producer *last = make_producer(name, 4, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(last);
    ferry_producer_close(&last);
    assert_nothing_left();
}

/* Clears away what the dead left, without end. */
static void keep_burying(const void *argument) {
    ferryi_names names;
    CHILD_CHECK(ferryi_names_make(&names, argument, NULL) == FERRY_OK);
    child_say('r');
    while (!child_is_told())
        ferryi_undertaker_bury(&names, FERRYI_NOT_SHARED, NULL, NULL);
}

/* Who clears away the dead never takes a name from the living, however quickly they follow. A
 * producer "dies" here by letting go of its leases and leaving its names, as the system does it. */
static void test_only_the_dead_are_buried(void **state) {
    (void)state;
    /* Where they take turns on a busy machine, every round takes its time: then fewer have to do.
     */
    enum { BURIERS = 3, ROUNDS = 400, FEWEST_ROUNDS = 40, LOOKS = 3 };
    uint64_t enough_ns = ferry_clock_ns() + 20 * (uint64_t)FERRY_SECOND_NS;
    char name[NAME_BYTES];
    child *burier[BURIERS];
    static atomic_bool lost;
    static ferryi_objects objects;
    own_name(name, "buried");
    for (int i = 0; i < BURIERS; i++) {
        burier[i] = start_child(keep_burying, name);
        assert_int_equal(hear(burier[i]), 'r');
    }
    for (int round = 0; round < ROUNDS; round++) {
        if (round >= FEWEST_ROUNDS && ferry_clock_ns() > enough_ns)
            break;
        objects = (ferryi_objects){.lost = &lost};
        assert_int_equal(ferryi_names_make(&objects.names, name, NULL), FERRY_OK);
        assert_int_equal(ferryi_geometry_make(&objects.geometry, 2, 4096, NULL), FERRY_OK);
        ferry_status status = ferryi_objects_make(&objects, NULL);
        if (status == FERRY_BUSY || (NAMES_GO_WITH_USERS && status == FERRY_FOREIGN))
            continue; /* one of those who bury was in the way each time */
        assert_int_equal(status, FERRY_OK);
        for (int i = 0; i < LOOKS; i++) {
            assert_true(ferryi_shm_has_name(&objects.frames));
            assert_true(ferryi_shm_has_name(&objects.consumers));
            sched_yield();
        }
        ferryi_objects_abandon(&objects);
    }
    for (int i = 0; i < BURIERS; i++) {
        tell_child(burier[i], 'e');
        assert_child_succeeds(burier[i]);
    }
    ferryi_names names;
    assert_int_equal(ferryi_names_make(&names, name, NULL), FERRY_OK);
    assert_int_equal(ferryi_undertaker_bury(&names, FERRYI_NOT_SHARED, NULL, NULL), FERRY_OK);
    assert_nothing_left();
}

/* A producer that was killed between naming the consumers object and the frames object. */
static void test_half_a_channel_hinders_nobody(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_names names;
    ferry_status status;
    assert_int_equal(ferryi_names_make(&names, own_name(name, "half"), NULL), FERRY_OK);
    ferryi_shm shm = FERRYI_SHM_INIT;
    static ferryi_leases lease = FERRYI_LEASES_INIT;
    assert_int_equal(ferryi_shm_create(&shm, names.consumers, ferryi_consumers_bytes(), NULL),
                     FERRY_OK);
    assert_int_equal(ferryi_shm_reserve(&shm, 0, shm.size_bytes, NULL), FERRY_OK);
    ferryi_consumers_write(&shm, 1234);
    shm.key = 1234;
    assert_int_equal(ferryi_leases_open(&lease, &shm, NULL), FERRY_OK);
    assert_true(ferryi_lease_take(&lease, FERRYI_LEASE_PRODUCER));
    assert_int_equal(ferryi_shm_publish(&shm, FERRYI_NOT_SHARED, 0, NULL), FERRY_OK);

    /* While it lives it is on its way, and nobody comes between. */
    make_consumer(name, FERRY_DELIVERY_EVERY, &status);
    assert_int_equal(status, FERRY_NO_PRODUCER);
    make_producer(name, 4, FERRY_WHEN_FULL_WAIT, &status);
    assert_int_equal(status, FERRY_BUSY);
    assert_true(ferryi_shm_has_name(&shm));
    ferryi_leases_close(&lease);
    ferryi_shm_close(&shm);

    make_consumer(name, FERRY_DELIVERY_EVERY, &status);
    assert_int_equal(status, FERRY_NO_PRODUCER);
    ferry_producer *producer = make_producer(name, 4, FERRY_WHEN_FULL_WAIT, &status);
    assert_int_equal(status, FERRY_OK);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, &status);
    assert_int_equal(status, FERRY_OK);
    ferry_producer_close(&producer);
    ferry_consumer_close(&consumer);
    assert_nothing_left();
}

/* One that was killed between the two on the way out: the frames object is gone. */
static void test_the_other_half_neither(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_names names;
    ferry_status status;
    assert_int_equal(ferryi_names_make(&names, own_name(name, "rest"), NULL), FERRY_OK);
    static const bool frames_left[] = {false, true};
    for (int i = 0; i < 2; i++) {
        kill_child(start_producer(name, 1));
        ferryi_shm removed = FERRYI_SHM_INIT;
        removed.name = frames_left[i] ? names.consumers : names.frames;
        ferryi_shm_remove_name(&removed);
        make_consumer(name, FERRY_DELIVERY_LATEST, &status);
        assert_int_equal(status, FERRY_NO_PRODUCER);
        ferry_producer *producer = make_producer(name, 4, FERRY_WHEN_FULL_WAIT, &status);
        assert_int_equal(status, FERRY_OK);
        ferry_producer_close(&producer);
        assert_no_names(name);
    }
    assert_nothing_left();
}

static void test_who_leaves_the_dead_removes_their_names(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_status status;
    ferry_frame frame;
    child *dead = start_producer(own_name(name, "bury"), 1);
    ferry_consumer *one = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    ferry_consumer *two = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    assert_non_null(one);
    assert_int_equal(take_next(two, 0, &frame, &status), 1);
    kill_child(dead);
    ferry_consumer_close(&one);
    assert_true(is_painted(frame.pixels, 1));
    assert_int_equal(ferry_consumer_release(two, &frame), FERRY_OK);
    assert_lost(two);
    ferry_consumer_close(&two);
    assert_no_names(name);
    assert_nothing_left();
}

static void test_who_leaves_the_living_does_not(void **state) {
    (void)state;
    char name[NAME_BYTES];
    child *producer = start_producer(own_name(name, "stay"), 1);
    for (int i = 0; i < 3; i++) {
        ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
        assert_non_null(consumer);
        ferry_consumer_close(&consumer);
    }
    tell_child(producer, 'e');
    assert_int_equal(hear(producer), 'e');
    kill_child(producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_dead_producer_is_replaced, clean_up),
        cmocka_unit_test_teardown(test_a_living_producer_is_not, clean_up),
        cmocka_unit_test_teardown(test_one_of_many_wins, clean_up),
        cmocka_unit_test_teardown(test_only_the_dead_are_buried, clean_up),
        cmocka_unit_test_teardown(test_half_a_channel_hinders_nobody, clean_up),
        cmocka_unit_test_teardown(test_the_other_half_neither, clean_up),
        cmocka_unit_test_teardown(test_who_leaves_the_dead_removes_their_names, clean_up),
        cmocka_unit_test_teardown(test_who_leaves_the_living_does_not, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
