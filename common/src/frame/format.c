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

void ferryi_format_describe(ferry_frame_info *info, uint32_t format, const ferry_layout *layout,
                            int32_t width, int32_t height) {
    info->width = width;
    info->height = height;
    info->format = format;
    info->bit_count = ferry_format_bit_count(format);
    info->stride_bytes = layout->planes[0].stride_bytes;
    info->plane_count = 0;
    info->length_bytes = layout->length_bytes;
}
