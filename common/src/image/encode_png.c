/* PNG files. ISA-L compresses the pixels, libpng writes everything around them: signature, header,
 * lengths and checksums. Errors of libpng are jumps out of the call that finds them: they start and
 * end in this file. Sources: libpng-manual.txt; igzip_lib.h. Why these two and these settings:
 * docs/decisions/0020. */
#include <frameferry/frame.h>

#include "image/encode_png.h"
#include "image/png_filter.h"

#include <isa-l/igzip_lib.h>
#include <png.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 1 << 18, /* of rows that are compressed at once: less than a core's cache */
    CHUNK_BYTES = 1 << 16, /* of compressed pixels */
    LEVEL = 1
};

/* libpng hands this to its callbacks. */
typedef struct session {
    ferryi_writer *writer;
    bool out_of_memory;
    bool compressor_failed;
} session;

/* The pixels on their way. */
typedef struct pixels {
    struct isal_zstream stream;
    uint8_t level_buffer[ISAL_DEF_LVL1_DEFAULT];
    uint8_t chunk[CHUNK_BYTES];
    uint32_t rows_at_once;
    uint8_t rows[]; /* one of zeros, which lies above the first one, and then filtered ones */
} pixels;

/* ---- libpng ---- */

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

/* The stream is flushed where it was opened. */
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

static void write_header(png_structp png, png_infop header, const ferryi_view *view) {
    uint32_t format = view->info->format, width = (uint32_t)view->info->width;
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(png, header, width, view->layout.planes[0].rows,
                 format == FERRY_FORMAT_GRAY16LE || format == FERRY_FORMAT_RGB48LE ? 16 : 8,
                 color_type(format), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, header);
}

static void write_chunk(png_structp png, const char *name, const uint8_t *data, size_t bytes) {
    png_write_chunk(png, (png_const_bytep)name, data, bytes);
}

/* ---- the pixels ---- */

static pixels *pixels_new(const ferry_plane *plane) {
    size_t filtered = (size_t)plane->row_bytes + 1;
    size_t fitting = BLOCK_BYTES / filtered, at_once = fitting > 0 ? fitting : 1;
    if (at_once > plane->rows)
        at_once = plane->rows;
    pixels *made = malloc(sizeof *made + plane->row_bytes + at_once * filtered);
    if (made == NULL)
        return NULL;
    made->rows_at_once = (uint32_t)at_once;
    memset(made->rows, 0, plane->row_bytes);
    isal_deflate_init(&made->stream);
    made->stream.level = LEVEL;
    made->stream.level_buf = made->level_buffer;
    made->stream.level_buf_size = sizeof made->level_buffer;
    made->stream.gzip_flag = IGZIP_ZLIB;
    made->stream.next_out = made->chunk;
    made->stream.avail_out = sizeof made->chunk;
    return made;
}

static void write_compressed(png_structp png, pixels *p) {
    write_chunk(png, "IDAT", p->chunk, sizeof p->chunk - p->stream.avail_out);
    p->stream.next_out = p->chunk;
    p->stream.avail_out = sizeof p->chunk;
}

/* Whether the compressor has something left to take or, at the end, to give. */
static bool is_under_way(const struct isal_zstream *stream) {
    return stream->avail_in > 0 ||
           (stream->end_of_stream && stream->internal_state.state != ZSTATE_END);
}

/* Compresses what the stream has been given, to the last byte if it is the end. A compressor that
 * does nothing would do nothing for ever. */
static void compress(png_structp png, pixels *p) {
    struct isal_zstream *stream = &p->stream;
    while (is_under_way(stream)) {
        uint32_t in = stream->avail_in, out = stream->avail_out;
        if (isal_deflate(stream) != COMP_OK ||
            (stream->avail_in == in && stream->avail_out == out)) {
            ((session *)png_get_io_ptr(png))->compressor_failed = true;
            png_error(png, "the compressor failed");
        }
        if (stream->avail_out == 0)
            write_compressed(png, p);
    }
}

static void write_pixels(png_structp png, pixels *p, const ferryi_view *view) {
    const ferry_plane *plane = &view->layout.planes[0];
    const uint8_t *above = p->rows, *row = view->pixels + plane->offset_bytes;
    uint8_t *filtered = p->rows + plane->row_bytes;
    for (uint32_t y = 0; y < plane->rows;) {
        uint8_t *end = filtered;
        for (uint32_t k = 0; k < p->rows_at_once && y < plane->rows; k++, y++) {
            ferryi_png_filter(end, row, above, plane->row_bytes, view->info->format);
            end += (size_t)plane->row_bytes + 1;
            above = row;
            row += plane->stride_bytes;
        }
        p->stream.next_in = filtered;
        p->stream.avail_in = (uint32_t)(end - filtered);
        p->stream.end_of_stream = y == plane->rows;
        compress(png, p);
    }
    if (p->stream.avail_out < sizeof p->chunk)
        write_compressed(png, p);
}

/* ---- the file ---- */

/* In a function of its own, without variables that could have changed when a jump comes back.
 * png_write_end wants pixels that libpng has compressed. */
static bool catch_errors(png_structp png, png_infop header, pixels *p, const ferryi_view *view) {
    if (setjmp(png_jmpbuf(png)) != 0)
        return false;
    write_header(png, header, view);
    write_pixels(png, p, view);
    write_chunk(png, "IEND", NULL, 0);
    return true;
}

ferry_status ferryi_encode_png(ferryi_writer *writer, const ferryi_view *view) {
    pixels *p = pixels_new(&view->layout.planes[0]);
    if (p == NULL)
        return FERRY_NO_MEMORY;
    session s = {.writer = writer};
    png_structp png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &s, on_error, on_warning, &s,
                                                on_malloc, on_free);
    png_infop header = png != NULL ? png_create_info_struct(png) : NULL;
    bool written = false;
    if (header != NULL) {
        png_set_write_fn(png, &s, on_write, on_flush);
        written = catch_errors(png, header, p, view);
    }
    png_destroy_write_struct(&png, &header);
    free(p);
    if (written || writer->os_code != 0)
        return FERRY_OK;
    if (s.compressor_failed)
        return FERRY_SYSTEM_ERROR;
    return s.out_of_memory ? FERRY_NO_MEMORY : FERRY_NOT_SUPPORTED;
}
