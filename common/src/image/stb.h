/* Decoding and encoding by stb_image and stb_image_write. */
#ifndef FERRYI_IMAGE_STB_H
#define FERRYI_IMAGE_STB_H

#include "image/codec.h"
#include "image/encode.h"

/* The decode of a codec that leaves it to stb_image. It must have inspected the file. */
ferry_status ferryi_stb_decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels);

/* Which of the formats that the encoders below take is nearest to a format. */
uint32_t ferryi_stb_format(uint32_t format);

/* Encoders that take gray, rgb24 and rgba without padding; JPEG leaves alpha out. JPEG and TGA: up
 * to 65535 pixels a side; BMP: a file below 2^31 bytes. */
ferry_status ferryi_stb_encode_jpeg(ferryi_writer *writer, const ferryi_view *view);
ferry_status ferryi_stb_encode_bmp(ferryi_writer *writer, const ferryi_view *view);
ferry_status ferryi_stb_encode_tga(ferryi_writer *writer, const ferryi_view *view);

#endif
