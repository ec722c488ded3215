#include "image/file_kind.h"

#include "frame/format.h"
#include "image/codec.h"
#include "image/encode_jpeg.h"
#include "image/encode_png.h"
#include "image/stb.h"

#include <frameferry/frame.h>
#include <frameferry/image.h>

enum { SIDE_MAX_16_BITS = 65535 };

/* Bytes get the order that the file wants when they are filtered. */
static ferryi_encoder_wish png_wish(const ferry_frame_info *info) {
    const ferryi_format *found = ferryi_format_find(info->format);
    ferryi_encoder_wish wish = {ferryi_stb_format(info->format), true};
    if (found != NULL && found->family == FERRYI_GRAY && found->depth > 8)
        wish.format = FERRY_FORMAT_GRAY16LE;
    switch (info->format) {
    case FERRY_FORMAT_RGB48LE:
    case FERRY_FORMAT_BGR24:
    case FERRY_FORMAT_BGRA: wish.format = info->format; break;
    default: break;
    }
    return wish;
}

static ferryi_encoder_wish stb_wish(const ferry_frame_info *info) {
    return (ferryi_encoder_wish){ferryi_stb_format(info->format), false};
}

static ferryi_encoder_wish as_it_is(const ferry_frame_info *info) {
    return (ferryi_encoder_wish){info->format, true};
}

/* Files without alpha have three bytes for each pixel, gray ones too, and rows of whole words. */
static int64_t bmp_bytes(int32_t width, int32_t height, uint32_t format) {
    int64_t row =
        format == FERRY_FORMAT_RGBA ? INT64_C(4) * width : (INT64_C(3) * width + 3) / 4 * 4;
    return 14 + 108 + row * height;
}

ferry_status ferryi_encode_bare(ferryi_writer *writer, const ferryi_view *view) {
    for (size_t i = 0; i < view->layout.plane_count; i++) {
        const ferry_plane *plane = &view->layout.planes[i];
        const uint8_t *row = view->pixels + plane->offset_bytes;
        for (size_t y = 0; y < plane->rows; y++, row += plane->stride_bytes)
            ferryi_writer_put(writer, row, plane->row_bytes);
    }
    return FERRY_OK;
}

static const ferryi_file_kind kinds[] = {
    {".png", png_wish, INT32_MAX, NULL, ferryi_encode_png},
    {".jpg", ferryi_encode_jpeg_wish, SIDE_MAX_16_BITS, NULL, ferryi_encode_jpeg},
    {".jpeg", ferryi_encode_jpeg_wish, SIDE_MAX_16_BITS, NULL, ferryi_encode_jpeg},
    {".bmp", stb_wish, INT32_MAX, bmp_bytes, ferryi_stb_encode_bmp},
    {".tga", stb_wish, SIDE_MAX_16_BITS, NULL, ferryi_stb_encode_tga},
    {".raw", as_it_is, INT32_MAX, NULL, ferryi_encode_bare},
};

static const ferryi_file_kind text_file = {".txt", as_it_is, INT32_MAX, NULL, ferryi_encode_bare};

static const ferryi_file_kind *kind_of_picture(const char *name) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (ferryi_codec_name_ends_in(name, kinds[i].ending))
            return &kinds[i];
    return NULL;
}

const ferryi_file_kind *ferryi_file_kind_of(const char *name, uint32_t format) {
    const ferryi_file_kind *found = kind_of_picture(name);
    bool is_text_file = found == NULL && format == FERRY_FORMAT_TEXT &&
                        ferryi_codec_name_ends_in(name, text_file.ending);
    return is_text_file ? &text_file : found;
}

bool ferryi_file_kind_is_bare(const ferryi_file_kind *kind) {
    return kind->encode == ferryi_encode_bare;
}

bool ferryi_file_kind_is_jpeg(const ferryi_file_kind *kind) {
    return kind->encode == ferryi_encode_jpeg;
}

bool ferry_image_can_save(const char *path) {
    return path != NULL && kind_of_picture(path) != NULL;
}
