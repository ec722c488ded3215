/* The baseimage dialect: what a producer finds under its name, and whether it uses that. The file
 * that decides is compiled into this program once more, with places to come in between. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "channel_support.h"
#include "plain_peer.h"
#include "platform/clock.h"
#include "support/deadline.h"

static void pause_here(int64_t pause_ns);
static int64_t left_here(uint64_t deadline_ns, int64_t limit_ns);
static ferry_status open_event(ferryi_signal_event **out, const char *name,
                               const ferryi_sharing *sharing, atomic_bool *lost,
                               ferry_error *error);

#define ferryi_clock_pause pause_here
#define ferryi_deadline_left left_here
#define ferryi_signal_event_open open_event
#include "dialect/baseimage_found.c"
#undef ferryi_signal_event_open
#undef ferryi_deadline_left
#undef ferryi_clock_pause

static void (*before_the_next_look)(void); /* happens once, after a look that found nothing good */
static void (*at_the_last_look)(void);     /* happens once, when a look that was good is repeated */
static bool was_good;

static void happen(void (**what)(void)) {
    void (*step)(void) = *what;
    *what = NULL;
    if (step != NULL)
        step();
}

static int looks; /* in the time that there is for them */

/* Does not take the time, but ends it after some looks. */
static int64_t left_here(uint64_t deadline_ns, int64_t limit_ns) {
    enum { LOOKS = 4 };
    looks = (looks + 1) % LOOKS;
    return looks == 0 ? 0 : ferryi_deadline_left(deadline_ns, limit_ns);
}

static void pause_here(int64_t pause_ns) {
    (void)pause_ns;
    happen(&before_the_next_look);
}

static ferry_status open_event(ferryi_signal_event **out, const char *event_name,
                               const ferryi_sharing *sharing, atomic_bool *lost,
                               ferry_error *error) {
    if (was_good)
        happen(&at_the_last_look);
    was_good = true;
    return ferryi_signal_event_open(out, event_name, sharing, lost, error);
}

/* ---- memory of other programs ---- */

static char name[NAME_BYTES], path[PATH_BYTES];
static plain_header plausible = {PIXELS, WIDTH, HEIGHT, 8};

static void use_name(const char *tag) {
    shm_path(path, own_name(name, tag));
}

/* An object of this size; its first bytes are the header's. */
static void make_memory(off_t bytes, const plain_header *header) {
    int descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(ftruncate(descriptor, bytes), 0);
    if (header != NULL)
        assert_int_equal(pwrite(descriptor, header, sizeof *header, 0), sizeof *header);
    close(descriptor);
}

static void write_at(off_t offset, const char *text) {
    int descriptor = open(path, O_WRONLY);
    assert_true(descriptor >= 0);
    assert_int_equal(pwrite(descriptor, text, strlen(text), offset), strlen(text));
    close(descriptor);
}

static void assert_has(off_t offset, const char *text) {
    char found[64] = "";
    int descriptor = open(path, O_RDONLY);
    assert_true(descriptor >= 0 && strlen(text) < sizeof found);
    assert_int_equal(pread(descriptor, found, strlen(text), offset), strlen(text));
    assert_string_equal(found, text);
    close(descriptor);
}

static void make_event(void) {
    char event[NAME_BYTES + 16];
    snprintf(event, sizeof event, "/%sMutex", name);
    sem_t *semaphore = sem_open(event, O_CREAT | O_EXCL, 0600, 0);
    assert_true(semaphore != SEM_FAILED);
    sem_close(semaphore);
}

static void remove_both(void) {
    peer_remove(name);
    assert_nothing_left();
}

static ferry_status try_with(uint32_t dialect, uint32_t adopt, ferry_error *error) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.dialect = dialect;
    options.adopt = adopt;
    options.slot_bytes = dialect == FERRY_DIALECT_NATIVE ? 8192 : 0;
    ferry_producer *producer = NULL;
    ferry_status status = ferry_producer_create(&producer, &options, error);
    if (status == FERRY_OK)
        assert_int_equal(send_next(producer), FERRY_OK);
    ferry_producer_close(&producer);
    return status;
}

static void assert_refused(uint32_t dialect, uint32_t adopt) {
    ferry_error error = {0};
    look before = look_at(path);
    unsigned names = count_shared(own_marker(), false, false);
    assert_int_equal(try_with(dialect, adopt, &error), FERRY_FOREIGN);
    assert_sentence(&error, FERRY_FOREIGN, name);
    assert_untouched(path, &before);
    assert_int_equal(count_shared(own_marker(), false, false), names);
}

static void assert_used(uint32_t adopt) {
    ferry_error error = {0};
    if (try_with(FERRY_DIALECT_BASEIMAGE, adopt, &error) != FERRY_OK)
        fail_msg("create: %s", error.message);
    plain_header header;
    int descriptor = open(path, O_RDONLY);
    assert_int_equal(pread(descriptor, &header, sizeof header, 0), sizeof header);
    assert_int_equal(header.width, WIDTH);
    close(descriptor);
}

/* ---- without an event ---- */

static const off_t sizes[] = {PEER_BYTES, PEER_BYTES + 100, 2 * (off_t)PEER_BYTES,
                              PEER_BYTES + 86016};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void test_memory_that_somebody_has_written_is_left_alone(void **state) {
    (void)state;
    plain_header last_byte = {0, 0, 0, 1 << 24};
    const plain_header *headers[] = {&plausible, &last_byte};
    use_name("written");
    for (int i = 0; i < SIZES; i++)
        for (int j = 0; j < 2; j++) {
            make_memory(sizes[i], headers[j]);
            assert_refused(FERRY_DIALECT_BASEIMAGE, 0);
            assert_refused(FERRY_DIALECT_NATIVE, 0);
            remove_both();
        }
}

static void test_the_sentence_says_what_is_missing_and_what_to_do(void **state) {
    (void)state;
    char event[NAME_BYTES + 16];
    ferry_error error = {0};
    use_name("sentence");
    snprintf(event, sizeof event, "%sMutex", name);
    make_memory(PEER_BYTES, &plausible);
    assert_int_equal(try_with(FERRY_DIALECT_BASEIMAGE, 0, &error), FERRY_FOREIGN);
    assert_sentence(&error, FERRY_FOREIGN, event);
    assert_non_null(strstr(error.message, "--adopt"));
    assert_true(strlen(error.message) < sizeof error.message - 1); /* all of it is there */
    remove_both();
}

static void test_it_is_used_when_the_caller_says_so(void **state) {
    (void)state;
    use_name("adopted");
    for (int i = 0; i < SIZES; i++) {
        make_memory(sizes[i], &plausible);
        assert_used(1);
        remove_both();
    }
    /* But not in a native channel, and not what cannot hold a picture. */
    make_memory(PEER_BYTES, &plausible);
    assert_refused(FERRY_DIALECT_NATIVE, 1);
    remove_both();
    make_memory(PEER_BYTES - FERRYI_SHM_PAGE, &plausible);
    assert_refused(FERRY_DIALECT_BASEIMAGE, 1);
    remove_both();
}

/* An old receiver that came first has made it; its event may be on the way. */
static void test_fresh_memory_is_used(void **state) {
    (void)state;
    use_name("fresh");
    for (int i = 0; i < SIZES; i++) {
        make_memory(sizes[i], NULL);
        assert_used(0);
        peer_remove(name);
        count_shared(own_marker(), false, true);
    }
}

static void test_what_a_producer_has_used_before_is_used_again(void **state) {
    (void)state;
    use_name("again");
    make_memory(PEER_BYTES, &plausible);
    make_event();
    assert_used(0);
    char event[NAME_BYTES + 16];
    snprintf(event, sizeof event, "/%sMutex", name);
    assert_int_equal(sem_unlink(event), 0);
    assert_used(0);
    remove_both();
}

/* ---- with an event ---- */

static void test_an_image_with_its_event_is_used(void **state) {
    (void)state;
    use_name("image");
    for (int i = 0; i < SIZES; i++) {
        make_memory(sizes[i], &plausible);
        make_event();
        assert_used(0);
        remove_both();
    }
}

/* What lies in the last page of an object belongs to its maker too. */
static void test_nothing_is_written_before_the_end_of_the_object(void **state) {
    (void)state;
    use_name("end");
    make_memory(PEER_BYTES + 100, &plausible);
    make_event();
    write_at(PEER_BYTES, "the other program's last bytes");
    for (int round = 0; round < 2; round++) {
        assert_used(0);
        assert_has(PEER_BYTES, "the other program's last bytes");
    }
    remove_both();
}

/* Nothing is done to the object when the producer could not set the event. */
static void test_an_event_that_cannot_be_opened(void **state) {
    (void)state;
    char event[PATH_BYTES];
    ferry_error error = {0};
    use_name("closed");
    make_memory(PEER_BYTES, NULL);
    snprintf(event, sizeof event, SHM_FOLDER "/sem.%sMutex", name);
    assert_int_equal(mkdir(event, 0700), 0);
    for (uint32_t adopt = 0; adopt < 2; adopt++) {
        look before = look_at(path);
        assert_int_not_equal(try_with(FERRY_DIALECT_BASEIMAGE, adopt, &error), FERRY_OK);
        assert_true(strlen(error.message) > 20);
        assert_untouched(path, &before);
        assert_int_equal(count_shared(own_marker(), false, false), 2);
    }
    assert_int_equal(rmdir(event), 0);
    remove_both();
}

/* ---- an old program that starts at the same time ---- */

static void grow_and_write(void) {
    assert_int_equal(truncate(path, PEER_BYTES), 0);
    write_at(0, "\x01\x02\x03");
    before_the_next_look = make_event;
}

static void test_the_event_may_come_a_moment_later(void **state) {
    (void)state;
    use_name("later");
    make_memory(PEER_BYTES, &plausible);
    before_the_next_look = make_event;
    assert_used(0);
    assert_null(before_the_next_look);
    remove_both();
    /* shm_open(3) makes it empty. */
    make_memory(0, NULL);
    before_the_next_look = grow_and_write;
    assert_used(0);
    assert_null(before_the_next_look);
    remove_both();
}

static void write_something(void) {
    write_at(0, "not an image");
}

/* Another program makes its memory, and writes into it while our producer is about to use it. */
static void test_one_that_is_written_in_the_last_moment_is_left_alone(void **state) {
    (void)state;
    ferry_error error = {0};
    use_name("moment");
    make_memory(PEER_BYTES, NULL);
    at_the_last_look = write_something;
    was_good = false;
    assert_int_equal(try_with(FERRY_DIALECT_BASEIMAGE, 0, &error), FERRY_FOREIGN);
    assert_null(at_the_last_look);
    assert_has(0, "not an image");
    assert_int_equal(look_at(path).about.st_size, PEER_BYTES);
    remove_both();
}

/* ---- the option ---- */

static void test_the_option_is_yes_or_no(void **state) {
    (void)state;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    ferry_producer *producer = NULL;
    use_name("option");
    options.name = name;
    options.adopt = 2;
    assert_int_equal(ferry_producer_create(&producer, &options, NULL), FERRY_INVALID_ARGUMENT);
    options.adopt = 1;
    options.dialect = FERRY_DIALECT_BASEIMAGE;
    options.max_held = 1; /* of the one slot nobody holds a frame */
    assert_int_equal(ferry_producer_create(&producer, &options, NULL), FERRY_INVALID_ARGUMENT);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_memory_that_somebody_has_written_is_left_alone, clean_up),
        cmocka_unit_test_teardown(test_the_sentence_says_what_is_missing_and_what_to_do, clean_up),
        cmocka_unit_test_teardown(test_it_is_used_when_the_caller_says_so, clean_up),
        cmocka_unit_test_teardown(test_fresh_memory_is_used, clean_up),
        cmocka_unit_test_teardown(test_what_a_producer_has_used_before_is_used_again, clean_up),
        cmocka_unit_test_teardown(test_an_image_with_its_event_is_used, clean_up),
        cmocka_unit_test_teardown(test_nothing_is_written_before_the_end_of_the_object, clean_up),
        cmocka_unit_test_teardown(test_an_event_that_cannot_be_opened, clean_up),
        cmocka_unit_test_teardown(test_the_event_may_come_a_moment_later, clean_up),
        cmocka_unit_test_teardown(test_one_that_is_written_in_the_last_moment_is_left_alone,
                                  clean_up),
        cmocka_unit_test_teardown(test_the_option_is_yes_or_no, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
