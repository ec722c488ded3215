/* Following a frame, step by step: the consumer's side is compiled into this program once more,
 * with a place to come in between wherever the other side could. What the producer does just then
 * has to be noticed, without a sleep. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "early_support.h"
#include "platform/fault_point.h"

static void come_in(const char *point);

#undef FERRYI_FAULT
#define FERRYI_FAULT(point) come_in(point)
#include "channel/follow.c"

/* ---- what comes in between ---- */

typedef struct stage {
    ferry_producer *producer;
    ferry_consumer *consumer;
    ferry_claim shown;
    const char *point; /* NULL: nothing comes in any more */
    void (*act)(struct stage *);
    unsigned passed; /* times that the point was */
} stage;

static stage s;

static void come_in(const char *point) {
    if (s.point == NULL || strcmp(point, s.point) != 0)
        return;
    s.passed++;
    s.point = NULL; /* once */
    s.act(&s);
}

static void at(const char *point, void (*act)(stage *)) {
    s.point = point;
    s.act = act;
    s.passed = 0;
}

static void set_up(uint32_t slots, uint32_t delivery) {
    static char name[NAME_BYTES];
    s = (stage){.producer =
                    make_producer(own_name(name, "steps"), slots, FERRY_WHEN_FULL_DROP, NULL)};
    s.consumer = make_consumer(name, delivery, NULL);
    assert_non_null(s.consumer);
}

/* The point was met, the consumer holds nothing, and its sums are right. */
static void strike(uint64_t received) {
    ferry_consumer_counters c;
    assert_int_equal(s.passed, 1);
    ferry_consumer_get_counters(s.consumer, &c);
    assert_int_equal(c.held, 0);
    assert_int_equal(atomic_load(&s.consumer->record->held), 0);
    assert_int_equal(c.received, received);
    assert_sums_hold(s.consumer);
    ferry_consumer_close(&s.consumer);
    ferry_producer_close(&s.producer);
    assert_nothing_left();
}

static void commit_it(stage *w) {
    finish(w->producer, &w->shown, 1);
}

static void abort_it(stage *w) {
    ferry_producer_abort(w->producer, &w->shown);
}

static void commit_another(stage *w) {
    assert_int_equal(send_next(w->producer), FERRY_OK);
}

/* The same slot, shown once more, for another frame. */
static void show_another_there(stage *w) {
    uint32_t slot = w->shown.slot;
    finish(w->producer, &w->shown, 1);
    commit_another(w);
    show_next(w->producer, &w->shown);
    assert_int_equal(w->shown.slot, slot);
}

/* The same slot, being filled for another frame, which is not shown. */
static void fill_another_there(stage *w) {
    ferry_frame_info info = small_info();
    uint32_t slot = w->shown.slot;
    finish(w->producer, &w->shown, 1);
    commit_another(w);
    assert_int_equal(ferry_producer_claim(w->producer, &info, &w->shown, NULL), FERRY_OK);
    assert_int_equal(w->shown.slot, slot);
}

static void show_it(stage *w) {
    show_next(w->producer, &w->shown);
    write_to(w->producer, &w->shown, 1, 10);
}

static void write_more(stage *w) {
    write_to(w->producer, &w->shown, 1, 100);
}

/* ---- taking ---- */

static ferry_status take(ferry_frame *frame) {
    return ferry_consumer_acquire_early(s.consumer, 0, frame, NULL);
}

static void take_whole(uint64_t number) {
    ferry_frame frame;
    assert_int_equal(take(&frame), FERRY_OK);
    assert_int_equal(frame.info.number, number);
    assert_true(is_painted(frame.pixels, number));
    assert_int_equal(ferry_consumer_release(s.consumer, &frame), FERRY_OK);
}

static const char *const taking[] = {"follow.begin", "follow.held"};

static void test_it_becomes_whole_just_then(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        set_up(3, i / 2);
        show_next(s.producer, &s.shown);
        at(taking[i % 2], commit_it);
        take_whole(1);
        strike(1);
    }
}

static void test_it_is_given_up_just_then(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        ferry_frame frame;
        set_up(3, i / 2);
        show_next(s.producer, &s.shown);
        at(taking[i % 2], abort_it);
        assert_int_equal(take(&frame), FERRY_TIMEOUT);
        strike(0);
    }
}

/* That one is whole, and comes first. */
static void test_another_is_published_just_then(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        set_up(3, i / 2);
        show_next(s.producer, &s.shown);
        at(taking[i % 2], commit_another);
        take_whole(1);
        strike(1);
    }
}

/* The consumer knows the announcement of a frame that has been published, and whose slot has been
 * taken for another one since. */
static void test_its_slot_is_filled_anew(void **state) {
    (void)state;
    void (*const acts[])(stage *) = {show_another_there, fill_another_there};
    for (int i = 0; i < 2; i++) {
        set_up(2, FERRY_DELIVERY_LATEST);
        show_next(s.producer, &s.shown);
        at("follow.begin", acts[i]);
        take_whole(2);
        finish(s.producer, &s.shown, 3);
        take_whole(3);
        strike(2);
    }
}

/* ---- waiting ---- */

static void test_it_is_shown_before_the_sleep(void **state) {
    (void)state;
    ferry_frame frame;
    set_up(3, FERRY_DELIVERY_EVERY);
    at("follow.awaits", show_it);
    assert_int_equal(take(&frame), FERRY_OK);
    assert_int_equal(frame.info.number, 0);
    assert_int_equal(wait_for(s.consumer, &frame, 10), FERRY_OK);
    finish(s.producer, &s.shown, 1);
    end_whole(s.consumer, &frame, 1);
    strike(1);
}

static void test_bytes_come_before_the_sleep(void **state) {
    (void)state;
    ferry_frame frame;
    set_up(3, FERRY_DELIVERY_LATEST);
    show_next(s.producer, &s.shown);
    follow(s.consumer, &frame);
    at("follow.awaits", write_more);
    assert_int_equal(wait_for(s.consumer, &frame, 50), FERRY_OK);
    assert_true(is_painted_to(frame.pixels, 1, 100));
    finish(s.producer, &s.shown, 1);
    end_whole(s.consumer, &frame, 1);
    strike(1);
}

static void test_the_end_comes_before_the_sleep(void **state) {
    (void)state;
    ferry_frame frame;
    set_up(3, FERRY_DELIVERY_LATEST);
    show_next(s.producer, &s.shown);
    follow(s.consumer, &frame);
    at("follow.awaits", abort_it);
    assert_int_equal(wait_for(s.consumer, &frame, FERRY_WHOLE), FERRY_ABANDONED);
    assert_int_equal(ferry_consumer_release(s.consumer, &frame), FERRY_ABANDONED);
    strike(0);
    set_up(3, FERRY_DELIVERY_EVERY);
    show_next(s.producer, &s.shown);
    follow(s.consumer, &frame);
    at("follow.awaits", commit_it);
    assert_int_equal(wait_for(s.consumer, &frame, FERRY_WHOLE), FERRY_OK);
    assert_int_equal(frame.info.number, 1);
    assert_int_equal(ferry_consumer_release(s.consumer, &frame), FERRY_OK);
    strike(1);
}

/* ---- what cannot be ---- */

static void test_lies_of_the_producer(void **state) {
    (void)state;
    ferry_frame frame;
    for (int lie = 0; lie < 6; lie++) {
        set_up(3, FERRY_DELIVERY_LATEST);
        show_next(s.producer, &s.shown);
        write_to(s.producer, &s.shown, 1, 100);
        ferryi_block *block = s.producer->block;
        ferryi_descriptor *descriptor = &block->descriptor[s.shown.slot];
        if (lie < 2) {
            block->early = ferryi_entry_pack(1, lie == 0 ? 3 : 255);
        } else if (lie == 2) {
            descriptor->length_bytes++;
        } else {
            follow(s.consumer, &frame);
            assert_int_equal(wait_for(s.consumer, &frame, 100), FERRY_OK);
            if (lie == 5)
                block->head = FERRYI_FRAME_MAX + 1;
            if (lie == 5)
                descriptor->frame = 1;
            else
                descriptor->filled = lie == 3 ? 99 : PIXELS + 1;
        }
        assert_int_equal(lie < 3 ? take(&frame) : wait_for(s.consumer, &frame, 200),
                         FERRY_MALFORMED);
        assert_int_equal(take(&frame), FERRY_MALFORMED);
        if (lie == 5)
            block->head = 0;
        ferry_consumer_close(&s.consumer);
        ferry_producer_close(&s.producer);
        assert_nothing_left();
    }
}

/* An announcement where the consumer has a frame in hand. */
static void test_a_slot_in_hand_is_not_followed(void **state) {
    (void)state;
    ferry_frame held, frame;
    set_up(4, FERRY_DELIVERY_LATEST);
    commit_another(&s);
    take_number(s.consumer, 1, &held);
    s.producer->block->early = ferryi_entry_pack(held.fills, held.slot);
    assert_int_equal(take(&frame), FERRY_MALFORMED);
    assert_int_equal(ferry_consumer_release(s.consumer, &held), FERRY_OK);
    ferry_consumer_close(&s.consumer);
    ferry_producer_close(&s.producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_it_becomes_whole_just_then, clean_up),
        cmocka_unit_test_teardown(test_it_is_given_up_just_then, clean_up),
        cmocka_unit_test_teardown(test_another_is_published_just_then, clean_up),
        cmocka_unit_test_teardown(test_its_slot_is_filled_anew, clean_up),
        cmocka_unit_test_teardown(test_it_is_shown_before_the_sleep, clean_up),
        cmocka_unit_test_teardown(test_bytes_come_before_the_sleep, clean_up),
        cmocka_unit_test_teardown(test_the_end_comes_before_the_sleep, clean_up),
        cmocka_unit_test_teardown(test_lies_of_the_producer, clean_up),
        cmocka_unit_test_teardown(test_a_slot_in_hand_is_not_followed, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
