/* Conversion between pixel formats. Any thread; does not block. */
#ifndef FRAMEFERRY_CONVERT_H
#define FRAMEFERRY_CONVERT_H

#include <stdint.h>

#include "frame.h"
#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

/* Converts a picture from one named format to another. Each format that is not compressed can be
 * converted to each.
 *
 * info describes pixels, and its length has to match them; both stay the caller's. out gets the
 * description of the result and rows without padding. It is the caller's, is grown as needed, and
 * must not share its pixels with the source. A conversion from or to YUV uses the matrix and the
 * range in info.
 *
 * Gray has 16 bits on its way to gray, and everything else 8: a value of more bits is rounded to
 * the nearest, and p010le is not dithered as FFmpeg does it. Levels above the most of 10 or 12 bits
 * become the most. A number of grayf32le below 0 becomes 0 and above 1 becomes 1; one that is none
 * (NaN) becomes 0. The two colors that a pixel of Bayer lacks are the means of its neighbors
 * (bilinear interpolation), to the edge; to Bayer goes the one color of each pixel. Chroma is
 * repeated and averaged, wherever chroma_site has it. A byte X becomes 255, and alpha that is not
 * there 255.
 *
 * Returns FERRY_OK, FERRY_NOT_SUPPORTED for a compressed format and for one without a name,
 * FERRY_INVALID_ARGUMENT (also when the result would take 2^31 bytes or more), FERRY_NO_MEMORY. */
FERRY_API ferry_status ferry_image_convert(const ferry_frame_info *info, const uint8_t *pixels,
                                           uint32_t format, ferry_image *out, ferry_error *error);

FERRY_END_DECLS

#endif
