/* "WxH:FORMAT", as several options have it. */
#ifndef APP_FRAME_SIZE_H
#define APP_FRAME_SIZE_H

#include <stddef.h>
#include <stdint.h>

/* Reads "WxH:" with sizes from 1 to 2^31 - 1, and returns what follows; NULL: it is not of this
 * form. */
const char *app_frame_size_take(const char *text, int32_t *width, int32_t *height);

/* Finds a pixel format by the first characters of a text; 0: there is none, or it is compressed. */
uint32_t app_frame_size_format(const char *name, size_t length);

#endif
