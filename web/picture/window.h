/* Pictures of more than 8 bits as pictures of 8 bits: a window of their values becomes 0 to 255.
 * Any thread; no state. */
#ifndef WEB_PICTURE_WINDOW_H
#define WEB_PICTURE_WINDOW_H

#include "picture/histogram.h"

typedef struct window {
    double low, high; /* black, and white; low is less than high, and both are finite */
} window;

/* Whether a window is of use for a format: gray, RGB and Bayer of more than 8 bits. YUV of 10 bits
 * is video, whose black and white are known. */
bool window_serves(uint32_t format);

/* The window from the low to the high percentile. Where these are equal, as in a flat picture, it
 * is all that the format can show; around them, if they are floats that are beyond that. */
window window_of(const histogram *h);

/* Makes a picture of 8 bits: gray of gray, rgb24 of rgb48le, and of Bayer that of the same order.
 * NaN becomes black. pixels may lie in shared memory that others change; out grows as in
 * ferry_image_convert, and gets the description with the new format and rows without padding.
 * Returns FERRY_OK; FERRY_NOT_SUPPORTED (the window does not serve), FERRY_INVALID_ARGUMENT (a
 * description that cannot be, or a window that is none) and FERRY_NO_MEMORY, with a sentence. */
ferry_status window_apply(const ferry_frame_info *info, const uint8_t *pixels, const window *shown,
                          ferry_image *out, ferry_error *error);

#endif
