/* What _aligned_malloc gives only _aligned_free takes back; so this is as malloc has it, on 16
 * bytes. Source: _aligned_malloc in the C runtime's manual. */
#include "platform/pixels.h"

#include <stdlib.h>

uint8_t *ferryi_pixels_new(size_t bytes) {
    return malloc(bytes);
}
