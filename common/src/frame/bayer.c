#include "frame/bayer.h"

#include <string.h>

/* The row that is read, and those above and below it. */
typedef struct lines {
    const uint8_t *above, *here, *below;
    unsigned most;  /* the greatest level */
    uint64_t scale; /* from four times that to 255, in 2^-32, rounded up */
    bool words;
} lines;

static unsigned level_at(const lines *l, const uint8_t *line, size_t x) {
    unsigned level = l->words ? line[2 * x] | (unsigned)line[2 * x + 1] << 8 : line[x];
    return level < l->most ? level : l->most;
}

/* The sum of four levels, below 2^18, as one level of 256: the nearest, or of two that are all but
 * as near, the upper one. */
static uint8_t byte_of(const lines *l, unsigned sum) {
    return (uint8_t)((sum * l->scale + (UINT64_C(1) << 31)) >> 32);
}

/* The nearest place beside i that is inside; i itself if there is no other. */
static size_t before(size_t i, size_t count) {
    return i > 0 ? i - 1 : count > 1 ? 1 : 0;
}

static size_t behind(size_t i, size_t count) {
    return i + 1 < count ? i + 1 : before(i, count);
}

/* Where red is, as column and row of a square of four. Blue is at the other corner. */
static size_t red_column(const ferryi_format *format) {
    return format->at[0] & 1u;
}

static size_t red_row(const ferryi_format *format) {
    return format->at[0] >> 1;
}

/* The sums of four that a pixel is made of: its own level, those beside it in the row, those above
 * and below it, and those at its corners. */
typedef struct sums {
    unsigned own, row, column, cross, corners;
} sums;

static sums sums_at(const lines *l, size_t x, size_t left, size_t right) {
    unsigned row = level_at(l, l->here, left) + level_at(l, l->here, right);
    unsigned column = level_at(l, l->above, x) + level_at(l, l->below, x);
    unsigned corners = level_at(l, l->above, left) + level_at(l, l->above, right) +
                       level_at(l, l->below, left) + level_at(l, l->below, right);
    return (sums){4 * level_at(l, l->here, x), 2 * row, 2 * column, row + column, corners};
}

/* channel is that of red or blue, whichever this row has, and other that of the one it lacks. */
static void unpack_line(const lines *l, size_t width, size_t colored, uint8_t *restrict channel,
                        uint8_t *restrict green, uint8_t *restrict other) {
    for (size_t x = 0; x < width; x++) {
        sums s = sums_at(l, x, before(x, width), behind(x, width));
        bool is_green = (x & 1) != colored;
        channel[x] = byte_of(l, is_green ? s.row : s.own);
        green[x] = byte_of(l, is_green ? s.own : s.cross);
        other[x] = byte_of(l, is_green ? s.column : s.corners);
    }
}

void ferryi_bayer_unpack(const ferryi_raster *raster, const uint8_t *in, size_t y,
                         ferryi_row *row) {
    const ferryi_format *format = raster->format;
    const size_t height = raster->height;
    const unsigned most = (1u << format->depth) - 1;
    lines l = {.above = in + ferryi_plane_row(&raster->layout, 0, before(y, height)),
               .here = in + ferryi_plane_row(&raster->layout, 0, y),
               .below = in + ferryi_plane_row(&raster->layout, 0, behind(y, height)),
               .most = most,
               .scale = ((UINT64_C(255) << 32) + 4 * most - 1) / (4 * most),
               .words = format->depth > 8};
    if ((y & 1) == red_row(format))
        unpack_line(&l, raster->width, red_column(format), row->channel[0], row->channel[1],
                    row->channel[2]);
    else
        unpack_line(&l, raster->width, red_column(format) ^ 1, row->channel[2], row->channel[1],
                    row->channel[0]);
    memset(row->channel[3], 255, raster->width);
}

void ferryi_bayer_pack(const ferryi_raster *raster, const ferryi_row *row, uint8_t *out, size_t y) {
    const ferryi_format *format = raster->format;
    const unsigned most = (1u << format->depth) - 1;
    bool has_red = (y & 1) == red_row(format);
    size_t colored = has_red ? red_column(format) : red_column(format) ^ 1;
    const uint8_t *color = row->channel[has_red ? 0 : 2], *green = row->channel[1];
    out += ferryi_plane_row(&raster->layout, 0, y);
    for (size_t x = 0; x < raster->width; x++) {
        unsigned byte = (x & 1) == colored ? color[x] : green[x];
        unsigned level = (byte * most + 127) / 255;
        if (format->depth == 8) {
            out[x] = (uint8_t)level;
        } else {
            out[2 * x] = (uint8_t)level;
            out[2 * x + 1] = (uint8_t)(level >> 8);
        }
    }
}
