/* Named semaphores beside programs that use the C library's calls on them, and with what is none of
 * their kind under the name. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <semaphore.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <frameferry/clock.h>
#include <frameferry/guard.h>

#include "platform/semaphore.h"
#include "process_support.h"

enum { ROUNDS = 3000, MODE = 0600 };

typedef struct names {
    char own[NAME_BYTES], posix[NAME_BYTES + 1], path[PATH_BYTES];
} names;

static atomic_bool lost;

static names name_it(const char *tag) {
    names n;
    char file[NAME_BYTES + 4];
    own_name(n.own, tag);
    snprintf(n.posix, sizeof n.posix, "/%s", n.own);
    snprintf(file, sizeof file, "sem.%s", n.own);
    shm_path(n.path, file);
    return n;
}

static ferryi_semaphore *make(const char *name, uint32_t value) {
    ferryi_semaphore *made = NULL;
    ferry_error error = {0};
    if (ferryi_semaphore_make(&made, name, value, FERRYI_NOT_SHARED, &lost, &error) != FERRY_OK)
        fprintf(stderr, "%s\n", error.message);
    return made;
}

static bool wait_within(ferryi_semaphore *semaphore, int64_t timeout_ns) {
    uint64_t end_ns = ferry_clock_ns() + (uint64_t)timeout_ns;
    while (!ferryi_semaphore_wait(semaphore, FERRY_SECOND_NS / 10))
        if (ferry_clock_ns() > end_ns)
            return false;
    return true;
}

static void test_one_that_we_made_is_theirs_too(void **state) {
    (void)state;
    names n = name_it("ours");
    int value = -1;
    ferryi_semaphore *ours = make(n.own, 1);
    sem_t *theirs = sem_open(n.posix, O_CREAT, MODE, 0);
    assert_true(theirs != SEM_FAILED);
    assert_int_equal(sem_getvalue(theirs, &value), 0);
    assert_int_equal(value, 1);
    assert_int_equal(sem_wait(theirs), 0);
    assert_false(ferryi_semaphore_wait(ours, 0));
    assert_int_equal(sem_post(theirs), 0);
    assert_true(ferryi_semaphore_wait(ours, 0));
    assert_int_equal(sem_trywait(theirs), -1);
    ferryi_semaphore_release(ours);
    ferryi_semaphore_release(ours);
    assert_int_equal(sem_trywait(theirs), 0);
    assert_int_equal(sem_trywait(theirs), -1);
    sem_close(theirs);
    ferryi_semaphore_close(&ours, true);
    assert_nothing_left();
}

/* A clean end of an old program posts once more: its semaphore counts that, and ours takes each. */
static void test_one_that_they_made_is_ours_too(void **state) {
    (void)state;
    names n = name_it("theirs");
    sem_t *theirs = sem_open(n.posix, O_CREAT | O_EXCL, MODE, 1);
    assert_true(theirs != SEM_FAILED);
    ferryi_semaphore *ours = make(n.own, 0);
    assert_int_equal(ferryi_semaphore_value(ours), 1);
    assert_int_equal(sem_post(theirs), 0);
    assert_int_equal(ferryi_semaphore_value(ours), 2);
    ferryi_semaphore_release(ours);
    assert_int_equal(ferryi_semaphore_value(ours), 2);
    assert_true(ferryi_semaphore_wait(ours, 0));
    assert_true(ferryi_semaphore_wait(ours, 0));
    assert_false(ferryi_semaphore_wait(ours, 0));
    /* It is not ours to remove, and theirs when its name has gone. */
    assert_int_equal(sem_unlink(n.posix), 0);
    assert_int_equal(ferryi_semaphore_standing(ours), FERRYI_NAME_GONE);
    sem_t *next = sem_open(n.posix, O_CREAT | O_EXCL, MODE, 1);
    assert_int_equal(ferryi_semaphore_standing(ours), FERRYI_NAME_TAKEN);
    ferryi_semaphore_close(&ours, true);
    sem_close(theirs);
    sem_close(next);
    assert_int_equal(sem_unlink(n.posix), 0);
    assert_nothing_left();
}

/* Another one has got the name of one that we made: that one's stays. */
static void test_a_name_that_stands_for_another_stays(void **state) {
    (void)state;
    names n = name_it("swapped");
    ferryi_semaphore *ours = make(n.own, 1);
    assert_int_equal(sem_unlink(n.posix), 0);
    sem_t *next = sem_open(n.posix, O_CREAT | O_EXCL, MODE, 1);
    sem_close(next);
    ferryi_semaphore_close(&ours, true);
    assert_int_equal(sem_unlink(n.posix), 0);
    assert_nothing_left();
}

static void answer_by_the_c_library(const void *argument) {
    const names *n = argument;
    sem_t *ping = sem_open(n[0].posix, 0), *pong = sem_open(n[1].posix, 0);
    CHILD_CHECK(ping != SEM_FAILED && pong != SEM_FAILED);
    for (int i = 0; i < ROUNDS; i++)
        CHILD_CHECK(sem_wait(ping) == 0 && sem_post(pong) == 0);
}

/* One that sleeps in sem_wait has no slice that would make up for a wake-up that is lost. */
static void test_turns_with_sem_wait(void **state) {
    (void)state;
    names n[2] = {name_it("ping"), name_it("pong")};
    ferryi_semaphore *ping = make(n[0].own, 0), *pong = make(n[1].own, 0);
    child *other = start_child_with(answer_by_the_c_library, n, sizeof n);
    for (int i = 0; i < ROUNDS; i++) {
        ferryi_semaphore_release(ping);
        assert_true(wait_within(pong, STUCK_NS));
    }
    assert_child_succeeds(other);
    ferryi_semaphore_close(&ping, true);
    ferryi_semaphore_close(&pong, true);
    assert_nothing_left();
}

static void put(const char *path, size_t bytes) {
    int descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY, MODE);
    assert_true(descriptor >= 0 && ftruncate(descriptor, (off_t)bytes) == 0);
    close(descriptor);
}

static void make_short(const char *path) {
    put(path, sizeof(sem_t) - 1);
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

static void test_what_is_no_semaphore(void **state) {
    (void)state;
    static void (*const makers[])(const char *) = {make_short, make_folder, make_fifo, make_link};
    names n = name_it("nonsense");
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        ferry_error error = {0};
        ferryi_semaphore *found = NULL;
        makers[i](n.path);
        look before = look_at(n.path);
        assert_int_equal(ferryi_semaphore_make(&found, n.own, 1, FERRYI_NOT_SHARED, &lost, &error),
                         FERRY_FOREIGN);
        assert_sentence(&error, FERRY_FOREIGN, n.own);
        assert_int_equal(ferryi_semaphore_open(&found, n.own, FERRYI_NOT_SHARED, &lost, &error),
                         FERRY_FOREIGN);
        assert_null(found);
        assert_untouched(n.path, &before);
        assert_int_equal(remove(n.path), 0);
    }
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
    names n = name_it("other");
    ferry_error error = {0};
    ferryi_semaphore *ours = make(n.own, 1);
    ferryi_semaphore_close(&ours, false);
    assert_int_equal(chown(n.path, OTHER, OTHER), 0);
    assert_int_equal(chmod(n.path, 0666), 0);
    assert_int_equal(ferryi_semaphore_make(&ours, n.own, 1, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_NOT_ALLOWED);
    assert_sentence(&error, FERRY_NOT_ALLOWED, n.own);
    assert_int_equal(ferryi_semaphore_open(&ours, n.own, &everyone, &lost, &error), FERRY_OK);
    assert_true(ferryi_semaphore_wait(ours, 0));
    ferryi_semaphore_close(&ours, true);
    assert_int_equal(unlink(n.path), 0);
    assert_nothing_left();
}

static void use_one_that_is_cut(const void *argument) {
    const names *n = argument;
    CHILD_CHECK(ferry_guard_install() == FERRY_OK);
    ferryi_semaphore *ours = make(n->own, 1);
    CHILD_CHECK(ours != NULL && truncate(n->path, 0) == 0);
    ferryi_semaphore_wait(ours, 0);
    CHILD_CHECK(atomic_load(&lost));
    ferryi_semaphore_release(ours);
    CHILD_CHECK(ferryi_semaphore_wait(ours, 0)); /* in memory of nobody else's */
    ferryi_semaphore_close(&ours, true);
}

static void test_one_that_is_cut_short(void **state) {
    (void)state;
    names n = name_it("cut");
    assert_child_succeeds(start_child_with(use_one_that_is_cut, &n, sizeof n));
    assert_nothing_left();
}

static void make_with_a_limit(const void *argument) {
    ferryi_semaphore *ours = NULL;
    ferry_error error = {0};
    CHILD_CHECK(setrlimit(RLIMIT_FSIZE, &(struct rlimit){16, RLIM_INFINITY}) == 0);
    CHILD_CHECK(ferryi_semaphore_make(&ours, argument, 1, FERRYI_NOT_SHARED, &lost, &error) ==
                FERRY_NO_SPACE);
    CHILD_CHECK(strstr(error.message, "ulimit -f") != NULL);
}

static void test_a_limit_on_files(void **state) {
    (void)state;
    char name[NAME_BYTES];
    assert_child_succeeds(start_child(make_with_a_limit, own_name(name, "limit")));
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_one_that_we_made_is_theirs_too, clean_up),
        cmocka_unit_test_teardown(test_one_that_they_made_is_ours_too, clean_up),
        cmocka_unit_test_teardown(test_a_name_that_stands_for_another_stays, clean_up),
        cmocka_unit_test_teardown(test_turns_with_sem_wait, clean_up),
        cmocka_unit_test_teardown(test_what_is_no_semaphore, clean_up),
        cmocka_unit_test_teardown(test_one_of_another_user, clean_up),
        cmocka_unit_test_teardown(test_one_that_is_cut_short, clean_up),
        cmocka_unit_test_teardown(test_a_limit_on_files, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
