/* Pictures in files: loading, saving, converting. stb_image and stb_image_write do the work.
 *
 * Calls may be made from any thread at once, block for as long as the file system takes, and touch
 * nothing but their arguments. */
#ifndef FRAMEFERRY_IMAGE_H
#define FRAMEFERRY_IMAGE_H

#include "consumer.h"
#include "frame.h"

FERRY_BEGIN_DECLS

/* The largest picture that is read from a file. A decoded size is checked before memory is taken.
 */
#define FERRY_IMAGE_MAX_SIDE 32768
#define FERRY_IMAGE_MAX_BYTES (INT64_C(1) << 30)

/* Size and format of the picture in a file, from its header only. out->info gets width, height,
 * format, bit_count, stride_bytes and length_bytes as ferry_image_load would give them; out->pixels
 * is not touched. Returns as ferry_image_load. */
FERRY_API ferry_status ferry_image_probe(const char *path, ferry_image *out, ferry_error *error);

/* Reads a picture file (PNG, JPEG, BMP, TGA, binary PNM (P5 and P6), the first frame of a GIF) into
 * out, which it grows as ferry_consumer_copy does. Pictures without color give gray (gray16le from
 * PNG and PNM with 16 bits), those with an alpha channel and every GIF rgba, all others rgb24; rows
 * have no padding. On failure out is unchanged in size and its pixels are undefined. Returns
 * FERRY_UNREADABLE (no picture, of a kind that is not read, damaged, cut short, or larger than the
 * limits above), FERRY_SYSTEM_ERROR (the file cannot be opened or read), FERRY_NOT_ALLOWED (for
 * want of a permission), FERRY_NO_MEMORY, FERRY_INVALID_ARGUMENT. The error names the file. */
FERRY_API ferry_status ferry_image_load(const char *path, ferry_image *out, ferry_error *error);

/* Converts between the named formats; gray16le keeps 16 bits only towards itself. out is grown as
 * needed, gets rows without padding, and may not share pixels with the source. info describes
 * pixels, whose length has to match. YUV is taken and made with the matrix and range in info.
 * Returns FERRY_NOT_SUPPORTED for an unnamed format, FERRY_INVALID_ARGUMENT (also when the result
 * would take 2^31 bytes or more), FERRY_NO_MEMORY. */
FERRY_API ferry_status ferry_image_convert(const ferry_frame_info *info, const uint8_t *pixels,
                                           uint32_t format, ferry_image *out, ferry_error *error);

/* Writes a frame of any named format as PNG, whole or not at all: to a temporary file beside path,
 * which is flushed and then renamed to path, replacing what was there. Gray is written as gray,
 * rgba and bgra with their alpha channel, gray16le with its upper 8 bits, everything else as RGB.
 * Returns FERRY_SYSTEM_ERROR, FERRY_NOT_ALLOWED (for want of a permission) or FERRY_NO_SPACE,
 * FERRY_NOT_SUPPORTED (an unnamed format, or more than the encoder can count: about 1.3 GiB of
 * pixels as they are written, or 16 MiB in a row of them), FERRY_INVALID_ARGUMENT, FERRY_NO_MEMORY
 * (the encoder wants up to seven times the picture and 8 MiB). The error names path; no file is
 * left behind. */
FERRY_API ferry_status ferry_image_save_png(const char *path, const ferry_frame_info *info,
                                            const uint8_t *pixels, ferry_error *error);

FERRY_END_DECLS

#endif
