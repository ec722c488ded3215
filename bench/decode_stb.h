/* The mark for reading pictures and for making JPEG: stb_image and stb_image_write, as their users
 * call them. */
#ifndef FERRY_BENCH_DECODE_STB_H
#define FERRY_BENCH_DECODE_STB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool bench_decode_stb(const uint8_t *bytes, size_t length);

/* JPEG of quality 90. Returns the length of the file; 0: failed. */
size_t bench_encode_stb(const uint8_t *rgb, int width, int height);

#endif
