/* PNG (W3C Recommendation, third edition). stb_image decodes; what it does not look at is checked
 * here: that every chunk is whole and its checksum right, and that the file ends with IEND. */
#include "codec.h"

#include <frameferry/frame.h>
#include <string.h>

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
enum { CHUNK_FRAME = 12 }; /* length, type and checksum around a chunk's data */

static bool matches(ferryi_bytes bytes, const char *name) {
    (void)name;
    return bytes.length >= sizeof signature && memcmp(bytes.data, signature, sizeof signature) == 0;
}

static bool has_type(const uint8_t *chunk, const char *type) {
    return memcmp(chunk + 4, type, 4) == 0;
}

/* Color types: 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha. */
static uint32_t format_of(uint32_t color, uint32_t depth, bool transparent) {
    if (color == 4 || color == 6 || transparent)
        return FERRY_FORMAT_RGBA;
    if (color == 0)
        return depth == 16 ? FERRY_FORMAT_GRAY16LE : FERRY_FORMAT_GRAY;
    return FERRY_FORMAT_RGB24;
}

/* Whether a palette or a key color makes pixels transparent is known when the pixels begin. */
static ferryi_header header(ferryi_bytes bytes, ferryi_picture *out) {
    size_t at = sizeof signature;
    const uint8_t *ihdr = bytes.data + at;
    if (bytes.length < at + CHUNK_FRAME + 13)
        return FERRYI_HEADER_SHORT;
    if (ferryi_be32(ihdr) != 13 || !has_type(ihdr, "IHDR"))
        return ferryi_header_bad(out, "its header is damaged");
    out->width = ferryi_be32(ihdr + 8);
    out->height = ferryi_be32(ihdr + 12);
    uint32_t depth = ihdr[16], color = ihdr[17];
    if (color > 6 || color == 1 || color == 5)
        return ferryi_header_bad(out, "its header is damaged");
    bool transparent = false;
    for (;;) {
        if (bytes.length - at < 8)
            return FERRYI_HEADER_SHORT;
        const uint8_t *chunk = bytes.data + at;
        uint64_t length = ferryi_be32(chunk);
        transparent = transparent || has_type(chunk, "tRNS");
        if (has_type(chunk, "IDAT") || has_type(chunk, "IEND"))
            break;
        if (bytes.length - at < length + CHUNK_FRAME)
            return FERRYI_HEADER_SHORT;
        at += (size_t)length + CHUNK_FRAME;
    }
    out->format = format_of(color, depth, transparent);
    out->offset = at;
    return FERRYI_HEADER_OK;
}

typedef struct crc_table {
    uint32_t entry[256];
} crc_table;

/* Made anew for each file: 2048 steps, and no state to share between threads. */
static void make_crc_table(crc_table *table) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = (c & 1) != 0 ? 0xedb88320u ^ (c >> 1) : c >> 1;
        table->entry[i] = c;
    }
}

static uint32_t crc_of(const crc_table *table, const uint8_t *data, size_t length) {
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < length; i++)
        crc = table->entry[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
    return ~crc;
}

static const char *inspect(ferryi_bytes bytes, const ferryi_picture *picture) {
    (void)picture;
    crc_table table;
    make_crc_table(&table);
    size_t at = sizeof signature;
    for (;;) {
        const uint8_t *chunk = bytes.data + at;
        size_t left = bytes.length - at;
        uint64_t length = left < 8 ? 0 : ferryi_be32(chunk);
        if (left < length + CHUNK_FRAME)
            return FERRYI_CUT_SHORT;
        if (crc_of(&table, chunk + 4, (size_t)length + 4) != ferryi_be32(chunk + 8 + length))
            return "a checksum in it is wrong: it is damaged";
        if (has_type(chunk, "IEND"))
            return NULL;
        at += (size_t)length + CHUNK_FRAME;
    }
}

const ferryi_codec ferryi_codec_png = {"PNG", matches, header, inspect, ferryi_stb_decode};
