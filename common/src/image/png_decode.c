/* PNG by libpng (libpng-manual.txt describes the calls). Its errors are jumps out of the call that
 * finds them: they start and end in this file. */
#include "image/png_decode.h"

#include <frameferry/frame.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_MAX = 0x7fffffff, COLORS_MAX = 256 };

typedef struct decoder {
    ferryi_bytes bytes;
    size_t at;
    const char *problem;
    bool out_of_memory;
    uint8_t *indices; /* of a picture with a palette, before they are colors */
} decoder;

/* The checksum of the pixels stands behind the last of them. libpng has given all rows by then, and
 * only warns when it is wrong. Nothing behind it is needed. */
static bool tells_of_damage(const char *message) {
    return strncmp(message, "IDAT: ", 6) == 0 && strstr(message, "Extra compressed data") == NULL &&
           strstr(message, "Too much image data") == NULL;
}

static void on_error(png_structp png, png_const_charp message) {
    decoder *d = png_get_error_ptr(png);
    if (strstr(message, "CRC error") != NULL)
        d->problem = "a checksum in it is wrong: it is damaged";
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    decoder *d = png_get_error_ptr(png);
    if (tells_of_damage(message))
        d->problem = "the sum of its pixels is wrong: it is damaged";
}

static png_voidp on_malloc(png_structp png, png_alloc_size_t bytes) {
    void *made = malloc(bytes);
    if (made == NULL)
        ((decoder *)png_get_mem_ptr(png))->out_of_memory = true;
    return made;
}

static void on_free(png_structp png, png_voidp memory) {
    (void)png;
    free(memory);
}

static void on_read(png_structp png, png_bytep out, size_t count) {
    decoder *d = png_get_io_ptr(png);
    if (d->bytes.length - d->at < count)
        png_error(png, FERRYI_CUT_SHORT);
    memcpy(out, d->bytes.data + d->at, count);
    d->at += count;
}

/* Has libpng make rows of the picture's format, except of a picture with a palette. */
static void set_transformations(png_structp png, png_infop info, uint32_t format) {
    uint32_t color = png_get_color_type(png, info);
    png_set_packing(png);
    if (color == PNG_COLOR_TYPE_PALETTE)
        return;
    if (color == PNG_COLOR_TYPE_GRAY)
        png_set_expand_gray_1_2_4_to_8(png);
    if (format == FERRY_FORMAT_GRAY16LE || format == FERRY_FORMAT_RGB48LE) {
        png_set_swap(png);
        return;
    }
    png_set_scale_16(png);
    if (format != FERRY_FORMAT_RGBA)
        return;
    if (png_get_valid(png, info, PNG_INFO_tRNS) != 0)
        png_set_tRNS_to_alpha(png);
    if ((color & PNG_COLOR_MASK_COLOR) == 0)
        png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
}

static void read_rows(png_structp png, uint8_t *out, size_t stride, uint32_t rows) {
    int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < rows; y++)
            png_read_row(png, out + y * stride, NULL);
}

/* The colors of a palette with their opacity, and how many there are. */
static uint32_t read_palette(png_structp png, png_infop info, uint8_t colors[COLORS_MAX][4]) {
    png_colorp palette = NULL;
    png_bytep alpha = NULL;
    int count = 0, alphas = 0;
    if (png_get_PLTE(png, info, &palette, &count) == 0)
        return 0;
    png_get_tRNS(png, info, &alpha, &alphas, NULL);
    for (int i = 0; i < count; i++) {
        colors[i][0] = palette[i].red;
        colors[i][1] = palette[i].green;
        colors[i][2] = palette[i].blue;
        colors[i][3] = i < alphas ? alpha[i] : 255;
    }
    return (uint32_t)count;
}

static bool take_indices(const uint8_t *indices, size_t count, size_t pixel_bytes,
                         uint8_t colors[COLORS_MAX][4], uint32_t color_count, uint8_t *out) {
    for (size_t i = 0; i < count; i++, out += pixel_bytes) {
        if (indices[i] >= color_count)
            return false;
        memcpy(out, colors[indices[i]], pixel_bytes);
    }
    return true;
}

static void read_colors(png_structp png, png_infop info, decoder *d, const ferryi_picture *picture,
                        uint8_t *pixels) {
    uint8_t colors[COLORS_MAX][4];
    size_t count = (size_t)picture->width * (size_t)picture->height;
    uint32_t color_count = read_palette(png, info, colors);
    d->indices = malloc(count);
    if (d->indices == NULL) {
        d->out_of_memory = true;
        png_error(png, "no memory");
    }
    read_rows(png, d->indices, (size_t)picture->width, (uint32_t)picture->height);
    if (take_indices(d->indices, count, picture->format == FERRY_FORMAT_RGBA ? 4 : 3, colors,
                     color_count, pixels))
        return;
    d->problem = "it uses colors that its palette lacks";
    png_error(png, d->problem);
}

static void read_picture(png_structp png, png_infop info, decoder *d, const ferryi_picture *picture,
                         uint8_t *pixels) {
    size_t pixel_bytes = ferry_format_bit_count(picture->format) / 8,
           stride = (size_t)picture->width * pixel_bytes;
    bool palette;
    png_read_info(png, info);
    palette = png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE;
    set_transformations(png, info, picture->format);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    /* The room for pixels was measured with our own reading of the header. */
    if (png_get_image_width(png, info) != picture->width ||
        png_get_image_height(png, info) != picture->height ||
        png_get_rowbytes(png, info) != (palette ? (size_t)picture->width : stride))
        png_error(png, "another size");
    if (palette)
        read_colors(png, info, d, picture, pixels);
    else
        read_rows(png, pixels, stride, (uint32_t)picture->height);
    png_read_end(png, NULL);
}

/* In a function of its own, without variables that could have changed when a jump comes back.
 * Chunks that are not needed for the pixels are not looked into, and may be damaged. */
static bool catch_errors(png_structp png, png_infop info, decoder *d, const ferryi_picture *picture,
                         uint8_t *pixels) {
    if (setjmp(png_jmpbuf(png)) != 0)
        return false;
    png_set_read_fn(png, d, on_read);
    png_set_user_limits(png, SIDE_MAX, SIDE_MAX);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    read_picture(png, info, d, picture, pixels);
    return true;
}

ferry_status ferryi_png_decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels) {
    decoder d = {.bytes = bytes};
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning, &d,
                                               on_malloc, on_free);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    bool started = info != NULL, read = started && catch_errors(png, info, &d, picture, pixels);
    png_destroy_read_struct(&png, &info, NULL);
    free(d.indices);
    picture->problem = d.problem;
    if (d.out_of_memory || !started)
        return FERRY_NO_MEMORY;
    return read && d.problem == NULL ? FERRY_OK : FERRY_UNREADABLE;
}
