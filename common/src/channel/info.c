/* Descriptions of frames: completing them on the way in, checking them on the way out. */
#include <string.h>

#include "channel/info.h"
#include "frame/format.h"
#include "support/error.h"

enum {
    FLAGS_KNOWN = FERRY_FRAME_CORRUPT | FERRY_FRAME_STAMP_START | FERRY_FRAME_STAMP_END |
                  FERRY_FRAME_HAS_SEQUENCE | FERRY_FRAME_KEY
};

static ferry_status too_large(const ferry_frame_info *info, uint64_t length_bytes,
                              uint64_t capacity_bytes, ferry_error *error) {
    uint64_t slot_bytes = length_bytes + FERRY_HEADER_BYTES;
    return ferryi_fail(error, FERRY_TOO_LARGE, 0,
                       "a frame of %d x %d takes %llu bytes and a slot has room for %llu: make the "
                       "channel with slots of at least %llu bytes",
                       (int)info->width, (int)info->height, (unsigned long long)length_bytes,
                       (unsigned long long)capacity_bytes, (unsigned long long)slot_bytes);
}

static ferry_status no_layout(const ferry_frame_info *info, ferry_status status,
                              ferry_error *error) {
    if (status == FERRY_TOO_LARGE)
        return ferryi_fail(error, status, 0, "a frame of %d x %d exceeds 2 GiB", (int)info->width,
                           (int)info->height);
    const char *name = ferry_format_name(info->format);
    if (info->plane_count == 0)
        return ferryi_fail(error, status, 0,
                           "stride_bytes is %u: rows of %d pixels in %s take more",
                           (unsigned)info->stride_bytes, (int)info->width, name);
    return ferryi_fail(error, status, 0,
                       "plane_count is %u: the planes of %d x %d in %s are another number, "
                       "overlap, or have a stride shorter than a row or other than stride_bytes",
                       (unsigned)info->plane_count, (int)info->width, (int)info->height, name);
}

/* Leaves the planes out where stride_bytes says the same. The frame must not become longer: its
 * sender has no more bytes. */
static void simplify_planes(ferry_frame_info *info, ferry_layout *layout) {
    ferry_layout plain;
    uint32_t length = info->length_bytes != 0 ? info->length_bytes : layout->length_bytes;
    if (ferry_layout_compute(&plain, info->format, info->width, info->height,
                             layout->planes[0].stride_bytes) != FERRY_OK ||
        length < plain.length_bytes)
        return;
    for (uint32_t i = 0; i < plain.plane_count; i++)
        if (plain.planes[i].offset_bytes != layout->planes[i].offset_bytes ||
            plain.planes[i].stride_bytes != layout->planes[i].stride_bytes)
            return;
    info->plane_count = 0;
    *layout = plain;
}

/* Finds stride and length of a picture in a format with rows, and writes a description with planes
 * in the simpler form, if that says the same. Nearly all frames have plain planes. */
static ferry_status measure(ferry_frame_info *info, const ferryi_format *format, uint32_t *stride,
                            uint32_t *length) {
    *stride = info->stride_bytes;
    if (info->plane_count == 0)
        return ferryi_layout_measure(format, info->width, info->height, stride, length);
    ferry_layout layout;
    ferry_status status = ferry_layout_of(&layout, info);
    if (status != FERRY_OK)
        return status;
    simplify_planes(info, &layout);
    *stride = layout.planes[0].stride_bytes;
    *length = layout.length_bytes;
    return FERRY_OK;
}

/* Fills in what a format with rows determines. */
static ferry_status complete_rows(ferry_frame_info *info, const ferryi_format *format,
                                  uint64_t capacity_bytes, ferry_error *error) {
    uint32_t stride, length;
    ferry_status status = measure(info, format, &stride, &length);
    if (status != FERRY_OK)
        return no_layout(info, status, error);
    if (info->bit_count != 0 && info->bit_count != format->bit_count)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "bit_count is %u: %s has %u bits a pixel", (unsigned)info->bit_count,
                           format->name, (unsigned)format->bit_count);
    if (info->length_bytes != 0 && info->length_bytes < length)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "length_bytes is %u: a frame of %d x %d in %s takes %u",
                           (unsigned)info->length_bytes, (int)info->width, (int)info->height,
                           format->name, (unsigned)length);
    if (length > capacity_bytes)
        return too_large(info, length, capacity_bytes, error);
    info->bit_count = format->bit_count;
    info->stride_bytes = stride;
    if (info->length_bytes == 0)
        info->length_bytes = length;
    return FERRY_OK;
}

/* A compressed frame has a length, and neither rows nor planes. */
static bool has_rows(const ferry_frame_info *info) {
    return info->stride_bytes != 0 || info->plane_count != 0 || info->bit_count != 0;
}

static ferry_status complete_compressed(const ferry_frame_info *info, ferry_error *error) {
    const char *name = ferry_format_name(info->format);
    if (has_rows(info))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "%s is compressed: stride_bytes, plane_count and bit_count have to be 0",
                           name);
    if (info->length_bytes == 0)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "length_bytes is 0, and %s is compressed: nothing else says how long "
                           "the frame is",
                           name);
    return FERRY_OK;
}

/* A ratio with a denominator of 0 is none, and a program that divides by it would end. */
static bool has_ratios(const ferry_frame_info *info) {
    return (info->frame_rate_num == 0 || info->frame_rate_den != 0) &&
           (info->pixel_aspect_num == 0 || info->pixel_aspect_den != 0);
}

/* Whether the planes of a format without a name begin inside the frame: no more is known. */
static bool has_possible_planes(const ferry_frame_info *info) {
    for (uint32_t i = 0; i < info->plane_count; i++)
        if (info->plane_offset_bytes[i] >= info->length_bytes)
            return false;
    return true;
}

/* Whether something is set that no library of this version knows: by a newer program, or by
 * nobody. */
static bool has_unknown(const ferry_frame_info *info) {
    uint64_t any = info->reserved_word;
    for (size_t i = 0; i < sizeof info->reserved / sizeof info->reserved[0]; i++)
        any |= info->reserved[i];
    return any != 0;
}

ferry_status ferryi_info_check_rest(const ferry_frame_info *info, ferry_error *error) {
    if (info->metadata_bytes > FERRY_METADATA_MAX)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "metadata_bytes is %u: a frame has room for %d",
                           (unsigned)info->metadata_bytes, FERRY_METADATA_MAX);
    if ((info->flags & ~(uint32_t)FLAGS_KNOWN) != 0)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "flags is 0x%x: only those of ferry_frame_flag are known",
                           (unsigned)info->flags);
    if (has_unknown(info))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "reserved is not 0: info has to start from FERRY_FRAME_INFO_INIT");
    return FERRY_OK;
}

ferry_status ferryi_info_complete(ferry_frame_info *info, uint64_t capacity_bytes,
                                  ferry_error *error) {
    if (info->width < 1 || info->height < 1)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "width is %d and height is %d: a frame has at least one pixel",
                           (int)info->width, (int)info->height);
    if (!has_ratios(info))
        return ferryi_fail(
            error, FERRY_INVALID_ARGUMENT, 0, "%s is 0: a ratio that is known has a denominator",
            info->frame_rate_num != 0 && info->frame_rate_den == 0 ? "frame_rate_den"
                                                                   : "pixel_aspect_den");
    ferry_status status = ferryi_info_check_rest(info, error);
    if (status != FERRY_OK)
        return status;
    const ferryi_format *format = ferryi_format_find(info->format);
    if (format != NULL && format->family == FERRYI_COMPRESSED)
        status = complete_compressed(info, error);
    else if (format != NULL)
        status = complete_rows(info, format, capacity_bytes, error);
    else if (info->length_bytes == 0)
        status = ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                             "length_bytes is 0, and pixel format 0x%08x has no name here that "
                             "would say it",
                             (unsigned)info->format);
    if (status != FERRY_OK)
        return status;
    if (info->plane_count > FERRY_PLANES_MAX || !has_possible_planes(info))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "plane_count is %u: a frame has up to %d planes, which begin inside it",
                           (unsigned)info->plane_count, FERRY_PLANES_MAX);
    if (info->length_bytes > INT32_MAX)
        return ferryi_fail(error, FERRY_TOO_LARGE, 0, "a frame of %u bytes exceeds 2 GiB",
                           (unsigned)info->length_bytes);
    if (info->length_bytes > capacity_bytes)
        return too_large(info, info->length_bytes, capacity_bytes, error);
    return FERRY_OK;
}

static bool is_consistent(ferry_frame_info *info, const ferryi_header *header,
                          uint64_t capacity_bytes) {
    if (info->width < 1 || info->height < 1 || info->length_bytes == 0 ||
        info->length_bytes > INT32_MAX || info->length_bytes > capacity_bytes || !has_ratios(info))
        return false;
    if (header->length != (int32_t)info->length_bytes || header->width != info->width ||
        header->height != info->height || header->bit_count != (int32_t)info->bit_count)
        return false;
    const ferryi_format *format = ferryi_format_find(info->format);
    if (format == NULL)
        return has_possible_planes(info);
    if (format->family == FERRYI_COMPRESSED)
        return !has_rows(info);
    uint32_t stride, length;
    return measure(info, format, &stride, &length) == FERRY_OK && length <= info->length_bytes &&
           stride == info->stride_bytes && /* 0 is for senders to say */
           info->bit_count == format->bit_count;
}

/* False: no frame has so many planes. */
static bool read_planes(ferry_frame_info *out, const volatile ferryi_descriptor *d) {
    memset(out->plane_offset_bytes, 0, sizeof out->plane_offset_bytes);
    memset(out->plane_stride_bytes, 0, sizeof out->plane_stride_bytes);
    out->plane_count = d->plane_count;
    if (out->plane_count > FERRY_PLANES_MAX)
        return false;
    for (uint32_t i = 0; i < out->plane_count; i++) {
        out->plane_offset_bytes[i] = d->plane_offset[i];
        out->plane_stride_bytes[i] = d->plane_stride[i];
    }
    return true;
}

ferry_status ferryi_info_read_shape(ferry_frame_info *out, const ferryi_header *header,
                                    const ferryi_descriptor *descriptor, uint64_t capacity_bytes) {
    /* Volatile: each value is read once, so that what is checked is what the caller gets. */
    const volatile ferryi_header *h = header;
    const volatile ferryi_descriptor *d = descriptor;
    ferryi_header head = {
        .length = h->length, .width = h->width, .height = h->height, .bit_count = h->bit_count};
    out->width = d->width;
    out->height = d->height;
    out->format = d->format;
    out->bit_count = d->bit_count;
    out->stride_bytes = d->stride_bytes;
    out->length_bytes = d->length_bytes;
    out->color_matrix = d->color_matrix;
    out->color_range = d->color_range;
    out->color_primaries = d->color_primaries;
    out->color_transfer = d->color_transfer;
    out->chroma_site = d->chroma_site;
    out->field_order = d->field_order;
    out->frame_rate_num = d->frame_rate_num;
    out->frame_rate_den = d->frame_rate_den;
    out->pixel_aspect_num = d->pixel_aspect_num;
    out->pixel_aspect_den = d->pixel_aspect_den;
    return read_planes(out, d) && is_consistent(out, &head, capacity_bytes) ? FERRY_OK
                                                                            : FERRY_MALFORMED;
}

ferry_status ferryi_info_read_rest(ferry_frame_info *out, const ferryi_descriptor *descriptor) {
    const volatile ferryi_descriptor *d = descriptor; /* as above */
    out->capture_ns = d->capture_ns;
    out->publish_ns = d->publish_ns;
    out->dropped = d->dropped;
    out->exposure_ns = d->exposure_ns;
    out->sequence = d->sequence;
    out->flags = d->flags & FLAGS_KNOWN;
    memset(out->reserved, 0, sizeof out->reserved);
    out->reserved_word = 0;
    out->metadata_bytes = d->metadata_bytes;
    if (out->metadata_bytes > FERRY_METADATA_MAX)
        return FERRY_MALFORMED;
    if (out->metadata_bytes != 0)
        memcpy(out->metadata, descriptor->metadata, out->metadata_bytes);
    return FERRY_OK;
}

ferry_status ferryi_info_read(ferry_frame_info *out, const ferryi_header *header,
                              const ferryi_descriptor *descriptor, uint64_t capacity_bytes) {
    ferry_status status = ferryi_info_read_shape(out, header, descriptor, capacity_bytes);
    return status == FERRY_OK ? ferryi_info_read_rest(out, descriptor) : status;
}

void ferryi_info_write_shape(const ferry_frame_info *info, ferryi_header *header,
                             ferryi_descriptor *descriptor) {
    header->length = (int32_t)info->length_bytes;
    header->width = info->width;
    header->height = info->height;
    header->bit_count = (int32_t)info->bit_count;
    descriptor->width = info->width;
    descriptor->height = info->height;
    descriptor->format = info->format;
    descriptor->bit_count = info->bit_count;
    descriptor->stride_bytes = info->stride_bytes;
    descriptor->length_bytes = info->length_bytes;
    descriptor->color_matrix = info->color_matrix;
    descriptor->color_range = info->color_range;
    descriptor->color_primaries = info->color_primaries;
    descriptor->color_transfer = info->color_transfer;
    descriptor->chroma_site = info->chroma_site;
    descriptor->field_order = info->field_order;
    descriptor->frame_rate_num = info->frame_rate_num;
    descriptor->frame_rate_den = info->frame_rate_den;
    descriptor->pixel_aspect_num = info->pixel_aspect_num;
    descriptor->pixel_aspect_den = info->pixel_aspect_den;
    descriptor->plane_count = info->plane_count;
    for (uint32_t i = 0; i < info->plane_count; i++) {
        descriptor->plane_offset[i] = info->plane_offset_bytes[i];
        descriptor->plane_stride[i] = info->plane_stride_bytes[i];
    }
}

void ferryi_info_write_rest(const ferry_frame_info *info, ferryi_descriptor *descriptor) {
    descriptor->capture_ns = info->capture_ns;
    descriptor->publish_ns = info->publish_ns;
    descriptor->dropped = info->dropped;
    descriptor->exposure_ns = info->exposure_ns;
    descriptor->sequence = info->sequence;
    descriptor->flags = info->flags;
    descriptor->metadata_bytes = info->metadata_bytes;
    if (info->metadata_bytes != 0)
        memcpy(descriptor->metadata, info->metadata, info->metadata_bytes);
}

void ferryi_info_write(const ferry_frame_info *info, ferryi_header *header,
                       ferryi_descriptor *descriptor) {
    ferryi_info_write_shape(info, header, descriptor);
    ferryi_info_write_rest(info, descriptor);
}
