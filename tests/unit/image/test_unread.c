/* Kinds of pictures that are not read: each is named by its first bytes, whatever its file is
 * called, and the message says what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 600 };

#define CONVERT "convert it to PNG or JPEG"
#define DEVELOP "develop it, and save it as PNG or JPEG"
#define DRAW "draw it as a PNG of the size that is needed"
#define DECODE "ffmpeg"

/* Sources: the kinds' own specifications. */
static const struct {
    size_t at;
    const char *bytes;
    size_t length;
    const char *kind, *remedy;
} kinds[] = {
#define KIND(at, bytes, kind, remedy)                                                              \
    { at, bytes, sizeof(bytes) - 1, kind, remedy }
    KIND(0,
         "\0\0\0\x20"
         "ftypavif",
         "AVIF", CONVERT),
    KIND(0,
         "\0\0\0\x18"
         "ftypheic",
         "HEIC", CONVERT),
    KIND(0,
         "\0\0\0\x18"
         "ftypmif1",
         "HEIC or AVIF", CONVERT),
    KIND(0, "\xff\x0a\xfa\x1f", "JPEG XL", CONVERT),
    KIND(0, "\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL", CONVERT),
    KIND(0, "\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000", CONVERT),
    KIND(0, "\xff\x4f\xff\x51", "JPEG 2000", CONVERT),
    KIND(0, "II\xbc\1", "JPEG XR", CONVERT),
    KIND(0, "8BPS\0\1", "PSD", CONVERT),
    KIND(0, "gimp xcf file", "XCF", CONVERT),
    KIND(0, "#?RADIANCE\n", "HDR", CONVERT),
    KIND(0, "\x76\x2f\x31\x01", "OpenEXR", CONVERT),
    KIND(0, "\0\0\1\0\1\0\x10\x10\0\0\1\0", "ICO", CONVERT),
    KIND(0, "qoif", "QOI", CONVERT),
    KIND(0, "DDS \x7c", "DDS", CONVERT),
    KIND(0, "SIMPLE  =", "FITS", CONVERT),
    KIND(0, "PF\n2 1\n-1.0\n", "PFM", CONVERT),
    KIND(0, "P7 332\n#END_OF_COMMENTS\n4 2 255\n", "thumbnail of xv", CONVERT),
    KIND(0, "\x8aMNG\r\n\x1a\n", "MNG", CONVERT),
    KIND(0, "\x8bJNG\r\n\x1a\n", "JNG", CONVERT),
    KIND(0, "BPG\xfb", "BPG", CONVERT),
    KIND(0, "FLIF", "FLIF", CONVERT),
    KIND(0, "AT&TFORM", "DjVu", CONVERT),
    KIND(0, "SDPX", "DPX", CONVERT),
    KIND(0, "/* XPM */\n", "XPM", CONVERT),
    KIND(0, "\x59\xa6\x6a\x95", "Sun raster", CONVERT),
    KIND(0, "\1\xda\1\1\0\3", "SGI", CONVERT),
    KIND(0, "II*\0\x10\0\0\0CR\2\0", "CR2", DEVELOP),
    KIND(0,
         "\0\0\0\x18"
         "ftypcrx ",
         "CR3", DEVELOP),
    KIND(0, "IIRS\x08", "ORF", DEVELOP),
    KIND(0, "FOVb", "X3F", DEVELOP),
    KIND(6, "HEAPCCDR", "CRW", DEVELOP),
    KIND(0, "%PDF-1.7", "PDF", DRAW),
    KIND(0, "\xc5\xd0\xd3\xc6", "PostScript", DRAW),
    KIND(0, "\xd7\xcd\xc6\x9a", "WMF", DRAW),
    KIND(0, "<svg xmlns=\"http://www.w3.org/2000/svg\">", "SVG", DRAW),
    KIND(0, "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- c -->\n<svg>", "SVG", DRAW),
    KIND(0, "\n  <?xml version=\"1.0\"?><svg>", "SVG", DRAW),
    KIND(0, "<!DOCTYPE html>\n<html><body><svg></svg>", "a web page (HTML)",
         "save the picture itself"),
    KIND(0, "\r\n<HTML>", "a web page (HTML)", "save the picture itself"),
    KIND(0, "PK\3\4", "ZIP", "unpack it"),
    KIND(0, "\x1f\x8b\x08", "gzip", "unpack it"),
    KIND(0, "\x1a\x45\xdf\xa3", "Matroska", DECODE),
    KIND(0, "RIFF\x10\0\0\0AVI LIST", "AVI", DECODE),
#undef KIND
};

static const char *refuse(const void *bytes, size_t length, const char *name) {
    static ferry_error error;
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_image_decode(bytes, length, name, NULL, &image, &error),
                     FERRY_UNREADABLE);
    assert_null(image.pixels);
    return error.message;
}

static void each_kind_is_named_with_a_remedy(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        uint8_t bytes[FILE_BYTES] = {0};
        memcpy(bytes + kinds[i].at, kinds[i].bytes, kinds[i].length);
        const char *message = refuse(bytes, sizeof bytes, "photo.jpg");
        if (strstr(message, "which is not read") == NULL ||
            strstr(message, kinds[i].kind) == NULL || strstr(message, kinds[i].remedy) == NULL)
            fail_msg("%s: %s", kinds[i].kind, message);
    }
}

/* No byte behind the last one is looked at: a sanitizer sees it. */
static void beginnings_of_them(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (size_t length = 1; length <= kinds[i].length; length++) {
            uint8_t *bytes = malloc(length);
            assert_non_null(bytes);
            memcpy(bytes, kinds[i].bytes, length);
            refuse(bytes, length, "photo.jpg");
            free(bytes);
        }
}

static void others_are_no_pictures(void **state) {
    (void)state;
    static const char *const texts[] = {"hello", "<?xml version=\"1.0\"?><note/>", "P8 1 1", " ",
                                        "int x; /* <svg> */"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_non_null(strstr(refuse(texts[i], strlen(texts[i]), "a.png"), "is not a picture"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_named_with_a_remedy),
        cmocka_unit_test(beginnings_of_them),
        cmocka_unit_test(others_are_no_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
