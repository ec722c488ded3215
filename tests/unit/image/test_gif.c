/* GIF files whose codes are made here: every length of code, any length of block, more codes than
 * the picture needs. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image_files.h"

enum { COLORS = 256, CLEAR = 256, END = 257, CODES = 4096, FILE_MAX = 32 << 20 };

/* ---- a file ---- */

static uint8_t file[FILE_MAX];
static size_t length, block_at, block_size; /* of the block that is being filled */
static uint32_t held, held_bits, code_bits, next_code;

static void start_file(uint32_t width, uint32_t height, size_t bytes_a_block) {
    static const uint8_t head[13] = {'G', 'I', 'F', '8', '9', 'a', 0, 0, 0, 0, 0xf7, 0, 0};
    memcpy(file, head, sizeof head);
    length = sizeof head;
    for (size_t i = 0; i < 2; i++) {
        file[6 + i] = (uint8_t)(width >> 8 * i);
        file[8 + i] = (uint8_t)(height >> 8 * i);
    }
    for (size_t i = 0; i < COLORS; i++)
        for (size_t c = 0; c < 3; c++)
            file[length++] = (uint8_t)(i * (2 * c + 1));
    file[length++] = 0x2c;
    memset(file + length, 0, 4);
    memcpy(file + length + 4, file + 6, 4);
    file[length + 8] = 0;
    file[length + 9] = 8;
    length += 10;
    block_at = length++;
    block_size = bytes_a_block;
    held = held_bits = 0;
}

static void put_byte(uint8_t byte) {
    assert_true(length + 3 < FILE_MAX);
    file[length++] = byte;
    if (length - block_at - 1 == block_size) {
        file[block_at] = (uint8_t)block_size;
        block_at = length++;
    }
}

static void put_code(uint32_t code) {
    held |= code << held_bits;
    for (held_bits += code_bits; held_bits >= 8; held_bits -= 8, held >>= 8)
        put_byte((uint8_t)held);
    if (code == CLEAR) {
        code_bits = 9;
        next_code = END; /* the first code after it makes no new one */
        return;
    }
    next_code += next_code < CODES;
    if (next_code == 1u << code_bits && code_bits < 12)
        code_bits++;
}

static const char *end_file(void) {
    put_code(END);
    if (held_bits > 0)
        put_byte((uint8_t)held);
    file[block_at] = (uint8_t)(length - block_at - 1);
    if (file[block_at] != 0)
        file[length++] = 0;
    file[length++] = 0x3b;
    return write_file("made.gif", file, length);
}

/* Packs as every encoder does: the longest string that has a code, until there are no more codes.
 */
static void put_pixels(const uint8_t *pixels, size_t count) {
    static uint16_t children[CODES][COLORS];
    memset(children, 0, sizeof children);
    code_bits = 9;
    put_code(CLEAR);
    uint32_t code = pixels[0], made = END + 1;
    for (size_t i = 1; i < count; i++) {
        if (children[code][pixels[i]] != 0) {
            code = children[code][pixels[i]];
            continue;
        }
        put_code(code);
        if (made < CODES)
            children[code][pixels[i]] = (uint16_t)made++;
        code = pixels[i];
        if (made == CODES && i % 3 == 0) { /* sometimes at once, sometimes after a while */
            put_code(code);
            code = pixels[++i % count];
            if (i >= count)
                return;
            put_code(CLEAR);
            memset(children, 0, sizeof children);
            made = END + 1;
        }
    }
    put_code(code);
}

/* ---- the tests ---- */

static void assert_picture(const char *path, const uint8_t *pixels, size_t count) {
    ferry_image image = FERRY_IMAGE_INIT;
    load(path, &image);
    assert_int_equal(image.info.length_bytes, 4 * count);
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < 4; c++)
            if (image.pixels[4 * i + c] != (c == 3 ? 255 : (uint8_t)(pixels[i] * (2 * c + 1))))
                fail_msg("byte %zu of pixel %zu", c, i);
    ferry_image_free(&image);
}

enum { WIDTH = 301, HEIGHT = 207, COUNT = WIDTH * HEIGHT };
static uint8_t pixels[COUNT + 70000];

/* texture 0: noise, 1: a drawing, 2: one color */
static void draw(int texture) {
    uint32_t random_state = 1;
    for (size_t i = 0; i < sizeof pixels; i++) {
        random_state = random_state * 1664525u + 1013904223u;
        uint32_t x = (uint32_t)(i % WIDTH), y = (uint32_t)(i / WIDTH);
        pixels[i] = (uint8_t)(texture == 0   ? random_state >> 24
                              : texture == 1 ? (x / 9 ^ y / 5) * 7
                                             : 5);
    }
}

static void pictures_of_every_texture(void **state) {
    (void)state;
    static const size_t block_sizes[] = {1, 7, 254, 255};
    for (int texture = 0; texture < 3; texture++)
        for (size_t i = 0; i < 4; i++) {
            draw(texture);
            start_file(WIDTH, HEIGHT, block_sizes[i]);
            put_pixels(pixels, COUNT);
            assert_picture(end_file(), pixels, COUNT);
        }
    files_in_folder(1);
}

/* What comes after the last pixel changes nothing, whether it is little or much. */
static void more_pixels_than_there_are(void **state) {
    (void)state;
    static const size_t surplus[] = {1, 2, 300, 70000};
    for (int texture = 0; texture < 3; texture++)
        for (size_t i = 0; i < 4; i++) {
            draw(texture);
            start_file(WIDTH, HEIGHT, 255);
            put_pixels(pixels, COUNT + surplus[i]);
            assert_picture(end_file(), pixels, COUNT);
        }
    files_in_folder(1);
}

/* After the picture codes for 4000 pixels each, millions of them: to follow each one would take
 * minutes. */
static void codes_that_keep_a_decoder_busy(void **state) {
    (void)state;
    for (int texture = 0; texture < 3; texture++) {
        draw(texture);
        start_file(WIDTH, HEIGHT, 255);
        put_pixels(pixels, COUNT);
        put_code(CLEAR);
        put_code(5);
        for (uint32_t code = END + 1; code < CODES; code++)
            put_code(code); /* the one before, and its first pixel once more */
        while (length < FILE_MAX - 1000)
            put_code(CODES - 1);
        assert_picture(end_file(), pixels, COUNT);
        files_in_folder(1);
    }
}

static void fewer_pixels_than_there_are(void **state) {
    (void)state;
    static const size_t missing[] = {1, 2, WIDTH, COUNT - 1};
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        draw(0);
        start_file(WIDTH, HEIGHT, 255);
        put_pixels(pixels, COUNT - missing[i]);
        assert_unreadable(end_file(), "it is cut short");
    }
    files_in_folder(1);
}

/* Refused before there is memory for it. */
static void a_claim_of_a_gigabyte(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error;
    draw(2);
    start_file(16384, 16383, 255);
    put_pixels(pixels, 3000);
    const char *path = end_file();
    assert_int_equal(ferry_image_load(path, NULL, &image, &error), FERRY_UNREADABLE);
    assert_non_null(strstr(error.message, "it is cut short"));
    assert_null(image.pixels);
    assert_int_equal(ferry_image_probe(path, NULL, &image, &error), FERRY_UNREADABLE);
    files_in_folder(1);
}

/* The fewest codes that can be so many pixels: each is one pixel longer than the one before. */
static void the_most_that_codes_can_be(void **state) {
    (void)state;
    enum { SIDE = 2896 };
    static uint8_t one_color[SIDE * SIDE];
    memset(one_color, 5, sizeof one_color);
    start_file(SIDE, SIDE, 255);
    code_bits = 9;
    put_code(CLEAR);
    put_code(5);
    for (uint32_t code = END + 1; code < CODES; code++)
        put_code(code);
    for (uint32_t made = 3839 * 3840 / 2; made < SIDE * SIDE; made += 3839)
        put_code(CODES - 1);
    assert_picture(end_file(), one_color, sizeof one_color);
    files_in_folder(1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_of_every_texture),
        cmocka_unit_test(more_pixels_than_there_are),
        cmocka_unit_test(codes_that_keep_a_decoder_busy),
        cmocka_unit_test(fewer_pixels_than_there_are),
        cmocka_unit_test(a_claim_of_a_gigabyte),
        cmocka_unit_test(the_most_that_codes_can_be),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
