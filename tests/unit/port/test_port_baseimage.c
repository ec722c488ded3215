/* The channel of BaseImage as a port: what a port's calls make of it. The tests of dialect/ have
 * what the channel itself does with programs of this kind. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "port_support.h"

static char name[NAME_BYTES];

static ferry_port_options options_of(uint32_t role) {
    ferry_port_options options = FERRY_PORT_OPTIONS_INIT;
    options.dialect = FERRY_PORT_BASEIMAGE;
    options.role = role;
    options.names[FERRY_PORT_MEMORY] = own_name(name, "base");
    return options;
}

static ferry_status send_rows(ferry_port *port, uint8_t first, ferry_error *error) {
    uint8_t pixels[6 * 5];
    ferry_frame_info info = {
        .width = 5, .height = 5, .format = FERRY_FORMAT_GRAY, .stride_bytes = 6};
    for (int i = 0; i < 30; i++)
        pixels[i] = (uint8_t)(first + i / 6);
    return ferry_port_send(port, &info, pixels, STUCK_NS, error);
}

static void receive_rows(ferry_port *port, uint8_t first, uint64_t number) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error = FERRY_ERROR_INIT;
    if (ferry_port_receive(port, &image, STUCK_NS, &error) != FERRY_OK)
        fail_msg("%s", error.message);
    assert_int_equal(image.info.width, 5);
    assert_int_equal(image.info.height, 5);
    assert_int_equal(image.info.number, number);
    for (uint32_t y = 0; y < 5; y++)
        assert_int_equal(image.pixels[y * image.info.stride_bytes], first + y);
    ferry_image_free(&image);
}

static void test_pictures_there_and_back(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *receiver = open_port(&options);
    assert_receive(receiver, FERRY_TIMEOUT, name);
    options.role = FERRY_PORT_SENDER;
    ferry_port *sender = open_port(&options);
    for (uint8_t i = 1; i <= 5; i++) {
        assert_int_equal(send_rows(sender, (uint8_t)(10 * i), NULL), FERRY_OK);
        receive_rows(receiver, (uint8_t)(10 * i), i);
    }
    assert_int_equal(counters_of(sender).sent, 5);
    assert_int_equal(counters_of(receiver).received, 5);
    assert_int_equal(ferry_port_drain(sender, 0, NULL), FERRY_OK);
    ferry_port_close(&sender);
    sender = open_port(&options); /* the next sender is found again */
    assert_int_equal(send_rows(sender, 100, NULL), FERRY_OK);
    receive_rows(receiver, 100, 6);
    ferry_port_close(&sender);
    ferry_port_close(&receiver);
    assert_nothing_left();
}

/* As a program reads it that has the last row first. */
static void test_the_last_row_first(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    for (uint32_t bottom_up = 0; bottom_up < 2; bottom_up++) {
        options.bottom_up = bottom_up;
        ferry_port *port = open_port(&options);
        assert_int_equal(send_rows(port, 7, NULL), FERRY_OK);
        old_memory memory = old_memory_open(name);
        for (uint32_t y = 0; y < 5; y++)
            assert_int_equal(memory.base[16 + 5 * y], 7 + (bottom_up != 0 ? 4 - y : y));
        old_memory_close(&memory);
        ferry_port_close(&port);
        assert_nothing_left();
    }
}

static void test_what_it_does_not_carry(void **state) {
    (void)state;
    uint8_t pixels[12] = {0};
    ferry_error error = FERRY_ERROR_INIT;
    ferry_frame_info info = {.width = 2, .height = 2, .format = FERRY_FORMAT_RGB24};
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    assert_send(port, "text", FERRY_INVALID_ARGUMENT, "text");
    assert_int_equal(ferry_port_send(port, &info, pixels, 0, &error), FERRY_NOT_SUPPORTED);
    assert_int_equal(ferry_port_send(port, &info, pixels, 0, NULL), FERRY_NOT_SUPPORTED);
    assert_receive(port, FERRY_INVALID_ARGUMENT, "send");
    ferry_port_close(&port);
    options = options_of(FERRY_PORT_RECEIVER);
    port = open_port(&options);
    assert_send(port, "text", FERRY_INVALID_ARGUMENT, "receive");
    ferry_port_close(&port);
    assert_nothing_left();
}

static void test_other_threads_end_a_wait(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *receiver = open_port(&options);
    assert_is_interrupted(receiver, false); /* no sender */
    options.role = FERRY_PORT_SENDER;
    ferry_port *sender = open_port(&options);
    assert_is_interrupted(receiver, false); /* no picture */
    ferry_port_close(&sender);
    ferry_port_close(&receiver);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_pictures_there_and_back, clean_up),
        cmocka_unit_test_teardown(test_the_last_row_first, clean_up),
        cmocka_unit_test_teardown(test_what_it_does_not_carry, clean_up),
        cmocka_unit_test_teardown(test_other_threads_end_a_wait, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
