/* Reading and writing rows of one color for each pixel. */
#ifndef FERRYI_FRAME_BAYER_H
#define FERRYI_FRAME_BAYER_H

#include "frame/color.h"

/* Fills in row->channel from row y of a picture, opaque. The two colors that a pixel lacks are the
 * means of its nearest neighbors that have them (bilinear interpolation), rounded to 8 bits.
 * Outside an edge lies once more the row or column inside it, which has the same colors as one that
 * had been cut off. Across a picture of one row or column there is only the pixel itself. */
void ferryi_bayer_unpack(const ferryi_raster *raster, const uint8_t *in, size_t y, ferryi_row *row);

/* Writes row y: of each pixel the one color that the pattern has there. */
void ferryi_bayer_pack(const ferryi_raster *raster, const ferryi_row *row, uint8_t *out, size_t y);

#endif
