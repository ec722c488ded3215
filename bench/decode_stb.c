#include "decode_stb.h"

#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

bool bench_decode_stb(const uint8_t *bytes, size_t length) {
    int width, height, channels;
    stbi_uc *pixels = stbi_load_from_memory(bytes, (int)length, &width, &height, &channels, 0);
    bool read = pixels != NULL;
    stbi_image_free(pixels);
    return read;
}

static void count_bytes(void *context, void *data, int size) {
    (void)data;
    *(size_t *)context += (size_t)size;
}

size_t bench_encode_stb(const uint8_t *rgb, int width, int height) {
    size_t length = 0;
    return stbi_write_jpg_to_func(count_bytes, &length, width, height, 3, rgb, 90) ? length : 0;
}
