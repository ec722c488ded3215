/* Descriptions of frames: completing them on the way in, checking them on the way out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/info.h"
#include "channel/layout.h"

#define UNKNOWN FERRY_FOURCC('V', 'P', '8', '0')
#define PLENTY ((uint64_t)INT32_MAX)

/* What a picture takes, worked out here once more from the formats' definitions. */
typedef struct expected {
    uint32_t format, bits;
    uint64_t row, length;
} expected;

static expected expect(uint32_t format, uint64_t width, uint64_t height) {
    uint64_t chroma_width = (width + 1) / 2, chroma_height = (height + 1) / 2;
    switch (format) {
    case FERRY_FORMAT_GRAY:
    case FERRY_FORMAT_BAYER_BGGR8:
    case FERRY_FORMAT_BAYER_GBRG8:
    case FERRY_FORMAT_BAYER_GRBG8:
    case FERRY_FORMAT_BAYER_RGGB8: return (expected){format, 8, width, width * height};
    case FERRY_FORMAT_BGR24:
    case FERRY_FORMAT_RGB24: return (expected){format, 24, 3 * width, 3 * width * height};
    case FERRY_FORMAT_BGRA:
    case FERRY_FORMAT_RGBA:
    case FERRY_FORMAT_BGRX:
    case FERRY_FORMAT_RGBX:
    case FERRY_FORMAT_XRGB:
    case FERRY_FORMAT_ARGB:
    case FERRY_FORMAT_GRAYF32LE: return (expected){format, 32, 4 * width, 4 * width * height};
    case FERRY_FORMAT_RGB48LE: return (expected){format, 48, 6 * width, 6 * width * height};
    case FERRY_FORMAT_YUYV422:
    case FERRY_FORMAT_UYVY422:
        return (expected){format, 16, 4 * chroma_width, 4 * chroma_width * height};
    case FERRY_FORMAT_NV12:
    case FERRY_FORMAT_NV21:
    case FERRY_FORMAT_YUV420P:
        return (expected){format, 12, width, width * height + 2 * chroma_width * chroma_height};
    case FERRY_FORMAT_NV16:
    case FERRY_FORMAT_YUV422P:
        return (expected){format, 16, width, width * height + 2 * chroma_width * height};
    case FERRY_FORMAT_YUV444P: return (expected){format, 24, width, 3 * width * height};
    case FERRY_FORMAT_P010LE:
        return (expected){format, 24, 2 * width,
                          2 * width * height + 4 * chroma_width * chroma_height};
    default: /* words of 16 bits */
        assert_int_equal(ferry_format_bit_count(format), 16);
        return (expected){format, 16, 2 * width, 2 * width * height};
    }
}

static ferry_frame_info describe(uint32_t format, int32_t width, int32_t height) {
    return (ferry_frame_info){.width = width, .height = height, .format = format};
}

/* Completes a copy; a refusal has its reason and names the numbers that matter. */
static ferry_status complete(ferry_frame_info *info, uint64_t capacity, const char *mentions) {
    ferry_error error = {0};
    ferry_frame_info twin = *info;
    ferry_status status = ferryi_info_complete(info, capacity, &error);
    assert_int_equal(ferryi_info_complete(&twin, capacity, NULL), status);
    assert_int_equal(error.status, status);
    if (status != FERRY_OK)
        assert_true(strlen(error.message) > 10);
    assert_true(mentions == NULL || strstr(error.message, mentions) != NULL);
    return status;
}

static void test_every_format_is_completed(void **state) {
    (void)state;
    static const int32_t sizes[] = {1, 2, 3, 7, 8, 15, 16, 17, 640, 1921};
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    uint32_t format;
    for (size_t f = 0; (format = ferry_format_at(f)) != 0; f++) {
        if (ferry_format_is_compressed(format))
            continue;
        for (size_t i = 0; i < (size_t)SIZES * SIZES; i++) {
            int32_t width = sizes[i % SIZES], height = sizes[i / SIZES];
            expected e = expect(format, (uint64_t)width, (uint64_t)height);
            ferry_frame_info info = describe(format, width, height);
            assert_int_equal(complete(&info, PLENTY, NULL), FERRY_OK);
            assert_int_equal(info.bit_count, e.bits);
            assert_int_equal(info.stride_bytes, e.row);
            assert_int_equal(info.length_bytes, e.length);
            /* What is complete already stays as it is, and says the same. */
            ferry_frame_info again = info;
            assert_int_equal(complete(&again, e.length, NULL), FERRY_OK);
            assert_memory_equal(&again, &info, sizeof info);

            char needed[32];
            snprintf(needed, sizeof needed, "at least %llu bytes",
                     (unsigned long long)e.length + FERRY_HEADER_BYTES);
            assert_int_equal(complete(&again, e.length - 1, needed), FERRY_TOO_LARGE);
            info = describe(format, width, height);
            assert_int_equal(complete(&info, e.length - 1, needed), FERRY_TOO_LARGE);
        }
    }
}

static void test_strides_lengths_and_bits(void **state) {
    (void)state;
    ferry_frame_info info = describe(FERRY_FORMAT_BGR24, 5, 4);
    info.stride_bytes = 14;
    assert_int_equal(complete(&info, PLENTY, NULL), FERRY_INVALID_ARGUMENT);
    info.stride_bytes = 16;
    assert_int_equal(complete(&info, PLENTY, NULL), FERRY_OK);
    assert_int_equal(info.stride_bytes, 16);
    assert_int_equal(info.length_bytes, 64);
    info.length_bytes = 63;
    assert_int_equal(complete(&info, PLENTY, "64"), FERRY_INVALID_ARGUMENT);
    info.length_bytes = 100; /* something may follow the pixels */
    assert_int_equal(complete(&info, 100, NULL), FERRY_OK);
    assert_int_equal(info.length_bytes, 100);
    assert_int_equal(complete(&info, 99, "at least 116 bytes"), FERRY_TOO_LARGE);
    info.bit_count = 32;
    assert_int_equal(complete(&info, PLENTY, "24"), FERRY_INVALID_ARGUMENT);
}

static void test_formats_without_a_name(void **state) {
    (void)state;
    static const uint32_t formats[] = {0, 1, UNKNOWN, UINT32_MAX};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        ferry_frame_info info = describe(formats[i], 1920, 1080);
        assert_int_equal(complete(&info, PLENTY, NULL), FERRY_INVALID_ARGUMENT);
        info.length_bytes = 777;
        info.bit_count = 7;
        info.stride_bytes = 3;
        ferry_frame_info before = info;
        assert_int_equal(complete(&info, 777, NULL), FERRY_OK);
        assert_memory_equal(&info, &before, sizeof info);
        assert_int_equal(complete(&info, 776, "at least 793 bytes"), FERRY_TOO_LARGE);
    }
}

static const uint32_t compressed[] = {FERRY_FORMAT_MJPEG, FERRY_FORMAT_JPEG, FERRY_FORMAT_H264,
                                      FERRY_FORMAT_HEVC};

/* They have a length, any, and nothing that belongs to rows. */
static void test_compressed_formats(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof compressed / sizeof compressed[0]; i++) {
        const char *format = ferry_format_name(compressed[i]);
        ferry_frame_info info = describe(compressed[i], 1920, 1080), changed;
        assert_int_equal(complete(&info, PLENTY, format), FERRY_INVALID_ARGUMENT);
        info.length_bytes = 1;
        ferry_frame_info before = info;
        assert_int_equal(complete(&info, 1, NULL), FERRY_OK);
        assert_memory_equal(&info, &before, sizeof info);
        info.length_bytes = INT32_MAX;
        assert_int_equal(complete(&info, PLENTY, NULL), FERRY_OK);
        info.length_bytes = (uint32_t)INT32_MAX + 1;
        assert_int_equal(complete(&info, UINT64_MAX, NULL), FERRY_TOO_LARGE);
        info.length_bytes = 777;
        assert_int_equal(complete(&info, 776, "at least 793 bytes"), FERRY_TOO_LARGE);
        changed = info;
        changed.stride_bytes = 1;
        assert_int_equal(complete(&changed, PLENTY, format), FERRY_INVALID_ARGUMENT);
        changed = info;
        changed.bit_count = 24;
        assert_int_equal(complete(&changed, PLENTY, format), FERRY_INVALID_ARGUMENT);
        changed = info;
        changed.plane_count = 1;
        assert_int_equal(complete(&changed, PLENTY, format), FERRY_INVALID_ARGUMENT);
    }
}

static void test_limits(void **state) {
    (void)state;
    static const struct {
        int32_t width, height;
        uint32_t length, metadata;
        ferry_status status;
    } cases[] = {{1, 1, 0, FERRY_METADATA_MAX, FERRY_OK},
                 {1, 1, 0, FERRY_METADATA_MAX + 1, FERRY_INVALID_ARGUMENT},
                 {1, 1, 0, UINT32_MAX, FERRY_INVALID_ARGUMENT},
                 {0, 1, 0, 0, FERRY_INVALID_ARGUMENT},
                 {1, 0, 0, 0, FERRY_INVALID_ARGUMENT},
                 {-1, 1, 0, 0, FERRY_INVALID_ARGUMENT},
                 {INT32_MIN, INT32_MIN, 0, 0, FERRY_INVALID_ARGUMENT},
                 {INT32_MAX, 1, 0, 0, FERRY_OK},
                 {INT32_MAX, 2, 0, 0, FERRY_TOO_LARGE},
                 {46341, 46341, 0, 0, FERRY_TOO_LARGE},
                 {INT32_MAX, INT32_MAX, 0, 0, FERRY_TOO_LARGE},
                 {1, 1, INT32_MAX, 0, FERRY_OK},
                 {1, 1, (uint32_t)INT32_MAX + 1, 0, FERRY_TOO_LARGE},
                 {1, 1, UINT32_MAX, 0, FERRY_TOO_LARGE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_frame_info info = describe(FERRY_FORMAT_GRAY, cases[i].width, cases[i].height);
        info.length_bytes = cases[i].length;
        info.metadata_bytes = cases[i].metadata;
        assert_int_equal(complete(&info, UINT64_MAX, NULL), cases[i].status);
        info.format = UNKNOWN;
        info.length_bytes = cases[i].length != 0 ? cases[i].length : 1;
        info.bit_count = 0;
        ferry_status wanted =
            cases[i].width < 1 || cases[i].height < 1 || cases[i].metadata > FERRY_METADATA_MAX
                ? FERRY_INVALID_ARGUMENT
            : cases[i].length > INT32_MAX ? FERRY_TOO_LARGE
                                          : FERRY_OK;
        assert_int_equal(complete(&info, UINT64_MAX, NULL), wanted);
    }
}

/* ---- what lies in a slot ---- */

/* In memory of exactly their size, so that AddressSanitizer sees a step outside. */
typedef struct slot {
    ferryi_header *header;
    ferryi_descriptor *descriptor;
} slot;

static slot new_slot(void) {
    slot s = {malloc(sizeof *s.header), malloc(sizeof *s.descriptor)};
    assert_non_null(s.header);
    assert_non_null(s.descriptor);
    memset(s.header, 0xee, sizeof *s.header);
    memset(s.descriptor, 0xee, sizeof *s.descriptor);
    return s;
}

static void free_slot(slot *s) {
    free(s->header);
    free(s->descriptor);
}

static ferry_frame_info rich_info(uint32_t format, int32_t width, int32_t height) {
    ferry_frame_info info = describe(format, width, height);
    if (ferry_format_bit_count(format) == 0)
        info.length_bytes = 500;
    assert_int_equal(ferryi_info_complete(&info, PLENTY, NULL), FERRY_OK);
    info.color_matrix = FERRY_MATRIX_BT709;
    info.color_range = FERRY_RANGE_FULL;
    info.color_primaries = FERRY_PRIMARIES_BT2020;
    info.color_transfer = FERRY_TRANSFER_HLG;
    info.chroma_site = FERRY_CHROMA_TOP_LEFT;
    info.field_order = FERRY_FIELDS_BOTTOM_FIRST;
    info.frame_rate_num = 30000;
    info.frame_rate_den = 1001;
    info.pixel_aspect_num = 12;
    info.pixel_aspect_den = 11;
    info.flags = FERRY_FRAME_CORRUPT | FERRY_FRAME_STAMP_END | FERRY_FRAME_HAS_SEQUENCE;
    info.exposure_ns = UINT64_C(0x0102030405060708);
    info.sequence = UINT64_MAX - 1;
    info.capture_ns = UINT64_C(0x1122334455667788);
    info.publish_ns = UINT64_C(0x99aabbccddeeff00);
    info.dropped = UINT64_MAX;
    info.metadata_bytes = FERRY_METADATA_MAX;
    for (uint32_t i = 0; i < FERRY_METADATA_MAX; i++)
        info.metadata[i] = (uint8_t)(255 - i);
    return info;
}

static void assert_round_trip(const ferry_frame_info *info) {
    slot s = new_slot();
    ferry_frame_info read = {0};
    ferryi_info_write(info, s.header, s.descriptor);
    assert_int_equal(s.header->length, info->length_bytes);
    assert_int_equal(s.header->width, info->width);
    assert_int_equal(s.header->height, info->height);
    assert_int_equal(s.header->bit_count, (int32_t)info->bit_count);
    /* The atomics are the protocol's. */
    for (size_t i = 0; i < offsetof(ferryi_descriptor, format); i++)
        assert_int_equal(((const uint8_t *)s.descriptor)[i], 0xee);
    assert_int_equal(ferryi_info_read(&read, s.header, s.descriptor, info->length_bytes), FERRY_OK);
    assert_memory_equal(&read, info, sizeof read);
    assert_int_equal(ferryi_info_read(&read, s.header, s.descriptor, info->length_bytes - 1),
                     FERRY_MALFORMED);
    free_slot(&s);
}

static void test_what_is_written_is_read(void **state) {
    (void)state;
    static const int32_t sizes[][2] = {{1, 1}, {2, 2}, {7, 5}, {64, 3}, {1, 100}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint32_t format;
        for (size_t f = 0; (format = ferry_format_at(f)) != 0; f++) {
            ferry_frame_info info = rich_info(format, sizes[i][0], sizes[i][1]);
            assert_round_trip(&info);
        }
        ferry_frame_info unknown = rich_info(UNKNOWN, sizes[i][0], sizes[i][1]);
        unknown.bit_count = UINT32_MAX; /* carried, whatever it means */
        unknown.color_matrix = 77;
        unknown.color_range = UINT32_MAX;
        assert_round_trip(&unknown);
        ferry_frame_info longer = rich_info(FERRY_FORMAT_NV12, sizes[i][0], sizes[i][1]);
        longer.length_bytes += 1000;
        assert_round_trip(&longer);
    }
}

static void test_metadata_of_every_length(void **state) {
    (void)state;
    slot s = new_slot();
    ferry_frame_info info = rich_info(FERRY_FORMAT_GRAY, 2, 2), read = {0};
    for (uint32_t length = 0; length <= FERRY_METADATA_MAX; length++) {
        info.metadata_bytes = length;
        memset(s.descriptor->metadata, 0xee, sizeof s.descriptor->metadata);
        ferryi_info_write(&info, s.header, s.descriptor);
        memset(&read, 0xdd, sizeof read);
        assert_int_equal(ferryi_info_read(&read, s.header, s.descriptor, 4), FERRY_OK);
        assert_int_equal(read.metadata_bytes, length);
        assert_memory_equal(read.metadata, info.metadata, length);
        for (uint32_t i = length; i < FERRY_METADATA_MAX; i++) {
            assert_int_equal(s.descriptor->metadata[i], 0xee);
            assert_int_equal(read.metadata[i], 0xdd);
        }
    }
    free_slot(&s);
}

typedef struct change {
    bool in_header;
    size_t offset;
    uint32_t value;
} change;

#define IN_HEADER(name, number)                                                                    \
    { true, offsetof(ferryi_header, name), (uint32_t)(number) }
#define IN_DESCRIPTOR(name, number)                                                                \
    { false, offsetof(ferryi_descriptor, name), (uint32_t)(number) }
#define IN_BOTH(header_name, name, number)                                                         \
    IN_HEADER(header_name, number), IN_DESCRIPTOR(name, number)

/* A picture of 8 x 6 in bgr24, 144 bytes, in a slot of 200. */
static void put(slot *s, const change *c) {
    uint8_t *start = c->in_header ? (uint8_t *)s->header : (uint8_t *)s->descriptor;
    memcpy(start + c->offset, &c->value, sizeof c->value);
}

static ferry_status read_changed(const change *one, const change *other) {
    slot s = new_slot();
    ferry_frame_info info = rich_info(FERRY_FORMAT_BGR24, 8, 6), read;
    ferryi_info_write(&info, s.header, s.descriptor);
    put(&s, one);
    if (other != NULL)
        put(&s, other);
    ferry_status status = ferryi_info_read(&read, s.header, s.descriptor, 200);
    free_slot(&s);
    return status;
}

static void test_each_field_alone(void **state) {
    (void)state;
    static const change changes[] = {IN_BOTH(length, length_bytes, 0),
                                     IN_BOTH(length, length_bytes, 143),
                                     IN_BOTH(length, length_bytes, 145),
                                     IN_BOTH(length, length_bytes, 200),
                                     IN_BOTH(length, length_bytes, 201),
                                     IN_BOTH(length, length_bytes, INT32_MAX),
                                     IN_BOTH(length, length_bytes, INT32_MIN),
                                     IN_BOTH(length, length_bytes, UINT32_MAX),
                                     IN_BOTH(width, width, 0),
                                     IN_BOTH(width, width, -1),
                                     IN_BOTH(width, width, 7),
                                     IN_BOTH(width, width, 9),
                                     IN_BOTH(width, width, INT32_MAX),
                                     IN_BOTH(width, width, INT32_MIN),
                                     IN_BOTH(height, height, 0),
                                     IN_BOTH(height, height, -1),
                                     IN_BOTH(height, height, 5),
                                     IN_BOTH(height, height, 7),
                                     IN_BOTH(height, height, INT32_MAX),
                                     IN_BOTH(height, height, INT32_MIN),
                                     IN_BOTH(bit_count, bit_count, 0),
                                     IN_BOTH(bit_count, bit_count, 23),
                                     IN_BOTH(bit_count, bit_count, 32),
                                     IN_BOTH(bit_count, bit_count, UINT32_MAX),
                                     IN_DESCRIPTOR(stride_bytes, 1),
                                     IN_DESCRIPTOR(stride_bytes, 23),
                                     IN_DESCRIPTOR(stride_bytes, 25),
                                     IN_DESCRIPTOR(stride_bytes, INT32_MAX),
                                     IN_DESCRIPTOR(stride_bytes, UINT32_MAX),
                                     IN_DESCRIPTOR(format, FERRY_FORMAT_BGRA),
                                     IN_DESCRIPTOR(format, FERRY_FORMAT_GRAY),
                                     IN_DESCRIPTOR(format, FERRY_FORMAT_NV12),
                                     IN_DESCRIPTOR(frame_rate_den, 0),
                                     IN_DESCRIPTOR(pixel_aspect_den, 0),
                                     IN_DESCRIPTOR(plane_count, 1),
                                     IN_DESCRIPTOR(plane_count, FERRY_PLANES_MAX + 1),
                                     IN_DESCRIPTOR(plane_count, UINT32_MAX),
                                     IN_DESCRIPTOR(metadata_bytes, FERRY_METADATA_MAX + 1),
                                     IN_DESCRIPTOR(metadata_bytes, INT32_MAX),
                                     IN_DESCRIPTOR(metadata_bytes, UINT32_MAX)};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        assert_int_equal(read_changed(&changes[i], NULL), FERRY_MALFORMED);
}

/* A peer's compressed frame that pretends to have rows: a reader that believed it would go astray.
 */
static void test_compressed_frames_with_rows(void **state) {
    (void)state;
    static const change changes[][2] = {
        {IN_BOTH(bit_count, bit_count, 24)},
        {IN_BOTH(bit_count, bit_count, UINT32_MAX)},
        {IN_DESCRIPTOR(stride_bytes, 1), IN_DESCRIPTOR(stride_bytes, 24)},
        {IN_DESCRIPTOR(plane_count, 1), IN_DESCRIPTOR(plane_count, 1)},
        {IN_BOTH(length, length_bytes, 0)},
        {IN_BOTH(length, length_bytes, 501)},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        slot s = new_slot();
        ferry_frame_info info = rich_info(FERRY_FORMAT_JPEG, 8, 6), read;
        ferryi_info_write(&info, s.header, s.descriptor);
        assert_int_equal(ferryi_info_read(&read, s.header, s.descriptor, 500), FERRY_OK);
        put(&s, &changes[i][0]);
        put(&s, &changes[i][1]);
        assert_int_equal(ferryi_info_read(&read, s.header, s.descriptor, 500), FERRY_MALFORMED);
        free_slot(&s);
    }
}

/* Where header and descriptor agree, only the values themselves can tell. */
static void test_each_field_in_both_places(void **state) {
    (void)state;
    static const struct {
        change places[2];
        ferry_status status;
    } cases[] = {
        {{IN_BOTH(length, length_bytes, 0)}, FERRY_MALFORMED},
        {{IN_BOTH(length, length_bytes, 143)}, FERRY_MALFORMED},
        {{IN_BOTH(length, length_bytes, 145)}, FERRY_OK},
        {{IN_BOTH(length, length_bytes, 200)}, FERRY_OK},
        {{IN_BOTH(length, length_bytes, 201)}, FERRY_MALFORMED},
        {{IN_BOTH(length, length_bytes, INT32_MAX)}, FERRY_MALFORMED},
        {{IN_BOTH(length, length_bytes, INT32_MIN)}, FERRY_MALFORMED},
        {{IN_BOTH(length, length_bytes, UINT32_MAX)}, FERRY_MALFORMED},
        {{IN_BOTH(width, width, 0)}, FERRY_MALFORMED},
        {{IN_BOTH(width, width, -8)}, FERRY_MALFORMED},
        {{IN_BOTH(width, width, 7)}, FERRY_OK}, /* the stride stays: padding */
        {{IN_BOTH(width, width, 9)}, FERRY_MALFORMED},
        {{IN_BOTH(width, width, INT32_MAX)}, FERRY_MALFORMED},
        {{IN_BOTH(width, width, INT32_MIN)}, FERRY_MALFORMED},
        {{IN_BOTH(height, height, 0)}, FERRY_MALFORMED},
        {{IN_BOTH(height, height, -6)}, FERRY_MALFORMED},
        {{IN_BOTH(height, height, 5)}, FERRY_OK},
        {{IN_BOTH(height, height, 7)}, FERRY_MALFORMED},
        {{IN_BOTH(height, height, INT32_MAX)}, FERRY_MALFORMED},
        {{IN_BOTH(height, height, INT32_MIN)}, FERRY_MALFORMED},
        {{IN_BOTH(bit_count, bit_count, 0)}, FERRY_MALFORMED},
        {{IN_BOTH(bit_count, bit_count, 32)}, FERRY_MALFORMED},
        {{IN_BOTH(bit_count, bit_count, UINT32_MAX)}, FERRY_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(read_changed(&cases[i].places[0], &cases[i].places[1]), cases[i].status);
}

/* A later version may know them. */
static void test_flags_without_a_name_are_not_handed_out(void **state) {
    (void)state;
    slot s = new_slot();
    ferry_frame_info info = rich_info(FERRY_FORMAT_GRAY, 2, 2), read;
    ferryi_info_write(&info, s.header, s.descriptor);
    s.descriptor->flags = UINT32_MAX;
    assert_int_equal(ferryi_info_read(&read, s.header, s.descriptor, 4), FERRY_OK);
    assert_int_equal(read.flags, 31);
    assert_int_equal(complete(&read, PLENTY, NULL), FERRY_OK);
    read.flags = 32;
    assert_int_equal(complete(&read, PLENTY, "0x20"), FERRY_INVALID_ARGUMENT);
    free_slot(&s);
}

static void test_what_no_version_has_given_a_meaning(void **state) {
    (void)state;
    enum { WORDS = sizeof((ferry_frame_info){0}.reserved) / sizeof(uint64_t) };
    for (size_t i = 0; i <= WORDS; i++) {
        ferry_frame_info info = rich_info(FERRY_FORMAT_GRAY, 2, 2);
        if (i < WORDS)
            info.reserved[i] = UINT64_C(1) << 63;
        else
            info.reserved_word = 1;
        assert_int_equal(complete(&info, PLENTY, "FERRY_FRAME_INFO_INIT"), FERRY_INVALID_ARGUMENT);
    }
}

static void test_ratios(void **state) {
    (void)state;
    ferry_frame_info info = describe(FERRY_FORMAT_GRAY, 2, 2);
    info.frame_rate_den = 1; /* 0 frames in a second: it varies */
    assert_int_equal(complete(&info, PLENTY, NULL), FERRY_OK);
    info.frame_rate_num = 25;
    info.frame_rate_den = 0;
    assert_int_equal(complete(&info, PLENTY, "frame_rate_den"), FERRY_INVALID_ARGUMENT);
    info.frame_rate_num = 0;
    info.pixel_aspect_num = UINT32_MAX;
    assert_int_equal(complete(&info, PLENTY, "pixel_aspect_den"), FERRY_INVALID_ARGUMENT);
    info.pixel_aspect_den = UINT32_MAX;
    assert_int_equal(complete(&info, PLENTY, NULL), FERRY_OK);
}

static void test_every_two_bits(void **state) {
    (void)state;
    enum { HEADER = sizeof(ferryi_header) * 8, FIRST = 64 * 8, PLAIN = 192 * 8 };
    slot s = new_slot();
    ferry_frame_info info = rich_info(FERRY_FORMAT_BGR24, 8, 6);
    for (size_t i = 0; i < (size_t)HEADER * PLAIN; i++) {
        size_t one = i / PLAIN, other = FIRST + i % PLAIN;
        ferry_frame_info read = {0};
        ferry_layout layout;
        ferryi_info_write(&info, s.header, s.descriptor);
        ((uint8_t *)s.header)[one / 8] ^= (uint8_t)(1u << one % 8);
        ((uint8_t *)s.descriptor)[other / 8] ^= (uint8_t)(1u << other % 8);
        if (ferryi_info_read(&read, s.header, s.descriptor, 200) != FERRY_OK)
            continue;
        assert_true(read.width >= 1 && read.height >= 1 && read.length_bytes >= 1);
        assert_true(read.length_bytes <= 200 && read.metadata_bytes <= FERRY_METADATA_MAX);
        assert_int_equal(
            ferry_layout_compute(&layout, read.format, read.width, read.height, read.stride_bytes),
            FERRY_OK);
        assert_true(layout.length_bytes <= read.length_bytes);
    }
    free_slot(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_is_completed),
        cmocka_unit_test(test_strides_lengths_and_bits),
        cmocka_unit_test(test_formats_without_a_name),
        cmocka_unit_test(test_compressed_formats),
        cmocka_unit_test(test_compressed_frames_with_rows),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_metadata_of_every_length),
        cmocka_unit_test(test_each_field_alone),
        cmocka_unit_test(test_each_field_in_both_places),
        cmocka_unit_test(test_flags_without_a_name_are_not_handed_out),
        cmocka_unit_test(test_what_no_version_has_given_a_meaning),
        cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_every_two_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
