/* Images that a sender of the BaseImage kind puts into its memory together: each becomes a frame.
 */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "channel_support.h"
#include "plain_peer.h"

enum { SIDE = 2, IMAGE_BYTES = 4, MOST = 1024, ROOM = 64 };

static char name[NAME_BYTES];
static plain_peer peer;

static ferry_consumer *begin(const char *tag, bool told) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = own_name(name, tag);
    options.wait_ns = 0;
    options.bare_images = told;
    ferry_consumer *consumer = NULL;
    assert_true(peer_open(&peer, name, true));
    assert_int_equal(ferry_consumer_open(&consumer, &options, NULL), FERRY_OK);
    return consumer;
}

static void end(ferry_consumer *consumer) {
    ferry_consumer_close(&consumer);
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

/* Puts a header behind what is there, and pixels that all have the same value. Returns the end. */
static size_t put_image(size_t at, plain_header header, uint8_t value) {
    memcpy(peer.base + at, &header, sizeof header);
    memset(peer.base + at + sizeof header, value, (size_t)header.length);
    return at + sizeof header + (size_t)header.length;
}

static const plain_header small = {IMAGE_BYTES, SIDE, SIDE, 8};

static void put_set(int32_t count, uint8_t first) {
    size_t at = sizeof count;
    memcpy(peer.base, &count, sizeof count);
    for (int32_t i = 0; i < count; i++)
        at = put_image(at, small, (uint8_t)(first + i));
    sem_post(peer.event);
}

static void take(ferry_consumer *consumer, uint64_t number, uint64_t skipped, uint8_t value) {
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
    assert_int_equal(image.info.number, number);
    assert_int_equal(image.skipped, skipped);
    assert_true(image.info.width == SIDE && image.info.height == SIDE);
    for (uint32_t i = 0; i < image.info.length_bytes; i++)
        assert_int_equal(image.pixels[i], value);
    ferry_image_free(&image);
}

static void take_nothing(ferry_consumer *consumer) {
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_TIMEOUT);
    ferry_image_free(&image);
}

static void assert_counted(ferry_consumer *consumer, uint64_t received, uint64_t skipped,
                           uint64_t pending) {
    ferry_consumer_counters c;
    ferry_consumer_get_counters(consumer, &c);
    assert_int_equal(c.received, received);
    assert_int_equal(c.skipped, skipped);
    assert_int_equal(c.pending, pending);
    assert_int_equal(c.head - c.first + 1, received + skipped + pending);
}

static void test_each_becomes_a_frame(void **state) {
    (void)state;
    ferry_consumer *consumer = begin("each", true);
    put_set(3, 10);
    take(consumer, 1, 0, 10);
    assert_counted(consumer, 1, 0, 2);
    put_set(1, 20); /* what is left comes first, as it was */
    take(consumer, 2, 0, 11);
    take(consumer, 3, 0, 12);
    take(consumer, 4, 0, 20);
    take_nothing(consumer);
    assert_counted(consumer, 4, 0, 0);
    /* Nobody looks at three of these, of which each counts as one. */
    for (int i = 0; i < 4; i++)
        put_set(2, (uint8_t)(30 + i));
    take(consumer, 8, 3, 33);
    assert_counted(consumer, 5, 3, 1);
    take(consumer, 9, 0, 34);
    assert_counted(consumer, 6, 3, 0);
    put_set(MOST, 1);
    for (uint64_t i = 0; i < MOST; i++)
        take(consumer, 10 + i, 0, (uint8_t)(1 + i));
    take_nothing(consumer);
    assert_counted(consumer, 6 + MOST, 3, 0);
    end(consumer);
}

/* Sizes and formats of their own, padded and from the bottom up. */
static void test_each_has_a_header_of_its_own(void **state) {
    (void)state;
    static const plain_header kinds[] = {{3, 3, 1, 8}, {8, 1, -2, 24}, {7, 1, 1, 32}};
    const int32_t count = sizeof kinds / sizeof kinds[0];
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer *consumer = begin("kinds", true);
    size_t at = sizeof count;
    memcpy(peer.base, &count, sizeof count);
    for (int32_t i = 0; i < count; i++)
        at = put_image(at, kinds[i], (uint8_t)i);
    peer.base[sizeof count + 16 + 3 + 16 + 4] = 99; /* the second row */
    sem_post(peer.event);
    for (int32_t i = 0; i < count; i++) {
        assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
        assert_int_equal(image.info.length_bytes, kinds[i].length);
        assert_int_equal(image.info.bit_count, kinds[i].bit_count);
        assert_int_equal(image.info.height, i == 1 ? 2 : 1);
        assert_int_equal(image.pixels[0], i == 1 ? 99 : i);
        assert_int_equal(image.pixels[image.info.length_bytes - 1], i);
    }
    ferry_image_free(&image);
    end(consumer);
}

/* The whole set is passed over, and told. */
static void assert_refused(ferry_consumer *consumer, uint64_t times, const char *words) {
    ferry_error error = {0};
    ferry_consumer_counters c;
    take_nothing(consumer);
    ferry_consumer_get_counters(consumer, &c);
    assert_int_equal(c.refused, times);
    assert_int_equal(ferry_consumer_explain_refused(consumer, &error), FERRY_MALFORMED);
    if (strstr(error.message, words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, error.message);
}

static void test_what_is_no_set(void **state) {
    (void)state;
    static const int32_t counts[] = {0, -1, MOST + 1, INT32_MAX, INT32_MIN};
    ferry_consumer *consumer = begin("none", true);
    uint64_t times = 0;
    assert_int_equal(ferry_consumer_explain_refused(consumer, NULL), FERRY_OK);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        memcpy(peer.base, &counts[i], sizeof counts[i]);
        sem_post(peer.event);
        assert_refused(consumer, ++times, "cannot be a count of images");
    }
    put_set(3, 1);
    static const plain_header bad[] = {
        {PEER_BYTES, SIDE, SIDE, 8}, {INT32_MAX, SIDE, SIDE, 8}, {-1, 2, 2, 8}, {3, 2, 2, 8}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memcpy(peer.base + 4 + 16 + IMAGE_BYTES, &bad[i], sizeof bad[i]);
        sem_post(peer.event);
        assert_refused(consumer, ++times, "of image 2 of 3");
    }
    /* The last image ends where the memory does, or one byte behind. */
    const int32_t one = 1;
    plain_header last = {PEER_BYTES - 20, 2048, 2048, 32};
    memcpy(peer.base, &one, sizeof one);
    memcpy(peer.base + 4, &last, sizeof last);
    sem_post(peer.event);
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
    assert_int_equal(image.info.length_bytes, PEER_BYTES - 20);
    ferry_image_free(&image);
    last.length++;
    memcpy(peer.base + 4, &last, sizeof last);
    sem_post(peer.event);
    assert_refused(consumer, ++times, "of image 1 of 1");
    end(consumer);
}

/* Without the option it is no frame, and the option is named. */
static void test_who_was_not_told_is_advised(void **state) {
    (void)state;
    ferry_consumer *consumer = begin("advised", false);
    put_set(3, 1);
    assert_refused(consumer, 1, "a count of 3 images: bare_images (--bare-images)");
    assert_counted(consumer, 0, 1, 0);
    end(consumer);
}

/* They are in our memory. */
static void test_what_is_left_comes_when_the_sender_has_gone(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer *consumer = begin("gone", true);
    put_set(3, 1);
    take(consumer, 1, 0, 1);
    memset(peer.base, 0, ROOM);
    peer_remove(name);
    take(consumer, 2, 0, 2);
    take(consumer, 3, 0, 3);
    assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_PRODUCER_LOST);
    /* Another sender: what the last one had left is not its. */
    peer_close(&peer);
    assert_true(peer_open(&peer, name, true));
    assert_int_equal(ferry_consumer_attach(consumer, STUCK_NS, NULL), FERRY_OK);
    take_nothing(consumer);
    put_set(2, 7);
    take(consumer, 1, 0, 7);
    peer_remove(name);
    assert_int_equal(ferry_consumer_leave(consumer, NULL), FERRY_OK);
    peer_close(&peer);
    assert_true(peer_open(&peer, name, true));
    assert_int_equal(ferry_consumer_attach(consumer, STUCK_NS, NULL), FERRY_OK);
    take_nothing(consumer);
    assert_counted(consumer, 0, 0, 0);
    end(consumer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_each_becomes_a_frame, clean_up),
        cmocka_unit_test_teardown(test_each_has_a_header_of_its_own, clean_up),
        cmocka_unit_test_teardown(test_what_is_no_set, clean_up),
        cmocka_unit_test_teardown(test_who_was_not_told_is_advised, clean_up),
        cmocka_unit_test_teardown(test_what_is_left_comes_when_the_sender_has_gone, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
