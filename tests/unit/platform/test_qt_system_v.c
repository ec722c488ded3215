/* Memory and semaphores of Qt's kind on System V: their files and numbers, what is refused, who
 * removes them, and what the system gives back. */
#define _GNU_SOURCE /* pipe2, syscall */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <cmocka.h>

#include "platform/qt_memory.h"
#include "platform/qt_semaphore.h"
#include "process_support.h"

/* The names of one key, and their folder, which is this run's own. */
#define KEY "share"
#define SUM "aab90dfe8c6f152a4fb071f5f4f9df804626e6ab"

static char folder[] = "/tmp/ferry-qt-XXXXXX";
static char memory_file[PATH_BYTES], lock_file[PATH_BYTES];

static int make_folder(void **state) {
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(memory_file, sizeof memory_file, "%s/qipc_sharedmemory_" KEY SUM, folder);
    snprintf(lock_file, sizeof lock_file, "%s/qipc_systemsem_" KEY SUM, folder);
    return setenv("TMPDIR", folder, 1);
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

/* Numbers that are left, or -1. */
static int memory_of(const char *path) {
    key_t number = ftok(path, 'Q');
    return number == -1 ? -1 : shmget(number, 0, 0);
}

static int semaphore_of(const char *path) {
    key_t number = ftok(path, 'Q');
    return number == -1 ? -1 : semget(number, 0, 0);
}

static int value_of(const char *path) {
    return semctl(semaphore_of(path), 0, GETVAL);
}

/* Whatever failed, nothing stays. */
static int wipe(void **state) {
    clean_up(state);
    if (memory_of(memory_file) >= 0)
        shmctl(memory_of(memory_file), IPC_RMID, NULL);
    if (semaphore_of(lock_file) >= 0)
        semctl(semaphore_of(lock_file), 0, IPC_RMID);
    unlink(memory_file);
    unlink(lock_file);
    return 0;
}

static ferryi_qt_memory make_memory(void) {
    ferryi_qt_memory made = FERRYI_QT_MEMORY_INIT;
    assert_int_equal(ferryi_qt_memory_create(&made, KEY, 1000, NULL), FERRY_OK);
    return made;
}

static ferryi_qt_semaphore *open_semaphore(uint32_t value, bool creates) {
    ferryi_qt_semaphore *opened = NULL;
    assert_int_equal(ferryi_qt_semaphore_open(&opened, KEY, value, creates, NULL), FERRY_OK);
    return opened;
}

static ferry_status try_attach(ferry_error *error) {
    ferryi_qt_memory found = FERRYI_QT_MEMORY_INIT;
    ferry_status status = ferryi_qt_memory_attach(&found, KEY, true, error);
    ferryi_qt_memory_detach(&found);
    return status;
}

static ferry_status try_create(ferry_error *error) {
    ferryi_qt_memory made = FERRYI_QT_MEMORY_INIT;
    ferry_status status = ferryi_qt_memory_create(&made, KEY, 1000, error);
    ferryi_qt_memory_detach(&made);
    return status;
}

/* ---- files and numbers ---- */

static void test_files_and_objects_are_those_of_qt(void **state) {
    (void)state;
    struct stat about;
    struct shmid_ds memory;
    ferryi_qt_memory made = make_memory();
    int segment = memory_of(memory_file), set = semaphore_of(lock_file);
    assert_int_equal(stat(memory_file, &about), 0);
    assert_int_equal(about.st_size, 0);
    assert_int_equal(about.st_mode & ~(mode_t)0640, S_IFREG);
    assert_int_equal(shmctl(segment, IPC_STAT, &memory), 0);
    assert_int_equal(memory.shm_segsz, 1000);
    assert_int_equal(memory.shm_perm.mode & 0777, 0600);
    assert_int_equal(value_of(lock_file), 1);
    assert_true(ferryi_qt_memory_lock(&made, 0));
    assert_int_equal(value_of(lock_file), 0);
    ferryi_qt_memory_unlock(&made);
    /* A process that comes and goes leaves all of it. */
    assert_int_equal(try_attach(NULL), FERRY_OK);
    assert_int_equal(semaphore_of(lock_file), set);
    ferryi_qt_memory_detach(&made);
    assert_int_equal(access(memory_file, F_OK), -1);
    assert_int_equal(access(lock_file, F_OK), -1);
    assert_int_equal(shmctl(segment, IPC_STAT, &memory), -1);
    assert_int_equal(semctl(set, 0, GETVAL), -1);
}

static void test_a_look_in_vain_leaves_nothing(void **state) {
    (void)state;
    ferry_error error;
    assert_int_equal(try_attach(&error), FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, memory_file);
    assert_int_equal(access(lock_file, F_OK), -1);
    /* A file without memory, which a Qt program that was killed may leave. */
    close(open(memory_file, O_CREAT | O_WRONLY, 0640));
    assert_int_equal(try_attach(&error), FERRY_NO_PRODUCER);
    assert_int_equal(access(lock_file, F_OK), -1);
    assert_int_equal(try_create(NULL), FERRY_OK);
    assert_int_equal(access(memory_file, F_OK), -1);
}

static void test_the_folder_is_cleaned_as_qt_does_it(void **state) {
    (void)state;
    static const char *const forms[] = {"%s/", "%s//./", "%s/none/..", "/../..%s", "/tmp/./..%s"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char form[PATH_BYTES];
        snprintf(form, sizeof form, forms[i], folder);
        setenv("TMPDIR", form, 1);
        ferryi_qt_memory made = make_memory();
        assert_int_equal(access(memory_file, F_OK), 0);
        ferryi_qt_memory_detach(&made);
    }
    /* Relative to the working folder. */
    char before[PATH_BYTES];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    static const char *const relative[] = {".", "./", "a/.."};
    for (size_t i = 0; i < 3; i++) {
        setenv("TMPDIR", relative[i], 1);
        ferryi_qt_memory made = make_memory();
        assert_int_equal(access(memory_file, F_OK), 0);
        ferryi_qt_memory_detach(&made);
    }
    assert_int_equal(chdir(before), 0);
    setenv("TMPDIR", folder, 1);
}

/* ---- what is refused ---- */

static void assert_not_allowed(const char *path) {
    ferry_error error;
    assert_int_equal(try_attach(&error), FERRY_NOT_ALLOWED);
    assert_sentence(&error, FERRY_NOT_ALLOWED, path);
    assert_int_equal(try_create(&error), FERRY_NOT_ALLOWED);
    assert_sentence(&error, FERRY_NOT_ALLOWED, path);
}

static void test_a_link_is_not_followed(void **state) {
    (void)state;
    char target[PATH_BYTES];
    snprintf(target, sizeof target, "%s/target", folder);
    assert_int_equal(symlink(target, memory_file), 0);
    assert_not_allowed(memory_file);
    assert_int_equal(access(target, F_OK), -1);
    unlink(memory_file);
    assert_int_equal(mkfifo(memory_file, 0600), 0);
    assert_not_allowed(memory_file);
}

static void test_memory_for_all_is_refused(void **state) {
    (void)state;
    close(open(memory_file, O_CREAT | O_WRONLY, 0640));
    assert_true(shmget(ftok(memory_file, 'Q'), 1000, IPC_CREAT | 0666) >= 0);
    assert_not_allowed(memory_file);
}

static void test_a_lock_for_all_is_refused(void **state) {
    (void)state;
    close(open(lock_file, O_CREAT | O_WRONLY, 0640));
    assert_true(semget(ftok(lock_file, 'Q'), 1, IPC_CREAT | 0666) >= 0);
    ferry_error error;
    assert_int_equal(try_create(&error), FERRY_NOT_ALLOWED);
    assert_sentence(&error, FERRY_NOT_ALLOWED, lock_file);
    assert_int_equal(access(memory_file, F_OK), -1);
}

static void test_another_users_file_is_refused(void **state) {
    (void)state;
    enum { NOBODY = 65534 };
    if (geteuid() != 0)
        skip();
    close(open(memory_file, O_CREAT | O_WRONLY, 0640));
    assert_int_equal(chown(memory_file, NOBODY, NOBODY), 0);
    assert_not_allowed(memory_file);
    unlink(memory_file);
    ferryi_qt_memory made = make_memory();
    struct shmid_ds about;
    assert_int_equal(shmctl(memory_of(memory_file), IPC_STAT, &about), 0);
    about.shm_perm.uid = NOBODY;
    assert_int_equal(shmctl(memory_of(memory_file), IPC_SET, &about), 0);
    assert_not_allowed(memory_file);
    ferryi_qt_memory_detach(&made);
}

/* ---- who removes what ---- */

static void test_the_maker_goes_while_another_one_has_the_lock(void **state) {
    (void)state;
    ferryi_qt_memory made = make_memory(), found = FERRYI_QT_MEMORY_INIT;
    assert_int_equal(ferryi_qt_memory_attach(&found, KEY, true, NULL), FERRY_OK);
    assert_true(ferryi_qt_memory_lock(&found, 0));
    ferryi_qt_memory_detach(&made);
    ferryi_qt_memory_unlock(&found);
    assert_int_equal(value_of(lock_file), 1);
    assert_true(ferryi_qt_memory_lock(&found, 0));
    ferryi_qt_memory_detach(&found);
    assert_int_equal(access(memory_file, F_OK), -1);
    assert_int_equal(access(lock_file, F_OK), -1);
}

static void test_the_maker_takes_its_lock_along(void **state) {
    (void)state;
    ferryi_qt_memory made = make_memory(), found = FERRYI_QT_MEMORY_INIT;
    assert_int_equal(ferryi_qt_memory_attach(&found, KEY, true, NULL), FERRY_OK);
    ferryi_qt_memory_detach(&made);
    assert_int_equal(access(memory_file, F_OK), 0);
    assert_int_equal(access(lock_file, F_OK), -1);
    ferryi_qt_memory_detach(&found);
    assert_int_equal(access(memory_file, F_OK), -1);
    assert_int_equal(access(lock_file, F_OK), -1);
}

/* As Qt does it, which gives the lock back before. */
static void test_a_lock_that_is_removed_is_made_anew(void **state) {
    (void)state;
    ferryi_qt_memory made = make_memory();
    assert_true(ferryi_qt_memory_lock(&made, 0));
    semctl(semaphore_of(lock_file), 0, IPC_RMID);
    unlink(lock_file);
    ferryi_qt_memory_unlock(&made); /* there is nothing to give it to */
    assert_int_equal(access(lock_file, F_OK), -1);
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while (!ferryi_qt_memory_lock(&made, FERRY_SECOND_NS))
        assert_true(ferry_clock_ns() < stuck_ns);
    assert_int_equal(value_of(lock_file), 0);
    ferryi_qt_memory_unlock(&made);
    assert_int_equal(value_of(lock_file), 1);
    ferryi_qt_memory_detach(&made);
    assert_int_equal(access(lock_file, F_OK), -1);
}

/* Whatever has become of the lock of memory that is not there. */
static void test_a_lock_that_was_left_is_set(void **state) {
    (void)state;
    for (uint32_t value = 0; value < 3; value += 2) {
        ferryi_qt_semaphore *left = open_semaphore(value, true);
        ferryi_qt_memory made = make_memory();
        assert_int_equal(value_of(lock_file), 1);
        ferryi_qt_memory_detach(&made);
        ferryi_qt_semaphore_close(&left);
    }
    assert_int_equal(access(lock_file, F_OK), -1);
}

static void test_who_opens_one_that_is_there_leaves_it(void **state) {
    (void)state;
    ferryi_qt_semaphore *maker = open_semaphore(3, false);
    ferryi_qt_semaphore *user = open_semaphore(0, false);
    ferryi_qt_semaphore_close(&user);
    assert_int_equal(value_of(lock_file), 3);
    user = open_semaphore(1, true);
    ferryi_qt_semaphore_close(&user);
    assert_int_equal(access(lock_file, F_OK), -1);
    /* One whose semaphore has been removed makes it again, with its own value. */
    ferryi_qt_semaphore_release(maker);
    assert_int_equal(value_of(lock_file), 4);
    ferryi_qt_semaphore_close(&maker);
    assert_int_equal(access(lock_file, F_OK), -1);
}

static void wait_and_make_anew(const void *argument) {
    (void)argument;
    ferryi_qt_semaphore *semaphore = NULL;
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    CHILD_CHECK(ferryi_qt_semaphore_open(&semaphore, KEY, 1, false, NULL) == FERRY_OK);
    child_say('w');
    while (!ferryi_qt_semaphore_acquire(semaphore, FERRY_SECOND_NS))
        CHILD_CHECK(ferry_clock_ns() < stuck_ns);
    ferryi_qt_semaphore_close(&semaphore);
}

static void test_one_who_waits_outlives_the_maker(void **state) {
    (void)state;
    ferryi_qt_semaphore *maker = open_semaphore(0, true);
    child *waiter = start_child(wait_and_make_anew, NULL);
    assert_int_equal(hear(waiter), 'w');
    ferryi_qt_semaphore_close(&maker);
    assert_child_succeeds(waiter);
    assert_int_equal(access(lock_file, F_OK), -1);
}

/* ---- what the system gives back ---- */

typedef struct plan {
    int rounds;
    char last; /* t: takes and does not give */
} plan;

static void take_and_give(const void *argument) {
    const plan *what = argument;
    ferryi_qt_semaphore *semaphore = NULL, *other = NULL;
    CHILD_CHECK(ferryi_qt_semaphore_open(&semaphore, KEY, 0, false, NULL) == FERRY_OK);
    CHILD_CHECK(ferryi_qt_semaphore_open(&other, KEY " back", 0, false, NULL) == FERRY_OK);
    for (int i = 0; i < what->rounds; i++) {
        CHILD_CHECK(ferryi_qt_semaphore_acquire(semaphore, FERRY_SECOND_NS));
        ferryi_qt_semaphore_release(other);
    }
    if (what->last == 't')
        CHILD_CHECK(ferryi_qt_semaphore_acquire(semaphore, FERRY_SECOND_NS));
    else
        CHILD_CHECK(!ferryi_qt_semaphore_acquire(semaphore, 0));
    child_say('d');
    child_hear();
    ferryi_qt_semaphore_close(&semaphore);
    ferryi_qt_semaphore_close(&other);
}

static void assert_left(plan what, bool is_killed, int first, int second) {
    ferryi_qt_semaphore *semaphore = open_semaphore((uint32_t)first, true), *other = NULL;
    assert_int_equal(ferryi_qt_semaphore_open(&other, KEY " back", 0, true, NULL), FERRY_OK);
    int taken = what.rounds + (what.last == 't');
    for (int i = 0; i < taken; i++)
        ferryi_qt_semaphore_release(semaphore);
    child *taker = start_child_with(take_and_give, &what, sizeof what);
    assert_int_equal(hear(taker), 'd');
    assert_int_equal(ferryi_qt_semaphore_value(semaphore), first);
    if (is_killed) {
        kill_child(taker);
    } else {
        tell_child(taker, 'e');
        assert_child_succeeds(taker);
    }
    assert_int_equal(ferryi_qt_semaphore_value(semaphore), first + second);
    assert_int_equal(ferryi_qt_semaphore_value(other), what.rounds);
    ferryi_qt_semaphore_close(&semaphore);
    ferryi_qt_semaphore_close(&other);
}

static void test_what_was_taken_last_is_given_back(void **state) {
    (void)state;
    assert_left((plan){.rounds = 5, .last = 't'}, true, 0, 1);
    assert_left((plan){.rounds = 0, .last = 't'}, true, 0, 1);
}

static void test_what_was_passed_on_stays_where_it_is(void **state) {
    (void)state;
    assert_left((plan){.rounds = 5, .last = 'n'}, true, 0, 0);
    assert_left((plan){.rounds = 5, .last = 'n'}, false, 0, 0);
    assert_left((plan){.rounds = 5, .last = 't'}, false, 0, 0);
}

/* With SEM_UNDO in each round the system would refuse the 32768th. */
static void test_rounds_without_end(void **state) {
    (void)state;
    enum { ROUNDS = 70000 };
    ferryi_qt_semaphore *giver = open_semaphore(0, true), *taker = open_semaphore(0, false);
    for (int i = 0; i < ROUNDS; i++) {
        ferryi_qt_semaphore_release(giver);
        assert_true(ferryi_qt_semaphore_acquire(taker, 0));
    }
    assert_int_equal(value_of(lock_file), 0);
    ferryi_qt_semaphore_close(&taker);
    ferryi_qt_semaphore_close(&giver);
}

/* One who creates sets the semaphore, and the system forgets what others have taken. */
static void test_nothing_is_given_to_one_that_was_set(void **state) {
    (void)state;
    ferryi_qt_semaphore *taker = open_semaphore(1, true);
    assert_true(ferryi_qt_semaphore_acquire(taker, 0));
    /* A second set within a second is not seen. */
    struct semid_ds about;
    assert_int_equal(semctl(semaphore_of(lock_file), 0, IPC_STAT, &about), 0);
    for (time_t made = about.sem_ctime; about.sem_ctime == made;) {
        semctl(semaphore_of(lock_file), 0, SETVAL, 1);
        semctl(semaphore_of(lock_file), 0, IPC_STAT, &about);
    }
    ferryi_qt_semaphore_release(taker);
    assert_int_equal(value_of(lock_file), 1);
    ferryi_qt_semaphore_close(&taker);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_files_and_objects_are_those_of_qt, wipe),
        cmocka_unit_test_teardown(test_a_look_in_vain_leaves_nothing, wipe),
        cmocka_unit_test_teardown(test_the_folder_is_cleaned_as_qt_does_it, wipe),
        cmocka_unit_test_teardown(test_a_link_is_not_followed, wipe),
        cmocka_unit_test_teardown(test_memory_for_all_is_refused, wipe),
        cmocka_unit_test_teardown(test_a_lock_for_all_is_refused, wipe),
        cmocka_unit_test_teardown(test_another_users_file_is_refused, wipe),
        cmocka_unit_test_teardown(test_the_maker_goes_while_another_one_has_the_lock, wipe),
        cmocka_unit_test_teardown(test_the_maker_takes_its_lock_along, wipe),
        cmocka_unit_test_teardown(test_a_lock_that_is_removed_is_made_anew, wipe),
        cmocka_unit_test_teardown(test_a_lock_that_was_left_is_set, wipe),
        cmocka_unit_test_teardown(test_who_opens_one_that_is_there_leaves_it, wipe),
        cmocka_unit_test_teardown(test_one_who_waits_outlives_the_maker, wipe),
        cmocka_unit_test_teardown(test_what_was_taken_last_is_given_back, wipe),
        cmocka_unit_test_teardown(test_what_was_passed_on_stays_where_it_is, wipe),
        cmocka_unit_test_teardown(test_rounds_without_end, wipe),
        cmocka_unit_test_teardown(test_nothing_is_given_to_one_that_was_set, wipe),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
