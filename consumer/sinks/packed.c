#include "sinks/packed.h"

#include <stdlib.h>
#include <string.h>

#include "host/inside.h"

ferry_status packed_reserve(packer *p, size_t bytes, ferry_error *error) {
    if (bytes <= p->capacity)
        return FERRY_OK;
    uint8_t *grown = realloc(p->bytes, bytes);
    if (grown == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    p->bytes = grown;
    p->capacity = bytes;
    return FERRY_OK;
}

static void copy_rows(uint8_t *to, const ferry_layout *packed, const uint8_t *from,
                      const ferry_layout *padded) {
    for (uint32_t i = 0; i < packed->plane_count; i++)
        for (uint32_t row = 0; row < packed->planes[i].rows; row++)
            memcpy(to + packed->planes[i].offset_bytes +
                       (size_t)row * packed->planes[i].stride_bytes,
                   from + padded->planes[i].offset_bytes +
                       (size_t)row * padded->planes[i].stride_bytes,
                   packed->planes[i].row_bytes);
}

ferry_status packed_take(packer *p, const ferry_frame_info *i, const uint8_t *pixels,
                         packed_frame *out, ferry_error *error) {
    ferry_layout padded;
    ferry_layout packed;
    *out = (packed_frame){pixels, i->length_bytes, i->stride_bytes};
    if (ferry_layout_of(&padded, i) != FERRY_OK ||
        ferry_layout_compute(&packed, i->format, i->width, i->height, 0) != FERRY_OK ||
        padded.length_bytes > i->length_bytes)
        return FERRY_OK;
    out->bytes = packed.length_bytes;
    out->stride_bytes = packed.planes[0].stride_bytes;
    if (memcmp(padded.planes, packed.planes, sizeof packed.planes) == 0)
        return FERRY_OK;
    ferry_status status = packed_reserve(p, packed.length_bytes, error);
    if (status != FERRY_OK)
        return status;
    copy_rows(p->bytes, &packed, pixels, &padded);
    out->pixels = p->bytes;
    return FERRY_OK;
}

void packed_free(packer *p) {
    free(p->bytes);
    *p = (packer){NULL, 0};
}
