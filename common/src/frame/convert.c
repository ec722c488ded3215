/* Every format is unpacked to rows with one value for each pixel and channel, and packed from them;
 * between the two color.c changes the family. So eleven formats need eleven readers and writers
 * instead of 110 pairs, and YUV to YUV never goes through RGB. Rows are taken two at a time,
 * because two of the formats share chroma between two rows. */
#include "frame/color.h"
#include "support/error.h"
#include "support/need.h"

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdlib.h>
#include <string.h>

typedef struct conversion {
    const ferryi_format *from, *to;
    ferry_layout in_layout, out_layout;
    const uint8_t *in;
    uint8_t *out;
    size_t width, height;
    ferryi_color color;
    ferryi_row rows[2];
} conversion;

static const uint8_t *in_row(const conversion *c, size_t plane, size_t row) {
    const ferry_plane *p = &c->in_layout.planes[plane];
    return c->in + p->offset_bytes + row * p->stride_bytes;
}

static uint8_t *out_row(const conversion *c, size_t plane, size_t row) {
    const ferry_plane *p = &c->out_layout.planes[plane];
    return c->out + p->offset_bytes + row * p->stride_bytes;
}

static void unpack_gray(const uint8_t *in, size_t pixel_bytes, ferryi_row *row, size_t width) {
    if (pixel_bytes == 1)
        for (size_t x = 0; x < width; x++)
            row->gray[x] = (uint16_t)(in[x] * 257);
    else
        for (size_t x = 0; x < width; x++)
            row->gray[x] = (uint16_t)(in[2 * x] | in[2 * x + 1] << 8);
}

static void pack_gray(const ferryi_row *row, uint8_t *out, size_t pixel_bytes, size_t width) {
    if (pixel_bytes == 1)
        for (size_t x = 0; x < width; x++)
            out[x] = ferryi_color_byte(row->gray[x]);
    else
        for (size_t x = 0; x < width; x++) {
            out[2 * x] = (uint8_t)row->gray[x];
            out[2 * x + 1] = (uint8_t)(row->gray[x] >> 8);
        }
}

static void unpack_rgb(const uint8_t *in, const ferryi_format *format, ferryi_row *row,
                       size_t width) {
    size_t step = format->planes[0].group_bytes, red = format->red, blue = format->blue;
    uint8_t *restrict r = row->channel[0], *restrict g = row->channel[1];
    uint8_t *restrict b = row->channel[2], *restrict alpha = row->channel[3];
    for (size_t x = 0; x < width; x++) {
        r[x] = in[x * step + red];
        g[x] = in[x * step + 1];
        b[x] = in[x * step + blue];
    }
    if (step == 4)
        for (size_t x = 0; x < width; x++)
            alpha[x] = in[x * 4 + 3];
    else
        memset(alpha, 255, width);
}

static void pack_rgb(const ferryi_row *row, uint8_t *restrict out, const ferryi_format *format,
                     size_t width) {
    size_t step = format->planes[0].group_bytes, red = format->red, blue = format->blue;
    const uint8_t *r = row->channel[0], *g = row->channel[1], *b = row->channel[2];
    const uint8_t *alpha = row->channel[3];
    for (size_t x = 0; x < width; x++) {
        out[x * step + red] = r[x];
        out[x * step + 1] = g[x];
        out[x * step + blue] = b[x];
    }
    if (step == 4)
        for (size_t x = 0; x < width; x++)
            out[x * 4 + 3] = alpha[x];
}

/* The nearest of 256 levels to one of most + 1, and back. */
static uint8_t widened(unsigned level, unsigned most) {
    return (uint8_t)((level * 255 + most / 2) / most);
}

static unsigned narrowed(uint8_t level, unsigned most) {
    return (level * most + 127) / 255;
}

enum { MOST_5_BITS = 31, MOST_6_BITS = 63 };

static void unpack_565(const uint8_t *in, ferryi_row *row, size_t width) {
    uint8_t *restrict r = row->channel[0], *restrict g = row->channel[1];
    uint8_t *restrict b = row->channel[2];
    for (size_t x = 0; x < width; x++) {
        unsigned pixel = in[2 * x] | (unsigned)in[2 * x + 1] << 8;
        r[x] = widened(pixel >> 11, MOST_5_BITS);
        g[x] = widened(pixel >> 5 & MOST_6_BITS, MOST_6_BITS);
        b[x] = widened(pixel & MOST_5_BITS, MOST_5_BITS);
    }
    memset(row->channel[3], 255, width);
}

static void pack_565(const ferryi_row *row, uint8_t *restrict out, size_t width) {
    const uint8_t *r = row->channel[0], *g = row->channel[1], *b = row->channel[2];
    for (size_t x = 0; x < width; x++) {
        unsigned pixel = narrowed(r[x], MOST_5_BITS) << 11 | narrowed(g[x], MOST_6_BITS) << 5 |
                         narrowed(b[x], MOST_5_BITS);
        out[2 * x] = (uint8_t)pixel;
        out[2 * x + 1] = (uint8_t)(pixel >> 8);
    }
}

static void unpack_rgb48(const uint8_t *in, ferryi_row *row, size_t width) {
    for (size_t x = 0; x < width; x++, in += 6)
        for (size_t i = 0; i < 3; i++)
            row->channel[i][x] = ferryi_color_byte((uint16_t)(in[2 * i] | in[2 * i + 1] << 8));
    memset(row->channel[3], 255, width);
}

static void pack_rgb48(const ferryi_row *row, uint8_t *out, size_t width) {
    for (size_t x = 0; x < width; x++, out += 6)
        for (size_t i = 0; i < 3; i++) /* a byte twice: times 257 */
            out[2 * i] = out[2 * i + 1] = row->channel[i][x];
}

static void unpack_yuyv(const uint8_t *in, ferryi_row *row, size_t width) {
    uint8_t *restrict y = row->channel[0], *restrict u = row->channel[1];
    uint8_t *restrict v = row->channel[2];
    for (size_t x = 0; x < width; x++) {
        y[x] = in[2 * x];
        u[x] = in[x / 2 * 4 + 1];
        v[x] = in[x / 2 * 4 + 3];
    }
}

static uint8_t mean_of_pair(const uint8_t *channel, size_t x, size_t width) {
    size_t right = x + 1 < width ? x + 1 : x;
    return (uint8_t)((channel[x] + channel[right] + 1) / 2);
}

static void pack_yuyv(const ferryi_row *row, uint8_t *out, size_t width) {
    for (size_t x = 0; x < width; x += 2, out += 4) {
        out[0] = row->channel[0][x];
        out[1] = mean_of_pair(row->channel[1], x, width);
        out[2] = row->channel[0][x + 1 < width ? x + 1 : x];
        out[3] = mean_of_pair(row->channel[2], x, width);
    }
}

/* Where the U (0) and V (1) of nv12 and yuv420p are: a plane, the first byte in its rows, and the
 * bytes from one value to the next. */
typedef struct chroma {
    size_t plane, first, step;
} chroma;

static chroma chroma_of(const ferryi_format *format, size_t which) {
    if (format->fourcc == FERRY_FORMAT_NV12)
        return (chroma){1, which, 2};
    return (chroma){1 + which, 0, 1};
}

static void unpack_420(const conversion *c, size_t y, ferryi_row *row) {
    memcpy(row->channel[0], in_row(c, 0, y), c->width);
    for (size_t which = 0; which < 2; which++) {
        chroma place = chroma_of(c->from, which);
        const uint8_t *in = in_row(c, place.plane, y / 2) + place.first;
        uint8_t *restrict channel = row->channel[1 + which];
        for (size_t x = 0; x < c->width; x++)
            channel[x] = in[x / 2 * place.step];
    }
}

/* Packs rows y and y + 1. At an odd height the last row stands in for the one below it. */
static void pack_420(const conversion *c, size_t y) {
    size_t width = c->width;
    for (size_t k = 0; k < 2 && y + k < c->height; k++)
        memcpy(out_row(c, 0, y + k), c->rows[k].channel[0], width);
    for (size_t which = 0; which < 2; which++) {
        chroma place = chroma_of(c->to, which);
        uint8_t *restrict out = out_row(c, place.plane, y / 2) + place.first;
        const uint8_t *upper = c->rows[0].channel[1 + which];
        const uint8_t *lower = c->rows[1].channel[1 + which];
        for (size_t x = 0; x < width; x += 2) {
            size_t right = x + 1 < width ? x + 1 : x;
            out[x / 2 * place.step] =
                (uint8_t)((upper[x] + upper[right] + lower[x] + lower[right] + 2) / 4);
        }
    }
}

static void unpack(const conversion *c, size_t y, ferryi_row *row) {
    if (c->from->family == FERRYI_GRAY)
        unpack_gray(in_row(c, 0, y), c->from->planes[0].group_bytes, row, c->width);
    else if (c->from->fourcc == FERRY_FORMAT_RGB565LE)
        unpack_565(in_row(c, 0, y), row, c->width);
    else if (c->from->fourcc == FERRY_FORMAT_RGB48LE)
        unpack_rgb48(in_row(c, 0, y), row, c->width);
    else if (c->from->family == FERRYI_RGB)
        unpack_rgb(in_row(c, 0, y), c->from, row, c->width);
    else if (c->from->fourcc == FERRY_FORMAT_YUYV422)
        unpack_yuyv(in_row(c, 0, y), row, c->width);
    else
        unpack_420(c, y, row);
}

static void pack(const conversion *c, size_t y) {
    if (c->to->planes[1].group_bytes != 0) {
        pack_420(c, y);
        return;
    }
    for (size_t k = 0; k < 2 && y + k < c->height; k++) {
        uint8_t *out = out_row(c, 0, y + k);
        if (c->to->family == FERRYI_GRAY)
            pack_gray(&c->rows[k], out, c->to->planes[0].group_bytes, c->width);
        else if (c->to->fourcc == FERRY_FORMAT_RGB565LE)
            pack_565(&c->rows[k], out, c->width);
        else if (c->to->fourcc == FERRY_FORMAT_RGB48LE)
            pack_rgb48(&c->rows[k], out, c->width);
        else if (c->to->family == FERRYI_RGB)
            pack_rgb(&c->rows[k], out, c->to, c->width);
        else
            pack_yuyv(&c->rows[k], out, c->width);
    }
}

static bool convert_rows(conversion *c) {
    /* Two rows: 2 bytes of gray and 4 channels of 1 byte for each pixel. Gray comes first, because
     * malloc aligns it. */
    uint8_t *scratch = malloc(c->width * 2 * (sizeof(uint16_t) + 4));
    if (scratch == NULL)
        return false;
    for (size_t k = 0; k < 2; k++) {
        c->rows[k].gray = (uint16_t *)(void *)scratch + k * c->width;
        for (size_t i = 0; i < 4; i++)
            c->rows[k].channel[i] = scratch + c->width * (4 + k * 4 + i);
    }
    for (size_t y = 0; y < c->height; y += 2) {
        for (size_t k = 0; k < 2; k++) {
            unpack(c, y + k < c->height ? y + k : y, &c->rows[k]);
            ferryi_color_change(&c->color, &c->rows[k], c->width, c->from->family, c->to->family);
        }
        pack(c, y);
    }
    free(scratch);
    return true;
}

static void copy_rows(const conversion *c) {
    for (size_t plane = 0; plane < c->in_layout.plane_count; plane++)
        for (size_t y = 0; y < c->in_layout.planes[plane].rows; y++)
            memcpy(out_row(c, plane, y), in_row(c, plane, y), c->in_layout.planes[plane].row_bytes);
}

/* Replaces unspecified fields of info by those that frame.h says are assumed. */
static void settle_color(ferry_frame_info *info) {
    if (info->color_range == FERRY_RANGE_UNSPECIFIED)
        info->color_range = FERRY_RANGE_LIMITED;
    if (info->color_matrix == FERRY_MATRIX_UNSPECIFIED)
        info->color_matrix = FERRY_MATRIX_BT601;
}

static ferry_status prepare(conversion *c, const ferry_frame_info *info, const uint8_t *pixels,
                            uint32_t format, ferry_error *error) {
    c->from = ferryi_format_find(info->format);
    c->to = ferryi_format_find(format);
    if (c->from == NULL || c->to == NULL)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "cannot convert a pixel format without a name (0x%08x)",
                           (unsigned)(c->from == NULL ? info->format : format));
    if (ferry_layout_compute(&c->in_layout, info->format, info->width, info->height,
                             info->stride_bytes) != FERRY_OK)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "%d x %d pixels of %s with a stride of %u bytes cannot be",
                           (int)info->width, (int)info->height, c->from->name,
                           (unsigned)info->stride_bytes);
    if (info->length_bytes != 0 && info->length_bytes < c->in_layout.length_bytes)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "length_bytes is %u: that is too few for %d x %d pixels of %s, which "
                           "take %u",
                           (unsigned)info->length_bytes, (int)info->width, (int)info->height,
                           c->from->name, (unsigned)c->in_layout.length_bytes);
    ferry_status status = ferryi_need_choice(info->color_matrix, FERRY_MATRIX_BT2020,
                                             "color_matrix", "a ferry_color_matrix", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(info->color_range, FERRY_RANGE_FULL, "color_range",
                                    "a ferry_color_range", error);
    if (status != FERRY_OK)
        return status;
    if (ferry_layout_compute(&c->out_layout, format, info->width, info->height, 0) != FERRY_OK)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "%d x %d pixels are too many for one frame of %s", (int)info->width,
                           (int)info->height, c->to->name);
    c->in = pixels;
    c->width = (size_t)info->width;
    c->height = (size_t)info->height;
    return FERRY_OK;
}

ferry_status ferry_image_convert(const ferry_frame_info *info, const uint8_t *pixels,
                                 uint32_t format, ferry_image *out, ferry_error *error) {
    ferry_status status = ferryi_need(info, "info", error);
    if (status == FERRY_OK)
        status = ferryi_need(pixels, "pixels", error);
    if (status == FERRY_OK)
        status = ferryi_need(out, "out", error);
    if (status != FERRY_OK)
        return status;
    ferry_frame_info made = *info;
    conversion c;
    status = prepare(&c, info, pixels, format, error);
    if (status != FERRY_OK)
        return status;
    if (ferry_image_reserve(out, c.out_layout.length_bytes) != FERRY_OK)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for a picture of %u bytes",
                           (unsigned)c.out_layout.length_bytes);
    c.out = out->pixels;
    settle_color(&made);
    c.color = ferryi_color_make((ferry_color_matrix)made.color_matrix,
                                (ferry_color_range)made.color_range);
    if (c.from == c.to)
        copy_rows(&c);
    else if (!convert_rows(&c))
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to convert %d pixels a row",
                           (int)made.width);
    if (c.to->family != FERRYI_YUV || c.from->family == FERRYI_YUV) {
        /* Nothing was made with the assumed matrix: a matrix that was not known stays unknown. */
        made.color_matrix = info->color_matrix;
        made.color_range = info->color_range;
    }
    ferryi_format_describe(&made, format, &c.out_layout, made.width, made.height);
    out->info = made;
    out->skipped = 0;
    return FERRY_OK;
}
