/* The encoder of PNG files. */
#ifndef FERRYI_IMAGE_ENCODE_PNG_H
#define FERRYI_IMAGE_ENCODE_PNG_H

#include "image/encode.h"

/* Takes gray, gray16le, rgb24, bgr24, rgb48le, rgba and bgra with any stride. Also returns
 * FERRY_NO_MEMORY, FERRY_NOT_SUPPORTED when libpng refuses the picture, and FERRY_SYSTEM_ERROR when
 * the compressor fails. */
ferry_status ferryi_encode_png(ferryi_writer *writer, const ferryi_view *view);

#endif
