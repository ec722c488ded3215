/* Pictures by a few numbers: which formats and strides follow from them, and which cannot be. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame/bitmap.h"

#define ROOM UINT64_C(33554416)

static const ferryi_bitmap_told usual = {.format_16bit = FERRY_FORMAT_GRAY16LE};

static ferry_status describe(ferry_frame_info *info, ferryi_bitmap bitmap, uint64_t room) {
    *info = (ferry_frame_info){0};
    return ferryi_bitmap_describe(info, &bitmap, room, &usual);
}

static void assert_described(ferryi_bitmap bitmap, uint32_t format, int32_t height,
                             uint32_t stride) {
    ferry_frame_info info;
    assert_int_equal(describe(&info, bitmap, ROOM), FERRY_OK);
    assert_int_equal(info.width, bitmap.width);
    assert_int_equal(info.height, height);
    assert_int_equal(info.format, format);
    assert_int_equal(info.bit_count, bitmap.bit_count);
    assert_int_equal(info.stride_bytes, stride);
    assert_int_equal(info.length_bytes, bitmap.length);
}

static void test_rows_are_bare_or_padded_to_4(void **state) {
    (void)state;
    assert_described((ferryi_bitmap){15, 5, 3, 8}, FERRY_FORMAT_GRAY, 3, 5);
    assert_described((ferryi_bitmap){24, 5, 3, 8}, FERRY_FORMAT_GRAY, 3, 8);
    assert_described((ferryi_bitmap){30, 5, 3, 16}, FERRY_FORMAT_GRAY16LE, 3, 10);
    assert_described((ferryi_bitmap){36, 5, 3, 16}, FERRY_FORMAT_GRAY16LE, 3, 12);
    assert_described((ferryi_bitmap){45, 5, 3, 24}, FERRY_FORMAT_BGR24, 3, 15);
    assert_described((ferryi_bitmap){48, 5, 3, 24}, FERRY_FORMAT_BGR24, 3, 16);
    assert_described((ferryi_bitmap){60, 5, 3, 32}, FERRY_FORMAT_BGRA, 3, 20);
    /* Rows that need no padding, and bytes behind the last row. */
    assert_described((ferryi_bitmap){12, 4, 3, 8}, FERRY_FORMAT_GRAY, 3, 4);
    assert_described((ferryi_bitmap){17, 5, 3, 8}, FERRY_FORMAT_GRAY, 3, 5);
    assert_described((ferryi_bitmap){30, 5, 3, 8}, FERRY_FORMAT_GRAY, 3, 8);
}

static void test_a_negative_height_is_as_many_rows(void **state) {
    (void)state;
    ferry_frame_info info;
    assert_described((ferryi_bitmap){15, 5, -3, 8}, FERRY_FORMAT_GRAY, 3, 5);
    assert_int_equal(describe(&info, (ferryi_bitmap){15, -5, 3, 8}, ROOM), FERRY_MALFORMED);
    assert_int_equal(describe(&info, (ferryi_bitmap){15, 5, INT32_MIN, 8}, ROOM), FERRY_MALFORMED);
    assert_int_equal(describe(&info, (ferryi_bitmap){INT32_MAX, 1, -INT32_MAX, 8}, INT32_MAX),
                     FERRY_OK);
    assert_int_equal(info.height, INT32_MAX);
}

static void test_the_room_is_the_end(void **state) {
    (void)state;
    ferry_frame_info info;
    assert_int_equal(describe(&info, (ferryi_bitmap){15, 5, 3, 8}, 15), FERRY_OK);
    assert_int_equal(describe(&info, (ferryi_bitmap){15, 5, 3, 8}, 14), FERRY_MALFORMED);
    assert_int_equal(describe(&info, (ferryi_bitmap){14, 5, 3, 8}, ROOM), FERRY_MALFORMED);
    assert_int_equal(describe(&info, (ferryi_bitmap){1, 1, 1, 8}, 0), FERRY_MALFORMED);
    assert_int_equal(describe(&info, (ferryi_bitmap){INT32_MAX, INT32_MAX, 1, 8}, INT32_MAX),
                     FERRY_OK);
    assert_int_equal(describe(&info, (ferryi_bitmap){INT32_MAX, INT32_MAX, 1, 32}, UINT64_MAX),
                     FERRY_MALFORMED);
}

/* Whatever is described lies within its length, and that within the room. */
static void test_every_number_at_every_place(void **state) {
    (void)state;
    static const int32_t numbers[] = {
        INT32_MIN, INT32_MIN + 1, -24,           -1,       0, 1, 2, 3, 8, 16, 24, 32, 33, 65535,
        1 << 16,   1 << 30,       INT32_MAX - 1, INT32_MAX};
    enum { COUNT = sizeof numbers / sizeof numbers[0] };
    unsigned accepted = 0;
    for (int i = 0; i < COUNT * COUNT * COUNT * COUNT; i++) {
        ferryi_bitmap bitmap = {numbers[i % COUNT], numbers[i / COUNT % COUNT],
                                numbers[i / COUNT / COUNT % COUNT],
                                numbers[i / COUNT / COUNT / COUNT]};
        ferry_frame_info info;
        if (describe(&info, bitmap, ROOM) != FERRY_OK)
            continue;
        accepted++;
        assert_true(info.width > 0 && info.height > 0);
        assert_true(info.length_bytes <= ROOM);
        assert_true((uint64_t)info.stride_bytes * (uint64_t)info.height <= info.length_bytes);
        assert_true((uint64_t)info.width * info.bit_count / 8 <= info.stride_bytes);
    }
    assert_true(accepted > 100);
}

static void test_bits_and_formats_belong_together(void **state) {
    (void)state;
    static const struct {
        uint32_t format, sixteen;
        int32_t bits;
    } rows[] = {{FERRY_FORMAT_GRAY, FERRY_FORMAT_GRAY16LE, 8},
                {FERRY_FORMAT_GRAY16LE, FERRY_FORMAT_GRAY16LE, 16},
                {FERRY_FORMAT_RGB565LE, FERRY_FORMAT_GRAY16LE, 0},
                {FERRY_FORMAT_RGB565LE, FERRY_FORMAT_RGB565LE, 16},
                {FERRY_FORMAT_GRAY16LE, FERRY_FORMAT_RGB565LE, 0},
                {FERRY_FORMAT_BGR24, FERRY_FORMAT_GRAY16LE, 24},
                {FERRY_FORMAT_BGRA, FERRY_FORMAT_GRAY16LE, 32},
                {FERRY_FORMAT_BGRX, FERRY_FORMAT_GRAY16LE, 32},
                {FERRY_FORMAT_RGB24, FERRY_FORMAT_GRAY16LE, 0},
                {FERRY_FORMAT_YUV420P, FERRY_FORMAT_GRAY16LE, 0},
                {FERRY_FORMAT_TEXT, FERRY_FORMAT_GRAY16LE, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ferryi_bitmap_bits(rows[i].format, rows[i].sixteen), rows[i].bits);
    ferry_frame_info info;
    for (int32_t bits = -1; bits < 70; bits++) {
        bool is_known = bits == 8 || bits == 16 || bits == 24 || bits == 32;
        assert_int_equal(describe(&info, (ferryi_bitmap){60, 5, 3, bits}, ROOM),
                         is_known ? FERRY_OK : FERRY_MALFORMED);
    }
    ferryi_bitmap colors = {30, 5, 3, 16};
    ferryi_bitmap_told told = {.format_16bit = FERRY_FORMAT_RGB565LE};
    assert_int_equal(ferryi_bitmap_describe(&info, &colors, ROOM, &told), FERRY_OK);
    assert_int_equal(info.format, FERRY_FORMAT_RGB565LE);
}

/* A format that is told counts for its own number of bits, and for no other. */
static void test_a_format_that_is_told(void **state) {
    (void)state;
    static const struct {
        uint32_t told;
        ferryi_bitmap bitmap;
        uint32_t format;
    } rows[] = {{FERRY_FORMAT_RGB24, {72, 6, 4, 24}, FERRY_FORMAT_RGB24},
                {FERRY_FORMAT_RGB24, {24, 6, 4, 8}, FERRY_FORMAT_GRAY},
                {FERRY_FORMAT_RGBA, {96, 6, 4, 32}, FERRY_FORMAT_RGBA},
                {FERRY_FORMAT_YUYV422, {48, 6, 4, 16}, FERRY_FORMAT_YUYV422},
                {FERRY_FORMAT_YUV420P, {36, 6, 4, 12}, FERRY_FORMAT_YUV420P},
                {FERRY_FORMAT_YUV420P, {72, 6, 4, 24}, FERRY_FORMAT_BGR24},
                {FERRY_FORMAT_RGB48LE, {144, 6, 4, 48}, FERRY_FORMAT_RGB48LE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ferry_frame_info info = {0};
        ferryi_bitmap_told told = {FERRY_FORMAT_GRAY16LE, rows[i].told};
        ferryi_bitmap shorter = rows[i].bitmap;
        assert_int_equal(ferryi_bitmap_describe(&info, &rows[i].bitmap, ROOM, &told), FERRY_OK);
        assert_int_equal(info.format, rows[i].format);
        shorter.length--;
        assert_int_equal(ferryi_bitmap_describe(&info, &shorter, ROOM, &told), FERRY_MALFORMED);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_bare_or_padded_to_4),
        cmocka_unit_test(test_a_negative_height_is_as_many_rows),
        cmocka_unit_test(test_the_room_is_the_end),
        cmocka_unit_test(test_every_number_at_every_place),
        cmocka_unit_test(test_bits_and_formats_belong_together),
        cmocka_unit_test(test_a_format_that_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
