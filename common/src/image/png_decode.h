/* The library that decodes PNG: libpng, or stb_image in a build without it. */
#ifndef FERRYI_IMAGE_PNG_DECODE_H
#define FERRYI_IMAGE_PNG_DECODE_H

#include "image/codec.h"

/* As decode in codec.h. */
ferry_status ferryi_png_decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels);

#endif
