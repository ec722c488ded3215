/* The one table of named pixel formats. */
#ifndef FERRYI_FRAME_FORMAT_H
#define FERRYI_FRAME_FORMAT_H

#include <frameferry/frame.h>
#include <stdbool.h>

/* The meaning of a picture's values once it is unpacked. The colors of a Bayer picture are found by
 * unpacking it. */
typedef enum ferryi_family {
    FERRYI_GRAY,
    FERRYI_RGB,
    FERRYI_YUV,
    FERRYI_COMPRESSED /* there are no rows */
} ferryi_family;

/* How a row is read and written. gray.c, rgb.c, yuv.c and bayer.c each do some. */
typedef enum ferryi_packing {
    FERRYI_GRAY_BITS,  /* depth bits, in one byte or the lower ones of two */
    FERRYI_GRAY_FLOAT, /* of 32 bits */
    FERRYI_RGB_BYTES,  /* at says where R, G, B and A are in a group */
    FERRYI_RGB_565,
    FERRYI_RGB_WORDS,  /* R G B of 16 bits */
    FERRYI_YUV_PACKED, /* at says where the first Y, U and V are in a group; the second Y: + 2 */
    FERRYI_YUV_PLANES, /* at says where U and V begin in the rows of their plane */
    FERRYI_BAYER,      /* depth bits; at[0] says where R is: column + 2 * row of a square of four */
    FERRYI_OPAQUE      /* compressed */
} ferryi_packing;

/* How pixels are grouped in a row of a plane: one group of group_bytes stands for 2^shift_x pixels
 * of a row and for 2^shift_y rows. Odd sizes round up to whole groups. */
typedef struct ferryi_plane_shape {
    uint8_t group_bytes; /* 0: the format does not have this plane */
    uint8_t shift_x;
    uint8_t shift_y;
} ferryi_plane_shape;

enum { FERRYI_NO_ALPHA = 255 };

typedef struct ferryi_format {
    uint32_t fourcc;
    const char *name;
    uint8_t bit_count;
    ferryi_family family;
    ferryi_packing packing;
    uint8_t depth; /* bits of a value */
    ferryi_plane_shape planes[FERRY_PLANES_MAX];
    uint8_t at[4]; /* see packing; at[3] of RGB_BYTES may be FERRYI_NO_ALPHA */
} ferryi_format;

/* A picture's rows, and where they lie. */
typedef struct ferryi_raster {
    const ferryi_format *format;
    ferry_layout layout;
    size_t width, height;
} ferryi_raster;

/* The table's entry for a FourCC; NULL for a format without a name. */
const ferryi_format *ferryi_format_find(uint32_t fourcc);

/* Finds as ferry_layout_compute does, without the planes: *stride_bytes is that of the first plane,
 * and filled in where it is 0. width and height are 1 or more, and the format has rows. */
ferry_status ferryi_layout_measure(const ferryi_format *format, int32_t width, int32_t height,
                                   uint32_t *stride_bytes, uint32_t *length_bytes);

/* Finds where the planes of a picture lie, and whether its length has room for them. The format has
 * rows. FERRY_INVALID_ARGUMENT, with a sentence, where the description cannot be. */
ferry_status ferryi_layout_find(ferry_layout *out, const ferry_frame_info *info,
                                ferry_error *error);

/* Where the last pixel of a plane ends. */
static inline uint32_t ferryi_plane_end(const ferry_plane *plane) {
    return plane->offset_bytes + plane->stride_bytes * (plane->rows - 1) + plane->row_bytes;
}

/* Where a row of a plane begins. */
static inline size_t ferryi_plane_row(const ferry_layout *layout, size_t plane, size_t row) {
    const ferry_plane *p = &layout->planes[plane];
    return p->offset_bytes + row * p->stride_bytes;
}

/* Sets width, height, format, and the fields that follow from them for rows without padding, and
 * leaves the others. The size must have passed ferry_layout_compute. */
void ferryi_format_describe(ferry_frame_info *info, uint32_t format, const ferry_layout *layout,
                            int32_t width, int32_t height);

#endif
