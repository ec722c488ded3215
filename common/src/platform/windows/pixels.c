/* Only _aligned_free takes memory of _aligned_malloc back, and users call free: so this is memory
 * of malloc, which begins on 16 bytes. Source: _aligned_malloc in the C runtime's manual. */
#include "platform/pixels.h"

#include <stdlib.h>

uint8_t *ferryi_pixels_new(size_t bytes) {
    return malloc(bytes);
}
