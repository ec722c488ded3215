/* Sending and copying frames that pass on in parts: the same pictures come out as of whole ones. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "early_support.h"

static ferry_status look_behind(ferry_producer *producer, const ferry_claim *claim,
                                uint32_t filled_bytes, ferry_error *error);

/* Sending is compiled into this program once more, with a look at what it tells. */
#define ferry_producer_advance look_behind
#include "channel/send.c"
#undef ferry_producer_advance

static ferry_consumer *looking; /* NULL: nobody is */
static uint32_t parts, last_seen;

static ferry_status look_behind(ferry_producer *producer, const ferry_claim *claim,
                                uint32_t filled_bytes, ferry_error *error) {
    ferry_status status = ferry_producer_advance(producer, claim, filled_bytes, error);
    ferry_frame frame;
    if (looking == NULL || ferry_consumer_acquire_early(looking, 0, &frame, NULL) != FERRY_OK)
        return status;
    uint32_t seen = 0;
    ferry_consumer_wait_filled(looking, &frame, 1, 0, &seen, NULL);
    assert_int_equal(frame.info.number, 0);
    assert_int_equal(seen, filled_bytes);
    assert_true(is_filled(frame.pixels, seen, producer->head + 1));
    assert_int_equal(ferry_consumer_release(looking, &frame), FERRY_ABANDONED);
    parts++;
    last_seen = seen;
    return status;
}

enum { ROWS = 700, MOST = 1400 * ROWS, FRAMES = 40 };

static ferry_producer *create_early(char name[static NAME_BYTES], const char *tag) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, tag);
    options.slots = 4;
    options.slot_bytes = MOST + FERRY_HEADER_BYTES;
    options.full_timeout_ns = STUCK_NS;
    options.early_bytes = 1;
    return create_with(&options);
}

static ferry_consumer *open_follower(const char *name, uint32_t delivery) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.delivery = delivery;
    options.follow_early = 1;
    ferry_consumer *consumer = NULL;
    assert_int_equal(ferry_consumer_open(&consumer, &options, NULL), FERRY_OK);
    return consumer;
}

/* Some hundred KiB, of another width each time. */
static ferry_frame_info wide_info(uint64_t number) {
    return (ferry_frame_info){
        .width = (int32_t)(900 + number * 7 % 500), .height = ROWS, .format = FERRY_FORMAT_GRAY};
}

typedef struct receiver {
    pthread_t thread;
    ferry_consumer *consumer;
    uint64_t last, copied, wrong;
} receiver;

static void *receive_all(void *argument) {
    receiver *r = argument;
    ferry_image image = FERRY_IMAGE_INIT;
    while (ferry_consumer_copy(r->consumer, STUCK_NS, &image, NULL) == FERRY_OK) {
        const ferry_frame_info *info = &image.info;
        r->wrong += info->number != r->last + 1 + image.skipped ||
                    info->width != wide_info(info->number).width ||
                    !is_filled(image.pixels, info->length_bytes, info->number);
        r->last = info->number;
        r->copied++;
    }
    ferry_image_free(&image);
    return NULL;
}

static void start(receiver *r, const char *name, uint32_t delivery, bool follows) {
    *r = (receiver){.consumer = follows ? open_follower(name, delivery)
                                        : make_consumer(name, delivery, NULL)};
    assert_non_null(r->consumer);
    assert_int_equal(pthread_create(&r->thread, NULL, receive_all, r), 0);
}

/* One frame, its rows one after the other, further apart, or the last one first. */
static ferry_status send_wide(ferry_producer *producer, uint64_t number, uint8_t *plain,
                              uint8_t *apart) {
    enum { GAP = 100 };
    ferry_frame_info info = wide_info(number);
    size_t row = (size_t)info.width;
    fill_bytes(plain, row * ROWS, number);
    if (number % 3 == 0)
        return ferry_producer_send(producer, &info, plain, 0, NULL, NULL);
    bool upside_down = number % 3 == 2;
    for (size_t y = 0; y < ROWS; y++)
        memcpy(apart + (upside_down ? ROWS - 1 - y : y) * (row + GAP), plain + y * row, row);
    ptrdiff_t step = (ptrdiff_t)(row + GAP);
    return ferry_producer_send(producer, &info,
                               upside_down ? apart + (ROWS - 1) * (row + GAP) : apart,
                               upside_down ? -step : step, NULL, NULL);
}

static void test_all_kinds_of_receivers_get_the_same(void **state) {
    (void)state;
    char name[NAME_BYTES];
    receiver receivers[4];
    uint8_t *plain = malloc(MOST), *apart = malloc(MOST * 2);
    assert_true(plain != NULL && apart != NULL);
    ferry_producer *producer = create_early(name, "kinds");
    for (uint32_t i = 0; i < 4; i++)
        start(&receivers[i], name, i % 2, i < 2);
    for (uint64_t number = 1; number <= FRAMES; number++) {
        assert_int_equal(send_wide(producer, number, plain, apart), FERRY_OK);
        if (number % 5 != 0)
            continue;
        ferry_claim claim; /* and one that is given up */
        ferry_frame_info info = wide_info(number);
        assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
        assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_OK);
        memset(claim.pixels, 0, claim.info.length_bytes);
        assert_int_equal(
            ferry_producer_advance(producer, &claim, claim.info.length_bytes / 2, NULL), FERRY_OK);
        ferry_producer_abort(producer, &claim);
    }
    ferry_producer_close(&producer);
    for (int i = 0; i < 4; i++) {
        pthread_join(receivers[i].thread, NULL);
        assert_int_equal(receivers[i].wrong, 0);
        assert_int_equal(receivers[i].last, FRAMES);
        assert_true(i % 2 == 0 || receivers[i].copied == FRAMES);
        ferry_consumer_counters c;
        ferry_consumer_get_counters(receivers[i].consumer, &c);
        assert_int_equal(c.received, receivers[i].copied);
        assert_int_equal(c.received + c.skipped, FRAMES);
        assert_int_equal(c.pending + c.held, 0);
        ferry_consumer_close(&receivers[i].consumer);
    }
    free(plain);
    free(apart);
    assert_nothing_left();
}

/* The first half has been copied when the second one is begun. */
static void test_a_copy_begins_before_the_frame_is_whole(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer = create_early(name, "begins");
    receiver r;
    start(&r, name, FERRY_DELIVERY_EVERY, true);
    ferry_frame_info info = wide_info(1);
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_OK);
    uint32_t half = claim.info.length_bytes / 2;
    fill_bytes(claim.pixels, claim.info.length_bytes, 1);
    assert_int_equal(ferry_producer_advance(producer, &claim, half, NULL), FERRY_OK);
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while (atomic_load(&r.consumer->record->awaits) <= half && ferry_clock_ns() < stuck_ns)
        sched_yield();
    assert_true(atomic_load(&r.consumer->record->awaits) > half);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    ferry_producer_close(&producer);
    pthread_join(r.thread, NULL);
    assert_int_equal(r.copied, 1);
    assert_int_equal(r.wrong, 0);
    ferry_consumer_close(&r.consumer);
    assert_nothing_left();
}

/* Time that is over in mid-frame costs nothing: the frame is copied later, as a whole one. */
static void test_a_copy_runs_out_of_time(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_producer *producer = create_early(name, "time");
    ferry_consumer *consumer = open_follower(name, FERRY_DELIVERY_EVERY);
    ferry_frame_info info = wide_info(1);
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_show_early(producer, &claim, NULL), FERRY_OK);
    for (int64_t timeout_ns = 0; timeout_ns < 3; timeout_ns++)
        assert_int_equal(ferry_consumer_copy(consumer, timeout_ns, &image, NULL), FERRY_TIMEOUT);
    fill_bytes(claim.pixels, claim.info.length_bytes, 1);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    assert_counts(consumer, 1, 0, 0, 1);
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_OK);
    assert_true(is_filled(image.pixels, image.info.length_bytes, 1));
    assert_counts(consumer, 1, 1, 0, 0);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    ferry_image_free(&image);
    assert_nothing_left();
}

/* In the midst of a send, after each part: so much of it is there for one who follows. */
static void test_send_tells_how_far_it_is(void **state) {
    (void)state;
    char name[NAME_BYTES];
    uint8_t *plain = malloc(MOST), *apart = malloc(MOST * 2);
    assert_true(plain != NULL && apart != NULL);
    ferry_producer *producer = create_early(name, "tells");
    looking = open_follower(name, FERRY_DELIVERY_EVERY);
    for (uint64_t number = 1; number <= 3; number++) {
        ferry_frame frame;
        parts = 0;
        last_seen = 0;
        assert_int_equal(send_wide(producer, number, plain, apart), FERRY_OK);
        uint32_t length = (uint32_t)wide_info(number).width * ROWS;
        assert_true(parts >= length / PART_BYTES - 1 && last_seen >= length - 2 * PART_BYTES);
        take_next(looking, 0, &frame, &(ferry_status){0});
        assert_int_equal(ferry_consumer_release(looking, &frame), FERRY_OK);
    }
    ferry_consumer_close(&looking);
    looking = NULL;
    ferry_producer_close(&producer);
    free(plain);
    free(apart);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_all_kinds_of_receivers_get_the_same, clean_up),
        cmocka_unit_test_teardown(test_a_copy_begins_before_the_frame_is_whole, clean_up),
        cmocka_unit_test_teardown(test_a_copy_runs_out_of_time, clean_up),
        cmocka_unit_test_teardown(test_send_tells_how_far_it_is, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
