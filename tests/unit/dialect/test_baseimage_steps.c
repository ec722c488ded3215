/* The dialect in the midst of a step: the file of the dialect is compiled into this program once
 * more, with a place to come in between. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel/liveness.h"
#include "channel/names.h"
#include "channel/undertaker.h"
#include "channel_support.h"
#include "plain_peer.h"

static ferry_status create_event(ferryi_signal_event **out, const char *name,
                                 const ferryi_sharing *sharing, bool *created, atomic_bool *lost,
                                 ferry_error *error);

/* Looked at between copying a plain sender's frame and comparing it. */
static bool lives(const ferry_consumer *c);

#define ferryi_signal_event_create create_event
#define ferryi_liveness_has_producer lives
#include "dialect/baseimage.c"
#include "dialect/baseimage_event.c"
#undef ferryi_liveness_has_producer
#undef ferryi_signal_event_create

static bool dies_then; /* when the event has been made, and nothing has been done about it */
static bool is_late;   /* somebody else makes it in the last moment */

static ferry_status create_event(ferryi_signal_event **out, const char *event_name,
                                 const ferryi_sharing *sharing, bool *created, atomic_bool *lost,
                                 ferry_error *error) {
    char path[FERRYI_NAME_BYTES + 1];
    snprintf(path, sizeof path, "/%s", event_name);
    if (is_late)
        sem_close(sem_open(path, O_CREAT, 0600, 0));
    ferry_status status =
        ferryi_signal_event_create(out, event_name, sharing, created, lost, error);
    if (dies_then)
        raise(SIGKILL);
    return status;
}

static void (*meanwhile)(void); /* happens once, after the copy */

static bool lives(const ferry_consumer *c) {
    void (*step)(void) = meanwhile;
    meanwhile = NULL;
    if (step != NULL)
        step();
    return ferryi_liveness_has_producer(c);
}

/* ---- the event ---- */

static void die_between(const void *argument) {
    dies_then = true;
    make_dialect(argument);
    CHILD_CHECK(false); /* not reached */
}

static void leave_half_a_channel(const char *of) {
    int status = reap(start_child(die_between, of));
    assert_true(was_killed(status));
    assert_int_equal(count_shared(of, false, false), 3);
}

static void test_an_event_that_was_just_made_is_not_left_behind(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_names names;
    assert_int_equal(ferryi_names_make(&names, own_name(name, "between"), NULL), FERRY_OK);
    leave_half_a_channel(name);
    assert_int_equal(ferryi_undertaker_bury(&names, FERRYI_NOT_SHARED, NULL, NULL), FERRY_OK);
    assert_nothing_left();
    /* Nor by the next producer that ends well. */
    leave_half_a_channel(name);
    ferry_producer *producer = make_dialect(name);
    assert_non_null(producer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_an_event_of_somebody_else_stays(void **state) {
    (void)state;
    char name[NAME_BYTES], event[NAME_BYTES + 16];
    own_name(name, "theirs");
    snprintf(event, sizeof event, "/%sMutex", name);
    for (int late = 0; late < 2; late++) {
        is_late = late != 0;
        if (!is_late)
            sem_close(sem_open(event, O_CREAT, 0600, 0));
        ferry_producer *producer = make_dialect(name);
        is_late = false;
        assert_non_null(producer);
        assert_int_equal(producer->block->made, FERRYI_MADE_OBJECT);
        ferry_producer_close(&producer);
        assert_int_equal(count_shared(name, false, false), 1);
        assert_int_equal(sem_unlink(event), 0);
        assert_nothing_left();
    }
}

/* ---- a plain object that one of our producers is taking over ---- */

/* It has the lease, but its block is not there yet: whoever took it for a plain sender's would be
 * told in a moment that the sender was replaced. */
static void test_who_comes_in_between_waits(void **state) {
    (void)state;
    char name[NAME_BYTES];
    plain_peer peer;
    ferryi_shm shm = FERRYI_SHM_INIT;
    static ferryi_leases lease = FERRYI_LEASES_INIT;
    ferry_status status;
    assert_true(peer_open(&peer, own_name(name, "adopted"), true));
    assert_int_equal(ferryi_shm_open(&shm, name, FERRYI_SHM_WRITE, FERRYI_NOT_SHARED, NULL),
                     FERRY_OK);
    assert_int_equal(ferryi_leases_open(&lease, &shm, NULL), FERRY_OK);
    assert_true(ferryi_lease_take(&lease, FERRYI_LEASE_PRODUCER));
    make_consumer(name, FERRY_DELIVERY_LATEST, &status);
    assert_int_equal(status, FERRY_NO_PRODUCER);
    ferryi_leases_close(&lease);
    ferryi_shm_close(&shm);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, &status);
    assert_int_equal(status, FERRY_OK);
    ferry_consumer_close(&consumer);
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

/* ---- a plain sender that writes while we copy ---- */

enum { SIDE = 4, REST = 3, PLAIN_BYTES = SIDE * SIDE + REST };

static plain_peer writing;

static void change_the_first_pixel(void) {
    writing.base[PEER_HEADER]++;
}

static void change_the_last_pixel(void) {
    writing.base[PEER_HEADER + SIDE * SIDE - 1]++;
}

static void change_what_is_behind(void) {
    writing.base[PEER_HEADER + PLAIN_BYTES - 1]++;
}

static void change_the_header(void) {
    writing.base[0]--; /* the length */
}

static void announce(void) {
    sem_post(writing.event);
}

static void test_what_changes_while_it_is_copied_is_copied_again(void **state) {
    (void)state;
    static void (*const steps[])(void) = {change_the_first_pixel, change_the_last_pixel,
                                          change_what_is_behind, change_the_header, announce};
    const plain_header header = {PLAIN_BYTES, SIDE, SIDE, 8};
    const uint8_t pixels[PLAIN_BYTES] = {1, 2, 3};
    char name[NAME_BYTES];
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer_counters counters;
    assert_true(peer_open(&writing, own_name(name, "writing"), true));
    ferry_consumer *consumer = open_latest(name);
    for (uint64_t i = 0; i < 2 * sizeof steps / sizeof steps[0]; i++) {
        consumer->told.bottom_up = i % 2 == 1;
        peer_send(&writing, header, pixels);
        meanwhile = steps[i / 2];
        assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
        ferry_consumer_get_counters(consumer, &counters);
        assert_int_equal(counters.retries, i + 1);
        assert_int_equal(image.info.length_bytes, peer_header(&writing).length);
        for (size_t k = 0; k < SIDE; k++)
            assert_memory_equal(image.pixels + k * SIDE,
                                writing.base + PEER_HEADER + (i % 2 == 1 ? SIDE - 1 - k : k) * SIDE,
                                SIDE);
    }
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
    peer_close(&writing);
    peer_remove(name);
    assert_nothing_left();
}

enum { SECOND_IMAGE = 4 + PEER_HEADER + 4 };

static void change_the_second_image(void) {
    writing.base[SECOND_IMAGE + PEER_HEADER + 3]++;
}

/* The same for images that come together: a change in any of them is one. */
static void test_a_set_that_changes_is_copied_again(void **state) {
    (void)state;
    static void (*const steps[])(void) = {change_the_second_image, announce};
    const int32_t count = 2;
    const plain_header header = {4, 2, 2, 8};
    char name[NAME_BYTES];
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer_counters counters;
    assert_true(peer_open(&writing, own_name(name, "sets"), true));
    memcpy(writing.base, &count, sizeof count);
    memcpy(writing.base + 4, &header, sizeof header);
    memcpy(writing.base + SECOND_IMAGE, &header, sizeof header);
    ferry_consumer *consumer = open_latest(name);
    consumer->told.has_images = true;
    for (uint64_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        sem_post(writing.event);
        meanwhile = steps[i];
        for (int32_t k = 0; k < count; k++) {
            assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
            assert_memory_equal(image.pixels,
                                writing.base + (k == 0 ? 4 : SECOND_IMAGE) + PEER_HEADER, 4);
        }
        ferry_consumer_get_counters(consumer, &counters);
        assert_int_equal(counters.retries, i + 1);
    }
    assert_true(counters.received == 4 && counters.skipped == 1 && counters.head == 5);
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
    peer_close(&writing);
    peer_remove(name);
    assert_nothing_left();
}

/* ---- counters of a consumer whose producer was replaced ---- */

static void produce(const void *argument) {
    ferry_producer *producer = make_dialect(argument);
    CHILD_CHECK(producer != NULL);
    for (uint64_t number = 1; number <= 5; number++) {
        ferry_producer_drop(producer);
        CHILD_CHECK(send_next(producer) == FERRY_OK);
    }
    child_say('s');
    child_rest();
}

static void assert_old_figures(ferry_consumer *consumer) {
    ferry_consumer_counters c;
    ferry_consumer_get_counters(consumer, &c);
    assert_true(c.first == 5 && c.received == 1 && c.skipped == 0 && c.pending == 0);
    assert_int_equal(c.head, 5);
    assert_int_equal(c.dropped, 5);
    assert_sums_hold(consumer);
}

static void test_counters_are_those_of_one_producer(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_image image = FERRY_IMAGE_INIT;
    child *dead = start_child(produce, own_name(name, "counters"));
    assert_int_equal(hear(dead), 's');
    ferry_consumer *old = open_latest(name);
    assert_int_equal(ferry_consumer_copy(old, STUCK_NS, &image, NULL), FERRY_OK);
    assert_old_figures(old);
    kill_child(dead);
    assert_old_figures(old);
    ferry_producer *producer = make_dialect(name);
    assert_non_null(producer);
    assert_old_figures(old);
    for (uint64_t number = 1; number <= 12; number++) { /* fewer, as many, and more */
        assert_int_equal(send_next(producer), FERRY_OK);
        assert_old_figures(old);
    }
    assert_int_equal(ferry_consumer_copy(old, STUCK_NS, &image, NULL), FERRY_PRODUCER_LOST);
    assert_old_figures(old);
    ferry_consumer_close(&old);
    ferry_producer_close(&producer);
    ferry_image_free(&image);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_an_event_that_was_just_made_is_not_left_behind, clean_up),
        cmocka_unit_test_teardown(test_an_event_of_somebody_else_stays, clean_up),
        cmocka_unit_test_teardown(test_who_comes_in_between_waits, clean_up),
        cmocka_unit_test_teardown(test_what_changes_while_it_is_copied_is_copied_again, clean_up),
        cmocka_unit_test_teardown(test_a_set_that_changes_is_copied_again, clean_up),
        cmocka_unit_test_teardown(test_counters_are_those_of_one_producer, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
