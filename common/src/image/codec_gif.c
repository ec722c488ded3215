/* GIF (GIF89a specification), the first frame. stb_image decodes; it takes a file that is cut short
 * for a whole one, so the blocks of the frame are counted here. */
#include "codec.h"

#include <frameferry/frame.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 13, BACKGROUND_AT = 11, EXTENSION = 0x21, IMAGE = 0x2c, HAS_TABLE = 0x80 };
enum { CODE_BITS_MAX = 12, CODES = 1 << CODE_BITS_MAX };

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

/* Codes of a frame (GIF89a, appendix F). A code stands for pixels in a row; each one that is read
 * makes a new one, of the one before and one pixel. Only the numbers of pixels are kept here. */
typedef struct codes {
    uint16_t pixels_of[CODES];
    uint32_t clear, next, size;
    int32_t last; /* -1: none */
    uint64_t pixels;
} codes;

static void clear_codes(codes *c, uint32_t color_bits) {
    c->clear = 1u << color_bits;
    c->next = c->clear + 2;
    c->size = color_bits + 1;
    c->last = -1;
}

/* False when no more codes follow, or are damaged, which the decoder finds too. */
static bool count_code(codes *c, uint32_t color_bits, uint32_t code) {
    if (code == c->clear) {
        clear_codes(c, color_bits);
        return true;
    }
    if (code == c->clear + 1 || code > c->next || (code == c->next && c->last < 0))
        return false;
    if (c->last >= 0 && c->next < CODES)
        c->pixels_of[c->next++] = (uint16_t)(c->pixels_of[c->last] + 1);
    if (c->next == 1u << c->size && c->size < CODE_BITS_MAX)
        c->size++;
    c->pixels += c->pixels_of[code];
    c->last = (int32_t)code;
    return true;
}

/* Where the blocks can end, because those before make more pixels than there are; the length of the
 * file if they do not. stb_image decodes the rest too, and each of these codes costs it up to 4096
 * steps: a megabyte of them ten seconds. */
static size_t end_of_need(ferryi_bytes bytes, const ferryi_picture *picture) {
    uint32_t color_bits = bytes.data[picture->offset], held = 0, held_bits = 0;
    uint64_t wanted = (uint64_t)picture->width * (uint64_t)picture->height;
    codes c = {.pixels = 0};
    for (size_t i = 0; i < 1u << color_bits; i++)
        c.pixels_of[i] = 1;
    clear_codes(&c, color_bits);
    for (size_t at = picture->offset + 1; bytes.data[at] != 0; at += bytes.data[at] + (size_t)1) {
        if (c.pixels >= wanted)
            return at;
        for (size_t i = 1; i <= bytes.data[at]; i++) {
            held |= (uint32_t)bytes.data[at + i] << held_bits;
            for (held_bits += 8; held_bits >= c.size;) {
                uint32_t code = held & ((1u << c.size) - 1), size = c.size;
                if (!count_code(&c, color_bits, code))
                    return bytes.length;
                held >>= size;
                held_bits -= size;
            }
        }
    }
    return bytes.length;
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
    size_t end = end_of_need(bytes, picture);
    if (end < bytes.length)
        copy[end] = 0; /* the size of a block that ends them */
    ferry_status status = ferryi_stb_decode((ferryi_bytes){copy, bytes.length}, picture, pixels);
    free(copy);
    return status;
}

const ferryi_codec ferryi_codec_gif = {"GIF", matches, header, inspect, decode};
