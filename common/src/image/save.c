#include "format.h"
#include "platform/file.h"
#include "stb.h"
#include "support/error.h"

#include <errno.h>
#include <frameferry/image.h>
#include <stdlib.h>

typedef struct png_writer {
    FILE *stream;
    int os_code; /* of the write that failed; 0 */
} png_writer;

static void write_png(void *context, void *data, int size) {
    png_writer *writer = context;
    errno = 0;
    if (fwrite(data, 1, (size_t)size, writer->stream) != (size_t)size)
        writer->os_code = errno != 0 ? errno : EIO;
}

/* What a frame is written as: the formats that PNG has in the same byte order. */
static uint32_t format_in_file(uint32_t format) {
    switch (format) {
    case FERRY_FORMAT_GRAY:
    case FERRY_FORMAT_GRAY16LE: return FERRY_FORMAT_GRAY;
    case FERRY_FORMAT_BGRA:
    case FERRY_FORMAT_RGBA: return FERRY_FORMAT_RGBA;
    default: return FERRY_FORMAT_RGB24;
    }
}

static bool fits_png(const ferry_frame_info *info, int channels) {
    int64_t row = (int64_t)info->width * channels;
    return row < FERRYI_PNG_ROW_MAX && (row + 1) * info->height < FERRYI_PNG_RAW_MAX;
}

static ferry_status write_file(const char *path, const ferry_frame_info *info,
                               uint32_t stride_bytes, const uint8_t *pixels, ferry_error *error) {
    int channels = (int)(ferry_format_bit_count(info->format) / 8);
    if (!fits_png(info, channels))
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "cannot write %.400s: %d x %d pixels are too many for a PNG file", path,
                           (int)info->width, (int)info->height);
    ferryi_output output;
    ferry_status status = ferryi_output_open(&output, path, error);
    if (status != FERRY_OK)
        return status;
    png_writer writer = {.stream = output.stream};
    if (!ferryi_stb_write_png(write_png, &writer, info->width, info->height, channels, pixels,
                              stride_bytes)) {
        ferryi_output_abort(&output);
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to write %.400s", path);
    }
    if (writer.os_code != 0) {
        ferryi_output_abort(&output);
        return ferryi_fail_errno(error, writer.os_code, "cannot write %.400s", path);
    }
    return ferryi_output_commit(&output, error);
}

ferry_status ferry_image_save_png(const char *path, const ferry_frame_info *info,
                                  const uint8_t *pixels, ferry_error *error) {
    if (path == NULL || info == NULL || pixels == NULL)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "saving a picture needs a path, a description and pixels");
    uint32_t format = format_in_file(info->format);
    ferry_layout layout;
    /* Whatever is wrong with the description is found, and said, by the conversion. */
    bool as_it_is = format == info->format &&
                    ferry_layout_compute(&layout, info->format, info->width, info->height,
                                         info->stride_bytes) == FERRY_OK &&
                    (info->length_bytes == 0 || info->length_bytes >= layout.length_bytes);
    if (as_it_is)
        return write_file(path, info, layout.planes[0].stride_bytes, pixels, error);
    ferry_image converted = FERRY_IMAGE_INIT;
    ferry_error inner;
    ferry_status status = ferry_image_convert(info, pixels, format, &converted, &inner);
    if (status != FERRY_OK)
        ferryi_fail(error, status, inner.os_code, "cannot write %.200s: %s", path, inner.message);
    else
        status =
            write_file(path, &converted.info, converted.info.stride_bytes, converted.pixels, error);
    free(converted.pixels);
    return status;
}
