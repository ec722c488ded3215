/* Memory of slots that lie idle goes back to the system, and nobody who reads notices. The clock is
 * this test's own (the linker puts it in), so that no time passes but what it sets. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel_support.h"

#include <sys/stat.h>

#include "channel/geometry.h"
#include "channel/slots.h"

/* A frame that fills its slot to the last byte, beside the header of the next one. */
enum { SLOTS = 6, WIDE = 260, HIGH = 252, LENGTH = WIDE * HIGH };
_Static_assert((LENGTH + FERRY_HEADER_BYTES) % FERRYI_SHM_PAGE == 0, "whole pages");
#define LONG_NS (10 * (uint64_t)FERRY_SECOND_NS)

static char name[NAME_BYTES];
static uint64_t passed_ns;

uint64_t __real_ferry_clock_ns(void);
uint64_t __wrap_ferry_clock_ns(void);

uint64_t __wrap_ferry_clock_ns(void) {
    return __real_ferry_clock_ns() + passed_ns;
}

static ferry_producer *open_large(const char *tag) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, tag);
    options.slots = SLOTS;
    options.slot_bytes = LENGTH + FERRY_HEADER_BYTES;
    options.when_full = FERRY_WHEN_FULL_DROP;
    return create_with(&options);
}

static ferry_status send_large(ferry_producer *producer, uint64_t number) {
    static uint8_t pixels[LENGTH];
    ferry_frame_info info = {.width = WIDE, .height = HIGH, .format = FERRY_FORMAT_GRAY};
    fill_bytes(pixels, LENGTH, number);
    return ferry_producer_send(producer, &info, pixels, 0, NULL, NULL);
}

static void send_large_up_to(ferry_producer *producer, uint64_t number) {
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    for (uint64_t next = counters.published + 1; next <= number; next++)
        assert_int_equal(send_large(producer, next), FERRY_OK);
}

/* What the system says that the object takes. */
static uint64_t bytes_taken(const ferry_producer *producer) {
    struct stat about;
    assert_int_equal(fstat((int)producer->objects.frames.handle, &about), 0);
    return (uint64_t)about.st_blocks * 512;
}

static uint64_t bytes_counted(ferry_producer *producer) {
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    return counters.reserved_bytes;
}

/* Seconds pass in which only a quick consumer takes frames; *number is the newest frame's. */
static void go_on_quietly(ferry_producer *producer, uint64_t *number) {
    for (int i = 0; i < 20; i++) {
        passed_ns += (uint64_t)FERRY_SECOND_NS;
        send_large_up_to(producer, ++*number);
    }
}

static void assert_large(const ferry_frame *frame, uint64_t number) {
    assert_int_equal(frame->info.number, number);
    assert_true(is_filled(frame->pixels, LENGTH, number));
}

static void test_what_a_burst_took_goes_back(void **state) {
    (void)state;
    ferry_producer *producer = open_large("burst");
    ferry_consumer *consumer = open_every(name);
    uint64_t number = SLOTS;
    send_large_up_to(producer, number);
    uint64_t most = bytes_taken(producer);
    assert_true(most >= (uint64_t)SLOTS * LENGTH);
    ferry_frame frame;
    for (uint64_t n = 1; n <= number; n++) {
        assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
        assert_large(&frame, n);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    }
    ferry_consumer_close(&consumer);
    go_on_quietly(producer, &number);
    /* What is left is what small frames take by turns, and the last page of the others. */
    uint64_t left = bytes_taken(producer), given = most - left;
    assert_true(given >= (uint64_t)(SLOTS - 3) * (LENGTH - FERRYI_SHM_PAGE));
    assert_true(bytes_counted(producer) < 4 * LENGTH);
    /* And it comes again when it is needed. */
    consumer = open_every(name);
    send_large_up_to(producer, number + SLOTS - 1);
    assert_true(bytes_taken(producer) >= most - LENGTH);
    for (uint64_t n = number + 1; n < number + SLOTS; n++) {
        assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
        assert_large(&frame, n);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    }
    close_both(&producer, &consumer);
}

static void test_what_is_used_all_the_time_stays(void **state) {
    (void)state;
    ferry_producer *producer = open_large("steady");
    ferry_consumer *consumer = open_latest(name);
    uint64_t number = 0;
    go_on_quietly(producer, &number);
    uint64_t taken = bytes_taken(producer), counted = bytes_counted(producer);
    assert_int_equal(counted, 3 * (LENGTH + FERRY_HEADER_BYTES)); /* small frames take three */
    for (int i = 0; i < 10; i++) {
        go_on_quietly(producer, &number);
        assert_int_equal(bytes_taken(producer), taken);
        assert_int_equal(bytes_counted(producer), counted);
    }
    close_both(&producer, &consumer);
}

static void test_what_is_held_or_wanted_stays(void **state) {
    (void)state;
    ferry_producer *producer = open_large("held");
    ferry_consumer *holder = open_latest(name), *waiting = open_every(name);
    ferry_frame held;
    uint64_t number = 2;
    send_large_up_to(producer, 1);
    assert_int_equal(ferry_consumer_acquire(holder, 0, &held, NULL), FERRY_OK);
    send_large_up_to(producer, number);
    ferry_consumer_close(&waiting); /* it only made the producer use one more slot */
    waiting = open_every(name);
    send_large_up_to(producer, ++number);
    uint64_t wanted = number;
    /* Of the slots that are left, the producer fills one and another by turns. */
    for (int i = 0; i < 3 * SLOTS; i++) {
        passed_ns += LONG_NS;
        ferry_status status = send_large(producer, number + 1);
        assert_true(status == FERRY_OK || status == FERRY_FULL);
        number += status == FERRY_OK;
    }
    assert_large(&held, 1);
    assert_int_equal(ferry_consumer_release(holder, &held), FERRY_OK);
    ferry_frame frame;
    for (uint64_t n = wanted; n <= number; n++) {
        assert_int_equal(ferry_consumer_acquire(waiting, 0, &frame, NULL), FERRY_OK);
        assert_large(&frame, n);
        assert_int_equal(ferry_consumer_release(waiting, &frame), FERRY_OK);
    }
    ferry_consumer_close(&waiting);
    close_both(&producer, &holder);
}

/* A claim that takes long to fill keeps its memory. */
static void test_an_open_claim_stays(void **state) {
    (void)state;
    ferry_producer *producer = open_large("claim");
    ferry_frame_info info = {.width = WIDE, .height = HIGH, .format = FERRY_FORMAT_GRAY};
    ferry_claim claim;
    uint64_t number = 0;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    fill_bytes(claim.pixels, LENGTH, 777);
    go_on_quietly(producer, &number);
    assert_true(is_filled(claim.pixels, LENGTH, 777));
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* So does a frame that is kept. */
static void test_a_kept_frame_stays(void **state) {
    (void)state;
    ferry_producer *producer = open_large("kept");
    ferry_frame_info info = {.width = WIDE, .height = HIGH, .format = FERRY_FORMAT_GRAY};
    ferry_claim kept;
    uint64_t number = 1;
    assert_int_equal(ferry_producer_claim(producer, &info, &kept, NULL), FERRY_OK);
    fill_bytes(kept.pixels, LENGTH, 777);
    assert_int_equal(ferry_producer_commit_keep(producer, &kept, NULL, NULL), FERRY_OK);
    go_on_quietly(producer, &number);
    assert_true(is_filled(kept.pixels, LENGTH, 777));
    ferry_producer_let_go(producer, &kept);
    go_on_quietly(producer, &number);
    assert_int_equal(bytes_counted(producer), 3 * (LENGTH + FERRY_HEADER_BYTES));
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* Every byte of the slots beside one that is given back stays what it was, headers too. */
static void test_the_neighbours_stay_whole(void **state) {
    (void)state;
    ferry_producer *producer = open_large("neighbours");
    ferry_consumer *consumer = open_every(name);
    send_large_up_to(producer, SLOTS);
    ferry_frame frames[SLOTS];
    /* Frame n lies in slot n - 1: each second one is kept. */
    for (uint32_t i = 0; i < SLOTS - 2; i++) {
        assert_int_equal(ferry_consumer_acquire(consumer, 0, &frames[i], NULL), FERRY_OK);
        assert_int_equal(frames[i].slot, i);
    }
    for (uint32_t i = 0; i < SLOTS - 2; i += 2)
        assert_int_equal(ferry_consumer_release(consumer, &frames[i]), FERRY_OK);
    uint64_t most = bytes_taken(producer);
    ferryi_lock_take(producer->lock);
    ferryi_slots_give_back(producer, ferry_clock_ns()); /* has seen them now */
    ferryi_slots_give_back(producer, ferry_clock_ns() + LONG_NS);
    ferryi_lock_give(producer->lock);
    assert_true(bytes_taken(producer) <= most - 2 * (LENGTH - FERRYI_SHM_PAGE));
    for (uint32_t i = 1; i < SLOTS - 2; i += 2) {
        ferryi_header *header =
            ferryi_geometry_header(&producer->objects.frames, &producer->objects.geometry, i);
        assert_int_equal(header->length, LENGTH);
        assert_int_equal(header->width, WIDE);
        assert_large(&frames[i], i + 1);
        assert_int_equal(ferry_consumer_release(consumer, &frames[i]), FERRY_OK);
    }
    close_both(&producer, &consumer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_what_a_burst_took_goes_back, clean_up),
        cmocka_unit_test_teardown(test_what_is_used_all_the_time_stays, clean_up),
        cmocka_unit_test_teardown(test_what_is_held_or_wanted_stays, clean_up),
        cmocka_unit_test_teardown(test_an_open_claim_stays, clean_up),
        cmocka_unit_test_teardown(test_a_kept_frame_stays, clean_up),
        cmocka_unit_test_teardown(test_the_neighbours_stay_whole, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
