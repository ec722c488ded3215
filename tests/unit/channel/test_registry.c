/* The records of consumers: joining, leaving, and clearing away after those that were killed. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>

#include <frameferry/clock.h>

#include "channel/registry.h"
#include "platform/self.h"
#include "process_support.h"

typedef struct table {
    char name[NAME_BYTES];
    ferryi_shm shm;
    ferryi_leases finder;
    ferryi_consumers *consumers;
    ferryi_event event; /* the producer's */
} table;

static ferryi_event open_producer_event(const ferryi_shm *shm) {
    ferryi_event event = {.word = NULL};
    ferryi_event_open(&event, shm, FERRYI_EVENT_PRODUCER, &ferryi_consumers_at(shm)->producer_event,
                      0600, NULL);
    return event;
}

/* A consumers object without a producer, and somebody who may look for the dead in it. */
static void open_table(table *t, const char *tag) {
    t->shm = (ferryi_shm)FERRYI_SHM_INIT;
    t->finder = (ferryi_leases)FERRYI_LEASES_INIT;
    assert_int_equal(
        ferryi_shm_create(&t->shm, own_name(t->name, tag), ferryi_consumers_bytes(), NULL),
        FERRY_OK);
    assert_int_equal(ferryi_shm_reserve(&t->shm, 0, t->shm.size_bytes, NULL), FERRY_OK);
    ferryi_consumers_write(&t->shm, 7);
    assert_int_equal(ferryi_shm_publish(&t->shm, FERRYI_NOT_SHARED, 0, NULL), FERRY_OK);
    assert_int_equal(ferryi_leases_open(&t->finder, &t->shm, NULL), FERRY_OK);
    t->consumers = ferryi_consumers_at(&t->shm);
    t->event = open_producer_event(&t->shm);
}

static void close_table(table *t) {
    ferryi_event_close(&t->event);
    ferryi_shm_remove_name(&t->shm);
    ferryi_leases_close(&t->finder);
    ferryi_shm_close(&t->shm);
    assert_nothing_left();
}

static bool is_at_rest(ferryi_record *record) {
    return record->state == FERRYI_RECORD_FREE && record->held == 0 &&
           record->next == FERRYI_NEXT_NONE;
}

static void test_joining_in_order(void **state) {
    (void)state;
    static table t;
    open_table(&t, "order");
    static ferryi_leases holder[FERRY_MAX_CONSUMERS + 1];
    uint64_t join_id[FERRY_MAX_CONSUMERS + 1];
    uint32_t index;
    ferry_error error = {0};
    for (uint32_t i = 0; i <= FERRY_MAX_CONSUMERS; i++)
        assert_int_equal(ferryi_leases_open(&holder[i], &t.shm, NULL), FERRY_OK);
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++) {
        assert_int_equal(
            ferryi_registry_join(&t.shm, &holder[i],
                                 &(ferryi_joiner){.delivery = i % 2, .name = "someone"}, &index,
                                 &join_id[i], NULL),
            FERRY_OK);
        assert_int_equal(index, i);
        assert_true(join_id[i] != 0 && (i == 0 || join_id[i] != join_id[i - 1]));
        ferryi_record *record = &t.consumers->record[i];
        assert_true(record->state == FERRYI_RECORD_TAKEN && record->join_id == join_id[i]);
        assert_true(record->delivery == i % 2 && record->process_id == ferryi_self_process_id());
        assert_true(record->held == 0 && record->next == FERRYI_NEXT_NONE);
    }
    assert_int_equal(ferryi_registry_join(&t.shm, &holder[FERRY_MAX_CONSUMERS],
                                          &(ferryi_joiner){.delivery = 0, .name = "late"}, &index,
                                          &join_id[FERRY_MAX_CONSUMERS], &error),
                     FERRY_TOO_MANY_CONSUMERS);
    assert_true(strlen(error.message) > 20);

    t.consumers->producer_event = FERRYI_EVENT_IDLE;
    ferryi_registry_leave(&t.shm, &holder[9], 9, t.event);
    assert_true(is_at_rest(&t.consumers->record[9]) && t.consumers->record[9].join_id == 0);
    assert_false(ferryi_lease_is_held(&t.shm, 9));
    assert_int_equal(t.consumers->producer_event, FERRYI_EVENT_SET);
    assert_int_equal(ferryi_registry_join(&t.shm, &holder[FERRY_MAX_CONSUMERS],
                                          &(ferryi_joiner){.delivery = 0, .name = "late"}, &index,
                                          &join_id[FERRY_MAX_CONSUMERS], NULL),
                     FERRY_OK);
    assert_int_equal(index, 9);
    assert_true(join_id[FERRY_MAX_CONSUMERS] != join_id[9]);
    for (uint32_t i = 0; i <= FERRY_MAX_CONSUMERS; i++)
        ferryi_leases_close(&holder[i]);
    close_table(&t);
}

static void test_names_are_cut_and_made_printable(void **state) {
    (void)state;
    static table t;
    open_table(&t, "names");
    char given[100], name[FERRY_CONSUMER_NAME_MAX + 1];
    memset(given, 'x', sizeof given);
    given[sizeof given - 1] = '\0';
    uint32_t index;
    uint64_t join_id;
    ferryi_registry_join(&t.shm, &t.finder, &(ferryi_joiner){.delivery = 0, .name = given}, &index,
                         &join_id, NULL);
    ferryi_registry_name(&t.consumers->record[index], name);
    assert_int_equal(strlen(name), FERRY_CONSUMER_NAME_MAX);
    assert_memory_equal(name, given, FERRY_CONSUMER_NAME_MAX);
    ferryi_registry_leave(&t.shm, &t.finder, index, t.event);

    ferryi_registry_join(&t.shm, &t.finder,
                         &(ferryi_joiner){.delivery = 0, .name = "a\033[2J\n\x80~ "}, &index,
                         &join_id, NULL);
    ferryi_registry_name(&t.consumers->record[index], name);
    assert_string_equal(name, "a?[2J??~ ");
    /* A peer may leave out the end. */
    memset(t.consumers->record[index].name, 'y', sizeof t.consumers->record[index].name);
    ferryi_registry_name(&t.consumers->record[index], name);
    assert_int_equal(strlen(name), FERRY_CONSUMER_NAME_MAX);
    ferryi_registry_leave(&t.shm, &t.finder, index, t.event);
    close_table(&t);
}

static void test_the_living_are_never_reclaimed(void **state) {
    (void)state;
    static table t;
    open_table(&t, "living");
    static ferryi_leases holder;
    uint32_t index;
    uint64_t join_id;
    assert_int_equal(ferryi_leases_open(&holder, &t.shm, NULL), FERRY_OK);
    assert_int_equal(ferryi_registry_join(&t.shm, &holder,
                                          &(ferryi_joiner){.delivery = 1, .name = "alive"}, &index,
                                          &join_id, NULL),
                     FERRY_OK);
    ferryi_record *record = &t.consumers->record[index];
    record->held = 5;
    record->next = 3;
    assert_false(ferryi_registry_reclaim(&t.shm, &t.finder, index));
    assert_true(record->state == FERRYI_RECORD_TAKEN && record->join_id == join_id);
    assert_true(record->held == 5 && record->next == 3);
    /* On the way in and on the way out the state is free, the lease is not. */
    record->state = FERRYI_RECORD_FREE;
    assert_false(ferryi_registry_reclaim(&t.shm, &t.finder, index));
    assert_true(record->held == 5 && record->next == 3);
    record->state = FERRYI_RECORD_TAKEN;

    ferryi_leases_close(&holder); /* as death does */
    assert_true(ferryi_registry_reclaim(&t.shm, &t.finder, index));
    assert_true(is_at_rest(record) && record->join_id == 0);
    assert_false(ferryi_lease_is_held(&t.shm, index));
    assert_false(ferryi_registry_reclaim(&t.shm, &t.finder, index));
    close_table(&t);
}

/* Whatever instruction of joining or leaving somebody died at. */
static void test_half_a_record_is_reclaimed(void **state) {
    (void)state;
    static const struct {
        uint32_t state;
        uint64_t held, next;
    } halves[] = {
        {FERRYI_RECORD_FREE, 0, 4},           {FERRYI_RECORD_FREE, 2, FERRYI_NEXT_NONE},
        {FERRYI_RECORD_FREE, 6, 0},           {FERRYI_RECORD_TAKEN, 0, FERRYI_NEXT_NONE},
        {FERRYI_RECORD_TAKEN, UINT64_MAX, 1}, {77, 0, FERRYI_NEXT_NONE},
    };
    static table t;
    open_table(&t, "half");
    for (uint32_t i = 0; i < sizeof halves / sizeof halves[0]; i++) {
        ferryi_record *record = &t.consumers->record[i * 6];
        record->state = halves[i].state;
        record->held = halves[i].held;
        record->next = halves[i].next;
        assert_true(ferryi_registry_reclaim(&t.shm, &t.finder, i * 6));
        assert_true(is_at_rest(record));
        assert_false(ferryi_lease_is_held(&t.shm, i * 6));
    }
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        assert_false(ferryi_registry_reclaim(&t.shm, &t.finder, i));
    close_table(&t);
}

/* Joins and leaves without end; what is its own must stay so in between. */
static void keep_joining(const void *argument) {
    ferryi_shm shm;
    static ferryi_leases holder;
    CHILD_CHECK(ferryi_shm_open(&shm, argument, FERRYI_SHM_WRITE, FERRYI_NOT_SHARED, NULL) ==
                FERRY_OK);
    CHILD_CHECK(ferryi_leases_open(&holder, &shm, NULL) == FERRY_OK);
    ferryi_event event = open_producer_event(&shm);
    child_say('r');
    while (!child_is_told()) {
        uint32_t index;
        uint64_t join_id;
        CHILD_CHECK(ferryi_registry_join(&shm, &holder,
                                         &(ferryi_joiner){.delivery = 1, .name = "busy"}, &index,
                                         &join_id, NULL) == FERRY_OK);
        ferryi_record *record = &ferryi_consumers_at(&shm)->record[index];
        record->next = join_id;
        record->held = join_id;
        /* As long as all the rest takes, also where leases cost more, lest it always die in
         * between. */
        for (int i = 0; i < 20000; i++)
            CHILD_CHECK(record->state == FERRYI_RECORD_TAKEN && record->join_id == join_id &&
                        record->next == join_id && record->held == join_id);
        ferryi_registry_leave(&shm, &holder, index, event);
    }
}

static void test_finders_and_joiners_at_once(void **state) {
    (void)state;
    enum { JOINERS = 2, ROUNDS = 20000 };
    static table t;
    open_table(&t, "at-once");
    child *joiner[JOINERS];
    for (int i = 0; i < JOINERS; i++) {
        joiner[i] = start_child(keep_joining, t.name);
        assert_int_equal(hear(joiner[i]), 'r');
    }
    for (uint32_t i = 0; i < ROUNDS; i++)
        assert_false(ferryi_registry_reclaim(&t.shm, &t.finder, i % JOINERS));
    for (int i = 0; i < JOINERS; i++) {
        tell_child(joiner[i], 'e');
        assert_child_succeeds(joiner[i]);
    }
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        assert_true(is_at_rest(&t.consumers->record[i]));
    close_table(&t);
}

static void test_killed_at_any_instruction(void **state) {
    (void)state;
    enum { ROUNDS = 60 };
    static table t;
    open_table(&t, "killed");
    unsigned reclaimed = 0;
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    /* On until one died with a record in its hand. */
    for (unsigned round = 0; round < ROUNDS || (reclaimed == 0 && ferry_clock_ns() < stuck_ns);
         round++) {
        child *joiner = start_child(keep_joining, t.name);
        assert_int_equal(hear(joiner), 'r');
        for (unsigned i = 0; i < round % ROUNDS * 40; i++)
            assert_false(ferryi_registry_reclaim(&t.shm, &t.finder, 0));
        /* Where both take turns on one processor, such a count may always meet the same step. */
        while (round >= ROUNDS && ferry_clock_ns() < stuck_ns &&
               atomic_load(&t.consumers->record[0].state) != FERRYI_RECORD_TAKEN)
            sched_yield();
        kill_child(joiner);
        for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
            reclaimed += ferryi_registry_reclaim(&t.shm, &t.finder, i);
        for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++) {
            assert_true(is_at_rest(&t.consumers->record[i]));
            assert_false(ferryi_lease_is_held(&t.shm, i));
        }
    }
    assert_true(reclaimed > 0);
    close_table(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_joining_in_order, clean_up),
        cmocka_unit_test_teardown(test_names_are_cut_and_made_printable, clean_up),
        cmocka_unit_test_teardown(test_the_living_are_never_reclaimed, clean_up),
        cmocka_unit_test_teardown(test_half_a_record_is_reclaimed, clean_up),
        cmocka_unit_test_teardown(test_finders_and_joiners_at_once, clean_up),
        cmocka_unit_test_teardown(test_killed_at_any_instruction, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
