#include "picture/window.h"

#include <math.h>
#include <stdlib.h>

#include "host/inside.h"

enum { LEVELS = 65536, WHITE = 255 };

/* The formats that pictures have, and those that they become. */
static const struct {
    uint32_t from, to;
} formats[] = {
    {FERRY_FORMAT_GRAY10LE, FERRY_FORMAT_GRAY},
    {FERRY_FORMAT_GRAY12LE, FERRY_FORMAT_GRAY},
    {FERRY_FORMAT_GRAY16LE, FERRY_FORMAT_GRAY},
    {FERRY_FORMAT_GRAYF32LE, FERRY_FORMAT_GRAY},
    {FERRY_FORMAT_RGB48LE, FERRY_FORMAT_RGB24},
    {FERRY_FORMAT_BAYER_BGGR10LE, FERRY_FORMAT_BAYER_BGGR8},
    {FERRY_FORMAT_BAYER_GBRG10LE, FERRY_FORMAT_BAYER_GBRG8},
    {FERRY_FORMAT_BAYER_GRBG10LE, FERRY_FORMAT_BAYER_GRBG8},
    {FERRY_FORMAT_BAYER_RGGB10LE, FERRY_FORMAT_BAYER_RGGB8},
    {FERRY_FORMAT_BAYER_BGGR12LE, FERRY_FORMAT_BAYER_BGGR8},
    {FERRY_FORMAT_BAYER_GBRG12LE, FERRY_FORMAT_BAYER_GBRG8},
    {FERRY_FORMAT_BAYER_GRBG12LE, FERRY_FORMAT_BAYER_GRBG8},
    {FERRY_FORMAT_BAYER_RGGB12LE, FERRY_FORMAT_BAYER_RGGB8},
    {FERRY_FORMAT_BAYER_BGGR16LE, FERRY_FORMAT_BAYER_BGGR8},
    {FERRY_FORMAT_BAYER_GBRG16LE, FERRY_FORMAT_BAYER_GBRG8},
    {FERRY_FORMAT_BAYER_GRBG16LE, FERRY_FORMAT_BAYER_GRBG8},
    {FERRY_FORMAT_BAYER_RGGB16LE, FERRY_FORMAT_BAYER_RGGB8},
};

/* 0: there is no window for it. */
static uint32_t format_of_8_bits(uint32_t format) {
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].from == format)
            return formats[i].to;
    return 0;
}

bool window_serves(uint32_t format) {
    return format_of_8_bits(format) != 0;
}

window window_of(const histogram *h) {
    const histogram_range *range = &h->light;
    if (range->low < range->high)
        return (window){range->low, range->high};
    if (!h->is_float || (range->low >= 0 && range->low <= 1))
        return (window){0, h->most};
    double around = fabs(range->low);
    return (window){range->low - around, range->low + around};
}

/* ---- values ---- */

static uint8_t level_of(double value, const window *w) {
    double part = (value - w->low) / (w->high - w->low);
    /* No comparison is true of a NaN. */
    return (uint8_t)(part >= 1 ? WHITE : part > 0 ? part * WHITE + 0.5 : 0);
}

static void map_words(const uint8_t *in, uint8_t *restrict out, size_t count,
                      const uint8_t *restrict levels) {
    for (size_t i = 0; i < count; i++)
        out[i] = levels[samples_word(in + 2 * i)];
}

/* As level_of, without a division. */
static void map_floats(const uint8_t *in, uint8_t *out, size_t count, const window *w) {
    const double low = w->low, scale = WHITE / (w->high - w->low);
    for (size_t i = 0; i < count; i++) {
        double level = (samples_float(in + 4 * i) - low) * scale;
        out[i] = (uint8_t)(level >= WHITE ? WHITE : level > 0 ? level + 0.5 : 0);
    }
}

static uint8_t *levels_new(const window *w) {
    uint8_t *levels = malloc(LEVELS);
    for (size_t value = 0; levels != NULL && value < LEVELS; value++)
        levels[value] = level_of((double)value, w);
    return levels;
}

/* ---- pictures ---- */

static ferry_status make_room(const ferry_frame_info *info, uint32_t format, ferry_image *out,
                              ferry_error *error) {
    ferry_layout layout;
    ferry_status status = ferry_layout_compute(&layout, format, info->width, info->height, 0);
    if (status == FERRY_OK)
        status = ferry_image_reserve(out, layout.length_bytes);
    if (status != FERRY_OK)
        return ferryi_fail(error, status, 0, "no memory for a frame in 8 bits");
    out->info = *info;
    out->info.format = format;
    out->info.bit_count = ferry_format_bit_count(format);
    out->info.stride_bytes = layout.planes[0].stride_bytes;
    out->info.length_bytes = layout.length_bytes;
    out->info.plane_count = 0;
    memset(out->info.plane_offset_bytes, 0, sizeof out->info.plane_offset_bytes);
    memset(out->info.plane_stride_bytes, 0, sizeof out->info.plane_stride_bytes);
    return FERRY_OK;
}

static ferry_status check(const ferry_frame_info *info, const window *w, const samples **s,
                          ferry_layout *layout, ferry_error *error) {
    ferry_status status = samples_place(info, s, layout, error);
    if (status != FERRY_OK)
        return status;
    if (!window_serves(info->format))
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "there is no window for %s: it is for gray, RGB and Bayer of more than "
                           "8 bits",
                           ferry_format_name(info->format));
    if (!isfinite(w->low) || !isfinite(w->high) || !(w->low < w->high) ||
        !isfinite(w->high - w->low))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "the window is from %g to %g: its low end has to be less than its high "
                           "one, and both to be numbers",
                           w->low, w->high);
    return FERRY_OK;
}

ferry_status window_apply(const ferry_frame_info *info, const uint8_t *pixels, const window *shown,
                          ferry_image *out, ferry_error *error) {
    const samples *s;
    ferry_layout layout;
    uint8_t *levels = NULL;
    ferry_status status = check(info, shown, &s, &layout, error);
    if (status == FERRY_OK)
        status = make_room(info, format_of_8_bits(info->format), out, error);
    if (status != FERRY_OK)
        return status;
    if (s->kind == SAMPLES_WORD && (levels = levels_new(shown)) == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to show a frame in 8 bits");
    const ferry_plane *plane = &layout.planes[0];
    const size_t count = out->info.stride_bytes;
    for (size_t y = 0; y < plane->rows; y++) {
        const uint8_t *in = pixels + plane->offset_bytes + y * plane->stride_bytes;
        if (levels != NULL)
            map_words(in, out->pixels + y * count, count, levels);
        else
            map_floats(in, out->pixels + y * count, count, shown);
    }
    free(levels);
    return FERRY_OK;
}
