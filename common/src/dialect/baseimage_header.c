#include "dialect/baseimage_header.h"

#include <inttypes.h>
#include <stdio.h>

#include "frame/format.h"
#include "support/error.h"

/* The format that each bit count stands for in programs of this kind; 0: none. */
static uint32_t format_of(int32_t bit_count, const ferryi_bare_told *told) {
    if (told->format != 0 && ferry_format_bit_count(told->format) == (uint32_t)bit_count)
        return told->format;
    switch (bit_count) {
    case 8: return FERRY_FORMAT_GRAY;
    case 16: return told->format_16bit;
    case 24: return FERRY_FORMAT_BGR24;
    case 32: return FERRY_FORMAT_BGRA;
    default: return 0;
    }
}

/* As a bitmap has it: the sign is about the order of rows. 0: no height. */
static int32_t height_of(const ferryi_header *header) {
    if (header->height >= 0)
        return header->height;
    return header->height == INT32_MIN ? 0 : -header->height;
}

/* The length that rows of the least stride take, or of the next one that 4 divides; 0: the size
 * cannot be. */
static uint32_t measure(const ferryi_header *header, const ferryi_format *format, uint32_t align,
                        uint32_t *stride_bytes) {
    uint32_t length_bytes = 0;
    *stride_bytes = 0;
    if (ferryi_layout_measure(format, header->width, height_of(header), stride_bytes,
                              &length_bytes) != FERRY_OK)
        return 0;
    if (*stride_bytes % align == 0)
        return length_bytes;
    *stride_bytes += align - *stride_bytes % align;
    return ferryi_layout_measure(format, header->width, height_of(header), stride_bytes,
                                 &length_bytes) == FERRY_OK
               ? length_bytes
               : 0;
}

static bool has_room(const ferryi_header *header, uint64_t room_bytes) {
    return header->length >= 1 && room_bytes >= FERRY_HEADER_BYTES &&
           (uint64_t)header->length <= room_bytes - FERRY_HEADER_BYTES;
}

ferry_status ferryi_baseimage_describe(ferry_frame_info *out, bool *turned,
                                       const ferryi_header *header, uint64_t room_bytes,
                                       const ferryi_bare_told *told) {
    enum { DIB_ALIGN = 4 };
    const ferryi_format *format = ferryi_format_find(format_of(header->bit_count, told));
    if (format == NULL || !has_room(header, room_bytes) || header->width < 1 ||
        height_of(header) < 1)
        return FERRY_MALFORMED;
    uint32_t length = (uint32_t)header->length, stride, padded_stride;
    uint32_t least = measure(header, format, 1, &stride);
    if (least == 0 || least > length)
        return FERRY_MALFORMED;
    uint32_t padded = measure(header, format, DIB_ALIGN, &padded_stride);
    bool is_padded = least != length && padded != 0 && padded <= length;
    *out = (ferry_frame_info){.width = header->width,
                              .height = height_of(header),
                              .format = format->fourcc,
                              .bit_count = (uint32_t)header->bit_count,
                              .stride_bytes = is_padded ? padded_stride : stride,
                              .length_bytes = length};
    *turned = told->bottom_up != (header->height < 0);
    return FERRY_OK;
}

/* ---- what is refused ---- */

enum { REASON_BYTES = 200 };

/* The first formats with so many bits for each pixel; "" when there is none. */
static void list_formats(char *out, size_t bytes, int32_t bit_count) {
    enum { LISTED = 4 };
    size_t used = 0, found = 0;
    uint32_t format;
    out[0] = '\0';
    for (size_t i = 0; bit_count > 0 && (format = ferry_format_at(i)) != 0 && found < LISTED; i++)
        if (ferry_format_bit_count(format) == (uint32_t)bit_count)
            used += (size_t)snprintf(out + used, bytes - used, "%s%s", found++ > 0 ? ", " : "",
                                     ferry_format_name(format));
}

static void explain_bits(char out[REASON_BYTES], int32_t bit_count) {
    char formats[80];
    list_formats(formats, sizeof formats, bit_count);
    if (formats[0] != '\0')
        snprintf(out, REASON_BYTES,
                 "say what %" PRId32 " bits are with bare_format (--bare-format): %s", bit_count,
                 formats);
    else
        snprintf(out, REASON_BYTES,
                 "no format here has %" PRId32 " bit%s for each pixel, so that no option takes it",
                 bit_count, bit_count == 1 ? "" : "s");
}

static void explain_size(char out[REASON_BYTES], const ferryi_bare_refused *r,
                         const ferryi_format *format) {
    const ferryi_header *h = &r->header;
    uint32_t stride, least = 0;
    if (h->width >= 1 && height_of(h) >= 1)
        least = measure(h, format, 1, &stride);
    if (least == 0)
        snprintf(out, REASON_BYTES, "no picture has that size, so that no option takes it");
    else if (!has_room(h, r->room_bytes))
        snprintf(out, REASON_BYTES,
                 "the length has to be from 1 to the %llu bytes that the memory has behind the "
                 "header, so that no option takes it",
                 (unsigned long long)(r->room_bytes > FERRY_HEADER_BYTES
                                          ? r->room_bytes - FERRY_HEADER_BYTES
                                          : 0));
    else
        snprintf(out, REASON_BYTES,
                 "a picture of that size takes at least %lu bytes as %s: if it is of another "
                 "format, say so with bare_format (--bare-format)",
                 (unsigned long)least, format->name);
}

/* For sentences: which of the images it is. */
static void tell_place(char *out, size_t bytes, const ferryi_bare_refused *r) {
    out[0] = '\0';
    if (r->image != 0)
        snprintf(out, bytes, " of image %lu of %" PRId32, (unsigned long)r->image, r->images);
}

ferry_status ferryi_baseimage_explain(const ferryi_bare_refused *r, const ferryi_bare_told *told,
                                      const char *channel, ferry_error *error) {
    char reason[REASON_BYTES], place[48];
    const ferryi_header *h = &r->header;
    const ferryi_format *format = ferryi_format_find(format_of(h->bit_count, told));
    if (told->has_images && r->image == 0)
        snprintf(reason, sizeof reason,
                 "%" PRId32 " cannot be a count of images here: if there is none in front, leave "
                 "bare_images (--bare-images) out",
                 r->images);
    else if (!told->has_images && r->images != 0)
        snprintf(reason, sizeof reason,
                 "it seems to begin with a count of %" PRId32 " image%s: bare_images "
                 "(--bare-images) takes that",
                 r->images, r->images == 1 ? "" : "s");
    else if (format == NULL)
        explain_bits(reason, h->bit_count);
    else
        explain_size(reason, r, format);
    tell_place(place, sizeof place, r);
    return ferryi_fail(error, FERRY_MALFORMED, 0,
                       "a frame on channel %s is passed over: its header%s says length %" PRId32
                       ", width %" PRId32 ", height %" PRId32 ", bits %" PRId32 "; %s",
                       channel, place, h->length, h->width, h->height, h->bit_count, reason);
}
