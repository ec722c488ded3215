#include "image/png_filter.h"

#include <frameferry/frame.h>

enum { FILTER_UP = 2 };

/* In a loop of its own, which compilers turn into vector instructions. */
static void subtract(uint8_t *restrict out, const uint8_t *row, const uint8_t *above,
                     size_t count) {
    for (size_t i = 0; i < count; i++)
        out[i] = (uint8_t)(row[i] - above[i]);
}

/* Swaps the first byte of each group with the one that lies so far behind it. */
static void swap_bytes(uint8_t *bytes, size_t count, size_t group, size_t distance) {
    for (size_t i = 0; i + distance < count; i += group) {
        uint8_t first = bytes[i];
        bytes[i] = bytes[i + distance];
        bytes[i + distance] = first;
    }
}

/* A difference of bytes knows nothing of its neighbours: their order can be changed after it. */
void ferryi_png_filter(uint8_t *out, const uint8_t *row, const uint8_t *above, size_t count,
                       uint32_t format) {
    *out++ = FILTER_UP;
    subtract(out, row, above, count);
    switch (format) {
    case FERRY_FORMAT_GRAY16LE:
    case FERRY_FORMAT_RGB48LE: swap_bytes(out, count, 2, 1); break; /* the upper byte is first */
    case FERRY_FORMAT_BGR24: swap_bytes(out, count, 3, 2); break;   /* red is first */
    case FERRY_FORMAT_BGRA: swap_bytes(out, count, 4, 2); break;
    default: break;
    }
}
