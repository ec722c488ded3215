#ifndef FRAMEFERRY_FRAME_H
#define FRAMEFERRY_FRAME_H
#include "status.h"
#include "version.h"
#include <stddef.h>
#include <stdint.h>
FERRY_BEGIN_DECLS
#define FERRY_METADATA_MAX 1024
#define FERRY_PLANES_MAX 4
#define FERRY_FOURCC(a, b, c, d)                                                                   \
    ((uint32_t)(a) | ((uint32_t)(b) << 8) | ((uint32_t)(c) << 16) | ((uint32_t)(d) << 24))
#define FERRY_FORMAT_GRAY FERRY_FOURCC('G', 'R', 'E', 'Y')
#define FERRY_FORMAT_GRAY16LE FERRY_FOURCC('Y', '1', '6', ' ')
#define FERRY_FORMAT_BGR24 FERRY_FOURCC('B', 'G', 'R', '3')
#define FERRY_FORMAT_RGB24 FERRY_FOURCC('R', 'G', 'B', '3')
#define FERRY_FORMAT_BGRA FERRY_FOURCC('A', 'R', '2', '4')
#define FERRY_FORMAT_RGBA FERRY_FOURCC('A', 'B', '2', '4')
#define FERRY_FORMAT_YUYV422 FERRY_FOURCC('Y', 'U', 'Y', 'V')
#define FERRY_FORMAT_NV12 FERRY_FOURCC('N', 'V', '1', '2')
#define FERRY_FORMAT_YUV420P FERRY_FOURCC('Y', 'U', '1', '2')
#define FERRY_FORMAT_RGB565LE FERRY_FOURCC('R', 'G', 'B', 'P')
#define FERRY_FORMAT_RGB48LE FERRY_FOURCC('R', 'G', 'B', '6')
typedef enum ferry_color_matrix {
    FERRY_MATRIX_UNSPECIFIED = 0,
    FERRY_MATRIX_BT601 = 1,
    FERRY_MATRIX_BT709 = 2,
    FERRY_MATRIX_BT2020 = 3
} ferry_color_matrix;
typedef enum ferry_color_range {
    FERRY_RANGE_UNSPECIFIED = 0,
    FERRY_RANGE_LIMITED = 1,
    FERRY_RANGE_FULL = 2
} ferry_color_range;
typedef enum ferry_color_primaries {
    FERRY_PRIMARIES_UNSPECIFIED = 0,
    FERRY_PRIMARIES_BT709 = 1,
    FERRY_PRIMARIES_BT470BG = 5,
    FERRY_PRIMARIES_SMPTE170M = 6,
    FERRY_PRIMARIES_BT2020 = 9,
    FERRY_PRIMARIES_SMPTE432 = 12
} ferry_color_primaries;
typedef enum ferry_color_transfer {
    FERRY_TRANSFER_UNSPECIFIED = 0,
    FERRY_TRANSFER_BT709 = 1,
    FERRY_TRANSFER_SMPTE170M = 6,
    FERRY_TRANSFER_LINEAR = 8,
    FERRY_TRANSFER_SRGB = 13,
    FERRY_TRANSFER_BT2020_10 = 14,
    FERRY_TRANSFER_PQ = 16,
    FERRY_TRANSFER_HLG = 18
} ferry_color_transfer;
typedef enum ferry_chroma_site {
    FERRY_CHROMA_UNSPECIFIED = 0,
    FERRY_CHROMA_LEFT = 1,
    FERRY_CHROMA_CENTER = 2,
    FERRY_CHROMA_TOP_LEFT = 3,
    FERRY_CHROMA_TOP = 4,
    FERRY_CHROMA_BOTTOM_LEFT = 5,
    FERRY_CHROMA_BOTTOM = 6
} ferry_chroma_site;
typedef enum ferry_field_order {
    FERRY_FIELDS_UNSPECIFIED = 0,
    FERRY_FIELDS_PROGRESSIVE = 1,
    FERRY_FIELDS_TOP_FIRST = 2,
    FERRY_FIELDS_BOTTOM_FIRST = 3,
    FERRY_FIELDS_TOP = 4,
    FERRY_FIELDS_BOTTOM = 5
} ferry_field_order;
typedef enum ferry_frame_flag {
    FERRY_FRAME_CORRUPT = 1,
    FERRY_FRAME_STAMP_START = 2,
    FERRY_FRAME_STAMP_END = 4,
    FERRY_FRAME_HAS_SEQUENCE = 8,
    FERRY_FRAME_KEY = 16
} ferry_frame_flag;
typedef struct ferry_frame_info {
    int32_t width;
    int32_t height;
    uint32_t format;
    uint32_t bit_count;
    uint32_t stride_bytes;
    uint32_t length_bytes;
    uint32_t color_matrix;
    uint32_t color_range;
    uint32_t color_primaries;
    uint32_t color_transfer;
    uint32_t chroma_site;
    uint32_t field_order;
    uint32_t frame_rate_num;
    uint32_t frame_rate_den;
    uint32_t pixel_aspect_num;
    uint32_t pixel_aspect_den;
    uint32_t plane_count;
    uint32_t plane_offset_bytes[FERRY_PLANES_MAX];
    uint32_t plane_stride_bytes[FERRY_PLANES_MAX];
    uint32_t flags;
    uint64_t capture_ns;
    uint64_t exposure_ns;
    uint64_t sequence;
    uint64_t number;
    uint64_t publish_ns;
    uint64_t dropped;
    uint64_t reserved[8];
    uint32_t metadata_bytes;
    uint32_t reserved_word;
    uint8_t metadata[FERRY_METADATA_MAX];
} ferry_frame_info;
#ifdef __cplusplus
static inline ferry_frame_info ferry_frame_info_init() {
    return ferry_frame_info();
}
#define FERRY_FRAME_INFO_INIT ferry_frame_info_init()
#else
#define FERRY_FRAME_INFO_INIT                                                                      \
    { .width = 0 }
#endif
typedef struct ferry_plane {
    uint32_t offset_bytes;
    uint32_t stride_bytes;
    uint32_t row_bytes;
    uint32_t rows;
} ferry_plane;
typedef struct ferry_layout {
    uint32_t plane_count;
    uint32_t length_bytes;
    ferry_plane planes[FERRY_PLANES_MAX];
} ferry_layout;
FERRY_API ferry_status ferry_layout_compute(ferry_layout *out, uint32_t format, int32_t width,
                                            int32_t height, uint32_t stride_bytes);
FERRY_API ferry_status ferry_layout_of(ferry_layout *out, const ferry_frame_info *info);
FERRY_API const char *ferry_format_name(uint32_t format);
FERRY_API uint32_t ferry_format_from_name(const char *name);
FERRY_API uint32_t ferry_format_bit_count(uint32_t format);
FERRY_API uint32_t ferry_format_at(size_t index);
typedef struct ferry_image {
    ferry_frame_info info;
    uint8_t *pixels;
    size_t capacity_bytes;
    uint64_t skipped;
    uint64_t reserved[4];
} ferry_image;
#ifdef __cplusplus
static inline ferry_image ferry_image_init() {
    return ferry_image();
}
#define FERRY_IMAGE_INIT ferry_image_init()
#else
#define FERRY_IMAGE_INIT                                                                           \
    { .pixels = NULL }
#endif
FERRY_API ferry_status ferry_image_reserve(ferry_image *image, size_t bytes);
FERRY_API void ferry_image_free(ferry_image *image);
FERRY_END_DECLS
#endif
