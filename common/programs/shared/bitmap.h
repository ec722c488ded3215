/* Pixel formats for programs that know only bitmaps of 8 to 32 bits a pixel. Any thread. */
#ifndef APP_BITMAP_H
#define APP_BITMAP_H

#include <stdint.h>

/* The format in which such a program can be shown a picture of a format that has a name. */
uint32_t app_bitmap_format(uint32_t format);

#endif
