/* TGA (Truevision TGA File Format Specification 2.0). A few lines of plain bytes and runs of them,
 * taken from the file as they lie there. */
#include "image/codec.h"

#include <frameferry/frame.h>
#include <string.h>

enum {
    HEADER = 18,
    PALETTE = 1, /* kinds */
    TRUE_COLOR = 2,
    GRAY = 3,
    RUN_LENGTH = 8,
    RIGHT_TO_LEFT = 0x10, /* in the descriptor */
    TOP_DOWN = 0x20,
    INTERLEAVED = 0xc0
};

/* There is no magic number, and any bytes may pass for a header: the name decides. */
static bool matches(ferryi_bytes bytes, const char *name) {
    (void)bytes;
    return ferryi_codec_name_ends_in(name, ".tga");
}

typedef struct tga {
    bool has_palette, run_length, right_to_left, top_down;
    uint32_t kind, palette_start, palette_entries, palette_bits, bits;
    uint32_t width, height, descriptor;
    size_t palette_at, pixels_at;
} tga;

static size_t bytes_for(uint32_t bits) {
    return (bits + 7) / 8;
}

static tga fields_of(const uint8_t *data) {
    tga t = {.has_palette = data[1] == 1,
             .run_length = (data[2] & RUN_LENGTH) != 0,
             .kind = data[2] & ~(uint32_t)RUN_LENGTH,
             .palette_start = ferryi_codec_le16(data + 3),
             .palette_entries = ferryi_codec_le16(data + 5),
             .palette_bits = data[7],
             .width = ferryi_codec_le16(data + 12),
             .height = ferryi_codec_le16(data + 14),
             .bits = data[16],
             .descriptor = data[17],
             .right_to_left = (data[17] & RIGHT_TO_LEFT) != 0,
             .top_down = (data[17] & TOP_DOWN) != 0,
             .palette_at = HEADER + (size_t)data[0]};
    t.pixels_at = t.palette_at;
    if (t.has_palette) /* there may be one that the pixels do not use */
        t.pixels_at += t.palette_entries * bytes_for(t.palette_bits);
    return t;
}

/* The bits of a color, in the pixel or in the palette. */
static uint32_t color_bits(const tga *t) {
    return t->kind == PALETTE ? t->palette_bits : t->bits;
}

/* How many of these bits are opacity. There may be others, without a meaning. */
static uint32_t alpha_bits(const tga *t) {
    return t->descriptor & 0x0f;
}

/* The format that they make; 0 for none. */
static uint32_t format_of(const tga *t) {
    uint32_t bits = color_bits(t);
    if (t->kind == GRAY && bits == 8)
        return FERRY_FORMAT_GRAY;
    if (t->kind == GRAY) /* opacity in the second byte */
        return bits != 16 ? 0 : alpha_bits(t) != 0 ? FERRY_FORMAT_RGBA : FERRY_FORMAT_GRAY;
    if (bits == 32)
        return alpha_bits(t) != 0 ? FERRY_FORMAT_RGBA : FERRY_FORMAT_RGB24;
    return bits == 15 || bits == 16 || bits == 24 ? FERRY_FORMAT_RGB24 : 0;
}

static bool is_known(const tga *t, const uint8_t *data) {
    if (data[1] > 1 || t->kind < PALETTE || t->kind > GRAY)
        return false;
    if (t->kind == PALETTE &&
        (!t->has_palette || t->palette_entries == 0 || (t->bits != 8 && t->bits != 16)))
        return false;
    return format_of(t) != 0 && (t->descriptor & INTERLEAVED) == 0;
}

static ferryi_codec_result header(ferryi_bytes bytes, ferryi_picture *out) {
    if (bytes.length < HEADER)
        return FERRYI_CODEC_SHORT;
    tga t = fields_of(bytes.data);
    if (!is_known(&t, bytes.data))
        return ferryi_codec_bad_header(out, "this kind of TGA cannot be read");
    out->format = format_of(&t);
    out->width = t.width;
    out->height = t.height;
    out->offset = t.pixels_at;
    return FERRYI_CODEC_OK;
}

/* The end of the packets, each a byte with a count, and then one pixel to repeat or that many
 * pixels. 0: they end beyond the file. */
static size_t end_of_runs(ferryi_bytes bytes, size_t at, uint64_t pixels, size_t pixel_bytes) {
    while (pixels > 0) {
        if (at >= bytes.length)
            return 0;
        uint64_t count = 1 + (uint64_t)(bytes.data[at] & 127);
        count = count < pixels ? count : pixels;
        size_t stored = (bytes.data[at] & 128) != 0 ? pixel_bytes : (size_t)count * pixel_bytes;
        at++;
        if (bytes.length - at < stored)
            return 0;
        at += stored;
        pixels -= count;
    }
    return at;
}

static ferryi_codec_result inspect(ferryi_bytes bytes, ferryi_picture *picture) {
    tga t = fields_of(bytes.data);
    uint64_t pixels = (uint64_t)t.width * t.height;
    if (bytes.length < t.pixels_at)
        return FERRYI_CODEC_SHORT;
    picture->end = t.run_length ? end_of_runs(bytes, t.pixels_at, pixels, bytes_for(t.bits))
                                : t.pixels_at + (size_t)pixels * bytes_for(t.bits);
    return picture->end != 0 && picture->end <= bytes.length ? FERRYI_CODEC_OK : FERRYI_CODEC_SHORT;
}

/* The stored pixels, one after the other: inspect has seen that they are all there. */
typedef struct run {
    const uint8_t *at;
    size_t pixel_bytes;
    uint32_t left; /* of the packet */
    bool repeats;
} run;

static const uint8_t *next_pixel(run *r, bool run_length) {
    if (run_length && r->left == 0) {
        r->repeats = (*r->at & 128) != 0;
        r->left = 1 + (uint32_t)(*r->at & 127);
        r->at++;
    }
    const uint8_t *pixel = r->at;
    if (run_length)
        r->left--;
    if (!run_length || !r->repeats || r->left == 0)
        r->at += r->pixel_bytes;
    return pixel;
}

static uint8_t from5(uint32_t value) {
    return (uint8_t)(((value & 31) * 255 + 15) / 31);
}

static void put_color(const tga *t, const uint8_t *color, uint32_t format, uint8_t *out) {
    uint32_t bits = color_bits(t);
    if (t->kind == GRAY) {
        out[0] = color[0];
        if (format == FERRY_FORMAT_RGBA) {
            out[1] = out[2] = color[0];
            out[3] = color[1];
        }
        return;
    }
    if (bits < 24) {
        uint32_t value = ferryi_codec_le16(color);
        out[0] = from5(value >> 10);
        out[1] = from5(value >> 5);
        out[2] = from5(value);
        return;
    }
    out[0] = color[2];
    out[1] = color[1];
    out[2] = color[0];
    if (format == FERRY_FORMAT_RGBA)
        out[3] = color[3];
}

static ferry_status decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels) {
    tga t = fields_of(bytes.data);
    run stored = {.at = bytes.data + t.pixels_at, .pixel_bytes = bytes_for(t.bits)};
    size_t out_bytes = ferry_format_bit_count(picture->format) / 8;
    for (uint32_t y = 0; y < t.height; y++)
        for (uint32_t x = 0; x < t.width; x++) {
            const uint8_t *color = next_pixel(&stored, t.run_length);
            if (t.kind == PALETTE) {
                uint32_t index = t.bits == 8 ? color[0] : ferryi_codec_le16(color);
                if (index < t.palette_start || index - t.palette_start >= t.palette_entries) {
                    picture->problem = "it uses colors that its palette lacks";
                    return FERRY_UNREADABLE;
                }
                color = bytes.data + t.palette_at +
                        (index - t.palette_start) * bytes_for(t.palette_bits);
            }
            size_t column = t.right_to_left ? t.width - 1 - x : x,
                   row = t.top_down ? y : t.height - 1 - y;
            put_color(&t, color, picture->format, pixels + (row * t.width + column) * out_bytes);
        }
    if (picture->format == FERRY_FORMAT_RGBA)
        ferryi_codec_mend_alpha(pixels, (size_t)t.width * t.height);
    return FERRY_OK;
}

const ferryi_codec ferryi_codec_tga = {"TGA", matches, header, inspect, decode};
