/* A peer that writes whatever it likes into the consumers object, which every attached process may
 * write. The producer must neither crash nor hang nor step outside, what is confirmed is whole, and
 * once the vandal has gone everything works again. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel_support.h"
#include "vandal.h"

enum { VANDAL_MS = 2000, SLOTS = 8 };
#define STALL_NS (FERRY_SECOND_NS / 5)

static char name_room[NAME_BYTES], consumers_room[NAME_BYTES + 16];
static const char *name;

/* For the test and for its children. */
static void set_name(void) {
    name = own_name(name_room, "hostile");
}

static const char *consumers_name(void) {
    snprintf(consumers_room, sizeof consumers_room, "%s~consumers", name);
    return consumers_room;
}

static ferry_producer *create(int64_t stall_ns) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.slots = SLOTS;
    options.slot_bytes = 16384;
    options.when_full = FERRY_WHEN_FULL_WAIT;
    options.full_timeout_ns = FERRY_SECOND_NS / 20;
    options.stall_limit_ns = stall_ns;
    ferry_producer *producer = NULL;
    ferry_producer_create(&producer, &options, NULL);
    return producer;
}

/* Looks at everything that a producer can read of its consumers. */
static void look_around(ferry_producer *producer) {
    ferry_consumer_info list[FERRY_MAX_CONSUMERS];
    size_t count = ferry_producer_list_consumers(producer, list, FERRY_MAX_CONSUMERS);
    CHILD_CHECK(count <= FERRY_MAX_CONSUMERS);
    for (size_t i = 0; i < count; i++) {
        CHILD_CHECK(memchr(list[i].name, '\0', sizeof list[i].name) != NULL);
        for (const char *c = list[i].name; *c != '\0'; c++)
            CHILD_CHECK(*c >= ' ' && *c <= '~');
        CHILD_CHECK(list[i].delivery <= FERRY_DELIVERY_EVERY);
    }
    ferry_status status = ferry_producer_wait_consumer(producer, 0);
    CHILD_CHECK(status == FERRY_OK || status == FERRY_TIMEOUT);
    status = ferry_producer_drain(producer, 0);
    CHILD_CHECK(status == FERRY_OK || status == FERRY_TIMEOUT);
}

/* Publishes until it is told to end; says so once more frames get through after a word. */
static void produce(const void *argument) {
    (void)argument;
    set_name();
    ferry_producer *producer = create(STALL_NS);
    CHILD_CHECK(producer != NULL);
    child_say('r');
    uint64_t number = 1;
    for (;;) {
        uint64_t begin_ns = ferry_clock_ns();
        ferry_status status = send_numbered(producer, number);
        CHILD_CHECK(ferry_clock_ns() - begin_ns < (uint64_t)NOTICED_NS);
        CHILD_CHECK(status == FERRY_OK || status == FERRY_TIMEOUT);
        number += status == FERRY_OK;
        if (number % 64 == 0)
            look_around(producer);
        if (child_is_told())
            break;
    }
    CHILD_CHECK(child_hear() == 'e');
    ferry_producer_close(&producer);
}

typedef struct reader {
    uint32_t delivery, max_lag;
} reader;

static ferry_consumer *open_as(reader how) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.delivery = how.delivery;
    options.max_lag = how.max_lag;
    options.wait_ns = FERRY_SECOND_NS / 10;
    ferry_consumer *consumer = NULL;
    ferry_consumer_open(&consumer, &options, NULL);
    return consumer;
}

static ferry_consumer *open_patiently(uint32_t delivery) {
    return open_as((reader){delivery, 0});
}

/* An honest consumer: takes what it can get, again and again, and checks what is confirmed. */
static void consume(const void *argument) {
    const reader *how = argument;
    set_name();
    ferry_consumer *consumer = NULL;
    while (!child_is_told()) {
        if (consumer == NULL)
            consumer = open_as(*how);
        if (consumer == NULL)
            continue;
        ferry_frame frame;
        ferry_status status = ferry_consumer_acquire(consumer, FERRY_SECOND_NS / 20, &frame, NULL);
        if (status == FERRY_OK) {
            bool whole = is_whole(frame.pixels, &frame.info);
            status = ferry_consumer_release(consumer, &frame);
            CHILD_CHECK(status != FERRY_OK || whole);
            CHILD_CHECK(status == FERRY_OK || status == FERRY_OVERRUN);
        } else if (status != FERRY_TIMEOUT && status != FERRY_OVERTAKEN) {
            CHILD_CHECK(status == FERRY_EVICTED || status == FERRY_MALFORMED);
            ferry_consumer_close(&consumer);
        }
    }
    ferry_consumer_close(&consumer);
}

typedef struct damage {
    uint64_t seed;
    size_t from, length; /* 0: to the end */
} damage;

static void vandalize(const void *argument) {
    const damage *d = argument;
    vandal v = {.random = d->seed};
    set_name();
    vandal_map(&v, consumers_name());
    size_t length = d->length == 0 ? v.bytes - d->from : d->length;
    for (;;) {
        for (int i = 0; i < 100; i++)
            vandal_write(&v, d->from, length);
        sched_yield();
    }
}

/* Frames go through again, to new consumers of both deliveries. */
static void assert_recovers(void) {
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    for (uint32_t delivery = 0; delivery <= FERRY_DELIVERY_EVERY; delivery++) {
        int whole = 0;
        ferry_consumer *consumer = NULL;
        while (whole < 100 && ferry_clock_ns() < stuck_ns) {
            ferry_frame frame;
            if (consumer == NULL)
                consumer = open_patiently(delivery);
            if (consumer == NULL ||
                ferry_consumer_acquire(consumer, FERRY_SECOND_NS, &frame, NULL) != FERRY_OK) {
                ferry_consumer_close(&consumer);
                continue;
            }
            assert_true(is_whole(frame.pixels, &frame.info));
            whole += ferry_consumer_release(consumer, &frame) == FERRY_OK;
        }
        assert_int_equal(whole, 100);
        ferry_consumer_close(&consumer);
    }
}

static void attack(const damage *d, bool recovers) {
    static const reader latest = {FERRY_DELIVERY_LATEST, 0}, every = {FERRY_DELIVERY_EVERY, 0},
                        bounded = {FERRY_DELIVERY_EVERY, 2};
    child *producer = start_child(produce, NULL);
    assert_int_equal(hear(producer), 'r');
    child *honest[] = {start_child_with(consume, &latest, sizeof latest),
                       start_child_with(consume, &every, sizeof every),
                       start_child_with(consume, &every, sizeof every),
                       start_child_with(consume, &bounded, sizeof bounded)};
    child *hostile = start_child_with(vandalize, d, sizeof *d);
    assert_int_equal(hear_within(hostile, VANDAL_MS), '\0');
    kill_child(hostile);
    for (size_t i = 0; i < sizeof honest / sizeof honest[0]; i++) {
        tell_child(honest[i], 'e');
        assert_child_succeeds(honest[i]);
    }
    /* What was written into the records of those who lived through it has gone with them. */
    if (recovers)
        assert_recovers();
    tell_child(producer, 'e');
    assert_child_succeeds(producer);
    assert_nothing_left();
}

static void bytes_all_over_the_records(void **state) {
    (void)state;
    set_name();
    damage d = {.seed = vandal_seed(), .from = offsetof(ferryi_consumers, record)};
    attack(&d, true);
}

static void bytes_all_over_the_object(void **state) {
    (void)state;
    set_name();
    damage d = {.seed = vandal_seed()};
    attack(&d, false); /* without its first line, nobody can tell that the object is one of ours */
}

static void the_producers_event(void **state) {
    (void)state;
    set_name();
    damage d = {.seed = vandal_seed(),
                .from = offsetof(ferryi_consumers, producer_event),
                .length = sizeof(uint32_t)};
    attack(&d, true);
}

/* ---- "every" consumers that lie ---- */

typedef void lie(ferryi_record *record, uint64_t turn);

static void stands_still(ferryi_record *record, uint64_t turn) {
    (void)record;
    (void)turn;
}

/* Claims to want ever other frames, all of them old. */
static void goes_to_and_fro(ferryi_record *record, uint64_t turn) {
    atomic_store(&record->next, 1 + turn % 2);
}

static void takes_other_identities(ferryi_record *record, uint64_t turn) {
    atomic_store(&record->next, 1);
    atomic_store(&record->join_id, UINT64_C(0x5555) + turn);
}

/* Seems to join again and again. */
static void never_arrives(ferryi_record *record, uint64_t turn) {
    atomic_store(&record->next, 0);
    atomic_store(&record->join_id, UINT64_C(0x5555) + turn);
}

static void wants_the_future_and_the_past(ferryi_record *record, uint64_t turn) {
    atomic_store(&record->next, turn % 2 == 0 ? UINT64_MAX - 1 : 1);
}

/* Gives way whenever that is asked for once more, and stands in the way otherwise. */
static void has_a_bound_at_times(ferryi_record *record, uint64_t turn) {
    atomic_store(&record->next, 1);
    atomic_store(&record->max_lag, turn % 2 == 0 ? 0 : 1 + (uint32_t)turn * 1000);
}

/* A liar that has another lie ready at each look of the producer costs the stall limit at first.
 * From then on it is in nobody's way, unless it poses as another each time: then a look. */
static void test_lie(lie *told, const char *tag) {
    enum { NUMBERS = 60 };
    name = own_name(name_room, tag);
    ferry_producer *producer = create(STALL_NS);
    assert_non_null(producer);
    ferry_consumer *liar = open_patiently(FERRY_DELIVERY_EVERY);
    assert_non_null(liar);
    uint64_t number = 1, turn = 0, looked_ns = 0;
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while (number <= NUMBERS && ferry_clock_ns() < stuck_ns) {
        if (looked_ns != producer->looked_ns || turn == 0)
            told(liar->record, turn++);
        looked_ns = producer->looked_ns;
        number += send_numbered(producer, number) == FERRY_OK;
    }
    assert_true(number > NUMBERS);
    ferry_consumer_close(&liar);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void one_that_stands_still(void **state) {
    (void)state;
    test_lie(stands_still, "still");
}

static void one_that_goes_to_and_fro(void **state) {
    (void)state;
    test_lie(goes_to_and_fro, "fro");
}

static void one_that_takes_other_identities(void **state) {
    (void)state;
    test_lie(takes_other_identities, "names");
}

static void one_that_never_arrives(void **state) {
    (void)state;
    test_lie(never_arrives, "never");
}

static void one_that_wants_the_future_and_the_past(void **state) {
    (void)state;
    test_lie(wants_the_future_and_the_past, "times");
}

static void one_that_has_a_bound_at_times(void **state) {
    (void)state;
    test_lie(has_a_bound_at_times, "bound");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(bytes_all_over_the_records, clean_up),
        cmocka_unit_test_teardown(bytes_all_over_the_object, clean_up),
        cmocka_unit_test_teardown(the_producers_event, clean_up),
        cmocka_unit_test_teardown(one_that_stands_still, clean_up),
        cmocka_unit_test_teardown(one_that_goes_to_and_fro, clean_up),
        cmocka_unit_test_teardown(one_that_takes_other_identities, clean_up),
        cmocka_unit_test_teardown(one_that_never_arrives, clean_up),
        cmocka_unit_test_teardown(one_that_wants_the_future_and_the_past, clean_up),
        cmocka_unit_test_teardown(one_that_has_a_bound_at_times, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
