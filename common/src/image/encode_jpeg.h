/* The library that encodes JPEG: libjpeg-turbo, or stb_image_write in a build without it. */
#ifndef FERRYI_IMAGE_ENCODE_JPEG_H
#define FERRYI_IMAGE_ENCODE_JPEG_H

#include "image/encode.h"

/* Returns the form in which the encoder wants such a frame. */
ferryi_encoder_wish ferryi_encode_jpeg_wish(const ferry_frame_info *info);

/* Takes what the wish says, up to 65535 pixels a side. Alpha is left out. Also returns
 * FERRY_NO_MEMORY. */
ferry_status ferryi_encode_jpeg(ferryi_writer *writer, const ferryi_view *view);

#endif
