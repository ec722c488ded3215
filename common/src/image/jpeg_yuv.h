/* Rows of YUV pictures as JPEG has them: BT.601, full range, a row for each component. They go into
 * a JPEG file without becoming RGB. */
#ifndef FERRYI_IMAGE_JPEG_YUV_H
#define FERRYI_IMAGE_JPEG_YUV_H

#include "image/encode.h"

#include <stdbool.h>
#include <stdint.h>

enum { FERRYI_JPEG_BLOCK = 8, FERRYI_JPEG_COMPONENTS = 3 };

typedef struct ferryi_jpeg_component {
    const uint8_t *first; /* of the picture, which may lie in shared memory */
    size_t stride, step;  /* bytes from row to row, and from sample to sample */
    size_t width, rows;   /* samples */
    uint8_t *row[2 * FERRYI_JPEG_BLOCK];
} ferryi_jpeg_component;

typedef struct ferryi_jpeg_yuv {
    size_t shift_x, shift_y; /* 2^shift luma samples share one of chroma */
    ferryi_jpeg_component component[FERRYI_JPEG_COMPONENTS]; /* Y, U, V */

    /* How samples become those of JPEG. */
    enum { FERRYI_JPEG_COPY, FERRYI_JPEG_STRETCH, FERRYI_JPEG_MIX } change;
    uint8_t stretched[FERRYI_JPEG_COMPONENTS][256];
    int32_t y_offset, y_y, y_u, y_v, u_u, u_v, v_u, v_v; /* in 1/65536 */

    int32_t *luma_of_chroma; /* a row for each of chroma: what it adds to luma */
    uint8_t *memory;
} ferryi_jpeg_yuv;

/* Whether such a frame is YUV of 8 bits, with a matrix and a range that are known. */
bool ferryi_jpeg_yuv_takes(const ferry_frame_info *info);

/* Takes memory for a block's rows. Returns false if there is none. */
bool ferryi_jpeg_yuv_begin(ferryi_jpeg_yuv *out, const ferryi_view *view);

/* Fills in the rows of one row of blocks: 8 of chroma, beginning with row 8 * index, and as many of
 * luma as share them. Rows and columns behind the end are the last one again, to whole blocks. */
void ferryi_jpeg_yuv_fill(ferryi_jpeg_yuv *rows, size_t index);

void ferryi_jpeg_yuv_end(ferryi_jpeg_yuv *rows);

#endif
