/* Named memory beside programs that use shm_open(3) on it, that cut it short and make it longer,
 * and with what is no memory under the name. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <sys/resource.h>

#include <frameferry/guard.h>

#include "platform/plain_memory.h"
#include "process_support.h"
#include "surroundings.h"

enum { BYTES = 250, MODE = 0600 };

static atomic_bool lost;

static ferry_status make(ferryi_plain_memory *out, const char *name, uint64_t bytes,
                         ferry_error *error) {
    *out = (ferryi_plain_memory)FERRYI_PLAIN_MEMORY_INIT;
    return ferryi_plain_memory_make(out, name, bytes, FERRYI_PLAIN_WRITE, FERRYI_NOT_SHARED, &lost,
                                    error);
}

static ferry_status open_found(ferryi_plain_memory *out, const char *name, ferry_error *error) {
    *out = (ferryi_plain_memory)FERRYI_PLAIN_MEMORY_INIT;
    return ferryi_plain_memory_open(out, name, FERRYI_PLAIN_WRITE, FERRYI_NOT_SHARED, &lost, error);
}

static ferry_status open_file(ferryi_plain_memory *out, const char *path, ferry_error *error) {
    *out = (ferryi_plain_memory)FERRYI_PLAIN_MEMORY_INIT;
    return ferryi_plain_memory_file(out, "unused", path, BYTES, FERRYI_PLAIN_WRITE,
                                    FERRYI_NOT_SHARED, &lost, error);
}

static int shm_open_named(const char *name, int flags) {
    char posix[NAME_BYTES + 1];
    snprintf(posix, sizeof posix, "/%s", name);
    return shm_open(posix, flags, MODE);
}

static void test_one_that_we_made_is_theirs_too(void **state) {
    (void)state;
    char name[NAME_BYTES];
    struct stat about;
    ferryi_plain_memory memory;
    assert_int_equal(make(&memory, own_name(name, "ours"), BYTES, NULL), FERRY_OK);
    int theirs = shm_open_named(name, O_RDWR | O_CREAT);
    assert_true(theirs >= 0);
    assert_int_equal(fstat(theirs, &about), 0);
    assert_int_equal(about.st_size, BYTES);
    assert_true(about.st_blocks > 0); /* the memory is there */
    char *mapped = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, theirs, 0);
    assert_true(mapped != MAP_FAILED);
    strcpy(mapped, "theirs");
    assert_string_equal((const char *)memory.shm.base, "theirs");
    munmap(mapped, BYTES);
    close(theirs);
    ferryi_plain_memory_close(&memory, true);
    assert_nothing_left();
}

/* As a program makes it: first the name, then the length. */
static void test_one_that_they_are_just_making(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_error error = {0};
    ferryi_plain_memory memory;
    int theirs = shm_open_named(own_name(name, "making"), O_RDWR | O_CREAT | O_EXCL);
    assert_int_equal(open_found(&memory, name, &error), FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    assert_int_equal(make(&memory, name, BYTES, &error), FERRY_BUSY);
    assert_int_equal(ftruncate(theirs, BYTES), 0);
    assert_int_equal(open_found(&memory, name, &error), FERRY_OK);
    assert_int_equal(memory.shm.size_bytes, BYTES);
    /* It is a hole so far: writing to it takes memory. */
    assert_int_equal(ferryi_plain_memory_reserve(&memory, UINT64_MAX, NULL), FERRY_OK);
    struct stat about;
    assert_int_equal(fstat(theirs, &about), 0);
    assert_true(about.st_blocks > 0 && about.st_size == BYTES);
    ferryi_plain_memory_close(&memory, true);
    assert_true(shm_exists(name)); /* it is theirs */
    close(theirs);
    assert_int_equal(count_shared(name, false, true), 1);
}

static void test_it_grows_and_its_name_moves_on(void **state) {
    (void)state;
    char name[NAME_BYTES], path[PATH_BYTES];
    ferryi_plain_memory memory;
    assert_int_equal(make(&memory, own_name(name, "grows"), BYTES, NULL), FERRY_OK);
    shm_path(path, name);
    assert_false(ferryi_plain_memory_is_stale(&memory));
    assert_int_equal(truncate(path, 2 * BYTES), 0);
    assert_true(ferryi_plain_memory_is_stale(&memory));
    assert_int_equal(ferryi_plain_memory_bytes(&memory), BYTES);
    assert_int_equal(truncate(path, BYTES), 0);
    assert_false(ferryi_plain_memory_is_stale(&memory));
    assert_int_equal(unlink(path), 0);
    assert_true(ferryi_plain_memory_is_stale(&memory));
    close(shm_open_named(name, O_RDWR | O_CREAT | O_EXCL));
    assert_true(ferryi_plain_memory_is_stale(&memory));
    ferryi_plain_memory_close(&memory, true);
    assert_int_equal(count_shared(name, false, true), 1); /* that is another one's */
}

static void read_what_is_cut(const void *argument) {
    char path[PATH_BYTES];
    ferryi_plain_memory memory;
    CHILD_CHECK(ferry_guard_install() == FERRY_OK);
    CHILD_CHECK(make(&memory, argument, 3 * FERRYI_SHM_PAGE, NULL) == FERRY_OK);
    memset(memory.shm.base, 1, 3 * FERRYI_SHM_PAGE);
    CHILD_CHECK(truncate(shm_path(path, argument), BYTES) == 0);
    CHILD_CHECK(ferryi_plain_memory_bytes(&memory) == BYTES && !atomic_load(&lost));
    CHILD_CHECK(ferryi_plain_memory_reserve(&memory, 2 * FERRYI_SHM_PAGE, NULL) == FERRY_OK);
    CHILD_CHECK(ferryi_plain_memory_bytes(&memory) == BYTES); /* it is not made longer again */
    volatile uint8_t *base = memory.shm.base;
    CHILD_CHECK(base[BYTES - 1] == 1 && !atomic_load(&lost));
    CHILD_CHECK(base[2 * FERRYI_SHM_PAGE] == 0 && atomic_load(&lost));
    ferryi_plain_memory_close(&memory, true);
}

static void test_it_is_cut_short(void **state) {
    (void)state;
    char name[NAME_BYTES];
    assert_child_succeeds(start_child(read_what_is_cut, own_name(name, "cut")));
    assert_nothing_left();
}

static void make_folder(const char *path) {
    assert_int_equal(mkdir(path, 0700), 0);
}

static void make_fifo(const char *path) {
    assert_int_equal(mkfifo(path, MODE), 0);
}

static void make_link(const char *path) {
    assert_int_equal(symlink("/etc/hostname", path), 0);
}

static void test_what_is_no_memory(void **state) {
    (void)state;
    static void (*const makers[])(const char *) = {make_folder, make_fifo, make_link};
    char name[NAME_BYTES], path[PATH_BYTES];
    shm_path(path, own_name(name, "nonsense"));
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        ferry_error error = {0};
        ferryi_plain_memory memory;
        makers[i](path);
        look before = look_at(path);
        assert_int_equal(open_found(&memory, name, &error), FERRY_FOREIGN);
        assert_sentence(&error, FERRY_FOREIGN, name);
        assert_int_equal(make(&memory, name, BYTES, &error), FERRY_BUSY);
        assert_untouched(path, &before);
        assert_int_equal(remove(path), 0);
    }
    ferryi_plain_memory memory;
    assert_int_equal(make(&memory, "a/b", BYTES, NULL), FERRY_BAD_NAME);
    assert_nothing_left();
}

static void test_one_of_another_user(void **state) {
    (void)state;
    enum { OTHER = 54321 };
    static const ferryi_sharing everyone = {.with = FERRY_SHARING_EVERYONE};
    if (geteuid() != 0) {
        puts("skipped: giving a file to another user needs root");
        skip();
    }
    char name[NAME_BYTES], path[PATH_BYTES];
    ferry_error error = {0};
    ferryi_plain_memory memory;
    assert_int_equal(make(&memory, own_name(name, "other"), BYTES, NULL), FERRY_OK);
    ferryi_plain_memory_close(&memory, false);
    shm_path(path, name);
    assert_int_equal(chown(path, OTHER, OTHER), 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(open_found(&memory, name, &error), FERRY_NOT_ALLOWED);
    assert_sentence(&error, FERRY_NOT_ALLOWED, name);
    assert_int_equal(
        ferryi_plain_memory_open(&memory, name, FERRYI_PLAIN_READ, &everyone, &lost, NULL),
        FERRY_OK);
    ferryi_plain_memory_close(&memory, true);
    assert_int_equal(count_shared(name, false, true), 1);
}

static void make_with_a_limit(const void *argument) {
    char folder[PATH_BYTES], path[PATH_BYTES + 8];
    ferryi_plain_memory memory;
    ferry_error error = {0};
    CHILD_CHECK(make_temporary_folder(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/file", folder);
    CHILD_CHECK(setrlimit(RLIMIT_FSIZE, &(struct rlimit){BYTES - 1, RLIM_INFINITY}) == 0);
    CHILD_CHECK(make(&memory, argument, BYTES, &error) == FERRY_NO_SPACE);
    CHILD_CHECK(strstr(error.message, "ulimit -f") != NULL);
    CHILD_CHECK(make(&memory, argument, BYTES - 1, &error) == FERRY_OK);
    ferryi_plain_memory_close(&memory, true);
    CHILD_CHECK(open_file(&memory, path, &error) == FERRY_NO_SPACE);
    CHILD_CHECK(strstr(error.message, "ulimit -f") != NULL);
    CHILD_CHECK(unlink(path) == 0 && rmdir(folder) == 0);
}

static void test_a_limit_on_files(void **state) {
    (void)state;
    char name[NAME_BYTES];
    assert_child_succeeds(start_child(make_with_a_limit, own_name(name, "limit")));
    assert_nothing_left();
}

/* Links lead to files there, as for any program; what is no file is not waited for. */
static void test_files_by_links_and_what_is_no_file(void **state) {
    (void)state;
    char folder[PATH_BYTES], path[PATH_BYTES + 8], link[PATH_BYTES + 8];
    ferry_error error = {0};
    ferryi_plain_memory memory;
    struct stat about;
    assert_true(make_temporary_folder(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink("file", link), 0);
    mode_t before = umask(022);
    assert_int_equal(open_file(&memory, link, NULL), FERRY_OK);
    umask(before);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0644);
    assert_int_equal(about.st_size, BYTES);
    assert_false(ferryi_plain_memory_is_stale(&memory));
    assert_int_equal(truncate(path, 2 * BYTES), 0);
    assert_true(ferryi_plain_memory_is_stale(&memory));
    assert_int_equal(truncate(path, 1), 0);
    assert_int_equal(ferryi_plain_memory_bytes(&memory), 1);
    assert_int_equal(unlink(path), 0);
    assert_true(ferryi_plain_memory_is_stale(&memory));
    ferryi_plain_memory_close(&memory, true);
    assert_int_equal(mkfifo(path, MODE), 0);
    assert_int_equal(open_file(&memory, link, &error), FERRY_FOREIGN);
    assert_sentence(&error, FERRY_FOREIGN, link);
    assert_int_equal(open_file(&memory, "/dev/null", &error), FERRY_FOREIGN);
    assert_int_equal(unlink(path) | unlink(link) | rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_one_that_we_made_is_theirs_too, clean_up),
        cmocka_unit_test_teardown(test_one_that_they_are_just_making, clean_up),
        cmocka_unit_test_teardown(test_it_grows_and_its_name_moves_on, clean_up),
        cmocka_unit_test_teardown(test_it_is_cut_short, clean_up),
        cmocka_unit_test_teardown(test_what_is_no_memory, clean_up),
        cmocka_unit_test_teardown(test_one_of_another_user, clean_up),
        cmocka_unit_test_teardown(test_a_limit_on_files, clean_up),
        cmocka_unit_test_teardown(test_files_by_links_and_what_is_no_file, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
