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

/* Encoders write the whole file. They return FERRY_OK, also when a write failed, which the writer
 * remembers.
 *
 * PNG takes gray, gray16le, rgb24, bgr24, rgba and bgra with any stride. Also FERRY_NO_MEMORY, and
 * FERRY_NOT_SUPPORTED when libpng refuses the picture, and FERRY_SYSTEM_ERROR when the compressor
 * fails. */
ferry_status ferryi_encode_png(ferryi_writer *writer, const ferryi_view *view);

/* The others take gray, rgb24 and rgba without padding; JPEG leaves alpha out. JPEG and TGA: up to
 * 65535 pixels a side; BMP: a file below 2^31 bytes. */
ferry_status ferryi_encode_jpeg(ferryi_writer *writer, const ferryi_view *view);
ferry_status ferryi_encode_bmp(ferryi_writer *writer, const ferryi_view *view);
ferry_status ferryi_encode_tga(ferryi_writer *writer, const ferryi_view *view);

#endif
