/* BMP whose pixels are runs, of 8 and of 4 bits: every order, runs that go too far, and files that
 * end early. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADERS = 54,
    COLORS = 16,
    PALETTE = 4 * COLORS,
    RUNS_MAX = 64,
    RUNS_AT = HEADERS + PALETTE
};

typedef struct file {
    uint8_t bytes[RUNS_AT + RUNS_MAX];
    size_t length;
} file;

static void put32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* Color i is (i, 2 i, 3 i). */
static file make(int bits, int32_t width, int32_t height, const void *runs, size_t length) {
    file made = {.length = RUNS_AT + length};
    uint8_t *bytes = made.bytes;
    memcpy(bytes, "BM", 2);
    put32(bytes + 10, RUNS_AT);
    put32(bytes + 14, 40);
    put32(bytes + 18, (uint32_t)width);
    put32(bytes + 22, (uint32_t)height);
    bytes[26] = 1;
    bytes[28] = (uint8_t)bits;
    bytes[30] = bits == 8 ? 1 : 2;
    put32(bytes + 46, COLORS);
    for (unsigned i = 0; i < COLORS; i++)
        put32(bytes + HEADERS + 4 * i, 3 * i | 2 * i << 8 | i << 16);
    assert_true(length <= RUNS_MAX);
    memcpy(bytes + RUNS_AT, runs, length);
    return made;
}

static ferry_status decode(const file *f, size_t length, ferry_image *out, ferry_error *error) {
    uint8_t *bytes = malloc(length); /* so that a sanitizer sees a byte too many */
    assert_non_null(bytes);
    memcpy(bytes, f->bytes, length);
    ferry_status status = ferry_image_decode(bytes, length, "runs.bmp", NULL, out, error);
    free(bytes);
    return status;
}

typedef struct picture {
    int bits;
    int32_t width, height;
    const char *runs;
    size_t length;
    const char *rows; /* from above, a letter for each color: '0' + its number */
} picture;

#define RUNS(text) text, sizeof(text) - 1

static const picture pictures[] = {
    /* repeated, one by one with and without a byte of padding, ends of rows */
    {8, 4, 2, RUNS("\4\1\0\0\0\3\2\3\4\0\1\5\0\1"), "23451111"},
    {8, 4, 1, RUNS("\0\4\2\3\4\5\0\1"), "2345"},
    {4, 5, 2, RUNS("\5\x12\0\0\0\5\x34\x56\x70\0\0\1"), "3456712121"},
    {4, 3, 1, RUNS("\0\3\x12\x30\0\1"), "123"},
    {4, 4, 1, RUNS("\3\x12\1\x3f\0\1"), "1213"},
    /* what is skipped has the first color: by a move, the end of a row or that of the picture */
    {8, 4, 3, RUNS("\1\7\0\2\1\1\1\7\0\1"), "000000707000"},
    {8, 3, 3, RUNS("\1\7\0\0\0\0\1\7\0\1"), "700000700"},
    {8, 2, 2, RUNS("\0\1"), "0000"},
    /* too far to the right or up */
    {8, 2, 2, RUNS("\x9\1\0\0\2\2\0\1"), "2211"},
    {8, 2, 2, RUNS("\2\1\0\2\0\xff\2\2\0\1"), "0011"},
    {8, 2, 2, RUNS("\2\x10\0\1"), NULL},
    /* the end is not said */
    {8, 2, 2, RUNS("\2\1\0\0\2\2"), "2211"},
    /* from above */
    {8, 2, -2, RUNS("\2\1\0\0\2\2\0\1"), "1122"},
};

static void runs_are_their_pixels(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
        const picture *p = &pictures[i];
        file f = make(p->bits, p->width, p->height, p->runs, p->length);
        ferry_image image = FERRY_IMAGE_INIT;
        ferry_error error;
        ferry_status status = decode(&f, f.length, &image, &error);
        if (p->rows == NULL) {
            assert_int_equal(status, FERRY_UNREADABLE);
            assert_non_null(strstr(error.message, "colors that its palette lacks"));
            continue;
        }
        if (status != FERRY_OK)
            fail_msg("%zu: %s", i, error.message);
        assert_int_equal(image.info.length_bytes, 3 * strlen(p->rows));
        for (size_t at = 0; p->rows[at] != '\0'; at++)
            for (int c = 0; c < 3; c++)
                if (image.pixels[3 * at + (size_t)c] != (p->rows[at] - '0') * (c + 1))
                    fail_msg("%zu: pixel %zu", i, at);
        ferry_image_free(&image);
    }
}

static void runs_that_end_early(void **state) {
    (void)state;
    static const char runs[] = "\2\1\0\0\0\3\2\3\4\0\0\2\1\0";
    file f = make(8, 4, 3, runs, sizeof runs - 1);
    for (size_t length = RUNS_AT; length <= f.length; length++) {
        ferry_image image = FERRY_IMAGE_INIT;
        ferry_error error;
        assert_int_equal(decode(&f, length, &image, &error), FERRY_UNREADABLE);
        assert_non_null(strstr(error.message, "it is cut short"));
        assert_null(image.pixels);
    }
}

static void a_claim_of_a_gigabyte(void **state) {
    (void)state;
    file f = make(8, 32768, 10000, "\2\1\0\1", 4);
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error;
    assert_int_equal(decode(&f, f.length, &image, &error), FERRY_UNREADABLE);
    assert_non_null(strstr(error.message, "it is cut short"));
    assert_null(image.pixels);
}

static void runs_of_other_bits_are_refused(void **state) {
    (void)state;
    for (int bits = 1; bits <= 32; bits++) {
        file f = make(bits, 1, 1, "\1\1\0\1", 4);
        f.bytes[30] = bits == 8 ? 2 : 1;
        ferry_image image = FERRY_IMAGE_INIT;
        ferry_error error;
        assert_int_equal(decode(&f, f.length, &image, &error), FERRY_UNREADABLE);
        assert_non_null(strstr(error.message, "this kind of BMP cannot be read"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_their_pixels),
        cmocka_unit_test(runs_that_end_early),
        cmocka_unit_test(a_claim_of_a_gigabyte),
        cmocka_unit_test(runs_of_other_bits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
