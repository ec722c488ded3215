/* The values that a part of a picture is made of, as they are stored. Any thread; no state. */
#ifndef WEB_PICTURE_VALUES_H
#define WEB_PICTURE_VALUES_H

#include "picture/samples.h"

typedef struct values_part {
    int32_t x, y, width, height;
} values_part;

/* Writes the values of each pixel of a part, row by row, to out, which has room for width * height
 * * samples_find(info->format)->count of them. A pixel of YUV has the chroma that it shares, one of
 * Bayer its one value, whose color samples_color_at has. A number is what it is, also NaN.
 *
 * pixels may lie in shared memory that others change. Returns FERRY_OK; FERRY_INVALID_ARGUMENT (the
 * part is not in the picture, or the description cannot be) and FERRY_NOT_SUPPORTED (there are no
 * pixels), with a sentence. */
ferry_status values_read(const ferry_frame_info *info, const uint8_t *pixels,
                         const values_part *part, double *out, ferry_error *error);

#endif
