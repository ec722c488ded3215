#include "decode_stb.h"

#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

bool bench_decode_stb(const uint8_t *bytes, size_t length) {
    int width, height, channels;
    stbi_uc *pixels = stbi_load_from_memory(bytes, (int)length, &width, &height, &channels, 0);
    bool read = pixels != NULL;
    stbi_image_free(pixels);
    return read;
}
