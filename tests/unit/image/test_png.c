/* Loading PNG files, put together here chunk by chunk. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image_files.h"

typedef struct png {
    uint8_t bytes[1 << 20];
    size_t length;
} png;

static png made;

static void put32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void chunk(const char *type, const void *data, size_t length) {
    uint8_t *at = made.bytes + made.length;
    assert_true(made.length + length + 12 <= sizeof made.bytes);
    put32(at, (uint32_t)length);
    memcpy(at + 4, type, 4);
    memcpy(at + 8, data, length);
    uint32_t crc = 0xffffffffu;
    for (size_t i = 4; i < length + 8; i++)
        for (uint32_t bit = 0, byte = at[i]; bit < 8; bit++, byte >>= 1)
            crc = ((crc ^ byte) & 1) != 0 ? 0xedb88320u ^ (crc >> 1) : crc >> 1;
    put32(at + 8 + length, ~crc);
    made.length += length + 12;
}

static void start_png(uint32_t width, uint32_t height, uint8_t depth, uint8_t color) {
    uint8_t header[13] = {0};
    memcpy(made.bytes, "\x89PNG\r\n\x1a\n", 8);
    made.length = 8;
    put32(header, width);
    put32(header + 4, height);
    header[8] = depth;
    header[9] = color;
    chunk("IHDR", header, sizeof header);
}

/* rows: each with its filter byte before it. They are stored as they are, in one block. */
static void end_png(const void *rows, size_t length) {
    uint8_t stream[256] = {0x78, 0x01, 1};
    uint32_t a = 1, b = 0;
    assert_true(length <= sizeof stream - 11);
    stream[3] = (uint8_t)length;
    stream[5] = (uint8_t)~length;
    stream[4] = (uint8_t)(length >> 8);
    stream[6] = (uint8_t) ~(length >> 8);
    memcpy(stream + 7, rows, length);
    for (size_t i = 0; i < length; i++) {
        a = (a + stream[7 + i]) % 65521;
        b = (b + a) % 65521;
    }
    put32(stream + 7 + length, b << 16 | a);
    chunk("IDAT", stream, length + 11);
    chunk("IEND", "", 0);
}

/* The compressed rows of a picture, as saving it makes them. */
static size_t packed(uint8_t *out, size_t capacity, int32_t width, int32_t height, uint32_t format,
                     const uint8_t *pixels) {
    ferry_frame_info info = {.width = width, .height = height, .format = format};
    uint8_t head[41];
    const char *path = path_of("packed.png");
    assert_int_equal(ferry_image_save(path, &info, pixels, NULL, NULL), FERRY_OK);
    FILE *file = fopen(path, "rb");
    assert_int_equal(fread(head, 1, sizeof head, file), sizeof head);
    assert_memory_equal(head + 37, "IDAT", 4);
    size_t length = (size_t)head[34] << 16 | (size_t)head[35] << 8 | head[36];
    assert_true(head[33] == 0 && length <= capacity);
    assert_int_equal(fread(out, 1, length, file), length);
    fclose(file);
    return length;
}

static void assert_png(uint32_t format, const void *wanted, size_t length) {
    ferry_image image = FERRY_IMAGE_INIT, probed = FERRY_IMAGE_INIT;
    const char *path = write_file("made.png", made.bytes, made.length);
    load(path, &image);
    assert_int_equal(image.info.format, format);
    assert_int_equal(image.info.length_bytes, length);
    assert_memory_equal(image.pixels, wanted, length);
    assert_int_equal(ferry_image_probe(path, NULL, &probed, NULL), FERRY_OK);
    assert_memory_equal(&probed.info, &image.info, sizeof image.info);
    ferry_image_free(&image);
}

static void png_of_each_kind(void **state) {
    (void)state;
    start_png(2, 2, 16, 0);
    end_png("\0\1\2\3\4\0\xff\xfe\0\7", 10);
    assert_png(FERRY_FORMAT_GRAY16LE, "\2\1\4\3\xfe\xff\7\0", 8);
    start_png(2, 1, 16, 2);
    end_png("\0\1\2\3\4\5\6\7\10\11\12\13\14", 13);
    assert_png(FERRY_FORMAT_RGB48LE, "\2\1\4\3\6\5\10\7\12\11\14\13", 12);
    start_png(1, 1, 16, 4);
    end_png("\0\1\2\3\4", 5);
    assert_png(FERRY_FORMAT_RGBA, "\1\1\1\3", 4);
    start_png(9, 1, 1, 0);
    end_png("\0\xaa\x80", 3);
    assert_png(FERRY_FORMAT_GRAY, "\xff\0\xff\0\xff\0\xff\0\xff", 9);
    start_png(3, 1, 2, 3);
    chunk("PLTE", "\1\2\3\4\5\6\7\10\11", 9);
    end_png("\0\x18", 2);
    assert_png(FERRY_FORMAT_RGB24, "\1\2\3\4\5\6\7\10\11", 9);
    start_png(3, 1, 2, 3);
    chunk("PLTE", "\1\2\3\4\5\6\7\10\11", 9);
    chunk("tRNS", "\0\x80", 2);
    end_png("\0\x18", 2);
    assert_png(FERRY_FORMAT_RGBA, "\1\2\3\0\4\5\6\x80\7\10\11\xff", 12);
    start_png(2, 1, 8, 0);
    chunk("tEXt", "Title\0ferry", 11);
    chunk("tRNS", "\0\5", 2); /* this gray is transparent */
    end_png("\0\5\6", 3);
    assert_png(FERRY_FORMAT_RGBA, "\5\5\5\0\6\6\6\xff", 8);
}

static void png_that_is_damaged(void **state) {
    (void)state;
    start_png(3, 2, 8, 2);
    end_png("\0abcdefghi\1jklmnopqr", 20);
    cut_at_every_length("cut.png", made.bytes, made.length, 0);
    for (size_t bit = 0; bit < made.length * 8; bit++) {
        made.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_unreadable(write_file("flip.png", made.bytes, made.length), "");
        made.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    made.bytes[made.length - 20] ^= 1; /* the pixels' own checksum */
    assert_unreadable(write_file("flip.png", made.bytes, made.length), "damaged");
    start_png(3, 2, 8, 2);
    chunk("IEND", "", 0);
    assert_unreadable(write_file("none.png", made.bytes, made.length), "");
}

/* Damage behind right checksums has to be borne by the decoder. */
static void png_with_lies_in_it(void **state) {
    (void)state;
    uint8_t pixels[5 * 9 * 4], stream[512], copy[sizeof stream + 13];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i / 7);
    ferry_image image = FERRY_IMAGE_INIT;
    size_t length = packed(stream, sizeof stream, 5, 9, FERRY_FORMAT_RGBA, pixels);
    for (size_t bit = 0; bit < (length + 13) * 8; bit++) {
        start_png(5, 9, 8, 6);
        made.bytes[28] = (uint8_t)(bit % 2); /* every other one interlaced */
        memcpy(copy, made.bytes + 16, 13);
        memcpy(copy + 13, stream, length);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        made.length = 8;
        chunk("IHDR", copy, 13);
        chunk("PLTE", "abcdef", 6);
        chunk("IDAT", copy + 13, length);
        chunk("IEND", "", 0);
        ferry_status status =
            ferry_image_load(write_file("lie.png", made.bytes, made.length), NULL, &image, NULL);
        assert_true(status == FERRY_OK || status == FERRY_UNREADABLE);
    }
    ferry_image_free(&image);
}

static void png_that_inflates_beyond_its_size(void **state) {
    (void)state;
    static const uint8_t zeros[1 << 24];
    static uint8_t stream[200000];
    start_png(1, 1, 8, 0);
    end_png(zeros, 2);
    assert_png(FERRY_FORMAT_GRAY, "\0", 1);
    start_png(1, 1, 8, 0);
    chunk("IDAT", stream,
          packed(stream, sizeof stream, 1 << 12, 1 << 12, FERRY_FORMAT_GRAY, zeros));
    chunk("IEND", "", 0);
    assert_unreadable(write_file("bomb.png", made.bytes, made.length), "damaged");
}

static void sizes_beyond_the_limits(void **state) {
    (void)state;
    start_png(65535, 65535, 8, 2);
    end_png("\0\0", 2);
    assert_bomb("large.png", made.bytes, made.length);
    start_png(0xffffffff, 1, 8, 2);
    end_png("\0\0", 2);
    assert_bomb("large.png", made.bytes, made.length);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_of_each_kind),
        cmocka_unit_test(png_that_is_damaged),
        cmocka_unit_test(png_with_lies_in_it),
        cmocka_unit_test(png_that_inflates_beyond_its_size),
        cmocka_unit_test(sizes_beyond_the_limits),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
