#include "orient.h"

#include <string.h>

/* What is done to a stored picture to see it upright, in this order. */
typedef struct turn {
    bool swap;           /* rows become columns */
    bool flip_x, flip_y; /* of the upright picture */
} turn;

static const turn turns[] = {
    [1] = {false, false, false}, [2] = {false, true, false}, [3] = {false, true, true},
    [4] = {false, false, true},  [5] = {true, false, false}, [6] = {true, true, false},
    [7] = {true, true, true},    [8] = {true, false, true},
};

bool ferryi_orientation_swaps(uint32_t orientation) {
    return orientation < sizeof turns / sizeof turns[0] && turns[orientation].swap;
}

void ferryi_orient(uint8_t *out, const uint8_t *in, uint32_t width, uint32_t height,
                   size_t pixel_bytes, uint32_t orientation) {
    const turn *t = &turns[orientation];
    size_t out_width = t->swap ? height : width, out_height = t->swap ? width : height;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++, in += pixel_bytes) {
            size_t column = t->swap ? y : x, row = t->swap ? x : y;
            column = t->flip_x ? out_width - 1 - column : column;
            row = t->flip_y ? out_height - 1 - row : row;
            memcpy(out + (row * out_width + column) * pixel_bytes, in, pixel_bytes);
        }
}
