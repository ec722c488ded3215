/* Looking at whatever lies under a channel's name in /dev/shm: what the dead have left, what is no
 * channel, what is damaged, and what is cut short at that moment. */
#define _GNU_SOURCE /* pipe2, setresuid */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <sys/inotify.h>

#include "channel/names.h"
#include "channel_support.h"

static char name[NAME_BYTES];
static ferry_peek seen;
static ferry_error error;

static ferry_peek_state state_of(const char *channel) {
    memset(&seen, 0xff, sizeof seen);
    if (ferry_peek_look(channel, &seen, &error) != FERRY_OK)
        fail_msg("look: %s", error.message);
    return seen.state;
}

#define assert_state(expected)                                                                     \
    assert_string_equal(ferry_peek_state_text(state_of(name)), ferry_peek_state_text(expected))

static ferry_status grab(ferry_image *image) {
    ferry_image unwanted = FERRY_IMAGE_INIT;
    ferry_status status = ferry_peek_grab(name, image != NULL ? image : &unwanted, &error);
    ferry_image_free(&unwanted);
    return status;
}

/* Removes all that the dead and this test have put there. */
static void remove_all(void) {
    count_shared(own_marker(), false, true);
}

/* ---- the dead ---- */

static void produce(const void *argument) {
    ferry_producer *producer = make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL && send_next(producer) == FERRY_OK);
    child_say('r');
    child_rest();
}

/* A channel whose producer was killed after one frame. */
static void make_dead(const char *tag) {
    child *producer = start_child(produce, own_name(name, tag));
    assert_int_equal(hear(producer), 'r');
    kill_child(producer);
}

static void test_a_dead_producer(void **state) {
    (void)state;
    char path[PATH_BYTES], consumers[PATH_BYTES];
    ferryi_names names;
    ferry_image image = FERRY_IMAGE_INIT;
    make_dead("dead");
    assert_int_equal(ferryi_names_make(&names, name, NULL), FERRY_OK);
    shm_path(path, names.frames);
    shm_path(consumers, names.consumers);
    look before = look_at(path), before_consumers = look_at(consumers);
    assert_state(FERRY_PEEK_DEAD);
    assert_int_equal(seen.head, 1);
    assert_int_equal(seen.has_newest, 1);
    assert_int_equal(seen.is_own, 1);
    assert_int_equal(seen.mode, 0600);
    assert_int_equal(seen.memory_bytes,
                     (before.about.st_blocks + before_consumers.about.st_blocks) * 512);
    assert_int_equal(grab(&image), FERRY_OK);
    assert_true(is_painted(image.pixels, 1));
    assert_untouched(path, &before);
    assert_untouched(consumers, &before_consumers);
    /* Only its consumers object is left. */
    assert_int_equal(unlink(path), 0);
    assert_state(FERRY_PEEK_DEAD);
    assert_int_equal(seen.has_block, 0);
    assert_int_equal(grab(&image), FERRY_NO_PRODUCER);
    ferry_image_free(&image);
    remove_all();
}

/* ---- memory ---- */

static uint64_t blocks_of(const char *object) {
    char path[PATH_BYTES];
    struct stat about;
    assert_int_equal(stat(shm_path(path, object), &about), 0);
    return (uint64_t)about.st_blocks;
}

/* Slots that were never filled take no memory, and no look changes that. */
static void test_holes_stay_holes(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "holes");
    ferry_producer *producer = create_with(&options);
    assert_int_equal(send_next(producer), FERRY_OK);
    /* A frame that says that it has bytes where there is no memory. */
    ferryi_descriptor *newest = &producer->block->descriptor[producer->newest];
    ferryi_header *header = ferryi_geometry_header(&producer->objects.frames,
                                                   &producer->objects.geometry, producer->newest);
    newest->length_bytes = 1 << 20;
    header->length = 1 << 20;
    uint64_t before = blocks_of(name);
    assert_int_equal(grab(&image), FERRY_OK);
    assert_int_equal(image.info.length_bytes, 1 << 20);
    assert_int_equal(image.pixels[(1 << 20) - 1], 0);
    assert_state(FERRY_PEEK_LIVE);
    assert_int_equal(blocks_of(name), before);
    assert_true(seen.memory_bytes < seen.object_bytes / 100);
    ferry_image_free(&image);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- what is no channel ---- */

static void put(const char *object, const void *bytes, size_t size, off_t whole) {
    char path[PATH_BYTES];
    int descriptor = open(shm_path(path, object), O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes, size), (ssize_t)size);
    assert_true(whole < (off_t)size || ftruncate(descriptor, whole) == 0);
    close(descriptor);
}

static void assert_foreign(void) {
    char path[PATH_BYTES];
    assert_state(FERRY_PEEK_FOREIGN);
    assert_true(strlen(seen.detail) > 20);
    assert_int_equal(grab(NULL), FERRY_FOREIGN);
    assert_int_equal(remove(shm_path(path, name)), 0);
    assert_nothing_left();
}

static void test_foreign_objects(void **state) {
    (void)state;
    char path[PATH_BYTES];
    shm_path(path, own_name(name, "foreign"));
    put(name, "hello", 6, 0);
    assert_foreign();
    put(name, "", 0, 0);
    assert_foreign();
    put(name, "", 0, 1000 * (off_t)FERRYI_SHM_PAGE);
    assert_foreign();
    assert_int_equal(mkdir(path, 0700), 0);
    assert_foreign();
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_foreign();
    assert_int_equal(symlink("/etc/hostname", path), 0);
    assert_foreign();
    assert_int_equal(symlink(SHM_FOLDER "/nothing-has-this-name", path), 0);
    assert_foreign();
    if (geteuid() == 0) {
        assert_int_equal(mknod(path, S_IFCHR | 0600, 0), 0);
        assert_foreign();
    }
}

/* To open a pipe lets its writer go on. */
static void test_a_pipe_is_not_opened(void **state) {
    (void)state;
    char path[PATH_BYTES], event[sizeof(struct inotify_event) + NAME_MAX + 1];
    shm_path(path, own_name(name, "pipe"));
    assert_int_equal(mkfifo(path, 0600), 0);
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    assert_true(inotify_add_watch(watch, path, IN_OPEN) >= 0);
    assert_state(FERRY_PEEK_FOREIGN);
    assert_int_equal(grab(NULL), FERRY_FOREIGN);
    assert_int_equal(read(watch, event, sizeof event), -1);
    assert_int_equal(errno, EAGAIN);
    close(watch);
    assert_int_equal(remove(path), 0);
}

static void test_an_object_of_the_old_kind(void **state) {
    (void)state;
    char event[NAME_BYTES + 16], path[PATH_BYTES];
    put(own_name(name, "bare"), "", 0, FERRY_DEFAULT_SLOT_BYTES);
    snprintf(event, sizeof event, "sem.%sMutex", name);
    put(event, "", 0, 32);
    assert_state(FERRY_PEEK_BARE);
    assert_string_equal(seen.detail, "");
    assert_int_equal(grab(NULL), FERRY_NOT_SUPPORTED);
    assert_sentence(&error, FERRY_NOT_SUPPORTED, name);
    assert_int_equal(remove(shm_path(path, name)), 0);
    assert_int_equal(remove(shm_path(path, event)), 0);
    assert_nothing_left();
}

/* ---- damage ---- */

typedef struct damage {
    size_t offset; /* within the trailer, or within the block */
    bool in_block;
    uint32_t value;
    ferry_peek_state expected;
    ferry_status grabbed;
} damage;

static const damage damages[] = {
    {offsetof(ferryi_trailer, layout_version), false, 77, FERRY_PEEK_OTHER_VERSION,
     FERRY_WRONG_VERSION},
    {offsetof(ferryi_trailer, block_offset), false, 0x7ffff000, FERRY_PEEK_MALFORMED,
     FERRY_MALFORMED},
    {offsetof(ferryi_trailer, block_offset), false, 0, FERRY_PEEK_MALFORMED, FERRY_MALFORMED},
    {offsetof(ferryi_trailer, block_bytes), false, 1, FERRY_PEEK_MALFORMED, FERRY_MALFORMED},
    {offsetof(ferryi_trailer, magic), false, 1, FERRY_PEEK_FOREIGN, FERRY_FOREIGN},
    {offsetof(ferryi_block, slots), true, 65, FERRY_PEEK_MALFORMED, FERRY_MALFORMED},
    {offsetof(ferryi_block, slot_stride), true, 0xfffff000, FERRY_PEEK_MALFORMED, FERRY_MALFORMED},
    {offsetof(ferryi_block, first_slot), true, 16, FERRY_PEEK_MALFORMED, FERRY_MALFORMED},
    {offsetof(ferryi_block, dialect), true, 9, FERRY_PEEK_MALFORMED, FERRY_MALFORMED},
    {offsetof(ferryi_block, head), true, 5, FERRY_PEEK_DEAD, FERRY_OVERTAKEN},
    {offsetof(ferryi_block, head) + 7, true, 5, FERRY_PEEK_DEAD, FERRY_MALFORMED},
};

static void apply(const damage *d) {
    ferryi_shm shm;
    ferryi_geometry geometry;
    assert_int_equal(ferryi_shm_open(&shm, name, FERRYI_SHM_WRITE, FERRYI_NOT_SHARED, NULL),
                     FERRY_OK);
    assert_int_equal(ferryi_geometry_read(&geometry, &shm, NULL), FERRY_OK);
    uint64_t at = d->in_block ? geometry.block_offset + d->offset
                              : shm.size_bytes - sizeof(ferryi_trailer) + d->offset;
    memcpy(shm.base + at, &d->value, sizeof d->value);
    ferryi_shm_close(&shm);
}

static void test_damaged_channels(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        make_dead("damaged");
        apply(&damages[i]);
        assert_state(damages[i].expected);
        assert_int_equal(grab(NULL), damages[i].grabbed);
        assert_int_equal(error.status, damages[i].grabbed);
        assert_int_equal(seen.detail[0] != '\0', damages[i].expected != FERRY_PEEK_DEAD);
        if (damages[i].expected == FERRY_PEEK_OTHER_VERSION)
            assert_int_equal(seen.layout_version, 77);
        remove_all();
    }
}

/* Each prefix of both objects, and each object alone. */
static void test_truncated_objects(void **state) {
    (void)state;
    char path[PATH_BYTES], other[PATH_BYTES];
    ferryi_names names;
    make_dead("cut");
    assert_int_equal(ferryi_names_make(&names, name, NULL), FERRY_OK);
    shm_path(path, names.frames);
    shm_path(other, names.consumers);
    look before = look_at(other);
    for (off_t size = before.about.st_size; size >= 0; size -= 999) {
        assert_int_equal(truncate(other, size), 0);
        assert_state(FERRY_PEEK_DEAD);
        assert_int_equal(seen.knows_consumers, size == before.about.st_size);
        assert_int_equal(grab(NULL), FERRY_OK);
    }
    before = look_at(path);
    for (off_t size = before.about.st_size - 1; size >= 0; size -= 4001) {
        assert_int_equal(truncate(path, size), 0);
        assert_state(FERRY_PEEK_FOREIGN);
        assert_int_equal(grab(NULL), FERRY_FOREIGN);
    }
    remove_all();
}

/* A peer that cuts the object short and makes it whole again, while it is looked at. */
typedef struct vandal_of_sizes {
    pthread_t thread;
    const char *path;
    off_t whole;
    const uint8_t *bytes;
    atomic_bool stop;
} vandal_of_sizes;

static void *cut_and_mend(void *argument) {
    vandal_of_sizes *v = argument;
    int descriptor = open(v->path, O_RDWR);
    for (off_t size = 0; !atomic_load(&v->stop); size = (size + 12289) % v->whole) {
        if (ftruncate(descriptor, size) != 0 ||
            pwrite(descriptor, v->bytes, (size_t)v->whole, 0) != v->whole)
            break;
    }
    close(descriptor);
    return NULL;
}

static void test_objects_that_shrink_meanwhile(void **state) {
    (void)state;
    enum { LOOKS = 3000 };
    char path[PATH_BYTES];
    ferry_image image = FERRY_IMAGE_INIT;
    make_dead("shrink");
    shm_path(path, name);
    look before = look_at(path);
    uint8_t *bytes = malloc((size_t)before.about.st_size);
    int descriptor = open(path, O_RDONLY);
    assert_non_null(bytes);
    assert_int_equal(pread(descriptor, bytes, (size_t)before.about.st_size, 0),
                     before.about.st_size);
    close(descriptor);
    vandal_of_sizes v = {.path = path, .whole = before.about.st_size, .bytes = bytes};
    assert_int_equal(pthread_create(&v.thread, NULL, cut_and_mend, &v), 0);
    unsigned dead = 0, grabbed = 0;
    for (int i = 0; i < LOOKS || dead == 0 || grabbed == 0; i++) {
        ferry_peek_state found = state_of(name);
        dead += found == FERRY_PEEK_DEAD;
        if (i % 8 == 0 && grab(&image) == FERRY_OK)
            grabbed++;
        assert_true(found == FERRY_PEEK_DEAD || found == FERRY_PEEK_FOREIGN ||
                    found == FERRY_PEEK_MALFORMED);
    }
    atomic_store(&v.stop, true);
    pthread_join(v.thread, NULL);
    free(bytes);
    ferry_image_free(&image);
    remove_all();
}

/* ---- other users ---- */

enum { STRANGER = 65534 };

static void look_as_stranger(const void *argument) {
    ferry_image image = FERRY_IMAGE_INIT;
    CHILD_CHECK(setgroups(0, NULL) == 0);
    CHILD_CHECK(setresgid(STRANGER, STRANGER, STRANGER) == 0);
    CHILD_CHECK(setresuid(STRANGER, STRANGER, STRANGER) == 0);
    CHILD_CHECK(ferry_peek_look(argument, &seen, &error) == FERRY_OK);
    CHILD_CHECK(seen.is_own == 0 && strstr(seen.owner, "root") != NULL);
    if (seen.mode == 0600) {
        CHILD_CHECK(seen.state == FERRY_PEEK_UNREADABLE && strlen(seen.detail) > 20);
        CHILD_CHECK(ferry_peek_grab(argument, &image, &error) == FERRY_NOT_ALLOWED);
    } else { /* not shared on our side: the system alone decides */
        CHILD_CHECK(seen.mode == 0644 && seen.state == FERRY_PEEK_LIVE);
        CHILD_CHECK(seen.knows_consumers == 1);
        CHILD_CHECK(ferry_peek_grab(argument, &image, &error) == FERRY_OK);
        CHILD_CHECK(is_painted(image.pixels, 1));
    }
}

static void test_another_users_channel(void **state) {
    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: only root can act for two users\n");
        skip();
    }
    for (int i = 0; i < 2; i++) {
        ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
        options.name = own_name(name, "users");
        options.group_sharing = i == 0 ? FERRY_SHARING_NONE : FERRY_SHARING_EVERYONE;
        ferry_producer *producer = create_with(&options);
        assert_int_equal(send_next(producer), FERRY_OK);
        assert_child_succeeds(start_child(look_as_stranger, name));
        ferry_producer_close(&producer);
    }
}

/* ---- lists ---- */

/* Which of this run's names are listed, in their order, as text. */
static const char *listed(uint32_t which) {
    static char text[1024];
    size_t count, room = 0, used = 0;
    ferry_peek_name *names = NULL;
    text[0] = '\0';
    for (;;) {
        assert_int_equal(ferry_peek_list(names, room, &count, which, &error), FERRY_OK);
        if (count <= room)
            break;
        room = count + 16; /* other tests run beside this one */
        names = realloc(names, room * sizeof *names);
        assert_non_null(names);
    }
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || strcmp(names[i - 1].name, names[i].name) < 0);
        assert_int_equal(ferry_name_check(names[i].name, NULL), FERRY_OK);
        if (strstr(names[i].name, own_marker()) != NULL)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s ",
                                     names[i].name + strlen(own_marker()));
    }
    free(names);
    return text;
}

static void test_lists(void **state) {
    (void)state;
    char path[PATH_BYTES], other[NAME_BYTES], event[NAME_BYTES + 16];
    assert_string_equal(listed(FERRY_PEEK_ALL), "");
    ferry_producer *b = open_channel(name, "b", 2, FERRY_WHEN_FULL_WAIT);
    ferry_producer *a = open_channel(name, "a", 2, FERRY_WHEN_FULL_WAIT);
    put(own_name(other, "note"), "hello", 6, 0);
    put(own_name(other, "old"), "", 0, 8192);
    snprintf(event, sizeof event, "sem.%sMutex", other);
    put(event, "", 0, 32);
    snprintf(event, sizeof event, "sem.%sloneMutex", own_marker());
    put(event, "", 0, 32);
    assert_int_equal(symlink("/etc/hostname", shm_path(path, own_name(other, "link"))), 0);
    assert_string_equal(listed(FERRY_PEEK_CHANNELS), "a b old ");
    assert_string_equal(listed(FERRY_PEEK_ALL), "a b note old ");
    /* One that only has its consumers object left. */
    assert_int_equal(unlink(shm_path(path, name)), 0);
    assert_string_equal(listed(FERRY_PEEK_CHANNELS), "a b old ");
    size_t count = 0;
    ferry_peek_name first;
    assert_int_equal(ferry_peek_list(&first, 1, &count, FERRY_PEEK_ALL, &error), FERRY_OK);
    assert_true(count >= 4);
    ferry_producer_close(&a);
    ferry_producer_close(&b);
    assert_string_equal(listed(FERRY_PEEK_CHANNELS), "old ");
    remove_all();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_dead_producer, clean_up),
        cmocka_unit_test_teardown(test_holes_stay_holes, clean_up),
        cmocka_unit_test_teardown(test_foreign_objects, clean_up),
        cmocka_unit_test_teardown(test_a_pipe_is_not_opened, clean_up),
        cmocka_unit_test_teardown(test_an_object_of_the_old_kind, clean_up),
        cmocka_unit_test_teardown(test_damaged_channels, clean_up),
        cmocka_unit_test_teardown(test_truncated_objects, clean_up),
        cmocka_unit_test_teardown(test_objects_that_shrink_meanwhile, clean_up),
        cmocka_unit_test_teardown(test_another_users_channel, clean_up),
        cmocka_unit_test_teardown(test_lists, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
