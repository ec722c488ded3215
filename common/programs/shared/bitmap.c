#include "shared/bitmap.h"

#include <frameferry/frame.h>

uint32_t app_bitmap_format(uint32_t format) {
    switch (format) {
    case FERRY_FORMAT_GRAY:
    case FERRY_FORMAT_GRAY16LE:
    case FERRY_FORMAT_BGRA: return format;
    case FERRY_FORMAT_GRAY10LE:
    case FERRY_FORMAT_GRAY12LE:
    case FERRY_FORMAT_GRAYF32LE: return FERRY_FORMAT_GRAY16LE;
    case FERRY_FORMAT_RGBA:
    case FERRY_FORMAT_ARGB: return FERRY_FORMAT_BGRA;
    default: return FERRY_FORMAT_BGR24;
    }
}
