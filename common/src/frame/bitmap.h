/* Pictures as Windows programs hand them on: a few numbers in front, then rows. The numbers say
 * little and may say anything. Touches nothing but its arguments. */
#ifndef FERRYI_FRAME_BITMAP_H
#define FERRYI_FRAME_BITMAP_H

#include <frameferry/frame.h>

#include "frame/format.h"

/* The numbers, as another program says them. */
typedef struct ferryi_bitmap {
    int32_t length; /* of the pixels, bytes */
    int32_t width;
    int32_t height; /* the sign is about the order of rows */
    int32_t bit_count;
} ferryi_bitmap;

/* The formats of such pictures, as far as a user has said them. */
typedef struct ferryi_bitmap_told {
    uint32_t format_16bit; /* of 16 bits */
    uint32_t format;       /* of as many bits as this one has; 0: none */
} ferryi_bitmap_told;

/* Returns the format that a bit count stands for: 8 bits are gray, 16 format_16bit, 24 bgr24, 32
 * bgra, and those of told->format are that; 0: none. */
uint32_t ferryi_bitmap_format(int32_t bit_count, const ferryi_bitmap_told *told);

/* Returns the bits that stand for a format, when nothing is told but format_16bit; 0: none do. */
int32_t ferryi_bitmap_bits(uint32_t format, uint32_t format_16bit);

/* Returns the height without its sign; 0: there is none. */
int32_t ferryi_bitmap_height(const ferryi_bitmap *bitmap);

/* Returns the length that rows of the least stride take which align divides, and this stride; 0:
 * the size cannot be. */
uint32_t ferryi_bitmap_measure(const ferryi_bitmap *bitmap, const ferryi_format *format,
                               uint32_t align, uint32_t *stride_bytes);

/* Describes the picture. Rows may have no padding, or be padded to 4 bytes as in a
 * device-independent bitmap (BITMAPINFOHEADER in the Win32 manual): the length tells. room_bytes is
 * what the memory has for pixels. out->height is above 0. FERRY_MALFORMED when the numbers cannot
 * be. */
ferry_status ferryi_bitmap_describe(ferry_frame_info *out, const ferryi_bitmap *bitmap,
                                    uint64_t room_bytes, const ferryi_bitmap_told *told);

#endif
