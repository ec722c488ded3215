/* Picture files that are written: what an encoder gets, and where it puts the file's bytes. */
#ifndef FERRYI_IMAGE_ENCODE_H
#define FERRYI_IMAGE_ENCODE_H

#include <frameferry/frame.h>
#include <stdio.h>

/* Takes bytes until the first write that fails, and drops what comes after. */
typedef struct ferryi_writer {
    FILE *stream;
    int os_code; /* of the write that failed; 0 */
} ferryi_writer;

void ferryi_writer_put(ferryi_writer *writer, const void *bytes, size_t count);

/* A picture in a format that the encoder takes. The pixels may lie in shared memory, where others
 * can change them at any time: an encoder must not believe that it reads the same twice. */
typedef struct ferryi_view {
    const ferry_frame_info *info;
    ferry_layout layout;
    const uint8_t *pixels;
    int jpeg_quality;
} ferryi_view;

/* Encoders write the whole file and return FERRY_OK, also when a write failed, which the writer
 * remembers; or FERRY_NO_MEMORY.
 *
 * PNG: gray, rgb24 and rgba. stb_image_write counts in int: (row_bytes + 1) x height must be below
 * FERRYI_PNG_RAW_MAX, row_bytes below FERRYI_PNG_ROW_MAX. */
ferry_status ferryi_encode_png(ferryi_writer *writer, const ferryi_view *view);

/* The other three take gray, rgb24 and rgba without padding (JPEG: gray and rgb24). JPEG and TGA:
 * up to 65535 pixels a side; BMP: a file below 2^31 bytes. */
ferry_status ferryi_encode_jpeg(ferryi_writer *writer, const ferryi_view *view);
ferry_status ferryi_encode_bmp(ferryi_writer *writer, const ferryi_view *view);
ferry_status ferryi_encode_tga(ferryi_writer *writer, const ferryi_view *view);

/* stb_image_write counts in int. The buffer for what it compresses starts with 2 bytes and grows
 * from m to 2 m + 1, so that 3 x 2^29 - 1 is the last capacity that an int can hold. A byte of the
 * rows takes up to 9 bits, and some bytes come around them. The other limit is for the sum of a
 * row's bytes, each of which counts up to 128. */
#define FERRYI_PNG_RAW_MAX ((3 * (INT32_C(1) << 29) - 64) / 9 * 8)
#define FERRYI_PNG_ROW_MAX (INT32_MAX / 128)

#endif
