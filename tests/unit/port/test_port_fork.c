/* Processes that fork while they have ports open: the child can neither use them nor take anything
 * from its parent when it closes them. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "port_support.h"
#include "surroundings.h"

static char names[FERRY_PORT_OBJECTS][NAME_BYTES], folder[PATH_BYTES];

static int make_folder(void **state) {
    (void)state;
    bool made = make_temporary_folder(folder, sizeof folder);
    set_variable("TMPDIR", folder);
    return made ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

static ferry_port_options options_of(uint32_t dialect, uint32_t role) {
    ferry_port_options options =
        text_options(dialect, role, own_name(names[FERRY_PORT_MEMORY], "memory"));
    for (uint32_t i = FERRY_PORT_SEMAPHORE; i <= FERRY_PORT_WRITE; i++) {
        bool is_turn = i == FERRY_PORT_SEMAPHORE;
        if (dialect != FERRY_PORT_FILE && is_turn == (dialect == FERRY_PORT_MUTEX))
            options.names[i] = own_name(names[i], ferry_port_object_word(i));
    }
    return options;
}

static ferry_port *inherited;

static void use_and_close(const void *argument) {
    (void)argument;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error = FERRY_ERROR_INIT;
    ferry_port_counters counters;
    ferry_status sent = ferry_port_send_text(inherited, "from the child", 0, &error);
    ferry_status received = ferry_port_receive(inherited, &image, 0, &error);
    CHILD_CHECK(sent == FERRY_FORKED || received == FERRY_FORKED);
    CHILD_CHECK(sent == FERRY_FORKED || sent == FERRY_INVALID_ARGUMENT);
    CHILD_CHECK(received == FERRY_FORKED || received == FERRY_INVALID_ARGUMENT);
    CHILD_CHECK(ferry_port_drain(inherited, 0, &error) == FERRY_FORKED);
    CHILD_CHECK(error.status == FERRY_FORKED && strstr(error.message, "fork") != NULL);
    ferry_port_get_counters(inherited, &counters);
    CHILD_CHECK(counters.sent == 0 && counters.received == 0);
    ferry_port_interrupt(inherited);
    ferry_port_close(&inherited);
}

static void test_a_child_takes_nothing_from_its_parent(void **state) {
    (void)state;
    static const uint32_t dialects[] = {FERRY_PORT_MUTEX, FERRY_PORT_LOCKSTEP, FERRY_PORT_RWEVENTS,
                                        FERRY_PORT_FILE, FERRY_PORT_QT};
    for (int i = 0; i < 10; i++) {
        uint32_t dialect = dialects[i / 2];
        ferry_port_options options = options_of(dialect, FERRY_PORT_SENDER);
        ferry_port *sender = open_port(&options);
        options = options_of(dialect, FERRY_PORT_RECEIVER);
        ferry_port *receiver = open_port(&options);
        send_text(sender, "one");
        receive_text(receiver, "one");
        assert_int_equal(ferry_port_drain(sender, STUCK_NS, NULL), FERRY_OK);
        inherited = i % 2 == 0 ? sender : receiver;
        send_text(sender, "two"); /* and while it is on its way, */
        assert_child_succeeds(start_child(use_and_close, NULL));
        receive_text(receiver, "two"); /* and while its answer is */
        assert_child_succeeds(start_child(use_and_close, NULL));
        assert_int_equal(ferry_port_drain(sender, STUCK_NS, NULL), FERRY_OK);
        send_text(sender, "three");
        receive_text(receiver, "three");
        assert_no_text(receiver);
        ferry_port_close(&receiver);
        ferry_port_close(&sender);
        if (dialect == FERRY_PORT_FILE)
            old_memory_remove(names[FERRY_PORT_MEMORY]);
        assert_nothing_left();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_child_takes_nothing_from_its_parent, clean_up),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
