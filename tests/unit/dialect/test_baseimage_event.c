/* The baseimage dialect: what becomes of the event when the image has lost its name, or is another
 * program's, and of events that others made. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "channel_support.h"
#include "plain_peer.h"

static char name[NAME_BYTES], event[NAME_BYTES + 16];

static void use_name(const char *tag) {
    own_name(name, tag);
    snprintf(event, sizeof event, "/%sMutex", name);
}

static void remove_frames(void) {
    char path[PATH_BYTES];
    assert_int_equal(unlink(shm_path(path, name)), 0);
}

static sem_t *make_foreign_event(void) {
    sem_t *made = sem_open(event, O_CREAT | O_EXCL, 0600, 0);
    assert_true(made != SEM_FAILED);
    return made;
}

static bool has_event(void) {
    sem_t *found = sem_open(event, 0);
    if (found != SEM_FAILED)
        sem_close(found);
    return found != SEM_FAILED;
}

static void come_and_go(uint32_t dialect) {
    assert_int_equal(try_producer(name, dialect, NULL), FERRY_OK);
}

static void produce(const void *argument) {
    ferry_producer *producer = make_dialect(argument);
    CHILD_CHECK(producer != NULL);
    child_say('r');
    while (child_hear() == 's') {
        CHILD_CHECK(send_next(producer) == FERRY_OK);
        child_say('s');
    }
}

static child *start_producer(void) {
    child *producer = start_child(produce, name);
    assert_int_equal(hear(producer), 'r');
    return producer;
}

/* ---- events that we made ---- */

static void test_it_goes_with_a_producer_whose_image_has_no_name(void **state) {
    (void)state;
    use_name("nameless");
    ferry_producer *producer = make_dialect(name);
    assert_non_null(producer);
    remove_frames();
    ferry_producer_close(&producer);
    assert_nothing_left();
    /* And when something else has the name by then. */
    char path[PATH_BYTES];
    producer = make_dialect(name);
    remove_frames();
    assert_int_equal(mkdir(shm_path(path, name), 0700), 0);
    ferry_producer_close(&producer);
    assert_int_equal(count_shared(name, false, false), 1);
    assert_int_equal(rmdir(path), 0);
}

static void test_it_goes_with_who_clears_up_after_a_dead_producer(void **state) {
    (void)state;
    use_name("dead");
    for (int next = 0; next <= 2; next++) {
        child *producer = start_producer();
        ferry_consumer *consumer =
            next == 0 ? make_consumer(name, FERRY_DELIVERY_LATEST, NULL) : NULL;
        remove_frames();
        kill_child(producer);
        if (next == 0) {
            ferry_consumer_close(&consumer);
        } else {
            come_and_go(next == 1 ? FERRY_DIALECT_NATIVE : FERRY_DIALECT_BASEIMAGE);
        }
        assert_nothing_left();
    }
}

static void test_it_stays_while_somebody_has_it(void **state) {
    (void)state;
    plain_peer peer;
    use_name("inuse");
    child *producer = start_producer();
    assert_true(peer_open(&peer, name, false));
    remove_frames();
    kill_child(producer);
    come_and_go(FERRY_DIALECT_NATIVE);
    assert_true(has_event());
    /* Who waits for it is told by the next producer all the same. */
    producer = start_producer();
    tell_child(producer, 's');
    assert_int_equal(hear(producer), 's');
    assert_true(peer_wait(&peer, STUCK_MS / 1000));
    kill_child(producer);
    peer_close(&peer);
    come_and_go(FERRY_DIALECT_BASEIMAGE);
    assert_nothing_left();
}

/* Another program made the memory, and we the event. */
static void test_it_goes_from_beside_an_image_of_another_program(void **state) {
    (void)state;
    char path[PATH_BYTES];
    use_name("beside");
    int descriptor = open(shm_path(path, name), O_CREAT | O_EXCL | O_RDWR, 0600);
    assert_true(descriptor >= 0 && ftruncate(descriptor, PEER_BYTES) == 0);
    come_and_go(FERRY_DIALECT_BASEIMAGE);
    assert_false(has_event());

    child *producer = start_producer();
    sem_t *used = sem_open(event, 0);
    assert_true(used != SEM_FAILED);
    tell_child(producer, 'e');
    assert_child_succeeds(producer); /* without closing: as good as killed */
    come_and_go(FERRY_DIALECT_BASEIMAGE);
    assert_true(has_event());
    sem_close(used);
    come_and_go(FERRY_DIALECT_BASEIMAGE);
    assert_false(has_event());

    /* A consumer that comes then waits for a producer: this is an image, as we know. */
    ferry_status status;
    make_consumer(name, FERRY_DELIVERY_LATEST, &status);
    assert_int_equal(status, FERRY_NO_PRODUCER);
    close(descriptor);
    remove_frames();
    assert_nothing_left();
}

/* ---- events that others made ---- */

static void test_that_of_another_program_stays(void **state) {
    (void)state;
    use_name("theirs");
    sem_close(make_foreign_event());
    child *producer = start_producer();
    remove_frames();
    kill_child(producer);
    for (uint32_t dialect = 0; dialect <= FERRY_DIALECT_BASEIMAGE; dialect++) {
        come_and_go(dialect);
        assert_true(has_event());
    }
    assert_int_equal(sem_unlink(event), 0);
    assert_nothing_left();
}

/* Asks the kernel whether anybody has the event open, as one does who would remove it, and takes
 * the answer back when somebody opens it. */
static void ask_whether_it_is_used(const void *argument) {
    char path[PATH_BYTES];
    sigset_t opened;
    int number;
    int descriptor = open(shm_path(path, argument), O_RDWR);
    sigemptyset(&opened);
    sigaddset(&opened, SIGUSR1);
    CHILD_CHECK(descriptor >= 0 && sigprocmask(SIG_BLOCK, &opened, NULL) == 0);
    CHILD_CHECK(fcntl(descriptor, F_SETSIG, SIGUSR1) == 0);
    CHILD_CHECK(fcntl(descriptor, F_SETLEASE, F_WRLCK) == 0);
    child_say('l');
    CHILD_CHECK(sigwait(&opened, &number) == 0);
    CHILD_CHECK(fcntl(descriptor, F_SETLEASE, F_UNLCK) == 0);
    child_say('u');
}

static void test_it_is_opened_while_somebody_asks(void **state) {
    (void)state;
    char file[NAME_BYTES + 16];
    use_name("asked");
    snprintf(file, sizeof file, "sem.%sMutex", name);
    sem_close(make_foreign_event());
    child *asks = start_child(ask_whether_it_is_used, file);
    assert_int_equal(hear(asks), 'l');
    ferry_producer *made = make_dialect(name);
    assert_non_null(made);
    assert_int_equal(hear(asks), 'u');
    assert_child_succeeds(asks);
    ferry_producer_close(&made);
    assert_int_equal(sem_unlink(event), 0);
    assert_nothing_left();
}

/* It has got the name of ours. */
static void test_one_that_has_taken_the_name_stays(void **state) {
    (void)state;
    use_name("taken");
    for (int killed = 0; killed < 2; killed++) {
        child *producer = start_producer();
        ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
        assert_int_equal(sem_unlink(event), 0);
        sem_close(make_foreign_event());
        kill_child(producer);
        if (killed == 0)
            come_and_go(FERRY_DIALECT_BASEIMAGE);
        ferry_consumer_close(&consumer);
        assert_int_equal(count_shared(name, false, false), 1);
        assert_int_equal(sem_unlink(event), 0);
        assert_nothing_left();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_it_goes_with_a_producer_whose_image_has_no_name, clean_up),
        cmocka_unit_test_teardown(test_it_goes_with_who_clears_up_after_a_dead_producer, clean_up),
        cmocka_unit_test_teardown(test_it_stays_while_somebody_has_it, clean_up),
        cmocka_unit_test_teardown(test_it_goes_from_beside_an_image_of_another_program, clean_up),
        cmocka_unit_test_teardown(test_that_of_another_program_stays, clean_up),
        cmocka_unit_test_teardown(test_it_is_opened_while_somebody_asks, clean_up),
        cmocka_unit_test_teardown(test_one_that_has_taken_the_name_stays, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
