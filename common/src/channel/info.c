/* Descriptions of frames: completing them on the way in, checking them on the way out. */
#include <string.h>

#include "channel/info.h"
#include "support/error.h"

static ferry_status too_large(const ferry_frame_info *info, uint64_t length_bytes,
                              uint64_t capacity_bytes, ferry_error *error) {
    uint64_t slot_bytes = length_bytes + FERRY_HEADER_BYTES;
    return ferryi_fail(error, FERRY_TOO_LARGE, 0,
                       "a frame of %d x %d takes %llu bytes and a slot has room for %llu: make the "
                       "channel with slots of at least %llu bytes",
                       (int)info->width, (int)info->height, (unsigned long long)length_bytes,
                       (unsigned long long)capacity_bytes, (unsigned long long)slot_bytes);
}

/* Fills in what a format with a name determines. */
static ferry_status complete_named(ferry_frame_info *info, uint64_t capacity_bytes,
                                   ferry_error *error) {
    ferry_layout layout;
    ferry_status status =
        ferry_layout_compute(&layout, info->format, info->width, info->height, info->stride_bytes);
    if (status == FERRY_TOO_LARGE)
        return ferryi_fail(error, status, 0, "a frame of %d x %d exceeds 2 GiB", (int)info->width,
                           (int)info->height);
    if (status != FERRY_OK)
        return ferryi_fail(
            error, status, 0, "stride_bytes is %u: rows of %d pixels in %s take more",
            (unsigned)info->stride_bytes, (int)info->width, ferry_format_name(info->format));
    uint32_t bit_count = ferry_format_bit_count(info->format);
    if (info->bit_count != 0 && info->bit_count != bit_count)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "bit_count is %u: %s has %u bits a pixel", (unsigned)info->bit_count,
                           ferry_format_name(info->format), (unsigned)bit_count);
    if (info->length_bytes != 0 && info->length_bytes < layout.length_bytes)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "length_bytes is %u: a frame of %d x %d in %s takes %u",
                           (unsigned)info->length_bytes, (int)info->width, (int)info->height,
                           ferry_format_name(info->format), (unsigned)layout.length_bytes);
    if (layout.length_bytes > capacity_bytes)
        return too_large(info, layout.length_bytes, capacity_bytes, error);
    info->bit_count = bit_count;
    info->stride_bytes = layout.planes[0].stride_bytes;
    if (info->length_bytes == 0)
        info->length_bytes = layout.length_bytes;
    return FERRY_OK;
}

ferry_status ferryi_info_complete(ferry_frame_info *info, uint64_t capacity_bytes,
                                  ferry_error *error) {
    if (info->width < 1 || info->height < 1)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "width is %d and height is %d: a frame has at least one pixel",
                           (int)info->width, (int)info->height);
    if (info->metadata_bytes > FERRY_METADATA_MAX)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "metadata_bytes is %u: a frame has room for %d",
                           (unsigned)info->metadata_bytes, FERRY_METADATA_MAX);
    if (ferry_format_name(info->format) != NULL) {
        ferry_status status = complete_named(info, capacity_bytes, error);
        if (status != FERRY_OK)
            return status;
    } else if (info->length_bytes == 0) {
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "length_bytes is 0, and pixel format 0x%08x has no name here that would "
                           "say it",
                           (unsigned)info->format);
    }
    if (info->length_bytes > INT32_MAX)
        return ferryi_fail(error, FERRY_TOO_LARGE, 0, "a frame of %u bytes exceeds 2 GiB",
                           (unsigned)info->length_bytes);
    if (info->length_bytes > capacity_bytes)
        return too_large(info, info->length_bytes, capacity_bytes, error);
    return FERRY_OK;
}

static bool is_consistent(const ferry_frame_info *info, const ferryi_header *header,
                          uint64_t capacity_bytes) {
    if (info->width < 1 || info->height < 1 || info->length_bytes == 0 ||
        info->length_bytes > INT32_MAX || info->length_bytes > capacity_bytes)
        return false;
    if (header->length != (int32_t)info->length_bytes || header->width != info->width ||
        header->height != info->height || header->bit_count != (int32_t)info->bit_count)
        return false;
    if (ferry_format_name(info->format) == NULL)
        return true;
    ferry_layout layout;
    return ferry_layout_compute(&layout, info->format, info->width, info->height,
                                info->stride_bytes) == FERRY_OK &&
           layout.length_bytes <= info->length_bytes &&
           layout.planes[0].stride_bytes == info->stride_bytes && /* 0 is for senders to say */
           info->bit_count == ferry_format_bit_count(info->format);
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
    return is_consistent(out, &head, capacity_bytes) ? FERRY_OK : FERRY_MALFORMED;
}

ferry_status ferryi_info_read_rest(ferry_frame_info *out, const ferryi_descriptor *descriptor) {
    const volatile ferryi_descriptor *d = descriptor; /* as above */
    out->capture_ns = d->capture_ns;
    out->publish_ns = d->publish_ns;
    out->dropped = d->dropped;
    out->metadata_bytes = d->metadata_bytes;
    if (out->metadata_bytes > FERRY_METADATA_MAX)
        return FERRY_MALFORMED;
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
}

void ferryi_info_write_rest(const ferry_frame_info *info, ferryi_descriptor *descriptor) {
    descriptor->capture_ns = info->capture_ns;
    descriptor->publish_ns = info->publish_ns;
    descriptor->dropped = info->dropped;
    descriptor->metadata_bytes = info->metadata_bytes;
    memcpy(descriptor->metadata, info->metadata, info->metadata_bytes);
}

void ferryi_info_write(const ferry_frame_info *info, ferryi_header *header,
                       ferryi_descriptor *descriptor) {
    ferryi_info_write_shape(info, header, descriptor);
    ferryi_info_write_rest(info, descriptor);
}
