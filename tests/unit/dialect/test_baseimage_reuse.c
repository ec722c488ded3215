/* The baseimage dialect: objects that change hands between our producers and programs that know
 * only that layout, and who removes what. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel/geometry.h"
#include "channel/names.h"
#include "plain_peer.h"
#include "process_support.h"

/* Makes the channel when told to, sends a frame for each 's', ends the channel at 'e', or is
 * killed. */
static void produce(const void *argument) {
    child_hear();
    ferry_producer *producer = make_dialect(argument);
    CHILD_CHECK(producer != NULL);
    child_say('r');
    while (child_hear() == 's') {
        CHILD_CHECK(send_next(producer) == FERRY_OK);
        child_say('s');
    }
    ferry_producer_close(&producer);
    child_say('e');
    child_rest();
}

static void make_and_send(const child *producer, unsigned frames) {
    tell_child(producer, 'c');
    assert_int_equal(hear(producer), 'r');
    for (unsigned i = 0; i < frames; i++) {
        tell_child(producer, 's');
        assert_int_equal(hear(producer), 's');
    }
}

static child *start_producer(const char *name, unsigned frames) {
    child *producer = start_child(produce, name);
    make_and_send(producer, frames);
    return producer;
}

static void end_producer(child *producer) {
    tell_child(producer, 'e');
    assert_int_equal(hear(producer), 'e');
    kill_child(producer);
}

static plain_header small_header(void) {
    return (plain_header){PIXELS, WIDTH, HEIGHT, 8};
}

static void send_plainly(const plain_peer *peer, uint64_t number) {
    uint8_t pixels[PIXELS];
    paint(pixels, number);
    peer_send(peer, small_header(), pixels);
}

static void assert_plain_frame(const plain_peer *peer, uint64_t number) {
    plain_header header = peer_header(peer), wanted = small_header();
    assert_true(peer_wait(peer, STUCK_MS / 1000));
    assert_memory_equal(&header, &wanted, sizeof header);
    assert_true(is_painted(peer->base + PEER_HEADER, number));
}

static void assert_copies(ferry_consumer *consumer, uint64_t painted) {
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
    assert_int_equal(image.info.length_bytes, PIXELS);
    assert_true(is_painted(image.pixels, painted));
    ferry_image_free(&image);
}

static void assert_ends(ferry_consumer *consumer, ferry_status with) {
    ferry_image image = FERRY_IMAGE_INIT;
    uint64_t start_ns = ferry_clock_ns();
    assert_int_equal(ferry_consumer_copy(consumer, 3 * NOTICED_NS, &image, NULL), with);
    assert_true(ferry_clock_ns() - start_ns < NOTICED_NS);
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), with);
    ferry_image_free(&image);
}

static struct stat object_of(const char *name) {
    char path[PATH_BYTES];
    struct stat about;
    assert_int_equal(lstat(shm_path(path, name), &about), 0);
    return about;
}

/* Whether a consumer finds the object without anything of ours in it. */
static bool is_bare(const char *name) {
    ferryi_shm shm;
    ferryi_geometry geometry;
    assert_int_equal(ferryi_shm_open(&shm, name, FERRYI_SHM_READ, FERRYI_NOT_SHARED, NULL),
                     FERRY_OK);
    ferry_status status = ferryi_geometry_read(&geometry, &shm, NULL);
    ferryi_shm_close(&shm);
    return status == FERRY_FOREIGN;
}

/* ---- objects that our producers made ---- */

static void test_nobody_else_uses_it(void **state) {
    (void)state;
    char name[NAME_BYTES];
    end_producer(start_producer(own_name(name, "alone"), 2));
    assert_nothing_left();
    child *producer = start_producer(name, 2);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    end_producer(producer);
    assert_copies(consumer, 2);
    assert_ends(consumer, FERRY_END_OF_STREAM);
    ferry_consumer_close(&consumer);
    assert_nothing_left();
    /* The same after a death. */
    producer = start_producer(name, 2);
    consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    kill_child(producer);
    assert_copies(consumer, 2);
    assert_ends(consumer, FERRY_PRODUCER_LOST);
    ferry_consumer_close(&consumer);
    assert_nothing_left();
}

static void test_a_receiver_outlives_producers(void **state) {
    (void)state;
    char name[NAME_BYTES];
    plain_peer peer;
    child *first = start_producer(own_name(name, "outlive"), 0);
    assert_true(peer_open(&peer, name, false));
    struct stat before = object_of(name);
    tell_child(first, 's');
    assert_int_equal(hear(first), 's');
    assert_plain_frame(&peer, 1);
    kill_child(first);

    for (int i = 0; i < 3; i++) {
        child *next = start_producer(name, 1);
        assert_plain_frame(&peer, 1);
        struct stat now = object_of(name);
        assert_true(now.st_ino == before.st_ino && now.st_size == before.st_size);
        if (i == 1) {
            kill_child(next);
            continue;
        }
        end_producer(next);
        assert_int_equal(object_of(name).st_ino, before.st_ino); /* the receiver has it open */
    }
    peer_close(&peer);
    end_producer(start_producer(name, 1));
    assert_nothing_left();
}

/* Reads to the end of the stream, and leaves: at once, or when told to. */
static void read_and_leave(const char *name, bool at_once) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    CHILD_CHECK(consumer != NULL);
    child_say('r');
    while (ferry_consumer_copy(consumer, STUCK_NS, &image, NULL) == FERRY_OK) {
    }
    if (!at_once) {
        child_say('e');
        child_hear();
    }
    ferry_consumer_close(&consumer);
    ferry_image_free(&image);
}

static void leave_when_told(const void *argument) {
    read_and_leave(argument, false);
}

static void leave_at_once(const void *argument) {
    read_and_leave(argument, true);
}

/* Each has the object open while the other looks whether anybody has. */
static void test_the_last_ones_leave_together(void **state) {
    (void)state;
    enum { ROUNDS = 100, LEAVERS = 3 };
    char name[NAME_BYTES];
    own_name(name, "last");
    for (int round = 0; round < ROUNDS; round++) {
        child *producer = start_producer(name, 1), *leaver[LEAVERS];
        for (int i = 0; i < LEAVERS; i++) {
            leaver[i] = start_child(leave_when_told, name);
            assert_int_equal(hear(leaver[i]), 'r');
        }
        end_producer(producer);
        for (int i = 0; i < LEAVERS; i++)
            assert_int_equal(hear(leaver[i]), 'e');
        for (int i = 0; i < LEAVERS; i++)
            tell_child(leaver[i], 'l');
        for (int i = 0; i < LEAVERS; i++)
            assert_child_succeeds(leaver[i]);
        assert_nothing_left();
    }
}

/* The consumer sees the end of the stream while the producer is still about to leave. */
static void test_both_ends_leave_together(void **state) {
    (void)state;
    enum { ROUNDS = 200 };
    char name[NAME_BYTES];
    own_name(name, "both");
    for (int round = 0; round < ROUNDS; round++) {
        child *producer = start_producer(name, 1);
        child *leaver = start_child(leave_at_once, name);
        assert_int_equal(hear(leaver), 'r');
        end_producer(producer);
        assert_child_succeeds(leaver);
        assert_nothing_left();
    }
}

/* ---- objects that the other program made ---- */

static void test_a_borrowed_object_is_given_back(void **state) {
    (void)state;
    char name[NAME_BYTES];
    plain_peer peer;
    assert_true(peer_open(&peer, own_name(name, "borrow"), true));
    send_plainly(&peer, 9);
    assert_true(peer_wait(&peer, 0));
    off_t size = 0;
    for (int round = 0; round < 4; round++) {
        child *producer = start_producer(name, 1);
        assert_plain_frame(&peer, 1);
        assert_false(is_bare(name));
        end_producer(producer);
        assert_true(is_bare(name));
        assert_int_equal(count_shared(name, false, false), 2);
        /* It does not grow with each producer that uses it. */
        assert_true(round == 0 || object_of(name).st_size == size);
        size = object_of(name).st_size;
    }
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    assert_non_null(consumer);
    send_plainly(&peer, 5);
    assert_copies(consumer, 5);
    ferry_consumer_close(&consumer);
    peer_close(&peer);
    assert_int_equal(count_shared(name, false, false), 2);
    end_producer(start_producer(name, 1)); /* nobody uses it, but it is still not ours */
    assert_int_equal(count_shared(name, false, false), 2);
    peer_remove(name);
    assert_nothing_left();
}

/* A producer that was killed leaves its block in the sender's object. It must not lock out our
 * consumers from that sender: neither one that saw the death, nor one that comes later. */
static void test_after_a_death_the_sender_is_heard_again(void **state) {
    (void)state;
    char name[NAME_BYTES];
    plain_peer peer;
    for (int saw_it = 1; saw_it >= 0; saw_it--) {
        assert_true(peer_open(&peer, own_name(name, "heard"), true));
        child *producer = start_producer(name, 1);
        ferry_consumer *consumer = NULL;
        if (saw_it != 0) {
            consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
            assert_copies(consumer, 1);
        }
        kill_child(producer);
        if (saw_it != 0)
            assert_ends(consumer, FERRY_PRODUCER_LOST);
        ferry_consumer_close(&consumer);
        assert_true(peer_wait(&peer, 0));

        ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
        options.name = name;
        options.wait_ns = NOTICED_NS;
        assert_int_equal(ferry_consumer_open(&consumer, &options, NULL), FERRY_OK);
        send_plainly(&peer, 7);
        assert_copies(consumer, 7);
        ferry_consumer_close(&consumer);
        peer_close(&peer);
        peer_remove(name);
        assert_nothing_left();
    }
}

/* A producer that cannot be made leaves the object as it was. */
static void test_a_failure_leaves_nothing_in_it(void **state) {
    (void)state;
    char name[NAME_BYTES], path[PATH_BYTES];
    ferryi_names names;
    plain_peer peer;
    ferry_error error;
    assert_int_equal(ferryi_names_make(&names, own_name(name, "failure"), NULL), FERRY_OK);
    assert_true(peer_open(&peer, name, true));
    assert_int_equal(mkdir(shm_path(path, names.consumers), 0700), 0);
    struct stat before = object_of(name);
    assert_int_equal(try_producer(name, FERRY_DIALECT_BASEIMAGE, &error), FERRY_FOREIGN);
    assert_sentence(&error, FERRY_FOREIGN, names.consumers);
    assert_int_equal(object_of(name).st_size, before.st_size);
    assert_true(is_bare(name));
    assert_int_equal(rmdir(path), 0);
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

/* ---- consumers that are attached meanwhile ---- */

static void test_an_older_generation_is_over(void **state) {
    (void)state;
    char name[NAME_BYTES];
    plain_peer peer; /* keeps the object, as an old receiver does */
    own_name(name, "older");
    for (unsigned frames = 0; frames <= 2; frames++) {
        /* Forked before anything is mapped here: what it inherited would keep the object in use. */
        child *second = start_child(produce, name);
        child *first = start_producer(name, 1);
        assert_true(peer_open(&peer, name, false));
        ferry_consumer *old = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
        assert_copies(old, 1);
        kill_child(first);
        /* It has sent nothing yet, or as many frames as the old consumer has seen, or more. */
        make_and_send(second, frames);
        ferry_consumer *young = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
        assert_ends(old, FERRY_PRODUCER_LOST);
        ferry_consumer_close(&old);
        tell_child(second, 's');
        assert_int_equal(hear(second), 's');
        assert_copies(young, frames + 1);
        ferry_consumer_close(&young);
        peer_close(&peer);
        end_producer(second);
        assert_nothing_left();
    }
}

static void test_a_bare_consumer_is_told_of_the_producer(void **state) {
    (void)state;
    char name[NAME_BYTES];
    plain_peer peer;
    own_name(name, "bare");
    for (unsigned frames = 0; frames <= 1; frames++) {
        assert_true(peer_open(&peer, name, true));
        ferry_consumer *bare = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
        assert_non_null(bare);
        send_plainly(&peer, 3);
        assert_copies(bare, 3);
        child *producer = start_producer(name, frames);
        assert_ends(bare, FERRY_PRODUCER_LOST);
        ferry_consumer_close(&bare);
        bare = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
        tell_child(producer, 's');
        assert_int_equal(hear(producer), 's');
        assert_copies(bare, frames + 1);
        end_producer(producer);
        assert_ends(bare, FERRY_END_OF_STREAM);
        ferry_consumer_close(&bare);
        peer_close(&peer);
        peer_remove(name);
        assert_nothing_left();
    }
}

/* The name goes to another object: whoever has the old one hears nothing more. */
static void test_a_bare_consumer_is_told_of_another_object(void **state) {
    (void)state;
    char name[NAME_BYTES];
    plain_peer peer;
    assert_true(peer_open(&peer, own_name(name, "other"), true));
    ferry_consumer *bare = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    assert_non_null(bare);
    peer_remove(name);
    assert_ends(bare, FERRY_PRODUCER_LOST);
    ferry_consumer_close(&bare);
    peer_close(&peer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_nobody_else_uses_it, clean_up),
        cmocka_unit_test_teardown(test_a_receiver_outlives_producers, clean_up),
        cmocka_unit_test_teardown(test_the_last_ones_leave_together, clean_up),
        cmocka_unit_test_teardown(test_both_ends_leave_together, clean_up),
        cmocka_unit_test_teardown(test_a_borrowed_object_is_given_back, clean_up),
        cmocka_unit_test_teardown(test_after_a_death_the_sender_is_heard_again, clean_up),
        cmocka_unit_test_teardown(test_a_failure_leaves_nothing_in_it, clean_up),
        cmocka_unit_test_teardown(test_an_older_generation_is_over, clean_up),
        cmocka_unit_test_teardown(test_a_bare_consumer_is_told_of_the_producer, clean_up),
        cmocka_unit_test_teardown(test_a_bare_consumer_is_told_of_another_object, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
