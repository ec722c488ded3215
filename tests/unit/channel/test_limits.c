/* The ends of what can be counted, and what many short lives leave behind. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>

#include "channel_support.h"

enum { LIVES = 10000 };

static char name_room[NAME_BYTES];
static const char *name;

/* The test hook: a producer that has already published so many frames, and dropped their memory. */
static void start_at(ferry_producer *producer, uint64_t number) {
    producer->head = number;
    producer->newest = FERRYI_NO_SLOT;
    atomic_store(&producer->block->head, number);
}

/* ---- frame numbers ---- */

/* Both deliveries over the frames from first to last; one consumer reads them in hand-fuls. */
static void cross(uint64_t first, uint64_t last) {
    ferry_producer *producer = make_producer(name, 8, FERRY_WHEN_FULL_DROP, NULL);
    assert_non_null(producer);
    start_at(producer, first - 1);
    ferry_consumer *every = open_every(name), *latest = open_latest(name), *slow = open_every(name);
    ferry_frame frame, hand[3];
    for (uint64_t number = first; number <= last; number++) {
        assert_int_equal(send_next(producer), FERRY_OK);
        take_and_release(every, number);
        take_and_release(latest, number);
        uint64_t in_hand = (number - first) % 3;
        take_number(slow, number, &hand[in_hand]);
        for (uint64_t i = 0; in_hand == 2 && i < 3; i++)
            assert_int_equal(ferry_consumer_release(slow, &hand[i]), FERRY_OK);
    }
    assert_none_yet(every);
    assert_counts(every, first, last - first + 1, 0, 0);
    assert_sums_hold(latest);
    /* A latest consumer that comes late gets the newest one. */
    ferry_consumer *late = open_latest(name);
    take_number(late, last, &frame);
    assert_int_equal(frame.info.number, last);
    assert_int_equal(ferry_consumer_release(late, &frame), FERRY_OK);
    ferry_consumer_close(&late);
    ferry_consumer_close(&slow);
    ferry_consumer_close(&latest);
    ferry_consumer_close(&every);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void numbers_near_two_to_the_thirty_second(void **state) {
    (void)state;
    name = own_name(name_room, "n32");
    cross((UINT64_C(1) << 32) - 150, (UINT64_C(1) << 32) + 150);
    cross((UINT64_C(1) << 31) - 5, (UINT64_C(1) << 31) + 5);
}

/* At a thousand frames a second the numbers last for two million years. */
static void numbers_up_to_the_last_that_an_entry_can_hold(void **state) {
    (void)state;
    name = own_name(name_room, "n56");
    cross(FERRYI_FRAME_MAX - 300, FERRYI_FRAME_MAX);
}

/* Nothing wraps: whoever comes too late is told, and its slot is free again. */
static void no_number_after_the_last(void **state) {
    (void)state;
    enum { SLOTS = 3 };
    name = own_name(name_room, "over");
    ferry_producer *producer = make_producer(name, SLOTS, FERRY_WHEN_FULL_DROP, NULL);
    assert_non_null(producer);
    start_at(producer, FERRYI_FRAME_MAX - 1);
    ferry_consumer *every = open_every(name), *latest = open_latest(name);
    ferry_frame_info info = small_info();
    ferry_claim claims[2];
    ferry_producer_counters counters;
    ferry_error error = {0};
    for (int i = 0; i < 2; i++)
        assert_int_equal(ferry_producer_claim(producer, &info, &claims[i], NULL), FERRY_OK);
    paint(claims[1].pixels, FERRYI_FRAME_MAX);
    assert_int_equal(ferry_producer_commit(producer, &claims[1], NULL, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_commit(producer, &claims[0], NULL, &error), FERRY_EXHAUSTED);
    assert_int_equal(error.status, FERRY_EXHAUSTED);
    for (int i = 0; i < 2 * SLOTS; i++)
        assert_int_equal(send_next(producer), FERRY_EXHAUSTED);
    ferry_producer_get_counters(producer, &counters);
    assert_true(counters.published == FERRYI_FRAME_MAX && counters.dropped == 0);
    take_and_release(every, FERRYI_FRAME_MAX);
    take_and_release(latest, FERRYI_FRAME_MAX);
    assert_none_yet(every);
    assert_none_yet(latest);
    assert_counts(every, FERRYI_FRAME_MAX, 1, 0, 0);
    ferry_consumer_close(&latest);
    ferry_consumer_close(&every);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- many lives ---- */

static unsigned open_descriptors(void) {
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static unsigned mappings(void) {
    unsigned count = 0;
    FILE *file = fopen("/proc/self/maps", "r");
    assert_non_null(file);
    for (int c = fgetc(file); c != EOF; c = fgetc(file))
        count += c == '\n';
    fclose(file);
    return count;
}

typedef struct usage {
    unsigned descriptors, mappings, names;
    size_t heap_bytes;
} usage;

static usage used(void) {
    return (usage){.descriptors = open_descriptors(),
                   .mappings = mappings(),
                   .names = count_shared(own_marker(), false, false),
                   .heap_bytes = mallinfo2().uordblks};
}

/* The first lives may leave caches of the C library behind; the others nothing. */
static void assert_no_growth(usage before, usage after) {
    assert_int_equal(after.descriptors, before.descriptors);
    assert_int_equal(after.names, before.names);
    assert_in_range(after.mappings, 0, before.mappings + 4);
    assert_in_range(after.heap_bytes, 0, before.heap_bytes + 4096);
}

static void consumers_come_and_go(void **state) {
    (void)state;
    name = own_name(name_room, "lives");
    ferry_producer *producer = make_producer(name, 4, FERRY_WHEN_FULL_DROP, NULL);
    usage before = {0};
    for (int life = 0; life < LIVES; life++) {
        ferry_consumer *consumer = life % 2 == 0 ? open_every(name) : open_latest(name);
        assert_int_equal(send_next(producer), FERRY_OK);
        take_and_release(consumer, (uint64_t)life + 1);
        ferry_consumer_close(&consumer);
        if (life == 10)
            before = used();
    }
    assert_no_growth(before, used());
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void producers_come_and_go(void **state) {
    (void)state;
    name = own_name(name_room, "births");
    usage before = {0};
    for (int life = 0; life < LIVES / 10; life++) {
        ferry_producer *producer =
            life % 2 == 0 ? make_producer(name, 4, FERRY_WHEN_FULL_DROP, NULL) : make_dialect(name);
        assert_int_equal(send_next(producer), FERRY_OK);
        ferry_consumer *consumer = open_latest(name);
        ferry_producer_close(&producer);
        ferry_consumer_close(&consumer);
        if (life == 10)
            before = used();
    }
    assert_no_growth(before, used());
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(numbers_near_two_to_the_thirty_second, clean_up),
        cmocka_unit_test_teardown(numbers_up_to_the_last_that_an_entry_can_hold, clean_up),
        cmocka_unit_test_teardown(no_number_after_the_last, clean_up),
        cmocka_unit_test_teardown(consumers_come_and_go, clean_up),
        cmocka_unit_test_teardown(producers_come_and_go, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
