/* Header and descriptor of a frame as a peer wrote them. */
#include "channel/info.h"
#include "channel/layout.h"
#include "fuzz.h"

/* What is accepted lies inside the slot, and every plane inside the frame. */
static void check(const ferry_frame_info *info, uint64_t capacity_bytes) {
    FUZZ_CHECK(info->width >= 1 && info->height >= 1);
    FUZZ_CHECK(info->length_bytes >= 1 && info->length_bytes <= capacity_bytes);
    FUZZ_CHECK(info->metadata_bytes <= FERRY_METADATA_MAX);
    if (ferry_format_name(info->format) == NULL)
        return;
    ferry_layout layout;
    FUZZ_CHECK(ferry_layout_compute(&layout, info->format, info->width, info->height,
                                    info->stride_bytes) == FERRY_OK);
    for (uint32_t i = 0; i < layout.plane_count; i++) {
        const ferry_plane *p = &layout.planes[i];
        FUZZ_CHECK(p->rows >= 1 && p->row_bytes <= p->stride_bytes);
        FUZZ_CHECK(p->offset_bytes + (uint64_t)(p->rows - 1) * p->stride_bytes + p->row_bytes <=
                   info->length_bytes);
    }
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
    d->format = (kind & 8) != 0 ? (uint32_t)fuzz_take(&in, 4)
                                : ferry_format_at((size_t)fuzz_take(&in, 1) % 10);
    d->bit_count = (kind & 16) != 0 ? (uint32_t)fuzz_take(&in, 4) : (uint32_t)header.bit_count;
    d->stride_bytes = (uint32_t)fuzz_take(&in, 4);
    d->metadata_bytes = (uint32_t)fuzz_take(&in, 4);
    d->color_matrix = (uint32_t)fuzz_take(&in, 4);
    d->color_range = (uint32_t)fuzz_take(&in, 4);
    ferry_frame_info info;
    if (ferryi_info_read(&info, &header, d, capacity_bytes) == FERRY_OK)
        check(&info, capacity_bytes);
    free(d);
    return 0;
}
