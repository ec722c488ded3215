#include "frame/bitmap.h"

static uint32_t format_of(int32_t bit_count, uint32_t format_16bit) {
    switch (bit_count) {
    case 8: return FERRY_FORMAT_GRAY;
    case 16: return format_16bit;
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

ferry_status ferryi_bitmap_describe(ferry_frame_info *out, const ferryi_bitmap *bitmap,
                                    uint64_t room_bytes, uint32_t format_16bit) {
    enum { DIB_ALIGN = 4 };
    uint32_t format = format_of(bitmap->bit_count, format_16bit);
    if (format == 0 || bitmap->length < 1 || bitmap->width < 1 || bitmap->height == 0 ||
        bitmap->height == INT32_MIN || (uint64_t)bitmap->length > room_bytes)
        return FERRY_MALFORMED;
    int32_t height = bitmap->height < 0 ? -bitmap->height : bitmap->height;
    uint64_t row = (uint64_t)bitmap->width * ((uint64_t)bitmap->bit_count / 8);
    uint64_t padded = (row + DIB_ALIGN - 1) / DIB_ALIGN * DIB_ALIGN;
    uint64_t length = (uint64_t)bitmap->length, rows = (uint64_t)height;
    /* Both factors are below 2^34 and 2^31; compared by division, so that nothing overflows. */
    if (row > length / rows)
        return FERRY_MALFORMED;
    bool is_padded = row * rows != length && padded <= length / rows;
    *out = (ferry_frame_info){.width = bitmap->width,
                              .height = height,
                              .format = format,
                              .bit_count = (uint32_t)bitmap->bit_count,
                              .stride_bytes = (uint32_t)(is_padded ? padded : row),
                              .length_bytes = (uint32_t)length};
    return FERRY_OK;
}
