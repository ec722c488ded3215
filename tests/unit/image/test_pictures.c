/* Picture files of tests/pictures, each with the pixels that it holds or the reason for which it is
 * refused. They are of kinds that other readers agree on and that are easily read wrongly. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 32 };

typedef struct picture {
    const char *file;
    int32_t width, height;
    const char *format;
    uint8_t first[BYTES_MAX]; /* bytes of the first row */
    size_t count;             /* of them */
    uint32_t off;             /* by which each may differ: what JPEG decoders leave open */
} picture;

#define BYTES(...) {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})

/* clang-format off */
static const picture pictures[] = {
    /* pixels that begin behind a gap, and masks of every width */
    {"bmp24_gap.bmp", 2, 2, "rgb24", BYTES(7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6), 0},
    {"bmp8_gap.bmp", 2, 2, "rgb24", BYTES(0, 255, 0, 0, 0, 255, 255, 0, 0, 9, 9, 9), 0},
    {"bmp32_bf_101010.bmp", 1, 1, "rgb24", BYTES(255, 128, 0), 0},
    {"bmp32_wic.bmp", 2, 1, "rgba", BYTES(1, 2, 3, 128, 4, 5, 6, 255), 0},
    {"bmp32_xjunk.bmp", 2, 1, "rgb24", BYTES(1, 2, 3, 4, 5, 6), 0},
    /* directions, attributes and palettes */
    {"tga32_noattr_a0.tga", 2, 1, "rgb24", BYTES(1, 2, 3, 4, 5, 6), 0},
    {"tga_br.tga", 2, 2, "rgb24", BYTES(10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3), 0},
    {"tga_tr.tga", 2, 2, "rgb24", BYTES(4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9), 0},
    {"tga_cm24_start.tga", 2, 2, "rgb24", BYTES(10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3), 0},
    /* in letters and in bytes, with a comment where it is allowed */
    {"p1.pbm", 3, 1, "gray", BYTES(0, 255, 0), 0},
    {"p2.pgm", 2, 1, "gray", BYTES(0, 255), 0},
    {"p5_comment_glued.pgm", 2, 2, "gray", BYTES(0, 85, 170, 255), 0},
    {"p7_rgba.pam", 1, 1, "rgba", BYTES(1, 2, 3, 4), 0},
    /* a canvas that is left out, one that is smaller than its frame, and a table that stays full */
    {"gif_zero_canvas.gif", 2, 2, "rgba", BYTES(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 9, 9, 9, 255), 0},
    {"gif_big_frame.gif", 1, 1, "rgba", BYTES(255, 0, 0, 255), 0},
    {"gif_deferred.gif", 128, 128, "rgba", BYTES(202, 37, 128, 255, 115, 206, 41, 255, 6, 97, 188, 255), 0},
    /* turned; CMYK that says nothing of itself; the usual Huffman tables left out */
    {"orient6.jpg", 40, 48, "rgb24", BYTES(3, 251, 139, 0, 246, 137), 3},
#ifdef FERRY_JPEG_TURBO
    {"cmyk_noadobe_17x13.jpg", 17, 13, "rgb24", BYTES(0, 0, 129, 15, 0, 147), 3},
    {"nodht.jpg", 48, 40, "rgb24", BYTES(0, 4, 134, 0, 3, 140), 3},
    /* bytes in the pixels' part and behind it that mean nothing */
    {"tem.jpg", 48, 40, "rgb24", BYTES(0, 0, 137, 9, 0, 141), 3},
    {"trail_ff00.jpg", 48, 40, "rgb24", BYTES(0, 4, 134, 0, 3, 140), 3},
    {"trail_junkff00.jpg", 48, 40, "rgb24", BYTES(0, 4, 134, 0, 3, 140), 3},
    {"trail_rst.jpg", 48, 40, "rgb24", BYTES(0, 4, 134, 0, 3, 140), 3},
#endif
    /* a wrong checksum where no pixel needs it; 16 bits */
    {"png_badcrc_ancillary.png", 1, 1, "gray", BYTES(5), 0},
    {"png_rgb16_round.png", 6, 1, "rgb48le", BYTES(0, 0, 0, 0, 0, 0, 255, 0, 255, 0, 255, 0), 0},
    {"palette_1_first.png", 256, 1, "rgb24", BYTES(1, 6, 11, 4, 9, 14), 0},
#ifdef FERRY_WEBP
    {"webp_lossless.webp", 17, 13, "rgb24", BYTES(0, 0, 0, 15, 0, 0, 30, 0, 0), 0},
    {"webp_alpha.webp", 2, 1, "rgba", BYTES(10, 20, 30, 128, 40, 50, 60, 255), 0},
    {"webp_animated.webp", 2, 2, "rgb24", BYTES(255, 0, 0, 255, 0, 0), 0},
    {"webp_orient6.webp", 2, 3, "rgb24", BYTES(19, 20, 21, 10, 11, 12, 22, 23, 24, 13, 14, 15), 0},
#endif
#ifdef FERRY_TIFF
    {"tiff_none.tif", 17, 13, "rgb24", BYTES(0, 0, 0, 15, 0, 0, 30, 0, 0), 0},
    {"tiff_bigtiff.tif", 17, 13, "rgb24", BYTES(0, 0, 0, 15, 0, 0, 30, 0, 0), 0},
    {"tiff_planar.tif", 17, 13, "rgb24", BYTES(0, 0, 0, 15, 0, 0, 30, 0, 0), 0},
    {"tiff_tiled_lzw.tif", 17, 13, "rgb24", BYTES(0, 0, 0, 15, 0, 0, 30, 0, 0), 0},
    {"tiff_rgb16_big_endian.tif", 17, 13, "rgb48le", BYTES(0, 0, 0, 0, 0, 0, 15, 15, 0, 0, 0, 0, 30, 30), 0},
    {"tiff_gray16.tif", 2, 1, "gray16le", BYTES(255, 255, 0, 1), 0},
    {"tiff_bits_g4.tif", 17, 13, "gray", BYTES(0, 255, 255, 0, 255, 255), 0},
    {"tiff_white_is_zero.tif", 3, 1, "gray", BYTES(255, 155, 0), 0},
    {"tiff_palette.tif", 4, 1, "rgb24", BYTES(10, 11, 12, 20, 21, 22, 30, 31, 32, 20, 21, 22), 0},
    {"tiff_cmyk.tif", 2, 1, "rgb24", BYTES(0, 0, 0, 0, 255, 255), 0},
    {"tiff_alpha.tif", 2, 1, "rgba", BYTES(100, 50, 0, 128, 10, 20, 30, 255), 0},
    {"tiff_premultiplied.tif", 2, 1, "rgba", BYTES(199, 100, 0, 128, 10, 20, 30, 255), 0},
    {"tiff_unused_sample.tif", 2, 1, "rgb24", BYTES(100, 50, 0, 10, 20, 30), 0},
    {"tiff_orient3.tif", 2, 1, "rgb24", BYTES(4, 5, 6, 1, 2, 3), 0},
    {"tiff_orient6.tif", 2, 1, "rgb24", BYTES(4, 5, 6, 1, 2, 3), 0},
#endif
};

static const struct {
    const char *file, *reason;
    bool late; /* found while the pixels are decoded, so that there is memory for them */
} refused[] = {
    {"bmp24_off0.bmp", "the pixels begin within the header", false},
    {"tga_cm_oob.tga", "colors that its palette lacks", true},
    {"palette_2_then.png", "colors that its palette lacks", true},
    {"png_bad_adler.png", "damaged", true},
#ifdef FERRY_JPEG_TURBO
    {"cut_eoi_64x64.jpg", "cut short", true},
    {"cut_at_restart.jpg", "cut short", true},
    {"arithmetic_damaged.jpg", "its coded pixels are damaged", true},
#else /* stb_image cannot see that coded pixels are missing */
    {"cmyk_noadobe_17x13.jpg", "it is CMYK", false},
    {"nodht.jpg", "it has no Huffman tables", false},
#endif
    {"claims_1g.jpg", "cut short", false},
    {"two_components.jpg", "only JPEG in gray, color or CMYK", false},
    {"png_no_palette.png", "it has no palette", false},
#ifdef FERRY_WEBP
    {"webp_cut.webp", "cut short", false},
#else
    {"webp_lossless.webp", "is WebP, which is not read", false},
#endif
#ifdef FERRY_TIFF
    {"tiff_cut.tif", "cut short", false},
    {"tiff_claims.tif", "cut short", false},
    {"tiff_cmyk16.tif", "of a kind that is not read", false},
    {"tiff_float.tif", "of a kind that is not read", false},
#else
    {"tiff_none.tif", "is TIFF, which is not read", false},
#endif
};
/* clang-format on */

static const char *path_of(const char *file) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", PICTURES, file);
    return path;
}

static void assert_picture(const picture *p) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error;
    if (ferry_image_load(path_of(p->file), NULL, &image, &error) != FERRY_OK)
        fail_msg("%s", error.message);
    if (image.info.width != p->width || image.info.height != p->height ||
        strcmp(ferry_format_name(image.info.format), p->format) != 0)
        fail_msg("%s: %d x %d %s", p->file, image.info.width, image.info.height,
                 ferry_format_name(image.info.format));
    for (size_t i = 0; i < p->count; i++)
        if ((uint32_t)abs(image.pixels[i] - p->first[i]) > p->off)
            fail_msg("%s: byte %zu is %d", p->file, i, image.pixels[i]);
    ferry_image_free(&image);
}

static void pictures_have_their_pixels(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++)
        assert_picture(&pictures[i]);
}

static void others_are_refused_with_the_reason(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        ferry_image image = FERRY_IMAGE_INIT;
        ferry_error error;
        assert_int_equal(ferry_image_load(path_of(refused[i].file), NULL, &image, &error),
                         FERRY_UNREADABLE);
        if (strstr(error.message, refused[i].reason) == NULL)
            fail_msg("%s", error.message);
        if (image.pixels != NULL && !refused[i].late)
            fail_msg("memory was taken for %s", refused[i].file);
        ferry_image_free(&image);
    }
}

/* A caller that takes memory for what it is told is not told of a gigabyte that is not there. */
static void a_header_alone_is_no_picture(void **state) {
    (void)state;
    static const char *const files[] = {
        "claims_1g.jpg",
#ifdef FERRY_TIFF
        "tiff_claims.tif",
#endif
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        ferry_image image = FERRY_IMAGE_INIT;
        ferry_error error;
        assert_int_equal(ferry_image_probe(path_of(files[i]), NULL, &image, &error),
                         FERRY_UNREADABLE);
        if (strstr(error.message, "cut short") == NULL)
            fail_msg("%s", error.message);
    }
}

/* The nearest of 256 levels, and not the upper byte. */
static void sixteen_bits_become_eight(void **state) {
    (void)state;
    static const uint8_t expected[] = {0, 1, 127, 128, 254, 254};
    ferry_image image = FERRY_IMAGE_INIT, bytes = FERRY_IMAGE_INIT;
    ferry_error error = {.status = FERRY_OK};
    if (ferry_image_load(PICTURES "/png_rgb16_round.png", NULL, &image, &error) != FERRY_OK ||
        ferry_image_convert(&image.info, image.pixels, FERRY_FORMAT_RGB24, &bytes, &error) !=
            FERRY_OK)
        fail_msg("%s", error.message);
    assert_int_equal(bytes.info.width, sizeof expected);
    for (size_t i = 0; i < 3 * sizeof expected; i++)
        assert_int_equal(bytes.pixels[i], expected[i / 3]);
    ferry_image_free(&image);
    ferry_image_free(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_have_their_pixels),
        cmocka_unit_test(others_are_refused_with_the_reason),
        cmocka_unit_test(a_header_alone_is_no_picture),
        cmocka_unit_test(sixteen_bits_become_eight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
