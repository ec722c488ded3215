#include "frame/color.h"

#include <frameferry/frame.h>
#include <stdbool.h>
#include <string.h>

static int32_t fixed(double value) {
    double scaled = value * 65536;
    return (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

ferryi_color ferryi_color_make(ferry_color_matrix matrix, ferry_color_range range) {
    /* ITU-R BT.601, BT.709 and BT.2020: Y = kr R + kg G + kb B, U ~ B - Y, V ~ R - Y. */
    static const struct {
        double r, b;
    } k[] = {[FERRY_MATRIX_BT601] = {0.299, 0.114},
             [FERRY_MATRIX_BT709] = {0.2126, 0.0722},
             [FERRY_MATRIX_BT2020] = {0.2627, 0.0593}};
    double kr = k[matrix].r, kb = k[matrix].b, kg = 1 - kr - kb;
    bool full = range == FERRY_RANGE_FULL;
    double y = full ? 1 : 219.0 / 255, c = full ? 1 : 224.0 / 255;
    ferryi_color made = {
        .luma_r = fixed(kr),
        .luma_b = fixed(kb),
        .y_offset = full ? 0 : 16,
        .y_r = fixed(kr * y),
        .y_b = fixed(kb * y),
        .u_r = fixed(-kr * c / (2 * (1 - kb))),
        .u_b = fixed(c / 2),
        .v_r = fixed(c / 2),
        .v_b = fixed(-kb * c / (2 * (1 - kr))),
        .rgb_y = fixed(1 / y),
        .r_v = fixed(2 * (1 - kr) / c),
        .g_u = fixed(-2 * kb * (1 - kb) / kg / c),
        .g_v = fixed(-2 * kr * (1 - kr) / kg / c),
        .b_u = fixed(2 * (1 - kb) / c),
        .y_gray = fixed(y),
    };
    /* Green takes the rest, so that the sums are exact and neutral colors stay neutral. */
    made.luma_g = 65536 - made.luma_r - made.luma_b;
    made.y_g = fixed(y) - made.y_r - made.y_b;
    made.u_g = -(made.u_r + made.u_b);
    made.v_g = -(made.v_r + made.v_b);
    return made;
}

static void gray_to_rgb(ferryi_row *row, size_t width) {
    for (size_t x = 0; x < width; x++)
        row->channel[0][x] = ferryi_color_byte(row->gray[x]);
    memcpy(row->channel[1], row->channel[0], width);
    memcpy(row->channel[2], row->channel[0], width);
    memset(row->channel[3], 255, width);
}

static void gray_to_yuv(const ferryi_color *color, ferryi_row *row, size_t width) {
    for (size_t x = 0; x < width; x++)
        row->channel[0][x] = ferryi_color_nearest(ferryi_color_byte(row->gray[x]) * color->y_gray +
                                                  color->y_offset * 65536);
    memset(row->channel[1], 128, width);
    memset(row->channel[2], 128, width);
}

static void rgb_to_gray(const ferryi_color *color, ferryi_row *row, size_t width) {
    const uint8_t *r = row->channel[0], *g = row->channel[1], *b = row->channel[2];
    for (size_t x = 0; x < width; x++)
        row->gray[x] =
            (uint16_t)(257 * ferryi_color_nearest(r[x] * color->luma_r + g[x] * color->luma_g +
                                                  b[x] * color->luma_b));
}

static void rgb_to_yuv(const ferryi_color *color, ferryi_row *row, size_t width) {
    const ferryi_color k = *color;
    uint8_t *restrict first = row->channel[0], *restrict second = row->channel[1];
    uint8_t *restrict third = row->channel[2];
    for (size_t x = 0; x < width; x++) {
        int32_t r = first[x], g = second[x], b = third[x];
        first[x] = ferryi_color_nearest(r * k.y_r + g * k.y_g + b * k.y_b + k.y_offset * 65536);
        second[x] = ferryi_color_nearest(r * k.u_r + g * k.u_g + b * k.u_b + 128 * 65536);
        third[x] = ferryi_color_nearest(r * k.v_r + g * k.v_g + b * k.v_b + 128 * 65536);
    }
}

static void yuv_to_gray(const ferryi_color *color, ferryi_row *row, size_t width) {
    const uint8_t *y = row->channel[0];
    for (size_t x = 0; x < width; x++)
        row->gray[x] =
            (uint16_t)(257 * ferryi_color_nearest((y[x] - color->y_offset) * color->rgb_y));
}

static void yuv_to_rgb(const ferryi_color *color, ferryi_row *row, size_t width) {
    const ferryi_color k = *color;
    uint8_t *restrict first = row->channel[0], *restrict second = row->channel[1];
    uint8_t *restrict third = row->channel[2];
    for (size_t x = 0; x < width; x++) {
        int32_t y = (first[x] - k.y_offset) * k.rgb_y, u = second[x] - 128, v = third[x] - 128;
        first[x] = ferryi_color_nearest(y + v * k.r_v);
        second[x] = ferryi_color_nearest(y + u * k.g_u + v * k.g_v);
        third[x] = ferryi_color_nearest(y + u * k.b_u);
    }
    memset(row->channel[3], 255, width);
}

void ferryi_color_change(const ferryi_color *color, ferryi_row *row, size_t width,
                         ferryi_family from, ferryi_family to) {
    if (from == FERRYI_GRAY && to == FERRYI_RGB)
        gray_to_rgb(row, width);
    else if (from == FERRYI_GRAY && to == FERRYI_YUV)
        gray_to_yuv(color, row, width);
    else if (from == FERRYI_RGB && to == FERRYI_GRAY)
        rgb_to_gray(color, row, width);
    else if (from == FERRYI_RGB && to == FERRYI_YUV)
        rgb_to_yuv(color, row, width);
    else if (from == FERRYI_YUV && to == FERRYI_GRAY)
        yuv_to_gray(color, row, width);
    else if (from == FERRYI_YUV && to == FERRYI_RGB)
        yuv_to_rgb(color, row, width);
}
