/* Clearing away what lies in /dev/shm under a channel's name: what the dead have left there, whole
 * or in part, what is still used, and what is somebody else's. */
#define _GNU_SOURCE /* pipe2, setresuid */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <grp.h>
#include <sys/mman.h>

#include "channel/names.h"
#include "channel_support.h"

enum { BOTH = FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_CONSUMERS, ALL = BOTH | FERRY_NAME_OF_EVENT };

static char name[NAME_BYTES], event[FERRYI_NAME_BYTES + 16];
static ferryi_names names;
static ferry_bury_report report;
static ferry_error error;

static const char *name_it(const char *tag) {
    own_name(name, tag);
    assert_int_equal(ferryi_names_make(&names, name, NULL), FERRY_OK);
    snprintf(event, sizeof event, "sem.%s", names.event);
    return name;
}

static void assert_buries(uint32_t flags, ferry_status status, uint32_t removed, uint32_t left) {
    memset(&report, 0xff, sizeof report);
    ferry_status found = ferry_channel_bury(name, flags, &report, &error);
    if (found != status)
        fail_msg("status %d instead of %d: %s", found, status, error.message);
    assert_int_equal(report.removed, removed);
    assert_int_equal(report.left, left);
    if (status != FERRY_OK)
        assert_sentence(&error, status, name);
}

/* The dry run says what the run does, and changes nothing. */
static void assert_both_bury(ferry_status status, uint32_t removed, uint32_t left) {
    for (int i = 0; i < 2; i++)
        assert_buries(FERRY_BURY_DRY_RUN, status, removed, left);
    uint64_t memory_bytes = report.memory_bytes;
    assert_buries(0, status, removed, left);
    assert_true(report.memory_bytes == memory_bytes);
    assert_int_equal(report.if_unused, 0);
}

static void assert_stays(ferry_status status, uint32_t left) {
    assert_both_bury(status, 0, left);
}

/* ---- the dead ---- */

static void produce(const void *argument) {
    ferry_producer *producer = make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL && send_next(producer) == FERRY_OK);
    child_say('r');
    child_rest();
}

static void produce_in_dialect(const void *argument) {
    ferry_producer *producer = make_dialect(argument);
    CHILD_CHECK(producer != NULL && send_next(producer) == FERRY_OK);
    child_say('r');
    if (child_hear() == 'e')
        CHILD_CHECK(ferry_producer_end(producer, NULL) == FERRY_OK);
    child_say('e');
    child_rest();
}

static child *start(child_body *body) {
    child *producer = start_child(body, name);
    assert_int_equal(hear(producer), 'r');
    return producer;
}

static void make_dead(child_body *body) {
    kill_child(start(body));
}

static uint64_t memory_of(const char *object) {
    char path[PATH_BYTES];
    struct stat about;
    assert_int_equal(stat(shm_path(path, object), &about), 0);
    return (uint64_t)about.st_blocks * 512;
}

static void test_a_dry_run_changes_nothing(void **state) {
    (void)state;
    char path[PATH_BYTES], other[PATH_BYTES];
    name_it("dry");
    make_dead(produce);
    shm_path(path, names.frames);
    shm_path(other, names.consumers);
    look before = look_at(path), before_other = look_at(other);
    assert_buries(FERRY_BURY_DRY_RUN, FERRY_OK, BOTH, 0);
    assert_int_equal(report.if_unused, 0);
    assert_int_equal(report.consumers, 0);
    assert_true(report.memory_bytes == memory_of(name) + memory_of(names.consumers));
    assert_untouched(path, &before);
    assert_untouched(other, &before_other);
    assert_both_bury(FERRY_OK, BOTH, 0);
    assert_nothing_left();
}

static void test_each_part_alone(void **state) {
    (void)state;
    char path[PATH_BYTES];
    name_it("parts");
    make_dead(produce);
    assert_int_equal(unlink(shm_path(path, names.frames)), 0);
    assert_both_bury(FERRY_OK, FERRY_NAME_OF_CONSUMERS, 0);
    make_dead(produce);
    assert_int_equal(unlink(shm_path(path, names.consumers)), 0);
    assert_both_bury(FERRY_OK, FERRY_NAME_OF_FRAMES, 0);
    make_dead(produce_in_dialect);
    assert_int_equal(unlink(shm_path(path, names.frames)), 0);
    assert_int_equal(unlink(shm_path(path, names.consumers)), 0);
    assert_buries(FERRY_BURY_DRY_RUN, FERRY_OK, FERRY_NAME_OF_EVENT, 0);
    assert_int_equal(report.if_unused, FERRY_NAME_OF_EVENT);
    assert_both_bury(FERRY_OK, FERRY_NAME_OF_EVENT, 0);
    assert_int_equal(report.memory_bytes, 0);
    assert_stays(FERRY_NO_PRODUCER, 0);
    assert_nothing_left();
}

static void test_an_event_that_is_waited_for(void **state) {
    (void)state;
    char path[PATH_BYTES];
    name_it("waited");
    make_dead(produce_in_dialect);
    assert_int_equal(unlink(shm_path(path, names.frames)), 0);
    assert_int_equal(unlink(shm_path(path, names.consumers)), 0);
    int used = open(shm_path(path, event), O_RDWR);
    assert_true(used >= 0);
    assert_buries(0, FERRY_FOREIGN, 0, FERRY_NAME_OF_EVENT);
    close(used);
    assert_buries(0, FERRY_OK, FERRY_NAME_OF_EVENT, 0);
    assert_nothing_left();
}

static void test_an_event_of_another_program(void **state) {
    (void)state;
    char path[PATH_BYTES];
    name_it("theirs");
    sem_t *theirs = sem_open(names.event, O_CREAT | O_EXCL, 0600, 0);
    assert_true(theirs != SEM_FAILED);
    sem_close(theirs);
    assert_stays(FERRY_NO_PRODUCER, FERRY_NAME_OF_EVENT);
    make_dead(produce);
    assert_both_bury(FERRY_OK, BOTH, FERRY_NAME_OF_EVENT);
    assert_int_equal(unlink(shm_path(path, event)), 0);
    assert_nothing_left();
}

static void test_consumers_keep_the_memory(void **state) {
    (void)state;
    ferry_frame frame;
    child *producer = (name_it("kept"), start(produce));
    ferry_consumer *one = open_latest(name), *two = open_latest(name);
    take_number(one, 1, &frame);
    kill_child(producer);
    assert_buries(FERRY_BURY_DRY_RUN, FERRY_OK, BOTH, 0);
    assert_int_equal(report.consumers, 2);
    assert_buries(0, FERRY_OK, BOTH, 0);
    assert_int_equal(report.consumers, 2);
    assert_nothing_left();
    assert_true(is_painted(frame.pixels, 1));
    assert_int_equal(ferry_consumer_release(one, &frame), FERRY_OK);
    ferry_consumer_close(&one);
    ferry_consumer_close(&two);
    assert_nothing_left();
}

/* ---- the dialect ---- */

static void test_a_dead_channel_of_the_dialect(void **state) {
    (void)state;
    name_it("dialect");
    make_dead(produce_in_dialect);
    assert_buries(FERRY_BURY_DRY_RUN, FERRY_OK, ALL, 0);
    assert_int_equal(report.if_unused, FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_EVENT);
    assert_both_bury(FERRY_OK, ALL, 0);
    assert_nothing_left();
}

static void test_a_dialect_that_had_ended(void **state) {
    (void)state;
    child *producer = (name_it("ended"), start(produce_in_dialect));
    tell_child(producer, 'e');
    assert_int_equal(hear(producer), 'e');
    assert_stays(FERRY_BUSY, ALL);
    kill_child(producer);
    assert_both_bury(FERRY_OK, ALL, 0);
    assert_nothing_left();
}

/* A receiver that knows only the layout finds the next producer in this very object. */
static void test_a_dialect_that_is_used(void **state) {
    (void)state;
    char path[PATH_BYTES];
    name_it("used");
    make_dead(produce_in_dialect);
    int old = open(shm_path(path, name), O_RDWR);
    assert_true(old >= 0);
    assert_buries(0, FERRY_FOREIGN, FERRY_NAME_OF_CONSUMERS,
                  FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_EVENT);
    assert_buries(0, FERRY_FOREIGN, 0, FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_EVENT);
    close(old);
    assert_buries(0, FERRY_OK, FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_EVENT, 0);
    assert_nothing_left();
}

static void test_a_dialect_with_a_consumer(void **state) {
    (void)state;
    child *producer = (name_it("attached"), start(produce_in_dialect));
    ferry_consumer *consumer = open_latest(name);
    kill_child(producer);
    assert_both_bury(FERRY_FOREIGN, FERRY_NAME_OF_CONSUMERS,
                     FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_EVENT);
    ferry_consumer_close(&consumer); /* which removes the rest */
    assert_nothing_left();
}

static void put(const char *object, const void *bytes, size_t size, off_t whole) {
    char path[PATH_BYTES];
    int descriptor = open(shm_path(path, object), O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes, size), (ssize_t)size);
    assert_true(whole < (off_t)size || ftruncate(descriptor, whole) == 0);
    close(descriptor);
}

static void test_an_object_of_another_program(void **state) {
    (void)state;
    char path[PATH_BYTES];
    name_it("borrowed");
    put(name, "", 0, FERRY_DEFAULT_SLOT_BYTES);
    assert_stays(FERRY_FOREIGN, FERRY_NAME_OF_FRAMES);
    make_dead(produce_in_dialect);
    assert_both_bury(FERRY_FOREIGN, FERRY_NAME_OF_CONSUMERS,
                     FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_EVENT);
    assert_int_equal(unlink(shm_path(path, name)), 0);
    assert_both_bury(FERRY_OK, FERRY_NAME_OF_EVENT, 0);
    assert_nothing_left();
}

/* ---- what is no channel, or no longer one ---- */

static void test_foreign_objects(void **state) {
    (void)state;
    char path[PATH_BYTES];
    shm_path(path, name_it("foreign"));
    for (int i = 0; i < 4; i++) {
        if (i == 0)
            put(name, "hello", 6, 0);
        else if (i == 1)
            put(name, "", 0, 1000 * (off_t)FERRYI_SHM_PAGE);
        else if (i == 2)
            assert_int_equal(mkfifo(path, 0600), 0);
        else
            assert_int_equal(symlink("/etc/hostname", path), 0);
        look before = look_at(path);
        assert_stays(FERRY_FOREIGN, i < 2 ? FERRY_NAME_OF_FRAMES : 0);
        assert_untouched(path, &before);
        assert_int_equal(remove(path), 0);
    }
    put(names.consumers, "hello", 6, 8192);
    assert_stays(FERRY_FOREIGN, FERRY_NAME_OF_CONSUMERS);
    assert_int_equal(unlink(shm_path(path, names.consumers)), 0);
    assert_nothing_left();
}

static void test_a_foreign_consumers_object(void **state) {
    (void)state;
    char path[PATH_BYTES];
    name_it("mixed");
    make_dead(produce);
    assert_int_equal(truncate(shm_path(path, names.consumers), 999), 0);
    assert_both_bury(FERRY_FOREIGN, FERRY_NAME_OF_FRAMES, FERRY_NAME_OF_CONSUMERS);
    assert_int_equal(unlink(path), 0);
    assert_nothing_left();
}

static void overwrite(size_t offset, bool in_block, uint32_t value) {
    ferryi_shm shm;
    ferryi_geometry geometry;
    assert_int_equal(ferryi_shm_open(&shm, name, FERRYI_SHM_WRITE, FERRYI_NOT_SHARED, NULL),
                     FERRY_OK);
    assert_int_equal(ferryi_geometry_read(&geometry, &shm, NULL), FERRY_OK);
    uint64_t from = in_block ? geometry.block_offset : shm.size_bytes - sizeof(ferryi_trailer);
    memcpy(shm.base + from + offset, &value, sizeof value);
    ferryi_shm_close(&shm);
}

static void test_another_version(void **state) {
    (void)state;
    name_it("version");
    make_dead(produce);
    overwrite(offsetof(ferryi_trailer, layout_version), false, 77);
    memset(&error, 0, sizeof error);
    assert_int_equal(ferry_channel_bury(name, 0, &report, &error), FERRY_WRONG_VERSION);
    assert_non_null(strstr(error.message, "77"));
    assert_int_equal(report.removed, 0);
    assert_int_equal(report.left, BOTH);
    count_shared(own_marker(), false, true);
}

/* Ours by its end, and damaged before that: the next producer would clear it away as well. */
static void test_a_damaged_channel(void **state) {
    (void)state;
    name_it("damaged");
    make_dead(produce);
    overwrite(offsetof(ferryi_block, slots), true, 65);
    assert_both_bury(FERRY_OK, BOTH, 0);
    assert_nothing_left();
}

/* ---- a producer on its way ---- */

/* The consumers object of one that lives, and has not yet named its frames. */
static void test_half_a_producer(void **state) {
    (void)state;
    name_it("half");
    ferryi_shm shm = FERRYI_SHM_INIT;
    ferryi_leases lease = FERRYI_LEASES_INIT;
    make_dead(produce);
    assert_int_equal(ferryi_shm_open(&shm, names.frames, FERRYI_SHM_WRITE, FERRYI_NOT_SHARED, NULL),
                     FERRY_OK);
    assert_int_equal(ferryi_leases_open(&lease, &shm, NULL), FERRY_OK);
    /* Another process is clearing it away, and is slow: a producer that takes a dialect's object
     * over does the same. */
    assert_true(ferryi_lease_take(&lease, FERRYI_LEASE_UNDERTAKER));
    assert_buries(0, FERRY_BUSY, 0, BOTH);
    assert_buries(FERRY_BURY_DRY_RUN, FERRY_OK, BOTH, 0);
    assert_true(ferryi_lease_take(&lease, FERRYI_LEASE_PRODUCER));
    assert_stays(FERRY_BUSY, BOTH);
    ferryi_leases_close(&lease);
    ferryi_shm_close(&shm);
    assert_int_equal(
        ferryi_shm_open(&shm, names.consumers, FERRYI_SHM_WRITE, FERRYI_NOT_SHARED, NULL),
        FERRY_OK);
    assert_int_equal(ferryi_leases_open(&lease, &shm, NULL), FERRY_OK);
    assert_true(ferryi_lease_take(&lease, FERRYI_LEASE_PRODUCER));
    assert_stays(FERRY_BUSY, BOTH);
    ferryi_leases_close(&lease);
    ferryi_shm_close(&shm);
    assert_both_bury(FERRY_OK, BOTH, 0);
    assert_nothing_left();
}

/* ---- other users ---- */

enum { STRANGER = 65534 };

static void bury_as_stranger(const void *argument) {
    const char *live = argument, *dead = live + strlen(live) + 1, *hidden = dead + strlen(dead) + 1;
    CHILD_CHECK(setgroups(0, NULL) == 0);
    CHILD_CHECK(setresgid(STRANGER, STRANGER, STRANGER) == 0);
    CHILD_CHECK(setresuid(STRANGER, STRANGER, STRANGER) == 0);
    for (uint32_t flags = 0; flags <= FERRY_BURY_DRY_RUN; flags++) {
        CHILD_CHECK(ferry_channel_bury(live, flags, &report, &error) == FERRY_BUSY);
        CHILD_CHECK(ferry_channel_bury(dead, flags, &report, &error) == FERRY_NOT_ALLOWED);
        CHILD_CHECK(report.removed == 0 && report.left == BOTH);
        CHILD_CHECK(strstr(error.message, "root") != NULL && strstr(error.message, "rm ") != NULL);
        CHILD_CHECK(ferry_channel_bury(hidden, flags, &report, &error) == FERRY_NOT_ALLOWED);
        CHILD_CHECK(strstr(error.message, "another user") != NULL);
    }
}

static void produce_for_everyone(const void *argument) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    ferry_producer *producer = NULL;
    options.name = argument;
    options.group_sharing = FERRY_SHARING_EVERYONE;
    CHILD_CHECK(ferry_producer_create(&producer, &options, NULL) == FERRY_OK);
    child_say('r');
    child_rest();
}

static void test_another_users_channels(void **state) {
    (void)state;
    char three[3 * NAME_BYTES];
    if (geteuid() != 0) {
        print_message("skipped: only root can act for two users\n");
        skip();
    }
    size_t used = (size_t)sprintf(three, "%s", name_it("live")) + 1;
    child *live = start(produce_for_everyone);
    used += (size_t)sprintf(three + used, "%s", name_it("dead")) + 1;
    make_dead(produce_for_everyone);
    used += (size_t)sprintf(three + used, "%s", name_it("hidden")) + 1;
    make_dead(produce);
    assert_child_succeeds(start_child_with(bury_as_stranger, three, used));
    assert_buries(0, FERRY_OK, BOTH, 0);
    name_it("dead");
    assert_buries(0, FERRY_OK, BOTH, 0);
    name_it("live");
    assert_stays(FERRY_BUSY, BOTH);
    kill_child(live);
    assert_buries(0, FERRY_OK, BOTH, 0);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_dry_run_changes_nothing, clean_up),
        cmocka_unit_test_teardown(test_each_part_alone, clean_up),
        cmocka_unit_test_teardown(test_an_event_that_is_waited_for, clean_up),
        cmocka_unit_test_teardown(test_an_event_of_another_program, clean_up),
        cmocka_unit_test_teardown(test_consumers_keep_the_memory, clean_up),
        cmocka_unit_test_teardown(test_a_dead_channel_of_the_dialect, clean_up),
        cmocka_unit_test_teardown(test_a_dialect_that_had_ended, clean_up),
        cmocka_unit_test_teardown(test_a_dialect_that_is_used, clean_up),
        cmocka_unit_test_teardown(test_a_dialect_with_a_consumer, clean_up),
        cmocka_unit_test_teardown(test_an_object_of_another_program, clean_up),
        cmocka_unit_test_teardown(test_foreign_objects, clean_up),
        cmocka_unit_test_teardown(test_a_foreign_consumers_object, clean_up),
        cmocka_unit_test_teardown(test_another_version, clean_up),
        cmocka_unit_test_teardown(test_a_damaged_channel, clean_up),
        cmocka_unit_test_teardown(test_half_a_producer, clean_up),
        cmocka_unit_test_teardown(test_another_users_channels, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
