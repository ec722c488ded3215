/* Processes that fork without exec while they have handles open. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include <frameferry/clock.h>

#include "emulation.h"
#include "platform/guard.h"
#include "process_support.h"
#include "sanitizer.h"

/* ---- a child that outlives its parent ---- */

/* Forks a process that lives until the test ends, or closes the pipe to its parent, which both
 * have. The parent goes on only when the child is past the fork. */
static void fork_a_bystander(void) {
    int ready[2];
    CHILD_CHECK(pipe(ready) == 0);
    pid_t pid = fork();
    CHILD_CHECK(pid >= 0);
    char word = 'b';
    if (pid == 0) {
        CHILD_CHECK(write(ready[1], &word, 1) == 1);
        child_rest();
    }
    CHILD_CHECK(read(ready[0], &word, 1) == 1);
}

static void produce_and_fork(const void *argument) {
    ferry_producer *producer = make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL);
    child_say('r');
    child_hear();
    CHILD_CHECK(send_next(producer) == FERRY_OK);
    fork_a_bystander();
    CHILD_CHECK(send_next(producer) == FERRY_OK); /* the parent is as it was */
    child_say('s');
    for (;;)
        pause(); /* the words to come are the bystander's */
}

/* Whether a process with the other ends of a child's pipes still lives. */
static bool has_bystander(const child *of) {
    struct pollfd other = {.fd = of->from, .events = POLLIN};
    return poll(&other, 1, 0) == 0;
}

static void kill_but_not_bystander(const child *who) {
    assert_int_equal(kill(who->pid, SIGKILL), 0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)who->pid, &info, WEXITED | WNOWAIT), 0);
    assert_true(has_bystander(who));
}

static void test_a_producers_child_does_not_keep_its_lease(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_status status;
    ferry_frame frame;
    child *dead = start_child(produce_and_fork, own_name(name, "producer"));
    assert_int_equal(hear(dead), 'r');
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
    tell_child(dead, 'g');
    assert_int_equal(hear(dead), 's');
    kill_but_not_bystander(dead);

    for (uint64_t number = 1; number <= 2; number++) {
        assert_int_equal(take_next(consumer, STUCK_NS, &frame, &status), number);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    }
    uint64_t start_ns = ferry_clock_ns();
    assert_int_equal(ferry_consumer_acquire(consumer, 3 * NOTICED_NS, &frame, NULL),
                     FERRY_PRODUCER_LOST);
    assert_true(ferry_clock_ns() - start_ns < NOTICED_NS);
    ferry_producer *producer = make_producer(name, 4, FERRY_WHEN_FULL_WAIT, &status);
    assert_int_equal(status, FERRY_OK);
    assert_true(has_bystander(dead));
    ferry_producer_close(&producer);
    ferry_consumer_close(&consumer);
    assert_nothing_left();
    reap(dead);
}

static void consume_and_fork(const void *argument) {
    ferry_frame frame;
    ferry_status status;
    ferry_consumer *consumer = make_consumer(argument, FERRY_DELIVERY_EVERY, NULL);
    CHILD_CHECK(consumer != NULL);
    child_say('r');
    CHILD_CHECK(take_next(consumer, STUCK_NS, &frame, &status) == 1);
    fork_a_bystander();
    child_say('h');
    for (;;)
        pause();
}

static void test_a_consumers_child_does_not_keep_its_lease(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer =
        make_producer(own_name(name, "consumer"), 4, FERRY_WHEN_FULL_WAIT, NULL);
    child *dead = start_child(consume_and_fork, name);
    assert_int_equal(hear(dead), 'r');
    assert_int_equal(send_next(producer), FERRY_OK);
    assert_int_equal(hear(dead), 'h');
    kill_but_not_bystander(dead);
    uint64_t start_ns = ferry_clock_ns();
    for (int i = 0; i < 20; i++)
        assert_int_equal(send_next(producer), FERRY_OK);
    assert_true(ferry_clock_ns() - start_ns < NOTICED_NS);
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 0);
    assert_true(has_bystander(dead));
    ferry_producer_close(&producer);
    assert_nothing_left();
    reap(dead);
}

/* ---- a child that uses what it inherited ---- */

typedef struct inheritance {
    const char *name;
    ferry_producer *producer;
    ferry_consumer *consumer;
    ferry_frame *frame;
    ferry_claim *claim;
} inheritance;

static void use_the_producer(ferry_producer *producer, ferry_claim *claim) {
    ferry_error error = {0};
    ferry_frame_info info = small_info();
    ferry_claim another;
    ferry_producer_counters counters;
    CHILD_CHECK(ferry_producer_claim(producer, &info, &another, &error) == FERRY_FORKED);
    CHILD_CHECK(error.status == FERRY_FORKED && strlen(error.message) > 20);
    CHILD_CHECK(send_next(producer) == FERRY_FORKED);
    CHILD_CHECK(ferry_producer_commit(producer, claim, NULL, NULL) == FERRY_FORKED);
    CHILD_CHECK(ferry_producer_wait_consumer(producer, 0) == FERRY_FORKED);
    CHILD_CHECK(ferry_producer_drain(producer, FERRY_FOREVER) == FERRY_FORKED);
    CHILD_CHECK(ferry_producer_list_consumers(producer, NULL, 0) == 0);
    ferry_producer_abort(producer, claim);
    ferry_producer_drop(producer);
    ferry_producer_interrupt(producer);
    ferry_producer_get_counters(producer, &counters);
    ferry_producer_close(&producer);
    CHILD_CHECK(producer == NULL);
}

static void use_what_is_the_parents(const void *argument) {
    inheritance given = *(const inheritance *)argument;
    ferry_error error = {0};
    ferry_frame another;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer_counters counters;
    CHILD_CHECK(ferry_consumer_acquire(given.consumer, FERRY_FOREVER, &another, &error) ==
                FERRY_FORKED);
    CHILD_CHECK(error.status == FERRY_FORKED && strlen(error.message) > 20);
    CHILD_CHECK(ferry_consumer_copy(given.consumer, FERRY_FOREVER, &image, NULL) == FERRY_FORKED);
    CHILD_CHECK(ferry_consumer_release(given.consumer, given.frame) == FERRY_FORKED);
    ferry_consumer_interrupt(given.consumer);
    ferry_consumer_get_counters(given.consumer, &counters);
    ferry_consumer_close(&given.consumer);
    CHILD_CHECK(given.consumer == NULL);
    use_the_producer(given.producer, given.claim);

    /* What it opens itself is its own: here a place in its parent's channel. */
    ferry_status status;
    ferry_consumer *own = make_consumer(given.name, FERRY_DELIVERY_LATEST, NULL);
    CHILD_CHECK(own != NULL);
    CHILD_CHECK(take_next(own, 0, &another, &status) == 1 && status == FERRY_OK);
    child_say('d');
    child_hear();
    ferry_consumer_close(&own);
}

static void test_what_is_inherited_is_the_parents(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_status status;
    ferry_frame frame, next;
    ferry_claim claim;
    ferry_frame_info info = small_info();
    ferry_producer *producer =
        make_producer(own_name(name, "inherited"), 8, FERRY_WHEN_FULL_WAIT, NULL);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_EVERY, NULL);
    assert_int_equal(send_next(producer), FERRY_OK);
    assert_int_equal(take_next(consumer, 0, &frame, &status), 1);
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);

    inheritance left = {name, producer, consumer, &frame, &claim};
    child *heir = start_child_with(use_what_is_the_parents, &left, sizeof left);
    assert_int_equal(hear(heir), 'd');
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 2);
    paint(claim.pixels, 2);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    assert_int_equal(take_next(consumer, 0, &next, &status), 2);
    assert_int_equal(status, FERRY_OK);
    assert_int_equal(ferry_consumer_release(consumer, &next), FERRY_OK);
    assert_true(is_painted(frame.pixels, 1));
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    tell_child(heir, 'e');
    assert_child_succeeds(heir);
    assert_int_equal(count_shared(name, false, false), 2);
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    assert_true(counters.dropped == 0 && counters.reclaimed == 0);
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 1);
    ferry_producer_close(&producer);
    ferry_consumer_close(&consumer);
    assert_nothing_left();
}

/* ---- forks while other threads are in the library ---- */

typedef struct maker {
    pthread_t thread;
    char name[NAME_BYTES];
    atomic_bool *end;
    ferry_status status;
    unsigned rounds;
} maker;

/* Makes and ends the same channel again and again. A lease that a forked child has got hold of
 * shows as "busy". */
static void *make_and_end(void *argument) {
    maker *m = argument;
    while (!atomic_load(m->end) && m->status == FERRY_OK) {
        ferry_producer *producer = make_producer(m->name, 2, FERRY_WHEN_FULL_WAIT, &m->status);
        ferry_consumer *consumer =
            producer != NULL ? make_consumer(m->name, FERRY_DELIVERY_EVERY, &m->status) : NULL;
        ferry_producer_close(&producer);
        ferry_consumer_close(&consumer);
        m->rounds++;
    }
    return NULL;
}

/* Enters and leaves the guard's table all the time, so that hardly any fork falls between two
 * times. */
static void *watch_and_unwatch(void *argument) {
    static uint8_t somewhere[FERRYI_SHM_PAGE];
    static atomic_bool hit;
    maker *m = argument;
    ferryi_shm shm = {.base = somewhere, .size_bytes = sizeof somewhere, .handle = -1};
    for (; !atomic_load(m->end); m->rounds++) {
        ferryi_guard_watch(&shm, FERRYI_SHM_WRITE, &hit);
        ferryi_guard_unwatch(&shm);
    }
    return NULL;
}

static void *(*const maker_bodies[])(void *) = {watch_and_unwatch, make_and_end, make_and_end};

/* AddressSanitizer's allocator has locks that a fork copies as they are: a child of a fork that
 * falls into another thread's allocation waits for ever in its own first one. Its build has the one
 * thread that allocates nothing. The allocators of libc and of ThreadSanitizer bear such forks. */
enum { MAKERS = UNDER_ADDRESS_SANITIZER ? 1 : 3 };

typedef struct fork_case {
    const char *name;
    inheritance inherited;
} fork_case;

static void make_one_of_its_own(const void *argument) {
    const fork_case *c = argument;
    ferry_producer *inherited = c->inherited.producer;
    ferry_producer_close(&inherited);
    ferry_producer *producer = make_producer(c->name, 2, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL);
    ferry_consumer *consumer = make_consumer(c->name, FERRY_DELIVERY_EVERY, NULL);
    CHILD_CHECK(consumer != NULL);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    child_say('d');
    child_rest();
}

static void test_forks_while_other_threads_are_busy(void **state) {
    (void)state;
    enum { FORKS = 200, ALIVE = 10 };
    SKIP_EMULATED(
        "qemu-user 7.2 has a lock for paths, and a fork copies it as another thread has it");
    char name[NAME_BYTES], child_name[NAME_BYTES];
    atomic_bool end = false;
    maker makers[MAKERS];
    fork_case c = {.name = own_name(child_name, "theirs")};
    c.inherited.producer = make_producer(own_name(name, "ours"), 2, FERRY_WHEN_FULL_WAIT, NULL);
    for (int i = 0; i < MAKERS; i++) {
        char tag[] = {'m', (char)('0' + i), '\0'};
        makers[i] = (maker){.end = &end};
        own_name(makers[i].name, tag);
        assert_int_equal(pthread_create(&makers[i].thread, NULL, maker_bodies[i], &makers[i]), 0);
    }
    if (UNDER_ADDRESS_SANITIZER)
        print_message("no thread allocates: AddressSanitizer's allocator does not bear forks\n");
    unsigned stuck = 0;
    child *alive[ALIVE] = {NULL};
    for (int i = 0; i < FORKS && stuck == 0; i++) {
        if (alive[i % ALIVE] != NULL)
            kill_child(alive[i % ALIVE]);
        alive[i % ALIVE] = start_child_with(make_one_of_its_own, &c, sizeof c);
        stuck += hear(alive[i % ALIVE]) != 'd';
    }
    atomic_store(&end, true);
    for (int i = 0; i < MAKERS; i++)
        pthread_join(makers[i].thread, NULL);
    assert_int_equal(stuck, 0);
    for (int i = 0; i < MAKERS; i++) {
        assert_int_equal(makers[i].status, FERRY_OK);
        assert_true(makers[i].rounds > 0);
    }
    ferry_producer_close(&c.inherited.producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_producers_child_does_not_keep_its_lease, clean_up),
        cmocka_unit_test_teardown(test_a_consumers_child_does_not_keep_its_lease, clean_up),
        cmocka_unit_test_teardown(test_what_is_inherited_is_the_parents, clean_up),
        cmocka_unit_test_teardown(test_forks_while_other_threads_are_busy, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
