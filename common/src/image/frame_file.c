#include "image/frame_file.h"

#include "image/codec.h"
#include "support/error.h"

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdlib.h>
#include <string.h>

/* ---- sizes ---- */

static ferry_status too_large(const ferryi_frame_file *f, ferry_error *error) {
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "cannot write %.400s: %d x %d pixels are too many for a %s file", f->path,
                       (int)f->view.info->width, (int)f->view.info->height, f->kind->ending + 1);
}

static ferry_status check_size(const ferryi_frame_file *f, ferry_error *error) {
    int32_t width = f->view.info->width, height = f->view.info->height;
    bool fits = width <= f->kind->side_max && height <= f->kind->side_max;
    if (fits && f->kind->file_bytes != NULL)
        fits = f->kind->file_bytes(width, height, f->view.info->format) <= INT32_MAX;
    return fits ? FERRY_OK : too_large(f, error);
}

/* ---- pixels ---- */

/* The bytes of a frame as they are: one row of them. */
static ferry_status begin_bytes(ferryi_frame_file *f, const ferry_frame_info *info,
                                const uint8_t *pixels, ferry_error *error) {
    uint32_t length = info->length_bytes;
    bool may_be_empty = info->format == FERRY_FORMAT_TEXT;
    if ((length == 0 && !may_be_empty) || length > INT32_MAX)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "cannot write %.400s: length_bytes is %lu, and its format %s", f->path,
                           (unsigned long)length,
                           ferry_format_is_compressed(info->format)
                               ? "is compressed, so that nothing else says it"
                               : "has no name that would say it");
    f->encode = ferryi_encode_bare;
    f->view.info = info;
    f->view.pixels = pixels;
    f->view.layout = (ferry_layout){1, length, {{0, length, length, 1}}};
    return check_size(f, error);
}

static ferry_status begin_converted(ferryi_frame_file *f, const ferry_frame_info *info,
                                    const uint8_t *pixels, uint32_t format, ferry_error *error) {
    ferry_image made = FERRY_IMAGE_INIT;
    ferry_error inner;
    ferry_status status = ferry_image_convert(info, pixels, format, &made, &inner);
    ferry_image_free(&f->made); /* of which pixels may be */
    f->made = made;
    if (status != FERRY_OK)
        return ferryi_fail(error, status, inner.os_code, "cannot write %.200s: %s", f->path,
                           inner.message);
    f->view.info = &f->made.info;
    f->view.pixels = f->made.pixels;
    ferry_layout_compute(&f->view.layout, format, f->made.info.width, f->made.info.height, 0);
    return check_size(f, error);
}

static ferry_status begin_pixels(ferryi_frame_file *f, const ferry_frame_info *info,
                                 const uint8_t *pixels, ferry_error *error) {
    ferryi_encoder_wish wish = f->kind->wish(info);
    /* The conversion finds and reports anything that is wrong with the description. */
    bool usable = wish.format == info->format &&
                  ferry_layout_of(&f->view.layout, info) == FERRY_OK &&
                  (info->length_bytes == 0 || info->length_bytes >= f->view.layout.length_bytes);
    const ferry_plane *first = &f->view.layout.planes[0];
    if (!usable || !(wish.takes_padding ||
                     (first->offset_bytes == 0 && first->stride_bytes == first->row_bytes)))
        return begin_converted(f, info, pixels, wish.format, error);
    f->view.info = info;
    f->view.pixels = pixels;
    return check_size(f, error);
}

/* ---- compressed frames ---- */

/* Bytes that are no JPEG are written nowhere: they come from another program, and the file's name
 * would promise one. Any other kind of file gets the picture that is in them. */
static ferry_status begin_jpeg(ferryi_frame_file *f, const ferry_frame_info *info,
                               ferry_error *error) {
    const uint8_t *bytes = f->made.pixels;
    if (ferryi_file_kind_is_jpeg(f->kind)) {
        const char *problem = ferryi_codec_jpeg_problem(bytes, info->length_bytes);
        if (problem != NULL)
            return ferryi_fail(error, FERRY_UNREADABLE, 0,
                               "cannot write %.400s: the frame is no sound JPEG: %s", f->path,
                               problem);
        return begin_bytes(f, info, bytes, error);
    }
    ferry_image decoded = FERRY_IMAGE_INIT;
    ferry_error inner;
    ferry_status status =
        ferry_image_decode(bytes, info->length_bytes, "the frame.jpg", NULL, &decoded, &inner);
    ferry_image_free(&f->made);
    f->made = decoded;
    if (status != FERRY_OK)
        return ferryi_fail(error, status, inner.os_code, "cannot write %.200s: %s", f->path,
                           inner.message);
    return begin_pixels(f, &f->made.info, f->made.pixels, error);
}

static ferry_status begin_compressed(ferryi_frame_file *f, const ferry_frame_info *info,
                                     const uint8_t *pixels, ferry_error *error) {
    if (info->format != FERRY_FORMAT_MJPEG && info->format != FERRY_FORMAT_JPEG)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "cannot write %.400s: %s is not decoded here; save its frames as .raw, "
                           "or hand them to a decoder",
                           f->path, ferry_format_name(info->format));
    if (info->length_bytes == 0 || info->length_bytes > INT32_MAX)
        return begin_bytes(f, info, pixels, error); /* says what is wrong */
    /* The frame may lie in shared memory and change at any time, and codecs read some bytes twice.
     */
    if (ferry_image_reserve(&f->made, info->length_bytes) != FERRY_OK)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to write %.400s", f->path);
    memcpy(f->made.pixels, pixels, info->length_bytes);
    return begin_jpeg(f, info, error);
}

/* ---- any frame ---- */

static ferry_status find_kind(ferryi_frame_file *f, const ferry_frame_info *info,
                              ferry_error *error) {
    f->kind = ferryi_file_kind_of(f->path, info->format);
    if (f->kind == NULL)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "cannot write %.400s: its name has to end with .png, .jpg, .jpeg, .bmp, "
                           ".tga or .raw",
                           f->path);
    if (info->format == FERRY_FORMAT_TEXT && !ferryi_file_kind_is_bare(f->kind))
        return ferryi_fail(
            error, FERRY_NOT_SUPPORTED, 0,
            "cannot write %.400s: the frame is a text, which is saved as .txt or .raw "
            "(ferry-consumer --payload text)",
            f->path);
    return FERRY_OK;
}

ferry_status ferryi_frame_file_begin(ferryi_frame_file *out, const char *path,
                                     const ferry_frame_info *info, const uint8_t *pixels,
                                     uint32_t jpeg_quality, ferry_error *error) {
    *out = (ferryi_frame_file){.path = path, .view.jpeg_quality = (int)jpeg_quality};
    ferry_status status = find_kind(out, info, error);
    if (status != FERRY_OK)
        return status;
    out->encode = out->kind->encode;
    bool is_compressed = ferry_format_is_compressed(info->format);
    if (ferryi_file_kind_is_bare(out->kind) &&
        (is_compressed || ferry_format_name(info->format) == NULL))
        return begin_bytes(out, info, pixels, error);
    return is_compressed ? begin_compressed(out, info, pixels, error)
                         : begin_pixels(out, info, pixels, error);
}

/* An encoder fails without a write that has failed. */
static ferry_status explain(const ferryi_frame_file *f, ferry_status status, ferry_error *error) {
    switch (status) {
    case FERRY_NO_MEMORY:
        return ferryi_fail(error, status, 0, "no memory to write %.400s", f->path);
    case FERRY_SYSTEM_ERROR:
        return ferryi_fail(error, status, 0,
                           "cannot write %.400s: the compressor failed; another kind of file can "
                           "do without it",
                           f->path);
    default: return too_large(f, error);
    }
}

ferry_status ferryi_frame_file_write(const ferryi_frame_file *file, ferryi_writer *writer,
                                     ferry_error *error) {
    ferry_status status = file->encode(writer, &file->view);
    if (writer->os_code != 0)
        return ferryi_fail_errno(error, writer->os_code, "cannot write %.400s", file->path);
    return status == FERRY_OK ? FERRY_OK : explain(file, status, error);
}

void ferryi_frame_file_end(ferryi_frame_file *file) {
    ferry_image_free(&file->made);
}
