/* The file convention: a mapping, of a file or not, and no order at all. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "port_support.h"
#include "surroundings.h"

enum { MEMORY_BYTES = 5120, MESSAGE_BYTES = 1024, FOLDER_BYTES = 280 };

static char memory_name[NAME_BYTES], file_path[FOLDER_BYTES + 16], folder[FOLDER_BYTES];
static old_memory memory;

static int make_folder(void **state) {
    (void)state;
    bool made = make_temporary_folder(folder, sizeof folder);
    snprintf(file_path, sizeof file_path, "%s/shared", folder);
    return made ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    remove(file_path);
    rmdir(folder);
    return 0;
}

static ferry_port_options options_of(uint32_t role) {
    return text_options(FERRY_PORT_FILE, role, own_name(memory_name, "memory"));
}

static ferry_port_options file_options(uint32_t role) {
    ferry_port_options options = options_of(role);
    options.names[FERRY_PORT_OBJECT_FILE] = file_path;
    return options;
}

static void make_old(size_t bytes) {
    memory = old_memory_make(own_name(memory_name, "memory"), bytes);
}

static void remove_old(void) {
    old_memory_close(&memory);
    old_memory_remove(memory_name);
    assert_nothing_left();
}

/* ---- memory ---- */

static void test_the_sender_makes_it_and_leaves_it(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    memory = old_memory_open(memory_name);
    assert_true(memory.bytes == MEMORY_BYTES || (NAMES_GO_WITH_USERS && memory.bytes == 8192));
    send_text(port, "a longer text");
    send_text(port, "hello");
    assert_memory_equal(memory.base, "hello\0er text", 14); /* what lies behind stays */
    assert_int_equal(ferry_port_drain(port, 0, NULL), FERRY_OK);
    assert_int_equal(counters_of(port).sent, 2);
    assert_int_equal(counters_of(port).memory_bytes, memory.bytes);
    ferry_port_close(&port);
    assert_string_equal((char *)memory.base, "hello");
    assert_true(shm_exists(memory_name));
    port = open_port(&options); /* the one that comes next finds its own kind */
    send_text(port, "again");
    assert_string_equal((char *)memory.base, "again");
    ferry_port_close(&port);
    remove_old();
}

static void test_a_receiver_only_opens(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    assert_receive(port, FERRY_TIMEOUT, memory_name);
    assert_nothing_left();
    assert_int_equal(counters_of(port).memory_bytes, 0);
    make_old(MEMORY_BYTES);
    assert_no_text(port);
    memcpy(memory.base, "first\0garbage", 14);
    receive_text(port, "first");
    assert_no_text(port);
    memcpy(memory.base + 6, "GARBAGE", 7); /* behind the zero is no message */
    assert_no_text(port);
    memcpy(memory.base, "other", 6);
    receive_text(port, "other");
    assert_int_equal(counters_of(port).received, 2);
    ferry_port_close(&port);
    remove_old();
}

static void test_a_message_has_1024_bytes_at_most(void **state) {
    (void)state;
    char longest[MESSAGE_BYTES], too_long[MESSAGE_BYTES + 1];
    memset(longest, 'x', sizeof longest);
    longest[MESSAGE_BYTES - 1] = '\0';
    snprintf(too_long, sizeof too_long, "%sy", longest);
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    memory = old_memory_open(memory_name);
    send_text(port, longest);
    assert_memory_equal(memory.base, longest, sizeof longest);
    assert_send(port, too_long, FERRY_TOO_LARGE, "1024");
    assert_memory_equal(memory.base, longest, sizeof longest);
    ferry_port_close(&port);
    remove_old();
}

/* The change that happens while the port looks away for a moment. */
static const char *written_meanwhile;

void __real_ferryi_clock_pause(int64_t ns);
void __wrap_ferryi_clock_pause(int64_t ns);
void __wrap_ferryi_clock_pause(int64_t ns) {
    if (written_meanwhile != NULL)
        memcpy(memory.base, written_meanwhile, strlen(written_meanwhile) + 1);
    written_meanwhile = NULL;
    __real_ferryi_clock_pause(ns);
}

/* Nothing keeps a writer out: a text counts when it stays as it is. */
static void test_half_a_text_is_none(void **state) {
    (void)state;
    make_old(MEMORY_BYTES);
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    memcpy(memory.base, "half a", 7);
    written_meanwhile = "half a text, and the other half";
    receive_text(port, "half a text, and the other half");
    assert_int_equal(counters_of(port).torn, 1);
    assert_no_text(port);
    ferry_port_close(&port);
    remove_old();
}

/* Nothing but its size shows that memory is of this kind. */
static void test_memory_of_another_program_stays_as_it_is(void **state) {
    (void)state;
    static const size_t others[] = {4000, 9000, 3 * 4096};
    static uint8_t before[3 * 4096];
    for (int i = 0; i < 3; i++) {
        ferry_error error = FERRY_ERROR_INIT;
        make_old(others[i]);
        for (size_t j = 0; j < others[i]; j++)
            memory.base[j] = before[j] = (uint8_t)(j * 31 + 7);
        ferry_port_options options = options_of(FERRY_PORT_SENDER);
        assert_int_equal(try_port(&options, &error), FERRY_FOREIGN);
        assert_sentence(&error, FERRY_FOREIGN, memory_name);
        assert_memory_equal(memory.base, before, others[i]);
        options.adopt = 1;
        ferry_port *port = open_port(&options);
        send_text(port, "mine");
        assert_string_equal((char *)memory.base, "mine");
        assert_memory_equal(memory.base + 5, before + 5, others[i] - 5);
        ferry_port_close(&port);
        remove_old();
    }
    make_old(MEMORY_BYTES);
    memset(memory.base, 'x', memory.bytes);
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    send_text(port, "hello");
    assert_string_equal((char *)memory.base, "hello");
    ferry_port_close(&port);
    remove_old();
}

static void test_a_channel_is_never_written(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    own_name(memory_name, "memory");
    ferry_producer *producer = make_producer(memory_name, 3, FERRY_WHEN_FULL_DROP, NULL);
    assert_non_null(producer);
    for (uint32_t i = 0; i < 4; i++) {
        ferry_port_options options = options_of(i % 2);
        options.adopt = i / 2;
        assert_int_equal(try_port(&options, &error), FERRY_BUSY);
        assert_sentence(&error, FERRY_BUSY, memory_name);
    }
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_other_threads_end_a_wait(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    assert_is_interrupted(port, false); /* nothing is there */
    make_old(MEMORY_BYTES);
    assert_is_interrupted(port, false); /* nothing is written */
    ferry_port_close(&port);
    remove_old();
}

/* ---- files ---- */

static long length_of(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return -1;
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long length = ftell(file);
    fclose(file);
    return length;
}

static void test_a_file_keeps_the_last_message(void **state) {
    (void)state;
    ferry_port_options options = file_options(FERRY_PORT_RECEIVER);
    ferry_port *receiver = open_port(&options);
    assert_no_text(receiver);
    assert_int_equal(length_of(file_path), -1);
    options = file_options(FERRY_PORT_SENDER);
    ferry_port *sender = open_port(&options);
    assert_int_equal(length_of(file_path), MEMORY_BYTES);
    send_text(sender, "kept");
    receive_text(receiver, "kept");
    ferry_port_close(&sender);
    ferry_port_close(&receiver);
    char found[8];
    FILE *file = fopen(file_path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(found, 1, 5, file), 5);
    fclose(file);
    assert_memory_equal(found, "kept", 5);
    options = file_options(FERRY_PORT_RECEIVER);
    receiver = open_port(&options);
    receive_text(receiver, "kept"); /* the next time */
    ferry_port_close(&receiver);
    options.role = FERRY_PORT_SENDER; /* a file that is as long as it is made is one of the kind */
    sender = open_port(&options);
    send_text(sender, "new");
    ferry_port_close(&sender);
    assert_int_equal(length_of(file_path), MEMORY_BYTES);
    assert_nothing_left();
}

static void test_a_file_that_is_empty_or_longer(void **state) {
    (void)state;
    FILE *file = fopen(file_path, "wb");
    assert_non_null(file);
    fclose(file);
    ferry_port_options options = file_options(FERRY_PORT_RECEIVER);
    ferry_port *receiver = open_port(&options);
    assert_no_text(receiver);
    options = file_options(FERRY_PORT_SENDER);
    ferry_port *sender = open_port(&options);
    send_text(sender, "hello");
    receive_text(receiver, "hello");
    ferry_port_close(&sender);
    ferry_port_close(&receiver);
    file = fopen(file_path, "r+b");
    assert_non_null(file);
    fseek(file, 9999, SEEK_SET);
    fputc('e', file);
    fclose(file);
    ferry_error error = FERRY_ERROR_INIT;
    assert_int_equal(try_port(&options, &error), FERRY_FOREIGN); /* it may be a document */
    assert_non_null(strstr(error.message, file_path));
    options.adopt = 1;
    sender = open_port(&options);
    assert_int_equal(counters_of(sender).memory_bytes, NAMES_GO_WITH_USERS ? 12288 : 10000);
    send_text(sender, "longer");
    ferry_port_close(&sender);
    assert_true(length_of(file_path) >= 10000);
}

static void test_paths_that_cannot_be(void **state) {
    (void)state;
    ferry_error error = FERRY_ERROR_INIT;
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    options.names[FERRY_PORT_OBJECT_FILE] = "";
    assert_int_equal(try_port(&options, &error), FERRY_BAD_NAME);
    options.names[FERRY_PORT_OBJECT_FILE] = folder;
    assert_true(try_port(&options, &error) != FERRY_OK);
    assert_non_null(strstr(error.message, folder));
    options.names[FERRY_PORT_OBJECT_FILE] = "/no/such/folder/file";
    assert_true(try_port(&options, &error) != FERRY_OK);
    assert_non_null(strstr(error.message, "/no/such/folder/file"));
    assert_nothing_left();
}

/* ---- two ports ---- */

enum { ROUNDS = 60 };

static void send_many(const void *argument) {
    (void)argument;
    ferry_port_options options = options_of(FERRY_PORT_SENDER);
    ferry_port *port = NULL;
    CHILD_CHECK(ferry_port_open(&port, &options, NULL) == FERRY_OK);
    for (int i = 1; i <= ROUNDS; i++) {
        char text[MESSAGE_BYTES];
        memset(text, 'a' + i % 26, sizeof text);
        text[MESSAGE_BYTES - 1 - i % 2] = '\0';
        CHILD_CHECK(ferry_port_send_text(port, text, STUCK_NS, NULL) == FERRY_OK);
        ferry_port_counters counters;
        ferry_port_get_counters(port, &counters);
        CHILD_CHECK(counters.sent == (uint64_t)i);
    }
    child_say('s');
    child_hear();
    ferry_port_close(&port);
}

static void test_two_ports_hand_on_no_torn_text(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_RECEIVER);
    ferry_port *port = open_port(&options);
    child *sender = start_child(send_many, NULL);
    ferry_image image = FERRY_IMAGE_INIT;
    do {
        ferry_status status = ferry_port_receive(port, &image, STUCK_NS, NULL);
        assert_true(status == FERRY_OK || status == FERRY_OVERTAKEN);
        if (status != FERRY_OK)
            continue;
        for (uint32_t i = 1; i < image.info.length_bytes; i++)
            assert_int_equal(image.pixels[i], image.pixels[0]);
    } while (image.pixels == NULL || image.pixels[0] != 'a' + ROUNDS % 26);
    ferry_image_free(&image);
    assert_int_equal(hear(sender), 's');
    tell_child(sender, 'e');
    assert_child_succeeds(sender);
    ferry_port_close(&port);
    if (!NAMES_GO_WITH_USERS)
        assert_int_equal(count_shared(memory_name, false, true), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_sender_makes_it_and_leaves_it, clean_up),
        cmocka_unit_test_teardown(test_a_receiver_only_opens, clean_up),
        cmocka_unit_test_teardown(test_a_message_has_1024_bytes_at_most, clean_up),
        cmocka_unit_test_teardown(test_half_a_text_is_none, clean_up),
        cmocka_unit_test_teardown(test_memory_of_another_program_stays_as_it_is, clean_up),
        cmocka_unit_test_teardown(test_a_channel_is_never_written, clean_up),
        cmocka_unit_test_teardown(test_other_threads_end_a_wait, clean_up),
        cmocka_unit_test_setup_teardown(test_a_file_keeps_the_last_message, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_a_file_that_is_empty_or_longer, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_paths_that_cannot_be, make_folder, remove_folder),
        cmocka_unit_test_teardown(test_two_ports_hand_on_no_torn_text, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
