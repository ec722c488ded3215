/* BMP (bitmap storage and bitmap compression in the Win32 manual; the header of 12 bytes and that
 * of 64 are OS/2's). Pixels are taken from the file as they lie there, or from runs of them. */
#include "image/codec.h"

#include <frameferry/frame.h>
#include <string.h>

enum {
    FILE_HEADER = 14,
    CORE = 12, /* sizes of the second header */
    INFO = 40,
    INFO_V2 = 52,
    INFO_V3 = 56,
    OS2_V2 = 64,
    INFO_V4 = 108,
    INFO_V5 = 124,
    PLAIN = 0, /* compression */
    RLE8 = 1,
    RLE4 = 2,
    BITFIELDS = 3,
    ALPHA_BITFIELDS = 6,
    MASKS_AT = FILE_HEADER + INFO, /* in the header, or behind the short one */
};

static bool matches(ferryi_bytes bytes, const char *name) {
    (void)name;
    /* Two letters are little to go by, but then comes the size of a header, which is never large.
     */
    return bytes.length >= FILE_HEADER + 4 && bytes.data[0] == 'B' && bytes.data[1] == 'M' &&
           ferryi_codec_le32(bytes.data + FILE_HEADER) < 256;
}

/* Where one color stands in a pixel of 16 or 32 bits. */
typedef struct field {
    uint32_t mask, shift, full; /* full: the largest value; 0: there is no such field */
} field;

typedef struct bmp {
    uint32_t header, bits, compression, pixels_at;
    int64_t width, height; /* height negative: the first row is the upper one */
    field color[4];        /* red, green, blue, alpha */
    size_t palette_at;
    uint32_t entry_bytes, entries; /* of the palette; 0: none */
} bmp;

/* False if the bits do not stand together. */
static bool set_field(field *out, uint32_t mask) {
    *out = (field){.mask = mask};
    if (mask == 0)
        return true;
    while ((mask >> out->shift & 1) == 0)
        out->shift++;
    out->full = mask >> out->shift;
    return (out->full & (out->full + 1)) == 0;
}

static bool set_fields(bmp *b, uint32_t red, uint32_t green, uint32_t blue, uint32_t alpha) {
    return set_field(&b->color[0], red) && set_field(&b->color[1], green) &&
           set_field(&b->color[2], blue) && set_field(&b->color[3], alpha);
}

static bool has_masks(const bmp *b) {
    return b->compression == BITFIELDS || b->compression == ALPHA_BITFIELDS;
}

/* How many masks the file gives, in the header or behind it. */
static uint32_t mask_count(const bmp *b) {
    if (b->header > INFO)
        return b->header == INFO_V2 ? 3 : 4;
    return b->compression == ALPHA_BITFIELDS ? 4 : 3;
}

/* The end of the header with the masks, where a palette begins. */
static size_t end_of_masks(const bmp *b) {
    size_t end = FILE_HEADER + (size_t)b->header;
    return has_masks(b) && b->header == INFO ? end + 4 * (size_t)mask_count(b) : end;
}

static bool read_masks(ferryi_bytes bytes, bmp *b) {
    if (b->bits == 16 && !has_masks(b))
        return set_fields(b, 0x7c00, 0x03e0, 0x001f, 0);
    if (b->bits == 32 && !has_masks(b)) /* the fourth byte has no meaning */
        return set_fields(b, 0xff0000, 0xff00, 0xff, 0);
    const uint8_t *masks = bytes.data + MASKS_AT;
    return set_fields(b, ferryi_codec_le32(masks), ferryi_codec_le32(masks + 4),
                      ferryi_codec_le32(masks + 8),
                      mask_count(b) == 4 ? ferryi_codec_le32(masks + 12) : 0);
}

/* The palette lies between header and pixels. It counts as far as pixels can point into it. */
static void find_palette(bmp *b, uint32_t colors_used) {
    if (b->bits > 8)
        return;
    b->entry_bytes = b->header == CORE ? 3 : 4;
    b->palette_at = end_of_masks(b);
    b->entries = colors_used != 0 && colors_used < 1u << b->bits ? colors_used : 1u << b->bits;
    uint64_t room =
        b->pixels_at > b->palette_at ? (b->pixels_at - b->palette_at) / b->entry_bytes : 0;
    if (b->entries > room)
        b->entries = (uint32_t)room;
}

static bool is_in_runs(const bmp *b) {
    return b->compression == RLE8 || b->compression == RLE4;
}

#define UNKNOWN_KIND "this kind of BMP cannot be read"
#define LACKS_COLORS "it uses colors that its palette lacks"

static const char *kind_problem(const bmp *b) {
    if (is_in_runs(b))
        return b->bits == (b->compression == RLE8 ? 8 : 4) ? NULL : UNKNOWN_KIND;
    bool known = has_masks(b)
                     ? b->header >= INFO && b->header != OS2_V2 && (b->bits == 16 || b->bits == 32)
                     : b->compression == PLAIN &&
                           (b->bits == 1 || b->bits == 2 || b->bits == 4 || b->bits == 8 ||
                            b->bits == 16 || b->bits == 24 || b->bits == 32);
    return known ? NULL : UNKNOWN_KIND;
}

static ferryi_codec_result read_fields(ferryi_bytes bytes, bmp *out, ferryi_picture *picture) {
    const uint8_t *data = bytes.data;
    uint32_t size = ferryi_codec_le32(data + FILE_HEADER), colors_used = 0;
    *out = (bmp){.header = size, .pixels_at = ferryi_codec_le32(data + 10)};
    if (size != CORE && size != INFO && size != INFO_V2 && size != INFO_V3 && size != OS2_V2 &&
        size != INFO_V4 && size != INFO_V5)
        return ferryi_codec_bad_header(picture, UNKNOWN_KIND);
    if (bytes.length < FILE_HEADER + (size_t)size)
        return FERRYI_CODEC_SHORT;
    if (size == CORE) {
        out->width = ferryi_codec_le16(data + 18);
        out->height = ferryi_codec_le16(data + 20);
        out->bits = ferryi_codec_le16(data + 24);
    } else {
        out->width = (int32_t)ferryi_codec_le32(data + 18);
        out->height = (int32_t)ferryi_codec_le32(data + 22);
        out->bits = ferryi_codec_le16(data + 28);
        out->compression = ferryi_codec_le32(data + 30);
        colors_used = ferryi_codec_le32(data + 46);
    }
    const char *problem = kind_problem(out);
    if (problem != NULL)
        return ferryi_codec_bad_header(picture, problem);
    if (bytes.length < end_of_masks(out))
        return FERRYI_CODEC_SHORT;
    if ((out->bits == 16 || out->bits == 32) && !read_masks(bytes, out))
        return ferryi_codec_bad_header(picture, "the bits of a color in it do not stand together");
    find_palette(out, colors_used);
    return FERRYI_CODEC_OK;
}

static ferryi_codec_result header(ferryi_bytes bytes, ferryi_picture *out) {
    bmp b;
    ferryi_codec_result read = read_fields(bytes, &b, out);
    if (read != FERRYI_CODEC_OK)
        return read;
    if (b.pixels_at < end_of_masks(&b))
        return ferryi_codec_bad_header(out,
                                       "its header says that the pixels begin within the header");
    out->width = b.width;
    out->height = b.height < 0 ? -b.height : b.height;
    out->format = b.color[3].full != 0 ? FERRY_FORMAT_RGBA : FERRY_FORMAT_RGB24;
    out->offset = b.pixels_at;
    return FERRYI_CODEC_OK;
}

static uint64_t row_bytes(const bmp *b) {
    return ((uint64_t)b->width * b->bits + 7) / 8;
}

/* Rows begin at multiples of 4 bytes. */
static uint64_t stride(const bmp *b) {
    return (row_bytes(b) + 3) / 4 * 4;
}

static uint32_t index_at(const uint8_t *row, const bmp *b, uint64_t x) {
    uint64_t bit = x * b->bits;
    return (uint32_t)row[bit / 8] >> (8 - b->bits - bit % 8) & ((1u << b->bits) - 1);
}

static bool indices_have_colors(const uint8_t *row, const bmp *b) {
    for (uint64_t x = 0; x < (uint64_t)b->width; x++)
        if (index_at(row, b, x) >= b->entries)
            return false;
    return true;
}

/* ---- runs: pairs of a count and a color, or of 0 and an order ---- */

enum { END_OF_ROW, END_OF_PICTURE, MOVE, SKIP_MAX = 255 * 255, SKIP_BYTES = 4 };

typedef struct runs {
    ferryi_bytes bytes;
    const bmp *b;
    size_t at;
    int64_t x, y; /* y in the order of the file */
    int64_t height;
    uint8_t *pixels; /* rgb24; NULL: runs are only looked through */
    bool lacks_colors;
} runs;

static void put_color(runs *r, uint32_t index) {
    const bmp *b = r->b;
    if (r->x >= b->width)
        return;
    if (index >= b->entries) {
        r->lacks_colors = true;
    } else if (r->pixels != NULL) {
        const uint8_t *color = r->bytes.data + b->palette_at + index * (size_t)b->entry_bytes;
        int64_t row = b->height < 0 ? r->y : r->height - 1 - r->y;
        uint8_t *out = r->pixels + (row * b->width + r->x) * 3;
        out[0] = color[2];
        out[1] = color[1];
        out[2] = color[0];
    }
    r->x++;
}

/* The color of a pixel in a row of bytes, each of which has one or two of them. */
static uint32_t color_in(const runs *r, const uint8_t *colors, uint32_t i) {
    if (r->b->bits == 8)
        return colors[i];
    return i % 2 == 0 ? colors[i / 2] >> 4 : colors[i / 2] & 15u;
}

static void repeat_colors(runs *r, uint32_t count, uint8_t value) {
    const uint8_t both[2] = {value, value};
    for (uint32_t i = 0; i < count && r->x < r->b->width; i++)
        put_color(r, color_in(r, both, r->b->bits == 8 ? 0 : i % 2));
}

/* False: the bytes end too early. */
static bool take_colors(runs *r, uint32_t count) {
    size_t length = r->b->bits == 8 ? count : (count + 1) / 2;
    if (r->bytes.length - r->at < length)
        return false;
    for (uint32_t i = 0; i < count; i++)
        put_color(r, color_in(r, r->bytes.data + r->at, i));
    r->at += length;
    if (length % 2 != 0 && r->at < r->bytes.length)
        r->at++; /* the next pair begins at an even place */
    return true;
}

static bool move(runs *r) {
    if (r->bytes.length - r->at < 2)
        return false;
    r->x += r->bytes.data[r->at];
    r->y += r->bytes.data[r->at + 1];
    r->at += 2;
    return true;
}

/* Follows the runs to their end, or to that of the picture. False: the bytes end too early. */
static bool follow_runs(runs *r) {
    const bmp *b = r->b;
    while (r->y < r->height && !(r->y == r->height - 1 && r->x >= b->width)) {
        if (r->bytes.length - r->at < 2)
            return false;
        uint8_t count = r->bytes.data[r->at], value = r->bytes.data[r->at + 1];
        r->at += 2;
        if (count > 0) {
            repeat_colors(r, count, value);
        } else if (value == END_OF_ROW) {
            r->x = 0;
            r->y++;
        } else if (value == END_OF_PICTURE) {
            return true;
        } else if (!(value == MOVE ? move(r) : take_colors(r, value))) {
            return false;
        }
    }
    return true;
}

/* Skipped pixels have the first color, which has to be there. */
static ferryi_codec_result inspect_runs(ferryi_bytes bytes, const bmp *b, ferryi_picture *picture) {
    runs r = {.bytes = bytes,
              .b = b,
              .at = b->pixels_at,
              .height = picture->height,
              .lacks_colors = b->entries == 0};
    if (b->pixels_at > bytes.length || !follow_runs(&r))
        return FERRYI_CODEC_SHORT;
    picture->end = r.at;
    if (r.lacks_colors)
        return ferryi_codec_bad_header(picture, LACKS_COLORS);
    uint64_t most = (uint64_t)(r.at - b->pixels_at) * (SKIP_MAX / SKIP_BYTES);
    if (most < (uint64_t)b->width * (uint64_t)r.height)
        return ferryi_codec_bad_header(picture, FERRYI_CUT_SHORT);
    return FERRYI_CODEC_OK;
}

static void decode_runs(ferryi_bytes bytes, const bmp *b, int64_t height, uint8_t *pixels) {
    runs r = {.bytes = bytes, .b = b, .height = height, .pixels = pixels};
    for (r.y = 0; r.y < height; r.y++)
        for (r.x = 0; r.x < b->width;)
            put_color(&r, 0);
    r.x = r.y = 0;
    r.at = b->pixels_at;
    follow_runs(&r);
}

static ferryi_codec_result inspect(ferryi_bytes bytes, ferryi_picture *picture) {
    bmp b;
    ferryi_codec_result read = read_fields(bytes, &b, picture);
    if (read != FERRYI_CODEC_OK)
        return read;
    if (is_in_runs(&b))
        return inspect_runs(bytes, &b, picture);
    /* The padding of the last row is not needed, and not every program writes it. */
    uint64_t rows = (uint64_t)picture->height,
             end = picture->offset + stride(&b) * (rows - 1) + row_bytes(&b);
    picture->end = end;
    if (bytes.length < end)
        return FERRYI_CODEC_SHORT;
    if (b.bits > 8 || b.entries >= 1u << b.bits)
        return FERRYI_CODEC_OK;
    for (uint64_t y = 0; y < rows; y++)
        if (!indices_have_colors(bytes.data + picture->offset + y * stride(&b), &b))
            return ferryi_codec_bad_header(picture, LACKS_COLORS);
    return FERRYI_CODEC_OK;
}

static uint8_t value_of(const field *f, uint32_t pixel) {
    if (f->full == 0)
        return 0;
    uint64_t value = (pixel & f->mask) >> f->shift;
    return (uint8_t)((value * 255 + f->full / 2) / f->full);
}

static void take_fields(const uint8_t *row, const bmp *b, uint8_t *out) {
    bool alpha = b->color[3].full != 0;
    for (int64_t x = 0; x < b->width; x++) {
        uint32_t pixel =
            b->bits == 16 ? ferryi_codec_le16(row + 2 * x) : ferryi_codec_le32(row + 4 * x);
        for (size_t i = 0; i < (alpha ? 4u : 3u); i++)
            *out++ = value_of(&b->color[i], pixel);
    }
}

static void take_indices(const uint8_t *row, const bmp *b, const uint8_t *palette, uint8_t *out) {
    for (int64_t x = 0; x < b->width; x++, out += 3) {
        const uint8_t *color = palette + index_at(row, b, (uint64_t)x) * (size_t)b->entry_bytes;
        out[0] = color[2];
        out[1] = color[1];
        out[2] = color[0];
    }
}

static void take_bgr(const uint8_t *row, const bmp *b, uint8_t *out) {
    for (int64_t x = 0; x < b->width; x++, row += 3, out += 3) {
        out[0] = row[2];
        out[1] = row[1];
        out[2] = row[0];
    }
}

static ferry_status decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels) {
    bmp b;
    if (read_fields(bytes, &b, picture) != FERRYI_CODEC_OK)
        return FERRY_UNREADABLE;
    if (is_in_runs(&b)) {
        decode_runs(bytes, &b, picture->height, pixels);
        return FERRY_OK;
    }
    size_t pixel_bytes = picture->format == FERRY_FORMAT_RGBA ? 4 : 3,
           out_stride = (size_t)b.width * pixel_bytes;
    for (int64_t y = 0; y < picture->height; y++) {
        const uint8_t *row = bytes.data + picture->offset + (uint64_t)y * stride(&b);
        uint8_t *out = pixels + (size_t)(b.height < 0 ? y : picture->height - 1 - y) * out_stride;
        if (b.bits <= 8)
            take_indices(row, &b, bytes.data + b.palette_at, out);
        else if (b.bits == 24)
            take_bgr(row, &b, out);
        else
            take_fields(row, &b, out);
    }
    if (picture->format == FERRY_FORMAT_RGBA)
        ferryi_codec_mend_alpha(pixels, (size_t)picture->width * (size_t)picture->height);
    return FERRY_OK;
}

const ferryi_codec ferryi_codec_bmp = {"BMP", matches, header, inspect, decode};
