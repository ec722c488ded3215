/* Pictures through a channel: every format and many sizes, sources of any stride, slots that are
 * just large enough, and all that goes with a frame. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include <frameferry/clock.h>

#include "channel/info.h"
#include "channel_support.h"
#include "pages.h"

static char name[NAME_BYTES];

static ferry_producer *open_sized(const char *tag, uint64_t slot_bytes) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, tag);
    options.slots = 3;
    options.slot_bytes = slot_bytes;
    options.when_full = FERRY_WHEN_FULL_DROP;
    return create_with(&options);
}

static ferry_frame_info describe(uint32_t format, int32_t width, int32_t height) {
    return (ferry_frame_info){.width = width, .height = height, .format = format};
}

/* Both ways out of a channel: in place, and as a copy. */
typedef struct receivers {
    ferry_consumer *in_place, *copying;
    ferry_image image;
} receivers;

static void open_receivers(receivers *r) {
    *r = (receivers){open_every(name), open_every(name), FERRY_IMAGE_INIT};
}

static void close_all(ferry_producer **producer, receivers *r) {
    ferry_consumer_close(&r->in_place);
    ferry_consumer_close(&r->copying);
    ferry_image_free(&r->image);
    assert_null(r->image.pixels);
    ferry_producer_close(producer);
    assert_nothing_left();
}

static void assert_same_picture(const ferry_frame_info *found, const ferry_frame_info *sent) {
    assert_int_equal(found->width, sent->width);
    assert_int_equal(found->height, sent->height);
    assert_int_equal(found->format, sent->format);
    assert_int_equal(found->length_bytes, sent->length_bytes);
    assert_int_equal(found->stride_bytes, sent->stride_bytes);
    assert_int_equal(found->bit_count, sent->bit_count);
}

/* Both receivers get exactly these bytes, on a page of their own. */
static void assert_received(receivers *r, const ferry_frame_info *sent, const uint8_t *pixels) {
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(r->in_place, 0, &frame, NULL), FERRY_OK);
    assert_same_picture(&frame.info, sent);
    assert_int_equal((uintptr_t)frame.pixels % FERRYI_SHM_PAGE, 0);
    assert_memory_equal(frame.pixels, pixels, sent->length_bytes);
    /* The header that BaseImage programs read lies right before. */
    int32_t header[4];
    memcpy(header, frame.pixels - FERRY_HEADER_BYTES, sizeof header);
    assert_int_equal(header[0], sent->length_bytes);
    assert_int_equal(header[1], sent->width);
    assert_int_equal(header[2], sent->height);
    assert_int_equal(header[3], sent->bit_count);
    assert_int_equal(ferry_consumer_release(r->in_place, &frame), FERRY_OK);

    assert_int_equal(ferry_consumer_copy(r->copying, 0, &r->image, NULL), FERRY_OK);
    assert_same_picture(&r->image.info, sent);
    assert_true(r->image.capacity_bytes >= sent->length_bytes);
    assert_memory_equal(r->image.pixels, pixels, sent->length_bytes);
}

/* What the library completes in a description. */
static ferry_frame_info completed(ferry_frame_info info) {
    assert_int_equal(ferryi_info_complete(&info, INT32_MAX, NULL), FERRY_OK);
    return info;
}

static void assert_round_trip(ferry_producer *producer, receivers *r, const ferry_frame_info *info,
                              uint64_t seed) {
    ferry_frame_info sent = completed(*info);
    uint8_t *pixels = malloc(sent.length_bytes);
    assert_non_null(pixels);
    fill_bytes(pixels, sent.length_bytes, seed);
    assert_int_equal(ferry_producer_send(producer, info, pixels, 0, NULL, NULL), FERRY_OK);
    assert_received(r, &sent, pixels);
    free(pixels);
}

/* Sizes and formats change from frame to frame. */
static void test_every_format_and_many_sizes(void **state) {
    (void)state;
    static const int32_t sizes[] = {1, 2, 3, 5, 16, 17, 61, 127};
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    ferry_producer *producer = open_sized("formats", 127 * 127 * 6 + 16);
    receivers r;
    open_receivers(&r);
    uint32_t format;
    for (size_t i = 0; i < (size_t)SIZES * SIZES; i++) {
        for (size_t f = 0; (format = ferry_format_at(f)) != 0; f++) {
            ferry_frame_info info = describe(format, sizes[i % SIZES], sizes[i / SIZES]);
            if (ferry_format_is_compressed(format)) /* any length, for any size */
                info.length_bytes = (uint32_t)(1 + i * 23);
            assert_round_trip(producer, &r, &info, i * 64 + f);
        }
        ferry_frame_info unknown = describe(FERRY_FOURCC('V', 'P', '8', '0'), 640, 480);
        unknown.length_bytes = (uint32_t)(1 + i * 17);
        assert_round_trip(producer, &r, &unknown, i);
    }
    close_all(&producer, &r);
}

static void assert_too_large(ferry_producer *producer, const ferry_frame_info *info,
                             const char *needed) {
    static const uint8_t nothing[1];
    ferry_error error = {0};
    ferry_claim claim;
    assert_int_equal(ferry_producer_claim(producer, info, &claim, &error), FERRY_TOO_LARGE);
    assert_null(claim.pixels);
    assert_int_equal(error.status, FERRY_TOO_LARGE);
    assert_non_null(strstr(error.message, needed));
    assert_int_equal(ferry_producer_send(producer, info, nothing, 0, NULL, NULL), FERRY_TOO_LARGE);
}

static void test_a_slot_exactly_full(void **state) {
    (void)state;
    static const struct {
        uint64_t slot_bytes;
        int32_t fits;
        const char *needed;
    } cases[] = {{4096, 4080, "at least 4097 bytes"},
                 {8192, 8176, "at least 8193 bytes"},
                 {17, 4080, "at least 4097 bytes"},
                 {65537, 69616, "at least 69633 bytes"},
                 {1 << 20, (1 << 20) - 16, "at least 1048577 bytes"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_producer *producer = open_sized("full", cases[i].slot_bytes);
        receivers r;
        open_receivers(&r);
        ferry_frame_info fits = describe(FERRY_FORMAT_GRAY, cases[i].fits, 1);
        ferry_frame_info too_large = describe(FERRY_FORMAT_GRAY, cases[i].fits + 1, 1);
        /* Every slot in turn: neighbours do not touch each other. */
        for (uint64_t k = 0; k < 7; k++) {
            assert_round_trip(producer, &r, &fits, k);
            assert_too_large(producer, &too_large, cases[i].needed);
        }
        assert_int_equal(dropped_by(producer), 0);
        assert_counts(r.in_place, 1, 7, 0, 0);
        close_all(&producer, &r);
    }
}

/* Frames that lie side by side in full slots stay what they are while the others are written. */
static void test_full_neighbours(void **state) {
    (void)state;
    enum { FITS = 8192 - 16 };
    static uint8_t pixels[FITS];
    ferry_producer *producer = open_sized("neighbours", 8192);
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = describe(FERRY_FORMAT_GRAY, FITS, 1);
    ferry_frame frame;
    for (uint64_t number = 1; number <= 3; number++) {
        fill_bytes(pixels, FITS, number);
        assert_int_equal(ferry_producer_send(producer, &info, pixels, 0, NULL, NULL), FERRY_OK);
    }
    for (uint64_t number = 1; number <= 3; number++) {
        assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
        assert_int_equal(frame.info.number, number);
        assert_true(is_filled(frame.pixels, FITS, number));
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    }
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- strides ---- */

/* The rows of a picture, one plane after another, without what is between them. */
static void assert_rows_equal(const ferry_layout *a, const uint8_t *a_pixels, const ferry_layout *b,
                              const uint8_t *b_pixels) {
    assert_int_equal(a->plane_count, b->plane_count);
    for (uint32_t i = 0; i < a->plane_count; i++) {
        assert_int_equal(a->planes[i].row_bytes, b->planes[i].row_bytes);
        assert_int_equal(a->planes[i].rows, b->planes[i].rows);
        for (uint32_t row = 0; row < a->planes[i].rows; row++)
            assert_memory_equal(
                a_pixels + a->planes[i].offset_bytes + (size_t)row * a->planes[i].stride_bytes,
                b_pixels + b->planes[i].offset_bytes + (size_t)row * b->planes[i].stride_bytes,
                a->planes[i].row_bytes);
    }
}

static void send_strided(ferry_producer *producer, ferry_consumer *consumer, uint32_t format,
                         uint32_t slot_padding, uint32_t source_padding) {
    ferry_frame_info info = describe(format, 13, 7);
    ferry_layout packed, source, slot;
    assert_int_equal(ferry_layout_compute(&packed, format, 13, 7, 0), FERRY_OK);
    uint32_t row = packed.planes[0].stride_bytes;
    assert_int_equal(ferry_layout_compute(&source, format, 13, 7, row + source_padding), FERRY_OK);
    assert_int_equal(ferry_layout_compute(&slot, format, 13, 7, row + slot_padding), FERRY_OK);
    uint8_t *pixels = malloc(source.length_bytes);
    assert_non_null(pixels);
    fill_bytes(pixels, source.length_bytes, format);
    info.stride_bytes = slot_padding != 0 ? row + slot_padding : 0;
    assert_int_equal(ferry_producer_send(producer, &info, pixels,
                                         (ptrdiff_t)row + (ptrdiff_t)source_padding, NULL, NULL),
                     FERRY_OK);
    ferry_frame frame;
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
    assert_int_equal(frame.info.stride_bytes, row + slot_padding);
    assert_int_equal(frame.info.length_bytes, slot.length_bytes);
    assert_rows_equal(&slot, frame.pixels, &source, pixels);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    free(pixels);
}

static void test_sources_with_padding(void **state) {
    (void)state;
    static const uint32_t paddings[] = {0, 1, 2, 3, 16, 51};
    enum { PADDINGS = sizeof paddings / sizeof paddings[0] };
    ferry_producer *producer = open_sized("strides", 8192);
    ferry_consumer *consumer = open_every(name);
    uint32_t format;
    for (size_t f = 0; (format = ferry_format_at(f)) != 0; f++)
        for (size_t i = 0; !ferry_format_is_compressed(format) && i < (size_t)PADDINGS * PADDINGS;
             i++)
            send_strided(producer, consumer, format, paddings[i % PADDINGS],
                         paddings[i / PADDINGS]);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_sources_that_are_stored_bottom_up(void **state) {
    (void)state;
    enum { ROWS = 5, ROW = 12, STRIDE = 16 };
    uint8_t pixels[ROWS * STRIDE];
    ferry_producer *producer = open_sized("bottom-up", 4096);
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = describe(FERRY_FORMAT_RGB24, ROW / 3, ROWS);
    ferry_frame frame;
    fill_bytes(pixels, sizeof pixels, 7);
    for (ptrdiff_t stride = ROW; stride <= STRIDE; stride++) {
        const uint8_t *top = pixels + (ROWS - 1) * stride;
        assert_int_equal(ferry_producer_send(producer, &info, top, -stride, NULL, NULL), FERRY_OK);
        assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
        for (int row = 0; row < ROWS; row++)
            assert_memory_equal(frame.pixels + row * ROW, top - row * stride, ROW);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    }
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_strides_that_cannot_be(void **state) {
    (void)state;
    static const struct {
        uint32_t format;
        ptrdiff_t stride;
        ferry_status status;
    } cases[] = {{FERRY_FORMAT_RGB24, 11, FERRY_INVALID_ARGUMENT},
                 {FERRY_FORMAT_RGB24, 1, FERRY_INVALID_ARGUMENT},
                 {FERRY_FORMAT_RGB24, -11, FERRY_INVALID_ARGUMENT},
                 {FERRY_FORMAT_RGB24, -1, FERRY_INVALID_ARGUMENT},
                 {FERRY_FORMAT_RGB24, (ptrdiff_t)INT32_MAX + 1, FERRY_INVALID_ARGUMENT},
                 {FERRY_FORMAT_RGB24, PTRDIFF_MAX, FERRY_INVALID_ARGUMENT},
                 {FERRY_FORMAT_RGB24, INT32_MAX, FERRY_TOO_LARGE},
                 {FERRY_FORMAT_NV12, -4, FERRY_INVALID_ARGUMENT},
                 {FERRY_FORMAT_YUV420P, -400, FERRY_INVALID_ARGUMENT},
                 {FERRY_FORMAT_H264, 4, FERRY_NOT_SUPPORTED},
                 {FERRY_FOURCC('V', 'P', '8', '0'), 4, FERRY_NOT_SUPPORTED}};
    static const uint8_t pixels[64];
    ferry_producer *producer = open_sized("wrong", 4096);
    ferry_consumer *consumer = open_every(name);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_frame_info info = describe(cases[i].format, 4, 5);
        ferry_error error = {0};
        info.length_bytes = ferry_format_bit_count(cases[i].format) == 0 ? 60 : 0;
        assert_int_equal(
            ferry_producer_send(producer, &info, pixels, cases[i].stride, NULL, &error),
            cases[i].status);
        assert_int_equal(error.status, cases[i].status);
        assert_true(strlen(error.message) > 20);
        assert_none_yet(consumer);
    }
    /* None of these attempts has kept its slot. */
    send_up_to(producer, 3);
    assert_int_equal(dropped_by(producer), 0);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* A part of a larger picture ends with the last pixel of its last row: what would be the padding
 * after it belongs to nobody, here a page that cannot be read. */
static void send_a_cut_out(const void *argument) {
    enum { ROWS = 3, ROW = 100, STRIDE = 160, USED = (ROWS - 1) * STRIDE + ROW };
    const uint32_t *slot_stride = argument;
    signal(SIGSEGV, SIG_DFL); /* the test program's handler would go on with the tests here */
    uint8_t *end = end_before_a_gap();
    CHILD_CHECK(end != NULL);
    uint8_t *pixels = end - USED;
    own_name(name, "cut-out");
    fill_bytes(pixels, USED, 3);
    ferry_producer *producer = make_producer(name, 2, FERRY_WHEN_FULL_DROP, NULL);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, NULL);
    CHILD_CHECK(producer != NULL && consumer != NULL);
    ferry_frame_info info = describe(FERRY_FORMAT_GRAY, ROW, ROWS);
    ferry_frame frame;
    info.stride_bytes = *slot_stride;
    CHILD_CHECK(ferry_producer_send(producer, &info, pixels, STRIDE, NULL, NULL) == FERRY_OK);
    CHILD_CHECK(ferry_consumer_acquire(consumer, 0, &frame, NULL) == FERRY_OK);
    for (size_t row = 0; row < ROWS; row++)
        CHILD_CHECK(
            memcmp(frame.pixels + row * frame.info.stride_bytes, pixels + row * STRIDE, ROW) == 0);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
}

static void test_nothing_after_the_last_row_is_read(void **state) {
    (void)state;
    static const uint32_t slot_strides[] = {0, 128, 160, 200};
    own_name(name, "cut-out");
    for (size_t i = 0; i < sizeof slot_strides / sizeof slot_strides[0]; i++) {
        child *sender = start_child_with(send_a_cut_out, &slot_strides[i], sizeof slot_strides[i]);
        assert_child_succeeds(sender);
        assert_nothing_left();
    }
}

/* ---- what goes with a frame ---- */

static void test_what_is_carried(void **state) {
    (void)state;
    static const uint8_t pixels[64];
    ferry_producer *producer = open_sized("carried", 4096);
    receivers r;
    open_receivers(&r);
    for (uint32_t i = 0; i <= FERRY_METADATA_MAX; i += 64) {
        ferry_frame_info info = describe(FERRY_FORMAT_YUYV422, 4, 4);
        ferry_frame frame;
        uint64_t number = 0, before_ns = ferry_clock_ns();
        info.color_matrix = i % 3;
        info.color_range = FERRY_RANGE_FULL;
        info.capture_ns = i == 0 ? 0 : 1000 + i;
        info.metadata_bytes = i;
        fill_bytes(info.metadata, i, i);
        ferry_producer_drop(producer);
        assert_int_equal(ferry_producer_send(producer, &info, pixels, 0, &number, NULL), FERRY_OK);
        uint64_t after_ns = ferry_clock_ns();
        assert_int_equal(ferry_consumer_acquire(r.in_place, 0, &frame, NULL), FERRY_OK);
        assert_int_equal(frame.info.number, number);
        assert_int_equal(number, i / 64 + 1);
        assert_int_equal(frame.info.dropped, number);
        assert_int_equal(frame.info.color_matrix, info.color_matrix);
        assert_int_equal(frame.info.color_range, info.color_range);
        assert_true(frame.info.publish_ns >= before_ns && frame.info.publish_ns <= after_ns);
        assert_true(frame.info.capture_ns == (i == 0 ? frame.info.publish_ns : info.capture_ns));
        assert_int_equal(frame.info.metadata_bytes, i);
        assert_true(is_filled(frame.info.metadata, i, i));
        assert_int_equal(ferry_consumer_copy(r.copying, 0, &r.image, NULL), FERRY_OK);
        assert_memory_equal(&r.image.info, &frame.info, offsetof(ferry_frame_info, metadata) + i);
        assert_int_equal(ferry_consumer_release(r.in_place, &frame), FERRY_OK);
    }
    close_all(&producer, &r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_every_format_and_many_sizes, clean_up),
        cmocka_unit_test_teardown(test_a_slot_exactly_full, clean_up),
        cmocka_unit_test_teardown(test_full_neighbours, clean_up),
        cmocka_unit_test_teardown(test_sources_with_padding, clean_up),
        cmocka_unit_test_teardown(test_sources_that_are_stored_bottom_up, clean_up),
        cmocka_unit_test_teardown(test_strides_that_cannot_be, clean_up),
        cmocka_unit_test_teardown(test_nothing_after_the_last_row_is_read, clean_up),
        cmocka_unit_test_teardown(test_what_is_carried, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
