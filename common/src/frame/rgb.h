/* Reading and writing rows of red, green and blue. */
#ifndef FERRYI_FRAME_RGB_H
#define FERRYI_FRAME_RGB_H

#include "frame/color.h"

/* Fills in row->channel from width pixels at in; opaque where the format has no alpha. */
void ferryi_rgb_unpack(const ferryi_format *format, const uint8_t *in, ferryi_row *row,
                       size_t width);

/* The reverse. A byte without a meaning becomes 255. */
void ferryi_rgb_pack(const ferryi_format *format, const ferryi_row *row, uint8_t *out,
                     size_t width);

#endif
