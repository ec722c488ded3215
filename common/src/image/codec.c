#include "image/codec.h"

#include <string.h>

void ferryi_codec_mend_alpha(uint8_t *pixels, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (pixels[4 * i + 3] != 0)
            return;
    for (size_t i = 0; i < count; i++)
        pixels[4 * i + 3] = 255;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool ferryi_codec_name_ends_in(const char *name, const char *ending) {
    size_t length = strlen(name), wanted = strlen(ending);
    if (length < wanted)
        return false;
    for (size_t i = 0; i < wanted; i++)
        if (lower(name[length - wanted + i]) != ending[i])
            return false;
    return true;
}
