#include "frame/bitmap.h"

uint32_t ferryi_bitmap_format(int32_t bit_count, const ferryi_bitmap_told *told) {
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

int32_t ferryi_bitmap_bits(uint32_t format, uint32_t format_16bit) {
    switch (format) {
    case FERRY_FORMAT_GRAY: return 8;
    case FERRY_FORMAT_BGR24: return 24;
    case FERRY_FORMAT_BGRA:
    case FERRY_FORMAT_BGRX: return 32;
    default: return format == format_16bit ? 16 : 0;
    }
}

int32_t ferryi_bitmap_height(const ferryi_bitmap *bitmap) {
    if (bitmap->height >= 0)
        return bitmap->height;
    return bitmap->height == INT32_MIN ? 0 : -bitmap->height;
}

uint32_t ferryi_bitmap_measure(const ferryi_bitmap *bitmap, const ferryi_format *format,
                               uint32_t align, uint32_t *stride_bytes) {
    int32_t height = ferryi_bitmap_height(bitmap);
    uint32_t length_bytes = 0;
    *stride_bytes = 0;
    if (ferryi_layout_measure(format, bitmap->width, height, stride_bytes, &length_bytes) !=
        FERRY_OK)
        return 0;
    if (*stride_bytes % align == 0)
        return length_bytes;
    *stride_bytes += align - *stride_bytes % align;
    return ferryi_layout_measure(format, bitmap->width, height, stride_bytes, &length_bytes) ==
                   FERRY_OK
               ? length_bytes
               : 0;
}

ferry_status ferryi_bitmap_describe(ferry_frame_info *out, const ferryi_bitmap *bitmap,
                                    uint64_t room_bytes, const ferryi_bitmap_told *told) {
    enum { DIB_ALIGN = 4 };
    const ferryi_format *format = ferryi_format_find(ferryi_bitmap_format(bitmap->bit_count, told));
    if (format == NULL || bitmap->length < 1 || (uint64_t)bitmap->length > room_bytes ||
        bitmap->width < 1 || ferryi_bitmap_height(bitmap) < 1)
        return FERRY_MALFORMED;
    uint32_t length = (uint32_t)bitmap->length, stride, padded_stride;
    uint32_t least = ferryi_bitmap_measure(bitmap, format, 1, &stride);
    if (least == 0 || least > length)
        return FERRY_MALFORMED;
    uint32_t padded = ferryi_bitmap_measure(bitmap, format, DIB_ALIGN, &padded_stride);
    bool is_padded = least != length && padded != 0 && padded <= length;
    *out = (ferry_frame_info){.width = bitmap->width,
                              .height = ferryi_bitmap_height(bitmap),
                              .format = format->fourcc,
                              .bit_count = (uint32_t)bitmap->bit_count,
                              .stride_bytes = is_padded ? padded_stride : stride,
                              .length_bytes = length};
    return FERRY_OK;
}
