#include "sources/picture_name.h"

#include <stdio.h>
#include <string.h>

#define ENDING_MAX 8

static const char *const endings[] = {"png",  "apng", "jpg",  "jpeg", "jpe",  "jfif", "bmp", "dib",
                                      "tga",  "pnm",  "ppm",  "pgm",  "pbm",  "pam",  "gif", "tif",
                                      "tiff", "dng",  "webp", "heic", "heif", "avif", "jp2", "j2k",
                                      "jxl",  "exr",  "hdr",  "psd",  "qoi"};

static char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool name_has_ending(const char *path, const char *const *known, size_t count) {
    const char *dot = strrchr(path, '.');
    char ending[ENDING_MAX] = "";
    if (dot == NULL || strlen(dot + 1) >= sizeof ending)
        return false;
    for (size_t i = 0; dot[1 + i] != '\0'; i++)
        ending[i] = to_lower(dot[1 + i]);
    for (size_t i = 0; i < count; i++)
        if (strcmp(ending, known[i]) == 0)
            return true;
    return false;
}

bool picture_has_name(const char *path) {
    return name_has_ending(path, endings, sizeof endings / sizeof endings[0]);
}

bool picture_has_signature(const uint8_t *bytes, size_t count) {
    static const struct {
        const char *text;
        size_t length;
    } signatures[] = {{"\x89PNG", 4}, {"\xff\xd8\xff", 3}, {"GIF8", 4}};
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
        if (count >= signatures[i].length &&
            memcmp(bytes, signatures[i].text, signatures[i].length) == 0)
            return true;
    return false;
}

bool picture_is_claimed(const char *path) {
    uint8_t bytes[4];
    if (picture_has_name(path))
        return true;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    size_t count = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return picture_has_signature(bytes, count);
}
