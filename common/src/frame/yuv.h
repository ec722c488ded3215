/* Reading and writing rows of luma and chroma. */
#ifndef FERRYI_FRAME_YUV_H
#define FERRYI_FRAME_YUV_H

#include "frame/color.h"

/* Fills in row->channel from row y of a picture: each pixel gets the chroma that it shares. Values
 * of 10 bits are rounded to 8, up at the middle, as FFmpeg does without dithering. */
void ferryi_yuv_unpack(const ferryi_raster *raster, const uint8_t *in, size_t y, ferryi_row *row);

/* Writes rows y and, unless the picture ends before it, y + 1. Chroma that pixels share is their
 * mean; the last row of an odd height comes in both of rows. */
void ferryi_yuv_pack(const ferryi_raster *raster, const ferryi_row rows[2], uint8_t *out, size_t y);

#endif
