/* GIF (GIF89a specification), the first frame. Pixels that the frame does not cover are
 * transparent, as programs that show GIF have it, and so are those whose color is not in the table.
 */
#include "image/codec.h"

#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 13, EXTENSION = 0x21, GRAPHIC_CONTROL = 0xf9, IMAGE = 0x2c, DESCRIPTOR = 10 };
enum { HAS_TABLE = 0x80, INTERLACED = 0x40, HAS_TRANSPARENT = 1 };
enum { CODE_BITS_MAX = 12, CODES = 1 << CODE_BITS_MAX };

static bool matches(ferryi_bytes bytes, const char *name) {
    (void)name;
    return bytes.length >= 6 &&
           (memcmp(bytes.data, "GIF87a", 6) == 0 || memcmp(bytes.data, "GIF89a", 6) == 0);
}

typedef struct gif {
    uint32_t width, height;                        /* of the canvas */
    uint32_t left, top, frame_width, frame_height; /* of the first frame */
    bool interlaced;
    int32_t transparent; /* -1: no color is */
    size_t colors_at;
    uint32_t colors; /* 0: there is no table */
    size_t codes_at;
} gif;

/* Steps over the color table that flags may announce, and notes it. */
static bool read_colors(ferryi_bytes bytes, size_t *at, uint32_t flags, gif *out) {
    if ((flags & HAS_TABLE) == 0)
        return true;
    size_t size = (size_t)3 * (2u << (flags & 7));
    if (bytes.length - *at < size)
        return false;
    out->colors_at = *at;
    out->colors = 2u << (flags & 7);
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

/* Steps over the blocks before the first frame, and notes which color is transparent. */
static bool read_extensions(ferryi_bytes bytes, size_t *at, gif *out) {
    while (*at < bytes.length && bytes.data[*at] == EXTENSION) {
        const uint8_t *extension = bytes.data + *at;
        *at += 2;
        if (*at > bytes.length || !step_over_blocks(bytes, at) || *at > bytes.length)
            return false;
        if (extension[1] == GRAPHIC_CONTROL && extension[2] >= 4)
            out->transparent = (extension[3] & HAS_TRANSPARENT) != 0 ? extension[6] : -1;
    }
    return *at < bytes.length;
}

static ferryi_codec_result read_frame(ferryi_bytes bytes, size_t at, gif *out,
                                      ferryi_picture *picture) {
    if (bytes.data[at] != IMAGE)
        return ferryi_codec_bad_header(picture, "it holds no picture");
    if (bytes.length - at < DESCRIPTOR)
        return FERRYI_CODEC_SHORT;
    const uint8_t *frame = bytes.data + at + 1;
    out->left = ferryi_codec_le16(frame);
    out->top = ferryi_codec_le16(frame + 2);
    out->frame_width = ferryi_codec_le16(frame + 4);
    out->frame_height = ferryi_codec_le16(frame + 6);
    out->interlaced = (frame[8] & INTERLACED) != 0;
    at += DESCRIPTOR;
    if (!read_colors(bytes, &at, frame[8], out))
        return FERRYI_CODEC_SHORT;
    if (out->colors == 0)
        return ferryi_codec_bad_header(picture, "it has no color table");
    out->codes_at = at;
    return FERRYI_CODEC_OK;
}

static ferryi_codec_result read_fields(ferryi_bytes bytes, gif *out, ferryi_picture *picture) {
    if (bytes.length < HEADER)
        return FERRYI_CODEC_SHORT;
    *out = (gif){.width = ferryi_codec_le16(bytes.data + 6),
                 .height = ferryi_codec_le16(bytes.data + 8),
                 .transparent = -1};
    size_t at = HEADER;
    if (!read_colors(bytes, &at, bytes.data[10], out) || !read_extensions(bytes, &at, out))
        return FERRYI_CODEC_SHORT;
    return read_frame(bytes, at, out, picture);
}

static ferryi_codec_result header(ferryi_bytes bytes, ferryi_picture *out) {
    gif g;
    ferryi_codec_result read = read_fields(bytes, &g, out);
    if (read != FERRYI_CODEC_OK)
        return read;
    /* The canvas may be left out. */
    out->width = g.width != 0 ? g.width : g.left + g.frame_width;
    out->height = g.height != 0 ? g.height : g.top + g.frame_height;
    if (g.frame_width > FERRY_IMAGE_MAX_SIDE || g.frame_height > FERRY_IMAGE_MAX_SIDE ||
        (uint64_t)g.frame_width * g.frame_height > FERRY_IMAGE_MAX_BYTES / 4) {
        out->width = g.frame_width; /* too large in any case, and it is said so */
        out->height = g.frame_height;
    }
    out->format = FERRY_FORMAT_RGBA;
    out->offset = g.codes_at;
    return FERRYI_CODEC_OK;
}

/* Whether so many bytes of codes can be all pixels of the frame. Each code stands for at most one
 * pixel more than the longest one before it, and there are no more codes than a table has. */
static bool has_room_for_pixels(ferryi_bytes bytes, size_t code_bytes, uint32_t color_bits) {
    gif g;
    ferryi_picture ignored;
    if (read_fields(bytes, &g, &ignored) != FERRYI_CODEC_OK)
        return false;
    uint64_t codes = (uint64_t)code_bytes * 8 / (color_bits + 1);
    return codes * (codes < CODES ? codes : CODES) >= (uint64_t)g.frame_width * g.frame_height;
}

static ferryi_codec_result inspect(ferryi_bytes bytes, ferryi_picture *picture) {
    size_t at = picture->offset;
    if (at >= bytes.length)
        return FERRYI_CODEC_SHORT;
    uint32_t color_bits = bytes.data[at++];
    if (color_bits < 1 || color_bits > 8)
        return ferryi_codec_bad_header(picture, "its first frame is damaged");
    if (!step_over_blocks(bytes, &at) || at > bytes.length)
        return FERRYI_CODEC_SHORT;
    picture->end = at;
    if (!has_room_for_pixels(bytes, at - picture->offset, color_bits))
        return ferryi_codec_bad_header(picture, FERRYI_CUT_SHORT);
    return FERRYI_CODEC_OK;
}

/* ---- the pixels of the frame, one after the other ---- */

typedef struct canvas {
    const gif *g;
    const uint8_t *colors;
    uint8_t *pixels;
    uint32_t width, height; /* of the picture */
    uint32_t x, y, pass;
} canvas;

/* Rows of an interlaced frame come in four passes. */
static const uint8_t pass_first[] = {0, 4, 2, 1}, pass_step[] = {8, 8, 4, 2};

static bool frame_is_full(const canvas *c) {
    return c->y >= c->g->frame_height;
}

static void next_row(canvas *c) {
    c->x = 0;
    if (!c->g->interlaced) {
        c->y++;
        return;
    }
    c->y += pass_step[c->pass];
    while (c->y >= c->g->frame_height && c->pass < 3)
        c->y = pass_first[++c->pass];
}

/* Pixels outside the picture are cut off. */
static void put_pixel(canvas *c, uint8_t index) {
    uint32_t x = c->g->left + c->x, y = c->g->top + c->y;
    if (x < c->width && y < c->height && index < c->g->colors && index != c->g->transparent) {
        uint8_t *pixel = c->pixels + ((size_t)y * c->width + x) * 4;
        memcpy(pixel, c->colors + (size_t)index * 3, 3);
        pixel[3] = 255;
    }
    if (++c->x == c->g->frame_width)
        next_row(c);
}

/* ---- codes (GIF89a, appendix F) ---- */

/* A code stands for pixels in a row. Each one that is read makes a new one, of the one before and
 * one pixel, until the table is full: then it stays as it is until a code clears it. */
typedef struct codes {
    uint16_t before[CODES];
    uint8_t pixel[CODES], first[CODES];
    uint32_t clear, next, size;
    int32_t last; /* -1: none */
} codes;

static void clear_codes(codes *c, uint32_t color_bits) {
    c->clear = 1u << color_bits;
    c->next = c->clear + 2;
    c->size = color_bits + 1;
    c->last = -1;
}

static void start_codes(codes *c, uint32_t color_bits) {
    clear_codes(c, color_bits);
    for (uint32_t i = 0; i < c->clear; i++)
        c->pixel[i] = c->first[i] = (uint8_t)i;
}

static void learn_code(codes *c, uint32_t code) {
    if (c->last < 0 || c->next == CODES)
        return;
    c->before[c->next] = (uint16_t)c->last;
    c->first[c->next] = c->first[c->last];
    c->pixel[c->next] = code == c->next ? c->first[c->last] : c->first[code];
    c->next++;
    if (c->next == 1u << c->size && c->size < CODE_BITS_MAX)
        c->size++;
}

static void put_code(const codes *c, uint32_t code, canvas *to) {
    uint8_t stack[CODES];
    size_t count = 0;
    for (; code > c->clear; code = c->before[code])
        stack[count++] = c->pixel[code];
    stack[count++] = (uint8_t)code;
    while (count > 0 && !frame_is_full(to))
        put_pixel(to, stack[--count]);
}

typedef enum step { GOES_ON, IS_OVER, IS_DAMAGED } step;

static step take_code(codes *c, uint32_t color_bits, uint32_t code, canvas *to) {
    if (code == c->clear) {
        clear_codes(c, color_bits);
        return GOES_ON;
    }
    if (code == c->clear + 1)
        return IS_OVER;
    if (code > c->next || (code >= c->clear && c->last < 0) ||
        (code == c->next && c->next == CODES))
        return IS_DAMAGED;
    learn_code(c, code);
    put_code(c, code, to);
    c->last = (int32_t)code;
    return frame_is_full(to) ? IS_OVER : GOES_ON;
}

static step take_codes(ferryi_bytes bytes, size_t at, canvas *to) {
    codes c;
    uint32_t color_bits = bytes.data[at++], held = 0, held_bits = 0;
    start_codes(&c, color_bits);
    for (; bytes.data[at] != 0; at += bytes.data[at] + (size_t)1)
        for (size_t i = 1; i <= bytes.data[at]; i++) {
            held |= (uint32_t)bytes.data[at + i] << held_bits;
            for (held_bits += 8; held_bits >= c.size;) {
                uint32_t code = held & ((1u << c.size) - 1), size = c.size;
                step did = take_code(&c, color_bits, code, to);
                if (did != GOES_ON)
                    return did;
                held >>= size;
                held_bits -= size;
            }
        }
    return IS_OVER;
}

static ferry_status decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels) {
    gif g;
    if (read_fields(bytes, &g, picture) != FERRYI_CODEC_OK)
        return FERRY_UNREADABLE;
    memset(pixels, 0, (size_t)picture->width * (size_t)picture->height * 4);
    canvas to = {.g = &g,
                 .colors = bytes.data + g.colors_at,
                 .pixels = pixels,
                 .width = (uint32_t)picture->width,
                 .height = (uint32_t)picture->height};
    step last = g.frame_width == 0 ? IS_OVER : take_codes(bytes, g.codes_at, &to);
    if (g.frame_width == 0 || (last != IS_DAMAGED && frame_is_full(&to)))
        return FERRY_OK;
    picture->problem = last == IS_DAMAGED ? "its first frame is damaged" : FERRYI_CUT_SHORT;
    return FERRY_UNREADABLE;
}

const ferryi_codec ferryi_codec_gif = {"GIF", matches, header, inspect, decode};
