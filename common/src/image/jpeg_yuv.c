#include "image/jpeg_yuv.h"

#include "frame/color.h"
#include "frame/format.h"

#include <frameferry/frame.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = FERRYI_JPEG_BLOCK };

/* ---- the picture ---- */

bool ferryi_jpeg_yuv_takes(const ferry_frame_info *info) {
    const ferryi_format *format = ferryi_format_find(info->format);
    return format != NULL && format->family == FERRYI_YUV && format->depth == 8 &&
           info->color_matrix <= FERRY_MATRIX_BT2020 && info->color_range <= FERRY_RANGE_FULL;
}

/* Where component i is in a group of its plane. */
static void find_component(ferryi_jpeg_component *c, const ferryi_view *view,
                           const ferryi_format *format, size_t i) {
    bool is_packed = format->packing == FERRYI_YUV_PACKED;
    bool is_interleaved = !is_packed && format->planes[2].group_bytes == 0;
    size_t plane = is_packed || i == 0 ? 0 : is_interleaved ? 1 : i;
    const ferry_plane *where = &view->layout.planes[plane];
    const size_t group_bytes = format->planes[plane].group_bytes;
    c->step = is_packed && i == 0 ? group_bytes / 2 : group_bytes;
    c->first = view->pixels + where->offset_bytes + format->at[i];
    c->stride = where->stride_bytes;
    c->rows = where->rows;
    c->width = i == 0 ? (size_t)view->info->width : where->row_bytes / group_bytes;
}

/* ---- colors ---- */

static int32_t product(int32_t a, int32_t b, int32_t c, int32_t d) {
    return (int32_t)(((int64_t)a * b + (int64_t)c * d) / 65536);
}

/* To RGB and from there to JPEG's YUV, as one step. Neutral colors stay neutral, so that luma adds
 * nothing to chroma. */
static void find_change(ferryi_jpeg_yuv *y, const ferry_frame_info *info) {
    uint32_t matrix =
        info->color_matrix != FERRY_MATRIX_UNSPECIFIED ? info->color_matrix : FERRY_MATRIX_BT601;
    uint32_t range =
        info->color_range != FERRY_RANGE_UNSPECIFIED ? info->color_range : FERRY_RANGE_LIMITED;
    ferryi_color from = ferryi_color_make((ferry_color_matrix)matrix, (ferry_color_range)range);
    ferryi_color to = ferryi_color_make(FERRY_MATRIX_BT601, FERRY_RANGE_FULL);
    y->y_offset = from.y_offset;
    y->y_y = from.rgb_y;
    y->y_u = product(to.y_g, from.g_u, to.y_b, from.b_u);
    y->y_v = product(to.y_r, from.r_v, to.y_g, from.g_v);
    y->u_u = product(to.u_g, from.g_u, to.u_b, from.b_u);
    y->u_v = product(to.u_r, from.r_v, to.u_g, from.g_v);
    y->v_u = product(to.v_g, from.g_u, to.v_b, from.b_u);
    y->v_v = product(to.v_r, from.r_v, to.v_g, from.g_v);
    if (matrix != FERRY_MATRIX_BT601)
        y->change = FERRYI_JPEG_MIX;
    else
        y->change = range == FERRY_RANGE_FULL ? FERRYI_JPEG_COPY : FERRYI_JPEG_STRETCH;
    for (int32_t i = 0; i < 256; i++) {
        y->stretched[0][i] = ferryi_color_nearest((i - y->y_offset) * y->y_y);
        y->stretched[1][i] = ferryi_color_nearest((i - 128) * y->u_u + 128 * 65536);
        y->stretched[2][i] = ferryi_color_nearest((i - 128) * y->v_v + 128 * 65536);
    }
}

/* ---- rows ---- */

/* Inline, for a loop of each step. */
static inline void gather(const uint8_t *in, size_t step, uint8_t *restrict out, size_t width) {
    for (size_t x = 0; x < width; x++)
        out[x] = in[x * step];
}

static void read_row(const ferryi_jpeg_component *c, size_t y, uint8_t *out) {
    const uint8_t *in = c->first + y * c->stride;
    switch (c->step) {
    case 1: memcpy(out, in, c->width); break;
    case 2: gather(in, 2, out, c->width); break;
    default: gather(in, 4, out, c->width); break;
    }
}

static void stretch(const uint8_t *table, uint8_t *row, size_t width) {
    for (size_t x = 0; x < width; x++)
        row[x] = table[row[x]];
}

static void mix_chroma(const ferryi_jpeg_yuv *y, uint8_t *restrict u_row, uint8_t *restrict v_row,
                       int32_t *restrict luma, size_t width) {
    const int32_t y_u = y->y_u, y_v = y->y_v, u_u = y->u_u, u_v = y->u_v, v_u = y->v_u,
                  v_v = y->v_v;
    for (size_t x = 0; x < width; x++) {
        int32_t u = u_row[x] - 128, v = v_row[x] - 128;
        luma[x] = u * y_u + v * y_v;
        u_row[x] = ferryi_color_nearest(u * u_u + v * u_v + 128 * 65536);
        v_row[x] = ferryi_color_nearest(u * v_u + v * v_v + 128 * 65536);
    }
}

static void mix_luma(const ferryi_jpeg_yuv *y, uint8_t *restrict row, const int32_t *restrict add,
                     size_t width) {
    const int32_t offset = y->y_offset, y_y = y->y_y;
    const size_t shift = y->shift_x;
    for (size_t x = 0; x < width; x++)
        row[x] = ferryi_color_nearest((row[x] - offset) * y_y + add[x >> shift]);
}

/* Samples behind the last one, to a whole block. */
static void extend(uint8_t *row, size_t width) {
    if (width % BLOCK != 0)
        memset(row + width, row[width - 1], BLOCK - width % BLOCK);
}

static void fill_chroma(ferryi_jpeg_yuv *y, size_t first) {
    ferryi_jpeg_component *u = &y->component[1], *v = &y->component[2];
    for (size_t k = 0; k < BLOCK; k++) {
        /* A row behind the last one is that once more. */
        size_t row = first + k < u->rows ? first + k : u->rows - 1;
        read_row(u, row, u->row[k]);
        read_row(v, row, v->row[k]);
        if (y->change == FERRYI_JPEG_STRETCH) {
            stretch(y->stretched[1], u->row[k], u->width);
            stretch(y->stretched[2], v->row[k], v->width);
        } else if (y->change == FERRYI_JPEG_MIX)
            mix_chroma(y, u->row[k], v->row[k], y->luma_of_chroma + k * u->width, u->width);
        extend(u->row[k], u->width);
        extend(v->row[k], v->width);
    }
}

static void fill_luma(ferryi_jpeg_yuv *y, size_t first) {
    ferryi_jpeg_component *c = &y->component[0];
    for (size_t k = 0; k < (size_t)BLOCK << y->shift_y; k++) {
        size_t row = first + k < c->rows ? first + k : c->rows - 1;
        read_row(c, row, c->row[k]);
        if (y->change == FERRYI_JPEG_STRETCH)
            stretch(y->stretched[0], c->row[k], c->width);
        else if (y->change == FERRYI_JPEG_MIX)
            mix_luma(y, c->row[k], y->luma_of_chroma + (k >> y->shift_y) * y->component[1].width,
                     c->width);
        extend(c->row[k], c->width);
    }
}

void ferryi_jpeg_yuv_fill(ferryi_jpeg_yuv *rows, size_t index) {
    fill_chroma(rows, index * BLOCK);
    fill_luma(rows, index * BLOCK << rows->shift_y);
}

/* ---- memory ---- */

static size_t to_blocks(size_t samples) {
    return (samples + BLOCK - 1) / BLOCK * BLOCK;
}

bool ferryi_jpeg_yuv_begin(ferryi_jpeg_yuv *out, const ferryi_view *view) {
    const ferryi_format *format = ferryi_format_find(view->info->format);
    const ferryi_plane_shape *chroma =
        &format->planes[format->packing == FERRYI_YUV_PACKED ? 0 : 1];
    *out = (ferryi_jpeg_yuv){.shift_x = chroma->shift_x, .shift_y = chroma->shift_y};
    find_change(out, view->info);
    for (size_t i = 0; i < FERRYI_JPEG_COMPONENTS; i++)
        find_component(&out->component[i], view, format, i);
    const size_t luma_rows = (size_t)BLOCK << out->shift_y;
    const size_t width = to_blocks(out->component[0].width);
    const size_t chroma_width = to_blocks(out->component[1].width);
    const size_t added = out->change == FERRYI_JPEG_MIX
                             ? BLOCK * out->component[1].width * sizeof *out->luma_of_chroma
                             : 0;
    /* The rows that chroma adds come first, because malloc aligns them. */
    out->memory = malloc(added + luma_rows * width + 2 * BLOCK * chroma_width);
    if (out->memory == NULL)
        return false;
    out->luma_of_chroma = (int32_t *)(void *)out->memory;
    uint8_t *next = out->memory + added;
    for (size_t k = 0; k < luma_rows; k++, next += width)
        out->component[0].row[k] = next;
    for (size_t i = 1; i < FERRYI_JPEG_COMPONENTS; i++)
        for (size_t k = 0; k < BLOCK; k++, next += chroma_width)
            out->component[i].row[k] = next;
    return true;
}

void ferryi_jpeg_yuv_end(ferryi_jpeg_yuv *rows) {
    free(rows->memory);
    rows->memory = NULL;
}
