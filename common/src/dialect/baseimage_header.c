#include "dialect/baseimage_header.h"

#include <inttypes.h>
#include <stdio.h>

#include "frame/bitmap.h"
#include "support/error.h"

static ferryi_bitmap bitmap_of(const ferryi_header *header) {
    return (ferryi_bitmap){.length = header->length,
                           .width = header->width,
                           .height = header->height,
                           .bit_count = header->bit_count};
}

static ferryi_bitmap_told told_of(const ferryi_bare_told *told) {
    return (ferryi_bitmap_told){.format_16bit = told->format_16bit, .format = told->format};
}

/* The room that the memory has for pixels. */
static uint64_t room_for_pixels(uint64_t room_bytes) {
    return room_bytes > FERRY_HEADER_BYTES ? room_bytes - FERRY_HEADER_BYTES : 0;
}

ferry_status ferryi_baseimage_describe(ferry_frame_info *out, bool *turned,
                                       const ferryi_header *header, uint64_t room_bytes,
                                       const ferryi_bare_told *told) {
    ferryi_bitmap bitmap = bitmap_of(header);
    ferryi_bitmap_told formats = told_of(told);
    *turned = told->bottom_up != (header->height < 0);
    return ferryi_bitmap_describe(out, &bitmap, room_for_pixels(room_bytes), &formats);
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
    ferryi_bitmap bitmap = bitmap_of(&r->header);
    uint64_t room = room_for_pixels(r->room_bytes);
    uint32_t stride, least = 0;
    if (bitmap.width >= 1 && ferryi_bitmap_height(&bitmap) >= 1)
        least = ferryi_bitmap_measure(&bitmap, format, 1, &stride);
    if (least == 0)
        snprintf(out, REASON_BYTES, "no picture has that size, so that no option takes it");
    else if (bitmap.length < 1 || (uint64_t)bitmap.length > room)
        snprintf(out, REASON_BYTES,
                 "the length has to be from 1 to the %llu bytes that the memory has behind the "
                 "header, so that no option takes it",
                 (unsigned long long)room);
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
    ferryi_bitmap_told formats = told_of(told);
    const ferryi_format *format = ferryi_format_find(ferryi_bitmap_format(h->bit_count, &formats));
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
