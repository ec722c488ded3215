/* Where the planes of a picture lie. */
#include <frameferry/frame.h>

#include "frame/format.h"

/* The number of groups of 2^shift that cover count. */
static uint64_t groups(uint64_t count, uint8_t shift) {
    return (count + (UINT64_C(1) << shift) - 1) >> shift;
}

ferry_status ferry_layout_compute(ferry_layout *out, uint32_t format, int32_t width, int32_t height,
                                  uint32_t stride_bytes) {
    if (out == NULL)
        return FERRY_INVALID_ARGUMENT;
    const ferryi_format *found = ferryi_format_find(format);
    if (found == NULL || found->family == FERRYI_COMPRESSED)
        return FERRY_NOT_SUPPORTED;
    if (width < 1 || height < 1)
        return FERRY_INVALID_ARGUMENT;
    uint64_t packed =
        groups((uint64_t)width, found->planes[0].shift_x) * found->planes[0].group_bytes;
    uint64_t stride = stride_bytes != 0 ? stride_bytes : packed;
    if (stride < packed)
        return FERRY_INVALID_ARGUMENT;
    /* One row is too long already. Checked here, since rows of pixels that take more than 4 bytes,
     * times as many rows as there can be, would not fit 64 bits. */
    if (stride > INT32_MAX)
        return FERRY_TOO_LARGE;
    /* How many pixels would fit the distance from one row to the next. */
    uint64_t across = (stride + found->planes[0].group_bytes - 1) / found->planes[0].group_bytes;
    ferry_layout layout = {0};
    uint64_t length = 0; /* below 2^64: at most 2^32 bytes a row in each plane, and 2^31 rows */
    for (size_t i = 0; i < FERRY_PLANES_MAX && found->planes[i].group_bytes != 0; i++) {
        const ferryi_plane_shape *shape = &found->planes[i];
        uint64_t rows = groups((uint64_t)height, shape->shift_y);
        uint64_t row_bytes = groups((uint64_t)width, shape->shift_x) * shape->group_bytes;
        /* Planes after the first follow its stride as their pixels follow its pixels. */
        uint64_t plane_stride =
            i == 0 ? stride : groups(across, shape->shift_x) * shape->group_bytes;
        ferry_plane plane = {(uint32_t)length, (uint32_t)plane_stride, (uint32_t)row_bytes,
                             (uint32_t)rows};
        layout.planes[layout.plane_count++] = plane;
        length += plane_stride * rows;
    }
    /* Checked once, at the end: if a number above was cut to 32 bits, the picture is too long
     * anyway. */
    if (length > INT32_MAX)
        return FERRY_TOO_LARGE;
    layout.length_bytes = (uint32_t)length;
    *out = layout;
    return FERRY_OK;
}

/* ---- planes that lie where their producer says ---- */

/* Whether two planes share a byte. They have their ends already, which fit 31 bits. */
static bool overlap(const ferry_plane *a, const ferry_plane *b) {
    return a->offset_bytes < ferryi_plane_end(b) && b->offset_bytes < ferryi_plane_end(a);
}

/* Places one plane; out has those before it. */
static ferry_status place(ferry_layout *out, uint32_t i, const ferry_frame_info *info) {
    ferry_plane *plane = &out->planes[i];
    plane->offset_bytes = info->plane_offset_bytes[i];
    plane->stride_bytes = info->plane_stride_bytes[i];
    if (plane->stride_bytes < plane->row_bytes)
        return FERRY_INVALID_ARGUMENT;
    uint64_t end = (uint64_t)plane->offset_bytes +
                   (uint64_t)plane->stride_bytes * (plane->rows - 1) + plane->row_bytes;
    if (end > INT32_MAX)
        return FERRY_TOO_LARGE;
    for (uint32_t k = 0; k < i; k++)
        if (overlap(plane, &out->planes[k]))
            return FERRY_INVALID_ARGUMENT;
    if (end > out->length_bytes)
        out->length_bytes = (uint32_t)end;
    return FERRY_OK;
}

ferry_status ferry_layout_of(ferry_layout *out, const ferry_frame_info *info) {
    if (out == NULL || info == NULL)
        return FERRY_INVALID_ARGUMENT;
    if (info->plane_count == 0)
        return ferry_layout_compute(out, info->format, info->width, info->height,
                                    info->stride_bytes);
    ferry_layout layout; /* rows, and bytes of a row, are the same wherever the planes lie */
    ferry_status status = ferry_layout_compute(&layout, info->format, info->width, info->height, 0);
    if (status != FERRY_OK)
        return status;
    if (info->plane_count != layout.plane_count ||
        (info->stride_bytes != 0 && info->stride_bytes != info->plane_stride_bytes[0]))
        return FERRY_INVALID_ARGUMENT;
    layout.length_bytes = 0;
    for (uint32_t i = 0; i < layout.plane_count && status == FERRY_OK; i++)
        status = place(&layout, i, info);
    if (status == FERRY_OK)
        *out = layout;
    return status;
}
