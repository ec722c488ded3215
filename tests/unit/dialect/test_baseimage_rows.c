/* What a consumer is told about a sender that knows only the BaseImage layout: 16 bits, and rows
 * from the bottom up. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plain_peer.h"
#include "process_support.h"

enum { COLUMNS = 3, ROWS = 4, REST = 5, ROOM = 128 };

static ferry_consumer *open_told(const char *name, uint32_t format, bool bottom_up) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.wait_ns = 0;
    options.bare_16bit_format = format;
    options.bare_bottom_up = bottom_up;
    ferry_consumer *consumer = NULL;
    assert_int_equal(ferry_consumer_open(&consumer, &options, NULL), FERRY_OK);
    return consumer;
}

/* Rows with padding, and something behind the last one. */
static void fill_rows(plain_header *header, uint8_t *pixels, int32_t bits, uint32_t stride,
                      int salt) {
    *header = (plain_header){(int32_t)stride * ROWS + REST, COLUMNS, ROWS, bits};
    for (int32_t i = 0; i < header->length; i++)
        pixels[i] = (uint8_t)(3 * i + bits + salt);
}

static void assert_copied(ferry_consumer *consumer, const uint8_t *pixels, uint32_t stride,
                          bool turned) {
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
    assert_int_equal(image.info.stride_bytes, stride);
    assert_int_equal(image.info.length_bytes, stride * ROWS + REST);
    for (uint32_t y = 0; y < ROWS; y++)
        assert_memory_equal(image.pixels + y * stride,
                            pixels + (turned ? ROWS - 1 - y : y) * stride, stride);
    assert_memory_equal(image.pixels + ROWS * stride, pixels + ROWS * stride, REST);
    ferry_image_free(&image);
}

static void test_rows_from_the_bottom_up(void **state) {
    (void)state;
    static const int32_t bits[] = {8, 16, 24, 32};
    char name[NAME_BYTES];
    uint8_t pixels[ROOM];
    plain_header header;
    plain_peer peer;
    assert_true(peer_open(&peer, own_name(name, "rows"), true));
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        for (int turned = 0; turned < 2; turned++) {
            ferry_consumer *consumer = open_told(name, 0, turned);
            uint32_t row = COLUMNS * (uint32_t)bits[i] / 8, padded = (row + 3) / 4 * 4;
            fill_rows(&header, pixels, bits[i], padded, turned);
            peer_send(&peer, header, pixels);
            assert_copied(consumer, pixels, padded, turned);
            ferry_consumer_close(&consumer);
        }
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

static void test_what_16_bits_are(void **state) {
    (void)state;
    static const uint32_t told[][2] = {{0, FERRY_FORMAT_GRAY16LE},
                                       {FERRY_FORMAT_GRAY16LE, FERRY_FORMAT_GRAY16LE},
                                       {FERRY_FORMAT_RGB565LE, FERRY_FORMAT_RGB565LE}};
    const plain_header deep = {8, 2, 2, 16}, flat = {4, 2, 2, 8};
    const uint8_t pixels[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    char name[NAME_BYTES];
    plain_peer peer;
    ferry_image image = FERRY_IMAGE_INIT;
    assert_true(peer_open(&peer, own_name(name, "bits"), true));
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        ferry_consumer *consumer = open_told(name, told[i][0], false);
        peer_send(&peer, deep, pixels);
        assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
        assert_int_equal(image.info.format, told[i][1]);
        assert_true(image.info.stride_bytes == 4 && image.info.bit_count == 16);
        assert_memory_equal(image.pixels, pixels, sizeof pixels);
        peer_send(&peer, flat, pixels);
        assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
        assert_int_equal(image.info.format, FERRY_FORMAT_GRAY);
        ferry_consumer_close(&consumer);
    }
    ferry_image_free(&image);
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

/* 12 bits in planes, of which each is turned over. */
static void test_what_12_bits_are(void **state) {
    (void)state;
    const uint8_t pixels[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static const struct {
        uint32_t format;
        int32_t height;
        uint8_t wanted[12];
    } cases[] = {
        {FERRY_FORMAT_NV12, 4, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
        {FERRY_FORMAT_NV12, -4, {7, 8, 5, 6, 3, 4, 1, 2, 11, 12, 9, 10}},
        {FERRY_FORMAT_YUV420P, -4, {7, 8, 5, 6, 3, 4, 1, 2, 10, 9, 12, 11}},
    };
    char name[NAME_BYTES];
    plain_peer peer;
    ferry_image image = FERRY_IMAGE_INIT;
    assert_true(peer_open(&peer, own_name(name, "planes"), true));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
        options.name = name;
        options.bare_format = cases[i].format;
        ferry_consumer *consumer = NULL;
        assert_int_equal(ferry_consumer_open(&consumer, &options, NULL), FERRY_OK);
        peer_send(&peer, (plain_header){12, 2, cases[i].height, 12}, pixels);
        assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
        assert_int_equal(image.info.format, cases[i].format);
        assert_int_equal(image.info.height, 4);
        assert_memory_equal(image.pixels, cases[i].wanted, sizeof pixels);
        ferry_consumer_close(&consumer);
    }
    ferry_image_free(&image);
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

/* A producer of ours says what its frames are. */
static void test_our_producer_is_believed(void **state) {
    (void)state;
    const uint8_t pixels[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    char name[NAME_BYTES];
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_producer *producer = make_dialect(own_name(name, "ours"));
    assert_non_null(producer);
    ferry_consumer *consumer = open_told(name, FERRY_FORMAT_RGB565LE, true);
    ferry_frame_info info = {.width = 2, .height = 2, .format = FERRY_FORMAT_GRAY16LE};
    assert_int_equal(ferry_producer_send(producer, &info, pixels, 0, NULL, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL), FERRY_OK);
    assert_int_equal(image.info.format, FERRY_FORMAT_GRAY16LE);
    assert_memory_equal(image.pixels, pixels, sizeof pixels);
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_what_is_refused(void **state) {
    (void)state;
    static const ferry_consumer_options bad[] = {
        {.size = sizeof bad[0], .bare_16bit_format = FERRY_FORMAT_YUYV422},
        {.size = sizeof bad[0], .bare_16bit_format = 565},
        {.size = sizeof bad[0], .bare_bottom_up = 2},
        {.size = sizeof bad[0], .bare_images = 2},
        {.size = sizeof bad[0], .bare_format = 565},
        {.size = sizeof bad[0], .bare_format = FERRY_FORMAT_MJPEG},
        {.size = sizeof bad[0],
         .bare_format = FERRY_FORMAT_YUYV422,
         .bare_16bit_format = FERRY_FORMAT_RGB565LE},
    };
    ferry_consumer *consumer;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ferry_consumer_open(&consumer, &bad[i], NULL), FERRY_INVALID_ARGUMENT);
        assert_null(consumer);
    }
    /* A program of the time before these were there: what lies behind is not looked at. */
    ferry_consumer_options old = bad[0];
    old.bare_bottom_up = 77;
    old.size = offsetof(ferry_consumer_options, bare_16bit_format);
    assert_int_equal(ferry_consumer_open(&consumer, &old, NULL), FERRY_NO_PRODUCER);
    old = (ferry_consumer_options){.size = offsetof(ferry_consumer_options, bare_format),
                                   .bare_format = 565};
    assert_int_equal(ferry_consumer_open(&consumer, &old, NULL), FERRY_NO_PRODUCER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_rows_from_the_bottom_up, clean_up),
        cmocka_unit_test_teardown(test_what_16_bits_are, clean_up),
        cmocka_unit_test_teardown(test_what_12_bits_are, clean_up),
        cmocka_unit_test_teardown(test_our_producer_is_believed, clean_up),
        cmocka_unit_test_teardown(test_what_is_refused, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
