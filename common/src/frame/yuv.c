#include "frame/yuv.h"

#include <string.h>

/* ---- two pixels in four bytes ---- */

static void unpack_packed(const ferryi_format *format, const uint8_t *in, ferryi_row *row,
                          size_t width) {
    const size_t luma = format->at[0], first = format->at[1], second = format->at[2];
    uint8_t *restrict y = row->channel[0], *restrict u = row->channel[1];
    uint8_t *restrict v = row->channel[2];
    for (size_t x = 0; x < width; x++) {
        y[x] = in[2 * x + luma];
        u[x] = in[x / 2 * 4 + first];
        v[x] = in[x / 2 * 4 + second];
    }
}

static uint8_t mean_of_pair(const uint8_t *channel, size_t x, size_t width) {
    size_t right = x + 1 < width ? x + 1 : x;
    return (uint8_t)((channel[x] + channel[right] + 1) / 2);
}

static void pack_packed(const ferryi_format *format, const ferryi_row *row, uint8_t *out,
                        size_t width) {
    const size_t luma = format->at[0], first = format->at[1], second = format->at[2];
    for (size_t x = 0; x < width; x += 2, out += 4) {
        out[luma] = row->channel[0][x];
        out[first] = mean_of_pair(row->channel[1], x, width);
        out[luma + 2] = row->channel[0][x + 1 < width ? x + 1 : x];
        out[second] = mean_of_pair(row->channel[2], x, width);
    }
}

/* ---- planes ---- */

/* Where U (0) and V (1) are: a plane, the first byte in its rows, and the bytes from one value to
 * the next. */
typedef struct chroma {
    size_t plane, first, step;
    uint8_t shift_x, shift_y;
} chroma;

static chroma chroma_of(const ferryi_format *format, size_t which) {
    const ferryi_plane_shape *shape = &format->planes[1];
    size_t plane = format->planes[2].group_bytes == 0 ? 1 : 1 + which;
    return (chroma){plane, format->at[1 + which], shape->group_bytes, shape->shift_x,
                    shape->shift_y};
}

/* 10 bits, the upper ones of a word. */
static uint8_t byte_of_word(const uint8_t *in) {
    unsigned value = ((unsigned)(in[0] | in[1] << 8) >> 6) + 2;
    return (uint8_t)(value < 1023 ? value >> 2 : 255);
}

static void put_word(uint8_t *out, unsigned value) {
    out[0] = (uint8_t)(value << 6);
    out[1] = (uint8_t)(value >> 2);
}

static void unpack_words(const ferryi_raster *raster, const uint8_t *in, size_t y,
                         ferryi_row *row) {
    const uint8_t *luma = in + ferryi_plane_row(&raster->layout, 0, y);
    for (size_t x = 0; x < raster->width; x++)
        row->channel[0][x] = byte_of_word(luma + 2 * x);
    for (size_t which = 0; which < 2; which++) {
        chroma c = chroma_of(raster->format, which);
        const uint8_t *from =
            in + ferryi_plane_row(&raster->layout, c.plane, y >> c.shift_y) + c.first;
        uint8_t *restrict channel = row->channel[1 + which];
        for (size_t x = 0; x < raster->width; x++)
            channel[x] = byte_of_word(from + x / 2 * c.step);
    }
}

static void unpack_bytes(const ferryi_raster *raster, const uint8_t *in, size_t y,
                         ferryi_row *row) {
    const size_t width = raster->width;
    memcpy(row->channel[0], in + ferryi_plane_row(&raster->layout, 0, y), width);
    for (size_t which = 0; which < 2; which++) {
        chroma c = chroma_of(raster->format, which);
        const uint8_t *from =
            in + ferryi_plane_row(&raster->layout, c.plane, y >> c.shift_y) + c.first;
        uint8_t *restrict channel = row->channel[1 + which];
        if (c.shift_x == 0)
            memcpy(channel, from, width);
        else
            for (size_t x = 0; x < width; x++)
                channel[x] = from[x / 2 * c.step];
    }
}

/* Writes a row of chroma: the mean of what two rows have, which may be the same one. */
static void pack_chroma(const chroma *c, const uint8_t *upper, const uint8_t *lower,
                        uint8_t *restrict out, size_t width) {
    for (size_t x = 0; x < width; x += 2) {
        size_t right = x + 1 < width ? x + 1 : x;
        out[x / 2 * c->step] =
            (uint8_t)((upper[x] + upper[right] + lower[x] + lower[right] + 2) / 4);
    }
}

static void pack_chroma_words(const chroma *c, const uint8_t *upper, const uint8_t *lower,
                              uint8_t *restrict out, size_t width) {
    for (size_t x = 0; x < width; x += 2) {
        size_t right = x + 1 < width ? x + 1 : x;
        put_word(out + x / 2 * c->step,
                 (unsigned)upper[x] + upper[right] + lower[x] + lower[right]);
    }
}

/* Of rows y and y + 1, which share it or do not. */
static void pack_chroma_rows(const ferryi_raster *raster, const ferryi_row rows[2], uint8_t *out,
                             size_t y, size_t which) {
    chroma c = chroma_of(raster->format, which);
    for (size_t k = 0; k < (c.shift_y == 0 ? 2 : 1) && y + k < raster->height; k++) {
        const uint8_t *upper = rows[k].channel[1 + which];
        const uint8_t *lower = c.shift_y == 0 ? upper : rows[1].channel[1 + which];
        uint8_t *to =
            out + ferryi_plane_row(&raster->layout, c.plane, (y + k) >> c.shift_y) + c.first;
        if (c.shift_x == 0)
            memcpy(to, upper, raster->width);
        else if (raster->format->depth > 8)
            pack_chroma_words(&c, upper, lower, to, raster->width);
        else
            pack_chroma(&c, upper, lower, to, raster->width);
    }
}

static void pack_luma(const ferryi_raster *raster, const ferryi_row *row, uint8_t *out) {
    if (raster->format->depth == 8)
        memcpy(out, row->channel[0], raster->width);
    else
        for (size_t x = 0; x < raster->width; x++)
            put_word(out + 2 * x, 4u * row->channel[0][x]);
}

static void pack_planes(const ferryi_raster *raster, const ferryi_row rows[2], uint8_t *out,
                        size_t y) {
    for (size_t k = 0; k < 2 && y + k < raster->height; k++)
        pack_luma(raster, &rows[k], out + ferryi_plane_row(&raster->layout, 0, y + k));
    for (size_t which = 0; which < 2; which++)
        pack_chroma_rows(raster, rows, out, y, which);
}

void ferryi_yuv_unpack(const ferryi_raster *raster, const uint8_t *in, size_t y, ferryi_row *row) {
    if (raster->format->packing == FERRYI_YUV_PACKED)
        unpack_packed(raster->format, in + ferryi_plane_row(&raster->layout, 0, y), row,
                      raster->width);
    else if (raster->format->depth > 8)
        unpack_words(raster, in, y, row);
    else
        unpack_bytes(raster, in, y, row);
}

void ferryi_yuv_pack(const ferryi_raster *raster, const ferryi_row rows[2], uint8_t *out,
                     size_t y) {
    if (raster->format->packing != FERRYI_YUV_PACKED) {
        pack_planes(raster, rows, out, y);
        return;
    }
    for (size_t k = 0; k < 2 && y + k < raster->height; k++)
        pack_packed(raster->format, &rows[k], out + ferryi_plane_row(&raster->layout, 0, y + k),
                    raster->width);
}
