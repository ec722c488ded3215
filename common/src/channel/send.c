/* Sending a frame from the caller's own buffer, whatever the distance between its rows. */
#include <string.h>

#include "channel/producer_handle.h"
#include "platform/fault_point.h"
#include "support/copy.h"
#include "support/error.h"
#include "support/need.h"

/* How much is copied before followers are told: little enough that they begin soon and are never
 * far behind, and enough that telling costs nothing beside it. docs/performance.md has figures. */
#define PART_BYTES 131072u

/* A frame on its way into its slot. */
typedef struct filling {
    ferry_producer *producer;
    const ferry_claim *claim;
    bool is_shown;
    uint32_t told; /* bytes */
} filling;

/* Tells how far a shown frame is, if that is worth telling. The last part is told by commit. */
static void tell_progress(filling *f, const uint8_t *end) {
    uint32_t filled = (uint32_t)(end - f->claim->pixels);
    if (!f->is_shown || filled - f->told < PART_BYTES || filled == f->claim->info.length_bytes)
        return;
    /* It can fail only if a peer has cut the memory short, which commit finds too. */
    ferry_producer_advance(f->producer, f->claim, filled, NULL);
    f->told = filled;
}

static void copy_parts(filling *f, uint8_t *to, const uint8_t *from, size_t bytes) {
    for (size_t done = 0; done < bytes; done += PART_BYTES) {
        size_t now = bytes - done < PART_BYTES ? bytes - done : PART_BYTES;
        ferryi_copy(to + done, from + done, now);
        tell_progress(f, to + done + now);
    }
}

/* Copies bytes that lie side by side. */
static void copy_bytes(filling *f, uint8_t *to, const uint8_t *from, size_t bytes) {
    if (f->is_shown)
        copy_parts(f, to, from, bytes);
    else if (bytes == f->claim->info.length_bytes)
        ferryi_copier_copy(&f->producer->copier, to, from, bytes);
    else /* planes have sizes of their own: a copier would begin anew with each */
        ferryi_copy(to, from, bytes);
}

/* Copies rows that lie step bytes apart. Bytes behind the last row's pixels are not read: they
 * need not belong to the source. */
static void copy_rows(filling *f, const ferry_plane *plane, const uint8_t *from, ptrdiff_t step) {
    uint8_t *to = f->claim->pixels + plane->offset_bytes;
    if (step == (ptrdiff_t)plane->row_bytes && plane->stride_bytes == plane->row_bytes) {
        copy_bytes(f, to, from, (size_t)plane->row_bytes * plane->rows);
        return;
    }
    for (uint32_t row = 0; row < plane->rows; row++) {
        memcpy(to, from, plane->row_bytes);
        FERRYI_FAULT("fill.row");
        tell_progress(f, to + plane->row_bytes);
        to += plane->stride_bytes;
        from += step;
    }
}

/* The plane that begins first behind the others that have been done; their number: none is left. */
static uint32_t next_plane(const ferry_layout *layout, uint32_t done) {
    uint32_t next = layout->plane_count;
    for (uint32_t i = 0; i < layout->plane_count; i++)
        if ((done >> i & 1) == 0 &&
            (next == layout->plane_count ||
             layout->planes[i].offset_bytes < layout->planes[next].offset_bytes))
            next = i;
    return next;
}

/* Copies a picture plane by plane, from rows at the distance that the caller gave. The planes go in
 * the order in which they lie in the slot: what is told of a shown frame is how many of its bytes
 * are there. */
static ferry_status copy_planes(filling *f, const uint8_t *pixels, ptrdiff_t stride_bytes,
                                ferry_error *error) {
    const ferry_frame_info *info = &f->claim->info;
    ferry_layout to, from = {0};
    ferry_status status = ferry_layout_of(&to, info);
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
        return ferryi_fail(error, status, 0,
                           "source_stride_bytes is %lld: a source with rows so far apart cannot be "
                           "copied",
                           (long long)stride_bytes);
    uint32_t done = 0;
    for (uint32_t i; (i = next_plane(&to, done)) < to.plane_count; done |= UINT32_C(1) << i) {
        const ferry_plane *source = &from.planes[i];
        copy_rows(f, &to.planes[i], pixels + source->offset_bytes,
                  bottom_up ? stride_bytes : (ptrdiff_t)source->stride_bytes);
    }
    return FERRY_OK;
}

static ferry_status copy_into(filling *f, const uint8_t *pixels, ptrdiff_t stride_bytes,
                              ferry_error *error) {
    if (stride_bytes != 0)
        return copy_planes(f, pixels, stride_bytes, error);
    copy_bytes(f, f->claim->pixels, pixels, f->claim->info.length_bytes);
    return FERRY_OK;
}

ferry_status ferry_producer_send(ferry_producer *producer, const ferry_frame_info *info,
                                 const void *pixels, ptrdiff_t source_stride_bytes,
                                 uint64_t *number, ferry_error *error) {
    ferry_claim claim;
    ferry_status status = ferryi_need(pixels, "pixels", error);
    if (status == FERRY_OK)
        status = ferry_producer_claim(producer, info, &claim, error);
    if (status != FERRY_OK)
        return status;
    filling f = {.producer = producer, .claim = &claim};
    /* A frame that cannot be shown, since another one is, goes its way all the same. */
    if (producer->early_bytes != 0 && claim.info.length_bytes >= producer->early_bytes)
        f.is_shown = ferry_producer_show_early(producer, &claim, NULL) == FERRY_OK;
    FERRYI_FAULT("fill.begin");
    status = copy_into(&f, pixels, source_stride_bytes, error);
    if (status != FERRY_OK) {
        ferry_producer_abort(producer, &claim);
        return status;
    }
    FERRYI_FAULT("fill.done");
    return ferry_producer_commit(producer, &claim, number, error);
}
