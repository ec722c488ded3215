#include "headers.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include <microhttpd.h>

#include <frameferry/clock.h>
#include <frameferry/frame.h>

#include "shared/text.h"

#define VALUE_BYTES 2048

void header_add(struct MHD_Response *response, const char *name, const char *format, ...) {
    char text[VALUE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    MHD_add_response_header(response, name, text);
}

typedef struct visit {
    void (*add)(void *argument, const char *name, const char *value);
    void *argument;
} visit;

static void put(const visit *v, const char *name, const char *format, ...) FERRYI_PRINTF(3, 4);

static void put(const visit *v, const char *name, const char *format, ...) {
    char text[VALUE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    v->add(v->argument, name, text);
}

/* Source: RFC 4648, 4. */
static void put_metadata(const visit *v, const ferry_frame_info *i) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[FERRY_METADATA_MAX / 3 * 4 + 8];
    size_t used = 0;
    for (uint32_t at = 0; at < i->metadata_bytes; at += 3) {
        uint32_t left = i->metadata_bytes - at;
        uint32_t three = (uint32_t)i->metadata[at] << 16;
        three |= left > 1 ? (uint32_t)i->metadata[at + 1] << 8 : 0;
        three |= left > 2 ? (uint32_t)i->metadata[at + 2] : 0;
        text[used++] = digits[three >> 18];
        text[used++] = digits[three >> 12 & 63];
        text[used++] = left > 1 ? digits[three >> 6 & 63] : '=';
        text[used++] = left > 2 ? digits[three & 63] : '=';
    }
    text[used] = '\0';
    if (used > 0)
        v->add(v->argument, "Ferry-Metadata", text);
}

static void put_planes(const visit *v, const ferry_frame_info *i) {
    char text[32 * FERRY_PLANES_MAX] = "";
    int used = 0;
    for (uint32_t p = 0; p < i->plane_count && p < FERRY_PLANES_MAX; p++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%" PRIu32 ":%" PRIu32,
                         p > 0 ? "," : "", i->plane_offset_bytes[p], i->plane_stride_bytes[p]);
    if (used > 0)
        v->add(v->argument, "Ferry-Planes", text);
}

static void put_format(const visit *v, const ferry_frame_info *i) {
    char fourcc[APP_FOURCC_TEXT_BYTES];
    const char *name = ferry_format_name(i->format);
    app_text_fourcc(fourcc, i->format);
    v->add(v->argument, "Ferry-Format", name != NULL ? name : fourcc);
    put(v, "Ferry-Fourcc", "%08" PRIx32, i->format);
}

static void put_shape(const visit *v, const ferry_frame_info *i) {
    put_format(v, i);
    put(v, "Ferry-Size", "%" PRId32 "x%" PRId32, i->width, i->height);
    put(v, "Ferry-Bit-Count", "%" PRIu32, i->bit_count);
    put(v, "Ferry-Stride", "%" PRIu32, i->stride_bytes);
    put_planes(v, i);
    put(v, "Ferry-Color", "%" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32,
        i->color_matrix, i->color_primaries, i->color_transfer, i->color_range, i->chroma_site,
        i->field_order);
    put(v, "Ferry-Rate", "%" PRIu32 "/%" PRIu32, i->frame_rate_num, i->frame_rate_den);
    put(v, "Ferry-Aspect", "%" PRIu32 "/%" PRIu32, i->pixel_aspect_num, i->pixel_aspect_den);
}

void headers_visit_frame(const frame *f, uint64_t skipped,
                         void (*add)(void *argument, const char *name, const char *value),
                         void *argument) {
    const visit v = {.add = add, .argument = argument};
    const ferry_frame_info *i = &f->info;
    uint64_t now_ns = ferry_clock_ns();
    put(&v, "Ferry-Frame", "%" PRIu64, i->number);
    put(&v, "Ferry-Generation", "%016" PRIx64, f->generation);
    put_shape(&v, i);
    put(&v, "Ferry-Flags", "%" PRIu32, i->flags);
    put(&v, "Ferry-Sequence", "%" PRIu64, i->sequence);
    put(&v, "Ferry-Exposure-Ns", "%" PRIu64, i->exposure_ns);
    put(&v, "Ferry-Capture-Ns", "%" PRIu64, i->capture_ns);
    put(&v, "Ferry-Publish-Ns", "%" PRIu64, i->publish_ns);
    put(&v, "Ferry-Dropped", "%" PRIu64, i->dropped);
    put(&v, "Ferry-Skipped", "%" PRIu64, skipped);
    put_metadata(&v, i);
    put(&v, "Ferry-Age-Ns", "%" PRIu64, now_ns > i->publish_ns ? now_ns - i->publish_ns : 0);
}

static void add_to_response(void *argument, const char *name, const char *value) {
    MHD_add_response_header(argument, name, value);
}

void headers_add_frame(struct MHD_Response *response, const frame *f, uint64_t skipped) {
    headers_visit_frame(f, skipped, add_to_response, response);
}
