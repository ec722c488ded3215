/* Named memory of any size, and files, with both ends ours. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "platform/plain_memory.h"
#include "process_support.h"
#include "surroundings.h"

/* Sections of Windows have whole pages. */
enum {
    BYTES = 250,
    WHOLE = NAMES_GO_WITH_USERS ? FERRYI_SHM_PAGE : BYTES,
    LONG_BYTES = 3 * 4096 + 5,
    FOLDER_BYTES = 280
};

static atomic_bool lost;

static ferry_status make(ferryi_plain_memory *out, const char *name, uint64_t bytes,
                         ferry_error *error) {
    *out = (ferryi_plain_memory)FERRYI_PLAIN_MEMORY_INIT;
    return ferryi_plain_memory_make(out, name, bytes, FERRYI_PLAIN_WRITE, FERRYI_NOT_SHARED, &lost,
                                    error);
}

static ferry_status open_found(ferryi_plain_memory *out, const char *name,
                               ferryi_plain_access access, ferry_error *error) {
    *out = (ferryi_plain_memory)FERRYI_PLAIN_MEMORY_INIT;
    return ferryi_plain_memory_open(out, name, access, FERRYI_NOT_SHARED, &lost, error);
}

static ferry_status open_file(ferryi_plain_memory *out, const char *path, uint64_t bytes,
                              ferryi_plain_access access, ferry_error *error) {
    char name[NAME_BYTES];
    *out = (ferryi_plain_memory)FERRYI_PLAIN_MEMORY_INIT;
    return ferryi_plain_memory_file(out, own_name(name, "file"), path, bytes, access,
                                    FERRYI_NOT_SHARED, &lost, error);
}

static void upcase(const void *argument) {
    ferryi_plain_memory memory;
    CHILD_CHECK(open_found(&memory, argument, FERRYI_PLAIN_WRITE, NULL) == FERRY_OK);
    CHILD_CHECK(strcmp((const char *)memory.shm.base, "hello") == 0);
    memcpy(memory.shm.base, "HELLO", sizeof "HELLO");
    ferryi_plain_memory_close(&memory, true);
}

static void test_two_processes_have_the_same_bytes(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_plain_memory memory;
    assert_int_equal(make(&memory, own_name(name, "same"), BYTES, NULL), FERRY_OK);
    assert_true(memory.is_made);
    assert_int_equal(memory.shm.size_bytes, WHOLE);
    assert_int_equal(ferryi_plain_memory_bytes(&memory), WHOLE);
    for (int i = 0; i < WHOLE; i++)
        assert_int_equal(memory.shm.base[i], 0);
    assert_true(is_private(name));
    assert_int_equal(ferryi_plain_memory_reserve(&memory, BYTES, NULL), FERRY_OK);
    memcpy(memory.shm.base, "hello", sizeof "hello");
    assert_child_succeeds(start_child(upcase, name));
    assert_string_equal((const char *)memory.shm.base, "HELLO");
    assert_false(ferryi_plain_memory_is_stale(&memory));
    ferryi_plain_memory_flush(&memory, BYTES);
    ferryi_plain_memory_close(&memory, true);
    assert_null(memory.shm.base);
    ferryi_plain_memory_close(&memory, true);
    assert_nothing_left();
}

static void test_any_size_and_each_right(void **state) {
    (void)state;
    static const uint64_t sizes[] = {1, 250, 4095, 4096, 4097, 33554432};
    char name[NAME_BYTES];
    ferryi_plain_memory memory, found;
    own_name(name, "size");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(ferryi_plain_memory_make(&memory, name, sizes[i], FERRYI_PLAIN_EXECUTE,
                                                  FERRYI_NOT_SHARED, &lost, NULL),
                         FERRY_OK);
        memory.shm.base[sizes[i] - 1] = 7;
        for (int access = FERRYI_PLAIN_READ; access <= FERRYI_PLAIN_EXECUTE; access++) {
            assert_int_equal(open_found(&found, name, (ferryi_plain_access)access, NULL), FERRY_OK);
            assert_int_equal(found.is_made, !NAMES_GO_WITH_USERS); /* as far as that shows */
            assert_int_equal(found.shm.size_bytes, memory.shm.size_bytes);
            assert_true(found.shm.size_bytes >= sizes[i]);
            assert_int_equal(found.shm.base[sizes[i] - 1], 7);
            ferryi_plain_memory_close(&found, true);
        }
        ferryi_plain_memory_close(&memory, true);
    }
    assert_nothing_left();
}

static void test_names_that_are_taken_or_missing_or_bad(void **state) {
    (void)state;
    char name[NAME_BYTES], longer[400];
    ferry_error error = {0};
    ferryi_plain_memory memory, second;
    own_name(name, "name");
    assert_int_equal(open_found(&second, name, FERRYI_PLAIN_WRITE, &error), FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    assert_int_equal(make(&memory, name, BYTES, NULL), FERRY_OK);
    assert_int_equal(make(&second, name, BYTES, &error), FERRY_BUSY);
    assert_sentence(&error, FERRY_BUSY, name);
    ferryi_plain_memory_close(&second, true);
    assert_int_equal(open_found(&second, name, FERRYI_PLAIN_READ, NULL), FERRY_OK);
    ferryi_plain_memory_close(&second, true);
    assert_true(shm_exists(name));
    ferryi_plain_memory_close(&memory, true);
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(make(&memory, longer, BYTES, &error), FERRY_BAD_NAME);
    assert_int_equal(open_found(&memory, longer, FERRYI_PLAIN_READ, &error), FERRY_BAD_NAME);
    assert_int_equal(make(&memory, "", BYTES, &error), FERRY_BAD_NAME);
    assert_nothing_left();
}

static void make_and_rest(const void *argument) {
    ferryi_plain_memory memory;
    CHILD_CHECK(make(&memory, argument, BYTES, NULL) == FERRY_OK);
    child_say('m');
    child_rest();
}

static void test_a_maker_is_killed(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_plain_memory found;
    child *maker = start_child(make_and_rest, own_name(name, "killed"));
    assert_int_equal(hear(maker), 'm');
    assert_int_equal(open_found(&found, name, FERRYI_PLAIN_WRITE, NULL), FERRY_OK);
    kill_child(maker);
    memset(found.shm.base, 1, BYTES);
    assert_int_equal(ferryi_plain_memory_bytes(&found), WHOLE);
    assert_false(ferryi_plain_memory_is_stale(&found));
    ferryi_plain_memory_close(&found, true);
    assert_nothing_left();
}

static void open_and_rest(const void *argument) {
    ferryi_plain_memory memory;
    CHILD_CHECK(open_found(&memory, argument, FERRYI_PLAIN_READ, NULL) == FERRY_OK);
    child_say('o');
    child_rest();
}

static void test_the_name_stays_while_another_process_has_it(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_plain_memory memory;
    assert_int_equal(make(&memory, own_name(name, "used"), BYTES, NULL), FERRY_OK);
    child *user = start_child(open_and_rest, name);
    assert_int_equal(hear(user), 'o');
    ferryi_plain_memory_close(&memory, true);
    assert_true(shm_exists(name));
    kill_child(user);
    assert_int_equal(count_shared(name, false, true), NAMES_GO_WITH_USERS ? 0 : 1);
}

/* ---- files ---- */

static void write_bytes(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static long length_of(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return -1;
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    fclose(file);
    return length;
}

static void test_a_file_is_made_and_stays(void **state) {
    (void)state;
    char folder[FOLDER_BYTES], path[FOLDER_BYTES + 8];
    ferryi_plain_memory memory;
    assert_true(make_temporary_folder(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/file", folder);
    assert_int_equal(open_file(&memory, path, LONG_BYTES, FERRYI_PLAIN_WRITE, NULL), FERRY_OK);
    assert_true(memory.is_file);
    assert_true(ferryi_plain_memory_bytes(&memory) >= LONG_BYTES);
    assert_false(ferryi_plain_memory_is_stale(&memory));
    assert_int_equal(ferryi_plain_memory_reserve(&memory, LONG_BYTES, NULL), FERRY_OK);
    memcpy(memory.shm.base + LONG_BYTES - 5, "last", 5);
    ferryi_plain_memory_flush(&memory, LONG_BYTES);
    ferryi_plain_memory_close(&memory, true);
    assert_int_equal(length_of(path), LONG_BYTES);
    /* One that is longer than is wanted keeps its length. */
    assert_int_equal(open_file(&memory, path, BYTES, FERRYI_PLAIN_EXECUTE, NULL), FERRY_OK);
    assert_string_equal((const char *)memory.shm.base + LONG_BYTES - 5, "last");
    ferryi_plain_memory_close(&memory, true);
    assert_int_equal(open_file(&memory, path, BYTES, FERRYI_PLAIN_READ, NULL), FERRY_OK);
    assert_string_equal((const char *)memory.shm.base + LONG_BYTES - 5, "last");
    ferryi_plain_memory_close(&memory, true);
    assert_int_equal(length_of(path), LONG_BYTES);
    assert_int_equal(remove(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_nothing_left();
}

static void test_a_file_that_is_shorter(void **state) {
    (void)state;
    char folder[FOLDER_BYTES], path[FOLDER_BYTES + 8];
    ferryi_plain_memory memory;
    assert_true(make_temporary_folder(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/file", folder);
    write_bytes(path, "short");
    assert_int_equal(open_file(&memory, path, BYTES, FERRYI_PLAIN_READ, NULL), FERRY_OK);
    assert_memory_equal(memory.shm.base, "short", 5);
    ferryi_plain_memory_close(&memory, false);
    assert_int_equal(length_of(path), 5);
    assert_int_equal(open_file(&memory, path, BYTES, FERRYI_PLAIN_WRITE, NULL), FERRY_OK);
    assert_string_equal((const char *)memory.shm.base, "short");
    ferryi_plain_memory_close(&memory, false);
    assert_int_equal(length_of(path), BYTES);
    assert_int_equal(remove(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_files_that_are_missing_or_empty_or_none(void **state) {
    (void)state;
    char folder[FOLDER_BYTES], path[FOLDER_BYTES + 8];
    ferry_error error = {0};
    ferryi_plain_memory memory;
    assert_true(make_temporary_folder(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/file", folder);
    assert_int_equal(open_file(&memory, path, BYTES, FERRYI_PLAIN_READ, &error), FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, path);
    write_bytes(path, "");
    assert_int_equal(open_file(&memory, path, BYTES, FERRYI_PLAIN_READ, &error), FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, path);
    assert_int_equal(open_file(&memory, folder, BYTES, FERRYI_PLAIN_WRITE, &error), FERRY_FOREIGN);
    assert_sentence(&error, FERRY_FOREIGN, folder);
    assert_int_equal(open_file(&memory, folder, BYTES, FERRYI_PLAIN_READ, &error), FERRY_FOREIGN);
    assert_int_equal(length_of(path), 0);
    assert_int_equal(remove(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_two_processes_have_the_same_bytes, clean_up),
        cmocka_unit_test_teardown(test_any_size_and_each_right, clean_up),
        cmocka_unit_test_teardown(test_names_that_are_taken_or_missing_or_bad, clean_up),
        cmocka_unit_test_teardown(test_a_maker_is_killed, clean_up),
        cmocka_unit_test_teardown(test_the_name_stays_while_another_process_has_it, clean_up),
        cmocka_unit_test_teardown(test_a_file_is_made_and_stays, clean_up),
        cmocka_unit_test_teardown(test_a_file_that_is_shorter, clean_up),
        cmocka_unit_test_teardown(test_files_that_are_missing_or_empty_or_none, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
