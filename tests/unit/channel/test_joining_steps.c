/* Joining, step by step: the consumer's side is compiled into this program once more, with a place
 * to come in between wherever the producer could look. */
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
#include "channel/attach.c"

static char name[NAME_BYTES];

/* An act that is done once while a joiner passes this point. */
static struct {
    const char *point; /* NULL: nothing */
    void (*act)(ferry_producer **producer);
    ferry_producer **producer;
} meanwhile;

/* Whether the producer that waits for a consumer would go on, at each of these points. */
static struct {
    ferry_producer *producer; /* NULL: nobody looks */
    ferry_status reserved, read, placed;
} seen;

static void come_in(const char *point) {
    if (meanwhile.point != NULL && strcmp(point, meanwhile.point) == 0) {
        meanwhile.point = NULL;
        meanwhile.act(meanwhile.producer);
    }
    if (seen.producer == NULL)
        return;
    ferry_status status = ferry_producer_wait_consumer(seen.producer, 0);
    if (strcmp(point, "position.reserved") == 0)
        seen.reserved = status;
    else if (strcmp(point, "position.read") == 0)
        seen.read = status;
    else if (strcmp(point, "attach.placed") == 0)
        seen.placed = status;
}

static void test_a_joiner_counts_when_it_has_its_position(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "joining", 3, FERRY_WHEN_FULL_DROP);
    for (int i = 0; i < 3; i++) { /* the record is used again */
        seen.producer = producer;
        ferry_consumer *consumer = open_every(name);
        seen.producer = NULL;
        assert_int_equal(seen.reserved, FERRY_TIMEOUT);
        assert_int_equal(seen.read, FERRY_TIMEOUT);
        assert_int_equal(seen.placed, FERRY_OK);
        ferry_consumer_close(&consumer);
        assert_int_equal(ferry_producer_wait_consumer(producer, 0), FERRY_TIMEOUT);
    }
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- a producer that ends while a consumer joins ---- */

enum { FRAMES_SENT = 2 };

static void send_all_and_end(ferry_producer **producer) {
    for (int i = 0; i < FRAMES_SENT; i++)
        assert_int_equal(send_next(*producer), FERRY_OK);
    ferry_producer_close(producer);
}

static void end_without_a_frame(ferry_producer **producer) {
    ferry_producer_close(producer);
}

static ferry_status open_while(const char *point, void (*act)(ferry_producer **), bool before,
                               uint32_t delivery, ferry_consumer **consumer) {
    ferry_producer *producer = open_channel(name, "joining", 4, FERRY_WHEN_FULL_DROP);
    if (before)
        assert_int_equal(send_next(producer), FERRY_OK);
    meanwhile.act = act;
    meanwhile.producer = &producer;
    meanwhile.point = point;
    ferry_status status;
    *consumer = make_consumer(name, delivery, &status);
    assert_null(meanwhile.point);
    assert_null(producer);
    return status;
}

static void end_both(ferry_consumer **consumer) {
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(*consumer, 0, &frame, NULL), FERRY_END_OF_STREAM);
    ferry_consumer_close(consumer);
    assert_nothing_left();
}

static void test_frames_behind_the_position_of_a_joiner_are_its_own(void **state) {
    (void)state;
    static const char *const points[] = {"position.read", "position.stored", "attach.placed",
                                         "attach.checked", "attach.told"};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        ferry_consumer *consumer;
        ferry_frame frame;
        assert_int_equal(
            open_while(points[i], send_all_and_end, true, FERRY_DELIVERY_EVERY, &consumer),
            FERRY_OK);
        for (uint64_t number = 2; number < 2 + FRAMES_SENT; number++) {
            take_number(consumer, number, &frame);
            assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
        }
        end_both(&consumer);
    }
}

static void test_the_latest_of_a_producer_that_ended_meanwhile_is_there(void **state) {
    (void)state;
    static const char *const points[] = {"attach.registry", "attach.placed", "attach.told"};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        ferry_consumer *consumer;
        ferry_frame frame;
        assert_int_equal(
            open_while(points[i], send_all_and_end, false, FERRY_DELIVERY_LATEST, &consumer),
            FERRY_OK);
        take_number(consumer, FRAMES_SENT, &frame);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
        end_both(&consumer);
    }
}

static void test_a_producer_that_ended_with_nothing_for_a_joiner_is_none(void **state) {
    (void)state;
    ferry_consumer *consumer;
    assert_int_equal(
        open_while("attach.placed", end_without_a_frame, true, FERRY_DELIVERY_EVERY, &consumer),
        FERRY_NO_PRODUCER);
    assert_int_equal(
        open_while("attach.placed", end_without_a_frame, false, FERRY_DELIVERY_LATEST, &consumer),
        FERRY_NO_PRODUCER);
    /* Its frames were sent before the position: they are not for one of every frame. */
    assert_int_equal(
        open_while("attach.running", send_all_and_end, false, FERRY_DELIVERY_EVERY, &consumer),
        FERRY_NO_PRODUCER);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_joiner_counts_when_it_has_its_position, clean_up),
        cmocka_unit_test_teardown(test_frames_behind_the_position_of_a_joiner_are_its_own,
                                  clean_up),
        cmocka_unit_test_teardown(test_the_latest_of_a_producer_that_ended_meanwhile_is_there,
                                  clean_up),
        cmocka_unit_test_teardown(test_a_producer_that_ended_with_nothing_for_a_joiner_is_none,
                                  clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
