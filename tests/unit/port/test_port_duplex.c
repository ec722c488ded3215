/* The three readings of the duplex convention: a port and a program that knows nothing of this
 * library, step by step, and two ports that answer each other. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "port_support.h"

/* Names by object, of which each reading has some. */
static char names[FERRY_PORT_OBJECTS][NAME_BYTES];
static old_memory there, back;      /* from the sender, and to it */
static old_semaphore semaphores[4]; /* in the order of objects_of */
static const ferry_port_object pairs[] = {FERRY_PORT_READ, FERRY_PORT_WRITE, FERRY_PORT_BACK_READ,
                                          FERRY_PORT_BACK_WRITE};
static const ferry_port_object turns[] = {FERRY_PORT_SEMAPHORE, FERRY_PORT_BACK_SEMAPHORE};

static int count_of(uint32_t reading) {
    return reading == FERRY_PORT_PAIRS ? 4 : 2;
}

static const ferry_port_object *objects_of(uint32_t reading) {
    return reading == FERRY_PORT_PAIRS ? pairs : turns;
}

static const char *name_of(ferry_port_object object) {
    return own_name(names[object], ferry_port_object_word(object));
}

static ferry_port_options options_of(uint32_t reading, uint32_t role) {
    ferry_port_options options = text_options(FERRY_PORT_DUPLEX, role, name_of(FERRY_PORT_MEMORY));
    options.reading = reading;
    options.names[FERRY_PORT_BACK] = name_of(FERRY_PORT_BACK);
    for (int i = 0; i < count_of(reading); i++)
        options.names[objects_of(reading)[i]] = name_of(objects_of(reading)[i]);
    return options;
}

static void make_old(uint32_t reading) {
    there = old_memory_make(name_of(FERRY_PORT_MEMORY), TEXT_BYTES);
    back = old_memory_make(name_of(FERRY_PORT_BACK), TEXT_BYTES);
    for (int i = 0; i < count_of(reading); i++)
        semaphores[i] =
            old_semaphore_make(name_of(objects_of(reading)[i]), reading == FERRY_PORT_MUTEXES);
}

static void open_old(uint32_t reading) {
    there = old_memory_open(names[FERRY_PORT_MEMORY]);
    back = old_memory_open(names[FERRY_PORT_BACK]);
    for (int i = 0; i < count_of(reading); i++)
        semaphores[i] = old_semaphore_open(names[objects_of(reading)[i]]);
}

static void close_old(uint32_t reading) {
    old_memory_close(&there);
    old_memory_close(&back);
    for (int i = 0; i < count_of(reading); i++)
        old_semaphore_close(semaphores[i]);
}

static void remove_old(uint32_t reading) {
    close_old(reading);
    old_memory_remove(names[FERRY_PORT_MEMORY]);
    old_memory_remove(names[FERRY_PORT_BACK]);
    for (int i = 0; i < count_of(reading); i++)
        old_semaphore_remove(names[objects_of(reading)[i]]);
    assert_nothing_left();
}

/* The values of all semaphores, as digits in their order. */
static void assert_values_at(int line, uint32_t reading, const char *wanted) {
    char found[8] = "";
    for (int i = 0; i < count_of(reading); i++)
        found[i] = (char)('0' + old_semaphore_value(semaphores[i]));
    if (strcmp(found, wanted) != 0)
        fail_msg("line %d: the values are %s, not %s", line, found, wanted);
}
#define assert_values(reading, wanted) assert_values_at(__LINE__, reading, wanted)

static void put(const old_memory *memory, const char *text) {
    memcpy(memory->base, text, strlen(text) + 1);
}

#define assert_text(memory, wanted) assert_string_equal((char *)(memory).base, wanted)

static void test_either_side_makes_all(void **state) {
    (void)state;
    static const char *const values[] = {"0000", "00", "11"};
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t reading = i / 2;
        ferry_port_options options = options_of(reading, i % 2);
        ferry_port *port = open_port(&options);
        open_old(reading);
        assert_values(reading, values[reading]);
        assert_int_equal(there.base[0], 0);
        assert_int_equal(back.base[0], 0);
        close_old(reading);
        ferry_port_close(&port);
        assert_nothing_left();
    }
}

/* ---- lockstep both ways ---- */

static void test_the_two_ways_of_pairs_are_independent(void **state) {
    (void)state;
    const uint32_t reading = FERRY_PORT_PAIRS;
    make_old(reading);
    ferry_port_options options = options_of(reading, FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    send_text(port, "ping");
    assert_values(reading, "1000");
    assert_text(there, "ping");
    assert_int_equal(back.base[0], 0);
    assert_send(port, "two", FERRY_TIMEOUT, names[FERRY_PORT_WRITE]);
    assert_receive(port, FERRY_TIMEOUT, names[FERRY_PORT_BACK_READ]);
    put(&back, "pong"); /* the other side writes before it reads */
    old_semaphore_release(semaphores[2]);
    assert_values(reading, "1010");
    receive_text(port, "pong");
    assert_values(reading, "1001");
    assert_true(old_semaphore_take(semaphores[0]));
    old_semaphore_release(semaphores[1]);
    assert_values(reading, "0101");
    send_text(port, "two");
    assert_values(reading, "1001");
    ferry_port_close(&port);
    assert_values(reading, "1001");
    remove_old(reading);
}

static void test_a_receiver_of_pairs_answers(void **state) {
    (void)state;
    const uint32_t reading = FERRY_PORT_PAIRS;
    make_old(reading);
    ferry_port_options options = options_of(reading, FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    put(&there, "ping");
    old_semaphore_release(semaphores[0]);
    receive_text(port, "ping");
    assert_values(reading, "0100");
    send_text(port, "pong");
    assert_values(reading, "0110");
    assert_text(back, "pong");
    assert_text(there, "ping");
    assert_int_equal(ferry_port_drain(port, MOMENT_NS, NULL), FERRY_TIMEOUT);
    assert_true(old_semaphore_take(semaphores[2]));
    old_semaphore_release(semaphores[3]);
    assert_int_equal(ferry_port_drain(port, STUCK_NS, NULL), FERRY_OK);
    assert_values(reading, "0100");
    ferry_port_close(&port);
    remove_old(reading);
}

/* ---- turns ---- */

static void test_an_answer_is_the_permission(void **state) {
    (void)state;
    const uint32_t reading = FERRY_PORT_SINGLE;
    make_old(reading);
    ferry_port_options options = options_of(reading, FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    send_text(port, "one");
    assert_values(reading, "10");
    assert_send(port, "two", FERRY_TIMEOUT, names[FERRY_PORT_BACK_SEMAPHORE]);
    assert_int_equal(ferry_port_drain(port, MOMENT_NS, NULL), FERRY_TIMEOUT);
    assert_true(old_semaphore_take(semaphores[0]));
    assert_int_equal(ferry_port_drain(port, STUCK_NS, NULL), FERRY_OK); /* it was taken */
    assert_send(port, "two", FERRY_TIMEOUT, names[FERRY_PORT_BACK_SEMAPHORE]);
    assert_text(there, "one");
    put(&back, "re one");
    old_semaphore_release(semaphores[1]);
    receive_text(port, "re one");
    assert_values(reading, "00");
    send_text(port, "two");
    assert_values(reading, "10");
    assert_true(old_semaphore_take(semaphores[0]));
    old_semaphore_release(semaphores[1]); /* an answer that nobody asks for */
    send_text(port, "three");
    assert_values(reading, "10");
    assert_text(there, "three");
    ferry_port_close(&port);
    assert_values(reading, "10");
    remove_old(reading);
}

static void test_a_receiver_in_turns_has_to_be_asked(void **state) {
    (void)state;
    const uint32_t reading = FERRY_PORT_SINGLE;
    make_old(reading);
    ferry_port_options options = options_of(reading, FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    assert_send(port, "early", FERRY_TIMEOUT, "turn");
    assert_int_equal(back.base[0], 0);
    put(&there, "one");
    old_semaphore_release(semaphores[0]);
    receive_text(port, "one");
    assert_values(reading, "00");
    send_text(port, "re one");
    assert_values(reading, "01");
    assert_text(back, "re one");
    assert_send(port, "twice", FERRY_TIMEOUT, names[FERRY_PORT_SEMAPHORE]);
    assert_text(back, "re one");
    assert_true(old_semaphore_take(semaphores[1]));
    put(&there, "two");
    old_semaphore_release(semaphores[0]);
    receive_text(port, "two");
    send_text(port, "re two");
    assert_values(reading, "01");
    ferry_port_close(&port);
    remove_old(reading);
}

static void test_the_other_side_was_killed_with_the_turn(void **state) {
    (void)state;
    const uint32_t reading = FERRY_PORT_SINGLE;
    make_old(reading);
    ferry_port_options options = options_of(reading, FERRY_PORT_SENDER);
    options.break_lock_ns = 1000000;
    ferry_port *port = open_port(&options);
    send_text(port, "one");
    assert_send(port, "two", FERRY_TIMEOUT, names[FERRY_PORT_BACK_SEMAPHORE]);
    assert_int_equal(counters_of(port).broken, 0);  /* it has not been taken */
    assert_true(old_semaphore_take(semaphores[0])); /* and killed */
    send_text(port, "two");
    assert_int_equal(counters_of(port).broken, 1);
    assert_values(reading, "10");
    assert_text(there, "two");
    ferry_port_close(&port);
    remove_old(reading);
}

/* ---- mutexes ---- */

static void test_each_memory_has_its_mutex(void **state) {
    (void)state;
    const uint32_t reading = FERRY_PORT_MUTEXES;
    make_old(reading);
    ferry_port_options options = options_of(reading, FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    send_text(port, "one");
    send_text(port, "two"); /* whether it was read or not */
    assert_values(reading, "11");
    assert_text(there, "two");
    assert_no_text(port);
    put(&back, "answer");
    receive_text(port, "answer");
    assert_no_text(port);
    assert_true(old_semaphore_take(semaphores[0]));
    assert_send(port, "three", FERRY_TIMEOUT, names[FERRY_PORT_SEMAPHORE]);
    put(&back, "other");
    receive_text(port, "other");
    old_semaphore_release(semaphores[0]);
    assert_true(old_semaphore_take(semaphores[1]));
    assert_receive(port, FERRY_TIMEOUT, names[FERRY_PORT_BACK_SEMAPHORE]);
    send_text(port, "three");
    assert_values(reading, "10");
    ferry_port_close(&port);
    assert_values(reading, "10");
    remove_old(reading);
}

/* ---- all of them ---- */

/* Only the memory that this side writes has to be its own. */
static void test_memory_of_another_program_stays_as_it_is(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t reading = i / 2, role = i % 2;
        ferry_port_options options = options_of(reading, role);
        bool writes_there = role == FERRY_PORT_SENDER;
        const char *name = names[writes_there ? FERRY_PORT_MEMORY : FERRY_PORT_BACK];
        uint8_t before[TEXT_BYTES];
        old_memory found = old_memory_make(name, TEXT_BYTES);
        for (int j = 0; j < TEXT_BYTES; j++)
            found.base[j] = before[j] = (uint8_t)(j * 31 + 7);
        assert_int_equal(try_port(&options, &error), FERRY_FOREIGN);
        assert_sentence(&error, FERRY_FOREIGN, name);
        assert_memory_equal(found.base, before, TEXT_BYTES);
        options.adopt = 1;
        ferry_port *port = open_port(&options);
        ferry_port_close(&port);
        assert_memory_equal(found.base, before, TEXT_BYTES);
        old_memory_close(&found);
        old_memory_remove(name);
        assert_nothing_left();
    }
}

static void test_other_threads_end_a_wait(void **state) {
    (void)state;
    for (uint32_t reading = FERRY_PORT_PAIRS; reading <= FERRY_PORT_MUTEXES; reading++) {
        make_old(reading);
        ferry_port_options options = options_of(reading, FERRY_PORT_SENDER);
        ferry_port *port = open_port(&options);
        assert_is_interrupted(port, false);
        send_text(port, "one");
        if (reading == FERRY_PORT_MUTEXES)
            assert_true(old_semaphore_take(semaphores[0]));
        assert_is_interrupted(port, true);
        assert_text(there, "one");
        ferry_port_close(&port);
        remove_old(reading);
    }
}

enum { ROUNDS = 100 };

static void answer(const void *argument) {
    const uint32_t reading = *(const char *)argument == 'p' ? FERRY_PORT_PAIRS : FERRY_PORT_SINGLE;
    ferry_port_options options = options_of(reading, FERRY_PORT_RECEIVER);
    ferry_port *port = NULL;
    ferry_image image = FERRY_IMAGE_INIT;
    CHILD_CHECK(ferry_port_open(&port, &options, NULL) == FERRY_OK);
    for (int i = 0; i < ROUNDS; i++) {
        char text[LINE_BYTES];
        CHILD_CHECK(ferry_port_receive(port, &image, STUCK_NS, NULL) == FERRY_OK);
        snprintf(text, sizeof text, "re %s", (const char *)image.pixels);
        CHILD_CHECK(ferry_port_send_text(port, text, STUCK_NS, NULL) == FERRY_OK);
    }
    CHILD_CHECK(ferry_port_drain(port, STUCK_NS, NULL) == FERRY_OK);
    ferry_image_free(&image);
    ferry_port_close(&port);
}

static void test_two_ports_answer_each_other(void **state) {
    (void)state;
    for (uint32_t reading = FERRY_PORT_PAIRS; reading <= FERRY_PORT_SINGLE; reading++) {
        ferry_port_options options = options_of(reading, FERRY_PORT_SENDER);
        ferry_port *port = open_port(&options);
        child *other = start_child(answer, reading == FERRY_PORT_PAIRS ? "p" : "s");
        for (int i = 0; i < ROUNDS; i++) {
            char text[LINE_BYTES], back_again[LINE_BYTES + 4];
            snprintf(text, sizeof text, "number %d", i);
            snprintf(back_again, sizeof back_again, "re %s", text);
            send_text(port, text);
            receive_text(port, back_again);
        }
        assert_child_succeeds(other);
        assert_int_equal(counters_of(port).sent, ROUNDS);
        assert_int_equal(counters_of(port).received, ROUNDS);
        ferry_port_close(&port);
        assert_nothing_left();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_either_side_makes_all, clean_up),
        cmocka_unit_test_teardown(test_the_two_ways_of_pairs_are_independent, clean_up),
        cmocka_unit_test_teardown(test_a_receiver_of_pairs_answers, clean_up),
        cmocka_unit_test_teardown(test_an_answer_is_the_permission, clean_up),
        cmocka_unit_test_teardown(test_a_receiver_in_turns_has_to_be_asked, clean_up),
        cmocka_unit_test_teardown(test_the_other_side_was_killed_with_the_turn, clean_up),
        cmocka_unit_test_teardown(test_each_memory_has_its_mutex, clean_up),
        cmocka_unit_test_teardown(test_memory_of_another_program_stays_as_it_is, clean_up),
        cmocka_unit_test_teardown(test_other_threads_end_a_wait, clean_up),
        cmocka_unit_test_teardown(test_two_ports_answer_each_other, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
