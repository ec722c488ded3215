/* The library that decodes JPEG: libjpeg-turbo, or stb_image in a build without it. */
#ifndef FERRYI_IMAGE_JPEG_H
#define FERRYI_IMAGE_JPEG_H

#include "image/codec.h"

/* Whether the library knows arithmetic coding. */
extern const bool ferryi_jpeg_has_arithmetic;

/* Why it cannot decode a sound file; NULL: it can. plain_cmyk: four components, without a segment
 * of Adobe that says what they are. */
const char *ferryi_jpeg_refusal(bool has_huffman_tables, bool plain_cmyk);

/* As decode in codec.h. */
ferry_status ferryi_jpeg_decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels);

#endif
