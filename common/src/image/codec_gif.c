/* GIF (GIF89a specification), the first frame. stb_image decodes; it takes a file that is cut short
 * for a whole one, so the blocks of the frame are counted here. */
#include "codec.h"

#include <frameferry/frame.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 13, BACKGROUND_AT = 11, EXTENSION = 0x21, IMAGE = 0x2c, HAS_TABLE = 0x80 };

static bool matches(ferryi_bytes bytes, const char *name) {
    (void)name;
    return bytes.length >= 6 &&
           (memcmp(bytes.data, "GIF87a", 6) == 0 || memcmp(bytes.data, "GIF89a", 6) == 0);
}

/* Steps over the color table that flags may announce. */
static bool step_over_colors(ferryi_bytes bytes, size_t *at, uint32_t flags) {
    size_t size = (flags & HAS_TABLE) != 0 ? (size_t)3 * (2u << (flags & 7)) : 0;
    if (bytes.length - *at < size)
        return false;
    *at += size;
    return true;
}

/* Steps over blocks, each of which has its size before it, and the empty one that ends them. False
 * when that is not there; at may lie behind the bytes then. */
static bool step_over_blocks(ferryi_bytes bytes, size_t *at) {
    while (*at < bytes.length) {
        size_t size = bytes.data[*at];
        *at += size + 1;
        if (size == 0)
            return true;
    }
    return false;
}

static ferryi_header read_image(ferryi_bytes bytes, size_t at, bool has_colors,
                                ferryi_picture *out) {
    if (bytes.length - at < 10)
        return FERRYI_HEADER_SHORT;
    const uint8_t *image = bytes.data + at + 1;
    at += 10;
    if (!step_over_colors(bytes, &at, image[8]))
        return FERRYI_HEADER_SHORT;
    if (!has_colors && (image[8] & HAS_TABLE) == 0)
        return ferryi_header_bad(out, "it has no color table");
    if ((int64_t)ferryi_le16(image) + ferryi_le16(image + 4) > out->width ||
        (int64_t)ferryi_le16(image + 2) + ferryi_le16(image + 6) > out->height)
        return ferryi_header_bad(out, "its first frame lies outside the picture");
    out->format = FERRY_FORMAT_RGBA;
    out->offset = at;
    return FERRYI_HEADER_OK;
}

/* The offset is that of the first frame's pixels. */
static ferryi_header header(ferryi_bytes bytes, ferryi_picture *out) {
    if (bytes.length < HEADER)
        return FERRYI_HEADER_SHORT;
    out->width = ferryi_le16(bytes.data + 6);
    out->height = ferryi_le16(bytes.data + 8);
    uint32_t flags = bytes.data[10];
    size_t at = HEADER;
    if (!step_over_colors(bytes, &at, flags))
        return FERRYI_HEADER_SHORT;
    while (at < bytes.length && bytes.data[at] == EXTENSION) {
        at += 2;
        if (at > bytes.length || !step_over_blocks(bytes, &at))
            return FERRYI_HEADER_SHORT;
    }
    if (at >= bytes.length)
        return FERRYI_HEADER_SHORT;
    if (bytes.data[at] != IMAGE)
        return ferryi_header_bad(out, "it holds no picture");
    return read_image(bytes, at, (flags & HAS_TABLE) != 0, out);
}

/* A frame whose blocks are all there is whole, even if its codes end before its last pixel: what
 * they leave out is transparent. */
static const char *inspect(ferryi_bytes bytes, const ferryi_picture *picture) {
    size_t at = picture->offset;
    if (at >= bytes.length)
        return FERRYI_CUT_SHORT;
    /* How many bits a color takes. stb_image bears up to 12, but colors are 8 bits for it. */
    uint32_t color_bits = bytes.data[at++];
    if (color_bits < 1 || color_bits > 8)
        return "its first frame is damaged";
    return step_over_blocks(bytes, &at) ? NULL : FERRYI_CUT_SHORT;
}

/* Pixels that the frame does not cover are to be transparent, as programs that show GIF have it.
 * stb_image gives them the background color, with red and blue exchanged, unless that is the color
 * 0: so it gets a copy of the file that says so. */
static ferry_status decode(ferryi_bytes bytes, const ferryi_picture *picture, uint8_t *pixels) {
    uint8_t *copy = malloc(bytes.length);
    if (copy == NULL)
        return FERRY_NO_MEMORY;
    memcpy(copy, bytes.data, bytes.length);
    copy[BACKGROUND_AT] = 0;
    ferry_status status = ferryi_stb_decode((ferryi_bytes){copy, bytes.length}, picture, pixels);
    free(copy);
    return status;
}

const ferryi_codec ferryi_codec_gif = {"GIF", matches, header, inspect, decode};
