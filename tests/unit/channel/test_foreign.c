/* What else may lie under a channel's name: it is told, and left alone. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "channel/geometry.h"
#include "channel/layout.h"
#include "channel/names.h"
#include "process_support.h"

/* ---- what is no channel ---- */

typedef void maker(const char *path);

static void put(const char *path, const void *bytes, size_t size, off_t whole) {
    int descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes, size), (ssize_t)size);
    assert_true(whole < (off_t)size || ftruncate(descriptor, whole) == 0);
    close(descriptor);
}

static void make_text(const char *path) {
    put(path, "hello, this is a note", 21, 0);
}

static void make_empty(const char *path) {
    put(path, "", 0, 0);
}

/* The same bytes in every run, and nothing that could be taken for a channel. */
static void make_noise(const char *path) {
    static uint8_t noise[300 * 1000];
    uint64_t random = 88172645463325252u;
    for (size_t i = 0; i < sizeof noise; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        noise[i] = (uint8_t)random;
    }
    put(path, noise, sizeof noise, 0);
}

static void make_zeros(const char *path) {
    put(path, "", 0, 1000 * (off_t)FERRYI_SHM_PAGE);
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

static void make_dangling_link(const char *path) {
    assert_int_equal(symlink(SHM_FOLDER "/nothing-has-this-name", path), 0);
}

static maker *const makers[] = {make_text,   make_empty, make_noise, make_zeros,
                                make_folder, make_fifo,  make_link,  make_dangling_link};
enum { MAKERS = sizeof makers / sizeof makers[0] };

static void test_under_the_channels_name(void **state) {
    (void)state;
    char name[NAME_BYTES], path[PATH_BYTES];
    own_name(name, "foreign");
    shm_path(path, name);
    for (int i = 0; i < MAKERS; i++) {
        ferry_error error = {0};
        makers[i](path);
        look before = look_at(path);
        for (uint32_t dialect = 0; dialect <= FERRY_DIALECT_BASEIMAGE; dialect++) {
            assert_int_equal(try_producer(name, dialect, &error), FERRY_FOREIGN);
            assert_sentence(&error, FERRY_FOREIGN, name);
        }
        assert_int_equal(try_consumer(name, &error), FERRY_FOREIGN);
        assert_sentence(&error, FERRY_FOREIGN, name);
        assert_untouched(path, &before);
        assert_int_equal(count_shared(own_marker(), false, false), 1);
        assert_int_equal(remove(path), 0);
    }
    assert_nothing_left();
}

static void test_under_the_name_of_the_consumers_object(void **state) {
    (void)state;
    char name[NAME_BYTES], path[PATH_BYTES];
    ferryi_names names;
    assert_int_equal(ferryi_names_make(&names, own_name(name, "beside"), NULL), FERRY_OK);
    shm_path(path, names.consumers);
    for (int i = 0; i < MAKERS; i++) {
        ferry_error error = {0};
        makers[i](path);
        look before = look_at(path);
        for (uint32_t dialect = 0; dialect <= FERRY_DIALECT_BASEIMAGE; dialect++) {
            assert_int_equal(try_producer(name, dialect, &error), FERRY_FOREIGN);
            assert_sentence(&error, FERRY_FOREIGN, names.consumers);
        }
        assert_int_equal(try_consumer(name, &error), FERRY_NO_PRODUCER);
        assert_untouched(path, &before);
        assert_int_equal(count_shared(own_marker(), false, false), 1);
        assert_int_equal(remove(path), 0);
    }
    assert_nothing_left();
}

/* ---- channels of another version, and damaged ones ---- */

typedef struct damage {
    uint64_t offset; /* from the end of the object; or within the block, when in_block */
    bool in_block;
    uint32_t value;
    ferry_status expected; /* of a consumer */
} damage;

static void apply(const char *name, const damage *d) {
    ferryi_shm shm;
    ferryi_geometry geometry;
    assert_int_equal(ferryi_shm_open(&shm, name, FERRYI_SHM_WRITE, FERRYI_NOT_SHARED, NULL),
                     FERRY_OK);
    assert_int_equal(ferryi_geometry_read(&geometry, &shm, NULL), FERRY_OK);
    uint8_t *at = d->in_block ? shm.base + geometry.block_offset + d->offset
                              : shm.base + shm.size_bytes - d->offset;
    memcpy(at, &d->value, sizeof d->value);
    ferryi_shm_close(&shm);
}

static const damage damages[] = {
    {sizeof(ferryi_trailer) - offsetof(ferryi_trailer, layout_version), false, 1,
     FERRY_WRONG_VERSION},
    {sizeof(ferryi_trailer) - offsetof(ferryi_trailer, block_offset), false, 0x7fffffff,
     FERRY_MALFORMED},
    {sizeof(ferryi_trailer) - offsetof(ferryi_trailer, block_offset), false, 0, FERRY_MALFORMED},
    {sizeof(ferryi_trailer) - offsetof(ferryi_trailer, block_bytes), false, 1, FERRY_MALFORMED},
    {sizeof(ferryi_trailer) - offsetof(ferryi_trailer, magic), false, 1, FERRY_FOREIGN},
    {offsetof(ferryi_block, slots), true, 65, FERRY_MALFORMED},
    {offsetof(ferryi_block, slots), true, 64, FERRY_MALFORMED},
    {offsetof(ferryi_block, slot_stride), true, 0, FERRY_MALFORMED},
    {offsetof(ferryi_block, slot_stride), true, 0xfffff000, FERRY_MALFORMED},
    {offsetof(ferryi_block, dialect), true, 9, FERRY_MALFORMED},
    {offsetof(ferryi_block, first_slot), true, 16, FERRY_MALFORMED},
};

static void test_damaged_while_its_producer_lives(void **state) {
    (void)state;
    char name[NAME_BYTES], path[PATH_BYTES];
    own_name(name, "damaged");
    shm_path(path, name);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        ferry_error error = {0};
        ferry_status status;
        ferry_producer *producer = make_producer(name, 4, FERRY_WHEN_FULL_WAIT, NULL);
        apply(name, &damages[i]);
        look before = look_at(path);
        assert_int_equal(try_consumer(name, &error), damages[i].expected);
        assert_int_equal(error.status, damages[i].expected);
        assert_true(strlen(error.message) > 20);
        /* A second producer: busy, or foreign where nothing tells that it is a channel. */
        status = try_producer(name, FERRY_DIALECT_NATIVE, &error);
        assert_int_equal(status, damages[i].expected == FERRY_FOREIGN ? FERRY_FOREIGN : FERRY_BUSY);
        assert_untouched(path, &before);
        ferry_producer_close(&producer);
        assert_nothing_left();
    }
}

static void produce(const void *argument) {
    ferry_producer *producer = make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL && send_next(producer) == FERRY_OK);
    child_say('r');
    child_rest();
}

/* What a dead producer left is replaced, whatever has become of it, as long as it is a channel's.
 */
static void test_damaged_after_its_producer_died(void **state) {
    (void)state;
    char name[NAME_BYTES], path[PATH_BYTES];
    own_name(name, "dead");
    shm_path(path, name);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        child *dead = start_child(produce, name);
        assert_int_equal(hear(dead), 'r');
        kill_child(dead);
        apply(name, &damages[i]);
        look before = look_at(path);
        assert_int_equal(try_consumer(name, NULL), damages[i].expected);
        assert_untouched(path, &before);
        bool foreign = damages[i].expected == FERRY_FOREIGN;
        for (uint32_t dialect = 0; dialect <= FERRY_DIALECT_BASEIMAGE; dialect++) {
            ferry_status status = try_producer(name, dialect, NULL);
            assert_int_equal(status, foreign ? FERRY_FOREIGN : FERRY_OK);
            if (!foreign)
                break;
            assert_untouched(path, &before);
        }
        if (foreign)
            count_shared(name, false, true);
        assert_nothing_left();
    }
}

static void produce_large(const void *argument) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = argument;
    ferry_producer *producer = NULL;
    CHILD_CHECK(ferry_producer_create(&producer, &options, NULL) == FERRY_OK);
    child_say('r');
    child_rest();
}

/* Another version's channel must not be taken for a picture of a BaseImage program, as whose object
 * it would be large enough. */
static void test_another_version_and_the_dialect(void **state) {
    (void)state;
    char name[NAME_BYTES];
    child *dead = start_child(produce_large, own_name(name, "version"));
    assert_int_equal(hear(dead), 'r');
    apply(name, &damages[0]);
    assert_int_equal(try_producer(name, FERRY_DIALECT_BASEIMAGE, NULL), FERRY_BUSY);
    kill_child(dead);
    assert_int_equal(try_producer(name, FERRY_DIALECT_BASEIMAGE, NULL), FERRY_OK);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_under_the_channels_name, clean_up),
        cmocka_unit_test_teardown(test_under_the_name_of_the_consumers_object, clean_up),
        cmocka_unit_test_teardown(test_damaged_while_its_producer_lives, clean_up),
        cmocka_unit_test_teardown(test_damaged_after_its_producer_died, clean_up),
        cmocka_unit_test_teardown(test_another_version_and_the_dialect, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
