/* Header and descriptor of a frame as a peer wrote them. */
#include <frameferry/convert.h>
#include <stdlib.h>
#include <string.h>

#include "channel/info.h"
#include "channel/layout.h"
#include "fuzz.h"

/* Planes lie inside the frame, and share no byte. */
static void check_planes(const ferry_frame_info *info, const ferry_layout *layout) {
    FUZZ_CHECK(layout->plane_count >= 1 && layout->plane_count <= FERRY_PLANES_MAX);
    FUZZ_CHECK(info->plane_count == 0 || info->plane_count == layout->plane_count);
    FUZZ_CHECK(info->stride_bytes == layout->planes[0].stride_bytes);
    FUZZ_CHECK(layout->length_bytes <= info->length_bytes);
    for (uint32_t i = 0; i < layout->plane_count; i++) {
        const ferry_plane *p = &layout->planes[i];
        uint64_t end = p->offset_bytes + (uint64_t)(p->rows - 1) * p->stride_bytes + p->row_bytes;
        FUZZ_CHECK(p->rows >= 1 && p->row_bytes <= p->stride_bytes && end <= info->length_bytes);
        for (uint32_t k = 0; k < layout->plane_count; k++) {
            const ferry_plane *q = &layout->planes[k];
            FUZZ_CHECK(k == i || q->offset_bytes >= end ||
                       q->offset_bytes + (uint64_t)(q->rows - 1) * q->stride_bytes + q->row_bytes <=
                           p->offset_bytes);
        }
    }
}

/* Reads all pixels of a small picture; AddressSanitizer sees a step outside. */
static void check_conversion(const ferry_frame_info *info) {
    enum { SMALL = 1 << 16 };
    ferry_image out = FERRY_IMAGE_INIT;
    ferry_frame_info known = *info;
    uint8_t *pixels = info->length_bytes <= SMALL ? malloc(info->length_bytes) : NULL;
    if (pixels == NULL)
        return;
    memset(pixels, 0x5a, info->length_bytes);
    known.color_matrix = known.color_range = 0;
    FUZZ_CHECK(ferry_image_convert(&known, pixels, FERRY_FORMAT_RGB24, &out, NULL) == FERRY_OK);
    FUZZ_CHECK(out.info.plane_count == 0);
    ferry_image_free(&out);
    free(pixels);
}

/* What is accepted lies inside the slot, and every plane inside the frame. */
static void check(const ferry_frame_info *info, uint64_t capacity_bytes) {
    FUZZ_CHECK(info->width >= 1 && info->height >= 1);
    FUZZ_CHECK(info->length_bytes >= 1 && info->length_bytes <= capacity_bytes);
    FUZZ_CHECK(info->metadata_bytes <= FERRY_METADATA_MAX);
    FUZZ_CHECK(info->plane_count <= FERRY_PLANES_MAX);
    ferry_layout layout;
    if (ferry_format_is_compressed(info->format)) {
        FUZZ_CHECK(info->stride_bytes == 0 && info->plane_count == 0 && info->bit_count == 0);
    } else if (ferry_format_name(info->format) != NULL) {
        FUZZ_CHECK(ferry_layout_of(&layout, info) == FERRY_OK);
        check_planes(info, &layout);
        check_conversion(info);
    }
}

static void take_planes(fuzz_input *in, ferryi_descriptor *d) {
    d->plane_count = (uint32_t)fuzz_take(in, 1);
    for (size_t i = 0; i < FERRY_PLANES_MAX; i++) {
        d->plane_offset[i] = (uint32_t)fuzz_take(in, 4);
        d->plane_stride[i] = (uint32_t)fuzz_take(in, 4);
    }
}

static uint32_t take_format(fuzz_input *in) {
    size_t count = 0;
    while (ferry_format_at(count) != 0)
        count++;
    return ferry_format_at((size_t)fuzz_take(in, 1) % count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input in = {.data = data, .left = size};
    uint64_t capacity_bytes = fuzz_take(&in, 4);
    uint8_t kind = (uint8_t)fuzz_take(&in, 1);
    static const uint32_t bytes_of_header[4] = {4, 4, 4, 4};
    int32_t head[4];
    for (size_t i = 0; i < 4; i++)
        head[i] = (int32_t)fuzz_take(&in, bytes_of_header[i]);
    ferryi_header header = {
        .length = head[0], .width = head[1], .height = head[2], .bit_count = head[3]};
    ferryi_descriptor *d = calloc(1, sizeof *d);
    FUZZ_CHECK(d != NULL);
    /* Mostly what a sender writes: both places agree, and the format is one that has a name. */
    d->length_bytes = (kind & 1) != 0 ? (uint32_t)fuzz_take(&in, 4) : (uint32_t)header.length;
    d->width = (kind & 2) != 0 ? (int32_t)fuzz_take(&in, 4) : header.width;
    d->height = (kind & 4) != 0 ? (int32_t)fuzz_take(&in, 4) : header.height;
    d->format = (kind & 8) != 0 ? (uint32_t)fuzz_take(&in, 4) : take_format(&in);
    d->bit_count = (kind & 16) != 0 ? (uint32_t)fuzz_take(&in, 4) : (uint32_t)header.bit_count;
    d->stride_bytes = (uint32_t)fuzz_take(&in, 4);
    d->metadata_bytes = (uint32_t)fuzz_take(&in, 4);
    d->color_matrix = (uint32_t)fuzz_take(&in, 4);
    d->color_range = (uint32_t)fuzz_take(&in, 4);
    if ((kind & 32) != 0)
        take_planes(&in, d);
    ferry_frame_info info;
    if (ferryi_info_read(&info, &header, d, capacity_bytes) == FERRY_OK)
        check(&info, capacity_bytes);
    free(d);
    return 0;
}
