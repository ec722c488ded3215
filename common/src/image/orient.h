/* Turning pictures upright. */
#ifndef FERRYI_IMAGE_ORIENT_H
#define FERRYI_IMAGE_ORIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a picture of this EXIF orientation lies on its side, so that width and height change
 * places. */
bool ferryi_orient_swaps(uint32_t orientation);

/* Copies width x height pixels (as they are stored) to where an upright picture has them. Rows have
 * no padding on either side; the two do not overlap. */
void ferryi_orient(uint8_t *out, const uint8_t *in, uint32_t width, uint32_t height,
                   size_t pixel_bytes, uint32_t orientation);

#endif
