/* JPEG in a build without libjpeg-turbo. */
#include "image/jpeg.h"
#include "image/stb.h"

const bool ferryi_jpeg_has_arithmetic = false;

const char *ferryi_jpeg_refusal(bool has_huffman_tables, bool plain_cmyk) {
    if (!has_huffman_tables)
        return "it has no Huffman tables, and this build of Frameferry has no libjpeg-turbo, which "
               "knows the usual ones";
    if (plain_cmyk)
        return "it is CMYK, and this build of Frameferry has no libjpeg-turbo to read it";
    return NULL;
}

ferry_status ferryi_jpeg_decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels) {
    picture->problem =
        "it is damaged, cut short, or of a kind that only a build with libjpeg-turbo reads";
    return ferryi_stb_decode(bytes, picture, pixels);
}
