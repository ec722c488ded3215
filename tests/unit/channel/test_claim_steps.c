/* A claim that finds no slot, and what other threads of the producer do just before it sleeps: its
 * side is compiled into this program once more, with a place to come in between. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"
#include "platform/fault_point.h"

static void come_in(const char *point);

#undef FERRYI_FAULT
#define FERRYI_FAULT(point) come_in(point)
#include "channel/claim.c"

static char name[NAME_BYTES];

static struct {
    ferry_producer *producer;
    ferry_claim *claim; /* to be ended when the other one is about to sleep; NULL: none */
    void (*end)(ferry_producer *producer, ferry_claim *claim);
    uint32_t event; /* the producer's, after that */
} other;

static void come_in(const char *point) {
    if (other.claim == NULL || strcmp(point, "full.asleep") != 0)
        return;
    ferry_claim *claim = other.claim;
    other.claim = NULL;
    _Atomic(uint32_t) *event = &other.producer->consumers->producer_event;
    atomic_store(event, FERRYI_EVENT_IDLE); /* a consumer set it when it joined */
    other.end(other.producer, claim);
    other.event = atomic_load(event);
}

static void commit(ferry_producer *producer, ferry_claim *claim) {
    assert_int_equal(ferry_producer_commit(producer, claim, NULL, NULL), FERRY_OK);
}

/* Four slots: one in a consumer's hand, one with the newest frame, one claimed, one kept. */
static void claim_while_full(void (*end)(ferry_producer *producer, ferry_claim *claim)) {
    ferry_producer *producer = open_channel(name, "claims", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_latest(name);
    ferry_frame_info info = small_info();
    ferry_claim first, second, kept;
    ferry_frame frame;
    send_up_to(producer, 1);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_claim(producer, &info, &kept, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_commit_keep(producer, &kept, NULL, NULL), FERRY_OK);
    send_up_to(producer, 3);
    assert_int_equal(ferry_producer_claim(producer, &info, &first, NULL), FERRY_OK);
    other.producer = producer;
    other.claim = end == ferry_producer_let_go ? &kept : &first;
    other.end = end;
    other.event = FERRYI_EVENT_IDLE;
    assert_int_equal(ferry_producer_claim(producer, &info, &second, NULL), FERRY_OK);
    assert_null(other.claim);
    assert_int_equal(other.event, FERRYI_EVENT_SET);
    /* Nobody waits any more: the event is left alone. */
    assert_int_equal(ferry_producer_commit(producer, &second, NULL, NULL), FERRY_OK);
    assert_int_equal(atomic_load(&producer->consumers->producer_event), FERRYI_EVENT_IDLE);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    close_both(&producer, &consumer);
}

static void test_a_commit_wakes_the_claim(void **state) {
    (void)state;
    claim_while_full(commit);
}

static void test_an_abort_wakes_the_claim(void **state) {
    (void)state;
    claim_while_full(ferry_producer_abort);
}

static void test_letting_go_wakes_the_claim(void **state) {
    (void)state;
    claim_while_full(ferry_producer_let_go);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_commit_wakes_the_claim, clean_up),
        cmocka_unit_test_teardown(test_an_abort_wakes_the_claim, clean_up),
        cmocka_unit_test_teardown(test_letting_go_wakes_the_claim, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
