/* Frames that are published and kept: their slots are not filled anew before they are let go. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"

static char name[NAME_BYTES];

static ferry_claim claim_one(ferry_producer *producer, uint64_t number) {
    ferry_frame_info info = small_info();
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    paint(claim.pixels, number);
    return claim;
}

/* Publishes the next frame, and keeps it. */
static ferry_claim keep_one(ferry_producer *producer, uint64_t number) {
    ferry_claim claim = claim_one(producer, number);
    uint64_t given = 0;
    assert_int_equal(ferry_producer_commit_keep(producer, &claim, &given, NULL), FERRY_OK);
    assert_int_equal(given, number);
    assert_non_null(claim.pixels);
    return claim;
}

static ferry_status try_claim(ferry_producer *producer) {
    ferry_frame_info info = small_info();
    ferry_claim claim;
    ferry_error error = {0};
    ferry_status status = ferry_producer_claim_timed(producer, &info, 0, &claim, &error);
    assert_int_equal(error.status, status);
    ferry_producer_abort(producer, &claim);
    return status;
}

/* Consumers get it like any other frame, and a thousand others later its pixels are still there. */
static void test_a_kept_frame_is_not_overwritten(void **state) {
    (void)state;
    static const uint32_t counts[] = {3, 4, 8};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        ferry_producer *producer = open_channel(name, "kept", counts[i], FERRY_WHEN_FULL_WAIT);
        ferry_consumer *consumer = open_every(name);
        ferry_claim kept = keep_one(producer, 1);
        take_and_release(consumer, 1);
        for (uint64_t number = 2; number <= 1000; number++) {
            send_up_to(producer, number);
            take_and_release(consumer, number);
        }
        assert_true(is_painted(kept.pixels, 1));
        ferry_producer_let_go(producer, &kept);
        assert_null(kept.pixels);
        assert_int_equal(dropped_by(producer), 0);
        close_both(&producer, &consumer);
    }
}

/* After it has been let go the slot is one like all others. */
static void test_a_slot_that_is_let_go_is_used_again(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "again", 3, FERRY_WHEN_FULL_DROP);
    ferry_claim kept = keep_one(producer, 1);
    uint32_t slot = kept.slot;
    send_up_to(producer, 20);
    ferry_producer_let_go(producer, &kept);
    bool again = false;
    for (int i = 0; i < 6; i++) {
        ferry_claim claim = claim_one(producer, 0);
        again |= claim.slot == slot;
        assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    }
    assert_true(again);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* Kept and open ones together are slots - 1 at most, and a channel with so many kept goes on. */
static void test_as_many_as_slots_but_one(void **state) {
    (void)state;
    enum { SLOTS = 5, LIMIT = SLOTS - 1 };
    ferry_producer *producer = open_channel(name, "limit", SLOTS, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_latest(name);
    ferry_claim kept[LIMIT];
    for (uint64_t i = 0; i < LIMIT - 1; i++)
        kept[i] = keep_one(producer, i + 1);
    /* One is left for the others, in turn with the newest frame's. */
    for (uint64_t number = LIMIT; number < LIMIT + 20; number++) {
        send_up_to(producer, number);
        take_and_release(consumer, number);
    }
    ferry_claim open = claim_one(producer, LIMIT + 20);
    assert_int_equal(try_claim(producer), FERRY_TOO_MANY_HELD);
    assert_int_equal(ferry_producer_commit_keep(producer, &open, NULL, NULL), FERRY_OK);
    assert_int_equal(try_claim(producer), FERRY_TOO_MANY_HELD);
    for (uint64_t i = 0; i < LIMIT - 1; i++)
        assert_true(is_painted(kept[i].pixels, i + 1));
    assert_true(is_painted(open.pixels, LIMIT + 20));
    ferry_producer_let_go(producer, &kept[1]);
    send_up_to(producer, LIMIT + 30);
    assert_true(is_painted(kept[0].pixels, 1) && is_painted(kept[2].pixels, 3));
    close_both(&producer, &consumer);
}

static void test_of_two_slots_one_can_be_kept(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "two", 2, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    for (uint64_t number = 1; number <= 10; number++) {
        ferry_claim kept = keep_one(producer, number);
        assert_int_equal(try_claim(producer), FERRY_TOO_MANY_HELD);
        take_and_release(consumer, number);
        ferry_producer_let_go(producer, &kept);
    }
    close_both(&producer, &consumer);
}

/* Bounded consumers give way, but never a kept frame. */
static void test_a_bounded_consumer_gives_way(void **state) {
    (void)state;
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    ferry_producer *producer = open_channel(name, "bounded", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = NULL;
    options.name = name;
    options.delivery = FERRY_DELIVERY_EVERY;
    options.max_lag = 3;
    options.wait_ns = 0;
    assert_int_equal(ferry_consumer_open(&consumer, &options, NULL), FERRY_OK);
    ferry_claim kept = keep_one(producer, 1);
    send_up_to(producer, 50);
    assert_true(is_painted(kept.pixels, 1));
    ferry_frame frame;
    ferry_status status;
    uint64_t number = take_next(consumer, 0, &frame, &status);
    assert_true(status == FERRY_OK && number >= 48);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    assert_sums_hold(consumer);
    close_both(&producer, &consumer);
}

/* A claim that is not kept is left alone, and so is a copy of one that was let go. */
static void test_claims_that_are_not_kept(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "others", 4, FERRY_WHEN_FULL_DROP);
    ferry_claim none = FERRY_CLAIM_INIT;
    ferry_producer_let_go(producer, &none);
    ferry_claim open = claim_one(producer, 1);
    ferry_producer_let_go(producer, &open);
    assert_non_null(open.pixels);
    assert_int_equal(ferry_producer_commit(producer, &open, NULL, NULL), FERRY_OK);
    ferry_claim kept = keep_one(producer, 2), copy = kept;
    ferry_producer_let_go(producer, &kept);
    send_up_to(producer, 10);
    while (kept.pixels == NULL || kept.slot != copy.slot)
        kept = keep_one(producer, producer->head + 1);
    uint64_t number = producer->head;
    ferry_producer_let_go(producer, &copy); /* of the slot's last filling */
    ferry_producer_abort(producer, &copy);
    send_up_to(producer, number + 20);
    assert_true(is_painted(kept.pixels, number));
    copy = kept;
    copy.slot = UINT32_MAX;
    ferry_producer_let_go(producer, &copy);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* A kept claim cannot be published once more; that ends it, as it ends any claim. */
static void test_a_kept_claim_is_not_open(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "closed", 2, FERRY_WHEN_FULL_DROP);
    typedef ferry_status publisher(ferry_producer *, ferry_claim *, uint64_t *, ferry_error *);
    publisher *const both[] = {ferry_producer_commit, ferry_producer_commit_keep};
    for (uint64_t i = 0; i < 2; i++) {
        ferry_claim kept = keep_one(producer, i + 1);
        assert_int_equal(ferry_producer_show_early(producer, &kept, NULL), FERRY_INVALID_ARGUMENT);
        assert_int_equal(try_claim(producer), FERRY_TOO_MANY_HELD);
        assert_int_equal(both[i](producer, &kept, NULL, NULL), FERRY_INVALID_ARGUMENT);
        assert_null(kept.pixels);
        assert_int_equal(try_claim(producer), FERRY_OK);
    }
    ferry_claim kept = keep_one(producer, 3);
    ferry_producer_abort(producer, &kept);
    assert_null(kept.pixels);
    assert_int_equal(try_claim(producer), FERRY_OK);
    assert_int_equal(producer->head, 3);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* A frame that becomes invalid is not kept either. */
static void test_a_frame_that_is_refused(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "refused", 2, FERRY_WHEN_FULL_DROP);
    ferry_claim claim = claim_one(producer, 1);
    claim.info.flags = UINT32_MAX;
    assert_int_equal(ferry_producer_commit_keep(producer, &claim, NULL, NULL),
                     FERRY_INVALID_ARGUMENT);
    assert_null(claim.pixels);
    assert_int_equal(try_claim(producer), FERRY_OK);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_a_frame_shown_early(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "early", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    ferry_claim claim = claim_one(producer, 1);
    ferry_frame frame;
    uint32_t filled = 0;
    assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_advance(producer, &claim, 100, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_acquire_early(consumer, 0, &frame, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_commit_keep(producer, &claim, NULL, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_wait_filled(consumer, &frame, PIXELS, 0, &filled, NULL),
                     FERRY_OK);
    assert_true(filled == PIXELS && frame.info.number == 1 && is_painted(frame.pixels, 1));
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    for (uint64_t number = 2; number <= 50; number++) {
        send_up_to(producer, number);
        take_and_release(consumer, number);
    }
    assert_true(is_painted(claim.pixels, 1));
    close_both(&producer, &consumer);
}

/* The dialect has one slot: the claim goes on, and can be committed. */
static void test_one_slot_cannot_be_kept(void **state) {
    (void)state;
    ferry_producer *producer = make_dialect(own_name(name, "dialect"));
    assert_non_null(producer);
    ferry_claim claim = claim_one(producer, 1);
    ferry_error error = {0};
    uint64_t number = 77;
    assert_int_equal(ferry_producer_commit_keep(producer, &claim, &number, &error),
                     FERRY_NOT_SUPPORTED);
    assert_sentence(&error, FERRY_NOT_SUPPORTED, name);
    assert_true(number == 77 && claim.pixels != NULL);
    assert_int_equal(ferry_producer_commit(producer, &claim, &number, NULL), FERRY_OK);
    assert_int_equal(number, 1);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* The end waits for nobody to let go, and what was kept is read like other frames. */
static void test_the_end_with_kept_frames(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "end", 4, FERRY_WHEN_FULL_WAIT);
    ferry_consumer *consumer = open_every(name);
    ferry_frame frame;
    keep_one(producer, 1);
    keep_one(producer, 2);
    take_and_release(consumer, 1);
    take_and_release(consumer, 2);
    assert_int_equal(ferry_producer_drain(producer, STUCK_NS), FERRY_OK);
    keep_one(producer, 3);
    ferry_producer_close(&producer);
    take_and_release(consumer, 3);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_END_OF_STREAM);
    ferry_consumer_close(&consumer);
    assert_nothing_left();
}

/* Others let frames go while the claiming thread goes on: no frame that is kept changes. */
typedef struct keeper {
    ferry_producer *producer;
    ferry_claim *_Atomic claim; /* for this thread to let go */
    atomic_uint torn;
} keeper;

static void *let_go_of_each(void *argument) {
    keeper *k = argument;
    for (uint64_t number = 1; number <= 3000; number++) {
        ferry_claim *claim;
        while ((claim = atomic_exchange(&k->claim, NULL)) == NULL)
            sched_yield();
        if (!is_painted(claim->pixels, claim->info.number))
            atomic_fetch_add(&k->torn, 1);
        ferry_producer_let_go(k->producer, claim);
        free(claim);
    }
    return NULL;
}

static void test_letting_go_in_another_thread(void **state) {
    (void)state;
    keeper k = {.producer = open_channel(name, "threads", 3, FERRY_WHEN_FULL_WAIT)};
    ferry_consumer *consumer = open_latest(name);
    ferry_frame_info info = small_info();
    pthread_t thread;
    rescue r;
    rescue_start(&r, k.producer);
    assert_int_equal(pthread_create(&thread, NULL, let_go_of_each, &k), 0);
    for (uint64_t number = 1; number <= 3000; number++) {
        ferry_claim *claim = calloc(1, sizeof *claim);
        assert_non_null(claim);
        ferry_status status;
        while ((status = ferry_producer_claim(k.producer, &info, claim, NULL)) ==
               FERRY_TOO_MANY_HELD)
            sched_yield();
        assert_int_equal(status, FERRY_OK);
        paint(claim->pixels, number);
        assert_int_equal(ferry_producer_commit_keep(k.producer, claim, NULL, NULL), FERRY_OK);
        ferry_claim *none = NULL;
        while (!atomic_compare_exchange_weak(&k.claim, &none, claim)) {
            none = NULL;
            sched_yield();
        }
    }
    pthread_join(thread, NULL);
    rescue_end(&r);
    assert_int_equal(atomic_load(&k.torn), 0);
    assert_int_equal(k.producer->kept, 0);
    close_both(&k.producer, &consumer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_kept_frame_is_not_overwritten, clean_up),
        cmocka_unit_test_teardown(test_a_slot_that_is_let_go_is_used_again, clean_up),
        cmocka_unit_test_teardown(test_as_many_as_slots_but_one, clean_up),
        cmocka_unit_test_teardown(test_of_two_slots_one_can_be_kept, clean_up),
        cmocka_unit_test_teardown(test_a_bounded_consumer_gives_way, clean_up),
        cmocka_unit_test_teardown(test_claims_that_are_not_kept, clean_up),
        cmocka_unit_test_teardown(test_a_kept_claim_is_not_open, clean_up),
        cmocka_unit_test_teardown(test_a_frame_that_is_refused, clean_up),
        cmocka_unit_test_teardown(test_a_frame_shown_early, clean_up),
        cmocka_unit_test_teardown(test_one_slot_cannot_be_kept, clean_up),
        cmocka_unit_test_teardown(test_the_end_with_kept_frames, clean_up),
        cmocka_unit_test_teardown(test_letting_go_in_another_thread, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
