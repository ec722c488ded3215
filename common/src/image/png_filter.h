/* Filtering rows for PNG before they are compressed. No state, no allocation, any thread. */
#ifndef FERRYI_IMAGE_PNG_FILTER_H
#define FERRYI_IMAGE_PNG_FILTER_H

#include <stddef.h>
#include <stdint.h>

/* Puts 1 + count bytes into out: the number of PNG's filter Up, and count bytes of row, in the
 * order of the file, each less the byte above it. The row above the first one is all zeros. format
 * is one of those that a PNG file can hold, and row and above are in its order. Source: the PNG
 * specification, third edition, 9.2. */
void ferryi_png_filter(uint8_t *out, const uint8_t *row, const uint8_t *above, size_t count,
                       uint32_t format);

#endif
