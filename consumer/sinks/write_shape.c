#include <inttypes.h>
#include <stdio.h>

#include "host/inside.h"
#include "shared/message.h"
#include "sinks/sink.h"
#include "sinks/write.h"

static bool is_jpeg(uint32_t format) {
    return format == FERRY_FORMAT_MJPEG || format == FERRY_FORMAT_JPEG;
}

/* Whether it has pixels that can be converted. */
static bool has_pixels(uint32_t format) {
    return ferry_format_bit_count(format) != 0;
}

/* ---- what the user has to know, once ---- */

static void tell(write_shape *s, const char *format, const char *becomes) {
    if (s->has_told)
        return;
    s->has_told = true;
    app_message_inform("%s has no %s: frames are written as %s; --as raw writes them as they are",
                       s->kind->name, format, becomes);
}

/* Formats whose samples lie otherwise in the stream, and are the same. */
static bool keeps_samples(uint32_t from, uint32_t to) {
    return to == FERRY_FORMAT_YUV420P || to == FERRY_FORMAT_YUV422P || from == to;
}

/* The stream could have it, but its first frame is of another one. */
static void tell_first(write_shape *s, const char *format, const char *becomes) {
    if (s->has_told_first)
        return;
    s->has_told_first = true;
    app_message_inform("frames in %s are written as %s, the format of the first one: --scale first "
                       "gives all frames that; --format says another",
                       format, becomes);
}

static void tell_conversion(write_shape *s, uint32_t from, uint32_t to) {
    char text[SINK_FORMAT_BYTES];
    if (s->format != 0 || keeps_samples(from, to))
        return;
    if (s->kind->carried(from) == to)
        tell(s, sink_format_name(text, from), ferry_format_name(to));
    else
        tell_first(s, sink_format_name(text, from), ferry_format_name(to));
}

/* Matrix and range stand in the header of the stream, or nowhere. */
static void tell_colors(write_shape *s, const ferry_frame_info *info) {
    if (s->has_recolored ||
        (info->color_matrix == s->first.color_matrix && info->color_range == s->first.color_range))
        return;
    s->has_recolored = true;
    app_message_warn("frame %" PRIu64 " has another color matrix or range than the first frame of "
                     "the stream, and its colors are shown wrong",
                     info->number);
}

/* ---- steps ---- */

static ferry_status decode(write_shape *s, write_frame *frame, ferry_error *error) {
    ferry_error inner;
    ferry_status status = ferry_image_decode(frame->pixels, frame->info->length_bytes,
                                             "the frame.jpg", NULL, &s->decoded, &inner);
    if (status != FERRY_OK)
        return ferryi_fail(error, status == FERRY_NO_MEMORY ? status : FERRY_UNREADABLE, 0,
                           "frame %" PRIu64 " is no JPEG that can be decoded: %.300s",
                           frame->info->number, inner.message);
    if (!s->has_told)
        app_message_inform("frames in %s are decoded; --as mjpeg writes them as they are",
                           ferry_format_name(frame->info->format));
    s->has_told = true;
    /* The rest of the description is that of the frame. */
    s->described = *frame->info;
    s->described.width = s->decoded.info.width;
    s->described.height = s->decoded.info.height;
    s->described.format = s->decoded.info.format;
    s->described.bit_count = s->decoded.info.bit_count;
    s->described.stride_bytes = s->decoded.info.stride_bytes;
    s->described.length_bytes = s->decoded.info.length_bytes;
    s->described.plane_count = 0;
    *frame = (write_frame){&s->described, s->decoded.pixels};
    return FERRY_OK;
}

static ferry_status refuse_bytes(const write_shape *s, const ferry_frame_info *info,
                                 ferry_error *error) {
    char text[SINK_FORMAT_BYTES];
    const char *name = sink_format_name(text, info->format);
    if (ferry_format_is_compressed(info->format))
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "%s cannot have frames in %s, which are not decoded here: --as raw "
                           "writes their bytes, for --write - --as raw | ffmpeg -f %s -i -",
                           s->kind->name, name, name);
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "%s cannot have frames in %s, a format without a name here: --as raw writes "
                       "their bytes",
                       s->kind->name, name);
}

/* The format that a frame with pixels gets. */
static uint32_t wanted(const write_shape *s, uint32_t format) {
    if (s->has_begun && s->scales)
        return s->first.format;
    return s->format != 0 ? s->format : s->kind->carried(format);
}

static ferry_status give_format(write_shape *s, write_frame *frame, ferry_error *error) {
    uint32_t format = wanted(s, frame->info->format);
    if (format == frame->info->format)
        return FERRY_OK;
    ferry_error inner;
    ferry_status status =
        ferry_image_convert(frame->info, frame->pixels, format, &s->converted, &inner);
    if (status != FERRY_OK)
        return ferryi_fail(error, status, 0, "frame %" PRIu64 ": %.400s", frame->info->number,
                           inner.message);
    tell_conversion(s, frame->info->format, format);
    *frame = (write_frame){&s->converted.info, s->converted.pixels};
    return FERRY_OK;
}

static ferry_status give_size(write_shape *s, write_frame *frame, ferry_error *error) {
    const ferry_frame_info *first = &s->first;
    bool is_other = frame->info->width != first->width || frame->info->height != first->height;
    if (!s->has_begun || !s->scales || !is_other)
        return FERRY_OK;
    ferry_error inner;
    ferry_status status = ferry_image_scale(frame->info, frame->pixels, first->width, first->height,
                                            &s->scaled, &inner);
    if (status != FERRY_OK)
        return ferryi_fail(error, status, 0, "frame %" PRIu64 ": %.400s", frame->info->number,
                           inner.message);
    *frame = (write_frame){&s->scaled.info, s->scaled.pixels};
    return FERRY_OK;
}

static bool fits_stream(const write_shape *s, const ferry_frame_info *info) {
    if (info->format != s->first.format)
        return false;
    return ferry_format_is_compressed(info->format) ||
           (info->width == s->first.width && info->height == s->first.height);
}

static ferry_status refuse_change(const write_shape *s, const ferry_frame_info *info,
                                  ferry_error *error) {
    char now[SINK_FORMAT_BYTES], before[SINK_FORMAT_BYTES];
    const char *hint = info->format != s->first.format && !has_pixels(info->format) ? ""
                       : info->format != s->first.format
                           ? "; --format gives all frames one format, --scale first also one size"
                           : "; --scale first gives later frames the size of the first";
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "the stream ends before frame %" PRIu64 ", which is %" PRId32 "x%" PRId32
                       " %s and not %" PRId32 "x%" PRId32 " %s as the first one%s",
                       info->number, info->width, info->height, sink_format_name(now, info->format),
                       s->first.width, s->first.height, sink_format_name(before, s->first.format),
                       hint);
}

ferry_status write_shape_take(write_shape *s, write_frame *frame, ferry_error *error) {
    ferry_status status = FERRY_OK;
    bool must_have_pixels = s->format != 0 || s->scales || !s->kind->has_bytes(frame->info->format);
    if (is_jpeg(frame->info->format) && must_have_pixels)
        status = decode(s, frame, error);
    else if (!has_pixels(frame->info->format) && must_have_pixels)
        status = refuse_bytes(s, frame->info, error);
    if (status == FERRY_OK && has_pixels(frame->info->format))
        status = give_format(s, frame, error);
    if (status == FERRY_OK && has_pixels(frame->info->format))
        status = give_size(s, frame, error);
    if (status != FERRY_OK)
        return status;
    if (!s->has_begun) {
        s->first = *frame->info;
        s->has_begun = true;
    }
    if (s->kind->has_one_shape && !fits_stream(s, frame->info))
        return refuse_change(s, frame->info, error);
    if (s->kind->has_one_shape && has_pixels(frame->info->format))
        tell_colors(s, frame->info);
    return FERRY_OK;
}

void write_shape_free(write_shape *s) {
    ferry_image_free(&s->decoded);
    ferry_image_free(&s->converted);
    ferry_image_free(&s->scaled);
}
