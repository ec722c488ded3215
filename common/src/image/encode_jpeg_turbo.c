/* JPEG by libjpeg-turbo (its libjpeg.txt describes the calls). docs/decisions/0063 says why. */
#include "image/encode_jpeg.h"

#include "frame/format.h"
#include "image/jpeg_yuv.h"
#include "image/stb.h"

#include <frameferry/frame.h>
#include <setjmp.h>
#include <stdio.h> /* before jpeglib.h, which needs it */
#include <stdlib.h>

#include <jpeglib.h>

#include <jerror.h> /* behind jpeglib.h: its content depends on how the library was built */

#ifndef JCS_EXTENSIONS
#error                                                                                             \
    "jpeglib.h is not that of libjpeg-turbo: install it, or configure with -DFERRY_JPEG_TURBO=OFF"
#endif

enum { CHUNK_BYTES = 1 << 16, QUALITY_OF_HALF_COLORS = 90 };

typedef struct encoder {
    struct jpeg_compress_struct jpeg; /* first: libjpeg hands a pointer to it back */
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf failed;
    ferry_status status;
    ferryi_writer *writer;
    JOCTET chunk[CHUNK_BYTES];
} encoder;

/* ---- what is taken ---- */

/* Its longest side is a little less than what a file can have. stb_image_write takes the rest. */
static bool is_too_long(const ferry_frame_info *info) {
    return info->width > JPEG_MAX_DIMENSION || info->height > JPEG_MAX_DIMENSION;
}

static bool is_rgb_bytes(uint32_t format) {
    const ferryi_format *found = ferryi_format_find(format);
    return found != NULL && found->packing == FERRYI_RGB_BYTES;
}

ferryi_encoder_wish ferryi_encode_jpeg_wish(const ferry_frame_info *info) {
    ferryi_encoder_wish wish = {ferryi_stb_format(info->format), true};
    ferry_frame_info as_nv12 = *info;
    as_nv12.format = FERRY_FORMAT_NV12;
    if (is_too_long(info))
        wish.takes_padding = false;
    else if (is_rgb_bytes(info->format) || ferryi_jpeg_yuv_takes(info))
        wish.format = info->format;
    else if (info->format == FERRY_FORMAT_P010LE && ferryi_jpeg_yuv_takes(&as_nv12))
        wish.format = FERRY_FORMAT_NV12; /* the nearest of 8 bits */
    return wish;
}

/* ---- libjpeg ---- */

static encoder *encoder_of(void *jpeg) {
    return jpeg;
}

static void on_error(j_common_ptr jpeg) {
    encoder *e = encoder_of(jpeg);
    e->status = jpeg->err->msg_code == JERR_OUT_OF_MEMORY ? FERRY_NO_MEMORY : FERRY_NOT_SUPPORTED;
    longjmp(e->failed, 1);
}

static void on_message(j_common_ptr jpeg, int level) {
    (void)jpeg;
    (void)level;
}

static void print_nothing(j_common_ptr jpeg) {
    (void)jpeg;
}

static void empty_chunk(j_compress_ptr jpeg) {
    encoder *e = encoder_of(jpeg);
    e->destination.next_output_byte = e->chunk;
    e->destination.free_in_buffer = sizeof e->chunk;
}

/* The writer remembers what has failed; nothing more is encoded for it. */
static void write_chunk(encoder *e, size_t bytes) {
    ferryi_writer_put(e->writer, e->chunk, bytes);
    if (e->writer->os_code != 0)
        longjmp(e->failed, 1);
}

static boolean on_full_chunk(j_compress_ptr jpeg) {
    write_chunk(encoder_of(jpeg), CHUNK_BYTES);
    empty_chunk(jpeg);
    return TRUE;
}

static void on_end(j_compress_ptr jpeg) {
    encoder *e = encoder_of(jpeg);
    write_chunk(e, sizeof e->chunk - e->destination.free_in_buffer);
}

/* ---- the picture ---- */

static J_COLOR_SPACE space_of(const ferryi_format *format) {
    if (format->family == FERRYI_GRAY)
        return JCS_GRAYSCALE;
    if (format->family == FERRYI_YUV)
        return JCS_YCbCr;
    const bool has_three = format->planes[0].group_bytes == 3;
    switch (format->at[0]) { /* red */
    case 0: return has_three ? JCS_EXT_RGB : JCS_EXT_RGBX;
    case 1: return JCS_EXT_XRGB;
    default: return has_three ? JCS_EXT_BGR : JCS_EXT_BGRX;
    }
}

/* YUV keeps the resolution of its colors. Of RGB they have half of it, unless the quality is high.
 */
static void set_sampling(struct jpeg_compress_struct *jpeg, const ferryi_view *view,
                         const ferryi_jpeg_yuv *yuv) {
    if (jpeg->num_components == 1)
        return;
    jpeg_component_info *luma = &jpeg->comp_info[0];
    bool is_halved = view->jpeg_quality <= QUALITY_OF_HALF_COLORS;
    luma->h_samp_factor = 1 << (yuv != NULL ? yuv->shift_x : is_halved);
    luma->v_samp_factor = 1 << (yuv != NULL ? yuv->shift_y : is_halved);
}

static void begin(encoder *e, const ferryi_view *view, const ferryi_jpeg_yuv *yuv) {
    struct jpeg_compress_struct *jpeg = &e->jpeg;
    const ferryi_format *format = ferryi_format_find(view->info->format);
    jpeg_create_compress(jpeg);
    e->destination.init_destination = empty_chunk;
    e->destination.empty_output_buffer = on_full_chunk;
    e->destination.term_destination = on_end;
    jpeg->dest = &e->destination;
    jpeg->image_width = (JDIMENSION)view->info->width;
    jpeg->image_height = (JDIMENSION)view->info->height;
    jpeg->in_color_space = space_of(format);
    jpeg->input_components = yuv != NULL ? FERRYI_JPEG_COMPONENTS : format->planes[0].group_bytes;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, view->jpeg_quality, TRUE);
    set_sampling(jpeg, view, yuv);
    jpeg->raw_data_in = yuv != NULL;
    jpeg_start_compress(jpeg, TRUE);
}

static void write_yuv(struct jpeg_compress_struct *jpeg, ferryi_jpeg_yuv *yuv) {
    JSAMPARRAY rows[FERRYI_JPEG_COMPONENTS];
    for (size_t i = 0; i < FERRYI_JPEG_COMPONENTS; i++)
        rows[i] = yuv->component[i].row;
    const JDIMENSION at_once = (JDIMENSION)FERRYI_JPEG_BLOCK << yuv->shift_y;
    for (size_t index = 0; jpeg->next_scanline < jpeg->image_height; index++) {
        ferryi_jpeg_yuv_fill(yuv, index);
        jpeg_write_raw_data(jpeg, rows, at_once);
    }
}

static void write_rows(struct jpeg_compress_struct *jpeg, const ferryi_view *view) {
    const ferry_plane *plane = &view->layout.planes[0];
    while (jpeg->next_scanline < jpeg->image_height) {
        const uint8_t *in =
            view->pixels + plane->offset_bytes + (size_t)jpeg->next_scanline * plane->stride_bytes;
        JSAMPROW row = (JSAMPROW)(uintptr_t)in; /* which is only read */
        jpeg_write_scanlines(jpeg, &row, 1);
    }
}

static void run(encoder *e, const ferryi_view *view, ferryi_jpeg_yuv *yuv) {
    begin(e, view, yuv);
    if (yuv != NULL)
        write_yuv(&e->jpeg, yuv);
    else
        write_rows(&e->jpeg, view);
    jpeg_finish_compress(&e->jpeg);
}

static ferry_status encode(ferryi_writer *writer, const ferryi_view *view, ferryi_jpeg_yuv *yuv) {
    encoder *e = malloc(sizeof *e);
    if (e == NULL)
        return FERRY_NO_MEMORY;
    e->jpeg = (struct jpeg_compress_struct){.err = jpeg_std_error(&e->errors)};
    e->errors.error_exit = on_error;
    e->errors.emit_message = on_message;
    e->errors.output_message = print_nothing;
    e->writer = writer;
    e->status = FERRY_OK;
    if (setjmp(e->failed) == 0)
        run(e, view, yuv);
    jpeg_destroy_compress(&e->jpeg);
    ferry_status status = e->status;
    free(e);
    return status;
}

ferry_status ferryi_encode_jpeg(ferryi_writer *writer, const ferryi_view *view) {
    if (is_too_long(view->info))
        return ferryi_stb_encode_jpeg(writer, view);
    if (!ferryi_jpeg_yuv_takes(view->info))
        return encode(writer, view, NULL);
    ferryi_jpeg_yuv yuv;
    if (!ferryi_jpeg_yuv_begin(&yuv, view))
        return FERRY_NO_MEMORY;
    ferry_status status = encode(writer, view, &yuv);
    ferryi_jpeg_yuv_end(&yuv);
    return status;
}
