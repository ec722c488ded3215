#include "image/orient.h"

#include <string.h>

/* The steps that turn a stored picture upright, in this order. */
typedef struct turn {
    bool swap;           /* rows become columns */
    bool flip_x, flip_y; /* of the upright picture */
} turn;

static const turn turns[] = {
    [1] = {false, false, false}, [2] = {false, true, false}, [3] = {false, true, true},
    [4] = {false, false, true},  [5] = {true, false, false}, [6] = {true, true, false},
    [7] = {true, true, true},    [8] = {true, false, true},
};

bool ferryi_orient_swaps(uint32_t orientation) {
    return orientation < sizeof turns / sizeof turns[0] && turns[orientation].swap;
}

enum {
    BLOCK = 32
}; /* pixels a side of a block that is turned at once, so that rows and columns stay in the cache */

typedef struct sides {
    size_t width, height;         /* of the stored picture */
    size_t out_width, out_height; /* of the upright one */
} sides;

/* inline: with a constant pixel_bytes a copy is one or two instructions. */
static inline void turn_block(uint8_t *out, const uint8_t *in, const sides *s, const turn *t,
                              size_t left, size_t top, size_t pixel_bytes) {
    size_t right = left + BLOCK < s->width ? left + BLOCK : s->width;
    size_t below = top + BLOCK < s->height ? top + BLOCK : s->height;
    for (size_t y = top; y < below; y++)
        for (size_t x = left; x < right; x++) {
            size_t column = t->swap ? y : x, row = t->swap ? x : y;
            column = t->flip_x ? s->out_width - 1 - column : column;
            row = t->flip_y ? s->out_height - 1 - row : row;
            memcpy(out + (row * s->out_width + column) * pixel_bytes,
                   in + (y * s->width + x) * pixel_bytes, pixel_bytes);
        }
}

void ferryi_orient(uint8_t *out, const uint8_t *in, uint32_t width, uint32_t height,
                   size_t pixel_bytes, uint32_t orientation) {
    const turn *t = &turns[orientation];
    sides s = {width, height, t->swap ? height : width, t->swap ? width : height};
    for (size_t top = 0; top < height; top += BLOCK)
        for (size_t left = 0; left < width; left += BLOCK)
            switch (pixel_bytes) {
            case 1: turn_block(out, in, &s, t, left, top, 1); break;
            case 2: turn_block(out, in, &s, t, left, top, 2); break;
            case 3: turn_block(out, in, &s, t, left, top, 3); break;
            case 4: turn_block(out, in, &s, t, left, top, 4); break;
            default: turn_block(out, in, &s, t, left, top, pixel_bytes); break;
            }
}
