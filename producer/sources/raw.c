/* --raw: what it says, and where its frames lie in a stream. */
#include "sources/source.h"

#include <string.h>

#include "shared/frame_size.h"
#include "shared/message.h"
#include "shared/parse.h"
#include "shared/text.h"

#define GSTREAMER_ALIGN 4u

/* Parses the part after the format, behind a comma. */
static bool parse_padding(const char *text, stream_request *out) {
    static const char stride[] = "stride=";
    uint64_t bytes = 0;
    out->is_gstreamer = strcmp(text, "gstreamer") == 0;
    if (out->is_gstreamer)
        return true;
    if (strncmp(text, stride, sizeof stride - 1) != 0 ||
        !app_parse_whole(text + sizeof stride - 1, 1, INT32_MAX, &bytes))
        return false;
    out->stride_bytes = (uint32_t)bytes;
    return true;
}

static void refuse_layout(const char *text, ferry_status status, const stream_request *request) {
    ferry_layout packed;
    ferry_layout_compute(&packed, request->format, request->width, request->height, 0);
    if (status == FERRY_INVALID_ARGUMENT)
        app_message_usage("--raw \"%s\": a row has %u bytes, and stride=, the distance between "
                          "rows, cannot be less",
                          text, (unsigned)packed.planes[0].row_bytes);
    else
        app_message_usage("--raw \"%s\": frames of 2 GiB or more are too large", text);
}

bool raw_parse(const char *text, stream_request *out) {
    int32_t width = 0;
    int32_t height = 0;
    ferry_layout layout;
    const char *format = app_frame_size_take(text, &width, &height);
    if (format == NULL) {
        app_message_usage("--raw needs WxH:FORMAT, such as 1280x720:bgr24, not \"%s\"", text);
        return false;
    }
    size_t length = strcspn(format, ",");
    *out = (stream_request){.is_raw = true,
                            .width = width,
                            .height = height,
                            .format = app_frame_size_format(format, length)};
    if (out->format == 0) {
        char formats[APP_TEXT_FORMATS_BYTES];
        app_text_formats(formats);
        app_message_usage("--raw \"%s\": unknown pixel format; there are %s", text, formats);
        return false;
    }
    if (format[length] != '\0' && !parse_padding(format + length + 1, out)) {
        app_message_usage("--raw \"%s\": only the bytes from one row to the next, such as "
                          ",stride=1920, or ,gstreamer may follow the format",
                          text);
        return false;
    }
    ferry_status status = raw_layout(&layout, out);
    if (status != FERRY_OK)
        refuse_layout(text, status, out);
    return status == FERRY_OK;
}

/* Source: fill_planes in gst-libs/gst/video/video-info.c of GStreamer. Rows of each plane begin at
 * multiples of 4 bytes, and where two rows share their chroma there is an even number of them. */
static ferry_status gstreamer_layout(ferry_layout *out, const ferry_layout *packed,
                                     uint32_t format) {
    ferry_layout two_rows;
    uint64_t length = 0;
    bool shares_chroma = ferry_layout_compute(&two_rows, format, 1, 2, 0) == FERRY_OK &&
                         two_rows.plane_count > 1 && two_rows.planes[1].rows == 1;
    *out = *packed;
    for (uint32_t i = 0; i < out->plane_count; i++) {
        ferry_plane *plane = &out->planes[i];
        uint64_t stride =
            ((uint64_t)plane->row_bytes + GSTREAMER_ALIGN - 1) / GSTREAMER_ALIGN * GSTREAMER_ALIGN;
        uint64_t rows = i == 0 && shares_chroma ? plane->rows + (plane->rows & 1) : plane->rows;
        plane->offset_bytes = (uint32_t)length;
        plane->stride_bytes = (uint32_t)stride;
        length += stride * rows;
        if (length > INT32_MAX)
            return FERRY_TOO_LARGE;
    }
    out->length_bytes = (uint32_t)length;
    return FERRY_OK;
}

ferry_status raw_layout(ferry_layout *out, const stream_request *request) {
    ferry_layout packed;
    ferry_status status = ferry_layout_compute(out, request->format, request->width,
                                               request->height, request->stride_bytes);
    if (status != FERRY_OK || !request->is_gstreamer)
        return status;
    packed = *out;
    return gstreamer_layout(out, &packed, request->format);
}
