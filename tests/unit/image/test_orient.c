/* Turning pictures upright: each pixel of every orientation and size of pixel, also of pictures
 * larger than what is turned at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/orient.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 70, HEIGHT = 37, PIXEL_MAX = 8, ORIENTATIONS = 8 };

/* Where EXIF has the first row and the first column of the stored picture: tag 274 of the EXIF
 * specification. */
static const struct {
    char row, column; /* top, bottom, left, right */
} sides[ORIENTATIONS + 1] = {
    [1] = {'t', 'l'}, [2] = {'t', 'r'}, [3] = {'b', 'r'}, [4] = {'b', 'l'},
    [5] = {'l', 't'}, [6] = {'r', 't'}, [7] = {'r', 'b'}, [8] = {'l', 'b'},
};

static size_t along(char side, size_t index, size_t length) {
    return side == 't' || side == 'l' ? index : length - 1 - index;
}

static void check(uint32_t orientation, size_t pixel_bytes) {
    static uint8_t stored[WIDTH * HEIGHT * PIXEL_MAX], upright[WIDTH * HEIGHT * PIXEL_MAX];
    bool swaps = ferryi_orient_swaps(orientation);
    size_t out_width = swaps ? HEIGHT : WIDTH, out_height = swaps ? WIDTH : HEIGHT;
    for (size_t i = 0; i < sizeof stored; i++)
        stored[i] = (uint8_t)(i * 31 + i / 251);
    memset(upright, 0, sizeof upright);
    ferryi_orient(upright, stored, WIDTH, HEIGHT, pixel_bytes, orientation);
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < WIDTH; x++) {
            char row = sides[orientation].row, column = sides[orientation].column;
            size_t down = swaps ? along(column, x, out_height) : along(row, y, out_height);
            size_t right = swaps ? along(row, y, out_width) : along(column, x, out_width);
            assert_memory_equal(upright + (down * out_width + right) * pixel_bytes,
                                stored + (y * WIDTH + x) * pixel_bytes, pixel_bytes);
        }
}

static void every_pixel_gets_to_its_place(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 4, 6, 8};
    for (uint32_t orientation = 1; orientation <= ORIENTATIONS; orientation++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            check(orientation, sizes[i]);
}

static void those_on_their_side_swap(void **state) {
    (void)state;
    for (uint32_t orientation = 0; orientation <= ORIENTATIONS; orientation++)
        assert_int_equal(ferryi_orient_swaps(orientation), orientation >= 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pixel_gets_to_its_place),
        cmocka_unit_test(those_on_their_side_swap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
