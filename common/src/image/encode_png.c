/* PNG files, written by libpng. Its errors are jumps out of the call that finds them: they start
 * and end in this file. Source: libpng-manual.txt. Why these settings: docs/decisions/0010. */
#include "encode.h"

#include <png.h>
#include <stdlib.h>
#include <zlib.h>

enum {
    CHUNK_BYTES = 65536, /* of compressed pixels; the default makes a write of every 8 KiB */
    LEVEL = 1
};

/* What libpng hands to its callbacks. */
typedef struct session {
    ferryi_writer *writer;
    bool out_of_memory;
} session;

/* libpng itself would print the message, and must not be returned to. */
static void on_error(png_structp png, png_const_charp message) {
    (void)message;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static png_voidp on_malloc(png_structp png, png_alloc_size_t bytes) {
    void *made = malloc(bytes);
    if (made == NULL)
        ((session *)png_get_mem_ptr(png))->out_of_memory = true;
    return made;
}

static void on_free(png_structp png, png_voidp memory) {
    (void)png;
    free(memory);
}

static void on_write(png_structp png, png_bytep bytes, size_t count) {
    ferryi_writer *writer = ((session *)png_get_io_ptr(png))->writer;
    ferryi_writer_put(writer, bytes, count);
    if (writer->os_code != 0)
        png_error(png, "a write failed");
}

/* Whoever opened the stream flushes it. */
static void on_flush(png_structp png) {
    (void)png;
}

static int color_type(uint32_t format) {
    switch (format) {
    case FERRY_FORMAT_GRAY:
    case FERRY_FORMAT_GRAY16LE: return PNG_COLOR_TYPE_GRAY;
    case FERRY_FORMAT_BGRA:
    case FERRY_FORMAT_RGBA: return PNG_COLOR_TYPE_RGB_ALPHA;
    default: return PNG_COLOR_TYPE_RGB;
    }
}

static void write_picture(png_structp png, png_infop header, const ferryi_view *view) {
    uint32_t format = view->info->format, width = (uint32_t)view->info->width;
    const ferry_plane *plane = &view->layout.planes[0];
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_set_compression_level(png, LEVEL);
    png_set_compression_strategy(png, Z_RLE);
    png_set_compression_buffer_size(png, CHUNK_BYTES);
    png_set_IHDR(png, header, width, plane->rows, format == FERRY_FORMAT_GRAY16LE ? 16 : 8,
                 color_type(format), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, header);
    if (format == FERRY_FORMAT_BGR24 || format == FERRY_FORMAT_BGRA)
        png_set_bgr(png);
    if (format == FERRY_FORMAT_GRAY16LE) /* in the file the upper byte comes first */
        png_set_swap(png);
    const uint8_t *row = view->pixels + plane->offset_bytes;
    for (uint32_t y = 0; y < plane->rows; y++, row += plane->stride_bytes)
        png_write_row(png, row);
    png_write_end(png, header);
}

/* In a function of its own, without variables that could have changed when a jump comes back. */
static bool catch_errors(png_structp png, png_infop header, const ferryi_view *view) {
    if (setjmp(png_jmpbuf(png)) != 0)
        return false;
    write_picture(png, header, view);
    return true;
}

ferry_status ferryi_encode_png(ferryi_writer *writer, const ferryi_view *view) {
    session s = {.writer = writer, .out_of_memory = false};
    png_structp png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &s, on_error, on_warning, &s,
                                                on_malloc, on_free);
    png_infop header = png != NULL ? png_create_info_struct(png) : NULL;
    bool written = false;
    if (header != NULL) {
        png_set_write_fn(png, &s, on_write, on_flush);
        written = catch_errors(png, header, view);
    }
    png_destroy_write_struct(&png, &header);
    if (written || writer->os_code != 0)
        return FERRY_OK;
    return s.out_of_memory ? FERRY_NO_MEMORY : FERRY_NOT_SUPPORTED;
}
