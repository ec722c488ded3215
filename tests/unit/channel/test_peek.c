/* Looking at a channel from outside: what is told of one, and that nobody notices. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel/roll.h"
#include "channel_support.h"
#include "thinning.h"

static char name[NAME_BYTES];
static ferry_peek seen;
static ferry_error error;

static void look_again(void) {
    memset(&seen, 0xff, sizeof seen);
    if (ferry_peek_look(name, &seen, &error) != FERRY_OK)
        fail_msg("look: %s", error.message);
}

#define assert_state(expected)                                                                     \
    do {                                                                                           \
        look_again();                                                                              \
        assert_string_equal(ferry_peek_state_text(seen.state), ferry_peek_state_text(expected));   \
    } while (0)

static void assert_nothing_there(void) {
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_peek_look(name, &seen, &error), FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    assert_int_equal(seen.state, 0);
    assert_int_equal(ferry_peek_grab(name, &image, &error), FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    assert_nothing_left();
}

/* ---- states ---- */

static void test_the_life_of_a_channel(void **state) {
    (void)state;
    own_name(name, "life");
    assert_nothing_there();
    ferry_producer *producer = open_channel(name, "life", 4, FERRY_WHEN_FULL_DROP);
    assert_state(FERRY_PEEK_EMPTY);
    assert_int_equal(seen.has_newest, 0);
    send_up_to(producer, 3);
    assert_state(FERRY_PEEK_LIVE);
    /* As a look that comes later finds it. */
    ferryi_descriptor *newest = &producer->block->descriptor[producer->newest];
    newest->publish_ns -= 3 * (uint64_t)FERRY_SECOND_NS;
    assert_state(FERRY_PEEK_IDLE);
    assert_true(seen.newest_age_ns >= 3 * (uint64_t)FERRY_SECOND_NS);
    newest->frame_rate_num = newest->frame_rate_den = 1;
    assert_state(FERRY_PEEK_LIVE); /* five periods are longer */
    newest->publish_ns -= 3 * (uint64_t)FERRY_SECOND_NS;
    assert_state(FERRY_PEEK_IDLE);
    newest->publish_ns = UINT64_MAX;
    assert_state(FERRY_PEEK_LIVE);
    assert_int_equal(seen.newest_age_ns, 0);
    atomic_store(&producer->block->state, FERRYI_STATE_STARTING);
    assert_state(FERRY_PEEK_STARTING);
    atomic_store(&producer->block->state, FERRYI_STATE_ENDED);
    assert_state(FERRY_PEEK_ENDED);
    ferry_producer_close(&producer);
    assert_nothing_there();
}

static void test_state_texts(void **state) {
    (void)state;
    for (uint32_t i = 0; i <= FERRY_PEEK_UNREADABLE; i++) {
        assert_string_not_equal(ferry_peek_state_text(i), "unknown");
        for (uint32_t other = 0; other < i; other++)
            assert_string_not_equal(ferry_peek_state_text(i), ferry_peek_state_text(other));
    }
    assert_string_equal(ferry_peek_state_text(FERRY_PEEK_UNREADABLE + 1), "unknown");
    assert_string_equal(ferry_peek_state_text(UINT32_MAX), "unknown");
}

/* ---- what is told ---- */

static void assert_slots(const ferry_producer *producer) {
    for (uint32_t i = 0; i < seen.slots; i++) {
        assert_int_equal(seen.slot[i].frame, producer->slot[i].frame);
        assert_int_equal(seen.slot[i].fills, producer->slot[i].fills);
        assert_int_equal(seen.slot[i].length_bytes, producer->slot[i].frame != 0 ? PIXELS : 0);
        assert_int_equal(seen.slot[i].is_early, 0);
    }
}

static void test_what_a_channel_is(void **state) {
    (void)state;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "what");
    options.slots = 6;
    options.slot_bytes = 8192;
    options.when_full = FERRY_WHEN_FULL_DROP;
    options.producer_name = "the producer";
    options.max_held = 3;
    ferry_producer *producer = create_with(&options);
    send_up_to(producer, 4);
    ferry_producer_drop(producer);
    look_again();
    assert_int_equal(seen.has_block, 1);
    assert_int_equal(seen.layout_version, FERRY_LAYOUT_VERSION);
    assert_int_equal(seen.dialect, FERRY_DIALECT_NATIVE);
    assert_int_equal(seen.slots, 6);
    assert_int_equal(seen.slot_bytes, 8192);
    assert_int_equal(seen.when_full, FERRY_WHEN_FULL_DROP);
    assert_true(seen.generation == producer->objects.generation);
    assert_string_equal(seen.producer.name, "the producer");
    assert_int_equal(seen.producer.max_held, 3);
    assert_int_equal(seen.producer.process_id, producer->block->process_id);
    assert_int_equal(seen.head, 4);
    assert_int_equal(seen.dropped, 1);
    assert_int_equal(seen.object_bytes,
                     producer->objects.frames.size_bytes + producer->objects.consumers.size_bytes);
    assert_true(seen.memory_bytes > 0 && seen.memory_bytes <= seen.object_bytes);
    assert_string_equal(seen.detail, "");
    assert_int_equal(seen.has_newest, 1);
    assert_int_equal(seen.newest.number, 4);
    assert_int_equal(seen.newest.width, WIDTH);
    assert_int_equal(seen.newest.height, HEIGHT);
    assert_int_equal(seen.newest.format, FERRY_FORMAT_GRAY);
    assert_slots(producer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_a_frame_that_is_shown_early(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "early", 4, FERRY_WHEN_FULL_WAIT);
    ferry_frame_info info = small_info();
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_advance(producer, &claim, 100, NULL), FERRY_OK);
    assert_state(FERRY_PEEK_EMPTY);
    for (uint32_t i = 0; i < seen.slots; i++) {
        assert_int_equal(seen.slot[i].is_early, i == claim.slot);
        assert_int_equal(seen.slot[i].filled_bytes, i == claim.slot ? 100 : 0);
        assert_int_equal(seen.slot[i].frame, 0);
    }
    ferry_producer_abort(producer, &claim);
    ferry_producer_close(&producer);
}

static const ferry_peek_consumer *find_consumer(const ferry_consumer *consumer) {
    for (uint32_t i = 0; i < seen.consumer_count; i++)
        if (seen.consumer[i].index == consumer->index)
            return &seen.consumer[i];
    fail_msg("a consumer is missing");
    return NULL;
}

static void test_consumers(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "consumers", 4, FERRY_WHEN_FULL_DROP);
    look_again();
    assert_int_equal(seen.knows_consumers, 1);
    assert_int_equal(seen.consumer_count, 0);
    ferry_consumer *every = open_every(name), *latest = open_latest(name);
    send_up_to(producer, 2);
    ferry_frame frame;
    take_number(every, 1, &frame);
    look_again();
    assert_int_equal(seen.consumer_count, 2);
    const ferry_peek_consumer *one = find_consumer(every), *other = find_consumer(latest);
    assert_int_equal(one->info.delivery, FERRY_DELIVERY_EVERY);
    assert_int_equal(one->info.received, 1);
    assert_int_equal(one->info.lag, 1);
    assert_int_equal(one->info.held, 1);
    assert_int_equal(one->info.process_id, other->info.process_id);
    assert_int_equal(one->held_slots, UINT64_C(1) << frame.slot);
    assert_int_equal(one->is_alive, 1);
    assert_int_equal(one->has_left, 0);
    assert_int_equal(other->info.delivery, FERRY_DELIVERY_LATEST);
    assert_int_equal(other->held_slots, 0);
    for (uint32_t i = 0; i < seen.slots; i++)
        assert_int_equal(seen.slot[i].held_by, i == frame.slot ? UINT32_C(1) << one->index : 0);
    assert_int_equal(one->is_asleep, 0);
    atomic_store(&every->record->event, FERRYI_EVENT_SLEEPING);
    atomic_store(&every->record->state, FERRYI_RECORD_LEFT);
    atomic_store(&every->record->evicted, every->join_id);
    look_again();
    assert_int_equal(find_consumer(every)->is_asleep, 1);
    assert_int_equal(find_consumer(every)->has_left, 1);
    assert_int_equal(find_consumer(every)->info.evicted, 1);
    ferry_consumer_release(every, &frame);
    ferry_consumer_close(&every);
    look_again();
    assert_int_equal(seen.consumer_count, 1);
    close_both(&producer, &latest);
}

static void attach_and_die(const void *argument) {
    ferry_consumer *consumer = make_consumer(argument, FERRY_DELIVERY_EVERY, NULL);
    CHILD_CHECK(consumer != NULL);
    child_say('r');
    child_rest();
}

static void test_a_dead_consumer_that_nobody_has_noticed(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "unnoticed", 4, FERRY_WHEN_FULL_WAIT);
    child *consumer = start_child(attach_and_die, name);
    assert_int_equal(hear(consumer), 'r');
    look_again();
    assert_int_equal(seen.consumer_count, 1);
    assert_int_equal(seen.consumer[0].is_alive, 1);
    kill_child(consumer);
    for (int i = 0; i < 2; i++) { /* the first look has cleared nothing away */
        look_again();
        assert_int_equal(seen.consumer_count, 1);
        assert_int_equal(seen.consumer[0].is_alive, 0);
    }
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* Leaves when the look that has read its record asks for its lease. */
static ferry_consumer *leaving;

bool __real_ferryi_roll_has_lease(const ferryi_roll *roll, unsigned index);
bool __wrap_ferryi_roll_has_lease(const ferryi_roll *roll, unsigned index);

bool __wrap_ferryi_roll_has_lease(const ferryi_roll *roll, unsigned index) {
    if (index < FERRY_MAX_CONSUMERS)
        ferry_consumer_close(&leaving);
    return __real_ferryi_roll_has_lease(roll, index);
}

static void test_a_consumer_that_leaves_meanwhile(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "leaving", 4, FERRY_WHEN_FULL_WAIT);
    leaving = open_latest(name);
    look_again();
    assert_null(leaving);
    assert_int_equal(seen.knows_consumers, 1);
    assert_int_equal(seen.consumer_count, 0);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- that nobody notices ---- */

static void test_nothing_changes(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "unchanged", 4, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_latest(name);
    ferry_image image = FERRY_IMAGE_INIT;
    send_up_to(producer, 5);
    const ferryi_shm *objects[] = {&producer->objects.frames, &producer->objects.consumers};
    enum { BLOCK_AND_SLOTS = 262144 };
    uint8_t *before[2];
    for (int i = 0; i < 2; i++) {
        assert_true(objects[i]->size_bytes <= BLOCK_AND_SLOTS);
        before[i] = malloc((size_t)objects[i]->size_bytes);
        assert_non_null(before[i]);
        assert_true(ferryi_shm_read(objects[i], 0, before[i], objects[i]->size_bytes));
    }
    for (int i = 0; i < 3; i++) {
        look_again();
        assert_int_equal(ferry_peek_grab(name, &image, &error), FERRY_OK);
    }
    for (int i = 0; i < 2; i++) {
        uint8_t *after = malloc((size_t)objects[i]->size_bytes);
        assert_non_null(after);
        assert_true(ferryi_shm_read(objects[i], 0, after, objects[i]->size_bytes));
        assert_memory_equal(before[i], after, (size_t)objects[i]->size_bytes);
        free(after);
        free(before[i]);
    }
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 1);
    assert_counts(consumer, 1, 0, 0, 5);
    ferry_image_free(&image);
    close_both(&producer, &consumer);
}

/* ---- grabbing ---- */

static void test_the_newest_frame(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_producer *producer = open_channel(name, "grab", 3, FERRY_WHEN_FULL_WAIT);
    assert_int_equal(ferry_peek_grab(name, &image, &error), FERRY_TIMEOUT);
    assert_sentence(&error, FERRY_TIMEOUT, name);
    for (uint64_t number = 1; number <= 10; number++) {
        assert_int_equal(send_next(producer), FERRY_OK);
        image.skipped = image.generation = 99;
        assert_int_equal(ferry_peek_grab(name, &image, &error), FERRY_OK);
        assert_int_equal(image.info.number, number);
        assert_true(image.generation == producer->block->generation);
        assert_int_equal(image.info.length_bytes, PIXELS);
        assert_int_equal(image.skipped, 0);
        assert_true(is_painted(image.pixels, number));
    }
    /* Values that cannot be, and stay so. */
    ferryi_descriptor *newest = &producer->block->descriptor[producer->newest];
    newest->length_bytes = UINT32_MAX;
    assert_int_equal(ferry_peek_grab(name, &image, &error), FERRY_MALFORMED);
    look_again();
    assert_int_equal(seen.has_newest, 0);
    newest->length_bytes = PIXELS;
    _Atomic(uint64_t) *entry = &producer->block->entry[10 % FERRYI_ENTRIES];
    atomic_store(entry, ferryi_entry_pack(10, 200));
    assert_int_equal(ferry_peek_grab(name, &image, &error), FERRY_MALFORMED);
    atomic_store(entry, ferryi_entry_pack(9, producer->newest));
    assert_int_equal(ferry_peek_grab(name, &image, &error), FERRY_OVERTAKEN);
    assert_sentence(&error, FERRY_OVERTAKEN, name);
    ferry_image_free(&image);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_the_one_slot_of_the_dialect(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_producer *producer = make_dialect(own_name(name, "oneslot"));
    assert_non_null(producer);
    assert_state(FERRY_PEEK_EMPTY);
    assert_int_equal(seen.dialect, FERRY_DIALECT_BASEIMAGE);
    assert_int_equal(seen.slots, 1);
    for (uint64_t number = 1; number <= 3; number++) {
        assert_int_equal(send_next(producer), FERRY_OK);
        assert_int_equal(ferry_peek_grab(name, &image, &error), FERRY_OK);
        assert_int_equal(image.info.number, number);
        assert_true(is_painted(image.pixels, number));
    }
    assert_state(FERRY_PEEK_LIVE);
    ferry_frame_info info = small_info();
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_peek_grab(name, &image, &error), FERRY_TIMEOUT);
    assert_state(FERRY_PEEK_LIVE);
    assert_int_equal(seen.has_newest, 0);
    ferry_producer_abort(producer, &claim);
    ferry_image_free(&image);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* How many grabs are tried: all, or some where others try all. Under an emulator, where each call
 * of the system is dear, a twentieth. */
static uint64_t grabs_of(uint64_t count) {
    return count / (getenv("TEST_EMULATED") != NULL ? 20 : (uint64_t)cases_apart());
}

/* A producer that publishes as fast as it can, in few slots, some frames for each look: one that
 * never rests would overtake every look on a machine with nothing else to do. */
typedef struct press {
    pthread_t thread;
    ferry_producer *producer;
    uint32_t dialect;
    atomic_bool stop;
    _Atomic(uint64_t) looks;
    bool failed;
} press;

static void *send_all(void *argument) {
    press *p = argument;
    enum { BURST = 50 };
    uint64_t met = 0;
    for (uint64_t number = 1; !atomic_load(&p->stop); number++) {
        p->failed |= send_numbered(p->producer, number) != FERRY_OK;
        while (number % BURST == 0 && atomic_load(&p->looks) == met && !atomic_load(&p->stop))
            sched_yield();
        if (number % BURST == 0)
            met = atomic_load(&p->looks);
    }
    return NULL;
}

static void grab_under_load(press *p, uint64_t wanted) {
    ferry_image image = FERRY_IMAGE_INIT;
    uint64_t grabs = 0, last = 0, stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    assert_int_equal(pthread_create(&p->thread, NULL, send_all, p), 0);
    while (grabs < wanted && ferry_clock_ns() < stuck_ns) {
        ferry_status status = ferry_peek_grab(name, &image, &error);
        atomic_fetch_add(&p->looks, 1);
        if (status == FERRY_TIMEOUT || status == FERRY_OVERTAKEN)
            continue;
        if (status != FERRY_OK || !is_whole(image.pixels, &image.info) || image.info.number < last)
            break;
        last = image.info.number;
        grabs++;
    }
    atomic_store(&p->stop, true);
    pthread_join(p->thread, NULL);
    ferry_image_free(&image);
    ferry_producer_close(&p->producer);
    assert_false(p->failed);
    if (grabs < wanted)
        fail_msg("%llu frames were whole, then: %s", (unsigned long long)grabs, error.message);
    assert_nothing_left();
}

static void test_whole_under_load(void **state) {
    (void)state;
    press p = {.producer = open_channel(name, "load", 2, FERRY_WHEN_FULL_WAIT)};
    grab_under_load(&p, grabs_of(10000));
}

static void test_whole_under_load_in_the_dialect(void **state) {
    (void)state;
    press p = {.producer = make_dialect(own_name(name, "load1"))};
    assert_non_null(p.producer);
    grab_under_load(&p, grabs_of(1000));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_life_of_a_channel, clean_up),
        cmocka_unit_test_teardown(test_state_texts, clean_up),
        cmocka_unit_test_teardown(test_what_a_channel_is, clean_up),
        cmocka_unit_test_teardown(test_a_frame_that_is_shown_early, clean_up),
        cmocka_unit_test_teardown(test_consumers, clean_up),
        cmocka_unit_test_teardown(test_a_dead_consumer_that_nobody_has_noticed, clean_up),
        cmocka_unit_test_teardown(test_a_consumer_that_leaves_meanwhile, clean_up),
        cmocka_unit_test_teardown(test_nothing_changes, clean_up),
        cmocka_unit_test_teardown(test_the_newest_frame, clean_up),
        cmocka_unit_test_teardown(test_the_one_slot_of_the_dialect, clean_up),
        cmocka_unit_test_teardown(test_whole_under_load, clean_up),
        cmocka_unit_test_teardown(test_whole_under_load_in_the_dialect, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
