/* The rwevents convention: a port and a program that knows nothing of this library, with both
 * events after each step; pictures with three numbers in front, and texts without events. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "port_support.h"

enum { SIDE = 8, AREA = SIDE * SIDE, HEADER = 12, ROOM = 1000 };

static char memory_name[NAME_BYTES], read_name[NAME_BYTES], write_name[NAME_BYTES];
static old_memory memory;
static old_event reading, writing;

static ferry_port_options options_of(uint32_t role, uint32_t payload) {
    ferry_port_options options =
        text_options(FERRY_PORT_RWEVENTS, role, own_name(memory_name, "memory"));
    options.payload = payload;
    options.memory_bytes = payload == FERRY_PAYLOAD_IMAGE ? ROOM : 0;
    options.names[FERRY_PORT_READ] = own_name(read_name, "read");
    options.names[FERRY_PORT_WRITE] = own_name(write_name, "write");
    return options;
}

static void make_events(void) {
    reading = old_event_make(own_name(read_name, "read"), true);
    writing = old_event_make(own_name(write_name, "write"), true);
}

static void make_old(void) {
    memory = old_memory_make(own_name(memory_name, "memory"), ROOM);
    make_events();
}

static void close_old(void) {
    old_memory_close(&memory);
    old_event_close(reading);
    old_event_close(writing);
}

static void remove_old(void) {
    close_old();
    old_memory_remove(memory_name);
    old_semaphore_remove(read_name);
    old_semaphore_remove(write_name);
    assert_nothing_left();
}

#define assert_events(is_reading_set, is_writing_set)                                              \
    do {                                                                                           \
        assert_int_equal(old_event_is_set(reading), is_reading_set);                               \
        assert_int_equal(old_event_is_set(writing), is_writing_set);                               \
    } while (0)

static void paint_old(uint8_t shade) {
    memcpy(memory.base, (int32_t[]){SIDE, SIDE, AREA}, HEADER);
    memset(memory.base + HEADER, shade, AREA);
}

static ferry_status send_shade(ferry_port *port, uint8_t shade, int64_t timeout_ns,
                               ferry_error *error) {
    uint8_t pixels[AREA];
    ferry_frame_info info = {.width = SIDE, .height = SIDE, .format = FERRY_FORMAT_GRAY};
    memset(pixels, shade, sizeof pixels);
    return ferry_port_send(port, &info, pixels, timeout_ns, error);
}

static void receive_shade(ferry_port *port, uint8_t shade) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error = FERRY_ERROR_INIT;
    if (ferry_port_receive(port, &image, STUCK_NS, &error) != FERRY_OK)
        fail_msg("%s", error.message);
    assert_int_equal(image.info.width, SIDE);
    assert_int_equal(image.info.height, SIDE);
    assert_int_equal(image.info.length_bytes, AREA);
    for (int i = 0; i < AREA; i++)
        assert_int_equal(image.pixels[i], shade);
    ferry_image_free(&image);
}

/* ---- pictures ---- */

static void test_the_sender_makes_all(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_IMAGE);
    ferry_port *port = open_port(&options);
    memory = old_memory_open(memory_name);
    reading = old_event_open(read_name);
    writing = old_event_open(write_name);
    assert_events(true, true);
    assert_int_equal(memory.base[0], 0);
    assert_true(memory.bytes == ROOM || (NAMES_GO_WITH_USERS && memory.bytes == 4096));
    close_old();
    ferry_port_close(&port);
    assert_nothing_left();
}

static void test_a_receiver_makes_nothing(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER, FERRY_PAYLOAD_IMAGE);
    ferry_port *port = open_port(&options);
    assert_nothing_left();
    assert_receive(port, FERRY_TIMEOUT, memory_name);
    memory = old_memory_make(memory_name, ROOM);
    paint_old(3);
    assert_receive(port, FERRY_TIMEOUT, read_name); /* its order is missing */
    make_events();
    receive_shade(port, 3);
    assert_events(true, true);
    ferry_port_close(&port);
    remove_old();
}

static void test_a_sender_waits_for_the_reader(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    make_old();
    ferry_port_options options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_IMAGE);
    ferry_port *port = open_port(&options);
    assert_int_equal(send_shade(port, 7, STUCK_NS, NULL), FERRY_OK);
    assert_events(true, true);
    int32_t header[3];
    memcpy(header, memory.base, HEADER);
    assert_int_equal(header[0], SIDE);
    assert_int_equal(header[1], SIDE);
    assert_int_equal(header[2], AREA);
    assert_int_equal(memory.base[HEADER], 7);
    assert_int_equal(memory.base[HEADER + AREA - 1], 7);
    assert_int_equal(memory.base[HEADER + AREA], 0);
    old_event_reset(reading); /* the other side reads */
    assert_int_equal(send_shade(port, 8, MOMENT_NS, &error), FERRY_TIMEOUT);
    assert_sentence(&error, FERRY_TIMEOUT, read_name);
    assert_events(false, true); /* it was not its turn: nothing was reset */
    assert_int_equal(memory.base[HEADER], 7);
    old_event_set(reading);
    old_event_reset(writing); /* as a writer leaves it that was killed */
    assert_int_equal(send_shade(port, 9, STUCK_NS, NULL), FERRY_OK);
    assert_events(true, true);
    assert_int_equal(memory.base[HEADER], 9);
    ferry_port_close(&port);
    assert_events(true, true);
    remove_old();
}

static void test_a_receiver_waits_for_the_writer(void **state) {
    (void)state;
    make_old();
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER, FERRY_PAYLOAD_IMAGE);
    ferry_port *port = open_port(&options);
    assert_no_text(port); /* zeros */
    assert_events(true, true);
    paint_old(1);
    receive_shade(port, 1);
    assert_no_text(port);
    old_event_reset(writing); /* the other side writes */
    paint_old(2);
    assert_receive(port, FERRY_TIMEOUT, write_name);
    assert_events(true, false);
    old_event_set(writing);
    receive_shade(port, 2);
    old_event_reset(reading); /* as a reader leaves it that was killed */
    paint_old(3);
    receive_shade(port, 3);
    assert_events(true, true);
    assert_int_equal(counters_of(port).received, 3);
    ferry_port_close(&port);
    remove_old();
}

static void test_a_header_that_cannot_be_is_said_once(void **state) {
    (void)state;
    make_old();
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER, FERRY_PAYLOAD_IMAGE);
    ferry_port *port = open_port(&options);
    memcpy(memory.base, (int32_t[]){SIDE, SIDE, ROOM}, HEADER); /* longer than the memory */
    assert_receive(port, FERRY_MALFORMED, memory_name);
    assert_no_text(port);
    assert_int_equal(counters_of(port).malformed, 1);
    paint_old(5);
    receive_shade(port, 5);
    memcpy(memory.base, (int32_t[]){SIDE, -SIDE, ROOM}, HEADER);
    assert_receive(port, FERRY_MALFORMED, memory_name);
    assert_int_equal(counters_of(port).malformed, 2);
    assert_events(true, true);
    ferry_port_close(&port);
    remove_old();
}

static void test_the_other_side_was_killed_at_work(void **state) {
    (void)state;
    make_old();
    paint_old(1);
    old_event_reset(writing);
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER, FERRY_PAYLOAD_IMAGE);
    ferry_port *patient = open_port(&options);
    assert_receive(patient, FERRY_TIMEOUT, "--break-lock");
    options.break_lock_ns = 1000000;
    ferry_port *port = open_port(&options);
    receive_shade(port, 1);
    assert_int_equal(counters_of(port).broken, 1);
    assert_events(true, false); /* which is not a reader's to set */
    assert_int_equal(counters_of(patient).broken, 0);
    ferry_port_close(&patient);
    ferry_port_close(&port);
    remove_old();
}

static void test_what_does_not_fit_is_refused(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    make_old();
    static uint8_t pixels[40 * 40];
    ferry_frame_info info = {.width = 40, .height = 40, .format = FERRY_FORMAT_GRAY};
    memory.base[0] = 1;
    ferry_port_options options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_IMAGE);
    ferry_port *port = open_port(&options);
    if (memory.bytes == ROOM) { /* whole pages have room for it */
        assert_int_equal(ferry_port_send(port, &info, pixels, 0, &error), FERRY_TOO_LARGE);
        assert_sentence(&error, FERRY_TOO_LARGE, memory_name);
        assert_int_equal(memory.base[0], 1);
    }
    assert_events(true, true);
    info.format = FERRY_FORMAT_RGB24;
    assert_int_equal(ferry_port_send(port, &info, pixels, 0, &error), FERRY_NOT_SUPPORTED);
    assert_send(port, "text", FERRY_INVALID_ARGUMENT, "text");
    ferry_port_close(&port);
    remove_old();
}

/* ---- texts ---- */

/* The demonstration makes memory of its text's length and nothing else. */
static void test_a_text_without_events(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER, FERRY_PAYLOAD_TEXT);
    ferry_port *port = open_port(&options);
    memory = old_memory_make(memory_name, 6);
    assert_no_text(port); /* it has been made, and not been written */
    memcpy(memory.base, "hello", 6);
    receive_text(port, "hello");
    assert_no_text(port);
    memcpy(memory.base, "HELLO!", 6); /* without a zero */
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_port_receive(port, &image, STUCK_NS, NULL), FERRY_OK);
    assert_string_equal((char *)image.pixels, "HELLO!");
    ferry_image_free(&image);
    ferry_port_close(&port);
    old_memory_close(&memory);
    old_memory_remove(memory_name);
    assert_nothing_left();
}

static void test_a_port_sends_texts_with_events(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_TEXT);
    ferry_port *sender = open_port(&options);
    options = options_of(FERRY_PORT_RECEIVER, FERRY_PAYLOAD_TEXT);
    ferry_port *receiver = open_port(&options);
    for (int i = 0; i < 20; i++) {
        char text[LINE_BYTES];
        snprintf(text, sizeof text, "number %d", i);
        send_text(sender, text);
        receive_text(receiver, text);
    }
    reading = old_event_open(read_name);
    writing = old_event_open(write_name);
    assert_events(true, true);
    old_event_reset(writing);
    assert_receive(receiver, FERRY_TIMEOUT, write_name);
    old_event_close(reading);
    old_event_close(writing);
    ferry_port_close(&receiver);
    ferry_port_close(&sender);
    assert_nothing_left();
}

/* ---- memory of others ---- */

static void test_memory_of_another_program_stays_as_it_is(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    uint8_t before[ROOM];
    memory = old_memory_make(own_name(memory_name, "memory"), ROOM);
    for (int i = 0; i < ROOM; i++)
        memory.base[i] = before[i] = (uint8_t)(i * 31 + 7);
    ferry_port_options options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_IMAGE);
    assert_int_equal(try_port(&options, &error), FERRY_FOREIGN);
    assert_sentence(&error, FERRY_FOREIGN, memory_name);
    assert_memory_equal(memory.base, before, ROOM);
    assert_false(old_semaphore_exists(read_name));
    options.adopt = 1;
    ferry_port *port = open_port(&options);
    assert_int_equal(send_shade(port, 1, STUCK_NS, NULL), FERRY_OK);
    assert_int_equal(memory.base[HEADER], 1);
    assert_memory_equal(memory.base + HEADER + AREA, before + HEADER + AREA, ROOM - HEADER - AREA);
    ferry_port_close(&port);
    old_memory_close(&memory);
    old_memory_remove(memory_name);
    assert_nothing_left();
}

static void test_a_channel_is_never_written(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    own_name(memory_name, "memory");
    ferry_producer *producer = make_producer(memory_name, 3, FERRY_WHEN_FULL_DROP, NULL);
    assert_non_null(producer);
    for (uint32_t i = 0; i < 8; i++) {
        ferry_port_options options =
            options_of(i % 2, i / 4 ? FERRY_PAYLOAD_TEXT : FERRY_PAYLOAD_IMAGE);
        options.adopt = i / 2 % 2;
        assert_int_equal(try_port(&options, &error), FERRY_BUSY);
        assert_sentence(&error, FERRY_BUSY, memory_name);
    }
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_other_threads_end_a_wait(void **state) {
    (void)state;
    make_old();
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER, FERRY_PAYLOAD_IMAGE);
    ferry_port *port = open_port(&options);
    assert_is_interrupted(port, false);
    old_event_reset(writing);
    assert_is_interrupted(port, false);
    ferry_port_close(&port);
    old_event_set(writing);
    old_event_reset(reading);
    options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_TEXT);
    port = open_port(&options);
    assert_is_interrupted(port, true);
    assert_int_equal(memory.base[0], 0);
    ferry_port_close(&port);
    remove_old();
}

/* ---- two ports ---- */

enum { ROUNDS = 200 };

static void send_shades(const void *argument) {
    (void)argument;
    ferry_port_options options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_IMAGE);
    ferry_port *port = NULL;
    CHILD_CHECK(ferry_port_open(&port, &options, NULL) == FERRY_OK);
    for (int i = 1; i <= ROUNDS; i++)
        CHILD_CHECK(send_shade(port, (uint8_t)i, STUCK_NS, NULL) == FERRY_OK);
    child_say('s');
    child_hear();
    ferry_port_close(&port);
}

/* Wait and reset are two steps, so that both may be at work: what is handed on is whole. */
static void test_two_ports_hand_on_no_torn_picture(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER, FERRY_PAYLOAD_IMAGE);
    ferry_port *port = open_port(&options);
    child *sender = start_child(send_shades, NULL);
    ferry_image image = FERRY_IMAGE_INIT;
    do {
        assert_int_equal(ferry_port_receive(port, &image, STUCK_NS, NULL), FERRY_OK);
        assert_int_equal(image.info.length_bytes, AREA);
        for (int i = 1; i < AREA; i++)
            assert_int_equal(image.pixels[i], image.pixels[0]);
    } while (image.pixels[0] != ROUNDS);
    ferry_image_free(&image);
    assert_int_equal(hear(sender), 's');
    tell_child(sender, 'e');
    assert_child_succeeds(sender);
    ferry_port_close(&port);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_sender_makes_all, clean_up),
        cmocka_unit_test_teardown(test_a_receiver_makes_nothing, clean_up),
        cmocka_unit_test_teardown(test_a_sender_waits_for_the_reader, clean_up),
        cmocka_unit_test_teardown(test_a_receiver_waits_for_the_writer, clean_up),
        cmocka_unit_test_teardown(test_a_header_that_cannot_be_is_said_once, clean_up),
        cmocka_unit_test_teardown(test_the_other_side_was_killed_at_work, clean_up),
        cmocka_unit_test_teardown(test_what_does_not_fit_is_refused, clean_up),
        cmocka_unit_test_teardown(test_a_text_without_events, clean_up),
        cmocka_unit_test_teardown(test_a_port_sends_texts_with_events, clean_up),
        cmocka_unit_test_teardown(test_memory_of_another_program_stays_as_it_is, clean_up),
        cmocka_unit_test_teardown(test_a_channel_is_never_written, clean_up),
        cmocka_unit_test_teardown(test_other_threads_end_a_wait, clean_up),
        cmocka_unit_test_teardown(test_two_ports_hand_on_no_torn_picture, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
