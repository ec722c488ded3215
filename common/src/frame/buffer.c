#include <frameferry/frame.h>

#include <stdlib.h>

#include "platform/pixels.h"

ferry_status ferry_image_reserve(ferry_image *image, size_t bytes) {
    if (image == NULL)
        return FERRY_INVALID_ARGUMENT;
    if (bytes <= image->capacity_bytes && image->pixels != NULL)
        return FERRY_OK;
    uint8_t *pixels = ferryi_pixels_new(bytes != 0 ? bytes : 1);
    if (pixels == NULL)
        return FERRY_NO_MEMORY;
    free(image->pixels);
    image->pixels = pixels;
    image->capacity_bytes = bytes;
    return FERRY_OK;
}

void ferry_image_free(ferry_image *image) {
    if (image == NULL)
        return;
    free(image->pixels);
    *image = (ferry_image)FERRY_IMAGE_INIT;
}
