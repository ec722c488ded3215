/* Conversion between pixel formats. Any thread; never blocks. */
#ifndef FRAMEFERRY_CONVERT_H
#define FRAMEFERRY_CONVERT_H

#include "frame.h"

FERRY_BEGIN_DECLS

/* Converts between the named formats; gray16le keeps 16 bits only towards itself. out is grown as
 * needed, gets rows without padding, and may not share pixels with the source. info describes
 * pixels, whose length has to match. YUV is taken and made with the matrix and range in info.
 * Returns FERRY_NOT_SUPPORTED for an unnamed format, FERRY_INVALID_ARGUMENT (also when the result
 * would take 2^31 bytes or more), FERRY_NO_MEMORY. */
FERRY_API ferry_status ferry_image_convert(const ferry_frame_info *info, const uint8_t *pixels,
                                           uint32_t format, ferry_image *out, ferry_error *error);

FERRY_END_DECLS

#endif
