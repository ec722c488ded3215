/* Reading and writing rows of the formats without color. */
#ifndef FERRYI_FRAME_GRAY_H
#define FERRYI_FRAME_GRAY_H

#include "frame/color.h"

/* Fills in row->gray from width pixels at in. Levels are spread over 16 bits; levels above the most
 * that the format's depth has become that. A number that is not between 0 and 1 becomes the nearer
 * of the two, and one that is none becomes 0. */
void ferryi_gray_unpack(const ferryi_format *format, const uint8_t *in, ferryi_row *row,
                        size_t width);

/* The reverse, to the nearest level. */
void ferryi_gray_pack(const ferryi_format *format, const ferryi_row *row, uint8_t *out,
                      size_t width);

#endif
