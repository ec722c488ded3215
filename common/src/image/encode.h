/* The contract of the encoders, which write picture files: encode_jpeg.h, encode_png.h and stb.h.
 */
#ifndef FERRYI_IMAGE_ENCODE_H
#define FERRYI_IMAGE_ENCODE_H

#include <frameferry/frame.h>
#include <stdbool.h>

#include "image/writer.h"

/* The form in which an encoder wants a frame. */
typedef struct ferryi_encoder_wish {
    uint32_t format;    /* the frame's own: it can be taken as it is */
    bool takes_padding; /* between rows, and planes at any place */
} ferryi_encoder_wish;

/* A picture in a format that the encoder takes. The pixels may lie in shared memory, where others
 * can change them at any time: an encoder must not believe that it reads the same twice. */
typedef struct ferryi_view {
    const ferry_frame_info *info;
    ferry_layout layout;
    const uint8_t *pixels;
    int jpeg_quality;
} ferryi_view;

/* Writes the whole file. Returns FERRY_OK, also when a write failed, which the writer remembers. */
typedef ferry_status ferryi_encode(ferryi_writer *writer, const ferryi_view *view);

#endif
