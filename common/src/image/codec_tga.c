/* TGA (Truevision TGA File Format Specification 2.0). stb_image decodes; it takes what is missing
 * from a file for zeros, so the room that the pixels need is checked here. */
#include "codec.h"

#include <frameferry/frame.h>
#include <string.h>

enum { HEADER = 18, PALETTE = 1, TRUE_COLOR = 2, GRAY = 3, RUN_LENGTH = 8 };

/* There is no magic number, and any bytes may pass for a header: the name decides. */
static bool matches(ferryi_bytes bytes, const char *name) {
    (void)bytes;
    static const char *const suffix[4] = {"..", "tT", "gG", "aA"};
    size_t length = strlen(name);
    if (length < 4)
        return false;
    for (size_t i = 0; i < 4; i++)
        if (name[length - 4 + i] != suffix[i][0] && name[length - 4 + i] != suffix[i][1])
            return false;
    return true;
}

typedef struct tga {
    bool has_palette, run_length;
    uint32_t kind, palette_start, palette_entries, palette_bits, bits;
} tga;

static tga fields_of(const uint8_t *data) {
    return (tga){.has_palette = data[1] == 1,
                 .run_length = (data[2] & RUN_LENGTH) != 0,
                 .kind = data[2] & ~(uint32_t)RUN_LENGTH,
                 .palette_start = ferryi_le16(data + 3),
                 .palette_entries = ferryi_le16(data + 5),
                 .palette_bits = data[7],
                 .bits = data[16]};
}

/* The format that color bits of a palette or pixel make; 0 for none. */
static uint32_t format_of(const tga *t) {
    switch (t->has_palette ? t->palette_bits : t->bits) {
    case 8: return FERRY_FORMAT_GRAY;
    case 16: return t->kind == GRAY ? FERRY_FORMAT_RGBA : FERRY_FORMAT_RGB24;
    case 15:
    case 24: return FERRY_FORMAT_RGB24;
    case 32: return FERRY_FORMAT_RGBA;
    default: return 0;
    }
}

static ferryi_header header(ferryi_bytes bytes, ferryi_picture *out) {
    if (bytes.length < HEADER)
        return FERRYI_HEADER_SHORT;
    const uint8_t *data = bytes.data;
    tga t = fields_of(data);
    bool known = t.has_palette ? t.kind == PALETTE : t.kind == TRUE_COLOR || t.kind == GRAY;
    out->format = format_of(&t);
    if (data[1] > 1 || !known || out->format == 0)
        return ferryi_header_bad(out, "this kind of TGA cannot be read");
    if (t.has_palette &&
        ((t.bits != 8 && t.bits != 16) || t.palette_entries == 0 || t.palette_start != 0))
        return ferryi_header_bad(out, "this kind of TGA cannot be read");
    out->width = ferryi_le16(data + 12);
    out->height = ferryi_le16(data + 14);
    out->offset = HEADER + (size_t)data[0];
    if (t.has_palette)
        out->offset += t.palette_entries * (size_t)((t.palette_bits + 7) / 8);
    return FERRYI_HEADER_OK;
}

/* Packets: a byte with a count, then one pixel to repeat or that many pixels. */
static bool runs_are_whole(ferryi_bytes bytes, size_t at, uint64_t pixels, size_t pixel_bytes) {
    while (pixels > 0) {
        if (at >= bytes.length)
            return false;
        uint64_t count = 1 + (uint64_t)(bytes.data[at] & 127);
        count = count < pixels ? count : pixels;
        size_t stored = (bytes.data[at] & 128) != 0 ? pixel_bytes : (size_t)count * pixel_bytes;
        at++;
        if (bytes.length - at < stored)
            return false;
        at += stored;
        pixels -= count;
    }
    return true;
}

static const char *inspect(ferryi_bytes bytes, const ferryi_picture *picture) {
    tga t = fields_of(bytes.data);
    uint64_t pixels = (uint64_t)picture->width * (uint64_t)picture->height;
    size_t pixel_bytes = (t.bits + 7) / 8;
    if (bytes.length < picture->offset)
        return FERRYI_CUT_SHORT;
    bool whole = t.run_length ? runs_are_whole(bytes, picture->offset, pixels, pixel_bytes)
                              : bytes.length - picture->offset >= pixels * pixel_bytes;
    return whole ? NULL : FERRYI_CUT_SHORT;
}

const ferryi_codec ferryi_codec_tga = {"TGA", matches, header, inspect, ferryi_stb_decode};
