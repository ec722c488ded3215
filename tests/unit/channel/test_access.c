/* Who may attach to a channel, and the modes of what we make. */
#define _GNU_SOURCE /* pipe2, setresuid */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <grp.h>

#include "channel/names.h"
#include "process_support.h"

enum { STRANGER = 65534 };

static bool are_root(void) {
    if (geteuid() == 0)
        return true;
    print_message("skipped: only root can act for two users\n");
    return false;
}

static void become_stranger(gid_t group) {
    CHILD_CHECK(setgroups(0, NULL) == 0);
    CHILD_CHECK(setresgid(group, group, group) == 0);
    CHILD_CHECK(setresuid(STRANGER, STRANGER, STRANGER) == 0);
}

typedef struct user_case {
    const char *name;
    gid_t group;
    uint32_t group_sharing;
    const char *group_name;
    ferry_status expected;
} user_case;

static void attach_as_stranger(const void *argument) {
    const user_case *c = argument;
    ferry_error error = {0};
    become_stranger(c->group);
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = c->name;
    options.group_sharing = c->group_sharing;
    options.group_name = c->group_name;
    options.wait_ns = 0;
    ferry_consumer *consumer = NULL;
    CHILD_CHECK(ferry_consumer_open(&consumer, &options, &error) == c->expected);
    CHILD_CHECK(c->expected == FERRY_OK || strstr(error.message, c->name) != NULL ||
                strstr(error.message, c->group_name) != NULL);
    if (consumer != NULL) {
        ferry_image image = FERRY_IMAGE_INIT;
        CHILD_CHECK(ferry_consumer_copy(consumer, 0, &image, NULL) == FERRY_OK);
        CHILD_CHECK(is_painted(image.pixels, 1));
        ferry_image_free(&image);
    }
    ferry_consumer_close(&consumer);
    CHILD_CHECK(try_producer(c->name, FERRY_DIALECT_NATIVE, &error) == FERRY_NOT_ALLOWED);
    CHILD_CHECK(strstr(error.message, c->name) != NULL);
}

static void try_as_stranger(user_case c) {
    child *stranger = start_child_with(attach_as_stranger, &c, sizeof c);
    assert_child_succeeds(stranger);
}

static void test_another_users_channel(void **state) {
    (void)state;
    char name[NAME_BYTES];
    if (!are_root())
        skip();
    own_name(name, "users");
    for (uint32_t shared = 0; shared <= FERRY_SHARING_EVERYONE; shared++) {
        ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
        options.name = name;
        options.slot_bytes = 8192;
        options.group_sharing = shared;
        ferry_producer *producer = NULL;
        assert_int_equal(ferry_producer_create(&producer, &options, NULL), FERRY_OK);
        assert_int_equal(send_next(producer), FERRY_OK);
        for (uint32_t asked = 0; asked <= FERRY_SHARING_EVERYONE; asked++) {
            for (gid_t group = 0; group <= STRANGER; group += STRANGER) {
                bool in_group = shared == FERRY_SHARING_GROUP && group == 0;
                bool allowed = asked == FERRY_SHARING_EVERYONE
                                   ? in_group || shared == FERRY_SHARING_EVERYONE
                                   : asked == FERRY_SHARING_GROUP && in_group;
                try_as_stranger(
                    (user_case){name, group, asked, NULL, allowed ? FERRY_OK : FERRY_NOT_ALLOWED});
            }
        }
        ferry_producer_close(&producer);
    }
    assert_nothing_left();
}

static void test_a_group_by_name(void **state) {
    (void)state;
    char name[NAME_BYTES], path[PATH_BYTES], number[16];
    struct stat about;
    if (!are_root())
        skip();
    snprintf(number, sizeof number, "%d", STRANGER);
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "named");
    options.slot_bytes = 8192;
    options.group_sharing = FERRY_SHARING_GROUP;
    options.group_name = number;
    ferry_producer *producer = NULL;
    assert_int_equal(ferry_producer_create(&producer, &options, NULL), FERRY_OK);
    assert_int_equal(lstat(shm_path(path, name), &about), 0);
    assert_int_equal(about.st_gid, STRANGER);
    assert_int_equal(send_next(producer), FERRY_OK);
    try_as_stranger((user_case){name, STRANGER, FERRY_SHARING_GROUP, NULL, FERRY_OK});
    try_as_stranger((user_case){name, STRANGER, FERRY_SHARING_GROUP, number, FERRY_OK});
    try_as_stranger((user_case){name, 0, FERRY_SHARING_GROUP, NULL, FERRY_NOT_ALLOWED});
    try_as_stranger((user_case){name, STRANGER, FERRY_SHARING_GROUP, "0", FERRY_NOT_ALLOWED});
    try_as_stranger(
        (user_case){name, STRANGER, FERRY_SHARING_GROUP, "no group", FERRY_INVALID_ARGUMENT});
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* Root may open everything, and still does not trust what belongs to another. */
static void test_a_strangers_object_is_refused(void **state) {
    (void)state;
    char name[NAME_BYTES], path[PATH_BYTES];
    ferry_error error = {0};
    if (!are_root())
        skip();
    ferry_producer *producer =
        make_producer(own_name(name, "stranger"), 4, FERRY_WHEN_FULL_WAIT, NULL);
    shm_path(path, name);
    assert_int_equal(chown(path, STRANGER, STRANGER), 0);
    look before = look_at(path);
    assert_int_equal(try_consumer(name, &error), FERRY_NOT_ALLOWED);
    assert_sentence(&error, FERRY_NOT_ALLOWED, name);
    for (uint32_t dialect = 0; dialect <= FERRY_DIALECT_BASEIMAGE; dialect++) {
        assert_int_equal(try_producer(name, dialect, &error), FERRY_NOT_ALLOWED);
        assert_sentence(&error, FERRY_NOT_ALLOWED, name);
    }
    assert_untouched(path, &before);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static unsigned mode_of(const char *name) {
    char path[PATH_BYTES];
    struct stat about;
    assert_int_equal(lstat(shm_path(path, name), &about), 0);
    return about.st_mode & 07777;
}

static void test_modes_whatever_the_umask(void **state) {
    (void)state;
    static const mode_t masks[] = {0, 022, 077, 0777};
    static const mode_t frames[] = {0600, 0640, 0644}, written[] = {0600, 0660, 0666};
    char name[NAME_BYTES], event[FERRYI_NAME_BYTES + 8];
    ferryi_names names;
    assert_int_equal(ferryi_names_make(&names, own_name(name, "modes"), NULL), FERRY_OK);
    snprintf(event, sizeof event, "sem.%s", names.event);
    for (int i = 0; i < 4; i++) {
        for (uint32_t shared = 0; shared <= FERRY_SHARING_EVERYONE; shared++) {
            for (uint32_t dialect = 0; dialect <= FERRY_DIALECT_BASEIMAGE; dialect++) {
                ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
                options.name = name;
                options.group_sharing = shared;
                options.dialect = dialect;
                ferry_producer *producer = NULL;
                mode_t before = umask(masks[i]);
                ferry_status status = ferry_producer_create(&producer, &options, NULL);
                umask(before);
                assert_int_equal(status, FERRY_OK);
                assert_int_equal(mode_of(names.frames), frames[shared]);
                assert_int_equal(mode_of(names.consumers), written[shared]);
                if (dialect == FERRY_DIALECT_BASEIMAGE)
                    assert_int_equal(mode_of(event), written[shared]);
                ferry_producer_close(&producer);
            }
        }
    }
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_another_users_channel, clean_up),
        cmocka_unit_test_teardown(test_a_group_by_name, clean_up),
        cmocka_unit_test_teardown(test_a_strangers_object_is_refused, clean_up),
        cmocka_unit_test_teardown(test_modes_whatever_the_umask, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
