/* Frames that an "every" consumer wants and does not find, although they were published. The
 * producer keeps them, so that only an eviction or values that cannot be explain it. The way of a
 * frame is compiled into this program once more, with a place to evict in the midst of an attempt.
 */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"

static ferry_consumer *evicted_meanwhile; /* NULL: nobody is */

static uint64_t frame_of(uint64_t entry) {
    if (evicted_meanwhile != NULL)
        atomic_store(&evicted_meanwhile->record->evicted, evicted_meanwhile->join_id);
    return ferryi_entry_frame(entry);
}

#define ferryi_entry_frame frame_of
#include "channel/next.c"
#undef ferryi_entry_frame

enum { SLOTS = 4, SENT = 3 };

static char name[NAME_BYTES];

typedef struct scene {
    ferry_producer *producer;
    ferry_consumer *every;
    ferryi_block *block; /* as the producer has it */
} scene;

static void set_scene(scene *s) {
    s->producer = make_producer(own_name(name, "missing"), SLOTS, FERRY_WHEN_FULL_DROP, NULL);
    assert_non_null(s->producer);
    s->every = open_every(name);
    s->block = s->producer->block;
    send_up_to(s->producer, SENT);
}

static void strike_scene(scene *s) {
    ferry_consumer_close(&s->every);
    ferry_producer_close(&s->producer);
    assert_nothing_left();
}

static void assert_final(ferry_consumer *consumer, ferry_status status) {
    ferry_consumer_counters counters;
    ferry_error error = {0};
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(consumer, STUCK_NS, &frame, &error), status);
    assert_true(error.status == status && strlen(error.message) > 20);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), status);
    ferry_consumer_get_counters(consumer, &counters);
    assert_int_equal(counters.retries, 0); /* asking again would change nothing */
    assert_int_equal(counters.held, 0);
    assert_int_equal(atomic_load(&consumer->record->held), 0);
    assert_sums_hold(consumer);
}

static void lose_the_entry(scene *s) {
    atomic_store(&s->block->entry[1], 0);
}

static void use_the_entry_again(scene *s) {
    atomic_store(&s->block->entry[1], ferryi_entry_pack(1 + FERRYI_ENTRIES, 0));
}

static void lose_the_number(scene *s) {
    atomic_store(&s->block->descriptor[0].frame, 0);
}

static void swap_the_slot(scene *s) {
    atomic_store(&s->block->entry[1], ferryi_entry_pack(1, 1));
}

typedef void damage(scene *);
static damage *const damages[] = {lose_the_entry, use_the_entry_again, lose_the_number,
                                  swap_the_slot};
enum { DAMAGES = sizeof damages / sizeof damages[0] };

static void test_values_that_cannot_be(void **state) {
    (void)state;
    for (int i = 0; i < DAMAGES; i++) {
        scene s;
        set_scene(&s);
        damages[i](&s);
        assert_final(s.every, FERRY_MALFORMED);
        strike_scene(&s);
    }
}

/* The same after an eviction is how the producer goes on. */
static void test_who_was_evicted_is_told_so(void **state) {
    (void)state;
    for (int i = 0; i < 2 * DAMAGES; i++) {
        scene s;
        set_scene(&s);
        if (i < DAMAGES)
            atomic_store(&s.every->record->evicted, s.every->join_id);
        else
            evicted_meanwhile = s.every;
        damages[i % DAMAGES](&s);
        assert_final(s.every, FERRY_EVICTED);
        evicted_meanwhile = NULL;
        strike_scene(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_values_that_cannot_be, clean_up),
        cmocka_unit_test_teardown(test_who_was_evicted_is_told_so, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
