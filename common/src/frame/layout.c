/* Where the planes of a picture lie. */
#include <frameferry/frame.h>

#include "frame/format.h"
#include "support/error.h"

/* The number of groups of 2^shift that cover count. */
static uint64_t groups(uint64_t count, uint8_t shift) {
    return (count + (UINT64_C(1) << shift) - 1) >> shift;
}

/* The distance from row to row in a plane, for that in the first one. Planes after the first follow
 * it as their pixels follow its pixels. */
static uint64_t stride_of(const ferryi_format *format, size_t plane, uint64_t stride) {
    const ferryi_plane_shape *shape = &format->planes[plane];
    if (plane == 0)
        return stride;
    uint64_t first_group = format->planes[0].group_bytes;
    uint64_t across = (stride + first_group - 1) / first_group; /* pixels that would fit */
    return groups(across, shape->shift_x) * shape->group_bytes;
}

static bool has_plane(const ferryi_format *format, size_t plane) {
    return plane < FERRY_PLANES_MAX && format->planes[plane].group_bytes != 0;
}

static uint64_t row_bytes_of(const ferryi_format *format, size_t plane, int32_t width) {
    const ferryi_plane_shape *shape = &format->planes[plane];
    return groups((uint64_t)width, shape->shift_x) * shape->group_bytes;
}

ferry_status ferryi_layout_measure(const ferryi_format *format, int32_t width, int32_t height,
                                   uint32_t *stride_bytes, uint32_t *length_bytes) {
    uint64_t packed = row_bytes_of(format, 0, width);
    uint64_t stride = *stride_bytes != 0 ? *stride_bytes : packed;
    if (stride < packed)
        return FERRY_INVALID_ARGUMENT;
    /* One row is too long already. Checked here, since rows of pixels that take more than 4 bytes,
     * times as many rows as there can be, would not fit 64 bits. */
    if (stride > INT32_MAX)
        return FERRY_TOO_LARGE;
    uint64_t length = 0; /* below 2^64: at most 2^32 bytes a row in each plane, and 2^31 rows */
    for (size_t i = 0; has_plane(format, i); i++)
        length +=
            stride_of(format, i, stride) * groups((uint64_t)height, format->planes[i].shift_y);
    if (length > INT32_MAX)
        return FERRY_TOO_LARGE;
    *stride_bytes = (uint32_t)stride; /* no more than the length */
    *length_bytes = (uint32_t)length;
    return FERRY_OK;
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
    ferry_layout layout = {0};
    ferry_status status =
        ferryi_layout_measure(found, width, height, &stride_bytes, &layout.length_bytes);
    if (status != FERRY_OK)
        return status;
    uint32_t offset = 0;
    for (size_t i = 0; has_plane(found, i); i++) {
        ferry_plane *plane = &layout.planes[layout.plane_count++];
        plane->offset_bytes = offset;
        plane->stride_bytes = (uint32_t)stride_of(found, i, stride_bytes);
        plane->row_bytes = (uint32_t)row_bytes_of(found, i, width);
        plane->rows = (uint32_t)groups((uint64_t)height, found->planes[i].shift_y);
        offset += plane->stride_bytes * plane->rows;
    }
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

ferry_status ferryi_layout_find(ferry_layout *out, const ferry_frame_info *info,
                                ferry_error *error) {
    const char *name = ferry_format_name(info->format);
    if (ferry_layout_of(out, info) != FERRY_OK)
        return ferryi_fail(
            error, FERRY_INVALID_ARGUMENT, 0, "%d x %d pixels of %s with %s of %u bytes cannot be",
            (int)info->width, (int)info->height, name,
            info->plane_count == 0 ? "a stride" : "such planes, the first with rows",
            (unsigned)(info->plane_count == 0 ? info->stride_bytes : info->plane_stride_bytes[0]));
    if (info->length_bytes != 0 && info->length_bytes < out->length_bytes)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "length_bytes is %u: that is too few for %d x %d pixels of %s, which "
                           "take %u",
                           (unsigned)info->length_bytes, (int)info->width, (int)info->height, name,
                           (unsigned)out->length_bytes);
    return FERRY_OK;
}
