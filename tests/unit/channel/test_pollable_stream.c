/* Streams that are received through an event loop only: frames at full speed and one by one, and
 * all the ways in which a stream ends. The producers are other processes. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel/consumer_pollable.h"
#include "pollable_support.h"

static char name[NAME_BYTES];

/* ---- producers ---- */

typedef struct plan {
    uint64_t frames; /* at once, when a consumer is there */
    uint64_t singly; /* then so many, each when told to */
    bool is_dialect;
} plan;

/* Says 'r' when the channel is there; then waits for 'g', sends what is planned, says 's', waits
 * for 'e', and ends the channel. */
static void produce(const void *argument) {
    const plan *p = argument;
    ferry_producer *producer =
        p->is_dialect ? make_dialect(name) : make_producer(name, 6, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL);
    child_say('r');
    CHILD_CHECK(child_hear() == 'g');
    for (uint64_t i = 0; i < p->frames; i++)
        CHILD_CHECK(send_next(producer) == FERRY_OK);
    for (uint64_t i = 0; i < p->singly; i++) {
        CHILD_CHECK(child_hear() == 'n');
        CHILD_CHECK(send_next(producer) == FERRY_OK);
    }
    child_say('s');
    CHILD_CHECK(child_hear() == 'e');
    ferry_producer_close(&producer);
}

static child *start_producer(const char *tag, const plan *p) {
    own_name(name, tag);
    child *producer = start_child_with(produce, p, sizeof *p);
    assert_int_equal(hear(producer), 'r');
    return producer;
}

/* ---- receiving ---- */

typedef struct reception {
    ferry_consumer *consumer;
    loop loop;
    ferry_image image;
    uint64_t last;        /* number of the newest frame received */
    uint64_t received;    /* frames */
    uint64_t for_nothing; /* times that the loop was woken and nothing was there */
} reception;

static void start_receiving(reception *r, uint32_t delivery, loop_kind kind) {
    *r = (reception){.image = FERRY_IMAGE_INIT};
    r->consumer = delivery == FERRY_DELIVERY_EVERY ? open_every(name) : open_latest(name);
    r->loop = loop_open(r->consumer, kind);
}

static void stop_receiving(reception *r) {
    ferry_image_free(&r->image);
    loop_close(&r->loop);
    ferry_consumer_close(&r->consumer);
    assert_nothing_left();
}

/* Waits until the pollable is readable, and takes what is there. What the last look says. */
static ferry_status take_all(reception *r) {
    uint64_t before = r->received;
    if (!loop_wait(&r->loop, STUCK_MS))
        fail_msg("not woken after frame %llu", (unsigned long long)r->last);
    for (;;) {
        ferry_status status = ferry_consumer_copy(r->consumer, 0, &r->image, NULL);
        if (status == FERRY_OVERTAKEN)
            continue;
        if (status != FERRY_OK) {
            r->for_nothing += status == FERRY_TIMEOUT && r->received == before;
            return status;
        }
        assert_true(r->image.info.number > r->last);
        assert_int_equal(r->image.skipped, r->image.info.number - r->last - 1);
        assert_true(is_painted(r->image.pixels, r->image.info.number));
        r->last = r->image.info.number;
        r->received++;
    }
}

static void receive_up_to(reception *r, uint64_t number) {
    while (r->last < number)
        assert_int_equal(take_all(r), FERRY_TIMEOUT);
}

/* The status that a stream ends with comes at once, and it stays readable. */
static void assert_ends(reception *r, ferry_status status) {
    ferry_status last = FERRY_TIMEOUT;
    for (int calls = 0; last == FERRY_TIMEOUT && calls < 5; calls++)
        last = take_all(r);
    assert_int_equal(last, status);
    assert_true(is_readable(r->consumer, 0));
    assert_int_equal(ferry_consumer_copy(r->consumer, 0, &r->image, NULL), status);
    assert_true(is_readable(r->consumer, 0));
    wait_for_helpers(0);
}

/* ---- frames ---- */

static void test_full_speed(void **state) {
    (void)state;
    const plan p = {.frames = 4000};
    for (uint32_t delivery = 0; delivery <= FERRY_DELIVERY_EVERY; delivery++) {
        for (int kind = LOOP_POLL; kind < LOOP_KINDS; kind++) {
            reception r;
            child *producer = start_producer("speed", &p);
            start_receiving(&r, delivery, (loop_kind)kind);
            tell_child(producer, 'g');
            receive_up_to(&r, p.frames);
            assert_true(r.for_nothing <= p.frames);
            if (delivery == FERRY_DELIVERY_EVERY)
                assert_int_equal(r.received, p.frames);
            assert_int_equal(hear(producer), 's');
            tell_child(producer, 'e');
            assert_ends(&r, FERRY_END_OF_STREAM);
            assert_sums_hold(r.consumer);
            assert_child_succeeds(producer);
            stop_receiving(&r);
        }
    }
}

/* Each frame comes while the call before it finds out that there is none: whichever wake-up is
 * lost, no later one makes up for it. */
static void test_one_by_one(void **state) {
    (void)state;
    const plan plans[] = {{.singly = 3000}, {.singly = 3000}, {.singly = 1000, .is_dialect = true}};
    for (int i = 0; i < 3; i++) {
        for (int kind = LOOP_POLL; kind < LOOP_KINDS; kind++) {
            reception r;
            child *producer = start_producer("single", &plans[i]);
            start_receiving(&r, i == 1 ? FERRY_DELIVERY_EVERY : FERRY_DELIVERY_LATEST,
                            (loop_kind)kind);
            tell_child(producer, 'g');
            for (uint64_t number = 1; number <= plans[i].singly; number++) {
                tell_child(producer, 'n');
                ferry_status status = ferry_consumer_copy(r.consumer, 0, &r.image, NULL);
                r.last += status == FERRY_OK;
                assert_true(status == FERRY_OK || status == FERRY_TIMEOUT);
                receive_up_to(&r, number);
            }
            assert_int_equal(hear(producer), 's');
            tell_child(producer, 'e');
            assert_ends(&r, FERRY_END_OF_STREAM);
            assert_child_succeeds(producer);
            stop_receiving(&r);
        }
    }
}

/* ---- ends ---- */

/* Readable in time, and then the first call says so. Before that it may be readable for a frame. */
static void assert_lost_in_time(reception *r) {
    uint64_t start_ns = ferry_clock_ns();
    bool seen = false;
    for (int calls = 0; !seen && calls < 5; calls++) {
        assert_true(loop_wait(&r->loop, STUCK_MS));
        seen = ferryi_consumer_pollable_saw_end(r->consumer);
        r->consumer->looked_ns = ferry_clock_ns(); /* as if the producer had just been looked at */
        assert_int_equal(ferry_consumer_copy(r->consumer, 0, &r->image, NULL),
                         seen ? FERRY_PRODUCER_LOST : FERRY_TIMEOUT);
    }
    assert_true(seen);
    assert_true(ferry_clock_ns() - start_ns < NOTICED_NS);
}

static void test_a_producer_that_is_killed(void **state) {
    (void)state;
    const plan plans[] = {{.frames = 3}, {.frames = 3, .is_dialect = true}};
    for (int i = 0; i < 2 * LOOP_KINDS; i++) {
        reception r;
        child *producer = start_producer("killed", &plans[i % 2]);
        start_receiving(&r, FERRY_DELIVERY_LATEST, (loop_kind)(i / 2));
        tell_child(producer, 'g');
        receive_up_to(&r, 3);
        settle(r.consumer, 3);
        kill_child(producer);
        assert_lost_in_time(&r);
        assert_ends(&r, FERRY_PRODUCER_LOST);
        stop_receiving(&r);
    }
}

/* Dies with frames that have not been looked for: they are had first. */
static void test_a_producer_that_is_killed_with_frames_left(void **state) {
    (void)state;
    const plan p = {.frames = 4};
    reception r;
    child *producer = start_producer("left", &p);
    start_receiving(&r, FERRY_DELIVERY_EVERY, LOOP_EPOLL_EDGE);
    tell_child(producer, 'g');
    assert_int_equal(hear(producer), 's');
    kill_child(producer);
    assert_ends(&r, FERRY_PRODUCER_LOST);
    assert_int_equal(r.received, 4);
    stop_receiving(&r);
}

static void test_eviction(void **state) {
    (void)state;
    ferry_producer *producer =
        make_producer(own_name(name, "evicted"), 3, FERRY_WHEN_FULL_WAIT, NULL);
    reception r;
    start_receiving(&r, FERRY_DELIVERY_EVERY, LOOP_EPOLL_EDGE);
    producer->stall_limit_ns = 1;
    assert_true(loop_wait(&r.loop, STUCK_MS)); /* as a new one is */
    while (producer->counters.evicted == 0)
        assert_int_equal(send_next(producer), FERRY_OK);
    assert_ends(&r, FERRY_EVICTED);
    ferry_producer_close(&producer);
    stop_receiving(&r);
}

static void test_values_that_cannot_be(void **state) {
    (void)state;
    ferry_producer *producer =
        make_producer(own_name(name, "malformed"), 3, FERRY_WHEN_FULL_WAIT, NULL);
    reception r;
    start_receiving(&r, FERRY_DELIVERY_LATEST, LOOP_POLL);
    settle(r.consumer, 1);
    atomic_store(&producer->block->head, UINT64_MAX);
    ferryi_event_set(r.consumer->record_event);
    assert_ends(&r, FERRY_MALFORMED);
    ferry_producer_close(&producer);
    stop_receiving(&r);
}

/* The helper thread is the first to touch what is missing. */
static void poll_a_cut_channel(const void *argument) {
    char path[PATH_BYTES];
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_pollable pollable = FERRY_POLLABLE_NONE;
    CHILD_CHECK(ferry_guard_install() == FERRY_OK);
    ferry_producer *producer = make_producer(argument, 3, FERRY_WHEN_FULL_WAIT, NULL);
    ferry_consumer *consumer = make_consumer(argument, FERRY_DELIVERY_LATEST, NULL);
    CHILD_CHECK(producer != NULL && consumer != NULL);
    CHILD_CHECK(ferry_consumer_get_pollable(consumer, &pollable, NULL) == FERRY_OK);
    struct pollfd wanted = {.fd = (int)pollable, .events = POLLIN};
    CHILD_CHECK(ferry_consumer_copy(consumer, 0, &image, NULL) == FERRY_TIMEOUT);
    CHILD_CHECK(truncate(shm_path(path, argument), 0) == 0);
    CHILD_CHECK(poll(&wanted, 1, STUCK_MS) == 1);
    CHILD_CHECK(atomic_load(&consumer->lost));
    wait_for_helpers(0); /* it has said all that it can */
    CHILD_CHECK(ferry_consumer_copy(consumer, 0, &image, NULL) == FERRY_MALFORMED);
    CHILD_CHECK(poll(&wanted, 1, 0) == 1);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
}

static void test_a_channel_that_is_cut(void **state) {
    (void)state;
    SKIP_MENDED_FAULTS();
    child *victim = start_child(poll_a_cut_channel, own_name(name, "cut"));
    assert_child_succeeds(victim);
    assert_nothing_left();
}

/* ---- frames that are released by another thread ---- */

enum { RELEASED = 3000 };

typedef struct releaser {
    pthread_t thread;
    ferry_consumer *consumer;
    sem_t full, empty;
    ferry_frame frame;
    bool failed;
} releaser;

static void *release_all(void *argument) {
    releaser *r = argument;
    for (int i = 0; i < RELEASED; i++) {
        while (sem_wait(&r->full) != 0) {
        }
        ferry_frame frame = r->frame;
        sem_post(&r->empty);
        if (ferry_consumer_release(r->consumer, &frame) != FERRY_OK)
            r->failed = true;
    }
    return NULL;
}

/* Never more than one frame in hand, so that nearly every call meets a full hand, or just not. */
static void test_releases_from_another_thread(void **state) {
    (void)state;
    const plan p = {.frames = RELEASED};
    child *producer = start_producer("releases", &p);
    releaser r = {.consumer = open_every(name)};
    r.consumer->hold_limit = 1;
    loop l = loop_open(r.consumer, LOOP_EPOLL_EDGE);
    assert_int_equal(sem_init(&r.full, 0, 0), 0);
    assert_int_equal(sem_init(&r.empty, 0, 1), 0);
    assert_int_equal(pthread_create(&r.thread, NULL, release_all, &r), 0);
    tell_child(producer, 'g');
    for (uint64_t number = 0; number < RELEASED;) {
        ferry_frame frame;
        assert_true(loop_wait(&l, STUCK_MS));
        ferry_status status;
        while ((status = ferry_consumer_acquire(r.consumer, 0, &frame, NULL)) == FERRY_OK) {
            assert_int_equal(frame.info.number, ++number);
            while (sem_wait(&r.empty) != 0) {
            }
            r.frame = frame;
            sem_post(&r.full);
        }
        assert_true(status == FERRY_TIMEOUT || status == FERRY_TOO_MANY_HELD);
    }
    pthread_join(r.thread, NULL);
    assert_false(r.failed);
    loop_close(&l);
    ferry_consumer_close(&r.consumer);
    assert_int_equal(hear(producer), 's');
    tell_child(producer, 'e');
    assert_child_succeeds(producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_full_speed, clean_up),
        cmocka_unit_test_teardown(test_one_by_one, clean_up),
        cmocka_unit_test_teardown(test_a_producer_that_is_killed, clean_up),
        cmocka_unit_test_teardown(test_a_producer_that_is_killed_with_frames_left, clean_up),
        cmocka_unit_test_teardown(test_eviction, clean_up),
        cmocka_unit_test_teardown(test_values_that_cannot_be, clean_up),
        cmocka_unit_test_teardown(test_a_channel_that_is_cut, clean_up),
        cmocka_unit_test_teardown(test_releases_from_another_thread, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
