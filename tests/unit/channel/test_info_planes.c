/* Planes that lie where their producer says: completed on the way in, checked on the way out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "channel/info.h"
#include "channel/layout.h"

#define UNKNOWN FERRY_FOURCC('?', '?', '?', '?')
#define PLENTY ((uint64_t)INT32_MAX)

/* As GStreamer lays out a picture in I420 whose width is no multiple of 8: the rows of each plane
 * are rounded up to 4 bytes, which one stride cannot say. */
enum { WIDTH = 426, HEIGHT = 240, LUMA = 428, CHROMA = 216 };
enum {
    U_AT = LUMA * HEIGHT,
    V_AT = U_AT + CHROMA * HEIGHT / 2,
    PIXELS = V_AT + CHROMA * (HEIGHT / 2 - 1) + WIDTH / 2
};

static ferry_frame_info picture(void) {
    return (ferry_frame_info){.width = WIDTH,
                              .height = HEIGHT,
                              .format = FERRY_FORMAT_YUV420P,
                              .plane_count = 3,
                              .plane_offset_bytes = {0, U_AT, V_AT},
                              .plane_stride_bytes = {LUMA, CHROMA, CHROMA}};
}

static ferry_status complete(ferry_frame_info *info) {
    ferry_error error = {0};
    ferry_status status = ferryi_info_complete(info, PLENTY, &error);
    assert_int_equal(error.status, status);
    assert_true(status == FERRY_OK || strlen(error.message) > 10);
    return status;
}

static ferry_status read_back(const ferry_frame_info *info, ferry_frame_info *out,
                              uint64_t capacity) {
    static ferryi_descriptor descriptor;
    ferryi_header header;
    memset(&descriptor, 0xee, sizeof descriptor);
    ferryi_info_write(info, &header, &descriptor);
    memset(out, 0xdd, sizeof *out);
    return ferryi_info_read(out, &header, &descriptor, capacity);
}

static void assert_travels(const ferry_frame_info *info) {
    ferry_frame_info read;
    assert_int_equal(read_back(info, &read, info->length_bytes), FERRY_OK);
    assert_memory_equal(&read, info, offsetof(ferry_frame_info, capture_ns));
    assert_int_equal(read_back(info, &read, info->length_bytes - 1), FERRY_MALFORMED);
}

static void test_planes_travel(void **state) {
    (void)state;
    ferry_frame_info info = picture();
    assert_int_equal(complete(&info), FERRY_OK);
    assert_int_equal(info.plane_count, 3);
    assert_int_equal(info.stride_bytes, LUMA);
    assert_int_equal(info.length_bytes, PIXELS);
    assert_travels(&info);
    ferry_frame_info again = info;
    assert_int_equal(complete(&again), FERRY_OK);
    assert_memory_equal(&again, &info, sizeof info);
}

static void test_planes_in_any_order(void **state) {
    (void)state;
    ferry_frame_info info = picture(); /* V before U, and both before Y */
    enum { CHROMA_BYTES = CHROMA * HEIGHT / 2 };
    info.plane_offset_bytes[2] = 0;
    info.plane_offset_bytes[1] = CHROMA_BYTES;
    info.plane_offset_bytes[0] = 2 * CHROMA_BYTES;
    assert_int_equal(complete(&info), FERRY_OK);
    assert_int_equal(info.length_bytes, 2 * CHROMA_BYTES + LUMA * (HEIGHT - 1) + WIDTH);
    assert_travels(&info);
}

/* Rows below the picture, as decoders have them, and a picture that does not begin at once. */
static void test_planes_with_room_around_them(void **state) {
    (void)state;
    ferry_frame_info info = {.width = 1920,
                             .height = 1080,
                             .format = FERRY_FORMAT_NV12,
                             .plane_count = 2,
                             .plane_offset_bytes = {64, 64 + 2048 * 1088},
                             .plane_stride_bytes = {2048, 2048}};
    assert_int_equal(complete(&info), FERRY_OK);
    assert_int_equal(info.length_bytes, 64 + 2048 * 1088 + 2048 * 539 + 1920);
    assert_travels(&info);
    ferry_frame_info one = {.width = 7,
                            .height = 1,
                            .format = FERRY_FORMAT_GRAY,
                            .plane_count = 1,
                            .plane_offset_bytes = {9},
                            .plane_stride_bytes = {7}};
    assert_int_equal(complete(&one), FERRY_OK);
    assert_true(one.plane_count == 1 && one.length_bytes == 16 && one.stride_bytes == 7);
    assert_travels(&one);
}

/* A picture that stride_bytes describes alone needs no planes, and a program that knows none gets
 * what it expects. */
static void test_planes_that_say_nothing_new_are_left_out(void **state) {
    (void)state;
    uint32_t format;
    for (size_t f = 0; (format = ferry_format_at(f)) != 0; f++) {
        ferry_layout plain;
        if (ferry_layout_compute(&plain, format, 31, 17, 0) != FERRY_OK)
            continue; /* compressed */
        ferry_frame_info info = {.width = 31, .height = 17, .format = format};
        info.plane_count = plain.plane_count;
        for (uint32_t i = 0; i < plain.plane_count; i++) {
            info.plane_offset_bytes[i] = plain.planes[i].offset_bytes;
            info.plane_stride_bytes[i] = plain.planes[i].stride_bytes;
        }
        ferry_frame_info longer = info;
        assert_int_equal(complete(&info), FERRY_OK);
        assert_true(info.plane_count == 0 && info.length_bytes == plain.length_bytes);
        longer.length_bytes = plain.length_bytes + 100;
        assert_int_equal(complete(&longer), FERRY_OK);
        assert_true(longer.plane_count == 0 && longer.length_bytes == plain.length_bytes + 100);
    }
}

typedef struct wrong {
    uint32_t plane_count, offset[3], stride[3], stride_bytes, length_bytes;
} wrong;

static const wrong wrongs[] = {
    {2, {0, U_AT, V_AT}, {LUMA, CHROMA, CHROMA}, 0, 0}, /* too few, too many */
    {1, {0, U_AT, V_AT}, {LUMA, CHROMA, CHROMA}, 0, 0},
    {4, {0, U_AT, V_AT}, {LUMA, CHROMA, CHROMA}, 0, 0},
    {5, {0, U_AT, V_AT}, {LUMA, CHROMA, CHROMA}, 0, 0},
    {UINT32_MAX, {0, U_AT, V_AT}, {LUMA, CHROMA, CHROMA}, 0, 0},
    {3, {0, U_AT, V_AT}, {WIDTH - 1, CHROMA, CHROMA}, 0, 0}, /* rows that overlap */
    {3, {0, U_AT, V_AT}, {LUMA, WIDTH / 2 - 1, CHROMA}, 0, 0},
    {3, {0, U_AT, V_AT}, {LUMA, CHROMA, 0}, 0, 0},
    {3, {0, U_AT - 3, V_AT}, {LUMA, CHROMA, CHROMA}, 0, 0}, /* planes that overlap by a byte */
    {3, {0, U_AT, V_AT - 4}, {LUMA, CHROMA, CHROMA}, 0, 0},
    {3, {0, U_AT, U_AT}, {LUMA, CHROMA, CHROMA}, 0, 0},
    {3, {0, 0, V_AT}, {LUMA, CHROMA, CHROMA}, 0, 0},
    {3, {0, LUMA * 100, V_AT}, {LUMA, CHROMA, CHROMA}, 0, 0}, /* inside another */
    {3, {U_AT, 0, CHROMA * 119}, {LUMA, CHROMA, CHROMA}, 0, 0},
    {3, {0, U_AT, V_AT}, {LUMA, CHROMA, CHROMA}, LUMA + 1, 0}, /* two strides for one plane */
    {3, {0, U_AT, V_AT}, {LUMA, CHROMA, CHROMA}, 0, PIXELS - 1},
    {3, {0, U_AT, UINT32_MAX}, {LUMA, CHROMA, CHROMA}, 0, 0}, /* beyond 2 GiB */
    {3, {0, U_AT, V_AT}, {LUMA, CHROMA, UINT32_MAX}, 0, 0},
    {3, {0, U_AT, INT32_MAX}, {LUMA, CHROMA, CHROMA}, 0, 0},
};

static void apply(ferry_frame_info *info, const wrong *w) {
    info->plane_count = w->plane_count;
    memcpy(info->plane_offset_bytes, w->offset, sizeof w->offset);
    memcpy(info->plane_stride_bytes, w->stride, sizeof w->stride);
    info->stride_bytes = w->stride_bytes;
    info->length_bytes = w->length_bytes;
}

static void test_planes_that_cannot_be_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        ferry_frame_info info = picture();
        apply(&info, &wrongs[i]);
        ferry_status status = complete(&info);
        assert_true(status == FERRY_INVALID_ARGUMENT || status == FERRY_TOO_LARGE);
    }
}

/* A byte less than what overlaps fits: the cases above are off by one. */
static void test_planes_that_touch(void **state) {
    (void)state;
    ferry_frame_info info = picture();
    info.plane_offset_bytes[1] = U_AT - (LUMA - WIDTH);
    info.plane_offset_bytes[2] = V_AT - (LUMA - WIDTH) - (CHROMA - WIDTH / 2);
    assert_int_equal(complete(&info), FERRY_OK);
    assert_travels(&info);
}

static void test_planes_that_cannot_be_are_malformed(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        static ferryi_descriptor descriptor;
        ferryi_header header;
        ferry_frame_info info = picture(), read;
        assert_int_equal(complete(&info), FERRY_OK);
        ferryi_info_write(&info, &header, &descriptor);
        const wrong *w = &wrongs[i];
        descriptor.plane_count = w->plane_count;
        memcpy(descriptor.plane_offset, w->offset, sizeof w->offset);
        memcpy(descriptor.plane_stride, w->stride, sizeof w->stride);
        if (w->stride_bytes != 0)
            descriptor.stride_bytes = w->stride_bytes;
        if (w->length_bytes != 0)
            descriptor.length_bytes = w->length_bytes;
        header.length = (int32_t)descriptor.length_bytes;
        assert_int_equal(ferryi_info_read(&read, &header, &descriptor, PLENTY), FERRY_MALFORMED);
    }
}

static void test_planes_of_a_format_without_a_name(void **state) {
    (void)state;
    ferry_frame_info info = picture();
    info.format = UNKNOWN;
    info.length_bytes = PIXELS;
    assert_int_equal(complete(&info), FERRY_OK);
    assert_int_equal(info.plane_count, 3);
    assert_travels(&info);
    info.plane_offset_bytes[1] = PIXELS;
    ferry_frame_info read;
    assert_int_equal(read_back(&info, &read, PIXELS), FERRY_MALFORMED);
    assert_int_equal(complete(&info), FERRY_INVALID_ARGUMENT);
    info = picture();
    info.format = UNKNOWN;
    info.length_bytes = PIXELS;
    info.plane_count = FERRY_PLANES_MAX + 1;
    assert_int_equal(complete(&info), FERRY_INVALID_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planes_travel),
        cmocka_unit_test(test_planes_in_any_order),
        cmocka_unit_test(test_planes_with_room_around_them),
        cmocka_unit_test(test_planes_that_say_nothing_new_are_left_out),
        cmocka_unit_test(test_planes_that_cannot_be_are_refused),
        cmocka_unit_test(test_planes_that_touch),
        cmocka_unit_test(test_planes_that_cannot_be_are_malformed),
        cmocka_unit_test(test_planes_of_a_format_without_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
