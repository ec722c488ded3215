#include "frame/format.h"
#include "image/codec.h"
#include "image/encode.h"
#include "image/encode_png.h"
#include "image/stb.h"
#include "image/writer.h"
#include "platform/file.h"
#include "support/error.h"
#include "support/need.h"

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdlib.h>
#include <string.h>

/* ---- the kinds of files ---- */

enum { SIDE_MAX_16_BITS = 65535 };

typedef struct kind {
    const char *ending;                          /* with its dot */
    uint32_t (*format_in_file)(uint32_t format); /* what the encoder wants of such a frame */
    bool takes_padding;                          /* between rows */
    int32_t side_max;
    int64_t (*file_bytes)(int32_t width, int32_t height, uint32_t format); /* or NULL */
    ferryi_encode *encode;
} kind;

static uint32_t gray_rgb_or_rgba(uint32_t format) {
    const ferryi_format *found = ferryi_format_find(format);
    if (found != NULL && found->family == FERRYI_GRAY)
        return FERRY_FORMAT_GRAY;
    bool has_alpha =
        found != NULL && found->packing == FERRYI_RGB_BYTES && found->at[3] != FERRYI_NO_ALPHA;
    return has_alpha ? FERRY_FORMAT_RGBA : FERRY_FORMAT_RGB24;
}

/* Bytes get the order that the file wants when they are filtered. */
static uint32_t png_format(uint32_t format) {
    const ferryi_format *found = ferryi_format_find(format);
    if (found != NULL && found->family == FERRYI_GRAY && found->depth > 8)
        return FERRY_FORMAT_GRAY16LE;
    switch (format) {
    case FERRY_FORMAT_RGB48LE:
    case FERRY_FORMAT_BGR24:
    case FERRY_FORMAT_BGRA: return format;
    default: return gray_rgb_or_rgba(format);
    }
}

static uint32_t as_it_is(uint32_t format) {
    return format;
}

/* Files without alpha have three bytes for each pixel, gray ones too, and rows of whole words. */
static int64_t bmp_bytes(int32_t width, int32_t height, uint32_t format) {
    int64_t row =
        format == FERRY_FORMAT_RGBA ? INT64_C(4) * width : (INT64_C(3) * width + 3) / 4 * 4;
    return 14 + 108 + row * height;
}

static ferry_status encode_raw(ferryi_writer *writer, const ferryi_view *view) {
    for (size_t i = 0; i < view->layout.plane_count; i++) {
        const ferry_plane *plane = &view->layout.planes[i];
        const uint8_t *row = view->pixels + plane->offset_bytes;
        for (size_t y = 0; y < plane->rows; y++, row += plane->stride_bytes)
            ferryi_writer_put(writer, row, plane->row_bytes);
    }
    return FERRY_OK;
}

static const kind kinds[] = {
    {".png", png_format, true, INT32_MAX, NULL, ferryi_encode_png},
    {".jpg", gray_rgb_or_rgba, false, SIDE_MAX_16_BITS, NULL, ferryi_stb_encode_jpeg},
    {".jpeg", gray_rgb_or_rgba, false, SIDE_MAX_16_BITS, NULL, ferryi_stb_encode_jpeg},
    {".bmp", gray_rgb_or_rgba, false, INT32_MAX, bmp_bytes, ferryi_stb_encode_bmp},
    {".tga", gray_rgb_or_rgba, false, SIDE_MAX_16_BITS, NULL, ferryi_stb_encode_tga},
    {".raw", as_it_is, true, INT32_MAX, NULL, encode_raw},
};

/* For texts alone. */
static const kind text_file = {".txt", as_it_is, true, INT32_MAX, NULL, encode_raw};

static const kind *kind_of(const char *path) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (ferryi_codec_name_ends_in(path, kinds[i].ending))
            return &kinds[i];
    return NULL;
}

bool ferry_image_can_save(const char *path) {
    return path != NULL && kind_of(path) != NULL;
}

/* ---- saving ---- */

typedef struct request {
    const char *path;
    const kind *kind;
    ferry_image_save_options options;
} request;

/* The caller's options, whose struct may be shorter than ours when the program is older. */
static ferry_status read_options(ferry_image_save_options *out,
                                 const ferry_image_save_options *given, ferry_error *error) {
    *out = (ferry_image_save_options)FERRY_IMAGE_SAVE_OPTIONS_INIT;
    ferry_status status =
        ferryi_need_options(out, sizeof *out, given, "FERRY_IMAGE_SAVE_OPTIONS_INIT", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(out->jpeg_quality, 100, "jpeg_quality",
                                    "from 1 to 100, or 0 for 90", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(out->must_be_new, 1, "must_be_new", "0 or 1", error);
    if (out->jpeg_quality == 0)
        out->jpeg_quality = 90;
    return status;
}

static ferry_status too_large(const request *r, const ferryi_view *view, ferry_error *error) {
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "cannot write %.400s: %d x %d pixels are too many for a %s file", r->path,
                       (int)view->info->width, (int)view->info->height, r->kind->ending + 1);
}

static ferry_status check_size(const request *r, const ferryi_view *view, ferry_error *error) {
    int32_t width = view->info->width, height = view->info->height;
    bool fits = width <= r->kind->side_max && height <= r->kind->side_max;
    if (fits && r->kind->file_bytes != NULL)
        fits = r->kind->file_bytes(width, height, view->info->format) <= INT32_MAX;
    return fits ? FERRY_OK : too_large(r, view, error);
}

/* Everything that can be known to go wrong has been ruled out before a file is made. */
static ferry_status write_file(const request *r, const ferryi_view *view, ferry_error *error) {
    ferryi_file_output output;
    ferry_status status = ferryi_file_output_open(&output, r->path, error);
    if (status != FERRY_OK)
        return status;
    output.must_be_new = r->options.must_be_new != 0;
    ferryi_writer writer = {.stream = output.stream};
    status = r->kind->encode(&writer, view);
    if (writer.os_code != 0)
        status = ferryi_fail_errno(error, writer.os_code, "cannot write %.400s", r->path);
    else if (status == FERRY_NO_MEMORY)
        ferryi_fail(error, status, 0, "no memory to write %.400s", r->path);
    else if (status == FERRY_SYSTEM_ERROR)
        ferryi_fail(error, status, 0,
                    "cannot write %.400s: the compressor failed; another kind of file can do "
                    "without it",
                    r->path);
    else if (status != FERRY_OK)
        too_large(r, view, error);
    if (status != FERRY_OK) {
        ferryi_file_output_abort(&output);
        return status;
    }
    status = ferryi_file_output_flush(&output, error);
    if (status == FERRY_OK && r->options.confirm != NULL)
        status = r->options.confirm(r->options.argument);
    else if (status != FERRY_OK)
        return status;
    if (status == FERRY_OK)
        return ferryi_file_output_commit(&output, error);
    ferryi_file_output_abort(&output);
    return ferryi_fail(error, status, 0, "%.400s is not written: %s", r->path,
                       ferry_status_text(status));
}

static ferry_status write_view(const request *r, const ferryi_view *view, ferry_error *error) {
    ferry_status status = check_size(r, view, error);
    return status == FERRY_OK ? write_file(r, view, error) : status;
}

/* The bytes of a frame as they are: one row of them. */
static ferry_status save_bytes(const request *r, const ferry_frame_info *info,
                               const uint8_t *pixels, ferry_error *error) {
    uint32_t length = info->length_bytes;
    bool may_be_empty = info->format == FERRY_FORMAT_TEXT;
    if ((length == 0 && !may_be_empty) || length > INT32_MAX)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "cannot write %.400s: length_bytes is %lu, and its format %s", r->path,
                           (unsigned long)length,
                           ferry_format_is_compressed(info->format)
                               ? "is compressed, so that nothing else says it"
                               : "has no name that would say it");
    ferryi_view view = {.info = info, .pixels = pixels};
    view.layout = (ferry_layout){1, length, {{0, length, length, 1}}};
    return write_view(r, &view, error);
}

static ferry_status save_converted(const request *r, const ferry_frame_info *info,
                                   const uint8_t *pixels, uint32_t format, ferry_error *error) {
    ferry_image made = FERRY_IMAGE_INIT;
    ferry_error inner;
    ferry_status status = ferry_image_convert(info, pixels, format, &made, &inner);
    if (status == FERRY_OK) {
        ferryi_view view = {.info = &made.info,
                            .pixels = made.pixels,
                            .jpeg_quality = (int)r->options.jpeg_quality};
        ferry_layout_compute(&view.layout, format, info->width, info->height, 0);
        status = write_view(r, &view, error);
    } else
        ferryi_fail(error, status, inner.os_code, "cannot write %.200s: %s", r->path,
                    inner.message);
    free(made.pixels);
    return status;
}

static ferry_status save_pixels(const request *r, const ferry_frame_info *info,
                                const uint8_t *pixels, ferry_error *error) {
    uint32_t format = r->kind->format_in_file(info->format);
    ferryi_view view = {
        .info = info, .pixels = pixels, .jpeg_quality = (int)r->options.jpeg_quality};
    /* Whatever is wrong with the description is found, and said, by the conversion. */
    bool usable = format == info->format && ferry_layout_of(&view.layout, info) == FERRY_OK &&
                  (info->length_bytes == 0 || info->length_bytes >= view.layout.length_bytes);
    const ferry_plane *first = &view.layout.planes[0];
    if (usable && (r->kind->takes_padding ||
                   (first->offset_bytes == 0 && first->stride_bytes == first->row_bytes)))
        return write_view(r, &view, error);
    return save_converted(r, info, pixels, format, error);
}

/* ---- compressed frames ---- */

/* Writes bytes that are no JPEG nowhere: they come from another program, and the file's name would
 * promise one. Any other kind of file gets the picture that is in them. */
static ferry_status save_jpeg(const request *r, const ferry_frame_info *info, const uint8_t *bytes,
                              ferry_error *error) {
    if (r->kind->encode == ferryi_stb_encode_jpeg) {
        const char *problem = ferryi_codec_jpeg_problem(bytes, info->length_bytes);
        if (problem != NULL)
            return ferryi_fail(error, FERRY_UNREADABLE, 0,
                               "cannot write %.400s: the frame is no sound JPEG: %s", r->path,
                               problem);
        request copy = *r;
        kind as_bytes = *r->kind;
        as_bytes.encode = encode_raw;
        copy.kind = &as_bytes;
        return save_bytes(&copy, info, bytes, error);
    }
    ferry_image decoded = FERRY_IMAGE_INIT;
    ferry_error inner;
    ferry_status status =
        ferry_image_decode(bytes, info->length_bytes, "the frame.jpg", NULL, &decoded, &inner);
    if (status != FERRY_OK)
        ferryi_fail(error, status, inner.os_code, "cannot write %.200s: %s", r->path,
                    inner.message);
    else
        status = save_pixels(r, &decoded.info, decoded.pixels, error);
    ferry_image_free(&decoded);
    return status;
}

static ferry_status save_compressed(const request *r, const ferry_frame_info *info,
                                    const uint8_t *pixels, ferry_error *error) {
    if (info->format != FERRY_FORMAT_MJPEG && info->format != FERRY_FORMAT_JPEG)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "cannot write %.400s: %s is not decoded here; save its frames as .raw, "
                           "or hand them to a decoder",
                           r->path, ferry_format_name(info->format));
    if (info->length_bytes == 0 || info->length_bytes > INT32_MAX)
        return save_bytes(r, info, pixels, error); /* says what is wrong */
    /* The frame may lie in shared memory and change at any time, and codecs read some bytes twice.
     */
    uint8_t *copy = malloc(info->length_bytes);
    if (copy == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to write %.400s", r->path);
    memcpy(copy, pixels, info->length_bytes);
    ferry_status status = save_jpeg(r, info, copy, error);
    free(copy);
    return status;
}

ferry_status ferry_image_save(const char *path, const ferry_frame_info *info, const uint8_t *pixels,
                              const ferry_image_save_options *options, ferry_error *error) {
    ferry_status status = ferryi_need(path, "path", error);
    if (status == FERRY_OK)
        status = ferryi_need(info, "info", error);
    if (status == FERRY_OK)
        status = ferryi_need(pixels, "pixels", error);
    if (status != FERRY_OK)
        return status;
    request r = {.path = path, .kind = kind_of(path)};
    status = read_options(&r.options, options, error);
    if (status != FERRY_OK)
        return status;
    if (r.kind == NULL && info->format == FERRY_FORMAT_TEXT &&
        ferryi_codec_name_ends_in(path, text_file.ending))
        r.kind = &text_file;
    if (r.kind == NULL)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "cannot write %.400s: its name has to end with .png, .jpg, .jpeg, .bmp, "
                           ".tga or .raw",
                           path);
    if (info->format == FERRY_FORMAT_TEXT && r.kind->encode != encode_raw)
        return ferryi_fail(
            error, FERRY_NOT_SUPPORTED, 0,
            "cannot write %.400s: the frame is a text, which is saved as .txt or .raw "
            "(ferry-consumer --payload text)",
            path);
    bool is_compressed = ferry_format_is_compressed(info->format);
    if (r.kind->encode == encode_raw && (is_compressed || ferry_format_name(info->format) == NULL))
        return save_bytes(&r, info, pixels, error);
    return is_compressed ? save_compressed(&r, info, pixels, error)
                         : save_pixels(&r, info, pixels, error);
}
