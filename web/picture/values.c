#include "picture/values.h"

#include "host/inside.h"

static bool is_inside(int32_t first, int32_t count, int32_t all) {
    return first >= 0 && count >= 1 && first < all && count <= all - first;
}

static double value_at(samples_kind kind, const samples_component *c, const uint8_t *at) {
    switch (kind) {
    case SAMPLES_BYTE: return *at;
    case SAMPLES_FLOAT: return samples_float(at);
    default: return samples_word(at) >> c->shift & c->mask;
    }
}

ferry_status values_read(const ferry_frame_info *info, const uint8_t *pixels,
                         const values_part *part, double *out, ferry_error *error) {
    const samples *s;
    ferry_layout layout;
    ferry_status status = samples_place(info, &s, &layout, error);
    if (status != FERRY_OK)
        return status;
    if (!is_inside(part->x, part->width, info->width) ||
        !is_inside(part->y, part->height, info->height))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "%d x %d pixels from (%d, %d) on are not inside a picture of %d x %d",
                           (int)part->width, (int)part->height, (int)part->x, (int)part->y,
                           (int)info->width, (int)info->height);
    for (size_t y = (size_t)part->y; y < (size_t)part->y + (size_t)part->height; y++)
        for (size_t x = (size_t)part->x; x < (size_t)part->x + (size_t)part->width; x++)
            for (size_t i = 0; i < s->count; i++) {
                const samples_component *c = &s->component[i];
                const ferry_plane *plane = &layout.planes[c->plane];
                *out++ = value_at(s->kind, c,
                                  pixels + plane->offset_bytes +
                                      (y >> c->shift_y) * plane->stride_bytes + c->first +
                                      (x >> c->shift_x) * c->step);
            }
    return FERRY_OK;
}
