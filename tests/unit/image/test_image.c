/* Loading picture files: whole, cut short, damaged, hostile, and what is no picture. PNG has a test
 * of its own. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image_files.h"
#include "image_samples.h"
#include <pthread.h>

static void assert_pixels(const char *name, const void *wanted, size_t length) {
    ferry_image image = FERRY_IMAGE_INIT;
    for (size_t i = 0; i < IMAGE_SAMPLES; i++)
        if (strcmp(image_samples[i].name, name) == 0) {
            const image_sample *s = &image_samples[i];
            load(write_file(s->name, s->bytes, s->length), &image);
            assert_int_equal(image.info.length_bytes, length);
            assert_memory_equal(image.pixels, wanted, length);
            ferry_image_free(&image);
            return;
        }
    fail_msg("no sample %s", name);
}

static void samples_have_their_pixels(void **state) {
    (void)state;
    assert_pixels("24.bmp", "\3\2\1\36\24\12\170\156\144\6\5\4\74\62\50\11\10\7", 18);
    assert_pixels("24.tga", "\3\2\1\36\24\12\170\156\144\6\5\4\74\62\50\11\10\7", 18);
    assert_pixels("32.bmp", "\3\2\1\7\6\5\13\12\11\17\16\15", 12);
    assert_pixels("8.bmp",
                  "\xfd\xfe\xff\xfd\xfe\xff\3\2\1\36\24\12\36\24\12"
                  "\36\24\12\3\2\1\xfd\xfe\xff\3\2\1\36\24\12",
                  30);
    assert_pixels("RUNS.TGA", "\xc8\xc8\xc8\xc8\1\2\3\62\62\62", 10);
    assert_pixels("palette.Tga", "\12\24\36\3\2\1\12\24\36", 9);
    assert_pixels("rgb.ppm", "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21", 18);
    assert_pixels("gray.pgm", "\0\x11\x88\xff", 4);
    assert_pixels("gray16.pgm", "\2\1\4\3\xfe\xff", 6);
    assert_pixels("rgb1023.ppm", "\0\0\xff\xff\x20\x80\x40\0\xff\xff\0\1", 12);
}

static void assert_gif(const char *name, const char *box) {
    uint8_t wanted[7 * 6 * 4];
    for (size_t i = 0; i < 42; i++) {
        bool inside = i % 7 >= 2 && i % 7 <= 4 && i / 7 >= 1 && i / 7 <= 3;
        const char *color = inside ? box : i == 41 ? "\0\xff\0\xff" : "\xff\0\0\xff";
        memcpy(wanted + i * 4, color, 4);
    }
    assert_pixels(name, wanted, sizeof wanted);
}

static void gif_has_its_pixels(void **state) {
    (void)state;
    assert_gif("plain.gif", "\0\0\xff\xff");
    assert_gif("interlaced.gif", "\0\0\0\0");
}

static void jpeg_has_about_its_pixels(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT;
    for (size_t i = 0; i < 3; i++) {
        const image_sample *s = &image_samples[i];
        load(write_file(s->name, s->bytes, s->length), &image);
        const uint8_t *first = image.pixels, *last = first + image.info.length_bytes - 1;
        assert_true(first[0] > 225);
        if (image.info.format == FERRY_FORMAT_RGB24) {
            assert_true(first[1] < 25 && first[2] < 35);
            assert_true(last[0] > 220 && last[-1] < 25 && last[-2] < 35);
        } else {
            assert_true(last[0] < 30);
        }
    }
    ferry_image_free(&image);
}

static void assert_description(const ferry_image *image, const image_sample *s) {
    ferry_layout layout;
    assert_int_equal(ferry_layout_compute(&layout, s->format, s->width, s->height, 0), FERRY_OK);
    assert_int_equal(image->info.width, s->width);
    assert_int_equal(image->info.height, s->height);
    assert_int_equal(image->info.format, s->format);
    assert_int_equal(image->info.bit_count, ferry_format_bit_count(s->format));
    assert_int_equal(image->info.stride_bytes, layout.planes[0].stride_bytes);
    assert_int_equal(image->info.length_bytes, layout.length_bytes);
    assert_int_equal(image->info.number, 0);
    assert_int_equal(image->info.metadata_bytes, 0);
}

static void probing_says_what_loading_gives(void **state) {
    (void)state;
    ferry_image loaded = FERRY_IMAGE_INIT;
    for (size_t i = 0; i < IMAGE_SAMPLES; i++) {
        const image_sample *s = &image_samples[i];
        ferry_image probed = FERRY_IMAGE_INIT;
        memset(&probed.info, 0x5a, sizeof probed.info);
        memset(&loaded.info, 0xa5, sizeof loaded.info);
        const char *path = write_file(s->name, s->bytes, s->length);
        load(path, &loaded);
        assert_description(&loaded, s);
        assert_int_equal(ferry_image_probe(path, NULL, &probed, NULL), FERRY_OK);
        assert_null(probed.pixels);
        assert_memory_equal(&probed.info, &loaded.info, sizeof probed.info);
    }
    ferry_image_free(&loaded);
}

static void files_that_are_cut_short(void **state) {
    (void)state;
    for (size_t i = 0; i < IMAGE_SAMPLES; i++)
        cut_at_every_length(image_samples[i].name, image_samples[i].bytes, image_samples[i].length,
                            image_samples[i].spare);
}

/* A buffer that had a frame of a channel before. */
static void a_loaded_picture_comes_from_no_channel(void **state) {
    (void)state;
    const image_sample *s = &image_samples[0];
    ferry_image image = {.skipped = 5, .generation = 7};
    assert_int_equal(ferry_image_load(write_file(s->name, s->bytes, s->length), NULL, &image, NULL),
                     FERRY_OK);
    assert_true(image.skipped == 0 && image.generation == 0);
    ferry_image_free(&image);
}

/* No flipped bit may do more harm than to change the picture. */
static void files_with_a_flipped_bit(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT;
    for (size_t i = 0; i < IMAGE_SAMPLES; i++) {
        const image_sample *s = &image_samples[i];
        uint8_t bytes[1024];
        memcpy(bytes, s->bytes, s->length);
        for (size_t bit = 0; bit < s->length * 8; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            ferry_status status =
                ferry_image_load(write_file(s->name, bytes, s->length), NULL, &image, NULL);
            assert_true(status == FERRY_OK || status == FERRY_UNREADABLE);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
    ferry_image_free(&image);
}

static uint8_t *find_marker(uint8_t *jpeg, size_t length, uint8_t marker) {
    for (size_t i = 0; i + 1 < length; i++)
        if (jpeg[i] == 0xff && jpeg[i + 1] == marker)
            return jpeg + i;
    return NULL;
}

static void sizes_beyond_the_limits(void **state) {
    (void)state;
    uint8_t bytes[1024];
    for (size_t i = 0; i < IMAGE_SAMPLES; i++) {
        const image_sample *s = &image_samples[i];
        memcpy(bytes, s->bytes, s->length);
        if (strstr(s->name, ".gif") != NULL)
            memset(bytes + 6, 0xff, 4);
        else if (strstr(s->name, ".bmp") != NULL)
            memcpy(bytes + 18, "\xff\xff\0\0\xff\xff\0\0", 8);
        else if (strstr(s->name, ".tga") != NULL)
            memset(bytes + 12, 0xff, 4);
        else if (strcmp(s->name, "baseline.jpg") == 0)
            memset(find_marker(bytes, s->length, 0xc0) + 5, 0xff, 4);
        else
            continue;
        assert_bomb(s->name, bytes, s->length);
    }
    assert_bomb("large.ppm", "P6 65535 65535 255 .", 20);
    assert_bomb("large.ppm", "P6 32768 32768 255 .", 20); /* 3 GiB */
    assert_bomb("large.ppm", "P6 32768 16384 255 .", 20); /* 1.5 GiB */
    assert_bomb("side.pgm", "P5 32769 1 255 .", 16);
    assert_bomb("side.pgm", "P5 1 32769 255 .", 16);
    assert_unreadable(write_file("huge.pgm", "P5 99999999999999999999 1 255 .", 31), "damaged");
    assert_unreadable(write_file("no.pgm", "P5 0 1 255 .", 12), "no pixels");
}

/* A JPEG file with one more Huffman table: value_bytes values, and the given counts of codes with
 * 1, 15 and 16 bits. Some releases of the decoder would write such tables past their end. */
static void assert_table_refused(uint8_t bits1, uint8_t bits15, uint8_t bits16,
                                 size_t value_bytes) {
    uint8_t bytes[sizeof jpeg_gray + 600] = {0xff, 0xd8, 0xff, 0xc4};
    bytes[4] = (uint8_t)((19 + value_bytes) >> 8);
    bytes[5] = (uint8_t)(19 + value_bytes);
    bytes[7] = bits1;
    bytes[21] = bits15;
    bytes[22] = bits16;
    size_t length = 23 + value_bytes;
    memcpy(bytes + length, jpeg_gray + 2, sizeof jpeg_gray - 2);
    length += sizeof jpeg_gray - 2;
    assert_unreadable(write_file("codes.jpg", bytes, length), "table");
}

static void jpeg_with_broken_tables(void **state) {
    (void)state;
    assert_table_refused(3, 0, 0, 3);       /* of one bit there are two */
    assert_table_refused(0, 200, 200, 400); /* 400 codes for 256 values */
    assert_table_refused(0, 0, 9, 8);       /* more codes than values */
}

/* Brightness that grows by 32767 from block to block, times 65535: the decoder must be compiled
 * such that its numbers may wrap around. */
static void jpeg_whose_numbers_overflow(void **state) {
    (void)state;
    static const char rest[] =
        "\377\300\000\013\010\000\010\000\040\001\001\021\000\377\304\000\024\000\001\000"
        "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\017\377\304\000\024\020"
        "\001\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\377\332\000"
        "\010\001\001\000\000\077\000\177\377\000\077\377\000\237\377\000\317\377\000\357"
        "\377\331";
    uint8_t bytes[217];
    memset(bytes, 0xff, sizeof bytes);
    memcpy(bytes, "\xff\xd8\xff\xdb\0\203\20", 7);
    memcpy(bytes + 7 + 128, rest, sizeof rest - 1);
    ferry_image image = FERRY_IMAGE_INIT;
    load(write_file("overflow.jpg", bytes, sizeof bytes), &image);
    assert_int_equal(image.info.width, 32);
    ferry_image_free(&image);
}

static void jpeg_with_very_many_scans(void **state) {
    (void)state;
    enum { SCANS = 200, SCAN_BYTES = 10 };
    uint8_t bytes[sizeof jpeg_gray + SCANS * SCAN_BYTES];
    size_t length = sizeof jpeg_gray - 2;
    memcpy(bytes, jpeg_gray, length);
    for (size_t i = 0; i < SCANS; i++, length += SCAN_BYTES)
        memcpy(bytes + length, "\xff\xda\0\10\1\1\0\0\77\0", SCAN_BYTES);
    memcpy(bytes + length, "\xff\xd9", 2);
    assert_unreadable(write_file("many.jpg", bytes, length + 2), "scans");
}

static void gif_with_colors_that_its_table_lacks(void **state) {
    (void)state;
    uint8_t bytes[sizeof gif_plain];
    ferry_image image = FERRY_IMAGE_INIT;
    memcpy(bytes, gif_plain, 19); /* the header and two of the four colors: red and green */
    memcpy(bytes + 19, gif_plain + 25, sizeof gif_plain - 25);
    bytes[10] = 0xf0;
    load(write_file("colors.gif", bytes, sizeof bytes - 6), &image);
    assert_memory_equal(image.pixels, "\xff\0\0\xff", 4);
    assert_memory_equal(image.pixels + (7 + 2) * 4, "\0\0\0\0", 4); /* would be blue */
    ferry_image_free(&image);
}

/* The frame of 7 x 6 in the middle of 9 x 8 pixels. */
static void gif_with_a_frame_that_is_smaller(void **state) {
    (void)state;
    uint8_t bytes[sizeof gif_plain];
    ferry_image image = FERRY_IMAGE_INIT;
    memcpy(bytes, gif_plain, sizeof bytes);
    bytes[6] = 9;
    bytes[8] = 8;
    bytes[11] = 1; /* the background is green, which nothing shows */
    bytes[34] = bytes[36] = 1;
    load(write_file("small.gif", bytes, sizeof bytes), &image);
    for (size_t i = 0; i < 9 * 8; i++) {
        bool inside = i % 9 >= 1 && i % 9 <= 7 && i / 9 >= 1 && i / 9 <= 6;
        assert_int_equal(image.pixels[i * 4 + 3], inside ? 255 : 0);
    }
    assert_memory_equal(image.pixels + 10 * 4, "\xff\0\0\xff", 4);
    assert_memory_equal(image.pixels, "\0\0\0\0", 4);
    bytes[34] = 3; /* what lies outside is cut off */
    load(write_file("small.gif", bytes, sizeof bytes), &image);
    assert_int_equal(image.info.width, 9);
    assert_memory_equal(image.pixels + (9 + 8) * 4, "\xff\0\0\xff", 4); /* of the box, at 5,0 */
    ferry_image_free(&image);
}

static void gif_that_cannot_be_decoded(void **state) {
    (void)state;
    uint8_t bytes[sizeof gif_plain];
    memcpy(bytes, gif_plain, sizeof bytes);
    for (unsigned bits = 0; bits < 256; bits++) {
        bytes[43] = (uint8_t)bits; /* of a color */
        if (bits == 0 || bits > 8)
            assert_unreadable(write_file("bits.gif", bytes, sizeof bytes), "first frame is");
    }
    memcpy(bytes, gif_plain, sizeof bytes);
    bytes[10] = 0x70;
    memmove(bytes + 13, bytes + 25, sizeof bytes - 25);
    assert_unreadable(write_file("colors.gif", bytes, sizeof bytes - 12), "no color table");
    bytes[13] = 0x3b;
    assert_unreadable(write_file("end.gif", bytes, sizeof bytes - 12), "no picture");
    memcpy(bytes, gif_plain, sizeof bytes);
    bytes[45] = 0x80; /* a color before the codes begin */
    assert_unreadable(write_file("codes.gif", bytes, sizeof bytes), "damaged");
}

static void the_longest_side_is_read(void **state) {
    (void)state;
    uint8_t *bytes = calloc(1, 32768 + 15);
    memcpy(bytes, "P5 32768 1 255 ", 15);
    ferry_image image = FERRY_IMAGE_INIT;
    load(write_file("side.pgm", bytes, 32768 + 15), &image);
    assert_int_equal(image.info.width, 32768);
    free(bytes);
    ferry_image_free(&image);
}

/* Longer than what is read at first: the size stands behind a comment of 100 kB. */
static void headers_may_be_long(void **state) {
    (void)state;
    enum { COMMENT = 100000 };
    char *bytes = malloc(COMMENT + 16);
    memset(bytes, '#', COMMENT);
    memcpy(bytes, "P5\n", 3);
    memcpy(bytes + COMMENT, "\n2 1 255\nab", 12);
    ferry_image image = FERRY_IMAGE_INIT;
    const char *path = write_file("long.pgm", bytes, COMMENT + 11);
    assert_int_equal(ferry_image_probe(path, NULL, &image, NULL), FERRY_OK);
    load(path, &image);
    assert_memory_equal(image.pixels, "ab", 2);
    assert_unreadable(write_file("long.pgm", bytes, COMMENT), "cut short");
    free(bytes);
    ferry_image_free(&image);
}

static void what_is_no_picture(void **state) {
    (void)state;
    assert_unreadable(write_file("a.png", "", 0), "is empty");
    assert_unreadable(write_file("text.png", "This is not a picture.\n", 23), "not a picture");
    assert_unreadable(write_file("a.ppm", "P3 1 1 255 1 2 x ", 17), "no number");
    assert_unreadable(write_file("24.png", tga_24, sizeof tga_24), "not a picture");
    assert_unreadable(write_file("a.tga", "no header", 9), "cut short");
    assert_unreadable(write_file("b.bmp", "BM\0\0\0\0\0\0\0\0\66\0\0\0\11\0\0\0", 18), "kind");
    uint8_t bytes[sizeof bmp_8];
    memcpy(bytes, bmp_8, sizeof bytes);
    bytes[66] = 3; /* the palette has colors 0 to 2 */
    assert_unreadable(write_file("8.bmp", bytes, sizeof bytes), "palette");
    ferry_image image = FERRY_IMAGE_INIT; /* the content decides, not the name */
    load(write_file("jpeg.tga", jpeg_gray, sizeof jpeg_gray), &image);
    assert_int_equal(image.info.width, 9);
    ferry_image_free(&image);
}

static void assert_cannot_open(const char *path, const char *part_of_sentence) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error;
    assert_int_equal(ferry_image_load(path, NULL, &image, &error), FERRY_SYSTEM_ERROR);
    assert_int_equal(ferry_image_probe(path, NULL, &image, &error), FERRY_SYSTEM_ERROR);
    assert_non_null(strstr(error.message, part_of_sentence));
    assert_true(error.os_code != 0);
    assert_null(image.pixels);
}

static void what_is_no_file(void **state) {
    (void)state;
    assert_cannot_open(path_of("missing.png"), "missing.png");
    assert_cannot_open(folder, "it is a directory");
    assert_cannot_open(path_of("line\nend.png"), "line?end.png");
    assert_cannot_open("", "");
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_image_load(NULL, NULL, &image, NULL), FERRY_INVALID_ARGUMENT);
    assert_int_equal(ferry_image_load(folder, NULL, NULL, NULL), FERRY_INVALID_ARGUMENT);
}

static void *load_all(void *context) {
    (void)context;
    ferry_image image = FERRY_IMAGE_INIT;
    size_t loaded = 0;
    for (int round = 0; round < 20; round++)
        for (size_t i = 0; i < IMAGE_SAMPLES; i++) {
            char path[1024];
            snprintf(path, sizeof path, "%s/%s", folder, image_samples[i].name);
            loaded += ferry_image_load(path, NULL, &image, NULL) == FERRY_OK;
        }
    ferry_image_free(&image);
    return loaded == 20 * IMAGE_SAMPLES ? folder : NULL;
}

static void threads_may_load_at_once(void **state) {
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < IMAGE_SAMPLES; i++)
        write_file(image_samples[i].name, image_samples[i].bytes, image_samples[i].length);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, load_all, NULL), 0);
    for (size_t i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_non_null(result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_have_their_pixels),
        cmocka_unit_test(a_loaded_picture_comes_from_no_channel),
        cmocka_unit_test(gif_has_its_pixels),
        cmocka_unit_test(jpeg_has_about_its_pixels),
        cmocka_unit_test(probing_says_what_loading_gives),
        cmocka_unit_test(files_that_are_cut_short),
        cmocka_unit_test(files_with_a_flipped_bit),
        cmocka_unit_test(sizes_beyond_the_limits),
        cmocka_unit_test(jpeg_with_broken_tables),
        cmocka_unit_test(jpeg_whose_numbers_overflow),
        cmocka_unit_test(jpeg_with_very_many_scans),
        cmocka_unit_test(gif_with_colors_that_its_table_lacks),
        cmocka_unit_test(gif_with_a_frame_that_is_smaller),
        cmocka_unit_test(gif_that_cannot_be_decoded),
        cmocka_unit_test(the_longest_side_is_read),
        cmocka_unit_test(headers_may_be_long),
        cmocka_unit_test(what_is_no_picture),
        cmocka_unit_test(what_is_no_file),
        cmocka_unit_test(threads_may_load_at_once),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
