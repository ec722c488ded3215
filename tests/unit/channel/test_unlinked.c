/* Names that somebody takes from a live producer's objects: put back, made to stand again, or told;
 * and what has a name meanwhile is never touched. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel/upkeep.h"
#include "channel_support.h"
#include "dialect/baseimage_event.h"
#include "plain_peer.h"

static char name[NAME_BYTES];
static ferry_producer *producer;

/* The three names, and what a counter says of them. */
typedef enum object { FRAMES, CONSUMERS, EVENT, OBJECTS } object;
static char path[OBJECTS][PATH_BYTES], elsewhere[OBJECTS][PATH_BYTES];
static const uint32_t bit_of[OBJECTS] = {FERRY_NAME_OF_FRAMES, FERRY_NAME_OF_CONSUMERS,
                                         FERRY_NAME_OF_EVENT};

static void open_one(uint32_t dialect) {
    producer = dialect == FERRY_DIALECT_NATIVE ? make_producer(name, 4, FERRY_WHEN_FULL_DROP, NULL)
                                               : make_dialect(name);
    assert_non_null(producer);
}

static void use_name(const char *tag) {
    own_name(name, tag);
    const char *const form[OBJECTS] = {"%s", "%s~consumers", "sem.%sMutex"};
    const char *const moved[OBJECTS] = {"%s-moved", "%s-moved~consumers", "sem.%s-movedMutex"};
    for (int i = 0; i < OBJECTS; i++) {
        char text[NAME_BYTES + 32];
        snprintf(text, sizeof text, i == FRAMES ? "%s" : form[i], name);
        shm_path(path[i], text);
        snprintf(text, sizeof text, moved[i], name);
        shm_path(elsewhere[i], text);
    }
}

static int objects_of(uint32_t dialect) {
    return dialect == FERRY_DIALECT_NATIVE ? EVENT : OBJECTS;
}

/* As if a second had passed. */
static void tend(void) {
    producer->tended_ns = 0;
    ferry_producer_tend(producer);
}

static ferry_producer_counters counters_now(void) {
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    return counters;
}

static void assert_missing(uint32_t names, uint64_t relinked) {
    ferry_producer_counters counters = counters_now();
    uint32_t count = 0;
    for (int i = 0; i < OBJECTS; i++)
        count += (names & bit_of[i]) != 0;
    assert_int_equal(counters.unlinked_names, names);
    assert_int_equal(counters.unlinked, count);
    assert_int_equal(counters.relinked, relinked);
}

static ino_t inode_of(const char *at) {
    struct stat about;
    return lstat(at, &about) == 0 ? about.st_ino : 0;
}

static void assert_newcomers_receive(void) {
    ferry_consumer *consumer = open_latest(name);
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(send_next(producer), FERRY_OK);
    assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
    assert_true(is_painted(image.pixels, image.info.number));
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
}

/* Does body for both kinds of channel and each of their objects. */
static void for_each_object(const char *tag, void (*body)(object which)) {
    use_name(tag);
    for (uint32_t dialect = 0; dialect <= FERRY_DIALECT_BASEIMAGE; dialect++)
        for (int which = 0; which < objects_of(dialect); which++) {
            open_one(dialect);
            tend();
            assert_missing(0, 0);
            body((object)which);
            ferry_producer_close(&producer);
            assert_nothing_left();
        }
}

/* ---- a name that stands nowhere else ---- */

static void remove_and_look(object which) {
    assert_int_equal(unlink(path[which]), 0);
    for (int i = 0; i < 3; i++) {
        tend();
        if (which == EVENT)
            assert_missing(0, 1); /* another event has the name */
        else
            assert_missing(bit_of[which], 0);
        assert_int_equal(send_next(producer), FERRY_OK);
    }
    assert_int_equal(inode_of(path[which]) != 0, which == EVENT);
}

static void test_a_name_that_is_removed_is_told_of(void **state) {
    (void)state;
    for_each_object("removed", remove_and_look);
}

/* Those who are attached go on. */
static void remove_beside_a_consumer(object which) {
    bool native = producer->objects.geometry.dialect == FERRY_DIALECT_NATIVE;
    ferry_consumer *consumer =
        make_consumer(name, native ? FERRY_DELIVERY_EVERY : FERRY_DELIVERY_LATEST, NULL);
    ferry_image image = FERRY_IMAGE_INIT;
    assert_non_null(consumer);
    assert_int_equal(unlink(path[which]), 0);
    for (uint64_t number = 1; number <= 5; number++) {
        tend();
        assert_int_equal(send_next(producer), FERRY_OK);
        assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
        assert_int_equal(image.info.number, number);
        assert_true(is_painted(image.pixels, number));
    }
    assert_int_equal(counters_now().consumers, 1);
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
}

static void test_consumers_that_are_attached_go_on(void **state) {
    (void)state;
    for_each_object("attached", remove_beside_a_consumer);
}

/* ---- a name that can be put back ---- */

static void move_and_look(object which) {
    ino_t inode = inode_of(path[which]);
    assert_int_equal(rename(path[which], elsewhere[which]), 0);
    tend();
    assert_missing(0, 1);
    assert_int_equal(inode_of(path[which]), inode);
    assert_int_equal(inode_of(elsewhere[which]), inode); /* it is not for us to remove that */
    tend();
    assert_missing(0, 1);
    assert_newcomers_receive();
    assert_int_equal(unlink(elsewhere[which]), 0);
}

static void test_a_name_that_is_moved_away_is_put_back(void **state) {
    (void)state;
    for_each_object("moved", move_and_look);
}

static void move_in_a_claim(object which) {
    ferry_claim claim;
    ferry_frame_info info = small_info();
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_int_equal(rename(path[which], elsewhere[which]), 0);
    tend();
    assert_missing(0, 1);
    paint(claim.pixels, 1);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    assert_newcomers_receive();
    assert_int_equal(unlink(elsewhere[which]), 0);
}

static void test_a_claim_may_be_open(void **state) {
    (void)state;
    for_each_object("claim", move_in_a_claim);
}

/* Whoever finds frames has to find the consumers object. */
static void test_frames_are_named_after_the_consumers_object(void **state) {
    (void)state;
    use_name("order");
    open_one(FERRY_DIALECT_NATIVE);
    assert_int_equal(rename(path[FRAMES], elsewhere[FRAMES]), 0);
    assert_int_equal(rename(path[CONSUMERS], elsewhere[CONSUMERS]), 0);
    tend();
    assert_missing(0, 2);
    assert_newcomers_receive();
    assert_int_equal(unlink(path[CONSUMERS]), 0);
    assert_int_equal(unlink(elsewhere[CONSUMERS]), 0);
    assert_int_equal(unlink(path[FRAMES]), 0); /* it has another name still */
    tend();
    assert_missing(FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_CONSUMERS, 2);
    assert_int_equal(inode_of(path[FRAMES]), 0);
    assert_int_equal(unlink(elsewhere[FRAMES]), 0);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- a name that stands for something else ---- */

static void put_file(const char *at) {
    int descriptor = open(at, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, "somebody's", 10), 10);
    close(descriptor);
}

static void put_folder(const char *at) {
    assert_int_equal(mkdir(at, 0700), 0);
}

static void put_link(const char *at) {
    assert_int_equal(symlink("/etc/hostname", at), 0);
}

/* To the very object. */
static void put_link_to_ours(const char *at) {
    char ours[PATH_BYTES];
    snprintf(ours, sizeof ours, "/proc/self/fd/%d", (int)producer->objects.frames.handle);
    assert_int_equal(symlink(ours, at), 0);
}

static void (*const putters[])(const char *) = {put_file, put_folder, put_link, put_link_to_ours};

static void replace_and_look(object which) {
    for (size_t i = 0; i < sizeof putters / sizeof putters[0]; i++) {
        /* Ours is kept under another name, so that it could be put back. */
        assert_int_equal(rename(path[which], elsewhere[which]), 0);
        putters[i](path[which]);
        look before = look_at(path[which]);
        tend();
        assert_int_equal(counters_now().unlinked_names & bit_of[which], bit_of[which]);
        assert_int_equal(send_next(producer), FERRY_OK);
        assert_untouched(path[which], &before);
        assert_int_equal(remove(path[which]), 0);
        assert_int_equal(rename(elsewhere[which], path[which]), 0);
        tend();
        assert_missing(0, 0);
    }
    assert_int_equal(unlink(path[which]), 0);
    put_file(path[which]);
    look before = look_at(path[which]);
    ferry_producer_close(&producer);
    assert_untouched(path[which], &before);
    assert_int_equal(count_shared(name, false, false), 1);
    assert_int_equal(unlink(path[which]), 0);
}

static void test_what_has_the_name_is_left_alone(void **state) {
    (void)state;
    for_each_object("replaced", replace_and_look);
}

static void test_a_second_producer_keeps_the_names(void **state) {
    (void)state;
    use_name("second");
    for (uint32_t dialect = 0; dialect <= FERRY_DIALECT_BASEIMAGE; dialect++) {
        open_one(dialect);
        assert_int_equal(unlink(path[FRAMES]), 0);
        assert_int_equal(unlink(path[CONSUMERS]), 0);
        ferry_producer *first = producer;
        open_one(dialect);
        ferry_producer *second = producer;
        producer = first;
        tend();
        assert_missing(FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_CONSUMERS, 0);
        ferry_producer_close(&producer);
        producer = second;
        tend();
        assert_missing(0, 0);
        assert_newcomers_receive();
        ferry_producer_close(&producer);
        assert_nothing_left();
    }
}

/* ---- the event ---- */

/* Those who wait for an event that has lost its name are told of frames as those who find the name
 * are. */
static void test_all_events_are_set(void **state) {
    (void)state;
    plain_peer peer[FERRYI_BASEIMAGE_COMPANIONS + 1];
    use_name("events");
    open_one(FERRY_DIALECT_BASEIMAGE);
    for (int i = 0; i <= FERRYI_BASEIMAGE_COMPANIONS; i++) {
        assert_true(peer_open(&peer[i], name, false));
        assert_int_equal(unlink(path[EVENT]), 0);
        tend();
        assert_missing(i < FERRYI_BASEIMAGE_COMPANIONS ? 0 : FERRY_NAME_OF_EVENT,
                       i < FERRYI_BASEIMAGE_COMPANIONS ? (uint64_t)i + 1
                                                       : FERRYI_BASEIMAGE_COMPANIONS);
        assert_int_equal(send_next(producer), FERRY_OK);
        for (int j = 0; j <= i; j++)
            assert_true(peer_wait(&peer[j], STUCK_MS / 1000));
    }
    for (int i = 0; i <= FERRYI_BASEIMAGE_COMPANIONS; i++)
        peer_close(&peer[i]);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void lose_its_event(const void *argument) {
    CHILD_CHECK(argument != NULL);
    use_name(argument);
    producer = make_dialect(name);
    CHILD_CHECK(producer != NULL && unlink(path[EVENT]) == 0);
    tend();
    CHILD_CHECK(counters_now().relinked == 1);
    child_say('r');
    child_rest();
}

static void test_an_event_that_was_made_anew_goes_after_a_death(void **state) {
    (void)state;
    use_name("anew");
    child *dead = start_child(lose_its_event, "anew");
    assert_int_equal(hear(dead), 'r');
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    assert_non_null(consumer);
    kill_child(dead);
    ferry_consumer_close(&consumer);
    assert_nothing_left();
}

/* ---- memory of another program ---- */

static void test_a_borrowed_image_is_not_named(void **state) {
    (void)state;
    plain_peer peer;
    use_name("borrowed");
    assert_true(peer_open(&peer, name, true));
    open_one(FERRY_DIALECT_BASEIMAGE);
    assert_int_equal(rename(path[FRAMES], elsewhere[FRAMES]), 0);
    tend();
    assert_missing(FERRY_NAME_OF_FRAMES, 0);
    assert_int_equal(inode_of(path[FRAMES]), 0);
    ferry_producer_close(&producer);
    assert_int_equal(unlink(elsewhere[FRAMES]), 0);
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

/* ---- when it is looked ---- */

static ferry_status claim_and_commit(void) {
    return send_next(producer);
}

static ferry_status wait_for_nobody(void) {
    return ferry_producer_wait_consumer(producer, 0) == FERRY_TIMEOUT ? FERRY_OK : FERRY_FULL;
}

static ferry_status drain_nothing(void) {
    return ferry_producer_drain(producer, 0);
}

static void test_calls_that_wait_look_too(void **state) {
    (void)state;
    ferry_status (*const calls[])(void) = {claim_and_commit, wait_for_nobody, drain_nothing};
    use_name("calls");
    open_one(FERRY_DIALECT_NATIVE);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        assert_int_equal(rename(path[FRAMES], elsewhere[FRAMES]), 0);
        producer->tended_ns = 0;
        assert_int_equal(calls[i](), FERRY_OK);
        assert_missing(0, i + 1);
        assert_int_equal(unlink(elsewhere[FRAMES]), 0);
    }
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* A claim that waits for a slot may do so for hours. */
static void test_a_claim_that_waits_looks_too(void **state) {
    (void)state;
    use_name("full");
    producer = make_producer(name, 2, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(producer);
    ferry_consumer *consumer = open_every(name);
    assert_int_equal(send_next(producer), FERRY_OK);
    assert_int_equal(send_next(producer), FERRY_OK);
    producer->full_timeout_ns = 0;
    assert_int_equal(rename(path[FRAMES], elsewhere[FRAMES]), 0);
    producer->tended_ns = 0;
    assert_int_equal(send_next(producer), FERRY_TIMEOUT);
    assert_missing(0, 1);
    assert_int_equal(unlink(elsewhere[FRAMES]), 0);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_it_looks_once_a_second(void **state) {
    (void)state;
    use_name("often");
    open_one(FERRY_DIALECT_NATIVE);
    tend();
    uint64_t before_ns = producer->tended_ns;
    assert_int_equal(unlink(path[FRAMES]), 0);
    ferry_producer_tend(producer);
    bool in_time = ferry_clock_ns() - before_ns < (uint64_t)FERRY_SECOND_NS;
    if (in_time)
        assert_missing(0, 0);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void tend_in_a_child(const void *argument) {
    (void)argument;
    tend();
    child_say('d');
}

static void test_a_forked_child_touches_nothing(void **state) {
    (void)state;
    use_name("forked");
    open_one(FERRY_DIALECT_NATIVE);
    assert_int_equal(rename(path[FRAMES], elsewhere[FRAMES]), 0);
    child *forked = start_child(tend_in_a_child, NULL);
    assert_int_equal(hear(forked), 'd');
    assert_child_succeeds(forked);
    assert_int_equal(inode_of(path[FRAMES]), 0);
    assert_int_equal(unlink(elsewhere[FRAMES]), 0);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_name_that_is_removed_is_told_of, clean_up),
        cmocka_unit_test_teardown(test_consumers_that_are_attached_go_on, clean_up),
        cmocka_unit_test_teardown(test_a_name_that_is_moved_away_is_put_back, clean_up),
        cmocka_unit_test_teardown(test_a_claim_may_be_open, clean_up),
        cmocka_unit_test_teardown(test_frames_are_named_after_the_consumers_object, clean_up),
        cmocka_unit_test_teardown(test_what_has_the_name_is_left_alone, clean_up),
        cmocka_unit_test_teardown(test_a_second_producer_keeps_the_names, clean_up),
        cmocka_unit_test_teardown(test_all_events_are_set, clean_up),
        cmocka_unit_test_teardown(test_an_event_that_was_made_anew_goes_after_a_death, clean_up),
        cmocka_unit_test_teardown(test_a_borrowed_image_is_not_named, clean_up),
        cmocka_unit_test_teardown(test_calls_that_wait_look_too, clean_up),
        cmocka_unit_test_teardown(test_a_claim_that_waits_looks_too, clean_up),
        cmocka_unit_test_teardown(test_it_looks_once_a_second, clean_up),
        cmocka_unit_test_teardown(test_a_forked_child_touches_nothing, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
