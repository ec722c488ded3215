/* The mutex convention: a port and a program that knows nothing of this library, step by step, and
 * two ports. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "port_support.h"

static char memory_name[NAME_BYTES], semaphore_name[NAME_BYTES];
static old_memory memory;
static old_semaphore semaphore;

static ferry_port_options options_of(uint32_t role) {
    ferry_port_options options =
        text_options(FERRY_PORT_MUTEX, role, own_name(memory_name, "memory"));
    options.names[FERRY_PORT_SEMAPHORE] = own_name(semaphore_name, "semaphore");
    return options;
}

/* The other program, which comes first. */
static void make_old(void) {
    memory = old_memory_make(own_name(memory_name, "memory"), TEXT_BYTES);
    semaphore = old_semaphore_make(own_name(semaphore_name, "semaphore"), 1);
}

/* The other program, which finds what a port has made. */
static void open_old(void) {
    memory = old_memory_open(memory_name);
    semaphore = old_semaphore_open(semaphore_name);
}

static void close_old(void) {
    old_memory_close(&memory);
    old_semaphore_close(semaphore);
}

static void remove_old(void) {
    close_old();
    old_memory_remove(memory_name);
    old_semaphore_remove(semaphore_name);
}

static void write_old(const char *text) {
    assert_true(old_semaphore_take(semaphore));
    memcpy(memory.base, text, strlen(text) + 1);
    old_semaphore_release(semaphore);
}

/* ---- objects ---- */

static void test_whoever_comes_first_makes_both(void **state) {
    (void)state;
    for (uint32_t role = FERRY_PORT_RECEIVER; role <= FERRY_PORT_SENDER; role++) {
        ferry_port_options options = options_of(role);
        ferry_port *port = open_port(&options);
        open_old();
        assert_true(memory.bytes == TEXT_BYTES || (NAMES_GO_WITH_USERS && memory.bytes == 4096));
        for (size_t i = 0; i < memory.bytes; i++)
            assert_int_equal(memory.base[i], 0);
        assert_int_equal(old_semaphore_value(semaphore), 1);
        assert_true(is_private(memory_name));
        assert_int_equal(counters_of(port).memory_bytes, memory.bytes);
        close_old();
        ferry_port_close(&port);
        assert_null(port);
        assert_nothing_left();
    }
}

static void test_what_is_there_is_used_as_it_is(void **state) {
    (void)state;
    make_old();
    assert_true(old_semaphore_take(semaphore));
    for (uint32_t role = FERRY_PORT_RECEIVER; role <= FERRY_PORT_SENDER; role++) {
        ferry_port_options options = options_of(role);
        ferry_port *port = open_port(&options);
        assert_int_equal(old_semaphore_value(semaphore), 0);
        ferry_port_close(&port);
        assert_int_equal(old_semaphore_value(semaphore), 0); /* nothing that it has not taken */
    }
    remove_old(); /* both names were there still */
    assert_nothing_left();
}

/* ---- step by step ---- */

static void test_a_sender_writes_in_its_turn(void **state) {
    (void)state;
    make_old();
    memset(memory.base, 'z', memory.bytes);
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    send_text(port, "hello");
    assert_memory_equal(memory.base, "hello\0z", 7); /* what lies behind stays */
    assert_int_equal(old_semaphore_value(semaphore), 1);
    assert_true(old_semaphore_take(semaphore));
    assert_send(port, "never", FERRY_TIMEOUT, semaphore_name);
    assert_string_equal((char *)memory.base, "hello");
    assert_int_equal(old_semaphore_value(semaphore), 0);
    old_semaphore_release(semaphore);
    send_text(port, "");
    assert_memory_equal(memory.base, "\0ello", 5);
    assert_int_equal(old_semaphore_value(semaphore), 1);
    assert_int_equal(counters_of(port).sent, 2);
    assert_int_equal(ferry_port_drain(port, 0, NULL), FERRY_OK); /* nobody tells */
    ferry_port_close(&port);
    assert_int_equal(old_semaphore_value(semaphore), 1);
    remove_old();
}

static void test_a_receiver_sees_what_differs(void **state) {
    (void)state;
    make_old();
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    assert_no_text(port); /* nobody has written */
    write_old("first");
    receive_text(port, "first");
    assert_int_equal(old_semaphore_value(semaphore), 1);
    assert_no_text(port);
    write_old("first");
    assert_no_text(port);
    write_old("second");
    write_old("third");
    receive_text(port, "third");
    write_old("");
    assert_no_text(port);
    write_old("third");
    assert_no_text(port);
    write_old("thirds");
    receive_text(port, "thirds");
    assert_true(old_semaphore_take(semaphore));
    assert_receive(port, FERRY_TIMEOUT, semaphore_name);
    assert_int_equal(old_semaphore_value(semaphore), 0);
    old_semaphore_release(semaphore);
    assert_int_equal(counters_of(port).received, 3);
    assert_int_equal(counters_of(port).torn, 0);
    ferry_port_close(&port);
    assert_int_equal(old_semaphore_value(semaphore), 1);
    remove_old();
}

/* A program of this kind releases once more when it ends, whoever has the semaphore. */
static void test_a_release_too_many_changes_nothing(void **state) {
    (void)state;
    make_old();
    old_semaphore_release(semaphore);
    int most = old_semaphore_value(semaphore); /* 2 where nothing keeps it below */
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    send_text(port, "one");
    assert_true(old_semaphore_value(semaphore) >= 1 && old_semaphore_value(semaphore) <= most);
    send_text(port, "two");
    assert_true(old_semaphore_value(semaphore) >= 1);
    ferry_port_close(&port);
    remove_old();
}

static void test_a_text_that_fills_the_memory(void **state) {
    (void)state;
    char longest[TEXT_BYTES], too_long[TEXT_BYTES + 1];
    uint8_t before[TEXT_BYTES];
    make_old();
    memset(longest, 'x', sizeof longest);
    longest[TEXT_BYTES - 1] = '\0';
    snprintf(too_long, sizeof too_long, "%sy", longest);
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    send_text(port, longest);
    assert_memory_equal(memory.base, longest, TEXT_BYTES);
    memcpy(before, memory.base, sizeof before);
    assert_send(port, too_long, FERRY_TOO_LARGE, memory_name);
    assert_memory_equal(memory.base, before, sizeof before);
    assert_int_equal(old_semaphore_value(semaphore), 1);
    ferry_port_close(&port);
    memset(memory.base, 'y', memory.bytes); /* no zero anywhere */
    options = options_of(FERRY_PORT_RECEIVER);
    port = open_port(&options);
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_port_receive(port, &image, STUCK_NS, NULL), FERRY_OK);
    assert_int_equal(image.info.length_bytes, memory.bytes);
    ferry_image_free(&image);
    ferry_port_close(&port);
    remove_old();
}

/* ---- a holder that was killed ---- */

static void test_a_lock_is_broken_after_its_time(void **state) {
    (void)state;
    make_old();
    assert_true(old_semaphore_take(semaphore)); /* and its process is killed */
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *patient = open_port(&options);
    assert_send(patient, "never", FERRY_TIMEOUT, "--break-lock");
    assert_int_equal(counters_of(patient).broken, 0);
    options.break_lock_ns = 1000000;
    ferry_port *port = open_port(&options);
    send_text(port, "hello");
    assert_int_equal(counters_of(port).broken, 1);
    assert_string_equal((char *)memory.base, "hello");
    assert_int_equal(old_semaphore_value(semaphore), 1); /* it works again */
    send_text(patient, "again");
    send_text(port, "and again");
    assert_int_equal(counters_of(port).broken, 1);
    ferry_port_close(&port);
    ferry_port_close(&patient);
    remove_old();
}

static void test_a_lock_is_not_broken_before_its_time(void **state) {
    (void)state;
    make_old();
    assert_true(old_semaphore_take(semaphore));
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    options.break_lock_ns = STUCK_NS;
    ferry_port *port = open_port(&options);
    assert_send(port, "never", FERRY_TIMEOUT, semaphore_name);
    assert_int_equal(counters_of(port).broken, 0);
    assert_int_equal(memory.base[0], 0);
    ferry_port_close(&port);
    assert_int_equal(old_semaphore_value(semaphore), 0);
    remove_old();
}

static void test_other_threads_end_a_wait(void **state) {
    (void)state;
    make_old();
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    assert_is_interrupted(port, false); /* nothing new */
    assert_true(old_semaphore_take(semaphore));
    assert_is_interrupted(port, false); /* not its turn */
    ferry_port_close(&port);
    options = options_of(FERRY_PORT_SENDER);
    port = open_port(&options);
    assert_is_interrupted(port, true);
    assert_int_equal(old_semaphore_value(semaphore), 0);
    ferry_port_close(&port);
    remove_old();
}

/* ---- memory of others ---- */

static void test_memory_of_another_program_stays_as_it_is(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    uint8_t before[TEXT_BYTES];
    memory = old_memory_make(own_name(memory_name, "memory"), TEXT_BYTES);
    for (int i = 0; i < TEXT_BYTES; i++)
        memory.base[i] = before[i] = (uint8_t)(i * 31 + 7);
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    assert_int_equal(try_port(&options, &error), FERRY_FOREIGN);
    assert_sentence(&error, FERRY_FOREIGN, memory_name);
    assert_memory_equal(memory.base, before, TEXT_BYTES);
    assert_false(old_semaphore_exists(semaphore_name));
    options.adopt = 1;
    ferry_port *port = open_port(&options);
    send_text(port, "mine");
    assert_string_equal((char *)memory.base, "mine");
    assert_memory_equal(memory.base + 5, before + 5, TEXT_BYTES - 5);
    ferry_port_close(&port);
    old_memory_close(&memory);
    old_memory_remove(memory_name);
    assert_nothing_left();
}

/* One byte, far behind, is enough to show that somebody writes there. */
static void test_a_single_byte_shows_another_program(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    memory = old_memory_make(own_name(memory_name, "memory"), 40000);
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    memory.base[39999] = 1;
    assert_int_equal(try_port(&options, &error), FERRY_FOREIGN);
    for (int i = 0; i < 39999; i++)
        assert_int_equal(memory.base[i], 0);
    memory.base[39999] = 0; /* as a program makes it that has not written yet */
    ferry_port *port = open_port(&options);
    send_text(port, "fine");
    assert_string_equal((char *)memory.base, "fine");
    ferry_port_close(&port);
    old_memory_close(&memory);
    old_memory_remove(memory_name);
    assert_nothing_left();
}

static void test_its_company_shows_memory_of_the_convention(void **state) {
    (void)state;
    make_old();
    memset(memory.base, 'z', memory.bytes);
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    send_text(port, "hello");
    assert_string_equal((char *)memory.base, "hello");
    ferry_port_close(&port);
    remove_old();
    assert_nothing_left();
}

static void test_a_channel_is_never_written(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    ferry_status status;
    ferry_frame frame;
    own_name(memory_name, "memory");
    ferry_producer *producer = make_producer(memory_name, 3, FERRY_WHEN_FULL_DROP, NULL);
    assert_non_null(producer);
    assert_int_equal(send_next(producer), FERRY_OK);
    for (uint32_t i = 0; i < 4; i++) {
        ferry_port_options options = options_of(i % 2);
        options.adopt = i / 2;
        assert_int_equal(try_port(&options, &error), FERRY_BUSY);
        assert_sentence(&error, FERRY_BUSY, memory_name);
    }
    ferry_consumer *consumer = make_consumer(memory_name, FERRY_DELIVERY_EVERY, NULL);
    assert_int_equal(send_next(producer), FERRY_OK);
    assert_true(take_next(consumer, STUCK_NS, &frame, &status) != 0);
    assert_int_equal(status, FERRY_OK);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- two ports ---- */

enum { ROUNDS = 200 };

static void send_many(const void *argument) {
    (void)argument;
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = NULL;
    CHILD_CHECK(ferry_port_open(&port, &options, NULL) == FERRY_OK);
    for (int i = 1; i <= ROUNDS; i++) {
        char text[TEXT_BYTES];
        int digit = 'a' + i % 26;
        memset(text, digit, sizeof text);
        text[i] = '\0';
        CHILD_CHECK(ferry_port_send_text(port, text, STUCK_NS, NULL) == FERRY_OK);
    }
    child_say('s');
    child_hear(); /* until the last one was seen */
    ferry_port_close(&port);
}

static void test_two_ports_never_see_half_a_text(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    child *sender = start_child(send_many, NULL);
    ferry_image image = FERRY_IMAGE_INIT;
    uint32_t length = 0;
    for (uint64_t number = 1; length < ROUNDS; number++) {
        assert_int_equal(ferry_port_receive(port, &image, STUCK_NS, NULL), FERRY_OK);
        assert_true(image.info.length_bytes > length);
        assert_int_equal(image.info.number, number);
        length = image.info.length_bytes;
        for (uint32_t i = 0; i < length; i++)
            assert_int_equal(image.pixels[i], 'a' + length % 26);
    }
    ferry_image_free(&image);
    assert_int_equal(counters_of(port).torn, 0);
    assert_int_equal(hear(sender), 's');
    tell_child(sender, 'e');
    assert_child_succeeds(sender);
    ferry_port_close(&port);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_whoever_comes_first_makes_both, clean_up),
        cmocka_unit_test_teardown(test_what_is_there_is_used_as_it_is, clean_up),
        cmocka_unit_test_teardown(test_a_sender_writes_in_its_turn, clean_up),
        cmocka_unit_test_teardown(test_a_receiver_sees_what_differs, clean_up),
        cmocka_unit_test_teardown(test_a_release_too_many_changes_nothing, clean_up),
        cmocka_unit_test_teardown(test_a_text_that_fills_the_memory, clean_up),
        cmocka_unit_test_teardown(test_a_lock_is_broken_after_its_time, clean_up),
        cmocka_unit_test_teardown(test_a_lock_is_not_broken_before_its_time, clean_up),
        cmocka_unit_test_teardown(test_other_threads_end_a_wait, clean_up),
        cmocka_unit_test_teardown(test_memory_of_another_program_stays_as_it_is, clean_up),
        cmocka_unit_test_teardown(test_a_single_byte_shows_another_program, clean_up),
        cmocka_unit_test_teardown(test_its_company_shows_memory_of_the_convention, clean_up),
        cmocka_unit_test_teardown(test_a_channel_is_never_written, clean_up),
        cmocka_unit_test_teardown(test_two_ports_never_see_half_a_text, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
