/* The qt convention: a port and memory of Qt's kind, with and without two semaphores. The other
 * side uses what platform/qt_memory.h and qt_semaphore.h have, as their own tests compare them with
 * Qt. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "platform/qt_memory.h"
#include "platform/qt_semaphore.h"
#include "port_support.h"
#include "surroundings.h"

static char key[NAME_BYTES], read_key[NAME_BYTES], write_key[NAME_BYTES], folder[280];

static int make_folder(void **state) {
    (void)state;
    bool made = make_temporary_folder(folder, sizeof folder);
    set_variable("TMPDIR", folder);
    return made ? 0 : -1;
}

/* Every file of Qt's kind has been removed, or this fails. */
static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

static ferry_port_options options_of(uint32_t role, uint32_t payload) {
    ferry_port_options options = text_options(FERRY_PORT_QT, role, own_name(key, "memory"));
    options.payload = payload;
    return options;
}

static ferry_port_options ordered_options(uint32_t role) {
    ferry_port_options options = options_of(role, FERRY_PAYLOAD_TEXT);
    options.names[FERRY_PORT_READ] = own_name(read_key, "read");
    options.names[FERRY_PORT_WRITE] = own_name(write_key, "write");
    return options;
}

/* A user of Qt's: attach, lock, copy, unlock, detach. */
static ferry_status look_as_user(uint8_t *out, size_t most, uint64_t *bytes) {
    ferryi_qt_memory found = FERRYI_QT_MEMORY_INIT;
    ferry_status status = ferryi_qt_memory_attach(&found, key, false, NULL);
    if (status != FERRY_OK)
        return status;
    while (!ferryi_qt_memory_lock(&found, FERRY_SECOND_NS))
        continue;
    *bytes = found.size_bytes;
    memcpy(out, found.base, found.size_bytes < most ? found.size_bytes : most);
    ferryi_qt_memory_unlock(&found);
    ferryi_qt_memory_detach(&found);
    return FERRY_OK;
}

static void assert_text(const char *wanted) {
    uint8_t bytes[TEXT_BYTES];
    uint64_t size;
    assert_int_equal(look_as_user(bytes, sizeof bytes, &size), FERRY_OK);
    assert_string_equal((char *)bytes, wanted);
}

static void assert_nothing_there(void) {
    uint8_t unused[1];
    uint64_t size;
    assert_int_equal(look_as_user(unused, 0, &size), FERRY_NO_PRODUCER);
}

/* A provider of Qt's. */
static ferryi_qt_memory provide(uint64_t bytes) {
    ferryi_qt_memory made = FERRYI_QT_MEMORY_INIT;
    assert_int_equal(ferryi_qt_memory_create(&made, own_name(key, "memory"), bytes, NULL),
                     FERRY_OK);
    return made;
}

static void write_into(ferryi_qt_memory *memory, const void *bytes, size_t count) {
    while (!ferryi_qt_memory_lock(memory, FERRY_SECOND_NS))
        continue;
    memcpy(memory->base, bytes, count);
    ferryi_qt_memory_unlock(memory);
}

/* ---- without semaphores ---- */

static void test_a_sender_provides(void **state) {
    (void)state;
    uint8_t bytes[TEXT_BYTES];
    uint64_t size = 0;
    ferry_port_options options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_TEXT);
    ferry_port *port = open_port(&options);
    assert_int_equal(look_as_user(bytes, sizeof bytes, &size), FERRY_OK);
    assert_true(size == TEXT_BYTES || (NAMES_GO_WITH_USERS && size == 4096));
    for (int i = 0; i < TEXT_BYTES; i++)
        assert_int_equal(bytes[i], 0);
    send_text(port, "hello");
    assert_text("hello");
    send_text(port, "hi");
    assert_text("hi");
    assert_int_equal(counters_of(port).sent, 2);
    assert_int_equal(counters_of(port).memory_bytes, size);
    ferry_port_close(&port);
    assert_nothing_there(); /* the last to detach removes it */
}

static void test_a_receiver_is_attached_while_it_looks(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER, FERRY_PAYLOAD_TEXT);
    ferry_port *port = open_port(&options);
    assert_receive(port, FERRY_TIMEOUT, "");
    assert_nothing_there();
    ferryi_qt_memory memory = provide(TEXT_BYTES);
    assert_no_text(port);
    write_into(&memory, "one", 4);
    receive_text(port, "one");
    assert_no_text(port);
    write_into(&memory, "two", 4);
    receive_text(port, "two");
    ferryi_qt_memory_detach(&memory);
    assert_nothing_there();
    assert_no_text(port);
    memory = provide(6); /* made anew, with another size, and bare bytes without a zero */
    if (memory.size_bytes == 6) {
        write_into(&memory, "bytes!", 6);
        receive_text(port, "bytes!");
    }
    ferryi_qt_memory_detach(&memory);
    ferry_port_close(&port);
}

static void test_the_lock_is_kept_by_another(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER, FERRY_PAYLOAD_TEXT);
    ferry_port *port = open_port(&options);
    ferryi_qt_memory memory = provide(TEXT_BYTES);
    write_into(&memory, "one", 4);
    while (!ferryi_qt_memory_lock(&memory, FERRY_SECOND_NS))
        continue;
    assert_receive(port, FERRY_TIMEOUT, "lock");
    ferry_port_close(&port);
    options.break_lock_ns = 1;
    port = open_port(&options);
    receive_text(port, "one");
    assert_int_equal(counters_of(port).broken, 1);
    ferry_port_close(&port);
    ferryi_qt_memory_unlock(&memory);
    ferryi_qt_memory_detach(&memory);
    assert_nothing_there();
}

static void test_memory_of_another_provider_is_left_to_it(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    ferryi_qt_memory memory = provide(TEXT_BYTES);
    uint8_t before[TEXT_BYTES];
    for (int i = 0; i < TEXT_BYTES; i++)
        memory.base[i] = before[i] = (uint8_t)(i * 31 + 7);
    ferry_port_options options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_TEXT);
    assert_int_equal(try_port(&options, &error), FERRY_BUSY);
    assert_sentence(&error, FERRY_BUSY, key);
    assert_memory_equal(memory.base, before, TEXT_BYTES);
    ferryi_qt_memory_detach(&memory);
    ferry_port *port = open_port(&options);
    ferry_port_close(&port);
    assert_nothing_there();
}

static void provide_and_die(const void *argument) {
    ferryi_qt_memory memory = FERRYI_QT_MEMORY_INIT;
    CHILD_CHECK(ferryi_qt_memory_create(&memory, argument, 77, NULL) == FERRY_OK);
    child_die();
}

/* Its memory stays, and Qt says that it exists: an attach and a detach clear it. */
static void test_memory_of_a_killed_provider_is_cleared(void **state) {
    (void)state;
    child *dead = start_child(provide_and_die, own_name(key, "memory"));
    assert_true(was_killed(reap(dead)));
    ferry_port_options options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_TEXT);
    ferry_port *port = open_port(&options);
    send_text(port, "hello");
    assert_text("hello");
    ferry_port_close(&port);
    assert_nothing_there();
}

/* ---- pictures, whose memory is as long as they are ---- */

static ferry_status send_square(ferry_port *port, int32_t side, int64_t timeout_ns,
                                ferry_error *error) {
    static uint8_t pixels[100 * 100];
    ferry_frame_info info = {.width = side, .height = side, .format = FERRY_FORMAT_GRAY};
    memset(pixels, side, sizeof pixels);
    return ferry_port_send(port, &info, pixels, timeout_ns, error);
}

static void test_memory_is_made_anew_for_a_larger_picture(void **state) {
    (void)state;
    uint8_t bytes[17];
    uint64_t size = 0;
    ferry_error error = FERRY_ERROR_INIT;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_port_options options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_IMAGE);
    ferry_port *port = open_port(&options);
    options.role = FERRY_PORT_RECEIVER;
    ferry_port *receiver = open_port(&options);
    static const int32_t sides[] = {10, 90, 20, 100};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(send_square(port, sides[i], STUCK_NS, NULL), FERRY_OK);
        assert_int_equal(ferry_port_receive(receiver, &image, STUCK_NS, NULL), FERRY_OK);
        assert_int_equal(image.info.width, sides[i]);
        assert_int_equal(image.pixels[sides[i] * sides[i] - 1], sides[i]);
    }
    ferry_image_free(&image);
    ferry_port_close(&receiver);
    assert_int_equal(look_as_user(bytes, sizeof bytes, &size), FERRY_OK);
    assert_true(size >= 16 + 100 * 100);
    ferry_port_close(&port);
    assert_nothing_there();
    /* Nobody can make it while somebody is attached. */
    options.role = FERRY_PORT_SENDER;
    port = open_port(&options);
    assert_int_equal(send_square(port, 10, STUCK_NS, NULL), FERRY_OK);
    ferryi_qt_memory user = FERRYI_QT_MEMORY_INIT;
    assert_int_equal(ferryi_qt_memory_attach(&user, key, false, NULL), FERRY_OK);
    assert_int_equal(send_square(port, 90, MOMENT_NS, &error), FERRY_BUSY);
    assert_sentence(&error, FERRY_BUSY, key);
    ferry_port_interrupt(port);
    assert_int_equal(send_square(port, 90, STUCK_NS, &error), FERRY_INTERRUPTED);
    assert_int_equal(error.status, FERRY_INTERRUPTED);
    ferryi_qt_memory_detach(&user);
    assert_int_equal(send_square(port, 90, STUCK_NS, NULL), FERRY_OK);
    ferry_port_close(&port);
    assert_nothing_there();
}

static void test_a_picture_does_not_fit_memory_of_a_size(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    ferry_port_options options = options_of(FERRY_PORT_SENDER, FERRY_PAYLOAD_IMAGE);
    options.memory_bytes = 4096;
    ferry_port *port = open_port(&options);
    assert_int_equal(send_square(port, 63, STUCK_NS, NULL), FERRY_OK);
    assert_int_equal(send_square(port, 65, 0, &error), FERRY_TOO_LARGE);
    ferry_port_close(&port);
    assert_nothing_there();
}

/* ---- with semaphores ---- */

static ferryi_qt_semaphore *open_semaphore(const char *name) {
    ferryi_qt_semaphore *opened = NULL;
    assert_int_equal(ferryi_qt_semaphore_open(&opened, name, 0, false, NULL), FERRY_OK);
    return opened;
}

#define assert_values(readable, writable)                                                          \
    do {                                                                                           \
        assert_int_equal(ferryi_qt_semaphore_value(can_read), readable);                           \
        assert_int_equal(ferryi_qt_semaphore_value(can_write), writable);                          \
    } while (0)

static void test_a_sender_goes_in_lockstep(void **state) {
    (void)state;
    ferry_port_options options = ordered_options(FERRY_PORT_SENDER);
    ferryi_qt_semaphore *stale = open_semaphore(write_key);
    ferryi_qt_semaphore_release(stale); /* which the side that says Create clears, on Linux */
    ferryi_qt_semaphore_close(&stale);
    ferry_port *port = open_port(&options);
    ferryi_qt_semaphore *can_read = open_semaphore(read_key),
                        *can_write = open_semaphore(write_key);
    assert_values(0, 0);
    send_text(port, "one");
    assert_values(1, 0);
    assert_text("one");
    assert_send(port, "two", FERRY_TIMEOUT, write_key);
    assert_int_equal(ferry_port_drain(port, MOMENT_NS, NULL), FERRY_TIMEOUT);
    assert_true(ferryi_qt_semaphore_acquire(can_read, 0));
    ferryi_qt_semaphore_release(can_write);
    send_text(port, "two");
    assert_values(1, 0);
    assert_text("two");
    assert_is_interrupted(port, true);
    ferryi_qt_semaphore_close(&can_read);
    ferryi_qt_semaphore_close(&can_write);
    ferry_port_close(&port);
    assert_nothing_there();
}

static void test_a_receiver_goes_in_lockstep(void **state) {
    (void)state;
    ferry_port_options options = ordered_options(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    ferryi_qt_semaphore *can_read = NULL, *can_write = NULL;
    assert_int_equal(ferryi_qt_semaphore_open(&can_read, read_key, 0, true, NULL), FERRY_OK);
    assert_int_equal(ferryi_qt_semaphore_open(&can_write, write_key, 0, true, NULL), FERRY_OK);
    ferryi_qt_memory memory = provide(TEXT_BYTES);
    assert_receive(port, FERRY_TIMEOUT, read_key);
    write_into(&memory, "one", 4);
    ferryi_qt_semaphore_release(can_read);
    receive_text(port, "one");
    assert_values(0, 1);
    assert_true(ferryi_qt_semaphore_acquire(can_write, 0));
    ferryi_qt_semaphore_release(can_read);
    receive_text(port, "one"); /* the same again is news here */
    assert_true(ferryi_qt_semaphore_acquire(can_write, 0));
    assert_no_text(port);
    assert_values(0, 0);
    /* Announced, and the memory is not there: what was taken is answered when it is. */
    ferryi_qt_memory_detach(&memory);
    ferryi_qt_semaphore_release(can_read);
    assert_no_text(port);
    assert_values(0, 0);
    ferryi_qt_semaphore_release(can_write);
    assert_int_equal(ferry_port_drain(port, STUCK_NS, NULL), FERRY_OK);
    assert_values(0, 1); /* which is the sender's */
    assert_true(ferryi_qt_semaphore_acquire(can_write, 0));
    memory = provide(TEXT_BYTES);
    write_into(&memory, "late", 5);
    receive_text(port, "late");
    assert_values(0, 1);
    assert_int_equal(counters_of(port).received, 3);
    ferry_port_close(&port);
    ferryi_qt_memory_detach(&memory);
    ferryi_qt_semaphore_close(&can_read);
    ferryi_qt_semaphore_close(&can_write);
    assert_nothing_there();
}

static void test_other_threads_end_a_wait(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER, FERRY_PAYLOAD_TEXT);
    ferry_port *port = open_port(&options);
    assert_is_interrupted(port, false); /* no memory */
    ferryi_qt_memory memory = provide(TEXT_BYTES);
    assert_is_interrupted(port, false); /* no text */
    while (!ferryi_qt_memory_lock(&memory, FERRY_SECOND_NS))
        continue;
    assert_is_interrupted(port, false); /* no lock */
    ferryi_qt_memory_unlock(&memory);
    ferryi_qt_memory_detach(&memory);
    ferry_port_close(&port);
}

enum { ROUNDS = 100 };

static void count_up(const void *argument) {
    (void)argument;
    ferry_port_options options = ordered_options(FERRY_PORT_SENDER);
    ferry_port *port = NULL;
    CHILD_CHECK(ferry_port_open(&port, &options, NULL) == FERRY_OK);
    child_say('o');
    for (int i = 1; i <= ROUNDS; i++) {
        char text[LINE_BYTES];
        snprintf(text, sizeof text, "number %d", i);
        CHILD_CHECK(ferry_port_send_text(port, text, STUCK_NS, NULL) == FERRY_OK);
    }
    CHILD_CHECK(ferry_port_drain(port, STUCK_NS, NULL) == FERRY_OK);
    child_hear();
    ferry_port_close(&port);
}

static void test_two_ports_lose_nothing(void **state) {
    (void)state;
    ferry_port_options options = ordered_options(FERRY_PORT_RECEIVER);
    child *sender = start_child(count_up, NULL);
    assert_int_equal(hear(sender), 'o');
    ferry_port *port = open_port(&options);
    for (int i = 1; i <= ROUNDS; i++) {
        char text[LINE_BYTES];
        snprintf(text, sizeof text, "number %d", i);
        receive_text(port, text);
    }
    assert_no_text(port);
    ferry_port_close(&port);
    tell_child(sender, 'e');
    assert_child_succeeds(sender);
    assert_nothing_there();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_sender_provides, clean_up),
        cmocka_unit_test_teardown(test_a_receiver_is_attached_while_it_looks, clean_up),
        cmocka_unit_test_teardown(test_the_lock_is_kept_by_another, clean_up),
        cmocka_unit_test_teardown(test_memory_of_another_provider_is_left_to_it, clean_up),
        cmocka_unit_test_teardown(test_memory_of_a_killed_provider_is_cleared, clean_up),
        cmocka_unit_test_teardown(test_memory_is_made_anew_for_a_larger_picture, clean_up),
        cmocka_unit_test_teardown(test_a_picture_does_not_fit_memory_of_a_size, clean_up),
        cmocka_unit_test_teardown(test_a_sender_goes_in_lockstep, clean_up),
        cmocka_unit_test_teardown(test_a_receiver_goes_in_lockstep, clean_up),
        cmocka_unit_test_teardown(test_other_threads_end_a_wait, clean_up),
        cmocka_unit_test_teardown(test_two_ports_lose_nothing, clean_up),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
