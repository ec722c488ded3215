/* Source: aligned_alloc in POSIX.1-2024 and C11. */
#include "platform/pixels.h"

#include <stdlib.h>

uint8_t *ferryi_pixels_new(size_t bytes) {
    enum { LINE_BYTES = 64 };
    /* In whole lines, as C11 had it at first; so much does not exist that this would wrap. */
    return aligned_alloc(LINE_BYTES, (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES);
}
