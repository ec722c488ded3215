#include "frame/format.h"

#include <frameferry/frame.h>
#include <string.h>

/* The bulk of a row for each family of formats. */
#define GRAY(bytes, depth)                                                                         \
    FERRYI_GRAY, FERRYI_GRAY_BITS, depth, {{bytes, 0, 0}}, {                                       \
        0                                                                                          \
    }
#define RGB(bytes, r, g, b, a)                                                                     \
    FERRYI_RGB, FERRYI_RGB_BYTES, 8, {{bytes, 0, 0}}, {                                            \
        r, g, b, a                                                                                 \
    }
#define YUV_PACKED(y, u, v)                                                                        \
    FERRYI_YUV, FERRYI_YUV_PACKED, 8, {{4, 1, 0}}, {                                               \
        y, u, v                                                                                    \
    }
#define YUV_2_PLANES(shift_y, u, v)                                                                \
    FERRYI_YUV, FERRYI_YUV_PLANES, 8, {{1, 0, 0}, {2, 1, shift_y}}, {                              \
        0, u, v                                                                                    \
    }
#define YUV_3_PLANES(shift_x, shift_y)                                                             \
    FERRYI_YUV, FERRYI_YUV_PLANES, 8, {{1, 0, 0}, {1, shift_x, shift_y}, {1, shift_x, shift_y}}, { \
        0                                                                                          \
    }
#define BAYER(bytes, depth, red)                                                                   \
    FERRYI_RGB, FERRYI_BAYER, depth, {{bytes, 0, 0}}, {                                            \
        red                                                                                        \
    }
#define COMPRESSED                                                                                 \
    FERRYI_COMPRESSED, FERRYI_OPAQUE, 0, {{0}}, {                                                  \
        0                                                                                          \
    }

/* Where red is in each of the four orders. */
enum { RGGB, GRBG, GBRG, BGGR };

/* Order as in ferry_format_at; everything that depends on a format is derived from this table. */
static const ferryi_format formats[] = {
    {FERRY_FORMAT_GRAY, "gray", 8, GRAY(1, 8)},
    {FERRY_FORMAT_GRAY16LE, "gray16le", 16, GRAY(2, 16)},
    {FERRY_FORMAT_BGR24, "bgr24", 24, RGB(3, 2, 1, 0, FERRYI_NO_ALPHA)},
    {FERRY_FORMAT_RGB24, "rgb24", 24, RGB(3, 0, 1, 2, FERRYI_NO_ALPHA)},
    {FERRY_FORMAT_BGRA, "bgra", 32, RGB(4, 2, 1, 0, 3)},
    {FERRY_FORMAT_RGBA, "rgba", 32, RGB(4, 0, 1, 2, 3)},
    {FERRY_FORMAT_YUYV422, "yuyv422", 16, YUV_PACKED(0, 1, 3)},
    {FERRY_FORMAT_NV12, "nv12", 12, YUV_2_PLANES(1, 0, 1)},
    {FERRY_FORMAT_YUV420P, "yuv420p", 12, YUV_3_PLANES(1, 1)},
    {FERRY_FORMAT_RGB565LE, "rgb565le", 16, FERRYI_RGB, FERRYI_RGB_565, 5, {{2, 0, 0}}, {0}},
    {FERRY_FORMAT_RGB48LE, "rgb48le", 48, FERRYI_RGB, FERRYI_RGB_WORDS, 16, {{6, 0, 0}}, {0}},
    {FERRY_FORMAT_BGRX, "bgr0", 32, RGB(4, 2, 1, 0, FERRYI_NO_ALPHA)},
    {FERRY_FORMAT_RGBX, "rgb0", 32, RGB(4, 0, 1, 2, FERRYI_NO_ALPHA)},
    {FERRY_FORMAT_XRGB, "0rgb", 32, RGB(4, 1, 2, 3, FERRYI_NO_ALPHA)},
    {FERRY_FORMAT_ARGB, "argb", 32, RGB(4, 1, 2, 3, 0)},
    {FERRY_FORMAT_UYVY422, "uyvy422", 16, YUV_PACKED(1, 0, 2)},
    {FERRY_FORMAT_NV21, "nv21", 12, YUV_2_PLANES(1, 1, 0)},
    {FERRY_FORMAT_NV16, "nv16", 16, YUV_2_PLANES(0, 0, 1)},
    {FERRY_FORMAT_YUV422P, "yuv422p", 16, YUV_3_PLANES(1, 0)},
    {FERRY_FORMAT_YUV444P, "yuv444p", 24, YUV_3_PLANES(0, 0)},
    {FERRY_FORMAT_P010LE,
     "p010le",
     24,
     FERRYI_YUV,
     FERRYI_YUV_PLANES,
     10,
     {{2, 0, 0}, {4, 1, 1}},
     {0, 0, 2}},
    {FERRY_FORMAT_GRAY10LE, "gray10le", 16, GRAY(2, 10)},
    {FERRY_FORMAT_GRAY12LE, "gray12le", 16, GRAY(2, 12)},
    {FERRY_FORMAT_GRAYF32LE, "grayf32le", 32, FERRYI_GRAY, FERRYI_GRAY_FLOAT, 32, {{4, 0, 0}}, {0}},
    {FERRY_FORMAT_BAYER_BGGR8, "bayer_bggr8", 8, BAYER(1, 8, BGGR)},
    {FERRY_FORMAT_BAYER_GBRG8, "bayer_gbrg8", 8, BAYER(1, 8, GBRG)},
    {FERRY_FORMAT_BAYER_GRBG8, "bayer_grbg8", 8, BAYER(1, 8, GRBG)},
    {FERRY_FORMAT_BAYER_RGGB8, "bayer_rggb8", 8, BAYER(1, 8, RGGB)},
    {FERRY_FORMAT_BAYER_BGGR10LE, "bayer_bggr10le", 16, BAYER(2, 10, BGGR)},
    {FERRY_FORMAT_BAYER_GBRG10LE, "bayer_gbrg10le", 16, BAYER(2, 10, GBRG)},
    {FERRY_FORMAT_BAYER_GRBG10LE, "bayer_grbg10le", 16, BAYER(2, 10, GRBG)},
    {FERRY_FORMAT_BAYER_RGGB10LE, "bayer_rggb10le", 16, BAYER(2, 10, RGGB)},
    {FERRY_FORMAT_BAYER_BGGR12LE, "bayer_bggr12le", 16, BAYER(2, 12, BGGR)},
    {FERRY_FORMAT_BAYER_GBRG12LE, "bayer_gbrg12le", 16, BAYER(2, 12, GBRG)},
    {FERRY_FORMAT_BAYER_GRBG12LE, "bayer_grbg12le", 16, BAYER(2, 12, GRBG)},
    {FERRY_FORMAT_BAYER_RGGB12LE, "bayer_rggb12le", 16, BAYER(2, 12, RGGB)},
    {FERRY_FORMAT_BAYER_BGGR16LE, "bayer_bggr16le", 16, BAYER(2, 16, BGGR)},
    {FERRY_FORMAT_BAYER_GBRG16LE, "bayer_gbrg16le", 16, BAYER(2, 16, GBRG)},
    {FERRY_FORMAT_BAYER_GRBG16LE, "bayer_grbg16le", 16, BAYER(2, 16, GRBG)},
    {FERRY_FORMAT_BAYER_RGGB16LE, "bayer_rggb16le", 16, BAYER(2, 16, RGGB)},
    {FERRY_FORMAT_MJPEG, "mjpeg", 0, COMPRESSED},
    {FERRY_FORMAT_JPEG, "jpeg", 0, COMPRESSED},
    {FERRY_FORMAT_H264, "h264", 0, COMPRESSED},
    {FERRY_FORMAT_HEVC, "hevc", 0, COMPRESSED},
};
enum { FORMAT_COUNT = sizeof formats / sizeof formats[0] };

/* Other names of some of them. */
static const struct {
    const char *name;
    uint32_t fourcc;
} second_names[] = {
    {"bgrx", FERRY_FORMAT_BGRX}, {"rgbx", FERRY_FORMAT_RGBX}, {"xrgb", FERRY_FORMAT_XRGB}};

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
    for (size_t i = 0; name != NULL && i < sizeof second_names / sizeof second_names[0]; i++)
        if (strcmp(second_names[i].name, name) == 0)
            return second_names[i].fourcc;
    return 0;
}

uint32_t ferry_format_bit_count(uint32_t format) {
    const ferryi_format *found = ferryi_format_find(format);
    return found != NULL ? found->bit_count : 0;
}

uint32_t ferry_format_at(size_t index) {
    return index < FORMAT_COUNT ? formats[index].fourcc : 0;
}

bool ferry_format_is_compressed(uint32_t format) {
    const ferryi_format *found = ferryi_format_find(format);
    return found != NULL && found->family == FERRYI_COMPRESSED;
}

void ferryi_format_describe(ferry_frame_info *info, uint32_t format, const ferry_layout *layout,
                            int32_t width, int32_t height) {
    info->width = width;
    info->height = height;
    info->format = format;
    info->bit_count = ferry_format_bit_count(format);
    info->stride_bytes = layout->planes[0].stride_bytes;
    info->length_bytes = layout->length_bytes;
    info->plane_count = 0;
    memset(info->plane_offset_bytes, 0, sizeof info->plane_offset_bytes);
    memset(info->plane_stride_bytes, 0, sizeof info->plane_stride_bytes);
}
