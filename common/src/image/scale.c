/* Scaling, plane by plane, by stb_image_resize; what shrinks by whole numbers is averaged here.
 * Formats whose samples do not lie side by side take a detour by one whose samples do, and which
 * holds all that they hold. */
#include "frame/format.h"
#include "image/average.h"
#include "image/stb_resize.h"
#include "support/error.h"
#include "support/need.h"

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdlib.h>
#include <string.h>

typedef struct scaling {
    const ferryi_format *format;
    ferry_layout from, to;
    const uint8_t *in;
    uint8_t *out;
} scaling;

/* ---- formats ---- */

/* Returns the format that another is scaled as; the same: it is scaled directly. */
static uint32_t detour_of(const ferryi_format *format) {
    if (format->packing == FERRYI_YUV_PACKED)
        return FERRY_FORMAT_YUV422P;
    return format->packing == FERRYI_RGB_565 ? FERRY_FORMAT_RGB24 : format->fourcc;
}

static ferryi_sample_group group_of(const ferryi_format *format, size_t plane) {
    ferryi_sample_group group = {FERRYI_SAMPLE_BYTE, format->planes[plane].group_bytes, -1};
    if (format->packing == FERRYI_GRAY_FLOAT)
        group = (ferryi_sample_group){FERRYI_SAMPLE_FLOAT, group.count / 4, -1};
    else if (format->depth > 8)
        group = (ferryi_sample_group){FERRYI_SAMPLE_WORD, group.count / 2, -1};
    else if (format->packing == FERRYI_RGB_BYTES && format->at[3] != FERRYI_NO_ALPHA)
        group.alpha = format->at[3];
    return group;
}

static size_t bytes_of(ferryi_sample sample) {
    return sample == FERRYI_SAMPLE_BYTE ? 1 : sample == FERRYI_SAMPLE_WORD ? 2 : 4;
}

/* ---- planes ---- */

static ferryi_sample_rows rows_of(const ferry_plane *plane, uint8_t *pixels, uint8_t group_bytes) {
    /* One row has no other whose distance could be too long for an int. */
    uint32_t stride = plane->rows > 1 ? plane->stride_bytes : plane->row_bytes;
    return (ferryi_sample_rows){pixels, (int32_t)(plane->row_bytes / group_bytes),
                                (int32_t)plane->rows, (int32_t)stride};
}

static bool are_aligned(const ferryi_sample_rows *rows, size_t sample_bytes) {
    return (uintptr_t)rows->first % sample_bytes == 0 &&
           (size_t)rows->stride_bytes % sample_bytes == 0;
}

/* Rows without padding, in memory of their own, or NULL. */
static uint8_t *copy_rows(const ferryi_sample_rows *rows, size_t row_bytes) {
    uint8_t *copy = malloc(row_bytes * (size_t)rows->height);
    for (size_t y = 0; copy != NULL && y < (size_t)rows->height; y++)
        memcpy(copy + y * row_bytes, rows->first + y * (size_t)rows->stride_bytes, row_bytes);
    return copy;
}

static bool scale_plane(const scaling *s, size_t i) {
    const ferry_plane *from = &s->from.planes[i], *to = &s->to.planes[i];
    const uint8_t group_bytes = s->format->planes[i].group_bytes;
    const ferryi_sample_group group = group_of(s->format, i);
    uint8_t *first = (uint8_t *)(uintptr_t)(s->in + from->offset_bytes); /* is only read */
    ferryi_sample_rows rows = rows_of(from, first, group_bytes);
    const ferryi_sample_rows scaled = rows_of(to, s->out + to->offset_bytes, group_bytes);
    uint8_t *copy = NULL;
    if (!are_aligned(&rows, bytes_of(group.sample))) {
        copy = copy_rows(&rows, from->row_bytes);
        if (copy == NULL)
            return false;
        rows.first = copy;
        rows.stride_bytes = (int32_t)from->row_bytes;
    }
    bool done = ferryi_average_serves(&group, &rows, &scaled)
                    ? ferryi_average(&group, &rows, &scaled)
                    : ferryi_stb_resize(&group, &rows, &scaled);
    free(copy);
    return done;
}

/* The lower bits of a word are no part of a value of 10 bits. */
static void round_words(uint8_t *words, size_t bytes) {
    for (size_t i = 0; i + 1 < bytes; i += 2) {
        unsigned word = (words[i] | (unsigned)words[i + 1] << 8) + 32;
        words[i] = (uint8_t)(word & 0xc0);
        words[i + 1] = (uint8_t)(word >> 8);
    }
}

static bool scale_planes(const scaling *s) {
    for (size_t i = 0; i < s->from.plane_count; i++)
        if (!scale_plane(s, i))
            return false;
    if (s->format->packing == FERRYI_YUV_PLANES && s->format->depth > 8)
        round_words(s->out, s->to.length_bytes);
    return true;
}

/* ---- pictures ---- */

static ferry_status check_format(const ferryi_format *format, uint32_t fourcc, ferry_error *error) {
    if (fourcc == FERRY_FORMAT_TEXT)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0, "a text is no picture to be scaled");
    if (format == NULL)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "cannot scale a pixel format without a name (0x%08x)", (unsigned)fourcc);
    if (format->family == FERRYI_COMPRESSED)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "%s is compressed and has to be decoded before it can be scaled",
                           format->name);
    if (format->packing == FERRYI_BAYER)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "a pixel of %s has one color alone: convert it to rgb24 before it is "
                           "scaled",
                           format->name);
    return FERRY_OK;
}

static ferry_status check_side(int32_t side, const char *name, ferry_error *error) {
    if (side >= 1 && side <= FERRY_IMAGE_MAX_SIDE)
        return FERRY_OK;
    return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "%s is %d; it is 1 to %d", name, (int)side,
                       FERRY_IMAGE_MAX_SIDE);
}

/* stb_image_resize holds as many scaled rows as make one of those that it writes, as floats, and
 * counts their bytes by an int. */
static bool step_is_too_large(const ferry_frame_info *info, int32_t width, int32_t height) {
    enum { GROUP_BYTES_MAX = 4 * sizeof(float) };
    int64_t rows = info->height / height + 3;
    return rows * width * GROUP_BYTES_MAX > INT32_MAX / 2;
}

static ferry_status check_sizes(const ferry_frame_info *info, int32_t width, int32_t height,
                                ferry_error *error) {
    ferry_status status = check_side(width, "width", error);
    if (status == FERRY_OK)
        status = check_side(height, "height", error);
    if (status != FERRY_OK)
        return status;
    if (info->width > FERRY_IMAGE_MAX_SIDE || info->height > FERRY_IMAGE_MAX_SIDE)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "cannot scale %d x %d pixels: a side may have %d", (int)info->width,
                           (int)info->height, FERRY_IMAGE_MAX_SIDE);
    if (step_is_too_large(info, width, height))
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "%d x %d pixels cannot become %d x %d in one step: scale them to a "
                           "size between first",
                           (int)info->width, (int)info->height, (int)width, (int)height);
    return FERRY_OK;
}

/* Planes of a format that needs no detour. */
static ferry_status scale_directly(const ferry_frame_info *info, const uint8_t *pixels,
                                   int32_t width, int32_t height, ferry_image *out,
                                   ferry_error *error) {
    scaling s = {.format = ferryi_format_find(info->format), .in = pixels};
    ferry_frame_info made = *info;
    ferry_status status = ferryi_layout_find(&s.from, info, error);
    if (status != FERRY_OK)
        return status;
    if (ferry_layout_compute(&s.to, info->format, width, height, 0) != FERRY_OK)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "%d x %d pixels are too many for one frame of %s", (int)width,
                           (int)height, s.format->name);
    if (ferry_image_reserve(out, s.to.length_bytes) != FERRY_OK)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for a picture of %u bytes",
                           (unsigned)s.to.length_bytes);
    s.out = out->pixels;
    if (!scale_planes(&s))
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to scale %d x %d pixels",
                           (int)info->width, (int)info->height);
    ferryi_format_describe(&made, info->format, &s.to, width, height);
    out->info = made;
    out->skipped = 0;
    out->generation = 0;
    return FERRY_OK;
}

static ferry_status scale_by_detour(const ferry_frame_info *info, const uint8_t *pixels,
                                    int32_t width, int32_t height, uint32_t detour,
                                    ferry_image *out, ferry_error *error) {
    ferry_image there = FERRY_IMAGE_INIT, scaled = FERRY_IMAGE_INIT;
    ferry_status status = ferry_image_convert(info, pixels, detour, &there, error);
    if (status == FERRY_OK)
        status = scale_directly(&there.info, there.pixels, width, height, &scaled, error);
    ferry_image_free(&there);
    if (status == FERRY_OK)
        status = ferry_image_convert(&scaled.info, scaled.pixels, info->format, out, error);
    ferry_image_free(&scaled);
    return status;
}

ferry_status ferry_image_scale(const ferry_frame_info *info, const uint8_t *pixels, int32_t width,
                               int32_t height, ferry_image *out, ferry_error *error) {
    ferry_status status = ferryi_need(info, "info", error);
    if (status == FERRY_OK)
        status = ferryi_need(pixels, "pixels", error);
    if (status == FERRY_OK)
        status = ferryi_need(out, "out", error);
    if (status != FERRY_OK)
        return status;
    const ferryi_format *format = ferryi_format_find(info->format);
    status = check_format(format, info->format, error);
    if (status == FERRY_OK)
        status = check_sizes(info, width, height, error);
    if (status != FERRY_OK)
        return status;
    if (width == info->width && height == info->height)
        return ferry_image_convert(info, pixels, info->format, out, error); /* a copy */
    uint32_t detour = detour_of(format);
    return detour != info->format ? scale_by_detour(info, pixels, width, height, detour, out, error)
                                  : scale_directly(info, pixels, width, height, out, error);
}
