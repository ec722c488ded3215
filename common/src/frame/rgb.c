#include "frame/rgb.h"

#include <string.h>

static void unpack_bytes(const ferryi_format *format, const uint8_t *in, ferryi_row *row,
                         size_t width) {
    const size_t step = format->planes[0].group_bytes;
    const size_t red = format->at[0], green = format->at[1], blue = format->at[2];
    const size_t opacity = format->at[3];
    uint8_t *restrict r = row->channel[0], *restrict g = row->channel[1];
    uint8_t *restrict b = row->channel[2], *restrict alpha = row->channel[3];
    for (size_t x = 0; x < width; x++) {
        r[x] = in[x * step + red];
        g[x] = in[x * step + green];
        b[x] = in[x * step + blue];
    }
    if (opacity == FERRYI_NO_ALPHA)
        memset(alpha, 255, width);
    else
        for (size_t x = 0; x < width; x++)
            alpha[x] = in[x * 4 + opacity];
}

static void pack_bytes(const ferryi_format *format, const ferryi_row *row, uint8_t *restrict out,
                       size_t width) {
    const size_t step = format->planes[0].group_bytes;
    const size_t red = format->at[0], green = format->at[1], blue = format->at[2];
    const size_t opacity = format->at[3], unused = 6 - red - green - blue; /* 0 + 1 + 2 + 3 is 6 */
    const uint8_t *r = row->channel[0], *g = row->channel[1], *b = row->channel[2];
    const uint8_t *alpha = row->channel[3];
    for (size_t x = 0; x < width; x++) {
        out[x * step + red] = r[x];
        out[x * step + green] = g[x];
        out[x * step + blue] = b[x];
    }
    if (step == 4 && opacity != FERRYI_NO_ALPHA)
        for (size_t x = 0; x < width; x++)
            out[x * 4 + opacity] = alpha[x];
    else if (step == 4)
        for (size_t x = 0; x < width; x++)
            out[x * 4 + unused] = 255;
}

/* The nearest of 256 levels to one of most + 1, and back. */
static uint8_t widened(unsigned level, unsigned most) {
    return (uint8_t)((level * 255 + most / 2) / most);
}

static unsigned narrowed(uint8_t level, unsigned most) {
    return (level * most + 127) / 255;
}

enum { MOST_5_BITS = 31, MOST_6_BITS = 63 };

static void unpack_565(const uint8_t *in, ferryi_row *row, size_t width) {
    uint8_t *restrict r = row->channel[0], *restrict g = row->channel[1];
    uint8_t *restrict b = row->channel[2];
    for (size_t x = 0; x < width; x++) {
        unsigned pixel = in[2 * x] | (unsigned)in[2 * x + 1] << 8;
        r[x] = widened(pixel >> 11, MOST_5_BITS);
        g[x] = widened(pixel >> 5 & MOST_6_BITS, MOST_6_BITS);
        b[x] = widened(pixel & MOST_5_BITS, MOST_5_BITS);
    }
    memset(row->channel[3], 255, width);
}

static void pack_565(const ferryi_row *row, uint8_t *restrict out, size_t width) {
    const uint8_t *r = row->channel[0], *g = row->channel[1], *b = row->channel[2];
    for (size_t x = 0; x < width; x++) {
        unsigned pixel = narrowed(r[x], MOST_5_BITS) << 11 | narrowed(g[x], MOST_6_BITS) << 5 |
                         narrowed(b[x], MOST_5_BITS);
        out[2 * x] = (uint8_t)pixel;
        out[2 * x + 1] = (uint8_t)(pixel >> 8);
    }
}

static void unpack_words(const uint8_t *in, ferryi_row *row, size_t width) {
    for (size_t x = 0; x < width; x++, in += 6)
        for (size_t i = 0; i < 3; i++)
            row->channel[i][x] = ferryi_color_byte((uint16_t)(in[2 * i] | in[2 * i + 1] << 8));
    memset(row->channel[3], 255, width);
}

static void pack_words(const ferryi_row *row, uint8_t *out, size_t width) {
    for (size_t x = 0; x < width; x++, out += 6)
        for (size_t i = 0; i < 3; i++) /* a byte twice: times 257 */
            out[2 * i] = out[2 * i + 1] = row->channel[i][x];
}

void ferryi_rgb_unpack(const ferryi_format *format, const uint8_t *in, ferryi_row *row,
                       size_t width) {
    if (format->packing == FERRYI_RGB_565)
        unpack_565(in, row, width);
    else if (format->packing == FERRYI_RGB_WORDS)
        unpack_words(in, row, width);
    else
        unpack_bytes(format, in, row, width);
}

void ferryi_rgb_pack(const ferryi_format *format, const ferryi_row *row, uint8_t *out,
                     size_t width) {
    if (format->packing == FERRYI_RGB_565)
        pack_565(row, out, width);
    else if (format->packing == FERRYI_RGB_WORDS)
        pack_words(row, out, width);
    else
        pack_bytes(format, row, out, width);
}
