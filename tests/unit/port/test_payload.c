/* Messages as they lie in memory: texts, pictures with headers, bare pixels. Memory ends where
 * nothing more can be read. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pages.h"
#include "port/payload.h"
#include "port/port_options.h"
#include "port_support.h"

enum { ROOM = 4096, MOST_PIXELS = 1024 };

static ferry_port port; /* its options, and nothing else */
static ferry_error error;
static uint8_t *end; /* of the memory */
static uint8_t pixels[MOST_PIXELS];

static int set_up(void **state) {
    (void)state;
    end = end_before_a_gap();
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 7 + 1);
    return end == NULL;
}

static void use_options(const ferry_port_options *options) {
    port = (ferry_port){0};
    assert_int_equal(ferryi_port_options_read(&port, options, NULL), FERRY_OK);
    memset(end - ROOM, 0xaa, ROOM);
}

static ferry_port_options options_of(uint32_t dialect, uint32_t payload) {
    ferry_port_options options = FERRY_PORT_OPTIONS_INIT;
    options.dialect = dialect;
    options.payload = payload;
    return options;
}

static void use(uint32_t dialect, uint32_t payload) {
    ferry_port_options options = options_of(dialect, payload);
    use_options(&options);
}

static void use_raw(uint32_t dialect, int32_t width, int32_t height, uint32_t format,
                    uint32_t stride) {
    ferry_port_options options = options_of(dialect, FERRY_PAYLOAD_RAW);
    options.raw.width = width;
    options.raw.height = height;
    options.raw.format = format;
    options.raw.stride_bytes = stride;
    use_options(&options);
}

static ferry_status pack(ferryi_packet *packet, ferry_frame_info info) {
    error = (ferry_error)FERRY_ERROR_INIT;
    ferry_status status = ferryi_payload_pack(packet, &port, &info, pixels, &error);
    assert_int_equal(error.status, status);
    return status;
}

/* Packs a message and writes it, so that it ends where the memory does. */
static uint8_t *write_at_the_end(ferry_frame_info info) {
    ferryi_packet packet;
    if (pack(&packet, info) != FERRY_OK)
        fail_msg("%s", error.message);
    assert_true(packet.bytes <= ROOM);
    uint8_t *at = end - packet.bytes;
    ferryi_payload_write(at, &packet);
    return at;
}

static ferry_status measure(const uint8_t *at, uint64_t room, size_t *bytes) {
    error = (ferry_error)FERRY_ERROR_INIT;
    return ferryi_payload_measure(&port, at, room, bytes, &error);
}

/* Takes the message that begins here and ends the memory. */
static ferry_image take(const uint8_t *at) {
    size_t bytes = 0;
    ferry_image image = FERRY_IMAGE_INIT;
    if (measure(at, (uint64_t)(end - at), &bytes) != FERRY_OK)
        fail_msg("measure: %s", error.message);
    assert_true(bytes <= (size_t)(end - at));
    /* A copy of exactly that size, so that AddressSanitizer sees a step outside. */
    uint8_t *copy = malloc(bytes + (bytes == 0));
    memcpy(copy, at, bytes);
    assert_int_equal(ferryi_payload_unpack(&port, copy, bytes, &image, &error), FERRY_OK);
    free(copy);
    assert_int_equal(image.pixels[image.info.length_bytes], 0);
    return image;
}

static int32_t number_at(const uint8_t *at, int index) {
    int32_t number;
    memcpy(&number, at + 4 * index, sizeof number);
    return number;
}

static void put_numbers(uint8_t *at, const int32_t *numbers, int count) {
    memcpy(at, numbers, (size_t)count * sizeof *numbers);
}

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

static ferry_frame_info picture(int32_t width, int32_t height, uint32_t format, uint32_t stride) {
    return (ferry_frame_info){
        .width = width, .height = height, .format = format, .stride_bytes = stride};
}

/* Whether rows of the image are those of pixels, whose rows have this stride. */
static void assert_rows(const ferry_image *image, uint32_t row, uint32_t stride, bool turned) {
    for (int32_t y = 0; y < image->info.height; y++) {
        int32_t from = turned ? image->info.height - 1 - y : y;
        assert_memory_equal(image->pixels + image->info.stride_bytes * (uint32_t)y,
                            pixels + stride * (uint32_t)from, row);
    }
}

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
