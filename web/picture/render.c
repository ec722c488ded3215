#include "picture/render.h"

#include <frameferry/convert.h>
#include <math.h>
#include <stdlib.h>

#include "host/inside.h"

/* A picture on its way: where it is at the moment. */
typedef struct stage {
    ferry_frame_info info;
    const uint8_t *pixels;
} stage;

static void move_on(stage *s, const ferry_image *image) {
    s->info = image->info;
    s->pixels = image->pixels;
}

/* ---- the window ---- */

ferry_status render_find_window(const ferry_frame_info *info, const uint8_t *pixels,
                                const render_plan *plan, window *out, ferry_error *error) {
    static const histogram_plan usual = {.bins = 1, .low_thousandths = 1, .high_thousandths = 999};
    *out = (window){plan->low, plan->high};
    if (plan->has_low && plan->has_high)
        return FERRY_OK;
    histogram counted;
    ferry_status status = histogram_make(info, pixels, &usual, &counted, error);
    if (status != FERRY_OK)
        return status;
    window whole = window_of(&counted);
    histogram_free(&counted);
    if (!plan->has_low)
        out->low = whole.low;
    if (!plan->has_high)
        out->high = whole.high;
    /* One end is somebody's wish, and the other one is ours: ours gives way. */
    double apart = fmax(1, fabs(plan->has_low ? out->low : out->high));
    if (!(out->low < out->high) && plan->has_low)
        out->high = out->low + apart;
    else if (!(out->low < out->high) && plan->has_high)
        out->low = out->high - apart;
    return FERRY_OK;
}

static ferry_status show_window(stage *s, const render_plan *plan, render_room *room,
                                render_shown *shown, ferry_error *error) {
    ferry_status status = render_find_window(&s->info, s->pixels, plan, &shown->window, error);
    if (status == FERRY_OK)
        status = window_apply(&s->info, s->pixels, &shown->window, &room->levels, error);
    if (status != FERRY_OK)
        return status;
    shown->has_window = true;
    move_on(s, &room->levels);
    return FERRY_OK;
}

/* ---- the size ---- */

/* The format that is scaled in place of another: one that JPEG takes too, so that nothing is
 * converted back. */
static uint32_t format_to_scale(uint32_t format) {
    switch (format) {
    case FERRY_FORMAT_YUYV422:
    case FERRY_FORMAT_UYVY422: return FERRY_FORMAT_YUV422P;
    case FERRY_FORMAT_P010LE: return FERRY_FORMAT_NV12;
    case FERRY_FORMAT_RGB565LE:
    case FERRY_FORMAT_BAYER_BGGR8:
    case FERRY_FORMAT_BAYER_GBRG8:
    case FERRY_FORMAT_BAYER_GRBG8:
    case FERRY_FORMAT_BAYER_RGGB8: return FERRY_FORMAT_RGB24;
    default: return format;
    }
}

/* JPEG leaves alpha out, so that the colors below it show: it must not weigh them either. */
static uint32_t without_alpha(uint32_t format) {
    switch (format) {
    case FERRY_FORMAT_RGBA: return FERRY_FORMAT_RGBX;
    case FERRY_FORMAT_BGRA: return FERRY_FORMAT_BGRX;
    case FERRY_FORMAT_ARGB: return FERRY_FORMAT_XRGB;
    default: return format;
    }
}

static ferry_status convert(stage *s, uint32_t format, render_room *room, ferry_error *error) {
    if (format == s->info.format)
        return FERRY_OK;
    ferry_status status = ferry_image_convert(&s->info, s->pixels, format, &room->converted, error);
    if (status == FERRY_OK)
        move_on(s, &room->converted);
    return status;
}

static ferry_status decode(stage *s, render_room *room, ferry_error *error) {
    /* The frame may change, and decoders read some bytes twice. */
    uint8_t *copy = malloc(s->info.length_bytes);
    if (copy == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for a compressed frame");
    memcpy(copy, s->pixels, s->info.length_bytes);
    ferry_status status = ferry_image_decode(copy, s->info.length_bytes, "the frame.jpg", NULL,
                                             &room->converted, error);
    free(copy);
    if (status == FERRY_OK)
        move_on(s, &room->converted);
    return status;
}

static bool is_jpeg(uint32_t format) {
    return format == FERRY_FORMAT_MJPEG || format == FERRY_FORMAT_JPEG;
}

static int32_t height_of(const ferry_frame_info *info, int32_t width) {
    int64_t height = ((int64_t)info->height * width + info->width / 2) / info->width;
    return height > 0 ? (int32_t)height : 1;
}

static ferry_status shrink(stage *s, int32_t width, render_room *room, ferry_error *error) {
    if (width <= 0 || s->info.width <= width)
        return FERRY_OK;
    ferry_status status = is_jpeg(s->info.format)
                              ? decode(s, room, error)
                              : convert(s, format_to_scale(s->info.format), room, error);
    if (status != FERRY_OK || s->info.width <= width) /* a JPEG has a size of its own */
        return status;
    s->info.format = without_alpha(s->info.format);
    status = ferry_image_scale(&s->info, s->pixels, width, height_of(&s->info, width),
                               &room->scaled, error);
    if (status == FERRY_OK)
        move_on(s, &room->scaled);
    return status;
}

/* ---- all of it ---- */

/* Otherwise the sentence would be about a file that nobody has named. */
static ferry_status check(const ferry_frame_info *info, ferry_error *error) {
    const samples *s;
    ferry_layout layout;
    if (!is_jpeg(info->format))
        return samples_place(info, &s, &layout, error);
    return info->length_bytes > 0 ? FERRY_OK
                                  : ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                                                "the frame is compressed, and has no bytes");
}

ferry_status render_jpeg(const ferry_frame_info *info, const uint8_t *pixels,
                         const render_plan *plan, render_room *room, ferry_image_file *out,
                         render_shown *shown, ferry_error *error) {
    stage s = {*info, pixels};
    *shown = (render_shown){0};
    out->length_bytes = 0;
    ferry_status status = check(info, error);
    if (status == FERRY_OK && window_serves(info->format))
        status = show_window(&s, plan, room, shown, error);
    if (status == FERRY_OK)
        status = shrink(&s, plan->width, room, error);
    if (status != FERRY_OK)
        return status;
    ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
    options.jpeg_quality = plan->quality;
    return ferry_image_encode("the frame.jpg", &s.info, s.pixels, &options, out, error);
}

void render_free_room(render_room *room) {
    ferry_image_free(&room->levels);
    ferry_image_free(&room->converted);
    ferry_image_free(&room->scaled);
}
