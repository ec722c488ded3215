/* The mark for reading pictures: stb_image, as its users call it. */
#ifndef FERRY_BENCH_DECODE_STB_H
#define FERRY_BENCH_DECODE_STB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool bench_decode_stb(const uint8_t *bytes, size_t length);

#endif
