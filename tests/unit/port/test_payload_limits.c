/* Bare pixels, headers of any numbers, and the sizes of memory and messages. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "payload_support.h"

/* ---- bare pixels ---- */

static void test_bare_pixels_there_and_back(void **state) {
    (void)state;
    ferryi_packet packet;
    static const struct {
        uint32_t format, stride, length;
    } rows[] = {{FERRY_FORMAT_GRAY, 0, 24},     {FERRY_FORMAT_RGB24, 0, 72},
                {FERRY_FORMAT_YUV420P, 0, 36},  {FERRY_FORMAT_YUYV422, 0, 48},
                {FERRY_FORMAT_RGB565LE, 0, 48}, {FERRY_FORMAT_NV12, 0, 36}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        use_raw(FERRY_PORT_LOCKSTEP, 6, 4, rows[i].format, rows[i].stride);
        uint8_t *at = write_at_the_end(picture(6, 4, rows[i].format, 0));
        assert_int_equal(end - at, rows[i].length);
        ferry_image image = take(at);
        assert_int_equal(image.info.width, 6);
        assert_int_equal(image.info.height, 4);
        assert_int_equal(image.info.format, rows[i].format);
        assert_int_equal(image.info.length_bytes, rows[i].length);
        assert_memory_equal(image.pixels, pixels, rows[i].length);
        ferry_image_free(&image);
        assert_int_equal(pack(&packet, picture(6, 5, rows[i].format, 0)), FERRY_INVALID_ARGUMENT);
        assert_int_equal(pack(&packet, picture(6, 4, FERRY_FORMAT_BGRA, 0)),
                         FERRY_INVALID_ARGUMENT);
    }
}

static void test_bare_pixels_with_a_stride(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_MUTEX, FERRY_PAYLOAD_RAW);
    options.raw = picture(5, 4, FERRY_FORMAT_BGR24, 16);
    for (uint32_t bottom_up = 0; bottom_up < 2; bottom_up++) {
        options.bottom_up = bottom_up;
        use_options(&options);
        uint8_t *at = write_at_the_end(picture(5, 4, FERRY_FORMAT_BGR24, 20));
        for (int y = 0; y < 4; y++)
            assert_memory_equal(at + 16 * y, pixels + 20 * (bottom_up ? 3 - y : y), 15);
        ferry_image image = take(at);
        assert_int_equal(image.info.stride_bytes, 16);
        assert_rows(&image, 15, 20, false);
        ferry_image_free(&image);
    }
}

static void test_bare_pixels_that_are_not_there(void **state) {
    (void)state;
    size_t bytes;
    ferry_image image = FERRY_IMAGE_INIT;
    use_raw(FERRY_PORT_MUTEX, 6, 4, FERRY_FORMAT_GRAY, 0);
    assert_int_equal(measure(end - 23, 23, &bytes), FERRY_MALFORMED);
    assert_sentence(&error, FERRY_MALFORMED, "shareMemory");
    /* All bytes the same, zero: nobody has written any. */
    memset(end - 24, 0, 24);
    assert_int_equal(measure(end - 24, 24, &bytes), FERRY_NO_PRODUCER);
    end[-1] = 1;
    assert_int_equal(measure(end - 24, 24, &bytes), FERRY_OK);
    end[-1] = 0;
    port.counters.received = 1;
    assert_int_equal(measure(end - 24, 24, &bytes), FERRY_OK);
    use_raw(FERRY_PORT_LOCKSTEP, 6, 4, FERRY_FORMAT_GRAY, 0);
    memset(end - 24, 0, 24);
    assert_int_equal(measure(end - 24, 24, &bytes), FERRY_OK);
    assert_int_equal(bytes, 24);
    assert_int_equal(ferryi_payload_unpack(&port, end - 23, 23, &image, &error), FERRY_MALFORMED);
    ferry_image_free(&image);
}

/* ---- what others may write ---- */

/* Any four numbers: a message that is one lies within the memory, and all of it can be had. */
static void test_headers_of_every_number(void **state) {
    (void)state;
    static const int32_t numbers[] = {INT32_MIN, -5, -1, 0,  1,    2,        5,
                                      8,         24, 32, 40, 2000, INT32_MAX};
    enum { COUNT = sizeof numbers / sizeof numbers[0], CASES = COUNT * COUNT * COUNT * COUNT };
    unsigned accepted = 0;
    static const uint32_t dialects[] = {FERRY_PORT_LOCKSTEP, FERRY_PORT_RWEVENTS};
    for (int d = 0; d < 2; d++) {
        use(dialects[d], FERRY_PAYLOAD_IMAGE);
        for (int i = 0; i < (d == 0 ? CASES : CASES / COUNT); i++) {
            int32_t header[] = {numbers[i % COUNT], numbers[i / COUNT % COUNT],
                                numbers[i / COUNT / COUNT % COUNT],
                                numbers[i / COUNT / COUNT / COUNT]};
            uint8_t *at = end - 16 - 200;
            size_t bytes;
            put_numbers(at, header, 4 - d);
            ferry_status status = measure(at, (uint64_t)(end - at), &bytes);
            bool is_blank =
                header[0] == 0 && header[1] == 0 && header[2] == 0 && (d == 1 || header[3] == 0);
            if (status != FERRY_OK) {
                assert_int_equal(status, is_blank ? FERRY_NO_PRODUCER : FERRY_MALFORMED);
                continue;
            }
            ferry_image image = take(at);
            assert_true(image.info.width > 0 && image.info.height > 0);
            ferry_image_free(&image);
            accepted++;
        }
    }
    assert_true(accepted > 50);
}

static void test_memory_that_is_shorter_than_a_header(void **state) {
    (void)state;
    static const uint32_t dialects[] = {FERRY_PORT_LOCKSTEP, FERRY_PORT_RWEVENTS};
    for (int d = 0; d < 2; d++) {
        use(dialects[d], FERRY_PAYLOAD_IMAGE);
        memset(end - 64, 0xff, 64);
        for (uint64_t room = 0; room < 64; room++) {
            size_t bytes;
            ferry_status status = measure(end - room, room, &bytes);
            assert_true(status == FERRY_MALFORMED || status == FERRY_NO_PRODUCER);
            assert_true(status == FERRY_MALFORMED || room < 16);
            assert_true(status == FERRY_MALFORMED || error.status == FERRY_NO_PRODUCER);
        }
    }
}

static void test_a_sentence_shows_the_header(void **state) {
    (void)state;
    size_t bytes;
    use(FERRY_PORT_LOCKSTEP, FERRY_PAYLOAD_IMAGE);
    put_numbers(end - 20, (int32_t[]){1234567, 320, -240, 17}, 4);
    assert_int_equal(measure(end - 20, 20, &bytes), FERRY_MALFORMED);
    assert_sentence(&error, FERRY_MALFORMED, "shareMemory");
    assert_non_null(strstr(error.message, "1234567 bytes"));
    assert_non_null(strstr(error.message, "320 x -240 pixels of 17 bits"));
    assert_non_null(strstr(error.message, "room for 4:"));
    use(FERRY_PORT_RWEVENTS, FERRY_PAYLOAD_IMAGE);
    put_numbers(end - 20, (int32_t[]){320, -240, 1234567}, 3);
    assert_int_equal(measure(end - 20, 20, &bytes), FERRY_MALFORMED);
    assert_non_null(strstr(error.message, "320 x -240 pixels and 1234567 bytes"));
    assert_non_null(strstr(error.message, "room for 8:"));
}

/* ---- sizes ---- */

static void test_sizes_of_memory_and_messages(void **state) {
    (void)state;
    use(FERRY_PORT_MUTEX, FERRY_PAYLOAD_TEXT);
    assert_int_equal(ferryi_payload_memory_bytes(&port), 250);
    assert_int_equal(ferryi_payload_most_bytes(&port, 4096), 250);
    assert_int_equal(ferryi_payload_most_bytes(&port, 100), 100);
    use(FERRY_PORT_FILE, FERRY_PAYLOAD_TEXT);
    assert_int_equal(ferryi_payload_memory_bytes(&port), 5120);
    assert_int_equal(ferryi_payload_most_bytes(&port, 8192), 1024);
    use(FERRY_PORT_LOCKSTEP, FERRY_PAYLOAD_IMAGE);
    assert_int_equal(ferryi_payload_memory_bytes(&port), FERRY_DEFAULT_SLOT_BYTES);
    assert_int_equal(ferryi_payload_most_bytes(&port, 100), 100);
    use_raw(FERRY_PORT_FILE, 6, 4, FERRY_FORMAT_GRAY, 0);
    assert_int_equal(ferryi_payload_memory_bytes(&port), 5120);
    use_raw(FERRY_PORT_MUTEX, 6, 4, FERRY_FORMAT_GRAY, 0);
    assert_int_equal(ferryi_payload_memory_bytes(&port), 24);
    /* Said by the user, of memory that both sides have larger; a message of its own size stays. */
    ferry_port_options options = options_of(FERRY_PORT_MUTEX, FERRY_PAYLOAD_TEXT);
    options.memory_bytes = 2000;
    use_options(&options);
    assert_int_equal(ferryi_payload_memory_bytes(&port), 2000);
    assert_int_equal(ferryi_payload_most_bytes(&port, 4096), 2000);
    options.dialect = FERRY_PORT_FILE;
    options.memory_bytes = 8192;
    use_options(&options);
    assert_int_equal(ferryi_payload_most_bytes(&port, 8192), 1024);
    options.memory_bytes = 100;
    use_options(&options);
    assert_int_equal(ferryi_payload_most_bytes(&port, 4096), 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bare_pixels_there_and_back, set_up),
        cmocka_unit_test_setup(test_bare_pixels_with_a_stride, set_up),
        cmocka_unit_test_setup(test_bare_pixels_that_are_not_there, set_up),
        cmocka_unit_test_setup(test_headers_of_every_number, set_up),
        cmocka_unit_test_setup(test_memory_that_is_shorter_than_a_header, set_up),
        cmocka_unit_test_setup(test_a_sentence_shows_the_header, set_up),
        cmocka_unit_test_setup(test_sizes_of_memory_and_messages, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
