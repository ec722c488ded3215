/* Sending a frame from the caller's own buffer, whatever the distance between its rows. */
#include <string.h>

#include "../support/error.h"
#include "../support/fault.h"
#include "layout.h"

/* Copies rows that lie step bytes apart. What lies behind the last row's pixels is not read: it
 * need not belong to the source. */
static void copy_rows(uint8_t *to, const ferry_plane *plane, const uint8_t *from, ptrdiff_t step) {
    if (step == (ptrdiff_t)plane->row_bytes && plane->stride_bytes == plane->row_bytes) {
        memcpy(to, from, (size_t)plane->row_bytes * plane->rows);
        return;
    }
    for (uint32_t row = 0; row < plane->rows; row++) {
        memcpy(to, from, plane->row_bytes);
        FERRYI_FAULT("fill.row");
        to += plane->stride_bytes;
        from += step;
    }
}

/* Copies a picture plane by plane, from rows at the distance that the caller gave. */
static ferry_status copy_planes(const ferry_claim *claim, const uint8_t *pixels,
                                ptrdiff_t stride_bytes, ferry_error *error) {
    const ferry_frame_info *info = &claim->info;
    ferry_layout to, from = {0};
    ferry_status status =
        ferry_layout_compute(&to, info->format, info->width, info->height, info->stride_bytes);
    bool bottom_up = stride_bytes < 0;
    if (status == FERRY_OK && !bottom_up)
        status = stride_bytes > INT32_MAX
                     ? FERRY_INVALID_ARGUMENT
                     : ferry_layout_compute(&from, info->format, info->width, info->height,
                                            (uint32_t)stride_bytes);
    else if (status == FERRY_OK &&
             (to.plane_count > 1 || stride_bytes > -(ptrdiff_t)to.planes[0].row_bytes))
        status = FERRY_INVALID_ARGUMENT;
    if (status != FERRY_OK)
        return ferryi_fail(error, status, 0, "a source with rows %lld bytes apart cannot be copied",
                           (long long)stride_bytes);
    for (uint32_t i = 0; i < to.plane_count; i++) {
        const ferry_plane *source = &from.planes[i];
        copy_rows(claim->pixels + to.planes[i].offset_bytes, &to.planes[i],
                  pixels + source->offset_bytes,
                  bottom_up ? stride_bytes : (ptrdiff_t)source->stride_bytes);
    }
    return FERRY_OK;
}

static ferry_status copy_into(const ferry_claim *claim, const uint8_t *pixels,
                              ptrdiff_t stride_bytes, ferry_error *error) {
    if (stride_bytes != 0)
        return copy_planes(claim, pixels, stride_bytes, error);
    memcpy(claim->pixels, pixels, claim->info.length_bytes);
    return FERRY_OK;
}

ferry_status ferry_producer_send(ferry_producer *producer, const ferry_frame_info *info,
                                 const void *pixels, ptrdiff_t source_stride_bytes,
                                 uint64_t *number, ferry_error *error) {
    ferry_claim claim;
    ferry_status status = ferry_producer_claim(producer, info, &claim, error);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("fill.begin");
    status = copy_into(&claim, pixels, source_stride_bytes, error);
    if (status != FERRY_OK) {
        ferry_producer_abort(producer, &claim);
        return status;
    }
    FERRYI_FAULT("fill.done");
    return ferry_producer_commit(producer, &claim, number, error);
}
