/* A producer and its consumers in threads of one process, as fast as they can. Every frame carries
 * its number in all of its bytes, so that one that is torn shows. Each handle has mappings of its
 * own, as if the threads were processes: to ThreadSanitizer these are unrelated memory, and what it
 * watches here is the inside of the handles. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel/geometry.h"
#include "channel_support.h"
#include "emulation.h"

enum { FRAMES = 8000 };

static char name[NAME_BYTES];

/* ---- readers ---- */

/* Assertions belong to the test's own thread: a reader notes what is wrong, and goes. */
typedef struct reader {
    pthread_t thread;
    ferry_consumer *consumer;
    bool copies;
    uint32_t keeps;    /* frames in hand before the oldest is released */
    uint64_t most;     /* frames to receive; 0: to the end */
    uint64_t received; /* from here on results */
    uint64_t last;
    const char *fault; /* NULL: none */
    ferry_status status;
} reader;

static bool note(reader *r, bool fine, const char *fault) {
    if (!fine && r->fault == NULL)
        r->fault = fault;
    return fine;
}

static void give_back(reader *r, ferry_frame *frame) {
    note(r, is_whole(frame->pixels, &frame->info), "changed in hand");
    note(r, ferry_consumer_release(r->consumer, frame) == FERRY_OK, "release");
}

static void check_number(reader *r, uint64_t number, uint64_t skipped) {
    bool every = r->consumer->delivery == FERRY_DELIVERY_EVERY;
    note(r, number > r->last, "order");
    note(r, !every || number == r->last + 1, "a frame is missing");
    note(r, r->last == 0 || skipped == number - r->last - 1, "skipped");
    r->last = number;
    r->received++;
}

static bool read_one(reader *r, ferry_frame held[static 8], ferry_image *image) {
    ferry_frame *frame = &held[r->received % 8];
    if (r->copies) {
        r->status = ferry_consumer_copy(r->consumer, STUCK_NS, image, NULL);
        if (r->status != FERRY_OK)
            return false;
        note(r, is_whole(image->pixels, &image->info), "torn");
        check_number(r, image->info.number, image->skipped);
        return true;
    }
    r->status = ferry_consumer_acquire(r->consumer, STUCK_NS, frame, NULL);
    if (r->status != FERRY_OK)
        return false;
    note(r, is_whole(frame->pixels, &frame->info), "torn");
    check_number(r, frame->info.number, frame->skipped);
    if (r->received >= r->keeps)
        give_back(r, &held[(r->received - r->keeps) % 8]);
    return true;
}

static void *read_all(void *argument) {
    reader *r = argument;
    ferry_frame held[8] = {0};
    ferry_image image = FERRY_IMAGE_INIT;
    while (r->fault == NULL && (r->most == 0 || r->received < r->most) &&
           read_one(r, held, &image)) {
    }
    for (size_t i = 0; i < 8; i++)
        if (held[i].pixels != NULL)
            give_back(r, &held[i]);
    ferry_image_free(&image);
    return NULL;
}

static void start_reader(reader *r, uint32_t delivery, bool copies, uint32_t keeps) {
    *r = (reader){.copies = copies, .keeps = keeps};
    r->consumer = make_consumer(name, delivery, NULL);
    assert_non_null(r->consumer);
    r->last = r->consumer->last;
    assert_int_equal(pthread_create(&r->thread, NULL, read_all, r), 0);
}

/* A reader has read to the end, and nothing was wrong. */
static void end_reader(reader *r, uint64_t head) {
    ferry_consumer_counters counters;
    pthread_join(r->thread, NULL);
    if (r->fault != NULL)
        fail_msg("%s at frame %llu", r->fault, (unsigned long long)r->last);
    assert_int_equal(r->status, FERRY_END_OF_STREAM);
    assert_int_equal(r->last, head);
    ferry_consumer_get_counters(r->consumer, &counters);
    assert_int_equal(counters.head, head);
    assert_int_equal(counters.received, r->received);
    assert_int_equal(counters.received + counters.skipped, head - counters.first + 1);
    assert_true(counters.pending == 0 && counters.overrun == 0 && counters.held == 0);
    if (r->consumer->delivery == FERRY_DELIVERY_EVERY)
        assert_int_equal(counters.skipped, 0);
    ferry_consumer_close(&r->consumer);
}

/* ---- streams ---- */

static void test_both_deliveries_at_once(void **state) {
    (void)state;
    enum { READERS = 5 };
    ferry_producer *producer = open_channel(name, "both", 6, FERRY_WHEN_FULL_WAIT);
    reader readers[READERS];
    start_reader(&readers[0], FERRY_DELIVERY_EVERY, false, 1);
    start_reader(&readers[1], FERRY_DELIVERY_EVERY, true, 1);
    start_reader(&readers[2], FERRY_DELIVERY_LATEST, false, 1);
    start_reader(&readers[3], FERRY_DELIVERY_LATEST, true, 1);
    start_reader(&readers[4], FERRY_DELIVERY_EVERY, false, 3);
    for (uint64_t number = 1; number <= FRAMES; number++)
        assert_int_equal(send_numbered(producer, number), FERRY_OK);
    ferry_producer_close(&producer);
    for (int i = 0; i < READERS; i++)
        end_reader(&readers[i], FRAMES);
    assert_nothing_left();
}

/* The producer never sleeps: it tries for a slot at every moment of what a consumer does. */
static void test_a_producer_that_presses(void **state) {
    (void)state;
    for (uint32_t slots = 2; slots <= 4; slots++) {
        ferry_producer *producer = open_channel(name, "presses", slots, FERRY_WHEN_FULL_DROP);
        reader every, latest;
        uint64_t drops = 0;
        start_reader(&every, FERRY_DELIVERY_EVERY, slots % 2 == 0, 1);
        start_reader(&latest, FERRY_DELIVERY_LATEST, slots % 2 != 0, 1);
        for (uint64_t number = 1; number <= FRAMES;) {
            ferry_status status = send_numbered(producer, number);
            assert_true(status == FERRY_OK || status == FERRY_FULL);
            number += status == FERRY_OK;
            drops += status == FERRY_FULL;
        }
        assert_int_equal(dropped_by(producer), drops);
        ferry_producer_close(&producer);
        end_reader(&every, FRAMES);
        end_reader(&latest, FRAMES);
    }
    assert_nothing_left();
}

/* ---- holding slots that the producer is about to take ---- */

/* Follows the holding part of the protocol alone, at any slot and any time: sets its bit, and when
 * the slot has a number after that, the frame has to stay. */
typedef struct prober {
    pthread_t thread;
    ferry_consumer *consumer;
    atomic_bool stop;
    _Atomic(uint64_t) held;
    const char *fault;
} prober;

static void probe(prober *p, uint32_t slot) {
    const ferryi_descriptor *descriptor = &p->consumer->block->descriptor[slot];
    ferryi_record *record = p->consumer->record;
    uint64_t bit = UINT64_C(1) << slot;
    atomic_fetch_or(&record->held, bit);
    uint64_t number = atomic_load(&descriptor->frame);
    if (number != 0) {
        uint64_t fills = atomic_load(&descriptor->fills), first;
        p->held++;
        for (int i = 0; i < 50; i++)
            if (atomic_load(&descriptor->fills) != fills)
                p->fault = "filled while held";
        memcpy(&first, ferryi_geometry_pixels(&p->consumer->frames, &p->consumer->geometry, slot),
               sizeof first);
        if (first != number)
            p->fault = "another frame than the number says";
    }
    atomic_fetch_and(&record->held, ~bit);
}

static void *probe_all(void *argument) {
    prober *p = argument;
    for (uint32_t i = 0; !atomic_load_explicit(&p->stop, memory_order_relaxed); i++)
        probe(p, i % p->consumer->geometry.slots);
    return NULL;
}

static void test_a_slot_that_is_held_in_time_is_not_taken(void **state) {
    (void)state;
    enum { ENOUGH = 100 };
    SKIP_EMULATED(
        "qemu 7.2 lets a load-acquire pass a store-release, which the processor does not");
    ferry_producer *producer = open_channel(name, "probe", 4, FERRY_WHEN_FULL_DROP);
    prober p = {.consumer = open_latest(name)};
    uint64_t until_ns = ferry_clock_ns() + (uint64_t)FERRY_SECOND_NS, number = 1;
    assert_int_equal(pthread_create(&p.thread, NULL, probe_all, &p), 0);
    uint64_t stuck_ns = until_ns + (uint64_t)STUCK_NS;
    while (ferry_clock_ns() < until_ns || number < FRAMES ||
           (atomic_load(&p.held) <= ENOUGH && ferry_clock_ns() < stuck_ns))
        number += send_numbered(producer, number) == FERRY_OK;
    atomic_store(&p.stop, true);
    pthread_join(p.thread, NULL);
    if (p.fault != NULL)
        fail_msg("%s", p.fault);
    assert_true(p.held > ENOUGH);
    ferry_consumer_close(&p.consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_both_deliveries_at_once, clean_up),
        cmocka_unit_test_teardown(test_a_producer_that_presses, clean_up),
        cmocka_unit_test_teardown(test_a_slot_that_is_held_in_time_is_not_taken, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
