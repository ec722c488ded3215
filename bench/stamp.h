/* The number of a frame, at several places of its picture. */
#ifndef FERRY_BENCH_STAMP_H
#define FERRY_BENCH_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/* Writes a number at 16 places from the first byte to the last; fewer in pictures below 128 bytes.
 */
void stamp_write(uint8_t *pixels, uint32_t length_bytes, uint64_t number);

/* The number of a picture; false: the places disagree, so that it is of several frames. */
bool stamp_read(const uint8_t *pixels, uint32_t length_bytes, uint64_t *number);

/* Reads every byte, as a program that works on a picture does. */
uint64_t stamp_sum(const uint8_t *pixels, uint32_t length_bytes);

#endif
