/* Frames that are read from their slots and from copies, and what readers learn when a slot is
 * given back, a copy is given up, or the pixels were overwritten. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "channel_support.h"
#include "frame.c"
#include "store.c"

/* The status that releasing returns in place of the library's; FERRY_OK: the library's own. */
static ferry_status said = FERRY_OK;

ferry_status __real_ferry_consumer_release(ferry_consumer *consumer, ferry_frame *slot);
ferry_status __wrap_ferry_consumer_release(ferry_consumer *consumer, ferry_frame *slot);
ferry_status __wrap_ferry_consumer_release(ferry_consumer *consumer, ferry_frame *slot) {
    ferry_status status = __real_ferry_consumer_release(consumer, slot);
    return said != FERRY_OK ? said : status;
}

typedef struct scene {
    char name[64];
    ferry_producer *producer;
    ferry_consumer *consumer;
    store store;
    source source;
    uint64_t number;
} scene;

static void open_scene(scene *s, size_t limit_bytes) {
    *s = (scene){.number = 0};
    said = FERRY_OK;
    snprintf(s->name, sizeof s->name, "unit-web-frame-%d", (int)getpid());
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = s->name;
    s->producer = create_with(&options);
    ferry_consumer_options wanted = FERRY_CONSUMER_OPTIONS_INIT;
    wanted.name = s->name;
    assert_int_equal(ferry_consumer_open(&s->consumer, &wanted, NULL), FERRY_OK);
    assert_true(store_open(&s->store, limit_bytes));
    s->source =
        (source){.store = &s->store, .consumer = s->consumer, .left = ferryi_condition_new()};
    assert_non_null(s->source.left);
}

static void close_scene(scene *s) {
    source_leave(&s->source);
    assert_int_equal(s->source.held_count, 0);
    assert_int_equal(s->store.used_bytes, 0);
    ferry_consumer_close(&s->consumer);
    ferry_producer_close(&s->producer);
    ferryi_condition_free(s->source.left);
    store_close(&s->store);
}

static frame *take(scene *s) {
    ferry_frame slot = FERRY_FRAME_INIT;
    assert_int_equal(send_numbered(s->producer, ++s->number), FERRY_OK);
    assert_int_equal(ferry_consumer_acquire(s->consumer, 0, &slot, NULL), FERRY_OK);
    frame *f = frame_of_slot(&s->source, &slot);
    assert_non_null(f);
    return f;
}

static bool reads_well(frame *f) {
    uint8_t *bytes = malloc(f->info.length_bytes);
    assert_non_null(bytes);
    bool is_read = frame_read(f, 0, bytes, f->info.length_bytes);
    bool is_fine = is_read && is_whole(bytes, &f->info);
    free(bytes);
    return is_fine;
}

static unsigned held(const scene *s) {
    ferry_consumer_counters counters;
    ferry_consumer_get_counters(s->consumer, &counters);
    assert_int_equal(counters.held, s->source.held_count);
    return counters.held;
}

static void test_the_slot_goes_with_the_last_reference(void **state) {
    scene s;
    (void)state;
    open_scene(&s, 1 << 20);
    frame *f = take(&s);
    frame_keep(f);
    assert_true(reads_well(f));
    assert_int_equal(held(&s), 1);
    frame_drop(f);
    assert_int_equal(held(&s), 1);
    frame_drop(f);
    assert_int_equal(held(&s), 0);
    close_scene(&s);
}

static void test_a_copy_after_a_while(void **state) {
    scene s;
    (void)state;
    open_scene(&s, 1 << 20);
    frame *f = take(&s);
    source_relieve(&s.source, f->taken_ns + COPY_AFTER_NS - 1);
    assert_int_equal(held(&s), 1);
    assert_int_equal(source_next_ns(&s.source), f->taken_ns + COPY_AFTER_NS);
    source_relieve(&s.source, f->taken_ns + COPY_AFTER_NS);
    assert_int_equal(held(&s), 0);
    assert_int_equal(source_next_ns(&s.source), UINT64_MAX);
    assert_int_equal(s.store.used_bytes, f->info.length_bytes);
    for (uint64_t i = 0; i < 20; i++) /* the slot has other frames meanwhile */
        assert_int_equal(send_numbered(s.producer, ++s.number), FERRY_OK);
    assert_true(reads_well(f));
    frame_drop(f);
    close_scene(&s);
}

/* One who reads in the slot keeps it until he has left, or until it is taken from him. */
static void test_readers_of_a_slot(void **state) {
    scene s;
    reading r = {.pixels = NULL};
    reading late = {.pixels = NULL};
    (void)state;
    open_scene(&s, 1 << 20);
    frame *f = take(&s);
    assert_true(frame_begin_reading(f, &r));
    source_relieve(&s.source, f->taken_ns + COPY_AFTER_NS);
    assert_int_equal(held(&s), 1);
    assert_true(frame_begin_reading(f, &late)); /* in the copy already */
    assert_ptr_not_equal(late.pixels, r.pixels);
    assert_int_equal(frame_end_reading(f, &late), READ_WELL);
    assert_int_equal(frame_end_reading(f, &r), READ_WELL);
    assert_int_equal(held(&s), 0);
    frame_drop(f);

    f = take(&s);
    assert_true(frame_begin_reading(f, &r));
    source_relieve(&s.source, f->taken_ns + COPY_AFTER_NS);
    source_relieve(&s.source, f->taken_ns + RELEASE_AFTER_NS - 1);
    assert_int_equal(held(&s), 1);
    source_relieve(&s.source, f->taken_ns + RELEASE_AFTER_NS);
    assert_int_equal(held(&s), 0);
    assert_int_equal(frame_end_reading(f, &r), READ_AGAIN);
    assert_true(reads_well(f));
    frame_drop(f);
    close_scene(&s);
}

static void test_few_slots(void **state) {
    scene s;
    frame *f[3];
    reading r = {.pixels = NULL};
    (void)state;
    open_scene(&s, 1 << 20);
    for (size_t i = 0; i < 3; i++)
        f[i] = take(&s);
    assert_true(frame_begin_reading(f[0], &r));
    source_limit(&s.source, 1); /* the one that is read stays */
    assert_int_equal(held(&s), 1);
    assert_ptr_equal(s.source.held[0], f[0]);
    assert_int_equal(frame_end_reading(f[0], &r), READ_WELL);
    for (size_t i = 0; i < 3; i++) {
        assert_true(reads_well(f[i]));
        frame_drop(f[i]);
    }
    close_scene(&s);
}

/* The oldest copy goes for a newer one, and at the end of its room a frame cannot stay. */
static void test_no_room(void **state) {
    scene s;
    reading r = {.pixels = NULL};
    (void)state;
    open_scene(&s, 3 * 8 * 400);
    frame *f[6];
    for (size_t i = 0; i < 6; i++) {
        f[i] = take(&s);
        assert_true(i != 0 || f[i]->info.length_bytes == 8 * 105);
        source_limit(&s.source, 0);
    }
    assert_false(reads_well(f[0]));
    assert_false(frame_begin_reading(f[0], &r));
    assert_true(reads_well(f[5]));
    assert_true(s.store.used_bytes <= s.store.limit_bytes);
    for (size_t i = 0; i < 6; i++)
        frame_drop(f[i]);
    close_scene(&s);

    open_scene(&s, 10);
    frame *large = take(&s);
    source_relieve(&s.source, large->taken_ns + COPY_AFTER_NS);
    assert_true(reads_well(large)); /* from the slot as long as it may be held */
    assert_int_equal(source_next_ns(&s.source), large->taken_ns + RELEASE_AFTER_NS);
    source_relieve(&s.source, large->taken_ns + RELEASE_AFTER_NS);
    assert_int_equal(held(&s), 0);
    assert_false(reads_well(large));
    frame_drop(large);
    close_scene(&s);
}

/* Takes frames, and leaves room for copies of all but one. */
static void take_three(scene *s, frame *f[3]) {
    s->store.limit_bytes = 0;
    for (size_t i = 0; i < 3; i++) {
        f[i] = take(s);
        s->store.limit_bytes += f[i]->info.length_bytes;
    }
    s->store.limit_bytes--;
}

/* A frame that only waits for somebody to ask takes no memory from one that is being sent. */
static void test_spare_frames_make_room(void **state) {
    scene s;
    (void)state;
    open_scene(&s, 8 * 800);
    frame *f[3];
    take_three(&s, f);
    for (size_t i = 0; i < 3; i++)
        frame_keep_spare_locked(f[i]);
    frame_drop(f[1]);
    source_limit(&s.source, 0);
    assert_true(reads_well(f[0]));
    assert_false(reads_well(f[1])); /* though f[0] was copied first */
    assert_true(reads_well(f[2]));

    frame *spare = take(&s);
    frame_keep_spare_locked(spare);
    frame_drop(spare);
    source_relieve(&s.source, spare->taken_ns + COPY_AFTER_NS);
    assert_true(reads_well(spare)); /* in its slot, since there is no room */
    assert_true(reads_well(f[0]));
    frame_hand_out_locked(spare); /* somebody asks for it now */
    source_relieve(&s.source, spare->taken_ns + RELEASE_AFTER_NS);
    assert_int_equal(held(&s), 0);
    assert_true(reads_well(spare));
    assert_false(reads_well(f[0]));
    frame_drop(spare);
    frame_drop_spare_locked(spare);

    frame_drop(f[0]);
    frame_drop(f[2]);
    for (size_t i = 0; i < 3; i++)
        frame_drop_spare_locked(f[i]);
    close_scene(&s);
}

/* The copy that was asked for last is the last to go. */
static void test_a_copy_that_is_asked_for_again(void **state) {
    scene s;
    (void)state;
    open_scene(&s, 8 * 800);
    frame *f[3];
    take_three(&s, f);
    source_limit(&s.source, 1);
    frame_hand_out_locked(f[0]);
    source_limit(&s.source, 0);
    assert_true(reads_well(f[0]));
    assert_false(reads_well(f[1]));
    assert_true(reads_well(f[2]));
    frame_drop(f[0]);
    for (size_t i = 0; i < 3; i++)
        frame_drop(f[i]);
    close_scene(&s);
}

/* A copy that is being read when it is given up goes with its reader. */
static void test_a_copy_that_is_read_is_given_up(void **state) {
    scene s;
    reading r = {.pixels = NULL};
    (void)state;
    open_scene(&s, 8 * 400);
    frame *f = take(&s);
    source_limit(&s.source, 0);
    assert_true(frame_begin_reading(f, &r));
    frame *newer = take(&s);
    frame *newest = take(&s);
    source_limit(&s.source, 0);
    assert_true(f->is_lost);
    assert_true(is_whole(r.pixels, &f->info)); /* the memory is still there */
    assert_int_equal(frame_end_reading(f, &r), READ_LOST);
    assert_true(s.store.used_bytes <= s.store.limit_bytes);
    assert_int_equal(s.store.leaving_bytes, 0);
    frame_drop(f);
    frame_drop(newer);
    frame_drop(newest);
    close_scene(&s);
}

/* A frame that was overwritten while it was held is not sent as good, neither from the slot nor as
 * a copy. */
static void test_overrun(void **state) {
    scene s;
    reading r = {.pixels = NULL};
    (void)state;
    open_scene(&s, 1 << 20);
    frame *f = take(&s);
    assert_true(frame_begin_reading(f, &r));
    said = FERRY_OVERRUN;
    source_relieve(&s.source, f->taken_ns + COPY_AFTER_NS);
    assert_int_equal(frame_end_reading(f, &r), READ_LOST);
    assert_false(reads_well(f));
    frame_drop(f);
    close_scene(&s);
}

static void test_a_frame_of_a_copy(void **state) {
    scene s;
    ferry_image image = FERRY_IMAGE_INIT;
    (void)state;
    open_scene(&s, 8 * 400);
    image.info = numbered_info(1);
    image.info.number = 1;
    image.info.length_bytes = 8 * 105;
    assert_int_equal(ferry_image_reserve(&image, image.info.length_bytes), FERRY_OK);
    fill_number(image.pixels, image.info.length_bytes, 1);
    frame *f = frame_of_copy(&s.store, &image);
    assert_non_null(f);
    assert_null(image.pixels);
    assert_true(reads_well(f));
    frame_drop(f);
    image.info.length_bytes = 8 * 1000;
    assert_int_equal(ferry_image_reserve(&image, image.info.length_bytes), FERRY_OK);
    assert_null(frame_of_copy(&s.store, &image));
    assert_non_null(image.pixels);
    ferry_image_free(&image);
    close_scene(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_slot_goes_with_the_last_reference),
        cmocka_unit_test(test_a_copy_after_a_while),
        cmocka_unit_test(test_readers_of_a_slot),
        cmocka_unit_test(test_few_slots),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_spare_frames_make_room),
        cmocka_unit_test(test_a_copy_that_is_asked_for_again),
        cmocka_unit_test(test_a_copy_that_is_read_is_given_up),
        cmocka_unit_test(test_overrun),
        cmocka_unit_test(test_a_frame_of_a_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
