/* JPEGs, one after the other. */
#include "sinks/write.h"

static uint32_t leave_format(uint32_t format) {
    return format;
}

static bool is_jpeg_already(uint32_t format) {
    return format == FERRY_FORMAT_MJPEG || format == FERRY_FORMAT_JPEG;
}

static ferry_status put_jpeg(write_stream *w, const write_frame *frame, bool is_first,
                             ferry_error *error) {
    (void)is_first;
    if (is_jpeg_already(frame->info->format))
        return host_write_outlet(w->outlet, frame->pixels, frame->info->length_bytes, error);
    ferry_status status =
        ferry_image_encode("a frame.jpg", frame->info, frame->pixels, NULL, &w->file, error);
    return status != FERRY_OK
               ? status
               : host_write_outlet(w->outlet, w->file.bytes, w->file.length_bytes, error);
}

const write_kind write_kind_mjpeg = {"a stream of JPEGs", false, leave_format, is_jpeg_already,
                                     put_jpeg};
