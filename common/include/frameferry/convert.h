/* Conversion between pixel formats. Any thread; does not block. */
#ifndef FRAMEFERRY_CONVERT_H
#define FRAMEFERRY_CONVERT_H

#include <stdint.h>

#include "frame.h"
#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

/* Converts a picture from one named format to another.
 *
 * info describes pixels, and its length has to match them; both stay the caller's. out gets the
 * description of the result and rows without padding. It is the caller's, is grown as needed, and
 * must not share its pixels with the source. A conversion from or to YUV uses the matrix and the
 * range in info. gray16le keeps its 16 bits only when it stays gray16le.
 *
 * Returns FERRY_OK, FERRY_NOT_SUPPORTED for a format without a name, FERRY_INVALID_ARGUMENT (also
 * when the result would take 2^31 bytes or more), FERRY_NO_MEMORY. */
FERRY_API ferry_status ferry_image_convert(const ferry_frame_info *info, const uint8_t *pixels,
                                           uint32_t format, ferry_image *out, ferry_error *error);

FERRY_END_DECLS

#endif
