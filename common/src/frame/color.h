/* Rows of pixels between the families gray, RGB and YUV. */
#ifndef FERRYI_FRAME_COLOR_H
#define FERRYI_FRAME_COLOR_H

#include <frameferry/frame.h>

#include "frame/format.h"

/* One row, unpacked: every pixel has its own value in every channel. RGB family: channel holds R,
 * G, B, A; YUV family: Y, U, V (A is not used). The gray family uses gray alone, with 16 bits. */
typedef struct ferryi_row {
    uint8_t *channel[4];
    uint16_t *gray;
} ferryi_row;

/* The numbers of one matrix and range, in 1/65536. */
typedef struct ferryi_color {
    int32_t luma_r, luma_g, luma_b; /* from full-range RGB to full-range gray */
    int32_t y_offset;
    int32_t y_r, y_g, y_b, u_r, u_g, u_b, v_r, v_g, v_b; /* from RGB */
    int32_t rgb_y, r_v, g_u, g_v, b_u;                   /* to RGB */
    int32_t y_gray;                                      /* from gray */
} ferryi_color;

/* The nearest of 256 levels to one of 65536; of two that are all but as near, the lower one. */
static inline uint8_t ferryi_color_byte(uint16_t value) {
    return (uint8_t)((value * UINT32_C(255) + 32768) >> 16);
}

/* The value of a sum in 1/65536, rounded and kept in a byte. It is not shifted before it is known
 * to be positive: C leaves the shift of a negative number to the compiler. */
static inline uint8_t ferryi_color_nearest(int32_t sum) {
    int32_t value = sum + (1 << 15);
    value = value < 0 ? 0 : value >> 16;
    return (uint8_t)(value > 255 ? 255 : value);
}

/* Both must be specified. */
ferryi_color ferryi_color_make(ferry_color_matrix matrix, ferry_color_range range);

/* Changes width pixels of row from one family to the other. Alpha is opaque where the source has
 * none; gray has the full range in any case. */
void ferryi_color_change(const ferryi_color *color, ferryi_row *row, size_t width,
                         ferryi_family from, ferryi_family to);

#endif
