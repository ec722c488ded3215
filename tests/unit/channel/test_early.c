/* Frames that are read while they are written: what both sides see of them, and how they end. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel/objects.h"
#include "early_support.h"

static void test_a_frame_is_read_while_it_is_written(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer = make_producer(own_name(name, "read"), 4, FERRY_WHEN_FULL_DROP, NULL);
    ferry_consumer *follower = open_latest(name), *other = open_latest(name);
    ferry_claim claim;
    ferry_frame frame;
    uint32_t filled = 7;
    assert_int_equal(ferry_consumer_acquire_early(follower, 0, &frame, NULL), FERRY_TIMEOUT);
    show_next(producer, &claim);
    follow(follower, &frame);
    assert_int_equal(frame.info.width, WIDTH);
    assert_int_equal(frame.info.format, FERRY_FORMAT_GRAY);
    assert_int_equal(ferry_consumer_wait_filled(follower, &frame, 1, 0, &filled, NULL),
                     FERRY_TIMEOUT);
    assert_int_equal(filled, 0);
    for (uint32_t bytes = 100; bytes <= PIXELS; bytes += 700) {
        write_to(producer, &claim, 1, bytes);
        assert_int_equal(ferry_consumer_wait_filled(follower, &frame, bytes, 0, &filled, NULL),
                         FERRY_OK);
        assert_int_equal(filled, bytes);
        assert_int_equal(atomic_load(&follower->record->awaits), 0);
        assert_true(is_painted_to(frame.pixels, 1, bytes));
        assert_int_equal(wait_for(follower, &frame, bytes + 1), FERRY_TIMEOUT);
        assert_none_yet(other);
        assert_counts(follower, 1, 0, 0, 0);
    }
    write_to(producer, &claim, 1, PIXELS);
    assert_int_equal(wait_for(follower, &frame, PIXELS), FERRY_OK);
    assert_int_equal(frame.info.number, 0);
    assert_int_equal(wait_for(follower, &frame, FERRY_WHOLE), FERRY_TIMEOUT);
    assert_none_yet(other);
    claim.info.capture_ns = 17;
    claim.info.metadata_bytes = 3;
    memcpy(claim.info.metadata, "abc", 3);
    finish(producer, &claim, 1);
    end_whole(follower, &frame, 1);
    assert_int_equal(frame.info.capture_ns, 17);
    assert_int_equal(frame.info.metadata_bytes, 3);
    assert_memory_equal(frame.info.metadata, "abc", 3);
    assert_counts(follower, 1, 1, 0, 0);
    take_and_release(other, 1);
    ferry_consumer_close(&follower);
    ferry_consumer_close(&other);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* Nobody but the one who followed it notices; the next frame gets the number. */
static void test_a_frame_is_given_up(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer =
        make_producer(own_name(name, "given"), 3, FERRY_WHEN_FULL_DROP, NULL);
    ferry_consumer *consumers[] = {open_latest(name), open_every(name)};
    ferry_consumer *other = open_every(name);
    for (int i = 0; i < 2; i++) {
        ferry_claim claim;
        ferry_frame frame;
        ferry_error error = {0};
        show_next(producer, &claim);
        uint32_t slot = claim.slot;
        follow(consumers[i], &frame);
        write_to(producer, &claim, 9, 50);
        assert_int_equal(wait_for(consumers[i], &frame, 50), FERRY_OK);
        ferry_producer_abort(producer, &claim);
        assert_int_equal(ferry_consumer_wait_filled(consumers[i], &frame, 50, 0, NULL, &error),
                         FERRY_ABANDONED);
        assert_int_equal(error.status, FERRY_ABANDONED);
        assert_counts(consumers[i], 1, (uint64_t)i, 0, 0);
        /* What it still holds is not filled anew. */
        for (int k = 0; k < 3; k++) {
            ferry_frame_info info = small_info();
            assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
            assert_int_not_equal(claim.slot, slot);
            ferry_producer_abort(producer, &claim);
        }
        assert_int_equal(wait_for(consumers[i], &frame, 1), FERRY_ABANDONED);
        assert_int_equal(ferry_consumer_release(consumers[i], &frame), FERRY_ABANDONED);
        assert_int_equal(ferry_consumer_release(consumers[i], &frame), FERRY_INVALID_ARGUMENT);
        assert_int_equal(ferry_consumer_acquire_early(consumers[i], 0, &frame, NULL),
                         FERRY_TIMEOUT);
        send_up_to(producer, (uint64_t)i + 1);
        for (int k = 0; k < 2; k++)
            take_and_release(consumers[k], (uint64_t)i + 1);
        take_and_release(other, (uint64_t)i + 1);
    }
    assert_counts(other, 1, 2, 0, 0);
    ferry_consumer_close(&consumers[0]);
    ferry_consumer_close(&consumers[1]);
    ferry_consumer_close(&other);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_the_stream_ends_in_the_midst_of_a_frame(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer = make_producer(own_name(name, "ends"), 3, FERRY_WHEN_FULL_DROP, NULL);
    ferry_consumer *follower = open_every(name);
    ferry_claim claim;
    ferry_frame frame;
    show_next(producer, &claim);
    follow(follower, &frame);
    ferry_producer_close(&producer);
    assert_int_equal(wait_for(follower, &frame, 1), FERRY_ABANDONED);
    assert_int_equal(ferry_consumer_release(follower, &frame), FERRY_ABANDONED);
    assert_int_equal(ferry_consumer_acquire_early(follower, 0, &frame, NULL), FERRY_END_OF_STREAM);
    assert_counts(follower, 1, 0, 0, 0);
    ferry_consumer_close(&follower);
    assert_nothing_left();
}

/* What it had published besides is still to be taken; what it left half done is not, a second time.
 */
static void test_the_producer_dies_in_the_midst_of_a_frame(void **state) {
    (void)state;
    for (uint32_t delivery = 0; delivery < 2; delivery++) {
        char name[NAME_BYTES];
        ferry_producer *producer =
            make_producer(own_name(name, "dies"), 4, FERRY_WHEN_FULL_DROP, NULL);
        ferry_consumer *follower = make_consumer(name, delivery, NULL);
        ferry_claim claim;
        ferry_frame frame;
        show_next(producer, &claim);
        write_to(producer, &claim, 2, 100);
        follow(follower, &frame);
        assert_int_equal(send_next(producer), FERRY_OK);
        ferryi_objects_abandon(&producer->objects); /* as if it had been killed */
        assert_int_equal(ferry_consumer_wait_filled(follower, &frame, 100, STUCK_NS, NULL, NULL),
                         FERRY_OK);
        for (int i = 0; i < 2; i++)
            assert_int_equal(
                ferry_consumer_wait_filled(follower, &frame, FERRY_WHOLE, STUCK_NS, NULL, NULL),
                FERRY_PRODUCER_LOST);
        assert_int_equal(ferry_consumer_release(follower, &frame), FERRY_ABANDONED);
        assert_int_equal(ferry_consumer_acquire_early(follower, STUCK_NS, &frame, NULL), FERRY_OK);
        assert_int_equal(frame.info.number, 1);
        assert_int_equal(ferry_consumer_release(follower, &frame), FERRY_OK);
        assert_int_equal(ferry_consumer_acquire_early(follower, STUCK_NS, &frame, NULL),
                         FERRY_PRODUCER_LOST);
        assert_counts(follower, 1, 1, 0, 0);
        ferry_consumer_close(&follower);
        ferryi_lock_free(producer->lock);
        free(producer);
        assert_nothing_left();
    }
}

/* Numbers are given at commit. A consumer of every frame that follows what becomes frame 2 has not
 * had frame 1 yet. */
static void test_another_claim_is_committed_first(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer =
        make_producer(own_name(name, "first"), 4, FERRY_WHEN_FULL_DROP, NULL);
    ferry_consumer *latest = open_latest(name), *every = open_every(name);
    ferry_claim claim;
    ferry_frame of_latest, of_every;
    show_next(producer, &claim);
    follow(latest, &of_latest);
    follow(every, &of_every);
    assert_int_equal(send_next(producer), FERRY_OK);
    assert_int_equal(wait_for(every, &of_every, FERRY_WHOLE), FERRY_TIMEOUT);
    finish(producer, &claim, 2);
    end_whole(latest, &of_latest, 2);
    assert_int_equal(of_latest.skipped, 1);
    assert_counts(latest, 1, 1, 1, 0);

    assert_int_equal(wait_for(every, &of_every, FERRY_WHOLE), FERRY_OVERTAKEN);
    assert_int_equal(wait_for(every, &of_every, 1), FERRY_OVERTAKEN);
    assert_counts(every, 1, 0, 0, 2);
    assert_int_equal(ferry_consumer_release(every, &of_every), FERRY_ABANDONED);
    for (int i = 0; i < 4; i++) /* what it still wants stays, held or not */
        assert_true(send_next(producer) == FERRY_OK || i >= 2);
    take_and_release(every, 1);
    take_and_release(every, 2);
    ferry_consumer_close(&latest);
    ferry_consumer_close(&every);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* It counts for nothing, and comes again as a whole one. */
static void test_a_frame_is_released_before_it_is_whole(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer =
        make_producer(own_name(name, "before"), 3, FERRY_WHEN_FULL_DROP, NULL);
    ferry_consumer *consumers[] = {open_latest(name), open_every(name)};
    ferry_claim claim;
    ferry_frame frames[2];
    show_next(producer, &claim);
    for (int i = 0; i < 2; i++) {
        follow(consumers[i], &frames[i]);
        assert_int_equal(ferry_consumer_release(consumers[i], &frames[i]), FERRY_ABANDONED);
        follow(consumers[i], &frames[i]); /* while it still is shown */
    }
    finish(producer, &claim, 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ferry_consumer_release(consumers[i], &frames[i]), FERRY_ABANDONED);
        assert_counts(consumers[i], 1, 0, 0, 1);
        take_and_release(consumers[i], 1);
        ferry_consumer_close(&consumers[i]);
    }
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* One that is being written may never be whole. */
static void test_whole_frames_come_first(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer =
        make_producer(own_name(name, "whole"), 5, FERRY_WHEN_FULL_DROP, NULL);
    ferry_consumer *latest = open_latest(name), *every = open_every(name);
    ferry_claim claim;
    ferry_frame frame;
    send_up_to(producer, 2);
    show_next(producer, &claim);
    for (uint64_t number = 1; number <= 2; number++) {
        assert_int_equal(ferry_consumer_acquire_early(every, 0, &frame, NULL), FERRY_OK);
        assert_int_equal(frame.info.number, number);
        assert_int_equal(wait_for(every, &frame, FERRY_WHOLE), FERRY_OK);
        assert_int_equal(ferry_consumer_release(every, &frame), FERRY_OK);
        assert_int_equal(wait_for(every, &frame, 1), FERRY_INVALID_ARGUMENT);
    }
    assert_int_equal(ferry_consumer_acquire_early(latest, 0, &frame, NULL), FERRY_OK);
    assert_int_equal(frame.info.number, 2);
    assert_int_equal(ferry_consumer_release(latest, &frame), FERRY_OK);
    follow(latest, &frame);
    finish(producer, &claim, 3);
    end_whole(latest, &frame, 3);
    take_and_release(every, 3);
    assert_counts(latest, 1, 2, 1, 0);
    assert_counts(every, 1, 3, 0, 0);
    ferry_consumer_close(&latest);
    ferry_consumer_close(&every);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_what_cannot_be_asked_for(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer =
        make_producer(own_name(name, "asked"), 4, FERRY_WHEN_FULL_DROP, NULL);
    ferry_consumer *follower = open_latest(name);
    ferry_claim shown, claim;
    ferry_frame frame, second;
    ferry_frame_info info = small_info();
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_advance(producer, &claim, 1, NULL), FERRY_INVALID_ARGUMENT);
    show_next(producer, &shown);
    assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_TOO_MANY_HELD);
    assert_int_equal(ferry_producer_show_early(producer, &shown, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_producer_advance(producer, &claim, 1, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_producer_advance(producer, &shown, PIXELS + 1, NULL),
                     FERRY_INVALID_ARGUMENT);
    write_to(producer, &shown, 1, 10);
    assert_int_equal(ferry_producer_advance(producer, &shown, 9, NULL), FERRY_INVALID_ARGUMENT);

    follow(follower, &frame);
    assert_int_equal(ferry_consumer_acquire(follower, 0, &second, NULL), FERRY_TOO_MANY_HELD);
    assert_int_equal(ferry_consumer_acquire_early(follower, 0, &second, NULL), FERRY_TOO_MANY_HELD);
    second = frame;
    second.fills++;
    assert_int_equal(wait_for(follower, &second, 1), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_consumer_release(follower, &second), FERRY_INVALID_ARGUMENT);

    /* What has been shown of it stays so: else it is given up. */
    shown.info.height--;
    assert_int_equal(ferry_producer_commit(producer, &shown, NULL, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(wait_for(follower, &frame, 1), FERRY_ABANDONED);
    assert_int_equal(ferry_consumer_release(follower, &frame), FERRY_ABANDONED);
    assert_int_equal(ferry_producer_advance(producer, &shown, 11, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_producer_show_early(producer, &shown, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_OK);
    follow(follower, &frame);
    finish(producer, &claim, 1);
    end_whole(follower, &frame, 1);
    ferry_consumer_close(&follower);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_one_slot_shows_nothing(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer = make_dialect(own_name(name, "one"));
    ferry_consumer *consumer = open_latest(name);
    ferry_frame_info info = small_info();
    ferry_claim claim;
    ferry_frame frame;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_NOT_SUPPORTED);
    assert_int_equal(ferry_consumer_acquire_early(consumer, 0, &frame, NULL), FERRY_NOT_SUPPORTED);
    finish(producer, &claim, 1);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* Programs that were made before there were these options have shorter structs. */
static void test_older_programs(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer_options made = FERRY_PRODUCER_OPTIONS_INIT;
    made.size = offsetof(ferry_producer_options, early_bytes);
    made.name = own_name(name, "older");
    made.early_bytes = 1;
    ferry_producer *producer = create_with(&made);
    assert_int_equal(producer->early_bytes, 0);
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.size = offsetof(ferry_consumer_options, follow_early);
    options.name = name;
    options.follow_early = 77;
    options.max_lag = 77;
    ferry_consumer *consumer = NULL;
    assert_int_equal(ferry_consumer_open(&consumer, &options, NULL), FERRY_OK);
    assert_false(consumer->follow_early);
    ferry_consumer_close(&consumer);
    options.size = sizeof options;
    assert_int_equal(ferry_consumer_open(&consumer, &options, NULL), FERRY_INVALID_ARGUMENT);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_frame_is_read_while_it_is_written, clean_up),
        cmocka_unit_test_teardown(test_a_frame_is_given_up, clean_up),
        cmocka_unit_test_teardown(test_the_stream_ends_in_the_midst_of_a_frame, clean_up),
        cmocka_unit_test_teardown(test_the_producer_dies_in_the_midst_of_a_frame, clean_up),
        cmocka_unit_test_teardown(test_another_claim_is_committed_first, clean_up),
        cmocka_unit_test_teardown(test_a_frame_is_released_before_it_is_whole, clean_up),
        cmocka_unit_test_teardown(test_whole_frames_come_first, clean_up),
        cmocka_unit_test_teardown(test_what_cannot_be_asked_for, clean_up),
        cmocka_unit_test_teardown(test_one_slot_shows_nothing, clean_up),
        cmocka_unit_test_teardown(test_older_programs, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
