/* The baseimage dialect: frames to and from programs that know only that layout, and between ours.
 */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "plain_peer.h"
#include "process_support.h"

enum { FRAMES = 24, WAIT_SECONDS = 60 };

/* ---- pictures: every frame has another size, format and padding ---- */

typedef struct picture {
    ferry_frame_info info;
    uint8_t pixels[64 * 1024];
} picture;

static void draw(picture *p, uint64_t number) {
    static const uint32_t formats[] = {FERRY_FORMAT_GRAY, FERRY_FORMAT_BGR24, FERRY_FORMAT_BGRA,
                                       FERRY_FORMAT_GRAY16LE};
    uint32_t format = formats[number % 4];
    uint32_t width = 1 + (uint32_t)number * 5 % 83, height = 1 + (uint32_t)number * 3 % 41;
    uint32_t bit_count = ferry_format_bit_count(format);
    uint32_t stride = width * bit_count / 8;
    if (number / 4 % 2 == 1)
        stride = (stride + 3) & ~UINT32_C(3);
    p->info = (ferry_frame_info){.width = (int32_t)width,
                                 .height = (int32_t)height,
                                 .format = format,
                                 .bit_count = bit_count,
                                 .stride_bytes = stride,
                                 .length_bytes = stride * height};
    for (uint32_t i = 0; i < p->info.length_bytes; i++)
        p->pixels[i] = pixel_of(number, i);
}

static plain_header header_of(const ferry_frame_info *info) {
    return (plain_header){(int32_t)info->length_bytes, info->width, info->height,
                          (int32_t)info->bit_count};
}

/* Everything that a header can carry. */
static bool is_drawn(const ferry_image *image, uint64_t number) {
    static picture wanted;
    draw(&wanted, number);
    const ferry_frame_info *a = &image->info, *b = &wanted.info;
    return a->width == b->width && a->height == b->height && a->format == b->format &&
           a->bit_count == b->bit_count && a->stride_bytes == b->stride_bytes &&
           a->length_bytes == b->length_bytes &&
           memcmp(image->pixels, wanted.pixels, b->length_bytes) == 0;
}

/* ---- a plain receiver, our producer ---- */

static void receive_plainly(const void *argument) {
    static picture wanted;
    plain_peer peer;
    CHILD_CHECK(peer_open(&peer, argument, false));
    child_say('r');
    for (uint64_t number = 1; number <= FRAMES; number++) {
        CHILD_CHECK(peer_wait(&peer, WAIT_SECONDS));
        draw(&wanted, number);
        plain_header got = peer_header(&peer), header = header_of(&wanted.info);
        CHILD_CHECK(memcmp(&got, &header, sizeof got) == 0);
        CHILD_CHECK(memcmp(peer.base + PEER_HEADER, wanted.pixels, (size_t)got.length) == 0);
        child_say('a');
    }
    peer_close(&peer);
    child_say('e');
}

static void test_a_plain_receiver(void **state) {
    (void)state;
    static picture p;
    char name[NAME_BYTES];
    ferry_producer *producer = make_dialect(own_name(name, "receiver"));
    assert_non_null(producer);
    child *receiver = start_child(receive_plainly, name);
    assert_int_equal(hear(receiver), 'r');
    for (uint64_t number = 1; number <= FRAMES; number++) {
        draw(&p, number);
        assert_int_equal(ferry_producer_send(producer, &p.info, p.pixels, 0, NULL, NULL), FERRY_OK);
        assert_int_equal(hear(receiver), 'a');
    }
    assert_int_equal(hear(receiver), 'e');
    assert_child_succeeds(receiver);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- a plain sender, our consumer ---- */

static void send_plainly(const void *argument) {
    static picture p;
    plain_peer peer;
    CHILD_CHECK(peer_open(&peer, argument, true));
    child_say('r');
    for (uint64_t number = 1;; number++) {
        child_hear();
        draw(&p, number);
        peer_send(&peer, header_of(&p.info), p.pixels);
        child_say('s');
    }
}

static void test_a_plain_sender(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_channel_info channel;
    ferry_consumer_counters counters;
    child *sender = start_child(send_plainly, own_name(name, "sender"));
    assert_int_equal(hear(sender), 'r');
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    assert_non_null(consumer);
    ferry_consumer_get_channel(consumer, &channel);
    assert_true(channel.dialect == FERRY_DIALECT_BASEIMAGE && channel.has_block == 0);
    assert_true(channel.slots == 1 && channel.hold_limit == 0 && channel.generation == 0);
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_TIMEOUT);
    for (uint64_t number = 1; number <= FRAMES; number++) {
        tell_child(sender, 'g');
        assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
        assert_true(is_drawn(&image, number));
        assert_int_equal(hear(sender), 's');
        assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_TIMEOUT);
    }
    ferry_consumer_get_counters(consumer, &counters);
    assert_true(counters.received == FRAMES && counters.skipped == 0 && counters.pending == 0);
    ferry_consumer_close(&consumer);
    assert_int_equal(count_shared(name, false, false), 2); /* the sender's, and nothing of ours */
    kill_child(sender);
    peer_remove(name);
    ferry_image_free(&image);
    assert_nothing_left();
}

/* ---- ours on both sides ---- */

enum { SIDE = 500, TORN_BYTES = SIDE * SIDE * 4, REST_MS = 50 };

/* Overwrites without waiting for anyone; every byte is the low part of the frame's number. A rest
 * now and then, until a consumer says 'w' or for a while, lets it through, however busy the machine
 * is. */
static void overwrite_freely(const void *argument) {
    ferry_producer *producer = make_dialect(argument);
    CHILD_CHECK(producer != NULL);
    child_say('r');
    struct pollfd word = {.fd = child_in, .events = POLLIN};
    ferry_frame_info info = {.width = SIDE, .height = SIDE, .format = FERRY_FORMAT_BGRA};
    for (uint32_t number = 1;; number++) {
        if (poll(&word, 1, number % 16 == 0 ? REST_MS : 0) == 1 && child_hear() == 'e')
            break;
        ferry_claim claim;
        CHILD_CHECK(ferry_producer_claim(producer, &info, &claim, NULL) == FERRY_OK);
        memset(claim.pixels, (int)(number & 0xff), TORN_BYTES);
        CHILD_CHECK(ferry_producer_commit(producer, &claim, NULL, NULL) == FERRY_OK);
    }
    ferry_producer_close(&producer);
}

static void assert_whole(const ferry_image *image) {
    assert_int_equal(image->info.length_bytes, TORN_BYTES);
    assert_int_equal(image->pixels[0], image->info.number & 0xff);
    assert_memory_equal(image->pixels, image->pixels + 1, TORN_BYTES - 1); /* all the same */
}

static void test_never_torn(void **state) {
    (void)state;
    enum { WHOLE = 150, REPEATED = 5 };
    char name[NAME_BYTES];
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer_counters counters;
    child *producer = start_child(overwrite_freely, own_name(name, "torn"));
    assert_int_equal(hear(producer), 'r');
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    assert_non_null(consumer);
    /* On until many frames were whole and some attempts were not: these take two processors that
     * work at the same time, which a busy machine seldom has. */
    uint64_t last = 0, whole = 0, start_ns = ferry_clock_ns();
    do {
        assert_true(ferry_clock_ns() - start_ns < 10 * (uint64_t)STUCK_NS);
        ferry_status status = ferry_consumer_copy(consumer, STUCK_NS, &image, NULL);
        assert_true(status == FERRY_OK || status == FERRY_OVERTAKEN);
        if (status == FERRY_OK) {
            assert_true(image.info.number > last);
            assert_true(last == 0 || image.skipped == image.info.number - last - 1);
            last = image.info.number;
            whole++;
            assert_whole(&image);
            tell_child(producer, 'w');
        }
        ferry_consumer_get_counters(consumer, &counters);
    } while (whole < WHOLE || counters.retries < REPEATED);
    tell_child(producer, 'e');
    assert_child_succeeds(producer);
    ferry_status status;
    while ((status = ferry_consumer_copy(consumer, STUCK_NS, &image, NULL)) == FERRY_OK)
        assert_whole(&image);
    assert_int_equal(status, FERRY_END_OF_STREAM);
    ferry_consumer_get_counters(consumer, &counters);
    assert_int_equal(counters.head - counters.first + 1,
                     counters.received + counters.skipped + counters.pending);
    ferry_consumer_close(&consumer);
    ferry_image_free(&image);
    assert_nothing_left();
}

static void refuse_what_one_slot_cannot_do(const char *name, bool has_block) {
    ferry_error error = {0};
    ferry_status status;
    ferry_frame frame;
    make_consumer(name, FERRY_DELIVERY_EVERY, &status);
    assert_int_equal(status, FERRY_NOT_SUPPORTED);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, &status);
    assert_int_equal(status, FERRY_OK);
    ferry_channel_info channel;
    ferry_consumer_get_channel(consumer, &channel);
    assert_int_equal(channel.has_block, has_block);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, &error), FERRY_NOT_SUPPORTED);
    assert_non_null(strstr(error.message, name));
    ferry_consumer_close(&consumer);
}

static void test_what_one_slot_cannot_do(void **state) {
    (void)state;
    char name[NAME_BYTES];
    plain_peer peer;
    ferry_producer *producer = make_dialect(own_name(name, "refuse"));
    refuse_what_one_slot_cannot_do(name, true);
    ferry_producer_close(&producer);
    assert_true(peer_open(&peer, name, true));
    refuse_what_one_slot_cannot_do(name, false);
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

/* ---- what comes as it should not ---- */

/* A header that cannot be: the frame is passed over, and the consumer waits for the next one
 * instead of asking again and again. */
static void test_nonsense_is_passed_over(void **state) {
    (void)state;
    static const plain_header nonsense[] = {
        {0, 0, 0, 0}, {4, 2, 2, 1}, {4, -2, 2, 8}, {4, 2, 3, 8}, {-4, 2, 2, 8}};
    const plain_header good = {4, 2, 2, 8};
    const uint8_t pixels[4] = {1, 2, 3, 4};
    char name[NAME_BYTES];
    plain_peer peer;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer_counters counters;
    assert_true(peer_open(&peer, own_name(name, "nonsense"), true));
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    assert_non_null(consumer);
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        memcpy(peer.base, &nonsense[i], sizeof nonsense[i]);
        sem_post(peer.event);
        assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_TIMEOUT);
        peer_send(&peer, good, pixels);
        assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
        assert_memory_equal(image.pixels, pixels, sizeof pixels);
        assert_int_equal(image.info.number, 2 * i + 2);
        ferry_consumer_get_counters(consumer, &counters);
        assert_int_equal(counters.skipped, i + 1);
        assert_int_equal(counters.refused, i + 1);
        assert_int_equal(counters.head, counters.received + counters.skipped + counters.pending);
    }
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

/* A sender that posts without looking at the value, while nobody receives: there is one picture to
 * copy, once. */
static void test_what_has_piled_up_is_copied_once(void **state) {
    (void)state;
    enum { POSTS = 3000 };
    const plain_header header = {4, 2, 2, 8};
    const uint8_t pixels[4] = {1, 2, 3, 4};
    char name[NAME_BYTES];
    plain_peer peer;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer_counters counters;
    assert_true(peer_open(&peer, own_name(name, "piled"), true));
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    assert_non_null(consumer);
    for (uint64_t round = 1; round <= 2; round++) {
        for (int i = 0; i < POSTS; i++)
            peer_send(&peer, header, pixels);
        assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
        assert_int_equal(image.info.number, round * POSTS);
        assert_int_equal(image.skipped, POSTS - 1);
        assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_TIMEOUT);
        ferry_consumer_get_counters(consumer, &counters);
        assert_int_equal(counters.retries, 0);
        assert_int_equal(counters.received, round);
        assert_int_equal(counters.skipped, round * (POSTS - 1));
        assert_true(counters.head == round * POSTS && counters.pending == 0);
    }
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_plain_receiver, clean_up),
        cmocka_unit_test_teardown(test_a_plain_sender, clean_up),
        cmocka_unit_test_teardown(test_never_torn, clean_up),
        cmocka_unit_test_teardown(test_what_one_slot_cannot_do, clean_up),
        cmocka_unit_test_teardown(test_nonsense_is_passed_over, clean_up),
        cmocka_unit_test_teardown(test_what_has_piled_up_is_copied_once, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
