/* Planes that lie where their producer says, and compressed frames, on their way through a channel:
 * in place, by sending from other planes, and while a consumer follows. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "channel_support.h"

static char name[NAME_BYTES];

/* As GStreamer lays out I420 whose width is no multiple of 8: each row takes whole words. */
enum { COLUMNS = 426, ROWS = 240, LUMA = 428, CHROMA = 216, HALF = COLUMNS / 2 };
enum { SLOT = 4 * LUMA * ROWS };

static ferry_frame_info gstreamer_picture(void) {
    return (ferry_frame_info){
        .width = COLUMNS,
        .height = ROWS,
        .format = FERRY_FORMAT_YUV420P,
        .plane_count = 3,
        .plane_offset_bytes = {0, LUMA * ROWS, LUMA * ROWS + CHROMA * ROWS / 2},
        .plane_stride_bytes = {LUMA, CHROMA, CHROMA}};
}

static ferry_producer *open_producer(const char *tag) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, tag);
    options.slots = 3;
    options.slot_bytes = SLOT;
    options.when_full = FERRY_WHEN_FULL_DROP;
    return create_with(&options);
}

static void assert_planes_of(const ferry_frame_info *info, const ferry_frame_info *wanted) {
    assert_int_equal(info->plane_count, wanted->plane_count);
    assert_int_equal(info->stride_bytes, wanted->plane_stride_bytes[0]);
    assert_memory_equal(info->plane_offset_bytes, wanted->plane_offset_bytes,
                        sizeof info->plane_offset_bytes);
    assert_memory_equal(info->plane_stride_bytes, wanted->plane_stride_bytes,
                        sizeof info->plane_stride_bytes);
}

/* A value for each pixel of each plane. */
static uint8_t pixel_at(uint32_t plane, uint32_t row, uint32_t column) {
    return byte_of(plane * 1000 + row, column);
}

static void assert_pixels(const ferry_frame_info *info, const uint8_t *pixels) {
    ferry_layout layout;
    assert_int_equal(ferry_layout_of(&layout, info), FERRY_OK);
    for (uint32_t p = 0; p < layout.plane_count; p++)
        for (uint32_t y = 0; y < layout.planes[p].rows; y++)
            for (uint32_t x = 0; x < layout.planes[p].row_bytes; x++)
                assert_int_equal(
                    pixels[layout.planes[p].offset_bytes + y * layout.planes[p].stride_bytes + x],
                    pixel_at(p, y, x));
}

static void write_pixels(const ferry_layout *layout, uint8_t *pixels) {
    for (uint32_t p = 0; p < layout->plane_count; p++)
        for (uint32_t y = 0; y < layout->planes[p].rows; y++)
            for (uint32_t x = 0; x < layout->planes[p].row_bytes; x++)
                pixels[layout->planes[p].offset_bytes + y * layout->planes[p].stride_bytes + x] =
                    pixel_at(p, y, x);
}

static void receive(ferry_consumer *consumer, const ferry_frame_info *wanted) {
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
    assert_planes_of(&frame.info, wanted);
    assert_pixels(&frame.info, frame.pixels);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
}

static void test_a_frame_in_place(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("in-place");
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = gstreamer_picture();
    ferry_claim claim;
    ferry_layout layout;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_planes_of(&claim.info, &info);
    assert_int_equal(ferry_layout_of(&layout, &claim.info), FERRY_OK);
    write_pixels(&layout, claim.pixels);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    receive(consumer, &info);
    close_both(&producer, &consumer);
}

/* The sender's memory ends with its last plane's last pixel: nothing behind it is read. */
static void test_sending_the_same_planes(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("as-it-is");
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = gstreamer_picture();
    ferry_layout layout;
    assert_int_equal(ferry_layout_of(&layout, &info), FERRY_OK);
    assert_int_equal(layout.length_bytes,
                     LUMA * ROWS + CHROMA * ROWS / 2 + CHROMA * (ROWS / 2 - 1) + HALF);
    uint8_t *pixels = calloc(layout.length_bytes, 1);
    assert_non_null(pixels);
    write_pixels(&layout, pixels);
    assert_int_equal(ferry_producer_send(producer, &info, pixels, 0, NULL, NULL), FERRY_OK);
    receive(consumer, &info);
    /* One stride could say the same but for the end of the last row, which the sender lacks. */
    ferry_frame_info padded = {.width = 5,
                               .height = 2,
                               .format = FERRY_FORMAT_GRAY,
                               .plane_count = 1,
                               .plane_stride_bytes = {8}};
    uint8_t *short_of_padding = calloc(8 + 5, 1);
    assert_non_null(short_of_padding);
    assert_int_equal(ferry_layout_of(&layout, &padded), FERRY_OK);
    assert_int_equal(layout.length_bytes, 8 + 5);
    write_pixels(&layout, short_of_padding);
    assert_int_equal(ferry_producer_send(producer, &padded, short_of_padding, 0, NULL, NULL),
                     FERRY_OK);
    receive(consumer, &padded);
    free(short_of_padding);
    free(pixels);
    close_both(&producer, &consumer);
}

/* From planes one behind the other to planes anywhere. */
static void test_sending_from_other_planes(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("others");
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info infos[2] = {gstreamer_picture(), gstreamer_picture()};
    infos[1].plane_offset_bytes[0] = 3 * 60000; /* Y last, V first, with gaps */
    infos[1].plane_offset_bytes[1] = 60000;
    infos[1].plane_offset_bytes[2] = 64;
    infos[1].plane_stride_bytes[1] = 300;
    for (size_t i = 0; i < 4; i++) {
        uint32_t stride = i / 2 == 0 ? COLUMNS : 512;
        ferry_layout source;
        assert_int_equal(ferry_layout_compute(&source, FERRY_FORMAT_YUV420P, COLUMNS, ROWS, stride),
                         FERRY_OK);
        uint8_t *pixels = calloc(source.length_bytes, 1);
        assert_non_null(pixels);
        write_pixels(&source, pixels);
        assert_int_equal(
            ferry_producer_send(producer, &infos[i % 2], pixels, (ptrdiff_t)stride, NULL, NULL),
            FERRY_OK);
        receive(consumer, &infos[i % 2]);
        free(pixels);
    }
    close_both(&producer, &consumer);
}

/* A plane at an offset, from a picture that is stored bottom-up. */
static void test_one_plane_at_an_offset(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("offset");
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = {.width = 5,
                             .height = 3,
                             .format = FERRY_FORMAT_RGB24,
                             .plane_count = 1,
                             .plane_offset_bytes = {100},
                             .plane_stride_bytes = {40}};
    uint8_t pixels[3 * 16];
    for (uint32_t y = 0; y < 3; y++)
        for (uint32_t x = 0; x < 15; x++)
            pixels[(2 - y) * 16 + x] = pixel_at(0, y, x);
    assert_int_equal(ferry_producer_send(producer, &info, pixels + 2 * 16, -16, NULL, NULL),
                     FERRY_OK);
    receive(consumer, &info);
    close_both(&producer, &consumer);
}

/* ---- followers ---- */

typedef struct sending {
    ferry_producer *producer;
    const ferry_frame_info *info;
    const uint8_t *pixels;
} sending;

static void *send_it(void *argument) {
    const sending *s = argument;
    ferry_status status = ferry_producer_send(s->producer, s->info, s->pixels, COLUMNS, NULL, NULL);
    return status == FERRY_OK ? argument : NULL;
}

/* All bytes that are said to be there are there, also when planes lie in another order: a follower
 * looks at the pixels of each row as soon as its end is said to be filled. */
static void test_a_follower_of_planes_in_another_order(void **state) {
    (void)state;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "followed");
    options.slots = 3;
    options.slot_bytes = SLOT;
    options.early_bytes = 1;
    ferry_producer *producer = create_with(&options);
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = gstreamer_picture();
    info.plane_offset_bytes[0] = 3 * 30000; /* Y last, V first */
    info.plane_offset_bytes[1] = 30000;
    info.plane_offset_bytes[2] = 0;
    ferry_layout source, slot;
    assert_int_equal(ferry_layout_compute(&source, FERRY_FORMAT_YUV420P, COLUMNS, ROWS, 0),
                     FERRY_OK);
    assert_int_equal(ferry_layout_of(&slot, &info), FERRY_OK);
    uint8_t *pixels = calloc(source.length_bytes, 1);
    assert_non_null(pixels);
    write_pixels(&source, pixels);
    for (int turn = 0; turn < 50; turn++) {
        sending s = {producer, &info, pixels};
        pthread_t thread;
        ferry_frame frame;
        assert_int_equal(pthread_create(&thread, NULL, send_it, &s), 0);
        assert_int_equal(ferry_consumer_acquire_early(consumer, STUCK_NS, &frame, NULL), FERRY_OK);
        for (uint32_t p = slot.plane_count; p-- > 0;) /* as they lie */
            for (uint32_t y = 0; y < slot.planes[p].rows; y++) {
                uint32_t at = slot.planes[p].offset_bytes + y * slot.planes[p].stride_bytes;
                uint32_t row = slot.planes[p].row_bytes;
                assert_int_equal(
                    ferry_consumer_wait_filled(consumer, &frame, at + row, STUCK_NS, NULL, NULL),
                    FERRY_OK);
                assert_true(is_filled(frame.pixels + at, row, p * 1000 + y));
            }
        assert_int_equal(
            ferry_consumer_wait_filled(consumer, &frame, FERRY_WHOLE, STUCK_NS, NULL, NULL),
            FERRY_OK);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
        void *went_well = NULL;
        assert_int_equal(pthread_join(thread, &went_well), 0);
        assert_non_null(went_well);
    }
    free(pixels);
    close_both(&producer, &consumer);
}

/* ---- compressed frames ---- */

/* A camera says how much it needs at most, and later how long the frame has become. */
static void test_a_compressed_frame_becomes_shorter(void **state) {
    (void)state;
    ferry_producer *producer = open_producer("shorter");
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = {.width = 1920,
                             .height = 1080,
                             .format = FERRY_FORMAT_MJPEG,
                             .length_bytes = SLOT - FERRY_HEADER_BYTES};
    ferry_claim claim;
    ferry_frame frame;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    fill_bytes(claim.pixels, 777, 5);
    claim.info.length_bytes = 777;
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
    assert_int_equal(frame.info.length_bytes, 777);
    assert_true(frame.info.stride_bytes == 0 && frame.info.plane_count == 0 &&
                frame.info.bit_count == 0);
    assert_true(is_filled(frame.pixels, 777, 5));
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    info.length_bytes = 10;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    claim.info.length_bytes = 11;
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_INVALID_ARGUMENT);
    close_both(&producer, &consumer);
}

/* Programs of the other kind believe that the bytes behind the header are pixels. */
static void test_the_dialect_takes_no_compressed_frame(void **state) {
    (void)state;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "dialect");
    options.dialect = FERRY_DIALECT_BASEIMAGE;
    ferry_producer *producer = create_with(&options);
    ferry_frame_info info = {
        .width = 4, .height = 4, .format = FERRY_FORMAT_JPEG, .length_bytes = 48};
    ferry_error error = {0};
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, &error), FERRY_NOT_SUPPORTED);
    assert_non_null(strstr(error.message, "jpeg"));
    assert_non_null(strstr(error.message, "baseimage"));
    assert_null(claim.pixels);
    info.format = FERRY_FORMAT_RGB24; /* nor does a claim become one */
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, &error), FERRY_OK);
    claim.info.format = FERRY_FORMAT_JPEG;
    claim.info.stride_bytes = claim.info.bit_count = 0;
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, &error), FERRY_NOT_SUPPORTED);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_frame_in_place),
        cmocka_unit_test(test_sending_the_same_planes),
        cmocka_unit_test(test_sending_from_other_planes),
        cmocka_unit_test(test_one_plane_at_an_offset),
        cmocka_unit_test(test_a_follower_of_planes_in_another_order),
        cmocka_unit_test(test_a_compressed_frame_becomes_shorter),
        cmocka_unit_test(test_the_dialect_takes_no_compressed_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
