/* Ports whose memory is made shorter, longer, removed and made anew by other processes, as POSIX
 * lets them, and who removes names at the end. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "port_support.h"

/* Objects by which the conventions take turns, and what they are worth when nobody is at work. */
static const struct convention {
    uint32_t dialect;
    ferry_port_object objects[3]; /* up to the first that is FERRY_PORT_MEMORY */
    unsigned value;
    bool announces;
} conventions[] = {
    {FERRY_PORT_MUTEX, {FERRY_PORT_SEMAPHORE}, 1, false},
    {FERRY_PORT_LOCKSTEP, {FERRY_PORT_READ, FERRY_PORT_WRITE}, 0, true},
    {FERRY_PORT_RWEVENTS, {FERRY_PORT_READ, FERRY_PORT_WRITE}, 1, false},
    {FERRY_PORT_FILE, {FERRY_PORT_MEMORY}, 0, false},
};
enum { CONVENTIONS = sizeof conventions / sizeof conventions[0], FILE_BYTES = 5120 };

static char names[FERRY_PORT_OBJECTS][NAME_BYTES];
static old_memory memory;
static old_semaphore semaphores[2];

static size_t bytes_of(const struct convention *c) {
    return c->dialect == FERRY_PORT_FILE ? FILE_BYTES : TEXT_BYTES;
}

static ferry_port_options options_of(const struct convention *c, uint32_t role) {
    ferry_port_options options =
        text_options(c->dialect, role, own_name(names[FERRY_PORT_MEMORY], "memory"));
    for (int i = 0; c->objects[i] != FERRY_PORT_MEMORY; i++)
        options.names[c->objects[i]] =
            own_name(names[c->objects[i]], ferry_port_object_word(c->objects[i]));
    return options;
}

static void make_old(const struct convention *c) {
    options_of(c, 0);
    memory = old_memory_make(names[FERRY_PORT_MEMORY], bytes_of(c));
    for (int i = 0; c->objects[i] != FERRY_PORT_MEMORY; i++)
        semaphores[i] = old_semaphore_make(names[c->objects[i]], c->value);
}

static void close_old(const struct convention *c) {
    old_memory_close(&memory);
    for (int i = 0; c->objects[i] != FERRY_PORT_MEMORY; i++)
        old_semaphore_close(semaphores[i]);
}

static void remove_old(const struct convention *c) {
    close_old(c);
    old_memory_remove(names[FERRY_PORT_MEMORY]);
    for (int i = 0; c->objects[i] != FERRY_PORT_MEMORY; i++)
        old_semaphore_remove(names[c->objects[i]]);
    assert_nothing_left();
}

/* The other side writes while it is its turn. */
static void write_old(const struct convention *c, const char *text) {
    memcpy(memory.base, text, strlen(text) + 1);
    if (c->announces)
        old_semaphore_release(semaphores[0]);
}

static void set_length(size_t bytes) {
    assert_int_equal(ftruncate(memory.descriptor, (off_t)bytes), 0);
}

static void assert_text(const char *wanted) {
    assert_string_equal((char *)memory.base, wanted);
}

/* ---- shorter ---- */

static void test_memory_shrinks_under_a_sender(void **state) {
    (void)state;
    for (int i = 0; i < CONVENTIONS; i++) {
        const struct convention *c = &conventions[i];
        make_old(c);
        ferry_port_options options = options_of(c, FERRY_PORT_SENDER);
        options.break_lock_ns = 1; /* nobody answers in lockstep */
        ferry_port *port = open_port(&options);
        send_text(port, "hello");
        if (c->announces)
            assert_true(old_semaphore_take(semaphores[0]));
        set_length(5);
        assert_send(port, "hello", FERRY_TOO_LARGE, names[FERRY_PORT_MEMORY]);
        assert_int_equal(counters_of(port).memory_bytes, 5);
        send_text(port, "four");
        assert_text("four");
        if (c->announces)
            assert_true(old_semaphore_take(semaphores[0]));
        set_length(0);
        assert_true(ferry_port_send_text(port, "x", MOMENT_NS, NULL) != FERRY_OK);
        set_length(bytes_of(c));
        send_text(port, "as long as before");
        assert_text("as long as before");
        ferry_port_close(&port);
        remove_old(c);
    }
}

static void test_memory_shrinks_under_a_receiver(void **state) {
    (void)state;
    for (int i = 0; i < CONVENTIONS; i++) {
        const struct convention *c = &conventions[i];
        make_old(c);
        ferry_port_options options = options_of(c, FERRY_PORT_RECEIVER);
        ferry_port *port = open_port(&options);
        write_old(c, "hello");
        receive_text(port, "hello");
        set_length(3);
        if (c->announces)
            old_semaphore_release(semaphores[0]);
        receive_text(port, "hel"); /* which now ends with the memory */
        set_length(0);
        if (!c->announces)
            assert_no_text(port);
        set_length(bytes_of(c));
        write_old(c, "again");
        receive_text(port, "again");
        ferry_port_close(&port);
        remove_old(c);
    }
}

static void cut_again_and_again(const void *argument) {
    char path[PATH_BYTES];
    int descriptor = open(shm_path(path, argument), O_RDWR);
    CHILD_CHECK(descriptor >= 0);
    child_say('r');
    for (int i = 0; !child_is_told(); i++)
        CHILD_CHECK(ftruncate(descriptor, i % 2 == 0 ? 3 * 4096 : 4096 / 2) == 0);
    child_say('e');
}

/* In the midst of reading and writing: the pages behind the end are no death. */
static void test_memory_shrinks_at_any_time(void **state) {
    (void)state;
    enum { LOOKS = 300 };
    const struct convention *c = &conventions[0];
    ferry_image image = FERRY_IMAGE_INIT;
    char text[2 * 4096];
    assert_int_equal(ferry_guard_install(), FERRY_OK);
    make_old(c);
    set_length(3 * 4096);
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    for (uint32_t role = FERRY_PORT_RECEIVER; role <= FERRY_PORT_SENDER; role++) {
        ferry_port_options options = options_of(c, role);
        options.memory_bytes = 3 * 4096;
        ferry_port *port = open_port(&options);
        child *other = start_child(cut_again_and_again, names[FERRY_PORT_MEMORY]);
        assert_int_equal(hear(other), 'r');
        for (int i = 0; i < LOOKS; i++) {
            ferry_status status = role == FERRY_PORT_RECEIVER
                                      ? ferry_port_receive(port, &image, 0, NULL)
                                      : ferry_port_send_text(port, text, MOMENT_NS, NULL);
            assert_true(status == FERRY_OK || status == FERRY_TIMEOUT ||
                        status == FERRY_TOO_LARGE || status == FERRY_OVERTAKEN ||
                        status == FERRY_NO_PRODUCER);
        }
        tell_child(other, 'e');
        assert_int_equal(hear(other), 'e');
        assert_child_succeeds(other);
        assert_int_equal(old_semaphore_value(semaphores[0]), 1);
        ferry_port_close(&port);
        assert_int_equal(old_semaphore_value(semaphores[0]), 1);
    }
    ferry_image_free(&image);
    remove_old(c);
}

/* ---- longer ---- */

static void test_memory_grows(void **state) {
    (void)state;
    for (int i = 0; i < CONVENTIONS; i++) {
        const struct convention *c = &conventions[i];
        const char *word = "hello";
        make_old(c);
        ferry_port_options options = options_of(c, FERRY_PORT_RECEIVER);
        ferry_port *port = open_port(&options);
        write_old(c, word);
        receive_text(port, word);
        set_length(3 * 4096);
        old_memory_close(&memory);
        memory = old_memory_open(names[FERRY_PORT_MEMORY]);
        memset(memory.base, 'x', 2 * 4096);
        if (c->announces)
            old_semaphore_release(semaphores[0]);
        ferry_image image = FERRY_IMAGE_INIT;
        assert_int_equal(ferry_port_receive(port, &image, STUCK_NS, NULL), FERRY_OK);
        assert_int_equal(image.info.length_bytes, 2 * 4096);
        assert_int_equal(counters_of(port).memory_bytes, 3 * 4096);
        ferry_image_free(&image);
        ferry_port_close(&port);
        remove_old(c);
    }
}

static void write_longer(const void *argument) {
    const struct convention *c = &conventions[*(const char *)argument - '0'];
    options_of(c, 0);
    memory = old_memory_make(names[FERRY_PORT_MEMORY], 4096);
    for (int i = 0; c->objects[i] != FERRY_PORT_MEMORY; i++)
        semaphores[i] = old_semaphore_make(names[c->objects[i]], c->value);
    write_old(c, "from one that has gone");
}

/* A ported program gives what it opens its own length. It may be gone when the port looks. */
static void test_the_text_of_one_that_made_it_longer_is_not_lost(void **state) {
    (void)state;
    for (int i = 0; i < CONVENTIONS - 1; i++) {
        const struct convention *c = &conventions[i];
        ferry_port_options options = options_of(c, FERRY_PORT_SENDER);
        ferry_port *maker = open_port(&options); /* of what a receiver alone does not make */
        options.role = FERRY_PORT_RECEIVER;
        ferry_port *port = open_port(&options);
        if (c->dialect != FERRY_PORT_RWEVENTS)
            ferry_port_close(&maker);
        char number[] = {(char)('0' + i), '\0'};
        assert_child_succeeds(start_child(write_longer, number));
        receive_text(port, "from one that has gone");
        assert_int_equal(counters_of(port).memory_bytes, 4096);
        ferry_port_close(&port);
        ferry_port_close(&maker);
        assert_nothing_left();
    }
}

/* ---- removed, and made anew ---- */

static void test_names_are_removed_and_made_anew(void **state) {
    (void)state;
    for (int i = 0; i < 2 * CONVENTIONS; i++) {
        const struct convention *c = &conventions[i / 2];
        bool sends = i % 2 != 0;
        make_old(c);
        ferry_port_options options = options_of(c, sends ? FERRY_PORT_SENDER : FERRY_PORT_RECEIVER);
        ferry_port *port = open_port(&options);
        if (sends) {
            send_text(port, "one");
            assert_text("one");
        } else {
            write_old(c, "one");
            receive_text(port, "one");
        }
        remove_old(c);
        make_old(c);
        if (sends) {
            send_text(port, "two");
            assert_text("two");
        } else {
            write_old(c, "two");
            receive_text(port, "two");
        }
        ferry_port_close(&port);
        remove_old(c);
    }
}

static void test_a_sender_makes_anew_what_has_gone(void **state) {
    (void)state;
    for (int i = 0; i < CONVENTIONS; i++) {
        const struct convention *c = &conventions[i];
        make_old(c);
        ferry_port_options options = options_of(c, FERRY_PORT_SENDER);
        ferry_port *port = open_port(&options);
        send_text(port, "one");
        remove_old(c);
        send_text(port, "two");
        memory = old_memory_open(names[FERRY_PORT_MEMORY]);
        assert_text("two");
        old_memory_close(&memory);
        ferry_port_close(&port);
        if (c->dialect == FERRY_PORT_FILE)
            old_memory_remove(names[FERRY_PORT_MEMORY]);
        assert_nothing_left();
    }
}

/* One that waits sees it, too. */
static void test_a_semaphore_goes_while_a_port_waits(void **state) {
    (void)state;
    const struct convention *c = &conventions[0];
    make_old(c);
    assert_true(old_semaphore_take(semaphores[0]));
    ferry_port_options options = options_of(c, FERRY_PORT_SENDER);
    ferry_port *port = open_port(&options);
    assert_send(port, "never", FERRY_TIMEOUT, names[FERRY_PORT_SEMAPHORE]);
    old_semaphore_remove(names[FERRY_PORT_SEMAPHORE]);
    send_text(port, "with a new one");
    assert_text("with a new one");
    assert_int_equal(old_semaphore_value(semaphores[0]), 0);
    ferry_port_close(&port);
    assert_false(old_semaphore_exists(names[FERRY_PORT_SEMAPHORE]));
    close_old(c);
    old_memory_remove(names[FERRY_PORT_MEMORY]);
    assert_nothing_left();
}

/* ---- who removes names ---- */

static void hold(const void *argument) {
    const struct convention *c = &conventions[*(const char *)argument - '0'];
    options_of(c, 0);
    memory = old_memory_open(names[FERRY_PORT_MEMORY]);
    for (int i = 0; c->objects[i] != FERRY_PORT_MEMORY; i++)
        semaphores[i] = old_semaphore_open(names[c->objects[i]]);
    child_say('h');
    child_rest();
}

static void test_names_in_use_stay(void **state) {
    (void)state;
    for (int i = 0; i < CONVENTIONS; i++) {
        const struct convention *c = &conventions[i];
        char number[] = {(char)('0' + i), '\0'};
        ferry_port_options options = options_of(c, FERRY_PORT_SENDER);
        ferry_port *port = open_port(&options);
        unsigned objects = count_shared(own_marker(), false, false);
        child *user = start_child(hold, number);
        assert_int_equal(hear(user), 'h');
        ferry_port_close(&port);
        assert_int_equal(count_shared(own_marker(), false, false), objects);
        kill_child(user);
        port = open_port(&options); /* the next one sees to them, as they are the library's */
        ferry_port_close(&port);
        if (c->dialect == FERRY_PORT_FILE)
            old_memory_remove(names[FERRY_PORT_MEMORY]);
        assert_nothing_left();
    }
}

static void test_names_of_others_stay(void **state) {
    (void)state;
    for (int i = 0; i < CONVENTIONS; i++) {
        const struct convention *c = &conventions[i];
        make_old(c);
        unsigned objects = count_shared(own_marker(), false, false);
        close_old(c);
        for (uint32_t role = FERRY_PORT_RECEIVER; role <= FERRY_PORT_SENDER; role++) {
            ferry_port_options options = options_of(c, role);
            ferry_port *port = open_port(&options);
            ferry_port_close(&port);
            assert_int_equal(count_shared(own_marker(), false, false), objects);
        }
        make_old(c);
        remove_old(c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_memory_shrinks_under_a_sender, clean_up),
        cmocka_unit_test_teardown(test_memory_shrinks_under_a_receiver, clean_up),
        cmocka_unit_test_teardown(test_memory_shrinks_at_any_time, clean_up),
        cmocka_unit_test_teardown(test_memory_grows, clean_up),
        cmocka_unit_test_teardown(test_the_text_of_one_that_made_it_longer_is_not_lost, clean_up),
        cmocka_unit_test_teardown(test_names_are_removed_and_made_anew, clean_up),
        cmocka_unit_test_teardown(test_a_sender_makes_anew_what_has_gone, clean_up),
        cmocka_unit_test_teardown(test_a_semaphore_goes_while_a_port_waits, clean_up),
        cmocka_unit_test_teardown(test_names_in_use_stay, clean_up),
        cmocka_unit_test_teardown(test_names_of_others_stay, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
