/* BMP (bitmap storage in the Win32 manual). stb_image decodes; it fills up what a file lacks with
 * zeros and colors that a palette lacks with chance bytes, so both are looked for here. */
#include "codec.h"

#include <frameferry/frame.h>

enum {
    FILE_HEADER = 14,
    CORE = 12, /* sizes of the second header */
    INFO = 40,
    INFO_V3 = 56,
    INFO_V4 = 108,
    INFO_V5 = 124,
    PLAIN = 0, /* compression */
    BITFIELDS = 3
};

static bool matches(ferryi_bytes bytes, const char *name) {
    (void)name;
    /* Two letters are little to go by, but then comes the size of a header, which is never large.
     */
    return bytes.length >= FILE_HEADER + 4 && bytes.data[0] == 'B' && bytes.data[1] == 'M' &&
           ferryi_le32(bytes.data + FILE_HEADER) < 256;
}

typedef struct bmp {
    uint32_t header, bits, compression, pixels_at;
    int64_t width, height; /* height negative: the first row is the upper one */
    bool has_alpha;
} bmp;

static ferryi_header read_fields(ferryi_bytes bytes, bmp *out) {
    const uint8_t *data = bytes.data;
    uint32_t size = ferryi_le32(data + FILE_HEADER);
    *out = (bmp){.header = size, .pixels_at = ferryi_le32(data + 10)};
    if (size != CORE && size != INFO && size != INFO_V3 && size != INFO_V4 && size != INFO_V5)
        return FERRYI_HEADER_BAD;
    if (bytes.length < FILE_HEADER + (size_t)size)
        return FERRYI_HEADER_SHORT;
    if (size == CORE) {
        out->width = ferryi_le16(data + 18);
        out->height = ferryi_le16(data + 20);
        out->bits = ferryi_le16(data + 24);
        return FERRYI_HEADER_OK;
    }
    out->width = (int32_t)ferryi_le32(data + 18);
    out->height = (int32_t)ferryi_le32(data + 22);
    out->bits = ferryi_le16(data + 28);
    out->compression = ferryi_le32(data + 30);
    out->has_alpha = out->compression == PLAIN ? out->bits == 32
                                               : size >= INFO_V4 && ferryi_le32(data + 66) != 0;
    return FERRYI_HEADER_OK;
}

/* What stb_image can read, and reads as it is meant. */
static bool is_supported(const bmp *b) {
    if (b->compression == BITFIELDS)
        return (b->bits == 16 || b->bits == 32) && b->header != INFO_V3;
    if (b->compression != PLAIN)
        return false;
    if (b->bits < 16)
        return (b->bits == 1 || b->bits == 4 || b->bits == 8) && b->header != CORE;
    return b->bits == 24 || ((b->bits == 16 || b->bits == 32) && b->header != CORE);
}

static uint32_t palette_entries(const bmp *b) {
    return (b->pixels_at - FILE_HEADER - b->header) / 4;
}

static ferryi_header header(ferryi_bytes bytes, ferryi_picture *out) {
    bmp b;
    ferryi_header read = read_fields(bytes, &b);
    if (read == FERRYI_HEADER_SHORT)
        return read;
    if (read == FERRYI_HEADER_BAD || !is_supported(&b))
        return ferryi_header_bad(out, "this kind of BMP cannot be read");
    uint64_t end = FILE_HEADER + (uint64_t)b.header;
    if (b.compression == BITFIELDS && b.header == INFO)
        end += 12;
    bool palette = b.bits < 16;
    if (palette ? b.pixels_at < end + 4 || b.pixels_at > end + 4 * 256 + 3 : b.pixels_at != end)
        return ferryi_header_bad(out, "its header is damaged");
    out->width = b.width;
    out->height = b.height < 0 ? -b.height : b.height;
    out->format = b.has_alpha ? FERRY_FORMAT_RGBA : FERRY_FORMAT_RGB24;
    out->offset = b.pixels_at;
    return FERRYI_HEADER_OK;
}

static bool indices_have_colors(const uint8_t *row, const bmp *b, uint32_t colors) {
    for (uint64_t x = 0; x < (uint64_t)b->width; x++) {
        uint64_t bit = x * b->bits;
        uint32_t index = (uint32_t)row[bit / 8] >> (8 - b->bits - bit % 8);
        if ((index & ((1u << b->bits) - 1)) >= colors)
            return false;
    }
    return true;
}

static const char *inspect(ferryi_bytes bytes, const ferryi_picture *picture) {
    bmp b;
    if (read_fields(bytes, &b) != FERRYI_HEADER_OK)
        return FERRYI_CUT_SHORT;
    uint64_t row_bytes = ((uint64_t)b.width * b.bits + 7) / 8;
    uint64_t stride = (row_bytes + 3) / 4 * 4, rows = (uint64_t)picture->height;
    /* The padding of the last row is not needed, and not every program writes it. */
    if (bytes.length < picture->offset + stride * (rows - 1) + row_bytes)
        return FERRYI_CUT_SHORT;
    if (b.bits >= 16 || palette_entries(&b) >= 1u << b.bits)
        return NULL;
    for (uint64_t y = 0; y < rows; y++)
        if (!indices_have_colors(bytes.data + picture->offset + y * stride, &b,
                                 palette_entries(&b)))
            return "it uses colors that its palette lacks";
    return NULL;
}

const ferryi_codec ferryi_codec_bmp = {"BMP", matches, header, inspect, ferryi_stb_decode};
