/* Consumers and producers that are killed, and those who go on. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>

#include <frameferry/clock.h>

#include "channel/consumer_handle.h"
#include "channel/producer_handle.h"
#include "process_support.h"

enum { SLOTS = 4, TAG_BYTES = 16 };

/* ---- consumers ---- */

typedef struct consumer_plan {
    char tag[TAG_BYTES]; /* of the channel's name */
    uint32_t delivery;
    unsigned hold;      /* frames to take and keep */
    bool until_waiting; /* die when the producer sleeps, waiting for a slot */
} consumer_plan;

/* Says 'r' when attached and 'h' for every frame it has taken, then waits to be killed. */
static void consume(const void *argument) {
    const consumer_plan *plan = argument;
    char name[NAME_BYTES];
    ferry_frame frame;
    ferry_status status;
    ferry_consumer *consumer = make_consumer(own_name(name, plan->tag), plan->delivery, NULL);
    CHILD_CHECK(consumer != NULL);
    child_say('r');
    for (unsigned i = 0; i < plan->hold; i++) {
        CHILD_CHECK(take_next(consumer, STUCK_NS, &frame, &status) != 0 && status == FERRY_OK);
        child_say('h');
    }
    if (!plan->until_waiting)
        child_rest();
    while (atomic_load(&consumer->registry->producer_event) != FERRYI_EVENT_SLEEPING)
        sched_yield();
    child_die();
}

/* A channel with one consumer that holds what it was planned to. */
static child *start_consumer(ferry_producer *producer, const consumer_plan *plan) {
    child *consumer = start_child_with(consume, plan, sizeof *plan);
    assert_int_equal(hear(consumer), 'r');
    for (unsigned i = 0; i < plan->hold; i++) {
        assert_int_equal(send_next(producer), FERRY_OK);
        assert_int_equal(hear(consumer), 'h');
    }
    return consumer;
}

/* Sends until every slot has been used several times; how long that took. */
static uint64_t send_many(ferry_producer *producer) {
    uint64_t start_ns = ferry_clock_ns();
    for (int i = 0; i < 5 * SLOTS; i++)
        assert_int_equal(send_next(producer), FERRY_OK);
    return ferry_clock_ns() - start_ns;
}

static void assert_reclaimed(ferry_producer *producer, uint64_t count) {
    ferry_producer_counters counters;
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 0);
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.reclaimed, count);
    assert_int_equal(counters.consumers, 0);
}

static void test_wait_goes_on_after_a_death(void **state) {
    (void)state;
    static const unsigned holds[] = {0, 2};
    char name[NAME_BYTES];
    for (uint32_t delivery = 0; delivery <= FERRY_DELIVERY_EVERY; delivery++) {
        for (int i = 0; i < 2; i++) {
            ferry_producer *producer =
                make_producer(own_name(name, "wait"), SLOTS, FERRY_WHEN_FULL_WAIT, NULL);
            consumer_plan plan = {.tag = "wait", .delivery = delivery, .hold = holds[i]};
            child *consumer = start_consumer(producer, &plan);
            ferry_consumer_info list[2];
            assert_int_equal(ferry_producer_list_consumers(producer, list, 2), 1);
            assert_int_equal(list[0].process_id, id_of(consumer));
            assert_int_equal(list[0].held, holds[i]);
            kill_child(consumer);
            assert_true(send_many(producer) < NOTICED_NS);
            assert_reclaimed(producer, 1);
            ferry_producer_close(&producer);
        }
    }
    assert_nothing_left();
}

/* The consumer dies while the producer sleeps, so that nothing but looking can tell. */
static void test_a_sleeping_producer_notices(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer =
        make_producer(own_name(name, "asleep"), SLOTS, FERRY_WHEN_FULL_WAIT, NULL);
    consumer_plan plan = {
        .tag = "asleep", .delivery = FERRY_DELIVERY_EVERY, .hold = 1, .until_waiting = true};
    child *consumer = start_consumer(producer, &plan);
    assert_true(send_many(producer) < NOTICED_NS);
    int status = reap(consumer);
    assert_true(was_killed(status));
    assert_reclaimed(producer, 1);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_drop_goes_on_after_a_death(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer =
        make_producer(own_name(name, "drop"), SLOTS, FERRY_WHEN_FULL_DROP, NULL);
    consumer_plan plan = {.tag = "drop", .delivery = FERRY_DELIVERY_EVERY, .hold = 2};
    child *consumer = start_consumer(producer, &plan);
    uint64_t published = 2, dropped = 0;
    while (published <= SLOTS && send_next(producer) == FERRY_OK)
        published++;
    dropped++;
    assert_int_equal(published, SLOTS);
    kill_child(consumer);
    uint64_t start_ns = ferry_clock_ns();
    while (send_next(producer) != FERRY_OK) {
        dropped++;
        assert_true(ferry_clock_ns() - start_ns < NOTICED_NS);
    }
    for (int i = 0; i < 20; i++)
        assert_int_equal(send_next(producer), FERRY_OK);
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.published, published + 21);
    assert_int_equal(counters.dropped, dropped);
    assert_reclaimed(producer, 1);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

typedef struct full_case {
    char name[NAME_BYTES];
    uint32_t when_full;
    ferry_status expected;
} full_case;

/* A full channel with one dead consumer in the way, and one that lives. */
static void meet_the_dead_and_the_slow(const void *argument) {
    const full_case *c = argument;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = c->name;
    options.slots = SLOTS;
    options.slot_bytes = 8192;
    options.when_full = c->when_full;
    options.full_timeout_ns = FERRY_SECOND_NS / 5;
    ferry_producer *producer = NULL;
    CHILD_CHECK(ferry_producer_create(&producer, &options, NULL) == FERRY_OK);
    child_say('r');
    child_hear(); /* both consumers are attached */
    for (int i = 0; i < SLOTS; i++)
        CHILD_CHECK(send_next(producer) == FERRY_OK);
    child_say('f');
    child_hear(); /* one has been killed */
    CHILD_CHECK(send_next(producer) == c->expected);
    child_say('d');
    CHILD_CHECK(ferry_producer_list_consumers(producer, NULL, 0) == 1);
    ferry_producer_close(&producer);
}

static void test_clearing_away_does_not_take_the_deadline(void **state) {
    (void)state;
    full_case cases[] = {{.when_full = FERRY_WHEN_FULL_DROP, .expected = FERRY_FULL},
                         {.when_full = FERRY_WHEN_FULL_WAIT, .expected = FERRY_TIMEOUT}};
    for (int i = 0; i < 2; i++) {
        own_name(cases[i].name, "deadline");
        child *producer = start_child_with(meet_the_dead_and_the_slow, &cases[i], sizeof cases[i]);
        assert_int_equal(hear(producer), 'r');
        ferry_consumer *slow = make_consumer(cases[i].name, FERRY_DELIVERY_EVERY, NULL);
        consumer_plan plan = {.tag = "deadline", .delivery = FERRY_DELIVERY_EVERY};
        child *dead = start_child_with(consume, &plan, sizeof plan);
        assert_int_equal(hear(dead), 'r');
        tell_child(producer, 'a');
        assert_int_equal(hear(producer), 'f');
        kill_child(dead);
        tell_child(producer, 'k');
        assert_int_equal(hear(producer), 'd');
        assert_child_succeeds(producer);
        ferry_consumer_close(&slow);
        assert_nothing_left();
    }
}

/* ---- producers ---- */

typedef struct producer_plan {
    char tag[TAG_BYTES];
    unsigned frames;
    bool claim;         /* die between claim and commit */
    bool until_waiting; /* die when the consumer sleeps, waiting for a frame */
} producer_plan;

static void produce(const void *argument) {
    const producer_plan *plan = argument;
    char name[NAME_BYTES];
    ferry_producer *producer =
        make_producer(own_name(name, plan->tag), SLOTS, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL);
    child_say('r');
    child_hear();
    for (unsigned i = 0; i < plan->frames; i++)
        CHILD_CHECK(send_next(producer) == FERRY_OK);
    ferry_claim claim;
    ferry_frame_info info = small_info();
    if (plan->claim) {
        CHILD_CHECK(ferry_producer_claim(producer, &info, &claim, NULL) == FERRY_OK);
        memset(claim.pixels, 0xee, claim.info.length_bytes / 2);
    }
    child_say('s');
    if (!plan->until_waiting)
        child_rest();
    while (atomic_load(&producer->consumers->record[0].event) != FERRYI_EVENT_SLEEPING)
        sched_yield();
    child_die();
}

static void assert_lost(ferry_consumer *consumer) {
    ferry_frame frame;
    uint64_t start_ns = ferry_clock_ns();
    assert_int_equal(ferry_consumer_acquire(consumer, STUCK_NS, &frame, NULL), FERRY_PRODUCER_LOST);
    assert_true(ferry_clock_ns() - start_ns < NOTICED_NS);
}

static void assert_reads(ferry_consumer *consumer, uint64_t from, uint64_t to) {
    ferry_frame frame;
    ferry_status status;
    for (uint64_t number = from; number <= to; number++) {
        assert_int_equal(take_next(consumer, 0, &frame, &status), number);
        assert_int_equal(status, FERRY_OK);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    }
}

static void test_what_the_dead_published_is_read(void **state) {
    (void)state;
    char name[NAME_BYTES];
    for (int claim = 0; claim < 2; claim++) {
        own_name(name, "unread");
        producer_plan plan = {.tag = "unread", .frames = 3, .claim = claim != 0};
        child *producer = start_child_with(produce, &plan, sizeof plan);
        assert_int_equal(hear(producer), 'r');
        ferry_consumer *every[2] = {make_consumer(name, FERRY_DELIVERY_EVERY, NULL),
                                    make_consumer(name, FERRY_DELIVERY_EVERY, NULL)};
        ferry_consumer *latest = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
        tell_child(producer, 'g');
        assert_int_equal(hear(producer), 's');
        assert_reads(every[0], 1, 2);
        kill_child(producer);
        assert_reads(every[0], 3, 3);
        assert_reads(every[1], 1, 3);
        assert_reads(latest, 3, 3);
        assert_lost(every[0]);
        assert_lost(every[1]);
        assert_lost(latest);
        ferry_consumer_close(&every[0]);
        ferry_consumer_close(&every[1]);
        ferry_consumer_close(&latest);
        assert_nothing_left();
    }
}

static void test_a_sleeping_consumer_notices(void **state) {
    (void)state;
    char name[NAME_BYTES];
    for (uint32_t delivery = 0; delivery <= FERRY_DELIVERY_EVERY; delivery++) {
        own_name(name, "sleep");
        producer_plan plan = {.tag = "sleep", .until_waiting = true};
        child *producer = start_child_with(produce, &plan, sizeof plan);
        assert_int_equal(hear(producer), 'r');
        ferry_consumer *consumer = make_consumer(name, delivery, NULL);
        tell_child(producer, 'g');
        assert_lost(consumer);
        int status = reap(producer);
        assert_true(was_killed(status));
        ferry_consumer_close(&consumer);
    }
    assert_nothing_left();
}

/* ---- at any instruction ---- */

/* Takes and gives back frames as fast as it can. */
static void keep_consuming(const void *argument) {
    const consumer_plan *plan = argument;
    char name[NAME_BYTES];
    ferry_consumer *consumer = make_consumer(own_name(name, plan->tag), plan->delivery, NULL);
    CHILD_CHECK(consumer != NULL);
    child_say('r');
    for (;;) {
        ferry_frame frame;
        ferry_status status;
        if (take_next(consumer, STUCK_NS, &frame, &status) == 0)
            _exit(0); /* its test has ended the channel */
        CHILD_CHECK(status == FERRY_OK);
        CHILD_CHECK(ferry_consumer_release(consumer, &frame) == FERRY_OK);
    }
}

static void test_consumers_killed_at_any_instruction(void **state) {
    (void)state;
    enum { ROUNDS = 40 };
    char name[NAME_BYTES];
    ferry_producer *producer =
        make_producer(own_name(name, "anywhere"), SLOTS, FERRY_WHEN_FULL_WAIT, NULL);
    for (int round = 0; round < ROUNDS; round++) {
        consumer_plan plan = {.tag = "anywhere", .delivery = (uint32_t)round % 2};
        child *consumer = start_child_with(keep_consuming, &plan, sizeof plan);
        assert_int_equal(hear(consumer), 'r');
        for (int i = 0; i < 20 + round * 3; i++)
            assert_int_equal(send_next(producer), FERRY_OK);
        kill_child(consumer);
        assert_true(send_many(producer) < NOTICED_NS);
        assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 0);
    }
    for (int i = 0; i < FERRY_MAX_CONSUMERS; i++)
        assert_true(producer->consumers->record[i].held == 0 &&
                    producer->consumers->record[i].next == FERRYI_NEXT_NONE);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void keep_producing(const void *argument) {
    ferry_producer *producer = make_producer(argument, SLOTS, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL);
    child_say('r');
    for (;;)
        CHILD_CHECK(send_next(producer) == FERRY_OK);
}

static void test_producers_killed_at_any_instruction(void **state) {
    (void)state;
    enum { ROUNDS = 40 };
    char name[NAME_BYTES];
    own_name(name, "again");
    for (uint64_t round = 0; round < ROUNDS; round++) {
        child *producer = start_child(keep_producing, name);
        assert_int_equal(hear(producer), 'r');
        ferry_consumer *consumer = make_consumer(name, (uint32_t)round % 2, NULL);
        assert_non_null(consumer);
        ferry_frame frame;
        ferry_status status;
        uint64_t last = 0, count = 0;
        for (bool killed = false; take_next(consumer, STUCK_NS, &frame, &status) != 0;) {
            assert_int_equal(status, FERRY_OK);
            assert_true(round % 2 == 0 ? frame.info.number > last
                                       : last == 0 || frame.info.number == last + 1);
            last = frame.info.number;
            assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
            if (++count > round * 3 && !killed) {
                kill_child(producer);
                killed = true;
            }
        }
        assert_int_equal(status, FERRY_PRODUCER_LOST);
        ferry_consumer_counters counters;
        ferry_consumer_get_counters(consumer, &counters);
        assert_true(counters.head == last && counters.pending == 0);
        ferry_consumer_close(&consumer);
        assert_nothing_left();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_wait_goes_on_after_a_death, clean_up),
        cmocka_unit_test_teardown(test_a_sleeping_producer_notices, clean_up),
        cmocka_unit_test_teardown(test_drop_goes_on_after_a_death, clean_up),
        cmocka_unit_test_teardown(test_clearing_away_does_not_take_the_deadline, clean_up),
        cmocka_unit_test_teardown(test_what_the_dead_published_is_read, clean_up),
        cmocka_unit_test_teardown(test_a_sleeping_consumer_notices, clean_up),
        cmocka_unit_test_teardown(test_consumers_killed_at_any_instruction, clean_up),
        cmocka_unit_test_teardown(test_producers_killed_at_any_instruction, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
