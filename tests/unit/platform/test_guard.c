/* Shared memory that a peer cuts short. Every case runs in a child of its own, since a signal
 * handler stays for the life of a process. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <sys/resource.h>

#include "channel/names.h"
#include "emulation.h"
#include "plain_peer.h"
#include "platform/guard.h"
#include "process_support.h"
#include "sanitizer.h"

static void cut(const char *name, off_t size) {
    char path[PATH_BYTES];
    CHILD_CHECK(truncate(shm_path(path, name), size) == 0);
}

static void cut_consumers(const char *name, off_t size) {
    ferryi_names names;
    CHILD_CHECK(ferryi_names_make(&names, name, NULL) == FERRY_OK);
    cut(names.consumers, size);
}

/* ---- a channel that is cut ---- */

/* Both ends see it in whatever they do, and never a signal. */
typedef struct cut_case {
    const char *name;
    bool consumers;
    off_t size; /* what is left */
} cut_case;

/* The frames may still be there, when only the consumers object was cut: then the release tells. */
static void assert_malformed(ferry_consumer *consumer) {
    ferry_error error = {0};
    ferry_frame frame;
    ferry_status status = ferry_consumer_acquire(consumer, STUCK_NS, &frame, &error);
    if (status == FERRY_OK) {
        CHILD_CHECK(ferry_consumer_release(consumer, &frame) == FERRY_MALFORMED);
        status = ferry_consumer_acquire(consumer, STUCK_NS, &frame, &error);
    }
    CHILD_CHECK(status == FERRY_MALFORMED && error.status == FERRY_MALFORMED);
    CHILD_CHECK(strlen(error.message) > 20);
    CHILD_CHECK(ferry_consumer_acquire(consumer, 0, &frame, NULL) == FERRY_MALFORMED);
}

static void use_a_cut_consumer(ferry_consumer *consumer, ferry_frame *in_hand) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer_counters counters;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < PIXELS; i++)
        sum += in_hand->pixels[i];
    CHILD_CHECK(sum < UINT32_MAX);
    ferry_status status = ferry_consumer_release(consumer, in_hand);
    CHILD_CHECK(status == FERRY_MALFORMED || status == FERRY_OVERRUN);
    assert_malformed(consumer);
    CHILD_CHECK(ferry_consumer_copy(consumer, 0, &image, NULL) == FERRY_MALFORMED);
    ferry_consumer_get_counters(consumer, &counters);
    ferry_image_free(&image);
}

static void use_a_cut_producer(ferry_producer *producer) {
    ferry_error error = {0};
    ferry_claim claim;
    ferry_frame_info info = small_info();
    ferry_producer_counters counters;
    CHILD_CHECK(send_next(producer) == FERRY_MALFORMED);
    CHILD_CHECK(ferry_producer_claim(producer, &info, &claim, &error) == FERRY_MALFORMED);
    CHILD_CHECK(error.status == FERRY_MALFORMED && strlen(error.message) > 20);
    CHILD_CHECK(ferry_producer_wait_consumer(producer, STUCK_NS) == FERRY_MALFORMED);
    CHILD_CHECK(ferry_producer_drain(producer, STUCK_NS) == FERRY_MALFORMED);
    CHILD_CHECK(ferry_producer_list_consumers(producer, NULL, 0) == 0);
    ferry_producer_drop(producer);
    ferry_producer_get_counters(producer, &counters);
}

static void cut_a_channel(const void *argument) {
    const cut_case *c = argument;
    ferry_frame frame;
    ferry_status status;
    CHILD_CHECK(ferry_guard_install() == FERRY_OK);
    ferry_producer *producer = make_producer(c->name, 4, FERRY_WHEN_FULL_WAIT, NULL);
    ferry_consumer *every = make_consumer(c->name, FERRY_DELIVERY_EVERY, NULL);
    ferry_consumer *latest = make_consumer(c->name, FERRY_DELIVERY_LATEST, NULL);
    CHILD_CHECK(producer != NULL && every != NULL && latest != NULL);
    CHILD_CHECK(send_next(producer) == FERRY_OK && send_next(producer) == FERRY_OK);
    CHILD_CHECK(take_next(every, 0, &frame, &status) == 1);
    if (c->consumers)
        cut_consumers(c->name, c->size);
    else
        cut(c->name, c->size);
    use_a_cut_consumer(every, &frame);
    use_a_cut_producer(producer);
    assert_malformed(latest);
    ferry_consumer_close(&latest);
    ferry_producer_close(&producer);
    ferry_consumer_close(&every);
    /* Nothing is in the way of the next. */
    producer = make_producer(c->name, 4, FERRY_WHEN_FULL_WAIT, &status);
    CHILD_CHECK(status == FERRY_OK);
    ferry_producer_close(&producer);
}

static void test_a_channel_that_is_cut(void **state) {
    (void)state;
    char name[NAME_BYTES];
    own_name(name, "cut");
    const cut_case cases[] = {{name, false, 0},
                              {name, false, FERRYI_SHM_PAGE - 1},
                              {name, false, 8 * (off_t)FERRYI_SHM_PAGE},
                              {name, true, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        child *victim = start_child_with(cut_a_channel, &cases[i], sizeof cases[i]);
        assert_child_succeeds(victim);
        assert_nothing_left();
    }
}

static void cut_before_commit(const void *argument) {
    ferry_claim claim;
    ferry_frame_info info = small_info();
    CHILD_CHECK(ferry_guard_install() == FERRY_OK);
    ferry_producer *producer = make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(ferry_producer_claim(producer, &info, &claim, NULL) == FERRY_OK);
    paint(claim.pixels, 1);
    cut(argument, 0);
    /* Nobody can get this frame, so it was not published. */
    CHILD_CHECK(ferry_producer_commit(producer, &claim, NULL, NULL) == FERRY_MALFORMED);
    ferry_producer_close(&producer);
}

static void test_a_frame_that_nobody_gets_is_not_published(void **state) {
    (void)state;
    char name[NAME_BYTES];
    child *victim = start_child(cut_before_commit, own_name(name, "commit"));
    assert_child_succeeds(victim);
    assert_nothing_left();
}

static void cut_the_dialect(const void *argument) {
    const cut_case *c = argument;
    char event[NAME_BYTES + 16];
    ferry_image image = FERRY_IMAGE_INIT;
    CHILD_CHECK(ferry_guard_install() == FERRY_OK);
    ferry_producer *producer = make_dialect(c->name);
    CHILD_CHECK(producer != NULL);
    ferry_consumer *consumer = make_consumer(c->name, FERRY_DELIVERY_LATEST, NULL);
    CHILD_CHECK(consumer != NULL);
    CHILD_CHECK(send_next(producer) == FERRY_OK);
    snprintf(event, sizeof event, "sem.%sMutex", c->name);
    cut(c->consumers ? event : c->name, c->size);
    if (!c->consumers)
        CHILD_CHECK(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL) == FERRY_MALFORMED);
    ferry_status status = send_next(producer);
    CHILD_CHECK(status == FERRY_MALFORMED || (c->consumers && status == FERRY_OK));
    CHILD_CHECK(send_next(producer) == FERRY_MALFORMED);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    ferry_image_free(&image);
    producer = make_dialect(c->name);
    CHILD_CHECK(producer != NULL);
    ferry_producer_close(&producer);
}

static void test_the_dialect_is_cut(void **state) {
    (void)state;
    char name[NAME_BYTES];
    own_name(name, "dialect");
    const cut_case cases[] = {{name, false, 0}, {name, true, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        child *victim = start_child_with(cut_the_dialect, &cases[i], sizeof cases[i]);
        assert_child_succeeds(victim);
        assert_nothing_left();
    }
}

static void cut_one_of_two(const void *argument) {
    char other[NAME_BYTES];
    ferry_frame frame;
    ferry_status status;
    own_name(other, "other");
    CHILD_CHECK(ferry_guard_install() == FERRY_OK);
    ferry_producer *good = make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, NULL);
    ferry_producer *bad = make_producer(other, 4, FERRY_WHEN_FULL_WAIT, NULL);
    ferry_consumer *consumer = make_consumer(argument, FERRY_DELIVERY_EVERY, NULL);
    CHILD_CHECK(send_next(good) == FERRY_OK);
    cut(other, 0);
    CHILD_CHECK(send_next(bad) == FERRY_MALFORMED);
    CHILD_CHECK(send_next(good) == FERRY_OK);
    for (uint64_t number = 1; number <= 2; number++) {
        CHILD_CHECK(take_next(consumer, 0, &frame, &status) == number && status == FERRY_OK);
        CHILD_CHECK(ferry_consumer_release(consumer, &frame) == FERRY_OK);
    }
    ferry_producer_close(&bad);
    ferry_producer_close(&good);
    ferry_consumer_close(&consumer);
}

static void test_other_channels_go_on(void **state) {
    (void)state;
    char name[NAME_BYTES];
    child *victim = start_child(cut_one_of_two, own_name(name, "good"));
    assert_child_succeeds(victim);
    assert_nothing_left();
}

/* ---- several handles ---- */

/* Two consumers of a bare sender use one semaphore, and one of them ends. */
static void close_one_of_two(const void *argument) {
    char event[NAME_BYTES + 16];
    plain_peer peer;
    ferry_image image = FERRY_IMAGE_INIT;
    CHILD_CHECK(ferry_guard_install() == FERRY_OK && peer_open(&peer, argument, true));
    ferry_consumer *first = make_consumer(argument, FERRY_DELIVERY_LATEST, NULL);
    ferry_consumer *second = make_consumer(argument, FERRY_DELIVERY_LATEST, NULL);
    CHILD_CHECK(first != NULL && second != NULL);
    ferry_consumer_close(&first);
    snprintf(event, sizeof event, "sem.%sMutex", (const char *)argument);
    cut(event, 0);
    CHILD_CHECK(ferry_consumer_copy(second, STUCK_NS, &image, NULL) == FERRY_MALFORMED);
    ferry_consumer_close(&second);
    peer_remove(argument);
}

static void test_one_of_two_consumers_is_closed(void **state) {
    (void)state;
    char name[NAME_BYTES];
    assert_child_succeeds(start_child(close_one_of_two, own_name(name, "two")));
    assert_nothing_left();
}

/* Two handles that have one mapping. */
static void unwatch_one_of_two(const void *argument) {
    (void)argument;
    atomic_bool ended = false, watched = false;
    int descriptor = memfd_create("shared", 0);
    CHILD_CHECK(descriptor >= 0 && ftruncate(descriptor, FERRYI_SHM_PAGE) == 0);
    uint8_t *base = mmap(NULL, FERRYI_SHM_PAGE, PROT_READ, MAP_SHARED, descriptor, 0);
    CHILD_CHECK(base != MAP_FAILED && ferry_guard_install() == FERRY_OK);
    ferryi_shm one = FERRYI_SHM_INIT;
    one.base = base;
    one.size_bytes = FERRYI_SHM_PAGE;
    ferryi_shm other = one;
    ferryi_guard_watch(&one, FERRYI_SHM_READ, &ended);
    ferryi_guard_watch(&other, FERRYI_SHM_READ, &watched);
    ferryi_guard_unwatch(&one);
    ferryi_guard_unwatch(&one); /* harmless once more */
    CHILD_CHECK(ftruncate(descriptor, 0) == 0);
    CHILD_CHECK(*(volatile uint8_t *)base == 0);
    CHILD_CHECK(watched && !ended);
    ferryi_guard_unwatch(&other);
}

static void test_each_handle_ends_its_own_watch(void **state) {
    (void)state;
    assert_child_succeeds(start_child(unwatch_one_of_two, NULL));
}

/* ---- signals that are not ours ---- */

/* Memory of somebody else's that raises SIGBUS when it is read. */
static volatile uint8_t *make_a_trap(void) {
    int descriptor = memfd_create("trap", 0);
    CHILD_CHECK(descriptor >= 0 && ftruncate(descriptor, FERRYI_SHM_PAGE) == 0);
    uint8_t *trap = mmap(NULL, FERRYI_SHM_PAGE, PROT_READ, MAP_SHARED, descriptor, 0);
    CHILD_CHECK(trap != MAP_FAILED && ftruncate(descriptor, 0) == 0);
    return trap;
}

static sigjmp_buf after_the_trap;
static void *volatile trapped_at;
static volatile sig_atomic_t calls;

static void on_signal_with_info(int number, siginfo_t *info, void *context) {
    (void)context;
    trapped_at = info->si_addr;
    calls += number == SIGBUS;
    siglongjmp(after_the_trap, 1);
}

static void on_signal(int number) {
    calls += number == SIGBUS;
    siglongjmp(after_the_trap, 1);
}

static void chain(const void *argument) {
    const bool *with_info = argument;
    struct sigaction action = {.sa_handler = on_signal};
    if (*with_info)
        action = (struct sigaction){.sa_sigaction = on_signal_with_info, .sa_flags = SA_SIGINFO};
    CHILD_CHECK(sigaction(SIGBUS, &action, NULL) == 0);
    volatile uint8_t *trap = make_a_trap();
    CHILD_CHECK(ferry_guard_install() == FERRY_OK);
    CHILD_CHECK(ferry_guard_install() == FERRY_OK);
    for (int i = 1; i <= 3; i++) {
        if (sigsetjmp(after_the_trap, 1) == 0) {
            uint8_t value = *trap;
            CHILD_CHECK(value != value); /* not reached */
        }
        CHILD_CHECK(calls == i);
    }
    CHILD_CHECK(!*with_info || trapped_at == (const void *)trap);
    /* Ours is still caught, and the other handler hears nothing of it. */
    char name[NAME_BYTES];
    ferry_producer *producer = make_producer(own_name(name, "chain"), 4, 0, NULL);
    CHILD_CHECK(producer != NULL);
    cut(name, 0);
    CHILD_CHECK(send_next(producer) == FERRY_MALFORMED);
    CHILD_CHECK(calls == 3);
    ferry_producer_close(&producer);
}

static void test_a_handler_that_was_there_is_called(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        bool with_info = i != 0;
        child *victim = start_child_with(chain, &with_info, sizeof with_info);
        assert_child_succeeds(victim);
    }
    assert_nothing_left();
}

typedef struct default_case {
    bool ignored;  /* else the default action */
    bool sent;     /* by kill(2), else by reading lost memory */
    int ends_with; /* the signal that ends the process; 0: it goes on */
} default_case;

static void meet_the_default(const void *argument) {
    const default_case *c = argument;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    CHILD_CHECK(signal(SIGBUS, c->ignored ? SIG_IGN : SIG_DFL) != SIG_ERR);
    CHILD_CHECK(ferry_guard_install() == FERRY_OK);
    CHILD_CHECK(ferry_guard_install() == FERRY_OK);
    if (c->sent)
        kill(getpid(), SIGBUS);
    else
        CHILD_CHECK(*make_a_trap() == 1);
    /* Who goes on is still protected. */
    char name[NAME_BYTES];
    ferry_producer *producer = make_producer(own_name(name, "default"), 4, 0, NULL);
    CHILD_CHECK(producer != NULL);
    cut(name, 0);
    CHILD_CHECK(send_next(producer) == FERRY_MALFORMED);
    ferry_producer_close(&producer);
}

static void test_without_handler_the_default_happens(void **state) {
    (void)state;
    static const default_case cases[] = {
        {false, false, SIGBUS}, {true, false, SIGBUS}, {true, true, 0}, {false, true, SIGBUS}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        child *victim = start_child_with(meet_the_default, &cases[i], sizeof cases[i]);
        int status = reap(victim);
        if (cases[i].ends_with != 0)
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == cases[i].ends_with);
        else
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_nothing_left();
}

int main(void) {
    enum { SKIPPED = 77 }; /* as tests/CMakeLists.txt tells ctest */
    if (test_is_emulated("qemu-user ends the program at a SIGBUS"))
        return SKIPPED;
    /* Its runtime holds a lock of its own while it makes an atomic access for us. When that access
     * faults, the handler's first atomic access waits for the same lock for ever. */
    if (UNDER_THREAD_SANITIZER) {
        puts("skipped: atomic accesses that fault cannot be handled under ThreadSanitizer");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_channel_that_is_cut, clean_up),
        cmocka_unit_test_teardown(test_a_frame_that_nobody_gets_is_not_published, clean_up),
        cmocka_unit_test_teardown(test_the_dialect_is_cut, clean_up),
        cmocka_unit_test_teardown(test_other_channels_go_on, clean_up),
        cmocka_unit_test_teardown(test_one_of_two_consumers_is_closed, clean_up),
        cmocka_unit_test_teardown(test_each_handle_ends_its_own_watch, clean_up),
        cmocka_unit_test_teardown(test_a_handler_that_was_there_is_called, clean_up),
        cmocka_unit_test_teardown(test_without_handler_the_default_happens, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
