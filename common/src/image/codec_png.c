/* PNG (W3C Recommendation, third edition). The chunks are walked through here, for size, format
 * and orientation, and to see whether the file is whole and can hold so large a picture. A library
 * decodes (png_decode.h). */
#include "image/codec.h"
#include "image/exif.h"
#include "image/png_decode.h"

#include <frameferry/frame.h>
#include <string.h>

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

enum {
    CHUNK_FRAME = 12, /* length, type and checksum around a chunk's data */
    HEADER_BYTES = 13,
    PALETTE = 3, /* color type */
    /* Bytes that one of deflate can become at most (a match of 258 bytes in two bits). */
    INFLATION_MAX = 1032
};

static bool matches(ferryi_bytes bytes, const char *name) {
    (void)name;
    return bytes.length >= sizeof signature && memcmp(bytes.data, signature, sizeof signature) == 0;
}

static bool has_type(const uint8_t *chunk, const char *type) {
    return memcmp(chunk + 4, type, 4) == 0;
}

/* The type of a chunk is four letters. Something else, such as zeros that a file is padded with, is
 * no chunk, and there may be gigabytes of it. */
static bool is_chunk(const uint8_t *chunk) {
    for (size_t i = 4; i < 8; i++)
        if (!((chunk[i] >= 'a' && chunk[i] <= 'z') || (chunk[i] >= 'A' && chunk[i] <= 'Z')))
            return false;
    return true;
}

#define NO_CHUNK "it is damaged or cut short"

/* Color types: 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha. */
static uint32_t format_of(uint32_t color, uint32_t depth, bool transparent) {
    if (color == 4 || color == 6 || transparent)
        return FERRY_FORMAT_RGBA;
    if (color == 0)
        return depth == 16 ? FERRY_FORMAT_GRAY16LE : FERRY_FORMAT_GRAY;
    return depth == 16 ? FERRY_FORMAT_RGB48LE : FERRY_FORMAT_RGB24;
}

static void read_orientation(const uint8_t *chunk, size_t length, ferryi_picture *out) {
    if (has_type(chunk, "eXIf") && out->orientation == 0)
        out->orientation = ferryi_exif_orientation((ferryi_bytes){chunk + 8, length, true});
}

/* Whether a palette or a key color makes pixels transparent is known when the pixels begin. */
static ferryi_codec_result header(ferryi_bytes bytes, ferryi_picture *out) {
    size_t at = sizeof signature;
    const uint8_t *ihdr = bytes.data + at;
    if (bytes.length < at + CHUNK_FRAME + HEADER_BYTES)
        return FERRYI_CODEC_SHORT;
    if (ferryi_codec_be32(ihdr) != HEADER_BYTES || !has_type(ihdr, "IHDR"))
        return ferryi_codec_bad_header(out, "its header is damaged");
    out->width = ferryi_codec_be32(ihdr + 8);
    out->height = ferryi_codec_be32(ihdr + 12);
    uint32_t depth = ihdr[16], color = ihdr[17];
    if (color > 6 || color == 1 || color == 5)
        return ferryi_codec_bad_header(out, "its header is damaged");
    bool transparent = false, has_palette = false;
    for (;;) {
        if (bytes.length - at < 8)
            return FERRYI_CODEC_SHORT;
        const uint8_t *chunk = bytes.data + at;
        uint64_t length = ferryi_codec_be32(chunk);
        if (!is_chunk(chunk))
            return ferryi_codec_bad_header(out, NO_CHUNK);
        transparent = transparent || has_type(chunk, "tRNS");
        has_palette = has_palette || has_type(chunk, "PLTE");
        if (has_type(chunk, "IDAT") || has_type(chunk, "IEND"))
            break;
        if (bytes.length - at < length + CHUNK_FRAME)
            return FERRYI_CODEC_SHORT;
        read_orientation(chunk, (size_t)length, out);
        at += (size_t)length + CHUNK_FRAME;
    }
    if (color == PALETTE && !has_palette)
        return ferryi_codec_bad_header(out, "it has no palette");
    out->format = format_of(color, depth, transparent);
    out->offset = at;
    return FERRYI_CODEC_OK;
}

/* The bytes of all rows, as they are compressed: each has the number of its filter before it.
 * Interlaced ones are some more. */
static uint64_t bytes_of_rows(const uint8_t *ihdr) {
    static const uint8_t samples[] = {1, 0, 3, 1, 2, 0, 4};
    uint64_t row_bits = (uint64_t)ferryi_codec_be32(ihdr + 8) * samples[ihdr[17]] * ihdr[16];
    return ((row_bits + 7) / 8 + 1) * ferryi_codec_be32(ihdr + 12);
}

/* Checksums are for the decoder, which knows which of them matter. */
static ferryi_codec_result inspect(ferryi_bytes bytes, ferryi_picture *picture) {
    size_t at = sizeof signature;
    uint64_t compressed = 0;
    for (;;) {
        const uint8_t *chunk = bytes.data + at;
        size_t left = bytes.length - at;
        uint64_t length = left < 8 ? 0 : ferryi_codec_be32(chunk);
        if (left >= 8 && !is_chunk(chunk))
            return ferryi_codec_bad_header(picture, NO_CHUNK);
        if (left < length + CHUNK_FRAME)
            return FERRYI_CODEC_SHORT;
        if (has_type(chunk, "IDAT"))
            compressed += length;
        read_orientation(chunk, (size_t)length, picture);
        at += (size_t)length + CHUNK_FRAME;
        if (has_type(chunk, "IEND"))
            break;
    }
    picture->end = at;
    if (compressed * INFLATION_MAX < bytes_of_rows(bytes.data + sizeof signature))
        return ferryi_codec_bad_header(picture,
                                       "it is damaged: it has too few bytes for so many pixels");
    return FERRYI_CODEC_OK;
}

const ferryi_codec ferryi_codec_png = {"PNG", matches, header, inspect, ferryi_png_decode};
