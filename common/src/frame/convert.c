/* Every format is unpacked to rows with one value for each pixel and channel, and packed from them;
 * between the two color.c changes the family. So each format needs one reader and one writer
 * instead of one for each pair, and YUV to YUV never goes through RGB. Rows are taken two at a
 * time, because some formats share chroma between two rows. */
#include "frame/bayer.h"
#include "frame/gray.h"
#include "frame/rgb.h"
#include "frame/yuv.h"
#include "support/error.h"
#include "support/need.h"

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <stdlib.h>
#include <string.h>

typedef struct conversion {
    ferryi_raster from, to;
    const uint8_t *in;
    uint8_t *out;
    ferryi_color color;
    ferryi_row rows[2];
} conversion;

static void unpack(const conversion *c, size_t y, ferryi_row *row) {
    const ferryi_raster *from = &c->from;
    const ferryi_format *format = from->format;
    const uint8_t *first = c->in + ferryi_plane_row(&from->layout, 0, y);
    if (format->family == FERRYI_GRAY)
        ferryi_gray_unpack(format, first, row, from->width);
    else if (format->packing == FERRYI_BAYER)
        ferryi_bayer_unpack(from, c->in, y, row);
    else if (format->family == FERRYI_RGB)
        ferryi_rgb_unpack(format, first, row, from->width);
    else
        ferryi_yuv_unpack(from, c->in, y, row);
}

static void pack(const conversion *c, size_t y) {
    const ferryi_raster *to = &c->to;
    const ferryi_format *format = to->format;
    if (format->family == FERRYI_YUV) {
        ferryi_yuv_pack(to, c->rows, c->out, y);
        return;
    }
    for (size_t k = 0; k < 2 && y + k < to->height; k++) {
        uint8_t *first = c->out + ferryi_plane_row(&to->layout, 0, y + k);
        if (format->family == FERRYI_GRAY)
            ferryi_gray_pack(format, &c->rows[k], first, to->width);
        else if (format->packing == FERRYI_BAYER)
            ferryi_bayer_pack(to, &c->rows[k], c->out, y + k);
        else
            ferryi_rgb_pack(format, &c->rows[k], first, to->width);
    }
}

static bool convert_rows(conversion *c) {
    /* Two rows: 2 bytes of gray and 4 channels of 1 byte for each pixel. Gray comes first, because
     * malloc aligns it. */
    uint8_t *scratch = malloc(c->from.width * 2 * (sizeof(uint16_t) + 4));
    if (scratch == NULL)
        return false;
    for (size_t k = 0; k < 2; k++) {
        c->rows[k].gray = (uint16_t *)(void *)scratch + k * c->from.width;
        for (size_t i = 0; i < 4; i++)
            c->rows[k].channel[i] = scratch + c->from.width * (4 + k * 4 + i);
    }
    for (size_t y = 0; y < c->from.height; y += 2) {
        for (size_t k = 0; k < 2; k++) {
            unpack(c, y + k < c->from.height ? y + k : y, &c->rows[k]);
            ferryi_color_change(&c->color, &c->rows[k], c->from.width, c->from.format->family,
                                c->to.format->family);
        }
        pack(c, y);
    }
    free(scratch);
    return true;
}

static void copy_rows(const conversion *c) {
    const ferry_layout *from = &c->from.layout, *to = &c->to.layout;
    for (size_t plane = 0; plane < from->plane_count; plane++)
        for (size_t y = 0; y < from->planes[plane].rows; y++)
            memcpy(c->out + ferryi_plane_row(to, plane, y),
                   c->in + ferryi_plane_row(from, plane, y), from->planes[plane].row_bytes);
}

/* Replaces unspecified fields of info by those that frame.h says are assumed. */
static void settle_color(ferry_frame_info *info) {
    if (info->color_range == FERRY_RANGE_UNSPECIFIED)
        info->color_range = FERRY_RANGE_LIMITED;
    if (info->color_matrix == FERRY_MATRIX_UNSPECIFIED)
        info->color_matrix = FERRY_MATRIX_BT601;
}

/* The two formats, both of which have rows. */
static ferry_status find_formats(conversion *c, uint32_t from, uint32_t to, ferry_error *error) {
    c->from.format = ferryi_format_find(from);
    c->to.format = ferryi_format_find(to);
    if (c->from.format == NULL || c->to.format == NULL)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "cannot convert a pixel format without a name (0x%08x)",
                           (unsigned)(c->from.format == NULL ? from : to));
    if (c->from.format->family == FERRYI_COMPRESSED)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "%s is compressed and has to be decoded before it can be converted",
                           c->from.format->name);
    if (c->to.format->family == FERRYI_COMPRESSED)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "%s is compressed: a conversion makes pixels only", c->to.format->name);
    return FERRY_OK;
}

static ferry_status prepare(conversion *c, const ferry_frame_info *info, uint32_t format,
                            ferry_error *error) {
    ferry_status status = find_formats(c, info->format, format, error);
    if (status == FERRY_OK)
        status = ferryi_layout_find(&c->from.layout, info, error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(info->color_matrix, FERRY_MATRIX_BT2020, "color_matrix",
                                    "a ferry_color_matrix", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(info->color_range, FERRY_RANGE_FULL, "color_range",
                                    "a ferry_color_range", error);
    if (status != FERRY_OK)
        return status;
    if (ferry_layout_compute(&c->to.layout, format, info->width, info->height, 0) != FERRY_OK)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "%d x %d pixels are too many for one frame of %s", (int)info->width,
                           (int)info->height, c->to.format->name);
    c->from.width = c->to.width = (size_t)info->width;
    c->from.height = c->to.height = (size_t)info->height;
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
    conversion c = {.in = pixels};
    status = prepare(&c, info, format, error);
    if (status != FERRY_OK)
        return status;
    if (ferry_image_reserve(out, c.to.layout.length_bytes) != FERRY_OK)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for a picture of %u bytes",
                           (unsigned)c.to.layout.length_bytes);
    c.out = out->pixels;
    settle_color(&made);
    c.color = ferryi_color_make((ferry_color_matrix)made.color_matrix,
                                (ferry_color_range)made.color_range);
    if (c.from.format == c.to.format)
        copy_rows(&c);
    else if (!convert_rows(&c))
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to convert %d pixels a row",
                           (int)made.width);
    if (c.to.format->family != FERRYI_YUV || c.from.format->family == FERRYI_YUV) {
        /* Nothing was made with the assumed matrix: a matrix that was not known stays unknown. */
        made.color_matrix = info->color_matrix;
        made.color_range = info->color_range;
    }
    ferryi_format_describe(&made, format, &c.to.layout, made.width, made.height);
    out->info = made;
    out->skipped = 0;
    out->generation = 0;
    return FERRY_OK;
}
