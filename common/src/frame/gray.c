#include "frame/gray.h"

#include <string.h>

enum { MOST = UINT16_MAX };

static uint16_t word_at(const uint8_t *in) {
    return (uint16_t)(in[0] | in[1] << 8);
}

static void put_word(uint8_t *out, uint32_t value) {
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

/* A level of depth bits over 16 bits: its upper bits once more below it. That takes the greatest
 * level to 65535, and rounding it back gives the level again. */
static void unpack_words(const uint8_t *in, ferryi_row *row, size_t width, unsigned depth) {
    const unsigned most = (1u << depth) - 1, up = 16 - depth, down = 2 * depth - 16;
    for (size_t x = 0; x < width; x++) {
        unsigned level = word_at(in + 2 * x);
        level = level < most ? level : most;
        row->gray[x] = (uint16_t)(level << up | level >> down);
    }
}

static void pack_words(const ferryi_row *row, uint8_t *out, size_t width, unsigned depth) {
    const uint32_t most = (UINT32_C(1) << depth) - 1;
    for (size_t x = 0; x < width; x++)
        put_word(out + 2 * x, (row->gray[x] * most + MOST / 2) / MOST);
}

static float float_at(const uint8_t *in) {
    uint32_t bits = in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void unpack_floats(const uint8_t *in, ferryi_row *row, size_t width) {
    for (size_t x = 0; x < width; x++) {
        float value = float_at(in + 4 * x);
        /* No comparison is true of a NaN. */
        row->gray[x] = (uint16_t)(value >= 1 ? MOST : value > 0 ? value * MOST + 0.5f : 0);
    }
}

static void pack_floats(const ferryi_row *row, uint8_t *out, size_t width) {
    for (size_t x = 0; x < width; x++) {
        float value = (float)row->gray[x] / MOST;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        put_word(out + 4 * x, bits);
        put_word(out + 4 * x + 2, bits >> 16);
    }
}

void ferryi_gray_unpack(const ferryi_format *format, const uint8_t *in, ferryi_row *row,
                        size_t width) {
    if (format->packing == FERRYI_GRAY_FLOAT)
        unpack_floats(in, row, width);
    else if (format->depth == 8)
        for (size_t x = 0; x < width; x++)
            row->gray[x] = (uint16_t)(in[x] * 257);
    else if (format->depth == 16)
        for (size_t x = 0; x < width; x++)
            row->gray[x] = word_at(in + 2 * x);
    else
        unpack_words(in, row, width, format->depth);
}

void ferryi_gray_pack(const ferryi_format *format, const ferryi_row *row, uint8_t *out,
                      size_t width) {
    if (format->packing == FERRYI_GRAY_FLOAT)
        pack_floats(row, out, width);
    else if (format->depth == 8)
        for (size_t x = 0; x < width; x++)
            out[x] = ferryi_color_byte(row->gray[x]);
    else if (format->depth == 16)
        for (size_t x = 0; x < width; x++)
            put_word(out + 2 * x, row->gray[x]);
    else
        pack_words(row, out, width, format->depth);
}
