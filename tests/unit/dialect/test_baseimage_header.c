/* Headers of the BaseImage kind: what they describe, and what is said of those that cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dialect/baseimage_header.h"

static const ferryi_bare_told nothing_told = {.format_16bit = FERRY_FORMAT_GRAY16LE};

typedef struct header_case {
    ferryi_header header;
    uint64_t room_bytes;
    uint32_t stride; /* 0: malformed */
} header_case;

static const header_case headers[] = {
    /* Rows without padding, rows of a bitmap, and what is neither. */
    {{12, 2, 2, 24}, 28, 6},
    {{16, 2, 2, 24}, 32, 8},
    {{14, 2, 2, 24}, 30, 6},
    {{11, 2, 2, 24}, 30, 0},
    {{3, 3, 1, 8}, 19, 3},
    {{4, 3, 1, 8}, 20, 4},
    {{6, 3, 1, 16}, 22, 6},
    {{8, 3, 1, 16}, 24, 8},
    {{64, 4, 4, 32}, 80, 16},
    /* One byte more than the mapping has. */
    {{12, 2, 2, 24}, 27, 0},
    {{1, 1, 1, 8}, 17, 1},
    {{1, 1, 1, 8}, 16, 0},
    {{1, 1, 1, 8}, 15, 0},
    {{1, 1, 1, 8}, 0, 0},
    {{33554416, 2048, 4095, 32}, 33554432, 8192},
    {{33554417, 2048, 4095, 32}, 33554432, 0},
    {{INT32_MAX, INT32_MAX, 1, 8}, (uint64_t)INT32_MAX + 16, INT32_MAX},
    {{INT32_MAX, INT32_MAX, 1, 8}, (uint64_t)INT32_MAX + 15, 0},
    {{INT32_MAX, 1, INT32_MAX, 8}, (uint64_t)INT32_MAX + 16, 1},
    /* Products that overflow 32 or 64 bits. */
    {{INT32_MAX, INT32_MAX, INT32_MAX, 32}, UINT64_MAX, 0},
    {{16, 65536, 65536, 8}, 4096, 0},
    {{16, 0x40000001, 4, 32}, 4096, 0},
    {{4, 0x40000001, 1, 32}, 4096, 0},
    {{16, INT32_MAX, 2, 8}, 4096, 0},
    /* Those that cannot be at all. */
    {{0, 1, 1, 8}, 4096, 0},
    {{-1, 1, 1, 8}, 4096, 0},
    {{INT32_MIN, 1, 1, 8}, UINT64_MAX, 0},
    {{16, 0, 1, 8}, 4096, 0},
    {{16, 1, 0, 8}, 4096, 0},
    {{16, -4, 4, 8}, 4096, 0},
    {{15, 4, -4, 8}, 4096, 0},
    {{16, -4, -4, 8}, 4096, 0},
    {{16, INT32_MIN, INT32_MIN, 8}, 4096, 0},
    {{16, 4, 4, 0}, 4096, 0},
    {{16, 4, 4, -8}, 4096, 0},
    {{16, 4, 4, 1}, 4096, 0},
    {{16, 4, 4, 12}, 4096, 0},
    {{16, 4, 4, 64}, 4096, 0},
    {{16, 1, 1, INT32_MAX}, 4096, 0},
};

static void test_headers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        const header_case *c = &headers[i];
        ferry_frame_info info = {0};
        bool turned = true;
        ferry_status status =
            ferryi_baseimage_describe(&info, &turned, &c->header, c->room_bytes, &nothing_told);
        if (status != (c->stride == 0 ? FERRY_MALFORMED : FERRY_OK))
            fail_msg("header %u: %d", (unsigned)i, (int)status);
        if (status != FERRY_OK)
            continue;
        assert_false(turned);
        assert_int_equal(info.stride_bytes, c->stride);
        assert_int_equal(info.length_bytes, c->header.length);
        assert_int_equal(info.bit_count, c->header.bit_count);
        assert_true(info.width == c->header.width && info.height == c->header.height);
        assert_true((uint64_t)info.stride_bytes * (uint64_t)info.height <= info.length_bytes);
    }
}

/* The sign of the height turns what is said of all frames round. */
static void test_a_height_below_0(void **state) {
    (void)state;
    for (int bottom_up = 0; bottom_up < 2; bottom_up++)
        for (int32_t height = -3; height <= 3; height += 6) {
            const ferryi_bare_told told = {.bottom_up = bottom_up != 0};
            const ferryi_header header = {24, 2, height, 24}; /* padded to 8 */
            ferry_frame_info info;
            bool turned;
            assert_int_equal(ferryi_baseimage_describe(&info, &turned, &header, 4096, &told),
                             FERRY_OK);
            assert_int_equal(info.height, 3);
            assert_int_equal(info.stride_bytes, 8);
            assert_int_equal(turned, (bottom_up != 0) != (height < 0));
        }
}

static void test_a_format_that_is_told(void **state) {
    (void)state;
    static const struct {
        uint32_t told;
        ferryi_header header;
        uint32_t format; /* 0: malformed */
        uint32_t stride;
    } cases[] = {
        {FERRY_FORMAT_NV12, {24, 4, 4, 12}, FERRY_FORMAT_NV12, 4},
        {FERRY_FORMAT_YUV420P, {24, 4, 4, 12}, FERRY_FORMAT_YUV420P, 4},
        {FERRY_FORMAT_YUV420P, {23, 4, 4, 12}, 0, 0},
        {FERRY_FORMAT_YUV420P, {12, 3, 2, 12}, FERRY_FORMAT_YUV420P, 4}, /* 8 + 2 + 2 */
        {FERRY_FORMAT_YUV420P, {10, 3, 2, 12}, FERRY_FORMAT_YUV420P, 3}, /* 6 + 2 + 2 */
        {FERRY_FORMAT_RGB48LE, {12, 2, 1, 48}, FERRY_FORMAT_RGB48LE, 12},
        {FERRY_FORMAT_RGB48LE, {16, 1, 2, 48}, FERRY_FORMAT_RGB48LE, 8},
        {FERRY_FORMAT_RGB24, {12, 2, 2, 24}, FERRY_FORMAT_RGB24, 6},
        {FERRY_FORMAT_BAYER_RGGB8, {4, 2, 2, 8}, FERRY_FORMAT_BAYER_RGGB8, 2},
        {FERRY_FORMAT_RGB565LE, {8, 2, 2, 16}, FERRY_FORMAT_RGB565LE, 4},
        /* Other frames are what they always were. */
        {FERRY_FORMAT_NV12, {12, 2, 2, 24}, FERRY_FORMAT_BGR24, 6},
        {FERRY_FORMAT_NV12, {8, 2, 2, 16}, FERRY_FORMAT_GRAY16LE, 4},
        {FERRY_FORMAT_NV12, {24, 2, 2, 48}, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const ferryi_bare_told told = {.format_16bit = FERRY_FORMAT_GRAY16LE,
                                       .format = cases[i].told};
        ferry_frame_info info = {0};
        bool turned;
        ferry_status status =
            ferryi_baseimage_describe(&info, &turned, &cases[i].header, 4096, &told);
        if (status != (cases[i].format == 0 ? FERRY_MALFORMED : FERRY_OK) ||
            info.format != cases[i].format || info.stride_bytes != cases[i].stride)
            fail_msg("case %u: %d, stride %u", (unsigned)i, (int)status, info.stride_bytes);
    }
}

/* The numbers that were seen, why not, and the option. */
static void test_what_is_said(void **state) {
    (void)state;
    static const struct {
        ferryi_bare_refused refused;
        ferryi_bare_told told;
        const char *said[4];
    } cases[] = {
        {{.header = {24, 4, 5, 12}, .room_bytes = 100},
         {0},
         {"length 24, width 4, height 5, bits 12", "--bare-format", "nv12, yuv420p"}},
        {{.header = {24, 2, 2, 48}, .room_bytes = 100}, {0}, {"48 bits", "bare_format", "rgb48le"}},
        {{.header = {2, 4, 4, 1}, .room_bytes = 100}, {0}, {"no format here has 1 bit for"}},
        {{.header = {2, 4, 4, -8}, .room_bytes = 100}, {0}, {"bits -8", "no format here"}},
        {{.header = {2, -4, 4, 8}, .room_bytes = 100},
         {0},
         {"width -4", "no picture has that size"}},
        {{.header = {0, 4, 4, 8}, .room_bytes = 100}, {0}, {"length 0", "1 to the 84 bytes"}},
        {{.header = {85, 4, 4, 8}, .room_bytes = 100}, {0}, {"length 85", "1 to the 84 bytes"}},
        {{.header = {15, 4, 4, 8}, .room_bytes = 100}, {0}, {"at least 16 bytes as gray"}},
        {{.header = {2, 16, 4, 4}, .room_bytes = 100, .images = 2},
         {0},
         {"a count of 2 images", "--bare-images"}},
        {{.header = {0, 4, 4, 8}, .room_bytes = 100, .images = 0},
         {.has_images = true},
         {"0 cannot be a count", "leave bare_images (--bare-images) out"}},
        {{.header = {9, 4, 4, 12}, .room_bytes = 50, .images = 3, .image = 2},
         {.has_images = true},
         {"header of image 2 of 3 says length 9", "--bare-format"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_error error = {0};
        assert_int_equal(ferryi_baseimage_explain(&cases[i].refused, &cases[i].told, "cam", &error),
                         FERRY_MALFORMED);
        assert_non_null(strstr(error.message, "channel cam is passed over"));
        for (size_t k = 0; k < 4 && cases[i].said[k] != NULL; k++)
            if (strstr(error.message, cases[i].said[k]) == NULL)
                fail_msg("case %u: \"%s\" is not in \"%s\"", (unsigned)i, cases[i].said[k],
                         error.message);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_a_height_below_0),
        cmocka_unit_test(test_a_format_that_is_told),
        cmocka_unit_test(test_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
