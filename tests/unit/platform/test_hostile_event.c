/* The dialect's event with peers that write whatever they like into it, and names that something
 * else has. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <frameferry/clock.h>

#include "channel_support.h"
#include "plain_peer.h"
#include "signal_event_scene.h"
#include "vandal.h"

/* ---- values that cannot be ---- */

static void use(const scene *s) {
    enum { PAUSE_NS = 100000 };
    ferryi_signal_event_set(s->event);
    ferryi_signal_event_is_set(s->event);
    ferryi_signal_event_wait(s->event, PAUSE_NS);
    ferryi_signal_event_take_all(s->event);
    ferryi_signal_event_wait(s->event, PAUSE_NS);
    ferryi_signal_event_wait(s->event, 0);
}

/* In a child, since the C library would end the process. */
static void use_with_private(const void *argument) {
    scene s = *(const scene *)argument;
    open_event(&s);
    map_words(&s);
    for (uint32_t private = 0; private < 256; private ++) {
        for (uint32_t sleepers = 0; sleepers < 2; sleepers++) {
            atomic_store(&s.words->private, private);
            atomic_store(&s.words->sleepers, sleepers);
            atomic_store(&s.words->value, 0);
            use(&s);
        }
        atomic_store(&s.words->value, 0);
        atomic_store(&s.words->private, private);
        ferryi_signal_event_set(s.event);
        CHILD_CHECK(ferryi_signal_event_wait(s.event, 0));
        CHILD_CHECK(atomic_load(&s.words->private) == private);
    }
}

static void test_what_says_how_to_call_the_kernel_is_not_believed(void **state) {
    (void)state;
    scene s;
    set_scene(&s, "private");
    assert_child_succeeds(start_child_with(use_with_private, &s, sizeof s));
    strike_scene(&s);
}

static void test_numbers_that_cannot_be(void **state) {
    (void)state;
    static const uint32_t numbers[] = {0, 1, 2, INT32_MAX, UINT32_C(1) << 31, UINT32_MAX};
    enum { COUNT = sizeof numbers / sizeof numbers[0] };
    scene s;
    set_scene(&s, "numbers");
    for (int i = 0; i < COUNT * COUNT; i++) {
        atomic_store(&s.words->value, numbers[i % COUNT]);
        atomic_store(&s.words->sleepers, numbers[i / COUNT]);
        assert_int_equal(ferryi_signal_event_is_set(s.event), numbers[i % COUNT] != 0);
        ferryi_signal_event_set(s.event);
        assert_true(ferryi_signal_event_wait(s.event, 0));
        uint32_t rest = numbers[i % COUNT] == 0 ? 0 : numbers[i % COUNT] - 1;
        assert_int_equal(ferryi_signal_event_take_all(s.event), rest);
        uint64_t start_ns = ferry_clock_ns();
        assert_false(ferryi_signal_event_wait(s.event, 1000));
        assert_true(ferry_clock_ns() - start_ns < (uint64_t)STUCK_NS);
        /* The number of sleepers is what the peer made of it, and is not raised for good. */
        assert_int_equal(atomic_load(&s.words->sleepers), numbers[i / COUNT]);
    }
    strike_scene(&s);
}

/* Nobody wakes a sleeper that has been struck off. */
static void test_a_wait_ends_after_a_slice(void **state) {
    (void)state;
    scene s;
    set_scene(&s, "slice");
    uint64_t start_ns = ferry_clock_ns();
    assert_false(ferryi_signal_event_wait(s.event, FERRY_FOREVER));
    uint64_t took_ns = ferry_clock_ns() - start_ns;
    assert_true(took_ns >= (uint64_t)FERRYI_SLICE_NS && took_ns < (uint64_t)STUCK_NS);
    strike_scene(&s);
}

static void rage(const void *argument) {
    scene s = *(const scene *)argument;
    map_words(&s);
    vandal v = {.random = vandal_seed(), .base = (uint8_t *)s.words};
    for (;;)
        vandal_write(&v, 0, sizeof(sem_t));
}

enum { RAGE_MS = 700 };

static void use_for_a_while(const void *argument) {
    scene s = *(const scene *)argument;
    open_event(&s);
    uint64_t end_ns = ferry_clock_ns() + RAGE_MS * UINT64_C(1000000);
    while (ferry_clock_ns() < end_ns)
        use(&s);
}

static void test_bytes_all_over_it(void **state) {
    (void)state;
    scene s;
    set_scene(&s, "rage");
    child *hostile = start_child_with(rage, &s, sizeof s);
    child *users[2];
    for (int i = 0; i < 2; i++)
        users[i] = start_child_with(use_for_a_while, &s, sizeof s);
    for (int i = 0; i < 2; i++)
        assert_child_succeeds(users[i]);
    kill_child(hostile);
    strike_scene(&s);
}

/* ---- whole channels ---- */

static void produce(const void *argument) {
    scene s = *(const scene *)argument;
    s.name[strlen(s.name) - strlen("Mutex")] = '\0';
    ferry_producer *producer = make_dialect(s.name);
    CHILD_CHECK(producer != NULL);
    uint64_t end_ns = ferry_clock_ns() + RAGE_MS * UINT64_C(1000000);
    while (ferry_clock_ns() < end_ns)
        CHILD_CHECK(send_next(producer) == FERRY_OK);
    ferry_producer_close(&producer);
}

static void consume(const void *argument) {
    scene s = *(const scene *)argument;
    s.name[strlen(s.name) - strlen("Mutex")] = '\0';
    ferry_consumer *consumer = make_consumer(s.name, FERRY_DELIVERY_LATEST, NULL);
    ferry_image image = FERRY_IMAGE_INIT;
    CHILD_CHECK(consumer != NULL);
    uint64_t end_ns = ferry_clock_ns() + RAGE_MS * UINT64_C(1000000);
    while (ferry_clock_ns() < end_ns) {
        uint64_t start_ns = ferry_clock_ns();
        ferry_status status = ferry_consumer_copy(consumer, FERRY_SECOND_NS / 100, &image, NULL);
        CHILD_CHECK(status == FERRY_OK || status == FERRY_TIMEOUT || status == FERRY_OVERTAKEN);
        CHILD_CHECK(ferry_clock_ns() - start_ns < (uint64_t)STUCK_NS);
    }
    ferry_consumer_close(&consumer);
    ferry_image_free(&image);
}

static void test_both_ends_while_bytes_come_all_over_it(void **state) {
    (void)state;
    static const plain_header header = {.length = 12, .width = 2, .height = 2, .bit_count = 24};
    char name[NAME_BYTES];
    scene s = {.event = NULL};
    plain_peer peer;
    name_scene(&s, "bothMutex");
    own_name(name, "both");
    assert_true(peer_open(&peer, name, true));
    peer_send(&peer, header, "abcdefghijkl");
    child *hostile = start_child_with(rage, &s, sizeof s);
    child_body *const ends[] = {consume, produce};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        assert_child_succeeds(start_child_with(ends[i], &s, sizeof s));
    kill_child(hostile);
    peer_close(&peer);
    peer_remove(name);
    assert_nothing_left();
}

/* ---- what is no event, or not ours ---- */

static void put(const char *path, size_t bytes) {
    int descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(descriptor >= 0 && ftruncate(descriptor, (off_t)bytes) == 0);
    close(descriptor);
}

static void make_empty(const char *path) {
    put(path, 0);
}

static void make_short(const char *path) {
    put(path, sizeof(sem_t) - 1);
}

static void make_folder(const char *path) {
    assert_int_equal(mkdir(path, 0700), 0);
}

static void make_fifo(const char *path) {
    assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_link(const char *path) {
    assert_int_equal(symlink("/etc/hostname", path), 0);
}

static void make_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    close(descriptor);
}

static void test_what_is_no_semaphore(void **state) {
    (void)state;
    static void (*const makers[])(const char *) = {make_empty, make_short, make_folder,
                                                   make_fifo,  make_link,  make_socket};
    char name[NAME_BYTES];
    scene s;
    own_name(name, "nonsense");
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        ferry_error error = {0};
        bool created = true;
        name_scene(&s, "nonsenseMutex");
        makers[i](s.path);
        look before = look_at(s.path);
        assert_int_equal(
            ferryi_signal_event_open(&s.event, s.name, FERRYI_NOT_SHARED, &s.lost, &error),
            FERRY_FOREIGN);
        assert_sentence(&error, FERRY_FOREIGN, s.name);
        assert_int_equal(ferryi_signal_event_create(&s.event, s.name, FERRYI_NOT_SHARED, &created,
                                                    &s.lost, &error),
                         FERRY_FOREIGN);
        assert_false(created);
        assert_sentence(&error, FERRY_FOREIGN, s.name);
        assert_int_equal(try_producer(name, FERRY_DIALECT_BASEIMAGE, &error), FERRY_FOREIGN);
        assert_untouched(s.path, &before);
        assert_int_equal(remove(s.path), 0);
        assert_nothing_left();
    }
}

static void test_one_of_another_user(void **state) {
    (void)state;
    enum { OTHER = 54321 };
    if (geteuid() != 0) {
        puts("skipped: giving a file to another user needs root");
        skip();
    }
    char name[NAME_BYTES];
    scene s;
    ferry_error error = {0};
    set_scene(&s, "theirsMutex");
    own_name(name, "theirs");
    assert_int_equal(chown(s.path, OTHER, OTHER), 0);
    assert_int_equal(chmod(s.path, 0666), 0);
    assert_int_equal(try_producer(name, FERRY_DIALECT_BASEIMAGE, &error), FERRY_NOT_ALLOWED);
    assert_sentence(&error, FERRY_NOT_ALLOWED, s.name);
    assert_non_null(strstr(error.message, "remove it, or choose another name"));
    assert_int_equal(count_shared(name, false, false), 1);
    strike_scene(&s);
}

/* A file that was only given its length, as one that somebody made by hand. */
static void test_a_hole_is_a_semaphore_of_zero(void **state) {
    (void)state;
    scene s;
    name_scene(&s, "hole");
    put(s.path, sizeof(sem_t));
    set_scene(&s, "hole");
    assert_false(ferryi_signal_event_wait(s.event, 0));
    ferryi_signal_event_set(s.event);
    assert_true(ferryi_signal_event_wait(s.event, 0));
    strike_scene(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_what_says_how_to_call_the_kernel_is_not_believed, clean_up),
        cmocka_unit_test_teardown(test_numbers_that_cannot_be, clean_up),
        cmocka_unit_test_teardown(test_a_wait_ends_after_a_slice, clean_up),
        cmocka_unit_test_teardown(test_bytes_all_over_it, clean_up),
        cmocka_unit_test_teardown(test_both_ends_while_bytes_come_all_over_it, clean_up),
        cmocka_unit_test_teardown(test_what_is_no_semaphore, clean_up),
        cmocka_unit_test_teardown(test_one_of_another_user, clean_up),
        cmocka_unit_test_teardown(test_a_hole_is_a_semaphore_of_zero, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
