/* Pictures as Windows programs hand them on: a few numbers in front, then rows of 8, 16, 24 or 32
 * bits a pixel. Touches nothing but its arguments. */
#ifndef FERRYI_FRAME_BITMAP_H
#define FERRYI_FRAME_BITMAP_H

#include <frameferry/frame.h>

/* The numbers, as another program says them. */
typedef struct ferryi_bitmap {
    int32_t length; /* of the pixels, bytes */
    int32_t width;
    int32_t height; /* negative: the last row comes first (BITMAPINFOHEADER in the Win32 manual) */
    int32_t bit_count;
} ferryi_bitmap;

/* Describes the picture. Rows may have no padding, or be padded to 4 bytes as in a
 * device-independent bitmap: the length tells. 8 bits are gray, 16 format_16bit, 24 bgr24, 32 bgra.
 * room_bytes is what the memory has for pixels. out->height is above 0. FERRY_MALFORMED when the
 * numbers cannot be. */
ferry_status ferryi_bitmap_describe(ferry_frame_info *out, const ferryi_bitmap *bitmap,
                                    uint64_t room_bytes, uint32_t format_16bit);

/* Returns the bits that stand for a format; 0: none do. */
int32_t ferryi_bitmap_bits(uint32_t format, uint32_t format_16bit);

#endif
