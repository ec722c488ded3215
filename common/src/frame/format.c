#include "frame/format.h"

#include <frameferry/frame.h>
#include <string.h>

/* Order as in ferry_format_at; everything that depends on a format is derived from this table. */
static const ferryi_format formats[] = {
    {FERRY_FORMAT_GRAY, "gray", 8, FERRYI_GRAY, {{1, 0, 0}}, 0, 0},
    {FERRY_FORMAT_GRAY16LE, "gray16le", 16, FERRYI_GRAY, {{2, 0, 0}}, 0, 0},
    {FERRY_FORMAT_BGR24, "bgr24", 24, FERRYI_RGB, {{3, 0, 0}}, 2, 0},
    {FERRY_FORMAT_RGB24, "rgb24", 24, FERRYI_RGB, {{3, 0, 0}}, 0, 2},
    {FERRY_FORMAT_BGRA, "bgra", 32, FERRYI_RGB, {{4, 0, 0}}, 2, 0},
    {FERRY_FORMAT_RGBA, "rgba", 32, FERRYI_RGB, {{4, 0, 0}}, 0, 2},
    {FERRY_FORMAT_YUYV422, "yuyv422", 16, FERRYI_YUV, {{4, 1, 0}}, 0, 0},
    {FERRY_FORMAT_NV12, "nv12", 12, FERRYI_YUV, {{1, 0, 0}, {2, 1, 1}}, 0, 0},
    {FERRY_FORMAT_YUV420P, "yuv420p", 12, FERRYI_YUV, {{1, 0, 0}, {1, 1, 1}, {1, 1, 1}}, 0, 0},
    {FERRY_FORMAT_RGB565LE, "rgb565le", 16, FERRYI_RGB, {{2, 0, 0}}, 0, 0},
    {FERRY_FORMAT_RGB48LE, "rgb48le", 48, FERRYI_RGB, {{6, 0, 0}}, 0, 4},
};
enum { FORMAT_COUNT = sizeof formats / sizeof formats[0] };

const ferryi_format *ferryi_format_find(uint32_t fourcc) {
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (formats[i].fourcc == fourcc)
            return &formats[i];
    return NULL;
}

const char *ferry_format_name(uint32_t format) {
    const ferryi_format *found = ferryi_format_find(format);
    return found != NULL ? found->name : NULL;
}

uint32_t ferry_format_from_name(const char *name) {
    for (size_t i = 0; name != NULL && i < FORMAT_COUNT; i++)
        if (strcmp(formats[i].name, name) == 0)
            return formats[i].fourcc;
    return 0;
}

uint32_t ferry_format_bit_count(uint32_t format) {
    const ferryi_format *found = ferryi_format_find(format);
    return found != NULL ? found->bit_count : 0;
}

uint32_t ferry_format_at(size_t index) {
    return index < FORMAT_COUNT ? formats[index].fourcc : 0;
}

/* The number of groups of 2^shift that cover count. */
static uint64_t groups(uint64_t count, uint8_t shift) {
    return (count + (UINT64_C(1) << shift) - 1) >> shift;
}

ferry_status ferry_layout_compute(ferry_layout *out, uint32_t format, int32_t width, int32_t height,
                                  uint32_t stride_bytes) {
    if (out == NULL)
        return FERRY_INVALID_ARGUMENT;
    const ferryi_format *found = ferryi_format_find(format);
    if (found == NULL)
        return FERRY_NOT_SUPPORTED;
    if (width < 1 || height < 1)
        return FERRY_INVALID_ARGUMENT;
    uint64_t packed =
        groups((uint64_t)width, found->planes[0].shift_x) * found->planes[0].group_bytes;
    uint64_t stride = stride_bytes != 0 ? stride_bytes : packed;
    if (stride < packed)
        return FERRY_INVALID_ARGUMENT;
    ferry_layout layout = {0};
    uint64_t length = 0; /* below 2^64: at most 2^33 bytes a row in one plane, 2^32 in several */
    for (size_t i = 0; i < 3 && found->planes[i].group_bytes != 0; i++) {
        const ferryi_plane_shape *shape = &found->planes[i];
        uint64_t rows = groups((uint64_t)height, shape->shift_y);
        uint64_t row_bytes = groups((uint64_t)width, shape->shift_x) * shape->group_bytes;
        /* Planes after the first follow its stride as their pixels follow its pixels. */
        uint64_t plane_stride =
            i == 0 ? stride : groups(stride, shape->shift_x) * shape->group_bytes;
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

void ferryi_format_describe(ferry_frame_info *info, uint32_t format, const ferry_layout *layout,
                            int32_t width, int32_t height) {
    info->width = width;
    info->height = height;
    info->format = format;
    info->bit_count = ferry_format_bit_count(format);
    info->stride_bytes = layout->planes[0].stride_bytes;
    info->length_bytes = layout->length_bytes;
}
