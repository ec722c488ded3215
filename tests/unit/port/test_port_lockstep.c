/* The lockstep convention: a port and a program that knows nothing of this library, with the values
 * of both semaphores after each step; what programs leave behind that are gone. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "platform/semaphore.h"
#include "port_support.h"

static char memory_name[NAME_BYTES], read_name[NAME_BYTES], write_name[NAME_BYTES];
static old_memory memory;
static old_semaphore can_read, can_write;

static ferry_port_options options_of(uint32_t role) {
    ferry_port_options options =
        text_options(FERRY_PORT_LOCKSTEP, role, own_name(memory_name, "memory"));
    options.names[FERRY_PORT_READ] = own_name(read_name, "read");
    options.names[FERRY_PORT_WRITE] = own_name(write_name, "write");
    return options;
}

static void make_old(unsigned readable, unsigned writable) {
    memory = old_memory_make(own_name(memory_name, "memory"), TEXT_BYTES);
    can_read = old_semaphore_make(own_name(read_name, "read"), readable);
    can_write = old_semaphore_make(own_name(write_name, "write"), writable);
}

static void close_old(void) {
    old_memory_close(&memory);
    old_semaphore_close(can_read);
    old_semaphore_close(can_write);
}

static void remove_old(void) {
    close_old();
    old_memory_remove(memory_name);
    old_semaphore_remove(read_name);
    old_semaphore_remove(write_name);
    assert_nothing_left();
}

#define assert_values(readable, writable)                                                          \
    do {                                                                                           \
        assert_int_equal(old_semaphore_value(can_read), readable);                                 \
        assert_int_equal(old_semaphore_value(can_write), writable);                                \
    } while (0)

/* The other program writes, and does not wait for its answer yet. */
static void write_old(const char *text) {
    memcpy(memory.base, text, strlen(text) + 1);
    old_semaphore_release(can_read);
}

static void read_old(const char *wanted) {
    assert_true(old_semaphore_take(can_read));
    assert_string_equal((char *)memory.base, wanted);
    old_semaphore_release(can_write);
}

/* ---- step by step ---- */

static void test_either_side_makes_all(void **state) {
    (void)state;
    for (uint32_t role = FERRY_PORT_RECEIVER; role <= FERRY_PORT_SENDER; role++) {
        ferry_port_options options = options_of(role);
        ferry_port *port = open_port(&options);
        memory = old_memory_open(memory_name);
        can_read = old_semaphore_open(read_name);
        can_write = old_semaphore_open(write_name);
        assert_values(0, 0);
        assert_int_equal(memory.base[0], 0);
        close_old();
        ferry_port_close(&port);
        assert_nothing_left();
    }
}

static void test_a_sender_goes_step_by_step(void **state) {
    (void)state;
    make_old(0, 0);
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    assert_values(0, 0);
    assert_int_equal(ferry_port_drain(port, 0, NULL), FERRY_OK); /* nothing is owed */
    send_text(port, "one");                                      /* and waits with it */
    assert_values(1, 0);
    assert_string_equal((char *)memory.base, "one");
    assert_send(port, "two", FERRY_TIMEOUT, write_name);
    assert_int_equal(ferry_port_drain(port, MOMENT_NS, NULL), FERRY_TIMEOUT);
    assert_values(1, 0);
    read_old("one");
    assert_values(0, 1);
    send_text(port, "two");
    assert_values(1, 0);
    read_old("two");
    assert_int_equal(ferry_port_drain(port, STUCK_NS, NULL), FERRY_OK);
    assert_values(0, 0);
    send_text(port, "three"); /* the permission is in hand */
    assert_values(1, 0);
    assert_int_equal(counters_of(port).sent, 3);
    ferry_port_close(&port); /* gives nothing that it has not taken */
    assert_values(1, 0);
    read_old("three");
    remove_old();
}

static void test_a_receiver_goes_step_by_step(void **state) {
    (void)state;
    make_old(0, 0);
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    assert_receive(port, FERRY_TIMEOUT, read_name);
    assert_values(0, 0);
    write_old("one");
    receive_text(port, "one");
    assert_values(0, 1);
    assert_true(old_semaphore_take(can_write));
    write_old("one"); /* the same again is news here */
    receive_text(port, "one");
    assert_values(0, 1);
    assert_true(old_semaphore_take(can_write));
    write_old("");
    receive_text(port, "");
    assert_no_text(port);
    assert_values(0, 1);
    assert_int_equal(counters_of(port).received, 3);
    assert_int_equal(ferry_port_drain(port, 0, NULL), FERRY_OK);
    assert_values(0, 1);
    ferry_port_close(&port);
    assert_values(0, 1);
    remove_old();
}

static void test_an_empty_text_comes_first(void **state) {
    (void)state;
    make_old(0, 0);
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    write_old("");
    receive_text(port, "");
    assert_values(0, 1);
    ferry_port_close(&port);
    remove_old();
}

static void test_what_does_not_fit_is_not_announced(void **state) {
    (void)state;
    char too_long[TEXT_BYTES + 1];
    make_old(0, 0);
    memset(too_long, 'x', sizeof too_long);
    too_long[TEXT_BYTES] = '\0';
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    assert_send(port, too_long, FERRY_TOO_LARGE, memory_name);
    assert_values(0, 0);
    assert_int_equal(memory.base[0], 0);
    send_text(port, "one");
    read_old("one");
    assert_send(port, too_long, FERRY_TOO_LARGE, memory_name);
    assert_values(0, 1); /* the answer is still there */
    send_text(port, "two");
    assert_values(1, 0);
    ferry_port_close(&port);
    remove_old();
}

static void test_an_announced_message_that_cannot_be(void **state) {
    (void)state;
    make_old(0, 0);
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    options.payload = FERRY_PAYLOAD_IMAGE;
    ferry_port *port = open_port(&options);
    for (int i = 1; i <= 3; i++) { /* zeros, and a length that is too much */
        old_semaphore_release(can_read);
        assert_receive(port, FERRY_MALFORMED, memory_name);
        assert_values(0, 1); /* it is passed over, as it was taken */
        assert_true(old_semaphore_take(can_write));
        assert_int_equal(counters_of(port).malformed, i);
        memcpy(memory.base, (int32_t[]){1 << 30, 100, 100, 24}, 16);
    }
    memcpy(memory.base, (int32_t[]){6, 3, 2, 8, 0x04030201, 0x0605}, 24);
    old_semaphore_release(can_read);
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_port_receive(port, &image, STUCK_NS, NULL), FERRY_OK);
    assert_memory_equal(image.pixels, "\1\2\3\4\5\6", 6);
    assert_int_equal(image.info.number, 1);
    ferry_image_free(&image);
    ferry_port_close(&port);
    remove_old();
}

/* ---- what others have left behind ---- */

/* An answer that no writer has waited for: one that took it for its own would be one ahead. */
static void test_a_stale_permission_is_taken_first(void **state) {
    (void)state;
    make_old(0, 1);
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    assert_values(0, 1);
    send_text(port, "one");
    assert_values(1, 0);
    assert_send(port, "two", FERRY_TIMEOUT, write_name);
    read_old("one");
    send_text(port, "two");
    assert_values(1, 0);
    ferry_port_close(&port);
    remove_old();
}

/* A text that nobody has taken yet is left its time. */
static void test_the_text_of_a_writer_before_is_not_overwritten(void **state) {
    (void)state;
    make_old(0, 0);
    write_old("left");
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    assert_send(port, "one", FERRY_TIMEOUT, read_name);
    assert_string_equal((char *)memory.base, "left");
    assert_values(1, 0);
    read_old("left");
    send_text(port, "one");
    assert_values(1, 0);
    assert_string_equal((char *)memory.base, "one");
    ferry_port_close(&port);
    remove_old();
}

/* A clean end of an old writer releases read, then write. */
static void test_an_old_writer_has_ended_cleanly(void **state) {
    (void)state;
    make_old(1, 1);
    memcpy(memory.base, "last", 5);
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *reader = open_port(&options);
    receive_text(reader, "last");
    ferry_port_close(&reader);
    options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    send_text(port, "one");
    assert_int_equal(old_semaphore_value(can_read), 1);
    read_old("one");
    send_text(port, "two");
    assert_values(1, 0);
    ferry_port_close(&port);
    remove_old();
}

/* ---- killed programs ---- */

static void test_a_reader_was_killed_with_a_text(void **state) {
    (void)state;
    make_old(0, 0);
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    options.break_lock_ns = 1000000;
    ferry_port *port = open_port(&options);
    send_text(port, "one");
    assert_send(port, "two", FERRY_TIMEOUT, write_name); /* not taken: nobody was killed with it */
    assert_int_equal(counters_of(port).broken, 0);
    assert_true(old_semaphore_take(can_read)); /* and killed */
    assert_values(0, 0);
    send_text(port, "two");
    assert_int_equal(counters_of(port).broken, 1);
    assert_values(1, 0);
    read_old("two");
    ferry_port_close(&port);
    remove_old();
}

/* As a writer that has written waits for its answer. */
static void wait_for_the_answer(const void *argument) {
    ferryi_semaphore *answer = NULL;
    atomic_bool lost = false;
    CHILD_CHECK(ferryi_semaphore_open(&answer, argument, FERRYI_NOT_SHARED, &lost, NULL) ==
                FERRY_OK);
    uint64_t until_ns = ferry_clock_ns() + STUCK_NS;
    while (!ferryi_semaphore_wait(answer, FERRY_SECOND_NS))
        CHILD_CHECK(ferry_clock_ns() < until_ns);
    ferryi_semaphore_close(&answer, false);
}

/* Only where the system tells that a writer waits: else it may have nothing to say. */
static void test_a_reader_before_this_one_was_killed(void **state) {
    (void)state;
    make_old(0, 0);
    write_old("one");
    assert_true(old_semaphore_take(can_read)); /* by a reader that is killed */
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    options.break_lock_ns = 1000000;
    ferry_port *port = open_port(&options);
    assert_no_text(port); /* nobody waits for an answer */
    assert_int_equal(counters_of(port).broken, 0);
    if (!NAMES_GO_WITH_USERS) {
        child *writer = start_child(wait_for_the_answer, write_name);
        receive_text(port, "one");
        assert_int_equal(counters_of(port).broken, 1);
        assert_child_succeeds(writer);
        assert_values(0, 0);
        assert_no_text(port);
        assert_int_equal(counters_of(port).broken, 1);
    }
    ferry_port_close(&port);
    remove_old();
}

/* There is no text, and no reader before this one. */
static void test_memory_of_its_own_has_nothing_to_break(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    options.break_lock_ns = 1;
    ferry_port *port = open_port(&options);
    assert_no_text(port);
    assert_no_text(port);
    assert_int_equal(counters_of(port).broken, 0);
    can_write = old_semaphore_open(write_name);
    assert_int_equal(old_semaphore_value(can_write), 0);
    old_semaphore_close(can_write);
    ferry_port_close(&port);
    assert_nothing_left();
}

static void test_other_threads_end_a_wait(void **state) {
    (void)state;
    make_old(0, 0);
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    assert_is_interrupted(port, false);
    ferry_port_close(&port);
    options = options_of(FERRY_PORT_SENDER);
    port = open_port(&options);
    send_text(port, "one");
    assert_is_interrupted(port, true);
    ferry_port_interrupt(port);
    assert_int_equal(ferry_port_drain(port, STUCK_NS, NULL), FERRY_INTERRUPTED);
    assert_string_equal((char *)memory.base, "one");
    ferry_port_close(&port);
    remove_old();
}

/* ---- two ports ---- */

enum { ROUNDS = 300 };

static void count_up(const void *argument) {
    (void)argument;
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = NULL;
    CHILD_CHECK(ferry_port_open(&port, &options, NULL) == FERRY_OK);
    for (int i = 1; i <= ROUNDS; i++) {
        char text[LINE_BYTES];
        snprintf(text, sizeof text, "number %d", i);
        CHILD_CHECK(ferry_port_send_text(port, text, STUCK_NS, NULL) == FERRY_OK);
    }
    CHILD_CHECK(ferry_port_drain(port, STUCK_NS, NULL) == FERRY_OK);
    ferry_port_close(&port);
}

static void test_two_ports_lose_nothing(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    child *sender = start_child(count_up, NULL);
    for (int i = 1; i <= ROUNDS; i++) {
        char text[LINE_BYTES];
        snprintf(text, sizeof text, "number %d", i);
        receive_text(port, text);
    }
    assert_child_succeeds(sender);
    assert_no_text(port);
    assert_int_equal(counters_of(port).received, ROUNDS);
    assert_int_equal(counters_of(port).torn, 0);
    ferry_port_close(&port);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_either_side_makes_all, clean_up),
        cmocka_unit_test_teardown(test_a_sender_goes_step_by_step, clean_up),
        cmocka_unit_test_teardown(test_a_receiver_goes_step_by_step, clean_up),
        cmocka_unit_test_teardown(test_an_empty_text_comes_first, clean_up),
        cmocka_unit_test_teardown(test_what_does_not_fit_is_not_announced, clean_up),
        cmocka_unit_test_teardown(test_an_announced_message_that_cannot_be, clean_up),
        cmocka_unit_test_teardown(test_a_stale_permission_is_taken_first, clean_up),
        cmocka_unit_test_teardown(test_the_text_of_a_writer_before_is_not_overwritten, clean_up),
        cmocka_unit_test_teardown(test_an_old_writer_has_ended_cleanly, clean_up),
        cmocka_unit_test_teardown(test_a_reader_was_killed_with_a_text, clean_up),
        cmocka_unit_test_teardown(test_a_reader_before_this_one_was_killed, clean_up),
        cmocka_unit_test_teardown(test_memory_of_its_own_has_nothing_to_break, clean_up),
        cmocka_unit_test_teardown(test_other_threads_end_a_wait, clean_up),
        cmocka_unit_test_teardown(test_two_ports_lose_nothing, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
