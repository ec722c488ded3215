/* JPEG by libjpeg-turbo (its libjpeg.txt describes the calls). */
#include "image/jpeg.h"

#include <frameferry/frame.h>
#include <setjmp.h>
#include <stdio.h> /* before jpeglib.h, which needs it */
#include <stdlib.h>

#include <jpeglib.h>

#include <jerror.h> /* behind jpeglib.h: its content depends on how the library was built */

#ifdef D_ARITH_CODING_SUPPORTED
const bool ferryi_jpeg_has_arithmetic = true;
#else
const bool ferryi_jpeg_has_arithmetic = false;
#endif

const char *ferryi_jpeg_refusal(bool has_huffman_tables, bool plain_cmyk) {
    (void)has_huffman_tables; /* the usual ones are meant: Motion-JPEG */
    (void)plain_cmyk;
    return NULL;
}

typedef struct decoder {
    struct jpeg_decompress_struct jpeg; /* first: libjpeg hands a pointer to it back */
    struct jpeg_error_mgr errors;
    jmp_buf failed;
    ferry_status status;
    const char *problem;
    bool end_is_missing;
    JSAMPLE *row; /* of CMYK */
} decoder;

static decoder *decoder_of(j_common_ptr jpeg) {
    return (decoder *)jpeg;
}

static void on_error(j_common_ptr jpeg) {
    decoder *d = decoder_of(jpeg);
    d->status = jpeg->err->msg_code == JERR_OUT_OF_MEMORY ? FERRY_NO_MEMORY : FERRY_UNREADABLE;
    longjmp(d->failed, 1);
}

/* Warnings and traces. libjpeg goes on after damage, with pixels that it makes up: these are no
 * picture. Others are about bytes that no pixel needs. */
static void on_message(j_common_ptr jpeg, int level) {
    decoder *d = decoder_of(jpeg);
    if (level >= 0)
        return;
    switch (jpeg->err->msg_code) {
    case JWRN_HIT_MARKER: d->problem = FERRYI_CUT_SHORT; break;
    case JWRN_JPEG_EOF: d->end_is_missing = true; break;
#ifdef D_ARITH_CODING_SUPPORTED
    case JWRN_ARITH_BAD_CODE:
#endif
    case JWRN_HUFF_BAD_CODE: d->problem = "its coded pixels are damaged"; break;
    case JWRN_MUST_RESYNC: /* with the marker that was found */
        d->problem = jpeg->err->msg_parm.i[0] == JPEG_EOI ? FERRYI_CUT_SHORT
                                                          : "its coded pixels are damaged";
        break;
    default: break;
    }
}

static void print_nothing(j_common_ptr jpeg) {
    (void)jpeg;
}

/* The colors of CMYK are stored inverted, as Adobe does it. Files that do not say so are read alike
 * by other programs. */
static void cmyk_to_rgb(const JSAMPLE *row, JDIMENSION width, uint8_t *out) {
    for (JDIMENSION x = 0; x < width; x++, row += 4, out += 3)
        for (int i = 0; i < 3; i++)
            out[i] = (uint8_t)((row[i] * (uint32_t)row[3] + 127) / 255);
}

static J_COLOR_SPACE wanted_space(const struct jpeg_decompress_struct *jpeg) {
    if (jpeg->num_components == 4)
        return JCS_CMYK;
    return jpeg->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
}

static bool agrees(const struct jpeg_decompress_struct *jpeg, const ferryi_picture *picture) {
    return jpeg->output_width == picture->width && jpeg->output_height == picture->height &&
           (jpeg->num_components == 1) == (picture->format == FERRY_FORMAT_GRAY);
}

/* A progressive file can lack whole scans at its end, which libjpeg takes for lower quality. */
static bool scans_are_missing(const struct jpeg_decompress_struct *jpeg) {
    if (jpeg->coef_bits == NULL)
        return false;
    for (int component = 0; component < jpeg->num_components; component++)
        for (int i = 0; i < DCTSIZE2; i++)
            if (jpeg->coef_bits[component][i] != 0)
                return true;
    return false;
}

static void read_rows(decoder *d, const ferryi_picture *picture, uint8_t *pixels) {
    struct jpeg_decompress_struct *jpeg = &d->jpeg;
    bool cmyk = jpeg->out_color_space == JCS_CMYK;
    size_t stride = (size_t)picture->width * (picture->format == FERRY_FORMAT_GRAY ? 1 : 3);
    if (cmyk)
        d->row =
            jpeg->mem->alloc_large((j_common_ptr)jpeg, JPOOL_IMAGE, (size_t)picture->width * 4);
    while (jpeg->output_scanline < jpeg->output_height) {
        uint8_t *out = pixels + jpeg->output_scanline * stride;
        JSAMPROW row = cmyk ? d->row : out;
        jpeg_read_scanlines(jpeg, &row, 1);
        if (cmyk)
            cmyk_to_rgb(row, jpeg->output_width, out);
    }
}

static void run(decoder *d, ferryi_bytes bytes, const ferryi_picture *picture, uint8_t *pixels) {
    jpeg_create_decompress(&d->jpeg);
    jpeg_mem_src(&d->jpeg, bytes.data, (unsigned long)bytes.length);
    jpeg_read_header(&d->jpeg, TRUE);
    d->jpeg.out_color_space = wanted_space(&d->jpeg);
    jpeg_start_decompress(&d->jpeg);
    d->status = agrees(&d->jpeg, picture) ? FERRY_OK : FERRY_UNREADABLE;
    if (d->status != FERRY_OK)
        return;
    read_rows(d, picture, pixels);
    if (d->end_is_missing && scans_are_missing(&d->jpeg))
        d->problem = FERRYI_CUT_SHORT;
    jpeg_finish_decompress(&d->jpeg);
}

ferry_status ferryi_jpeg_decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels) {
    decoder *d = calloc(1, sizeof *d);
    if (d == NULL)
        return FERRY_NO_MEMORY;
    d->jpeg.err = jpeg_std_error(&d->errors);
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    d->errors.output_message = print_nothing;
    if (setjmp(d->failed) == 0)
        run(d, bytes, picture, pixels);
    jpeg_destroy_decompress(&d->jpeg);
    ferry_status status = d->status;
    if (d->problem != NULL) {
        picture->problem = d->problem;
        status = FERRY_UNREADABLE;
    }
    free(d);
    return status;
}
