/* The one table of named pixel formats. */
#ifndef FERRYI_FRAME_FORMAT_H
#define FERRYI_FRAME_FORMAT_H

#include <frameferry/frame.h>
#include <stdbool.h>

typedef enum ferryi_family { FERRYI_GRAY, FERRYI_RGB, FERRYI_YUV } ferryi_family;

/* How pixels are grouped in a row of a plane: one group of group_bytes stands for 2^shift_x pixels
 * of a row and for 2^shift_y rows. Odd sizes round up to whole groups. */
typedef struct ferryi_plane_shape {
    uint8_t group_bytes; /* 0: the format does not have this plane */
    uint8_t shift_x;
    uint8_t shift_y;
} ferryi_plane_shape;

typedef struct ferryi_format {
    uint32_t fourcc;
    const char *name;
    uint32_t bit_count;
    ferryi_family family;
    ferryi_plane_shape planes[FERRY_PLANES_MAX];
    uint8_t red, blue; /* RGB family, from 3 bytes on: where they are; green is 1, alpha 3 of 4 */
} ferryi_format;

/* The table's entry for a FourCC; NULL for a format without a name. */
const ferryi_format *ferryi_format_find(uint32_t fourcc);

/* Where the last pixel of a plane ends. */
static inline uint32_t ferryi_plane_end(const ferry_plane *plane) {
    return plane->offset_bytes + plane->stride_bytes * (plane->rows - 1) + plane->row_bytes;
}

/* Sets width, height, format, and the fields that follow from them for rows without padding, and
 * leaves the others. The size must have passed ferry_layout_compute. */
void ferryi_format_describe(ferry_frame_info *info, uint32_t format, const ferry_layout *layout,
                            int32_t width, int32_t height);

#endif
