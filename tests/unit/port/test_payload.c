/* Texts and pictures with headers, as they lie in memory. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "payload_support.h"

/* ---- texts ---- */

static ferry_frame_info text_info(uint32_t length) {
    return (ferry_frame_info){.format = FERRY_FORMAT_TEXT, .length_bytes = length};
}

static void test_texts_there_and_back(void **state) {
    (void)state;
    use(FERRY_PORT_LOCKSTEP, FERRY_PAYLOAD_TEXT);
    static const uint32_t lengths[] = {0, 1, 2, 249, MOST_PIXELS};
    for (int i = 0; i < 5; i++) {
        memset(pixels, 'x', sizeof pixels);
        uint8_t *at = write_at_the_end(text_info(lengths[i]));
        assert_int_equal(end - at, lengths[i] + 1);
        assert_int_equal(end[-1], 0);
        assert_int_equal(at[-1], 0xaa);
        ferry_image image = take(at);
        assert_int_equal(image.info.width, lengths[i]);
        assert_int_equal(image.info.height, 1);
        assert_int_equal(image.info.format, FERRY_FORMAT_TEXT);
        assert_int_equal(image.info.length_bytes, lengths[i]);
        assert_memory_equal(image.pixels, pixels, lengths[i]);
        ferry_image_free(&image);
    }
}

static void test_a_text_without_a_zero_ends_with_the_memory(void **state) {
    (void)state;
    use(FERRY_PORT_MUTEX, FERRY_PAYLOAD_TEXT);
    memset(end - ROOM, 'y', ROOM);
    for (int length = 1; length <= ROOM; length = length * 3 + 1) {
        ferry_image image = take(end - length);
        assert_int_equal(image.info.length_bytes, length);
        assert_int_equal(strlen((const char *)image.pixels), length);
        ferry_image_free(&image);
    }
}

static void test_an_empty_text_is_one_where_it_is_announced(void **state) {
    (void)state;
    static const uint32_t dialects[] = {FERRY_PORT_MUTEX, FERRY_PORT_RWEVENTS, FERRY_PORT_FILE,
                                        FERRY_PORT_QT, FERRY_PORT_LOCKSTEP};
    for (int i = 0; i < 5; i++) {
        ferry_status wanted = dialects[i] == FERRY_PORT_LOCKSTEP ? FERRY_OK : FERRY_NO_PRODUCER;
        size_t bytes = 7;
        use(dialects[i], FERRY_PAYLOAD_TEXT);
        end[-1] = 0;
        assert_int_equal(measure(end - 1, 1, &bytes), wanted);
        assert_int_equal(bytes, 0);
        assert_int_equal(measure(end, 0, &bytes), wanted); /* no room at all */
        assert_int_equal(bytes, 0);
    }
}

static void test_what_is_no_text(void **state) {
    (void)state;
    ferryi_packet packet;
    use(FERRY_PORT_LOCKSTEP, FERRY_PAYLOAD_TEXT);
    memset(pixels, 'x', sizeof pixels);
    pixels[3] = 0;
    assert_int_equal(pack(&packet, text_info(3)), FERRY_OK);
    assert_int_equal(pack(&packet, text_info(4)), FERRY_INVALID_ARGUMENT);
    assert_sentence(&error, FERRY_INVALID_ARGUMENT, "zero");
    assert_int_equal(pack(&packet, small_info()), FERRY_INVALID_ARGUMENT);
    use(FERRY_PORT_LOCKSTEP, FERRY_PAYLOAD_IMAGE);
    assert_int_equal(pack(&packet, text_info(3)), FERRY_INVALID_ARGUMENT);
    set_up(NULL);
}

/* ---- pictures ---- */

static void test_pictures_there_and_back(void **state) {
    (void)state;
    static const struct {
        uint32_t format, bits, stride;
    } rows[] = {{FERRY_FORMAT_GRAY, 8, 0},      {FERRY_FORMAT_GRAY, 8, 9},
                {FERRY_FORMAT_GRAY16LE, 16, 0}, {FERRY_FORMAT_BGR24, 24, 0},
                {FERRY_FORMAT_BGR24, 24, 24},   {FERRY_FORMAT_BGRA, 32, 40},
                {FERRY_FORMAT_BGRX, 32, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t row = 7 * rows[i].bits / 8;
        use(FERRY_PORT_LOCKSTEP, FERRY_PAYLOAD_IMAGE);
        uint8_t *at = write_at_the_end(picture(7, 5, rows[i].format, rows[i].stride));
        assert_int_equal(end - at, 16 + row * 5);
        assert_int_equal(number_at(at, 0), row * 5);
        assert_int_equal(number_at(at, 1), 7);
        assert_int_equal(number_at(at, 2), 5);
        assert_int_equal(number_at(at, 3), rows[i].bits);
        ferry_image image = take(at);
        assert_int_equal(image.info.width, 7);
        assert_int_equal(image.info.height, 5);
        assert_int_equal(image.info.stride_bytes, row);
        assert_rows(&image, row, rows[i].stride != 0 ? rows[i].stride : row, false);
        ferry_image_free(&image);
    }
}

static void test_16_bits_are_what_the_options_say(void **state) {
    (void)state;
    ferryi_packet packet;
    ferry_port_options options = options_of(FERRY_PORT_MUTEX, FERRY_PAYLOAD_IMAGE);
    options.format_16bit = FERRY_FORMAT_RGB565LE;
    use_options(&options);
    ferry_image image = take(write_at_the_end(picture(3, 2, FERRY_FORMAT_RGB565LE, 0)));
    assert_int_equal(image.info.format, FERRY_FORMAT_RGB565LE);
    ferry_image_free(&image);
    assert_int_equal(pack(&packet, picture(3, 2, FERRY_FORMAT_GRAY16LE, 0)), FERRY_NOT_SUPPORTED);
    assert_sentence(&error, FERRY_NOT_SUPPORTED, "rgb565");
}

static void test_pictures_that_cannot_be_sent(void **state) {
    (void)state;
    ferryi_packet packet;
    static const uint32_t others[] = {FERRY_FORMAT_RGB24, FERRY_FORMAT_YUV420P,
                                      FERRY_FORMAT_YUYV422, FERRY_FORMAT_RGB565LE};
    use(FERRY_PORT_LOCKSTEP, FERRY_PAYLOAD_IMAGE);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pack(&packet, picture(4, 4, others[i], 0)), FERRY_NOT_SUPPORTED);
    assert_true(pack(&packet, picture(0, 4, FERRY_FORMAT_GRAY, 0)) != FERRY_OK);
    assert_true(pack(&packet, picture(4, -4, FERRY_FORMAT_GRAY, 0)) != FERRY_OK);
    assert_true(pack(&packet, picture(4, 4, FERRY_FORMAT_BGR24, 11)) != FERRY_OK);
    assert_true(pack(&packet, picture(4, 4, FERRY_FOURCC('V', 'P', '8', '0'), 0)) != FERRY_OK);
    assert_int_equal(pack(&packet, picture(INT32_MAX, 1, FERRY_FORMAT_GRAY, 0)), FERRY_OK);
    assert_true(pack(&packet, picture(INT32_MAX / 2, 3, FERRY_FORMAT_GRAY, 0)) != FERRY_OK);
}

static void test_every_order_of_three_numbers(void **state) {
    (void)state;
    static const char *const orders[] = {"whs", "wsh", "hws", "hsw", "swh", "shw"};
    for (int i = 0; i < 6; i++) {
        ferry_port_options options = options_of(FERRY_PORT_RWEVENTS, FERRY_PAYLOAD_IMAGE);
        options.header_order = orders[i];
        use_options(&options);
        uint8_t *at = write_at_the_end(picture(7, 5, FERRY_FORMAT_BGR24, 0));
        assert_int_equal(end - at, 12 + 7 * 3 * 5);
        for (int j = 0; j < 3; j++) {
            int32_t wanted = orders[i][j] == 'w' ? 7 : orders[i][j] == 'h' ? 5 : 105;
            assert_int_equal(number_at(at, j), wanted);
        }
        ferry_image image = take(at);
        assert_int_equal(image.info.width, 7);
        assert_int_equal(image.info.height, 5);
        assert_int_equal(image.info.format, FERRY_FORMAT_BGR24);
        assert_rows(&image, 21, 21, false);
        ferry_image_free(&image);
    }
}

/* A program of another kind has rows that are padded to 4 bytes. */
static void test_padded_rows(void **state) {
    (void)state;
    static const int32_t four[] = {7 * 3 * 5 + 15, 7, 5, 24}, three[] = {7, 5, 7 * 3 * 5 + 15};
    for (int i = 0; i < 2; i++) {
        use(i == 0 ? FERRY_PORT_MUTEX : FERRY_PORT_RWEVENTS, FERRY_PAYLOAD_IMAGE);
        int numbers = i == 0 ? 4 : 3;
        uint8_t *at = end - 4 * numbers - 24 * 5;
        put_numbers(at, i == 0 ? four : three, numbers);
        memcpy(at + 4 * numbers, pixels, 24 * 5);
        ferry_image image = take(at);
        assert_int_equal(image.info.stride_bytes, 24);
        assert_int_equal(image.info.format, FERRY_FORMAT_BGR24);
        assert_rows(&image, 21, 24, false);
        ferry_image_free(&image);
    }
}

/* Each of the two ways to say that the last row comes first, and both, which is none. */
static void test_the_last_row_first(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool option = (i & 1) != 0, negative = (i & 2) != 0;
        ferry_port_options options = options_of(FERRY_PORT_MUTEX, FERRY_PAYLOAD_IMAGE);
        options.bottom_up = option;
        use_options(&options);
        uint8_t *at = end - 16 - 24 * 5;
        put_numbers(at, (int32_t[]){24 * 5, 7, negative ? -5 : 5, 24}, 4);
        memcpy(at + 16, pixels, 24 * 5);
        ferry_image image = take(at);
        assert_int_equal(image.info.height, 5);
        assert_rows(&image, 21, 24, option != negative);
        ferry_image_free(&image);
        /* And what is sent so comes back as it was. */
        at = write_at_the_end(picture(7, 5, FERRY_FORMAT_BGR24, 0));
        assert_memory_equal(at + 16, option ? pixels + 4 * 21 : pixels, 21);
        image = take(at);
        assert_rows(&image, 21, 21, false);
        ferry_image_free(&image);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_texts_there_and_back, set_up),
        cmocka_unit_test_setup(test_a_text_without_a_zero_ends_with_the_memory, set_up),
        cmocka_unit_test_setup(test_an_empty_text_is_one_where_it_is_announced, set_up),
        cmocka_unit_test_setup(test_what_is_no_text, set_up),
        cmocka_unit_test_setup(test_pictures_there_and_back, set_up),
        cmocka_unit_test_setup(test_16_bits_are_what_the_options_say, set_up),
        cmocka_unit_test_setup(test_pictures_that_cannot_be_sent, set_up),
        cmocka_unit_test_setup(test_every_order_of_three_numbers, set_up),
        cmocka_unit_test_setup(test_padded_rows, set_up),
        cmocka_unit_test_setup(test_the_last_row_first, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
