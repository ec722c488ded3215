/* stb_image_write behind a call that can fail in one way only. */
#ifndef FERRYI_IMAGE_STB_H
#define FERRYI_IMAGE_STB_H

#include <stdbool.h>
#include <stdint.h>

/* Encodes gray (1 channel), RGB (3) or RGBA (4) as PNG and calls write once with the whole file.
 * (width x channels + 1) x height must be below FERRYI_PNG_RAW_MAX, width x channels below
 * FERRYI_PNG_ROW_MAX, and stride x height has to fit an int. False when memory is out; write is not
 * called then. */
bool ferryi_stb_write_png(void (*write)(void *context, void *data, int size), void *context,
                          int32_t width, int32_t height, int channels, const uint8_t *pixels,
                          uint32_t stride_bytes);

/* stb_image_write counts in int. The buffer for what it compresses starts with 2 bytes and grows
 * from m to 2 m + 1, so that 3 x 2^29 - 1 is the last capacity that an int can hold. A byte of the
 * rows takes up to 9 bits, and some bytes come around them. The other limit is for the sum of a
 * row's bytes, each of which counts up to 128. */
#define FERRYI_PNG_RAW_MAX ((3 * (INT32_C(1) << 29) - 64) / 9 * 8)
#define FERRYI_PNG_ROW_MAX (INT32_MAX / 128)

#endif
